"""Findings of what wants attention in a library, and what they are made from (pure)."""

from __future__ import annotations

from typing import Literal

from changer.library.addressing import Numbering
from changer.library.status import LibraryStatus
from changer.store.records import Cleaner, Move, Operation
from changer.values import NamedTuple

# critical  a cartridge is not where it belongs, and nothing else is moved until that is settled.
# warning   something is to be done about it.
# note      it is as someone wanted it, or will pass.
Level = Literal["critical", "warning", "note"]


class Finding(NamedTuple):
    """One thing that wants attention.

    code    the kind, which stays: ``picker-full``.
    words   what it is, as a sentence without its full stop; ``hint``: what to do, or None.
    places  as the command line takes them: ``12``, ``61-80``, ``drive:0``, ``mail:1``, ``picker``.
    """

    code: str
    level: Level
    words: str
    hint: str | None
    places: tuple[str, ...]


class StoreFacts(NamedTuple):
    """What is on record of a library.

    open_moves  those whose end is not known; ``moves_under_way``: those of processes that live.
    interrupted  operations of processes that died; ``waiting``: those that wait for an operator.
    cleaners  the cleaning cartridges that belong to reserved slots.
    cleans_itself  the library does, by its settings: drives that ask for it are its own matter.
    """

    open_moves: tuple[Move, ...] = ()
    moves_under_way: tuple[Move, ...] = ()
    interrupted: tuple[Operation, ...] = ()
    waiting: tuple[Operation, ...] = ()
    cleaners: tuple[Cleaner, ...] = ()
    cleans_itself: bool = False


NO_FACTS = StoreFacts()


class Looked(NamedTuple):
    """What findings are made from."""

    status: LibraryStatus
    facts: StoreFacts
    numbering: Numbering

    def named(self, address: int | None) -> tuple[str, ...]:
        """A place as the command line takes it; none for None."""
        return () if address is None else (str(self.numbering.place_of(address)),)

    def way(self, move: Move) -> str:
        """``A00001L8 from slot 1 to drive 0``."""
        name, tag = self.numbering.name_of, move.volume_tag or "a cartridge without a label"
        to = f"from {name(move.source_address)} to {name(move.destination_address)}"
        if move.second_destination_address is None:
            return f"{tag} {to}"
        other = move.second_volume_tag or "a cartridge without a label"
        return f"{tag} {to}, and of {other} to {name(move.second_destination_address)}"
