"""The export that the same words began before, and that was not completed: it goes on."""

from __future__ import annotations

from collections.abc import Sequence

from changer.errors import LibraryBusy
from changer.journal.operations import Running
from changer.moves.asked_for import Word
from changer.store.records import TransferRecord

# How many operations are searched for it.
_NEWEST_OPERATIONS = 1000


def earlier_export(running: Running, words: Sequence[Word]) -> tuple[TransferRecord, ...]:
    """The cartridges of the newest export by the same words, if that was not completed.

    To be asked when what dead processes left is settled. Raises LibraryBusy while it is under way.
    """
    library, store = running.library, running.library.store
    for each in store.operations(library.id, limit=_NEWEST_OPERATIONS):
        if each.kind != "export" or each.id == running.id:
            continue
        records = store.transfers(each.id)
        if not _is_by(words, records):
            continue
        if each.finished_at is None:
            raise LibraryBusy(
                f"this export is already under way: operation {each.id}",
                hint=f"to end it: changer operations stop {each.id}",
            )
        return () if each.state == "completed" else records
    return ()


def _is_by(words: Sequence[Word], records: Sequence[TransferRecord]) -> bool:
    """Whether an export was asked for by these words, in whatever order."""
    asked = {each.text for each in words}
    named = {each.word: each.volume_tag or "" for each in records}
    labels = [each.volume_tag or "" for each in records]
    is_covered = all(
        each.text in named or any(each.matches(label) for label in labels) for each in words
    )
    return bool(named) and {*named} <= asked and is_covered
