"""Refusals of several cleaning cartridges, as one error. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from changer.errors import BeingCleaned, ChangerError, CleanerSpent


def together(refused: Sequence[ChangerError], what: str) -> ChangerError:
    """The only refusal; of several BeingCleaned if one may soon be had, or else their own kind.

    ``what``: a clause. Where they are of more kinds than one, it is CleanerSpent.
    """
    if len(refused) == 1:
        return refused[0]
    listed = "; ".join(each.message for each in refused)
    busy = [each for each in refused if isinstance(each, BeingCleaned)]
    kinds = {type(each) for each in refused}
    kind = BeingCleaned if busy else kinds.pop() if len(kinds) == 1 else CleanerSpent
    hint = busy[0].hint if busy else "changer cleaner status shows them all"
    error = kind(f"{what}: {listed}", hint=hint)
    error.listed = tuple(each.message for each in refused)
    return error
