"""No command goes to another drive than the one meant, whatever libraries call their drives, and
though drives change places between two commands, which nobody is told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product

import pytest
from figures import FIGURES, Figure

from .descriptors import DRIVE, SLOT
from .drive_unit import Unit
from .host import Host
from .ledger import Ledger, Line
from .stand_in import Cartridge, Geometry, StandIn

GEOMETRY = Geometry.of(slots=5, mail=1, drives=2)
SLOTS = GEOMETRY.ranges[SLOT]
FIRST, SECOND = GEOMETRY.ranges[DRIVE]
CLEANER = "CLN001L8"


@dataclass(frozen=True, slots=True)
class Called:
    """Serial numbers of two drives, and what the library calls them. ``is_clear``: which is which
    can be told.
    """

    serials: tuple[str, str]
    told: tuple[str, str]
    is_clear: bool = True


NAMES = {
    "by their serial numbers": Called(("HU1001", "HU1002"), ("HU1001", "HU1002")),
    "with a prefix": Called(("HU1001", "HU1002"), ("IBM     HU1001", "IBM     HU1002")),
    "cut short": Called(("00HU1001", "00HU1002"), ("HU1001", "HU1002")),
    "one within the other": Called(("1234", "001234"), ("1234", "001234")),
    "one within the other, with a prefix": Called(
        ("1234", "001234"), ("X1234", "X001234"), is_clear=False
    ),
    "both alike": Called(("HU1001", "HU1002"), ("HU", "HU"), is_clear=False),
}


def as_they_were(_: StandIn) -> None:
    """Nothing changes."""


def bays_changed(library: StandIn) -> None:
    """The two drives are in each other's bay; each keeps its device on the host."""
    library.swap_drives(FIRST, SECOND)
    for address, unit in library.bays.items():
        unit.is_threaded = address in library.at


def devices_changed(library: StandIn) -> None:
    """The host has each at the other's device, and its kernel still has the serials of before."""
    one, other = library.bays[FIRST], library.bays[SECOND]
    one.node, other.node = other.node, one.node


def replaced(library: StandIn) -> None:
    """Another drive is in the first bay, of which the host knows nothing yet."""
    library.bays[FIRST] = Unit("NEW999", "NEW999", node=9)


CHANGES: dict[str, Callable[[StandIn], None]] = {
    "as they were": as_they_were,
    "bays changed": bays_changed,
    "devices changed": devices_changed,
    "a drive replaced": replaced,
}
ONE, OTHER, BOTH = frozenset({FIRST}), frozenset({SECOND}), frozenset({FIRST, SECOND})
LINES = (
    Line(("clean", "0"), ONE),
    Line(("clean", "--needed"), BOTH),
    Line(("clean", "1", "--unload"), OTHER),
    Line(("load", "1", "0", "--ready-timeout", "3"), ONE),
    Line(("load", "1", "/dev/nst1", "0"), ONE, "autochanger"),
    Line(("unload", "2", "/dev/nst2", "1"), OTHER, "autochanger"),
    Line(("cleaner", "status"), BOTH),
)


def a_library(called: Called) -> StandIn:
    """A tape in slot 1, one that is loaded in the second drive, and the cleaner in slot 4."""
    library = StandIn("DRIVES", GEOMETRY)
    for number, address in enumerate((FIRST, SECOND)):
        unit = Unit(called.serials[number], called.told[number], number + 1)
        library.bays[address] = unit
    library.at[SLOTS[0]] = Cartridge(1, "A00001L8", home=SLOTS[0])
    library.at[SECOND] = Cartridge(2, "A00002L8", home=SLOTS[1])
    library.at[SLOTS[3]] = Cartridge(3, CLEANER, is_cleaner=True, home=SLOTS[3])
    library.bays[SECOND].take(is_cleaner=False)
    return library


@pytest.mark.rows(one_in=12)
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", NAMES)
def test_only_the_drive_that_is_meant_gets_a_command(host: Host, name: str, change: str) -> None:
    called = NAMES[name]
    host.attach(a_library(called))
    ledger = Ledger(host)
    host.library.carry(SLOTS[3], SLOTS[4])
    ledger.run(Line(("cleaner", "reserve", "4")))
    ledger.run(Line(("cleaner", "insert", "--from", "5")))
    ledger.run(Line(("clean", "0"), ONE))
    known = host.kept("known")  # all that can be remembered
    wrong = list(ledger.wrong)
    books = replace(ledger, wrong=[])
    for noticed, line in product((False, True), LINES):
        if noticed and line.does != "clean":
            continue
        library = a_library(called)
        host.attach(library, state=known)
        CHANGES[change](library)
        library.bays[FIRST].wants_cleaning = True
        if noticed:
            library.attentions.append((0x28, 0x00))
        ledger = replace(books, wrong=[])
        answer = ledger.run(line)
        FIGURES.count(Figure.LIBRARIES)
        wrong.extend(ledger.wrong)
        if called.is_clear and change in ("as they were", "bays changed") and answer.status:
            wrong.append(f"{line}: {answer}")
        if change != "devices changed":
            wrong.extend(_devices_that_are_not(host))
    assert not wrong, "\n".join(wrong)


def _devices_that_are_not(host: Host) -> list[str]:
    """Drives that status shows at a device of another one."""
    return [
        f"status: {each} is {host.library.bays[each['address']]}"
        for each in host.changer("status").json["drives"]
        if each["device"] not in (None, f"/dev/nst{host.library.bays[each['address']].node}")
    ]
