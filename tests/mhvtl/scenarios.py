"""Scenarios: steps of the program and of an operator, which leave a library as it was.

The same scenarios run on mhVTL, on what was recorded of it, and on virtual libraries that imitate
it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from .configuration import CLEANER, NO_LABEL, Configuration


@dataclass(frozen=True, slots=True)
class Step:
    """``words``: what is done, and to what. ``error``: the code that it is refused with."""

    words: tuple[str, ...]
    error: str | None = None

    @property
    def is_operators(self) -> bool:
        """Whether a person does it, or the library itself."""
        return self.words[0] in OPERATOR


def done(*words: str) -> Step:
    return Step(words)


def refused(error: str, *words: str) -> Step:
    return Step(words, error)


OPERATOR = frozenset(
    {
        "offline", "online", "open-mail", "close-mail", "empty-mail", "load-mail",
        "moves-fail", "moves-work",
    }
)  # fmt: skip


def _status(_: Configuration) -> list[Step]:
    return [done("status")]


def _moves(library: Configuration) -> list[Step]:
    """Every pair of kinds of element, there and back."""
    first, second, *_ = (str(slot) for slot in library.data_slots)
    empty = str(library.empty_slots[-1])
    last = f"drive:{len(library.drives) - 1}"
    between_drives: list[Step] = [done("move", last, "drive:0")] if len(library.drives) > 1 else []
    return [
        done("load", first, "drive:0"),
        done("unload", "drive:0"),
        done("load", second, last),
        *between_drives,
        done("unload", "drive:0", second),
        done("move", first, empty),
        done("move", empty, "mail:1"),
        done("load", "mail:1", "drive:0"),
        done("move", "drive:0", "mail:1"),
        done("move", "mail:1", first),
    ]


def _refusals(library: Configuration) -> list[Step]:
    """Nothing of this is sent as a move."""
    first, second, *_ = (str(slot) for slot in library.data_slots)
    empty = str(library.empty_slots[-1])
    return [
        refused("source-empty", "move", empty, first),
        refused("destination-full", "move", first, second),
        refused("move-not-allowed", "move", first, first),
        refused("source-empty", "unload", "drive:0"),
        refused("invalid-slot", "load", str(len(library.slots) + 1), "drive:0"),
        refused("no-such-drive", "load", first, f"drive:{len(library.drives)}"),
        refused("volume-not-found", "load", "NOSUCHL8", "drive:0"),
    ]


def _cleaner(library: Configuration) -> list[Step]:
    """The cleaner's slot, from reserved to released."""
    first, empty = str(library.data_slots[0]), str(library.empty_slots[-1])
    home = str(library.slot_of(CLEANER))
    return [
        refused("slot-full", "reserve", first),
        done("reserve", empty),
        refused("slot-reserved", "move", first, empty),
        done("insert", home),
        refused("slot-full", "release"),
        refused("cleaner-as-data", "load", empty, "drive:0"),
        done("load-as-is", empty, "drive:0"),
        refused("cartridge-out", "release"),
        done("unload", "drive:0", home),
        done("release"),
    ]


def _offline(library: Configuration) -> list[Step]:
    first = str(library.data_slots[0])
    return [
        done("offline"),
        refused("library-offline", "load", first, "drive:0"),
        done("online"),
        done("status"),
    ]


def _mail(library: Configuration) -> list[Step]:
    """Opened, closed, emptied, and filled again by a person."""
    first = library.data_slots[0]
    return [
        done("open-mail"),
        refused("element-not-present", "move", str(first), "mail:1"),
        done("close-mail"),
        done("move", str(first), "mail:1"),
        done("open-mail"),
        done("empty-mail"),
        done("load-mail", library.slots[first - 1]),
        refused("element-not-present", "load", "mail:1", "drive:0"),
        done("close-mail"),
        done("move", "mail:1", str(first)),
    ]


def _inventory(_: Configuration) -> list[Step]:
    return [done("inventory")]


def _labels(library: Configuration) -> list[Step]:
    """Sixteen characters, and none."""
    steps: list[Step] = []
    for prefix in ("SIXTEEN", NO_LABEL):
        slot = str(library.slot_of(prefix))
        steps += [done("load", slot, "drive:0"), done("unload", "drive:0")]
    return [*steps, done("load", "SIXTEENCHARACTL8", "drive:1"), done("unload", "drive:1")]


def _failing(library: Configuration) -> list[Step]:
    """A robot that fails with 04/04/03, and works again."""
    first, empty = str(library.data_slots[0]), str(library.empty_slots[-1])
    return [
        done("moves-fail"),
        refused("move-failed", "load", first, "drive:0"),
        refused("move-failed", "move", first, empty),
        done("moves-work"),
        done("load", first, "drive:0"),
        done("moves-fail"),
        refused("move-failed", "unload", "drive:0"),
        done("moves-work"),
        done("unload", "drive:0"),
    ]


EVERYWHERE: dict[str, Callable[[Configuration], list[Step]]] = {
    "status": _status,
    "moves": _moves,
    "refusals": _refusals,
    "cleaner": _cleaner,
    "offline": _offline,
    "mail": _mail,
    "inventory": _inventory,
}
# Where the configuration has what it takes.
ONLY_L700: dict[str, Callable[[Configuration], list[Step]]] = {
    "labels": _labels,
    "failing": _failing,
}


def scenarios(library: Configuration) -> dict[str, list[Step]]:
    """The scenarios of a configuration, by name."""
    chosen = EVERYWHERE | (ONLY_L700 if library.name == "l700" else {})
    return {name: steps(library) for name, steps in chosen.items()}
