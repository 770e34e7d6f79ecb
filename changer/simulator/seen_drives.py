"""Drives of a recorded library: what the library and the drives themselves said of each (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from changer.simulator.drive_model import DriveModel
from changer.simulator.geometry import Kind
from changer.simulator.profile import Profile
from changer.simulator.seen_elements import SeenElement
from changer.simulator.seen_status import is_cleaner
from changer.simulator.state import Drive

LONGEST_SERIAL = 10
_OF_MODEL = ("vendor", "product", "revision")


def seen_drives(
    elements: Iterable[SeenElement], asked: dict[str, dict[str, Any]], found: dict[str, Any]
) -> tuple[Drive, ...]:
    """Each drive with its serial number and model; the model of the first is the profile's."""
    at = {each.address: each for each in elements if each.kind is Kind.DRIVE}
    base, number = found.get("drive_base", 0), found.get("drives", 0)
    drives = []
    for address in range(base, base + number):
        named = named_drive(at.get(address))
        places = {"serial": named.get("serial"), "address": address, "number": address - base}
        own = _asked_drive(tuple(asked.values()), places, is_only=number == len(asked) == 1)
        drives.append(own | named | {name: own[name] for name in _OF_MODEL if own.get(name)})
    first = drives[0] if drives else {}
    for name in _OF_MODEL:
        if first.get(name):
            found[f"drive_{name}"] = first[name]
    return tuple(_drive(each, at.get(base + n), found) for n, each in enumerate(drives))


def named_drive(element: SeenElement | None) -> dict[str, Any]:
    """Vendor, product and serial number that the library has in a drive's identifier."""
    identifier = element.identifier if element else None
    if identifier is None or identifier.code_set not in (2, 3):
        return {}
    text = "".join(chr(byte) if 0x20 <= byte < 0x7F else " " for byte in identifier.content)
    if identifier.kind != 1:
        return {"serial": text.strip()}
    named = {"vendor": text[:8].strip(), "product": text[8:24].strip(), "serial": text[24:].strip()}
    return {name: value for name, value in named.items() if value}


def _asked_drive(
    asked: Sequence[dict[str, Any]], places: dict[str, Any], *, is_only: bool
) -> dict[str, Any]:
    """What the drive said in that place: by its serial number, else its address, else its number.

    The library may have only the end of the serial number.
    """
    serial = str(places["serial"] or "")
    for each in asked:
        if serial and str(each.get("serial", "")).endswith(serial):
            return each
    for name in ("address", "number"):
        for each in asked:
            if not serial and each.get(name) == places[name]:
                return each
    return asked[0] if is_only and not serial else {}


def _drive(each: dict[str, Any], element: SeenElement | None, found: dict[str, Any]) -> Drive:
    serial = str(each.get("serial", ""))
    default = Profile()
    usual = {
        name: str(found.get(f"drive_{name}") or getattr(default, f"drive_{name}"))
        for name in _OF_MODEL
    }
    names = {name: str(each.get(name) or usual[name]) for name in _OF_MODEL}
    density = found.get("drive_density", default.drive_density)
    model = DriveModel(
        vendor=names["vendor"],
        product=names["product"],
        revision=names["revision"],
        density=density,
    )
    is_loaded = element is not None and element.full and not is_cleaner(element)
    return Drive(
        mounted=is_loaded, serial=serial[:LONGEST_SERIAL], model=None if names == usual else model
    )
