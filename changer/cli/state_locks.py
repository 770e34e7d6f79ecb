"""The locks of several libraries at once, for what changes the store under all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from changer.cli.application import Application

__all__ = ["libraries_locked"]


@contextmanager
def libraries_locked(application: Application, library_ids: Iterable[str]) -> Iterator[None]:
    """Hold them all, so that nothing is moved, reserved or released meanwhile.

    Taken in one order by everyone. Raises LibraryBusy, and what else a lock raises.
    """
    request = application.request()
    with ExitStack() as stack:
        for library_id in sorted(set(library_ids)):
            stack.enter_context(
                request.coordination.lock(
                    library_id, command=request.command, wait_seconds=request.wait_seconds
                )
            )
        yield
