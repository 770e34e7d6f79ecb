"""Type of reservation that a fence takes, and which libraries lack it (pure).

What the library reports goes first, then what the manual of its model lists. Where neither tells,
the reservation itself will.
"""

from __future__ import annotations

from changer.smc.atlas.reservations import types_of_model, types_text
from changer.smc.elements import Model
from changer.smc.persistent_reserve import ReservationCapabilities, ReservationType

TYPE = ReservationType.EXCLUSIVE_ACCESS


def find_lack(capabilities: ReservationCapabilities | None, model: Model) -> str | None:
    """Why a library with persistent reservations can have no fence, for people; None: it may.

    ``capabilities``: None where it reports none, as was usual before SPC-3.
    """
    types = None if capabilities is None else capabilities.types
    if types is None:
        # A manual that lists none was wrong about a library that has answered.
        types = types_of_model(model) or None
    if types is None or TYPE in types:
        return None
    has = f"it has {types_text(types)}" if types else "it has no type at all"
    return f"the library can't be reserved for one host alone (Exclusive Access, {TYPE:X}h): {has}"


def lack_words(model: Model) -> str:
    """Why a library that refuses PERSISTENT RESERVE IN can have no fence, for people."""
    words = "the library has no persistent reservations"
    listed = types_of_model(model)
    if listed is None:
        return words
    if not listed:
        return f"{words}, and none are listed for its model"
    return f"{words}, although {types_text(listed)} are listed for its model"
