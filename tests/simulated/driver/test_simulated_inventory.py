"""Inventory of a range: of the range alone, or of everything after a warning, or refused."""

from __future__ import annotations

import pytest

from changer.cleaning.slot import release
from changer.errors import InvalidSlot, LibraryDisabled, NotReady, SlotUnknown, UsageError
from changer.library.addressing import parse_range
from changer.library.initialize_status import initialize_elements
from changer.library.library import Library
from changer.library.opening import _ask_identity
from changer.library.settings import LibrarySettings

from .conftest import MakeLibrary
from .virtual_library import VirtualLibrary, Wire, error_of, timed

INITIALIZE, INITIALIZE_RANGE, INITIALIZE_RANGE_VENDOR = 0x07, 0x37, 0xE7


@pytest.mark.parametrize("opcode", ["37", "E7"])
def test_a_range_that_the_library_refuses_is_never_an_inventory_of_everything(
    make_library: MakeLibrary, opcode: str
) -> None:
    library = make_library("demo", opcodes=(0x07, int(opcode, 16)))
    library.fault(f"sense 05/21/01 9 on {opcode}")
    with library.counting() as counted, library.open() as opened:
        error = error_of(lambda: initialize_elements(opened, parse_range("1-4")))
    assert type(error) is InvalidSlot
    assert counted[INITIALIZE] == 0
    assert counted[INITIALIZE_RANGE] + counted[INITIALIZE_RANGE_VENDOR] <= 2


def test_a_slot_that_the_library_does_not_look_into_is_unknown(make_library: MakeLibrary) -> None:
    library = make_library("demo", opcodes=(0x07, 0x37))
    library.reserve("4")
    library.fault("occupancy-unknown 4 stays")
    library.fault("sense 05/21/01 9 on 37")
    with library.counting() as counted, library.open() as opened:
        error = error_of(lambda: release(opened, may_inventory=True))
    assert type(error) is SlotUnknown
    assert counted[INITIALIZE] == 0 and library.reserved is not None


def test_that_everything_has_to_be_looked_at_is_said_before(make_library: MakeLibrary) -> None:
    library = make_library("superloader")
    said: list[list[str]] = []

    with library.open() as opened:
        send = opened.session.transport.execute

        def look(command: object) -> object:
            if getattr(command, "cdb", b"")[0] == INITIALIZE:
                said.append(list(library.warnings))
            return send(command)  # type: ignore[arg-type]

        opened.session.transport.execute = look  # type: ignore[method-assign, assignment]
        assert initialize_elements(opened, parse_range("1-4")) is False
    assert said == [
        [("the library does not support ranges, so it scans everything (for up to 60 min)")]
    ]


def test_asking_for_its_identity_starts_no_inventory(demo: VirtualLibrary) -> None:
    # As a device is asked that sysfs knows nothing of.
    demo.fault("sense 02/04/02 9 on 12")
    with demo.counting() as counted, demo.open() as opened:
        error = error_of(lambda: _ask_identity(demo.request(), opened.session.transport, "it"))
    assert type(error) is NotReady
    assert counted[INITIALIZE] == 0


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("opcodes", "places", "sent", "is_range"),
    [
        ((0x07, 0x37), None, "07 00 00 00 00 00", False),
        ((0x07, 0x37), "1-4", "37 01 03 e9 00 00 00 04 00 00", True),
        ((0x07, 0x37), "12", "37 01 03 f4 00 00 00 01 00 00", True),
        ((0x07, 0x37), "mail:1", "37 01 00 65 00 00 00 01 00 00", True),
        ((0x07,), "1-4", "07 00 00 00 00 00", False),
    ],
)
def test_library_scans_what_was_asked_for_under_its_lock(
    make_library: MakeLibrary,
    opcodes: tuple[int, ...],
    places: str | None,
    sent: str,
    *,
    is_range: bool,
) -> None:
    library = make_library("demo", opcodes=opcodes)
    scans: list[tuple[str, int]] = []
    opened: list[Library] = []

    def note(_: int, cdb: bytes) -> None:
        if cdb[0] in (INITIALIZE, INITIALIZE_RANGE, INITIALIZE_RANGE_VENDOR):
            scans.append((cdb.hex(" "), len(opened[0].context.held)))

    with library.open(wire=lambda inner: Wire(inner, before=note)) as it:
        opened.append(it)
        meant = None if places is None else parse_range(places)
        assert initialize_elements(it, meant) is is_range
        assert it.context.held == []
    assert scans[-1] == (sent, 1)
    assert timed(library, "the library is taking inventory")[0] == (3600.0, 0.0)


def test_opcode_that_a_library_has_not_is_tried_once(make_library: MakeLibrary) -> None:
    library = make_library("demo", opcodes=(0x07,))
    scans = []
    for _ in range(2):
        with library.counting() as counted, library.open() as opened:
            initialize_elements(opened, parse_range("1-4"))
        scans.append(tuple(counted[each] for each in (INITIALIZE_RANGE, INITIALIZE)))
    assert scans == [(1, 1), (0, 1)]
    with library.open() as opened:
        initialize_elements(opened, None)
    with library.counting() as counted, library.open() as opened:
        initialize_elements(opened, parse_range("1-4"))
    assert counted[INITIALIZE_RANGE] == 1, "it was looked at anew"


def test_pickers_are_refused_without_a_command(demo: VirtualLibrary) -> None:
    with demo.counting() as counted, demo.open() as opened:
        error = error_of(lambda: initialize_elements(opened, parse_range("picker")))
    assert error is not None and type(error) is UsageError
    assert error.message == "the picker can't be inventoried"
    assert error.hint == "a range is 1-12, or mail:1-mail:2"
    assert counted.total() == 0


def test_library_that_is_disabled_takes_no_inventory(demo: VirtualLibrary) -> None:
    disabled = LibrarySettings(enabled=False)
    with demo.counting() as counted, demo.open(settings=disabled) as opened:
        error = error_of(lambda: initialize_elements(opened, None))
    assert type(error) is LibraryDisabled
    assert counted.total() == 0


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("profile", "places", "warned"),
    [
        ("ts3500", None, "it looks at a range: name one, as in changer inventory --range 1-12"),
        ("ts3500", "1-4", None),
        ("sl150", None, "have it take inventory at its panel or web page"),
    ],
)
def test_library_that_answers_without_looking_is_warned_of(
    make_library: MakeLibrary, profile: str, places: str | None, warned: str | None
) -> None:
    library = make_library(profile)
    with library.open() as opened:
        name = opened.identity.name
        initialize_elements(opened, None if places is None else parse_range(places))
    words = f"{name} answers this command without looking: what it shows is what it knew before; "
    assert library.warnings == ([] if warned is None else [words + warned])
