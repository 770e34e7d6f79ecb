"""A place of a virtual library, as a person writes it."""

from __future__ import annotations

import re

from changer.errors import SimulatorRefused
from changer.simulator.geometry import Kind
from changer.simulator.state import State

__all__ = ["address_of", "place_of"]

_NUMBERED = re.compile(r"(?:(slot|mail|drive|picker):)?(\d{1,5})")
_ADDRESS = re.compile(r"@(0[xX][0-9a-fA-F]{1,4}|\d{1,5})")
_KINDS = {
    "slot": Kind.STORAGE,
    "mail": Kind.MAIL,
    "drive": Kind.DRIVE,
    "picker": Kind.TRANSPORT,
}


def address_of(state: State, place: str) -> int:
    """The element that ``place`` means: ``5``, ``mail:1``, ``drive:0``, ``picker``, ``@1005``, or
    the tag of a cartridge. Raises SimulatorRefused.
    """
    if place == "picker":
        return state.geometry.ranges[Kind.TRANSPORT].start
    if numbered := _NUMBERED.fullmatch(place):
        return _numbered(state, place, numbered[1] or "slot", int(numbered[2]))
    if written := _ADDRESS.fullmatch(place):
        return _existing(state, int(written[1], 0))
    return _holding(state, place.removeprefix("tag:"))


def _numbered(state: State, place: str, word: str, number: int) -> int:
    addresses = state.geometry.ranges[_KINDS[word]]
    index = number if word == "drive" else number - 1
    if 0 <= index < len(addresses):
        return addresses[index]
    first = 0 if word == "drive" else 1
    there = f"{first} to {first + len(addresses) - 1}" if addresses else "there are none"
    raise SimulatorRefused(f"{state.name} has no {word} {number}: {place!r}; {there}")


def _existing(state: State, address: int) -> int:
    if state.geometry.kind_of(address) is None:
        raise SimulatorRefused(f"{state.name} has no element at address {address}")
    return address


def _holding(state: State, tag: str) -> int:
    found = [address for address, item in state.cartridges.items() if item.tag == tag]
    if len(found) != 1:
        raise SimulatorRefused(
            f"{state.name} has {len(found) or 'no'} cartridges {tag!r}",
            hint="a place is 5, mail:1, drive:0, picker, @1005, or the tag of a cartridge",
        )
    return found[0]


def place_of(state: State, address: int) -> str:
    """An address as a person writes it."""
    kind = state.geometry.kind_of(address)
    if kind is None:
        return f"@{address}"
    index = address - state.geometry.ranges[kind].start
    return {
        Kind.STORAGE: f"{index + 1}",
        Kind.MAIL: f"mail:{index + 1}",
        Kind.DRIVE: f"drive:{index}",
        Kind.TRANSPORT: f"picker:{index + 1}" if index else "picker",
    }[kind]
