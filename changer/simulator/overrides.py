"""Fields of a profile as the words of a command line: ``slots=24``, ``magazine_out=omitted``."""

from __future__ import annotations

from typing import Any, get_type_hints

from changer.errors import SimulatorRefused
from changer.simulator.profile import Profile
from changer.simulator.sense import Additional, parse_sense
from changer.simulator.words import meant

__all__ = ["parse_override"]

_BOOLEANS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def parse_override(text: str) -> tuple[str, Any]:
    """Name and value of a field, for ``create(..., **dict(...))``. Raises SimulatorRefused."""
    name, separator, value = text.partition("=")
    hints = get_type_hints(Profile)
    if name not in hints or not separator:
        raise SimulatorRefused(
            f"{text!r} sets no field of a profile{meant(name, hints)}",
            hint=f"FIELD=VALUE; fields: {', '.join(hints)}",
        )
    try:
        return name, _value(hints[name], value)
    except (ValueError, KeyError):
        raise SimulatorRefused(f"{name} can't be {value!r}") from None


def _value(hint: Any, text: str) -> Any:
    if hint is bool:
        return _BOOLEANS[text.lower()]
    if hint in (int, float):
        return hint(text)
    if hint in (Additional, Additional | None):
        return _additional(text)
    if hint == tuple[int, ...]:
        return tuple(int(part, 0) for part in text.split(",") if part)
    if hint == tuple[tuple[int, int], ...]:
        return tuple(_pair(part) for part in text.split(",") if part)
    return text  # a string, or the value of an enumeration, which create() checks


def _additional(text: str) -> Additional | None:
    if text in ("", "none"):
        return None
    sense = parse_sense(text, key=0)
    return Additional(sense.asc, sense.ascq)


def _pair(text: str) -> tuple[int, int]:
    first, second = text.split(":")
    return int(first), int(second)
