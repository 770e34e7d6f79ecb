"""The operator at the library: let in, waited for by looking now and then, and locked out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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
from changer.host.clock import TimedStep
from changer.journal.operations import Running
from changer.library.library import Library
from changer.smc.cdb import open_close_import_export_element
from changer.smc.elements import ElementAddressAssignment

ResultT = TypeVar("ResultT")

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 3.0
# Errors while the operator has the door open: not a reason to end.
DOOR_OPEN_ERRORS = (NotReady, LibraryOffline, ElementNotPresent)


def await_operator(
    running: Running,
    look: Callable[[], ResultT | None],
    *,
    what: str,
    timeout_seconds: float,
    hint: str,
    deadline: float | None = None,
) -> ResultT:
    """Return what ``look`` finds, once it finds the same twice in a row. Holds no lock.

    what      the task of the operator, in words.
    hint      for an error: how things stand, and what to do next.
    deadline  by the monotonic clock; None: ``timeout_seconds`` from now.

    Raises OperatorTimeout, OperationStopped; what ``look`` raises, except while a door is open.
    """
    library = running.library
    if library.context.dry_run is not None:
        library.context.dry_run.person(what)
    clock = library.context.clock
    if deadline is None:
        deadline = clock.monotonic() + timeout_seconds
    pause = _FIRST_PAUSE_SECONDS
    words = f"waiting for someone to {what}"
    say_waiting(library, words, timeout_seconds=timeout_seconds, deadline=deadline)
    with running.waiting(what), _impatient(library):
        before: ResultT | None = None
        while True:
            try:
                running.check_stop()
            except OperationStopped as stopped:
                stopped.add_context(hint=hint)
                raise
            found: ResultT | None = None
            with suppress(*DOOR_OPEN_ERRORS):
                found = look()
            if found is not None and found == before:
                return found
            before = found
            if clock.monotonic() >= deadline:
                raise OperatorTimeout(
                    f"timed out after {timeout_seconds:.0f} s waiting for someone to {what}",
                    hint=hint,
                )
            clock.sleep(pause)
            pause = _FIRST_PAUSE_SECONDS if found else min(2 * pause, _LONGEST_PAUSE_SECONDS)


def say_waiting(library: Library, words: str, *, timeout_seconds: float, deadline: float) -> None:
    """Say what is waited for, and how much of ``timeout_seconds`` has passed at that moment."""
    left = max(0.0, deadline - library.context.clock.monotonic())
    spent = max(0.0, timeout_seconds - left)
    library.context.progress(TimedStep(words, limit_seconds=timeout_seconds, spent_seconds=spent))


@contextmanager
def _impatient(library: Library) -> Iterator[None]:
    """Retry each command for a second at most, so that a stop is obeyed within seconds."""
    patience = library.session.patience
    library.session.patience = patience._replace(
        ready_timeout_seconds=1.0, retry_timeout_seconds=1.0
    )
    try:
        yield
    finally:
        library.session.patience = patience


def unlock(library: Library) -> None:
    """Allow medium removal for the operator. Only under the lock."""
    with suppress(UnsupportedByLibrary):
        library.prevention.allow_for_operator()


@contextmanager
def removal_prevention_restored(library: Library) -> Iterator[None]:
    """Prevent again at the end what ``changer lock`` prevents and the operator was allowed.

    As well what a reset undid meanwhile: whichever process it was reported to left it to this one.
    """
    done = False
    try:
        yield
        done = True
    finally:
        was_let_in = library.prevention.operator_is_let_in
        if library.prevention.is_wanted(library.store):
            try:
                with library.locked(patiently=done):
                    library.prevention.restore_after_operator(library.store)
            except ChangerError as error:
                if was_let_in:
                    library.context.warn(
                        f"people may still take media out ({error.message}); prevent it again "
                        "with: changer lock"
                    )


@contextmanager
def door_unlocked(library: Library) -> Iterator[None]:
    """Unlock the door for the operator, as far as the library can."""
    with library.locked(patiently=True):
        unlock(library)
    yield


@contextmanager
def mail_slot_open(library: Library, assignment: ElementAddressAssignment) -> Iterator[None]:
    """Unlock the mail slots and open them if the library can; close them at the end."""
    first = assignment.import_export.first
    with library.locked(patiently=True):
        unlock(library)
        with suppress(UnsupportedByLibrary, RemovalPrevented):
            library.session.send(open_close_import_export_element(first, close=False))
    done = False
    try:
        yield
        done = True
    finally:
        # After a failure other processes are not waited for; after success they are.
        with suppress(ChangerError), library.locked(patiently=done):
            library.session.send(open_close_import_export_element(first, close=True))
