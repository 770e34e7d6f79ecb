"""Waits for what a person does at the library, looking now and then, until they did it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TypeVar

from changer.errors import (
    ChangerError,
    ElementNotPresent,
    LibraryOffline,
    NotReady,
    OperationStopped,
    OperatorTimeout,
    RemovalPrevented,
    UnsupportedByLibrary,
)
from changer.journal.operations import Running
from changer.library.library import Library
from changer.smc.cdb import (
    close_import_export_element,
    open_import_export_element,
)
from changer.smc.elements import ElementAddressAssignment

__all__ = [
    "DOOR_OPEN_ERRORS",
    "await_person",
    "removal_prevention_restored",
    "mail_slot_open",
    "unlock",
]

ResultT = TypeVar("ResultT")

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 3.0
# While a person has the door open the library is not ready; that is no reason to end.
DOOR_OPEN_ERRORS = (NotReady, LibraryOffline, ElementNotPresent)


def await_person(
    running: Running,
    look: Callable[[], ResultT | None],
    *,
    what: str,
    timeout_seconds: float,
    hint: str,
) -> ResultT:
    """What ``look`` finds, once it finds the same twice in a row.

    Holds no lock. ``what`` they are to do, in words; ``hint``: how things stand, and what
    to do next, when they did not, or when it was stopped.

    Raises OperatorTimeout; OperationStopped; what ``look`` raises, but for what an open door does.
    """
    library = running.library
    if library.context.dry_run is not None:
        library.context.dry_run.person(what)
    clock = library.context.clock
    deadline = clock.monotonic() + timeout_seconds
    pause = _FIRST_PAUSE_SECONDS
    library.context.progress(f"waiting up to {timeout_seconds:.0f} s: {what}")
    with running.waiting(), _impatient(library):
        before: ResultT | None = None
        while True:
            _check_stop(running, hint)
            found = _look(look)
            if found is not None and found == before:
                return found
            before = found
            if clock.monotonic() >= deadline:
                raise OperatorTimeout(
                    f"nobody did this in {timeout_seconds:.0f} s: {what}", hint=hint
                )
            clock.sleep(pause)
            pause = _FIRST_PAUSE_SECONDS if found else min(2 * pause, _LONGEST_PAUSE_SECONDS)


def _check_stop(running: Running, hint: str) -> None:
    try:
        running.check_stop()
    except OperationStopped as stopped:
        stopped.add_context(hint=hint)
        raise


def _look(look: Callable[[], ResultT | None]) -> ResultT | None:
    try:
        return look()
    except DOOR_OPEN_ERRORS:
        return None


@contextmanager
def _impatient(library: Library) -> Iterator[None]:
    """Do not sit inside one command for minutes: whoever stops this should not have to wait."""
    patience = library.session.patience
    library.session.patience = replace(
        patience, ready_timeout_seconds=1.0, retry_timeout_seconds=1.0
    )
    try:
        yield
    finally:
        library.session.patience = patience


def unlock(library: Library) -> None:
    """Let a person at the door and the mail slots. Only under the lock."""
    with suppress(UnsupportedByLibrary):
        library.prevention.allow_for_operator()


@contextmanager
def removal_prevention_restored(library: Library) -> Iterator[None]:
    """What ``changer lock`` prevents, and was allowed for a person, is prevented again after."""
    done = False
    try:
        yield
        done = True
    finally:
        if library.prevention.person_is_let_in and library.prevention.is_wanted(library.store):
            try:
                with library.locked(patiently=done):
                    library.prevention.restore_after_operator(library.store)
            except ChangerError as error:
                library.context.warn(
                    f"people may still take media out ({error.message}); prevent it again with: "
                    "changer lock"
                )


@contextmanager
def mail_slot_open(library: Library, assignment: ElementAddressAssignment) -> Iterator[None]:
    """Unlocked, and open where the library can, for the person; closed again, whatever they did."""
    first = assignment.import_export.first
    with library.locked(patiently=True):
        unlock(library)
        with suppress(UnsupportedByLibrary, RemovalPrevented):
            library.session.send(open_import_export_element(first))
    done = False
    try:
        yield
        done = True
    finally:
        # Who gives up does not wait for others; who did their part is not sent away by them.
        with suppress(ChangerError), library.locked(patiently=done):
            library.session.send(close_import_export_element(first))
