"""A long function in a thread of its own: it is started, goes on, and is waited for or stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from changer.errors import ChangerError
from changer.journal.operations import Callbacks, request_stop
from changer.library.opening import KnownLibrary, Request, open_known_library

__all__ = ["StartedOperation", "start"]

ResultT = TypeVar("ResultT")


class StartedOperation(Generic[ResultT]):
    """An operation under way. Any thread may ask, stop and wait, as often as it likes.

    Its thread keeps the process alive until it ends, so that no cartridge is left on its way.
    Progress and warnings of its request are told from that thread.
    """

    def __init__(self, request: Request, known: KnownLibrary, run: Callable[..., ResultT]) -> None:
        """To be made by ``start``."""
        self._request = request
        self._known_library = known
        self._run = run
        self._id: str | None = None
        self._results: list[ResultT] = []
        self._error: BaseException | None = None
        self._is_accepted = False
        self._begun, self._judged, self._ended = (threading.Event() for _ in range(3))
        self._thread = threading.Thread(target=self._work, name=f"changer {known.id}")
        self._thread.start()

    @property
    def id(self) -> str:
        """The UUID of the operation, as in the store and its history."""
        if self._id is None:
            raise RuntimeError("the operation has no id yet")
        return self._id

    @property
    def is_done(self) -> bool:
        """It has ended, well or not."""
        return self._ended.is_set()

    def stop(self) -> None:
        """Have it end that waits for a person; it does so within seconds: ``wait`` tells.

        Raises OperationNotStoppable for one that has ended, or waits for nobody; errors of the
        store.
        """
        coordination = self._request.coordination
        with coordination.open_store() as store:
            request_stop(coordination, store, self.id)

    def wait(self, timeout_seconds: float | None = None) -> ResultT:
        """The function's value, once it has ended, or the ChangerError that it ended with.

        Raises TimeoutError when it goes on for longer than that; None waits for ever.
        """
        if not self._ended.wait(timeout_seconds):
            raise TimeoutError(f"operation {self._id} of {self._known_library.id} goes on")
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._results[0]

    def wait_until_accepted(self) -> None:
        """Return when nothing speaks against it any more; raise the ChangerError that does."""
        self._judged.wait()
        if not self._is_accepted:
            self.wait()

    def wait_until_begun(self) -> None:
        """Return when it has its id; raise the ChangerError that it ended with before."""
        self._begun.wait()
        if self._id is None:
            self.wait()

    def _work(self) -> None:
        try:
            with open_known_library(self._request, self._known_library) as library:
                callbacks = Callbacks(self._begin, self._accept)
                self._results.append(self._run(library, callbacks=callbacks))
        except BaseException as error:
            self._error = error
            if not isinstance(error, ChangerError):
                raise  # a bug: nobody may be waiting for it, so that the thread itself tells it
        finally:
            for event in (self._ended, self._judged, self._begun):
                event.set()

    def _begin(self, operation_id: str) -> None:
        self._id = operation_id
        self._begun.set()

    def _accept(self) -> None:
        self._is_accepted = True
        self._judged.set()


def start(
    request: Request, known: KnownLibrary, run: Callable[..., ResultT]
) -> StartedOperation[ResultT]:
    """Run a function on a library of its own, and return as soon as its operation has an id.

    ``run``: called with the open library and ``callbacks``.

    Raises what it raised before: errors of opening, and refusals that are no operation.
    """
    operation = StartedOperation(request, known, run)
    operation.wait_until_begun()
    return operation
