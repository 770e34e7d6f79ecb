"""Libraries of public reports and manuals, worked from end to end."""

from __future__ import annotations

import pytest

from .descriptors import DRIVE, MAIL, PICKER, SLOT
from .drive_unit import Unit
from .host import Host
from .ledger import Ledger, Line
from .shown import Showing
from .stand_in import Cartridge, Geometry, StandIn


def geometry(**first_and_count: tuple[int, int]) -> Geometry:
    """``slots=(1000, 4)`` and so on, in order of their element type codes."""
    kinds = {"pickers": PICKER, "slots": SLOT, "mail": MAIL, "drives": DRIVE}
    return Geometry(
        {
            kind: range(first, first + count)
            for name, kind in kinds.items()
            for first, count in (first_and_count.get(name, (1, 0)),)
        }
    )


def a_library(of: Geometry) -> StandIn:
    """A tape in slot 1; drives that answer by their serial numbers."""
    library = StandIn("REPORTED", of)
    library.at[of.ranges[SLOT][0]] = Cartridge(1, "A00001L8", home=of.ranges[SLOT][0])
    for number, address in enumerate(of.ranges[DRIVE]):
        library.bays[address] = Unit(f"D{number}", f"D{number}", number + 1)
    return library


GEOMETRIES = {
    "one that begins at 0 (Exabyte: every first address can be set)": geometry(
        pickers=(100, 1), slots=(0, 6), mail=(50, 1), drives=(60, 1)
    ),
    "mail slots at 0 (Overland)": geometry(
        pickers=(255, 1), slots=(2, 6), mail=(0, 2), drives=(240, 2)
    ),
    "drive 1 before slots 2 to 7 (DDS-4 autoloader)": geometry(
        pickers=(0, 1), slots=(2, 6), drives=(1, 1)
    ),
    "no transport (HP autochangers)": geometry(slots=(10, 6), mail=(8, 1), drives=(1, 1)),
}


@pytest.mark.parametrize("name", GEOMETRIES)
def test_library_of_any_addresses_is_worked_as_any_other(host: Host, name: str) -> None:
    of = GEOMETRIES[name]
    host.attach(a_library(of))
    ledger, drive = Ledger(host), frozenset({of.ranges[DRIVE][0]})
    lines = [
        Line(("load", "1", "0"), drive),
        Line(("unload", "0"), drive),
        Line(("load", "A00001L8", "0"), drive),
        Line(("unload", "1", "0"), drive, "mtx"),
        Line(("cleaner", "reserve", "6")),
        Line(("cleaner", "release")),
    ]
    if of.ranges[MAIL]:
        lines += [Line(("move", "1", "mail:1")), Line(("move", "mail:1", "1"))]
    for line in lines:
        answer = ledger.run(line)
        assert answer.status == 0, (line, answer)
    assert ledger.wrong == []
    assert list(host.library.at) == [of.ranges[SLOT][0]]


def test_cleaner_lives_at_element_0(host: Host) -> None:
    """Exabyte: every first address can be set, and 0 is one like any other."""
    library = a_library(next(iter(GEOMETRIES.values())))
    (mail,) = library.geometry.ranges[MAIL]
    host.attach(library)
    library.carry(0, 1)
    assert host.changer("cleaner", "reserve", "@0").status == 0
    library.at[0] = Cartridge(2, "CLN001L8", is_cleaner=True)
    assert host.changer("cleaner", "insert", "--from", "1").status == 0
    assert host.changer("clean", "0").status == 0
    left = host.changer("cleaner", "status").json["cleaner"]["cleans_left"]
    assert (library.where(2), left) == (0, 49)
    assert host.changer("load", "1", "0", "--as-is").status == 0
    assert host.changer("move", "2", "1").error == "slot-reserved"
    assert host.changer("cleaner", "release").error == "cartridge-out"
    assert host.changer("recover").status == 0
    assert library.where(2) == 0
    host.clock.on_sleep = lambda: library.at.pop(mail, None)
    assert host.changer("cleaner", "eject").status == 0
    assert host.changer("cleaner", "release").status == 0


def test_unit_attention_before_the_mode_page_costs_no_label(host: Host) -> None:
    """Tandberg StorageLoader: 06/28/00 on MODE SENSE."""
    host.attach(a_library(Geometry.of(slots=2, mail=0, drives=1)))
    host.library.attentions.append((0x28, 0x00))
    status = host.changer("status")
    assert (status.json["slots"][0]["volume_tag"], status.err) == ("A00001L8", "")
    assert host.changer("load", "A00001L8", "0").status == 0


def test_reserved_slot_of_which_the_library_counts_none_is_kept(host: Host) -> None:
    """Sony LIB-D81: the number of storage elements may be 0, until its magazines are back."""
    whole = Geometry.of(slots=8, mail=0, drives=1)
    host.attach(a_library(whole))
    assert host.changer("cleaner", "reserve", "8").status == 0
    host.library.at.clear()
    for count in (0, 4):
        host.library.geometry = Geometry({**whole.ranges, SLOT: whole.ranges[SLOT][:count]})
        assert host.changer("cleaner", "release").error == "slot-not-present"
        assert host.autochanger("slots").out == f"{count}\n"
    host.library.geometry = whole
    assert host.changer("cleaner", "release").status == 0


def test_cleaner_that_its_slot_reports_as_used_up_is_spent(host: Host) -> None:
    """Quantum P7000: 5A/01 in the slot of a used-up cleaning cartridge."""
    host.attach(a_library(Geometry.of(slots=4, mail=1, drives=1)))
    slot = host.library.geometry.ranges[SLOT][3]
    assert host.changer("cleaner", "reserve", "4").status == 0
    host.library.at[slot] = Cartridge(2, "CLN001L8", is_cleaner=True)
    assert host.changer("cleaner", "insert", "--from", "4").status == 0
    host.library.shown[slot] = Showing(code=(0x5A, 0x01))
    assert host.changer("clean", "0").error == "cleaner-spent"
    assert host.changer("cleaner", "status", "--check").error == "cleaner-spent"


# Quantum Scalar i2000: 5 to 16 characters; T10: 32; ACSLS: blanks; and what looks like a place.
LABELS = (
    *("00001", "A00001L8A00001L8", "A" * 32, "lower1l8", "with:colon", "picker", "12", "drive:0"),
    *("ABC124 D", " DABC123"),
)


@pytest.mark.parametrize("label", LABELS)
def test_cartridge_of_any_label_is_found_by_it(host: Host, label: str) -> None:
    host.attach(a_library(Geometry.of(slots=2, mail=0, drives=1)))
    slot, drive = host.library.geometry.ranges[SLOT][1], host.library.geometry.ranges[DRIVE][0]
    host.library.at[slot] = Cartridge(2, label)
    assert host.changer("load", f"tag:{label.strip()}", "0").status == 0
    assert host.library.at[drive].label == label
    (line,) = (each for each in host.mtx("status").out.splitlines() if "Full (" in each)
    assert line.endswith(f":VolumeTag = {label:<32}")


ELEMENT_ADDRESS = bytes.fromhex("12 01 b4 00 fc 00")


def test_drive_whose_serial_number_nobody_tells_is_worked_and_left_alone(host: Host) -> None:
    """SPECTRA 215, and others that know their drives by SCSI id alone."""
    host.attach(a_library(Geometry.of(slots=3, mail=0, drives=1)))
    library = host.library
    library.knows_drives = False
    (drive,), home = library.geometry.ranges[DRIVE], library.geometry.ranges[SLOT][2]
    assert host.changer("cleaner", "reserve", "3").status == 0
    library.at[home] = Cartridge(2, "CLN001L8", is_cleaner=True)
    assert host.changer("cleaner", "insert", "--from", "3").status == 0
    for line in (("clean", "0"), ("load", "1", "0", "--ready")):
        assert host.changer(*line).error == "device-not-available"
    assert library.motions == []
    assert set(library.bays[drive].commands) == {ELEMENT_ADDRESS}, "it may know its own place"
    assert host.changer("load", "1", "0").status == 0
    assert host.mtx("unload").status == 0
