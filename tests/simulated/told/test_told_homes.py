"""Where a drive's cartridge belongs: every program says the same, and takes it there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from changer.smc.command import Reply

from .answers import Voices
from .descriptors import DRIVE, MAIL, SLOT
from .host import Host
from .shown import Showing
from .stand_in import Cartridge, Geometry, StandIn

UNKNOWN = 0


def tapes_in(kind: int, *numbers: int, slots: int = 12, mail: int = 2) -> StandIn:
    """A library whose tapes, D1, D2 and so on, are in these slots or mail slots; two drives."""
    library = StandIn("HOMES", Geometry.of(slots=slots, mail=mail, drives=2))
    first = library.geometry.ranges[kind][0]
    for number, of_kind in enumerate(numbers, start=1):
        address = first + of_kind - 1
        library.at[address] = Cartridge(number, f"D{number:05}L8", home=address)
    return library


def slot(host: Host, number: int) -> int:
    return host.library.geometry.ranges[SLOT][number - 1]


def drive(host: Host, number: int) -> int:
    return host.library.geometry.ranges[DRIVE][number]


def done(host: Host, *words: object) -> None:
    answer = host.changer(*words)
    assert answer.status == 0, answer


def homes(host: Host, number: int = 0) -> set[int]:
    """What the programs say of the home of a drive's cartridge, in mtx's numbers."""
    voices = Voices(host)
    voices.listen()
    assert voices.judge() == []
    return set(voices.homes[drive(host, number)].values())


UNLOADS: dict[str, Callable[[Host], object]] = {
    "changer": lambda host: host.changer("unload", 0),
    "mtx": lambda host: host.mtx("unload"),
    "next": lambda host: host.mtx("next"),
    "first": lambda host: host.mtx("first"),
    "last": lambda host: host.mtx("last"),
}


@pytest.mark.parametrize("unload", UNLOADS)
def test_library_that_names_no_source_gets_its_tapes_back_by_the_journal(
    host: Host, unload: str
) -> None:
    """Spectra 2K manual, table 10-6: SVALID is always 0."""
    library = tapes_in(SLOT, 3, 5)
    library.knows_sources = False
    host.attach(library)
    done(host, "load", 3, 0)
    assert homes(host) == {3}
    assert "from slot 3" in host.text("status").out
    UNLOADS[unload](host)
    assert library.where(1) == slot(host, 3)


@pytest.mark.parametrize("unload", ["changer", "mtx"])
@pytest.mark.parametrize("knows_sources", [True, False])
def test_tapes_that_live_in_mail_slots_go_back_there(
    host: Host, unload: str, *, knows_sources: bool
) -> None:
    """IBM 33614LX: two slots, and 36 import/export elements that hold all tapes."""
    library = tapes_in(MAIL, 11, 12, slots=2, mail=36)
    library.knows_sources = knows_sources
    host.attach(library)
    done(host, "load", "mail:11", 0)
    assert homes(host) == {13}
    assert "from mail slot 11" in host.text("status").out
    UNLOADS[unload](host)
    assert library.where(1) == library.geometry.ranges[MAIL][10]


def test_two_drives_that_name_one_home_and_another_cartridge_in_it(host: Host) -> None:
    library = tapes_in(SLOT, 8, 9)
    host.attach(library)
    done(host, "load", 8, 0)
    library.carry(slot(host, 9), slot(host, 8))
    done(host, "load", 8, 1)
    assert homes(host, 0) == homes(host, 1) == {8}, "as long as it is free for either"
    done(host, "unload", 0, 8)
    assert homes(host, 1) == {UNKNOWN}
    said = host.autochanger("loaded", 8, "/dev/nst1", 1)
    assert (said.status, said.out) == (1, "")
    assert "it came from slot 8, which holds D00001L8 now" in said.err
    refused = host.changer("unload", 1)
    assert refused.error == "destination-full"
    assert host.mtx("unload", 8, 1).err == "Storage Element 8 is Already Full\n"
    assert library.where(2) == drive(host, 1)


class UnloadedMeanwhile(StandIn):
    """Another program unloads the drive just before the first reading of slots."""

    def execute(self, cdb: bytes) -> Reply:
        drives, slots = self.geometry.ranges[DRIVE], self.geometry.ranges[SLOT]
        if cdb[0] == 0xB8 and cdb[1] & 0x0F == SLOT and drives[0] in self.at:
            self.carry(drives[0], slots[2])
        return super().execute(cdb)


def test_drive_that_is_unloaded_between_two_readings_is_empty(host: Host) -> None:
    library = UnloadedMeanwhile("MEANWHILE", Geometry.of(slots=4, mail=1, drives=1))
    slots, drives = library.geometry.ranges[SLOT], library.geometry.ranges[DRIVE]
    library.at[drives[0]] = Cartridge(1, "D00001L8", home=slots[2])
    host.attach(library)
    assert host.autochanger("loaded", 3, "/dev/nst0", 0).out == "0\n"
    assert library.where(1) == slots[2]


def other_label(host: Host) -> None:
    host.library.carry(drive(host, 0), slot(host, 9))
    host.library.carry(slot(host, 5), drive(host, 0))


def back_behind_our_back(host: Host) -> None:
    """The journal knows of another cartridge in that drive since."""
    host.library.carry(drive(host, 0), slot(host, 9))
    done(host, "load", 5, 0)
    done(host, "unload", 0, 5)
    host.library.carry(slot(host, 9), drive(host, 0))


def moved_on_behind_our_back(host: Host) -> None:
    done(host, "move", "drive:0", 9)
    done(host, "move", 9, 10)
    host.library.carry(slot(host, 10), drive(host, 0))


def another_loaded_since(host: Host) -> None:
    host.library.carry(drive(host, 0), slot(host, 9))
    done(host, "load", 5, 0)
    host.library.carry(drive(host, 0), slot(host, 5))
    host.library.carry(slot(host, 9), drive(host, 0))


def another_unloaded_since(host: Host) -> None:
    host.library.carry(drive(host, 0), slot(host, 9))
    host.library.carry(slot(host, 5), drive(host, 0))
    done(host, "move", "drive:0", 5)
    host.library.carry(slot(host, 9), drive(host, 0))


def home_taken(host: Host) -> None:
    host.library.carry(slot(host, 5), slot(host, 3))


@pytest.mark.parametrize(
    "happen",
    [
        other_label,
        back_behind_our_back,
        moved_on_behind_our_back,
        another_loaded_since,
        another_unloaded_since,
        home_taken,
    ],
)
def test_home_that_the_journal_does_not_prove_is_not_known(
    host: Host, happen: Callable[[Host], None]
) -> None:
    library = tapes_in(SLOT, 3, 5)
    library.knows_sources = False
    host.attach(library)
    done(host, "load", 3, 0)
    happen(host)
    assert homes(host) == {UNKNOWN}
    held = library.at[drive(host, 0)]
    assert host.changer("unload", 0).error == "no-free-element"
    assert host.mtx("unload").err == "No Source for tape in drive 0!\n"
    assert library.at[drive(host, 0)] == held


@pytest.mark.parametrize("knows_sources", [True, False])
def test_drive_that_a_cartridge_came_from_is_not_its_home(
    host: Host, *, knows_sources: bool
) -> None:
    library = tapes_in(SLOT, 3, 5)
    library.knows_sources = knows_sources
    host.attach(library)
    done(host, "load", 3, 0)
    done(host, "move", "drive:0", "drive:1")
    library.at[drive(host, 1)] = replace(library.at[drive(host, 1)], home=drive(host, 0))
    assert homes(host, 1) == {UNKNOWN}
    assert host.changer("unload", 1).error == "no-free-element"
    assert library.where(1) == drive(host, 1)


def test_slot_that_the_library_names_is_the_home_though_it_does_not_list_it(host: Host) -> None:
    library = tapes_in(SLOT, 3, 5)
    host.attach(library)
    done(host, "load", 3, 0)
    library.shown[slot(host, 3)] = Showing(listed=False)
    assert "from slot 3" in host.text("status").out
    assert homes(host) == {3}
