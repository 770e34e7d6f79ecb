"""What a code of a maker comes to in that maker's libraries, and in those of others."""

from __future__ import annotations

import pytest

from changer.errors import (
    ChangerError,
    DeviceFailed,
    ElementNotPresent,
    ElementUnknown,
    LibraryOffline,
    MoveFailed,
    NotReady,
    RemovalPrevented,
)
from changer.library.addressing import parse_place
from changer.library.element_state import find_condition
from changer.moves.execute import move
from changer.smc.elements import ElementType

from .acts import attempt
from .conftest import MakeLibrary
from .virtual_library import VirtualLibrary

TANDBERG = {"vendor": "TANDBERG", "product": "SLR Autoloader"}
TS3310 = {"vendor": "IBM", "product": "3576-MTL"}
TS3500 = {"vendor": "IBM", "product": "03584L32"}
TL2000 = {"vendor": "IBM", "product": "3573-TL"}
MAGNUM = {"vendor": "EXABYTE", "product": "Magnum 1x7"}
ESL9000 = {"vendor": "HP", "product": "ESL9000 Series"}
SL4000 = {"vendor": "STK", "product": "SL4000"}
SPECTRA = {"vendor": "SPECTRA", "product": "10000"}
ACME = {"vendor": "ACME", "product": "TAPEBOX"}


def shown(library: VirtualLibrary, element_type: ElementType, address: int) -> tuple[object, ...]:
    """Whether the library says that an element is there, and full; its reason."""
    with library.open() as opened:
        element = opened.read([element_type]).at(address)
        condition = find_condition(element, address=address)
        return condition.present, condition.full, condition.reason


@pytest.mark.parametrize(
    ("model", "of_empty", "words"),
    [
        (TANDBERG, False, "magazine not installed"),
        (TS3310, None, "bar code label questionable"),
        (ACME, None, "magazine not installed, as Tandberg and Metrum use it"),
    ],
)
def test_a_full_slot_is_not_out_with_its_magazine(
    make_library: MakeLibrary, model: dict[str, str], of_empty: bool | None, words: str
) -> None:
    library = make_library("autoloader", **model)
    library.fault("element 2 83/02")
    library.fault("element 8 83/02")
    present, full, reason = shown(library, ElementType.STORAGE, 4097)
    assert (present, full) == (True, True)
    assert words in str(reason)
    assert shown(library, ElementType.STORAGE, 4103)[:2] == (of_empty, None)
    assert attempt(library, "move A00002L8 drive:0").error is None
    assert library.tag_at("drive:0") == "A00002L8"


@pytest.mark.parametrize(
    ("model", "code"), [(MAGNUM, "83/04"), (TS3310, "83/04"), (TS3500, "82/00"), (TS3500, "3B/82")]
)
def test_a_bay_without_a_drive_is_no_place_for_a_cartridge(
    make_library: MakeLibrary, model: dict[str, str], code: str
) -> None:
    library = make_library("autoloader", **model)
    library.fault(f"element drive:0 {code} access=0")
    assert shown(library, ElementType.DATA_TRANSFER, 256)[:2] == (False, None)
    refused = attempt(library, "move 1 drive:0")
    assert refused.error is ElementNotPresent
    assert "no drive is installed there" in refused.told


def test_another_makers_code_of_it_leaves_the_drive_untold(make_library: MakeLibrary) -> None:
    library = make_library("autoloader", **ACME)
    library.fault("element drive:0 83/04")
    refused = attempt(library, "move 1 drive:0")
    assert refused.error is ElementUnknown
    assert "as Exabyte and Tandberg use it" in refused.told
    assert "informational_codes" in refused.told


@pytest.mark.parametrize(
    ("model", "code"), [(ESL9000, "80/01"), (TL2000, "00/17"), (ACME, "00/17")]
)
def test_a_drive_that_asks_for_cleaning_takes_a_cartridge(
    make_library: MakeLibrary, model: dict[str, str], code: str
) -> None:
    library = make_library("autoloader", **model)
    library.fault(f"element drive:0 {code}")
    assert attempt(library, "move 1 drive:0").error is None
    assert library.tag_at("drive:0") == "A00001L8"


def test_the_home_of_a_cleaner_at_work_takes_that_cleaner_alone(make_library: MakeLibrary) -> None:
    """Quantum P3000, p. 104: it is empty, not accessible, and flagged as a cleaner's (30/03)."""
    library = make_library("p3000")
    library.operate("insert CLN001S1 30", noticed=False)
    with library.open() as opened:
        move(opened, parse_place("30"), parse_place("drive:0"), as_is=True)
    library.fault("element drive:1 30/03 access=0")  # one that the library is cleaning
    for words in ("move 1 30", "load 1 drive:1"):
        refused = attempt(library, words)
        assert (refused.error, refused.motions) == (ElementUnknown, 0)
        assert "flagged as a cleaner's place" in refused.told
    assert attempt(library, "unload drive:0").error is None
    assert library.tag_at("30") == "CLN001S1"


@pytest.mark.parametrize(
    ("model", "code", "error", "words"),
    [
        (TS3310, "05/53/81", LibraryOffline, "I/O station is open"),
        (TS3310, "05/83/05", ElementNotPresent, "the drive is varied off"),
        (TL2000, "05/3B/81", ElementNotPresent, "of another partition"),
        (TL2000, "05/44/83", DeviceFailed, "can't be reserved for the move"),
        (TL2000, "05/44/84", DeviceFailed, "wrong type of drive"),
        (TL2000, "02/04/87", ElementNotPresent, "the drive is not enabled"),
        (TS3500, "05/3B/82", ElementNotPresent, "drive not installed"),
        (TS3500, "05/3B/81", ElementNotPresent, "it belongs to another logical library"),
        (TS3500, "05/3B/80", DeviceFailed, "the picker is full"),
        (TL2000, "05/3B/A0", DeviceFailed, "the picker is full"),
        (TS3500, "02/04/84", LibraryOffline, "I/O station is open"),
        (TS3500, "02/04/85", LibraryOffline, "door is open"),
        (MAGNUM, "05/80/05", ElementNotPresent, "the source drive is not installed"),
        (MAGNUM, "05/80/06", ElementNotPresent, "the destination drive is not installed"),
        (MAGNUM, "05/3B/90", RemovalPrevented, "have the drive eject it first"),
        (MAGNUM, "05/3B/87", DeviceFailed, "the cartridge is stuck in the drive"),
        (MAGNUM, "03/53/00", None, "media load or eject failed"),
        (SL4000, "09/3B/1A", ElementNotPresent, "drive not installed"),
        (SPECTRA, "09/83/02", DeviceFailed, "reserved"),
        (ACME, "05/80/06", DeviceFailed, "as Exabyte and Tandberg use it"),
        (ACME, "02/04/84", NotReady, "door open, as Spectra 9000 and Spectra 10000 use it"),
    ],
)
def test_a_refused_move_is_told_in_the_makers_words(
    make_library: MakeLibrary,
    model: dict[str, str],
    code: str,
    error: type[ChangerError] | None,
    words: str,
) -> None:
    library = make_library("autoloader", **model)
    library.fault(f"move-fails at-source {code}")
    refused = attempt(library, "move 1 drive:0")
    assert error is None or refused.error is error
    assert words in refused.told
    assert library.tag_at("1") == "A00001L8"


@pytest.mark.parametrize("code", ["02/3E/00", "05/30/03"])
def test_what_passes_is_waited_for(make_library: MakeLibrary, code: str) -> None:
    library = make_library("autoloader", vendor="ATL", product="1500")
    library.fault(f"sense {code} 3")
    library.fault(f"sense {code} 2 on move")
    assert attempt(library, "move 1 drive:0").error is None
    assert library.tag_at("drive:0") == "A00001L8"


SL150 = {"vendor": "STK", "product": "SL150"}
# Oracle SL150, SCSI reference E35103-07, chapter 2, "Running on Both Ports": reissue the command.
OTHER_PORT_BUSY = ["00/00/16", "0B/08/00", "02/04/12"]


@pytest.mark.parametrize("opcode", ["00", "1A", "B8", "A5"])
@pytest.mark.parametrize("code", OTHER_PORT_BUSY)
def test_a_command_is_sent_again_to_a_library_whose_other_port_is_busy(
    make_library: MakeLibrary, code: str, opcode: str
) -> None:
    library = make_library("autoloader", **SL150)
    library.fault(f"sense {code} 2 on {opcode}")
    came = attempt(library, "load 1 drive:0")
    assert came.error is None, came.told
    assert came.motions == (3 if opcode == "A5" else 1)
    assert library.tag_at("drive:0") == "A00001L8"


@pytest.mark.parametrize("code", OTHER_PORT_BUSY)
def test_what_it_did_before_it_said_so_is_seen_and_not_done_again(
    make_library: MakeLibrary, code: str
) -> None:
    library = make_library("autoloader", **SL150)
    library.fault(f"move-fails at-destination {code}")
    came = attempt(library, "load 1 drive:0")
    assert (came.error, came.motions) == (None, 1), came.told


@pytest.mark.parametrize("code", OTHER_PORT_BUSY)
def test_another_makers_library_is_not_sent_a_motion_again_for_that(
    make_library: MakeLibrary, code: str
) -> None:
    library = make_library("autoloader", **ACME)
    library.fault(f"sense {code} on A5")
    came = attempt(library, "load 1 drive:0")
    assert came.error is (LibraryOffline if code == "02/04/12" else MoveFailed)
    assert came.motions == 1
    assert "the library reported that it was done" not in came.told
    assert "other port" not in came.told
