"""Ejects of the cleaner, by a mail slot and at the door, to be killed."""

from __future__ import annotations

from collections.abc import Callable

from cleaning.cleaner_library import CLEANER, CleanerLibrary

from changer.cleaning.eject import eject
from changer.library.library import Library

from .aftermath import Aftermath
from .killing import Function
from .person import hand, take, take_later
from .scenario import NO_CLEANERS, Scenario

__all__ = ["EJECTS"]


def _takes(words: str) -> Callable[[CleanerLibrary], Function]:
    """Eject, while a person does that, two seconds later."""

    def with_person(library: CleanerLibrary) -> Function:
        def function(opened: Library) -> object:
            take_later(library, 2, CLEANER, words)
            return eject(opened)

        return function

    return with_person


def _eject_again(after: Aftermath, words: str) -> None:
    library = after.library
    was_taken = CLEANER in hand(library)
    assert was_taken or library.cleans_left == 7
    if not was_taken:
        library.clock.plan(5, lambda: take(library, CLEANER, words))
    assert after.run(eject) == ("slot-empty" if was_taken else "done")
    assert library.cleaner is None
    assert was_taken or not library.mail_is_open


EJECTS = (
    Scenario(
        "eject by a mail slot",
        _takes("take mail:1"),
        lambda library: library.with_cleaner(cleans=7),
        lambda after: _eject_again(after, f"take {CLEANER}"),
        cleans=7,
        pages=True,
        fields=NO_CLEANERS,
    ),
    Scenario(
        "eject at the door",
        _takes("remove 6"),
        lambda library: library.with_cleaner(slot="6", cleans=7),
        lambda after: _eject_again(after, "remove 6"),
        ordinary=("3", "5"),
        cleans=7,
        profile="bare",
        fields={"volume_tags": "reported"},
    ),
)
