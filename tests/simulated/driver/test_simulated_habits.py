"""What a model does in its own way, and what the program does about it; others are left alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from changer.cleaning.look import tell_shown
from changer.errors import ChangerError, UnsupportedByLibrary
from changer.library.addressing import parse_place
from changer.library.initialize_status import initialize_elements
from changer.moves.execute import load
from changer.smc.atlas import habits
from changer.smc.elements import Model

from .acts import attempt
from .virtual_library import MOVE_MEDIUM, VirtualLibrary, Wire

INITIALIZE, RANGE, VENDOR_RANGE = 0x07, 0x37, 0xE7
ACME = ("ACME", "TAPEBOX")


def made(folder: Path, vendor: str, product: str) -> VirtualLibrary:
    return VirtualLibrary(folder, "demo", vendor=vendor, product=product)


def scans(library: VirtualLibrary, *, ranged: bool) -> list[int]:
    """The opcodes that an inventory sends, and its warnings on record."""
    first = (parse_place("1"), parse_place("2")) if ranged else None
    with library.counting() as counted, library.open() as opened:
        initialize_elements(opened, first)
    return sorted({INITIALIZE, RANGE, VENDOR_RANGE} & {*counted})


def of_range(library: VirtualLibrary) -> object:
    return scans(library, ranged=True)


def of_range_elsewhere(library: VirtualLibrary) -> object:
    """Of one that refuses 37h."""
    library.fault("sense 05/20/00 on 37")
    return scans(library, ranged=True)


def of_everything(library: VirtualLibrary) -> object:
    scans(library, ranged=False)
    return "without looking" in " ".join(library.warnings)


def of_part(library: VirtualLibrary) -> object:
    scans(library, ranged=True)
    return "without looking" in " ".join(library.warnings)


def exchanged(library: VirtualLibrary) -> object:
    came = attempt(library, "exchange 1 2 4")
    return came.error, came.motions


def locked(library: VirtualLibrary) -> object:
    with library.open() as opened:
        opened.prevent_removal(prevent=True)
    assert library.truth.prevented
    told = " ".join(library.warnings)
    return "for every host" in told, "longer than two moves" in told


def loaded(library: VirtualLibrary) -> object:
    """The control bytes of a cleaner's move to a drive, and of another cartridge's."""
    sent: list[int] = []

    def noted(_: int, cdb: bytes) -> None:
        if cdb[0] == MOVE_MEDIUM:
            sent.append(cdb[-1])

    for source in ("mail:1", "1"):
        with library.open(wire=lambda inner: Wire(inner, before=noted)) as opened:
            drive = parse_place("drive:0" if source == "mail:1" else "drive:1")
            load(opened, parse_place(source), drive, as_is=True)
    return sent


def missed(library: VirtualLibrary) -> object:
    return "shows labels only after" in attempt(library, "move A99999L8 drive:0").told.replace(
        "it may show", "shows"
    )


def filled(library: VirtualLibrary) -> object:
    """By whom a mail slot was filled that the robot filled, as an event tells it."""
    assert attempt(library, "move 1 mail:2").error is None
    return placed_by(library)


def placed_by(library: VirtualLibrary) -> set[str | None]:
    with library.open() as opened:
        tell_shown(opened, opened.read())
        lasting = opened.store.events().lasting(opened.id)
    told = (json.loads(each.fields) for each in lasting if each.kind == "mail-slot-filled")
    return {each["placed_by"] for each in told if each["mail_slot"] == 2}


def brought(library: VirtualLibrary) -> object:
    """By whom a mail slot was filled that a person filled, as an event tells it."""
    library.operate("put A00099L8 mail:2", noticed=False)
    return placed_by(library)


def sought(library: VirtualLibrary) -> object:
    """Whether a missing label is said to need an inventory; and what comes of it after one."""
    said = "labels only after" in attempt(library, "load A00001L8 drive:0").told
    scans(library, ranged=False)
    return said, attempt(library, "load A00001L8 drive:0").error


CASES: list[tuple[str, tuple[str, str], Callable[[VirtualLibrary], object], object, object]] = [
    ("SCANS_NO_RANGE", ("STK", "SL3000"), of_range, [INITIALIZE], [RANGE]),
    ("SCANS_NO_RANGE", ("QUANTUM", "PX500"), of_range, [INITIALIZE], [RANGE]),
    ("SCANS_NOTHING", ("IBM", "03584L32"), of_everything, True, False),
    ("SCANS_NOTHING", ("STK", "SL500"), of_everything, True, False),
    ("SCANS_NOTHING", ("STK", "SL150"), of_everything, True, False),
    ("SCANS_NOTHING", ("STK", "SL4000"), of_everything, True, False),
    ("IGNORES_RANGES", ("STK", "SL150"), of_part, True, False),
    ("IGNORES_RANGES", ("STK", "SL4000"), of_part, True, False),
    *(
        ("RANGES_BY_37", model, of_range_elsewhere, [INITIALIZE, RANGE], [RANGE, VENDOR_RANGE])
        for model in (("HP", "MSL G3 Series"), ("IBM", "3573-TL"), ("EXABYTE", "MAGNUM 224"))
    ),
    *(
        ("RANGES_BY_E7", model, of_range, [VENDOR_RANGE], [RANGE])
        for model in (("EXABYTE", "LTO 1x7"), ("QUANTUM", "Scalar i6"), ("IBM", "03584L32"))
    ),
    ("EXCHANGE_FAILS", ("QUALSTAR", "RLS-8244"), exchanged, (UnsupportedByLibrary, 0), (None, 1)),
    ("ALLOWS_FOR_ALL", ("STK", "SL3000"), locked, (True, False), (False, False)),
    ("ALLOWS_FOR_ALL", ("STK", "SL4000"), locked, (True, False), (False, False)),
    ("LOCK_RUNS_OUT", ("ADIC", "Scalar DLT 448"), locked, (False, True), (False, False)),
    ("MARKS_CLEANERS", ("SPECTRA", "10000"), loaded, [0x40, 0], [0, 0]),
    ("LABELS_AFTER_SCAN", ("EXABYTE", "Exabyte X80"), missed, True, False),
]
# Of each row: a library whose mail slots say nothing of who filled them.
NOT_KEPT = """
SONY:DMS-8400 ATL:P3000 QUANTUM:Scalar_i500 OVERLAND:NEO_Series IBM:03584L32 EXABYTE:Exabyte_X80
HP:MSL_G3_Series FUJITSU:NML7A STK:SL500 SPECTRA:PYTHON
"""


@pytest.mark.parametrize(("name", "model", "act", "own", "_other"), CASES)
def test_a_habit_is_heeded(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    model: tuple[str, str],
    act: Callable[[VirtualLibrary], object],
    own: object,
    _other: object,
) -> None:
    assert act(made(folder / "with", *model)) == own
    without(name, *model, monkeypatch)
    assert act(made(folder / "without", *model)) != own


@pytest.mark.parametrize(("name", "_model", "act", "_own", "other"), CASES)
def test_a_habit_is_not_another_makers(
    folder: Path,
    name: str,
    _model: tuple[str, str],
    act: Callable[[VirtualLibrary], object],
    _own: object,
    other: object,
) -> None:
    assert act(made(folder, *ACME)) == other, name


@pytest.mark.parametrize("named", NOT_KEPT.split())
def test_a_mail_slot_is_not_said_to_be_filled_by_the_robot_where_that_is_not_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    vendor, product = named.replace("_", " ").split(":")
    assert filled(made(folder / "with", vendor, product)) == {None}
    without("IMPEXP_NOT_KEPT", vendor, product, monkeypatch)
    assert filled(made(folder / "without", vendor, product)) == {"robot"}


def test_a_mail_slot_is_said_to_be_filled_by_the_robot_where_that_is_told(folder: Path) -> None:
    assert filled(made(folder, *ACME)) == {"robot"}


# A virtual library that has the habit, and how the driver fares there with its row and without.
HAVING = [
    ("SCANS_NO_RANGE", {"scans_ranges": False}, ("STK", "SL3000"), of_range),
    ("EXCHANGE_FAILS", {"exchange_works": False}, ("QUALSTAR", "RLS-8244"), exchanged),
    ("MARKS_CLEANERS", {"marks_cleaners": True}, ("SPECTRA", "10000"), loaded),
    ("IMPEXP_NOT_KEPT", {"tells_operator_placed": False}, ("SONY", "DMS-8400"), brought),
    ("LABELS_AFTER_SCAN", {"labels_after_scan": True}, ("EXABYTE", "Exabyte X80"), sought),
]
FARES: dict[str, tuple[object, object]] = {
    "SCANS_NO_RANGE": ([INITIALIZE], [INITIALIZE, RANGE, VENDOR_RANGE]),
    "EXCHANGE_FAILS": ((UnsupportedByLibrary, 0), (UnsupportedByLibrary, 1)),
    "MARKS_CLEANERS": ([0x40, 0], None),
    "IMPEXP_NOT_KEPT": ({None}, {"robot"}),
    "LABELS_AFTER_SCAN": ((True, None), (False, None)),
}


@pytest.mark.parametrize(("name", "knobs", "model", "act"), HAVING)
def test_a_habit_is_met_by_a_library_that_has_it(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    knobs: dict[str, object],
    model: tuple[str, str],
    act: Callable[[VirtualLibrary], object],
) -> None:
    def fares(where: str) -> object:
        vendor, product = model
        library = VirtualLibrary(folder / where, "demo", vendor=vendor, product=product, **knobs)
        try:
            return act(library)
        except ChangerError:
            return None

    heeded = fares("with")
    without(name, *model, monkeypatch)
    assert (heeded, fares("without")) == FARES[name]


def without(name: str, vendor: str, product: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the row about this habit of this model out; there has to be exactly one."""
    model = Model(vendor, product)
    left = tuple(
        each
        for each in habits.HABITS
        if each.habit is not habits.Habit[name] or not each.fits(model)
    )
    assert len(left) == len(habits.HABITS) - 1
    monkeypatch.setattr(habits, "HABITS", left)


def test_every_habit_is_tried() -> None:
    tried = {name for name, *_ in CASES} | {"IMPEXP_NOT_KEPT"}
    assert {each.name for each in habits.Habit} == tried
    assert sum(row.habit.name == "IMPEXP_NOT_KEPT" for row in habits.HABITS) == len(
        NOT_KEPT.split()
    )


def test_every_row_is_tried() -> None:
    cases = [(name, Model(*model)) for name, model, *_ in CASES]
    untried = [
        row
        for row in habits.HABITS
        if row.habit.name != "IMPEXP_NOT_KEPT"
        and not any(name == row.habit.name and row.fits(model) for name, model in cases)
    ]
    assert untried == []


def test_an_error_names_the_library(folder: Path) -> None:
    came = attempt(made(folder, "QUALSTAR", "RLS-8244"), "exchange 1 2 4")
    assert "QUALSTAR RLS-8244 can't exchange cartridges" in came.told


@pytest.mark.parametrize(
    ("model", "instead"),
    [
        (("IBM", "03584L32"), "looks at a range: name one, as in changer inventory --range 1-12"),
        (("STK", "SL4000"), "have it take inventory at its panel or web page"),
    ],
)
def test_a_library_that_ignores_an_inventory_is_said_to_have_another_way(
    folder: Path, model: tuple[str, str], instead: str
) -> None:
    library = made(folder, *model)
    scans(library, ranged=False)
    (warning,) = library.warnings
    assert warning.endswith(instead)
