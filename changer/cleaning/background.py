"""Cleaner functions in a thread of their own: started, then waited for or stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from changer.errors import ChangerError
from changer.journal.operations import Callbacks, request_stop
from changer.library.opening import KnownLibrary, Request, open_known_library

ResultT = TypeVar("ResultT")


class StartedOperation(Generic[ResultT]):
    """An operation in a thread. Any thread may query it, stop it and wait for it, repeatedly.

    Its thread keeps the process alive until it ends, so that no cartridge is left on its way, and
    calls ``progress`` and ``warn`` of the library that it was started from.
    """

    def __init__(
        self, library_id: str, run: Callable[[Callbacks], ResultT], stop: Callable[[str], object]
    ) -> None:
        """To be made by ``start``, or by what starts it on another host."""
        self._library_id = library_id
        self._run = run
        self._stop = stop
        self._id: str | None = None
        self._results: list[ResultT] = []
        self._error: BaseException | None = None
        self._is_accepted = False
        self._begun, self._judged, self._ended = (threading.Event() for _ in range(3))
        self._thread = threading.Thread(target=self._work, name=f"changer {library_id}")
        self._thread.start()

    @property
    def id(self) -> str:
        """UUID of the operation, as in ``operations()`` and ``history()``."""
        if self._id is None:
            raise RuntimeError("the operation has no id yet")
        return self._id

    @property
    def is_done(self) -> bool:
        """Whether it has ended, with a value or an error."""
        return self._ended.is_set()

    def stop(self) -> None:
        """Ask it to stop while it waits for an operator; it ends within seconds (``wait``).

        Raises OperationNotStoppable if it has ended or never waits; errors of the store.
        """
        self._stop(self.id)

    def wait(self, timeout_seconds: float | None = None) -> ResultT:
        """Wait for its end. Returns the function's value, or raises the error that it ended with.

        Raises TimeoutError if it goes on after ``timeout_seconds``; None: no limit.
        """
        if not self._ended.wait(timeout_seconds):
            raise TimeoutError(f"operation {self._id} of {self._library_id} goes on")
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._results[0]

    def wait_until_begun(self, *, accepted: bool = False) -> None:
        """Return when it has its id, or is accepted; raise the error that it ended with before."""
        (self._judged if accepted else self._begun).wait()
        if not (self._is_accepted if accepted else self._id):
            self.wait()

    def _work(self) -> None:
        try:
            self._results.append(self._run(Callbacks(self._begin, self._accept)))
        except BaseException as error:
            self._error = error
            if not isinstance(error, ChangerError):
                raise  # a bug: the thread itself reports it, as there may be no other to do so
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
    request: Request,
    known: KnownLibrary,
    run: Callable[..., ResultT],
    *,
    until_accepted: bool = False,
) -> StartedOperation[ResultT]:
    """Run a cleaner function on a library of its own, and return once its operation has an id.

    run             called with the open library and ``callbacks``.
    until_accepted  return only after every check has passed.

    Raises the error that it ended with before that.
    """

    def work(callbacks: Callbacks) -> ResultT:
        with open_known_library(request, known) as library:
            return run(library, callbacks=callbacks)

    def stop(operation_id: str) -> None:
        with request.coordination.open_store() as store:
            request_stop(request.coordination, store, operation_id)

    operation = StartedOperation(known.id, work, stop)
    operation.wait_until_begun(accepted=until_accepted)
    return operation
