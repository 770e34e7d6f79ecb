"""A library that cleans its drives itself: which cleaners are its own, and what it cleans now.

IBM's do that out of sight of hosts; ATL's show the home slot and the drive.
"""

from __future__ import annotations

from changer.simulator.geometry import Kind
from changer.simulator.state import State

AUTO_CLEAN = "auto-clean"


def cleans_itself(state: State) -> bool:
    """Automatic cleaning is switched on."""
    return bool(state.faults_named(AUTO_CLEAN))


def drives_at_work(state: State) -> frozenset[int]:
    """The addresses of the drives that the library cleans now."""
    named = {fault.drive for fault in state.faults_named(AUTO_CLEAN)}
    addresses = (state.address_of_drive(number) for number in named if number is not None)
    return frozenset(address for address in addresses if address not in state.cartridges)


def shows_its_work(state: State) -> bool:
    """The library flags the home slot and the drive of a cleaner at work (ATL)."""
    return state.profile.cleaner_home_sense is not None


def cleaners_at_rest(state: State) -> frozenset[int]:
    """The slots of cleaners that only the library moves; empty while it leaves that to hosts."""
    if not cleans_itself(state):
        return frozenset()
    return frozenset(_homes(state)) - cleaners_at_work(state)


def cleaners_at_work(state: State) -> frozenset[int]:
    """The home slots of cleaners that are out by the library's own will, where it shows that."""
    at_work = len(drives_at_work(state)) if shows_its_work(state) else 0
    return frozenset(_homes(state)[:at_work]) if at_work else frozenset()


def _homes(state: State) -> list[int]:
    slots = state.geometry.ranges[Kind.STORAGE]
    return sorted(at for at, held in state.cartridges.items() if held.is_cleaner and at in slots)
