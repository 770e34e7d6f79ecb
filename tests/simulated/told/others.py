"""What others do to a library between two commands: persons, other hosts, the library itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

from .descriptors import DRIVE, MAIL, SLOT, Told
from .drive_unit import Unit
from .shown import CODES, EMPTY, PLAIN, Showing, may_be_said
from .stand_in import Cartridge, Geometry, StandIn

CLEANER = "CLN001L8"
_ATTENTIONS = ((0x28, 0x00), (0x29, 0x00), (0x28, 0x01), (0x3B, 0x12), (0x2A, 0x01))


def a_showing(random: Random) -> Showing:
    """Any way to show an element but a lie: that one is plainly empty that is not."""
    showing = random.choice(
        (
            Showing(listed=False),
            Showing(disabled=True),
            Showing(access=False),
            Showing(labelled=False),
            Showing(code=random.choice(CODES)),
            Showing(code=random.choice(CODES), access=random.random() < 0.5),
        )
    )
    hides = may_be_said(showing.of(Told(DRIVE, 0, full=False))) != {EMPTY}
    return replace(showing, full=random.choice((None, False)) if hides else None)


def a_library(random: Random, serial: str) -> StandIn:
    """Some cartridges, a cleaner or two, and drives that libraries call by their own names."""
    mail, drives, pickers = (random.choice(each) for each in ((0, 1, 2), (1, 2, 3), (1, 1, 2)))
    geometry = Geometry.of(slots=5, mail=mail, drives=drives, pickers=pickers)
    library = StandIn(
        serial,
        geometry,
        reads_labels=random.random() < 0.85,
        knows_sources=random.random() < 0.7,
        knows_drives=random.random() < 0.85,
        tells_media=random.random() < 0.5,
    )
    prefix, shortened = random.choice((("", 0), ("", 0), ("IBM", 0), ("", 2)))
    for number, address in enumerate(geometry.ranges[DRIVE]):
        drive = f"{serial}0{number}" if random.random() < 0.9 else f"X{serial}00"[number // 2 :]
        told = prefix + drive[shortened:]
        library.bays[address] = Unit(drive, told, number + 1, ejects=random.random() < 0.7)
    slots = geometry.ranges[SLOT]
    library.at[slots[0]] = Cartridge(1, "A00001L8", home=slots[0])
    library.at[slots[1]] = Cartridge(2, random.choice(("A00002L8", "A00001L8", None)))
    library.at[slots[2]] = Cartridge(3, CLEANER, is_cleaner=True)
    return library


@dataclass
class Others:
    """``most_hidden``: so many elements are shown in another way than plainly, at a time."""

    random: Random
    library: StandIn
    most_hidden: int = 2
    _cartridges: int = field(default=100, init=False)

    def act(self) -> None:
        """Once or more, or not at all."""
        for _ in range(self.random.choice((0, 0, 1, 2))):
            self.random.choice(self._acts)()

    @property
    def _acts(self) -> tuple[Callable[[], None], ...]:
        return (
            self._hide,
            self._hide,
            self.show_all,
            self._carry,
            self._take_out,
            self._put_in,
            self._swap_drives,
            self._report,
            self._want_cleaning,
        )

    def _hide(self) -> None:
        if len(self.library.shown) < self.most_hidden:
            address = self.random.choice(self.library.geometry.all)
            if (showing := a_showing(self.random)) != PLAIN:
                self.library.shown[address] = showing

    def show_all(self) -> None:
        """Everything is shown as it is."""
        self.library.shown.clear()

    def _free(self, *kinds: int) -> int | None:
        ranges = self.library.geometry.ranges
        free = [each for kind in kinds for each in ranges[kind] if each not in self.library.at]
        return self.random.choice(free) if free else None

    def _carry(self) -> None:
        """A person carries it, or another host, of which the library knows."""
        destination = self._free(SLOT, MAIL, DRIVE)
        if self.library.at and destination is not None:
            source = self.random.choice(sorted(self.library.at))
            self.library.carry(source, destination)
            is_known = self.random.random() < 0.5 and source in self.library.geometry.ranges[SLOT]
            carried = self.library.at[destination]
            home = source if is_known else None
            self.library.at[destination] = replace(carried, home=home)
            if (unit := self.library.bays.get(destination)) is not None:
                unit.take(is_cleaner=carried.is_cleaner)

    def _take_out(self) -> None:
        if self.library.at and self.random.random() < 0.5:
            del self.library.at[self.random.choice(sorted(self.library.at))]

    def _put_in(self) -> None:
        """A new one, or one of a label that is there already."""
        place = self._free(MAIL, SLOT)
        if place is not None:
            new = f"B{self._cartridges:05}L8"
            self.put(place, self.random.choice((new, CLEANER, "A00001L8", None)))

    def put(self, place: int, label: str | None) -> None:
        """A cartridge that was not there before."""
        self._cartridges += 1
        is_cleaner = label == CLEANER
        self.library.at[place] = Cartridge(self._cartridges, label, is_cleaner=is_cleaner)

    def _swap_drives(self) -> None:
        bays = sorted(self.library.bays)
        if len(bays) > 1:
            self.library.swap_drives(*self.random.sample(bays, 2))
            for address, unit in self.library.bays.items():
                found = self.library.at.get(address)
                unit.take(is_cleaner=found is not None and found.is_cleaner)

    def _report(self) -> None:
        self.library.attentions.append(self.random.choice(_ATTENTIONS))

    def _want_cleaning(self) -> None:
        self.random.choice(sorted(self.library.bays.items()))[1].wants_cleaning = True
