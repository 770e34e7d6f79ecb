"""Description of what a virtual library truly holds, whatever it reports."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from changer.simulator.catalogue import reading
from changer.simulator.drive_life import Phase, phase_of
from changer.simulator.fault import Fault
from changer.simulator.geometry import Kind
from changer.simulator.profile import Profile
from changer.simulator.robot import advance
from changer.simulator.state import Cartridge, State
from changer.values import dataclass


@dataclass(frozen=True, slots=True)
class ElementTruth:
    """An element and what is in it. ``present``: its magazine is in."""

    kind: Kind
    address: int
    place: str
    present: bool
    cartridge: Cartridge | None


@dataclass(frozen=True, slots=True)
class DriveTruth:
    """A drive: what it is doing, how often it was cleaned, how much it wants to be."""

    number: int
    address: int
    serial: str
    phase: Phase
    cleaned: int
    wants_cleaning: int
    flags: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """A whole library. ``removed``: by magazine, the cartridges that went out with it.

    ``commands``: how many the changer was sent so far, by opcode; ``drive_commands``: the same
    for each drive. ``flags``: TapeAlert flags of the changer.
    """

    name: str
    profile: Profile
    elements: tuple[ElementTruth, ...]
    drives: tuple[DriveTruth, ...]
    removed: Mapping[int, Mapping[int, Cartridge]]
    faults: tuple[Fault, ...]
    prevented: bool
    mail_open: bool
    flags: tuple[int, ...]
    commands: Mapping[int, int]
    drive_commands: tuple[Mapping[int, int], ...]

    def cartridge_at(self, place: str | int) -> Cartridge | None:
        """The cartridge at a place (``5``, ``mail:1``) or an address; KeyError for no element."""
        for element in self.elements:
            if place in (element.place, element.address):
                return element.cartridge
        raise KeyError(place)

    def place_of(self, tag: str) -> str | None:
        """Where the cartridge with this tag is, or None when no element holds it."""
        for element in self.elements:
            if element.cartridge and element.cartridge.tag == tag:
                return element.place
        return None


def describe(name: str, *, folder: Path, now: float) -> Description:
    """The truth about a virtual library. Raises NoLibrary."""
    with reading(name, folder=folder) as (file, state):
        advance(state, now)  # for this answer only: nothing is saved
        counts = [file.lock.counts(unit) for unit in range(state.profile.drives + 1)]
        return _description(state, counts, now)


def _description(state: State, counts: list[dict[int, int]], now: float) -> Description:
    return Description(
        name=state.name,
        profile=state.profile,
        elements=tuple(
            ElementTruth(
                kind,
                address,
                state.geometry.place_of(address),
                not state.is_out(address),
                state.cartridges.get(address),
            )
            for kind, addresses in state.geometry.ranges.items()
            for address in addresses
        ),
        drives=tuple(_drive(state, number, now) for number in range(state.profile.drives)),
        removed={number: dict(inside) for number, inside in state.removed.items()},
        faults=tuple(state.faults),
        prevented=state.prevented,
        mail_open=state.mail_open,
        flags=state.flags,
        commands=counts[0],
        drive_commands=tuple(counts[1:]),
    )


def _drive(state: State, number: int, now: float) -> DriveTruth:
    drive = state.drives[number]
    return DriveTruth(
        number=number,
        address=state.address_of_drive(number),
        serial=state.serial_of_drive(number),
        phase=phase_of(state, number, now),
        cleaned=drive.cleaned,
        wants_cleaning=drive.wants_cleaning,
        flags=drive.flags,
    )
