"""Where a cartridge was last, by the journal: of a label that the library does not show now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from changer.journal.open_moves import transfers_of
from changer.library.library import Library
from changer.store.records import JournalQuery, Move, Operation
from changer.values import dataclass

# How many moves and operations are searched: of a label those of its own.
_NEWEST = 1000


@dataclass(frozen=True, slots=True)
class Sighting:
    """The element where a cartridge came to rest, and when (seconds since the epoch).

    ``has_left``: it left the library by that element, or from it with an operator.
    """

    address: int
    at: float
    has_left: bool = False


def last_sighting(library: Library, tag: str) -> Sighting | None:
    """The newest record of a label that says where its cartridge came to; None without one.

    Of the journal, or a later reading that showed it.
    """
    moves = library.store.find_moves(JournalQuery(library.id, tag), limit=_NEWEST)
    found = [*_of_moves(moves, tag), *_of_operations(library, tag, moves)]
    # In the order in which they began, not of their times: clocks go back.
    journaled = max(found, key=lambda each: each[0])[1] if found else None
    for each in library.store.sightings(library.id, tag)[:1]:
        if journaled is None or each.seen_at > journaled.at:
            return Sighting(each.address, each.seen_at)
    return journaled


# The operation that began before, the move, and whether it is the end of that operation.
_Numbered = tuple[tuple[int, int, bool], Sighting]


def _of_moves(moves: Iterable[Move], tag: str) -> Iterator[_Numbered]:
    for move in moves:
        for number, transfer in enumerate(transfers_of(move)):
            if transfer.volume_tag != tag or move.finished_at is None:
                continue
            address = end_of(move, number)
            if address is not None:
                has_left = move.outcome == "completed" and move.final_address is None
                sighting = Sighting(address, move.finished_at, has_left and move.kind == "move")
                yield (move.operations_before, move.id, False), sighting


def end_of(move: Move, number: int) -> int | None:
    """Where one transfer of a settled move ended; None where the journal does not say."""
    transfer = transfers_of(move)[number]
    if move.outcome == "completed":
        return transfer.destination_address
    if move.outcome == "not-executed":
        moved = number == 0 and move.final_address is not None
        return move.final_address if moved else transfer.source_address
    return move.final_address if move.outcome == "misplaced" and number == 0 else None


def followed_from(library: Library, home: int, tag: str) -> int | None:
    """Where the cartridge came to that the newest insert brought to ``home``, move by move.

    Not by its label alone, which another one may bear; None where the journal does not say.
    """
    operations = library.store.operations(library.id, limit=_NEWEST)
    inserts = (each for each in operations if each.kind == "insert" and each.state == "completed")
    insert = next(inserts, None)
    if insert is None or insert.slot_address != home:
        return None
    at: int | None = home
    moves = library.store.find_moves(JournalQuery(library.id, tag), limit=_NEWEST)
    for move in reversed(moves):
        if move.operations_before < insert.sequence:
            continue
        ways = enumerate(transfers_of(move))
        taken = (n for n, each in ways if each.source_address == at and each.volume_tag == tag)
        if (number := next(taken, None)) is not None:
            at = end_of(move, number)
            if at is None:
                return None
    return at


def _of_operations(library: Library, tag: str, moves: Iterable[Move]) -> Iterator[_Numbered]:
    """Ends of operations: after their own moves, of ``moves``, and before those that came later."""
    last: dict[str | None, int] = {}
    for move in moves:  # newest first
        last.setdefault(move.operation_id, move.id)
    for each in library.store.find_operations(JournalQuery(library.id, tag), limit=_NEWEST):
        if each.state == "completed" and each.kind in _IN_SLOT_AFTER:
            for sighting in _in_slot(each):
                yield (each.sequence, last.get(each.id, 0), True), sighting


# Where the cleaning cartridge is afterwards: in its slot, or out of the library.
_IN_SLOT_AFTER = {"insert": True, "clean": True, "eject": False}


def _in_slot(operation: Operation) -> Iterator[Sighting]:
    address, at = operation.slot_address, operation.finished_at
    if address is not None and at is not None:
        has_left = not _IN_SLOT_AFTER[operation.kind]
        yield Sighting(address, at, has_left)
