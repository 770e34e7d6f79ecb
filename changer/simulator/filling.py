"""A new virtual library: its serial numbers, and the first cartridges in it."""

from __future__ import annotations

from dataclasses import replace
from zlib import crc32

from changer.simulator.geometry import Kind
from changer.simulator.profile import Profile
from changer.simulator.state import CLEANING_MEDIUM, Cartridge, Drive, State

__all__ = ["CLEANER_PREFIX", "new_cartridge", "new_state"]

CLEANER_PREFIX = "CLN"


def new_state(name: str, profile: Profile) -> State:
    """A library that was just installed, filled as its profile says. Raises SimulatorRefused."""
    profile = _with_serials(name, profile)
    profile.check()
    state = State(name, profile, drives=[Drive()] * profile.drives)
    storage = state.geometry.ranges[Kind.STORAGE]
    free = set(profile.free_slots)
    slots = iter([a for number, a in enumerate(storage, 1) if number not in free])
    # range first: zip would take a slot too many before it saw that the cartridges are out.
    for number, address in zip(range(1, profile.data_cartridges + 1), slots, strict=False):
        state.put(address, new_cartridge(profile, f"A{number:05d}L8"))
    places = iter(state.geometry.ranges[Kind.MAIL]) if profile.cleaner_in_mail else slots
    for number, address in zip(range(1, profile.cleaners + 1), places, strict=False):
        cleaner = new_cartridge(profile, f"{CLEANER_PREFIX}{number:03d}CU")
        state.put(address, replace(cleaner, operator_placed=profile.cleaner_in_mail))
    return state


def new_cartridge(profile: Profile, tag: str) -> Cartridge:
    """A cartridge fresh from its box; a tag that starts with CLN makes it a cleaning cartridge."""
    if tag.startswith(CLEANER_PREFIX):
        return Cartridge(
            tag=tag, medium_type=CLEANING_MEDIUM, cleans_allowed=profile.cleans_allowed
        )
    return Cartridge(tag=tag)


def _with_serials(name: str, profile: Profile) -> Profile:
    """Serial numbers of its own, from its name: the same library has the same ones every time."""
    number = crc32(name.encode())
    return replace(
        profile,
        serial=profile.serial or f"SIM{number:010d}",
        drive_serial=profile.drive_serial or f"D{number & 0xFFFFFF:06X}",
    )
