"""A library with drives of two families, and a person who carries cleaners in and out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from driver.virtual_library import NAME

from changer.simulator.catalogue import changing
from changer.simulator.geometry import Kind
from changer.simulator.state import CLEANING_MEDIUM, Cartridge
from cleaning.cleaner_library import CleanerLibrary

_FIRST_NUMBER = 1000
DRIVES = 3


@dataclass(frozen=True)
class Seen:
    """One physical cleaner, which its number tells from others that bear its label.

    ``used``: times that drives truly cleaned with it. ``source``: where the library thinks that it
    is from.
    """

    number: int
    label: str | None
    used: int
    left: int
    source: int | None


class Shelf(CleanerLibrary):
    """``hand``: the cleaners outside. Data cartridges there are none."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            folder,
            "two-families",
            slots=8,
            drives=DRIVES,
            mail=2,
            data_cartridges=0,
            cleaners=0,
            cleaning_seconds=6.0,
        )
        self.hand: list[Cartridge] = []
        self._made = 0

    def make(self, label: str, *, cleans: int) -> None:
        """A cleaner comes into the hand that drives take so often yet."""
        self._made += 1
        allowed = _FIRST_NUMBER + self._made  # no two are alike: so each can be told
        self.hand.append(
            Cartridge(
                tag=label,
                medium_type=CLEANING_MEDIUM,
                cleans_used=allowed - cleans,
                cleans_allowed=allowed,
            )
        )

    def seen(self) -> dict[int, Seen]:
        """Every cleaner in the library, by the address where it truly is."""
        with changing(NAME, folder=self.simulated) as state:
            return {address: _seen(each) for address, each in state.cartridges.items()}

    def put(self, cartridge: Cartridge, address: int) -> None:
        """By hand, into a slot or mail slot, past the driver."""
        with changing(NAME, folder=self.simulated) as state:
            state.put(address, cartridge)

    def take(self, address: int) -> None:
        """By hand, from there."""
        with changing(NAME, folder=self.simulated) as state:
            self.hand.append(state.take(address))

    def take_later(self, address: int, *, seconds: float) -> None:
        """A person takes it soon, if it is there then."""

        def act() -> None:
            if address in self.seen():
                self.take(address)

        self.clock.plan(seconds, act)

    def addresses(self, kind: Kind) -> list[int]:
        return [each.address for each in self.truth.elements if each.kind is kind]


def _seen(cartridge: Cartridge) -> Seen:
    return Seen(
        number=cartridge.cleans_allowed,
        label=cartridge.tag or None,
        used=cartridge.cleans_used,
        left=cartridge.cleans_allowed - cartridge.cleans_used,
        source=cartridge.source_address,
    )
