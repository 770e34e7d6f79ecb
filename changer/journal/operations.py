"""Operations of cleaner management: recorded when they begin, ended in every way there is.

States: in-progress, waiting (for a person), completed, failed, cancelled. One whose process died
stays as it was until the next process that works the library settles it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from changer.errors import (
    ChangerError,
    LibraryOffline,
    NotReady,
    NtmsResult,
    OperationNotFound,
    OperationNotStoppable,
    OperationStopped,
)
from changer.host import interrupts
from changer.library.library import Library
from changer.library.medium_removal import LETTING_IN
from changer.store.protocol import Store
from changer.store.records import FinalState, Operation, OperationKind
from changer.values import dataclass, field

if TYPE_CHECKING:
    from changer.store.sharing import Coordination

SUCCESS = NtmsResult("ERROR_SUCCESS", 0)
CANCELLED = NtmsResult("ERROR_CANCELLED", 1223)
UNEXPECTED = NtmsResult("ERROR_DATABASE_FAILURE", 4313)
# MS-RSMP: a library that is not online answers this to CleanNtmsDrive alone.
_OFFLINE_FOR_CLEAN = NtmsResult("ERROR_RESOURCE_NOT_PRESENT", 4316)


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Called while an operation runs, in its thread.

    started   with the operation's id, as soon as it has one.
    accepted  by insert, eject and clean, once every check has passed, before the robot moves or the
              operator is waited for.
    """

    started: Callable[[str], None] = lambda _: None
    accepted: Callable[[], None] = lambda: None


NO_CALLBACKS = Callbacks()


@dataclass(frozen=True, slots=True)
class Running:
    """An operation of this process that is under way; ``accepted`` as in its callbacks.

    ``unrecorded``: what could not be recorded of it, and is by whoever settles it: its end is left
    to that, too.
    """

    id: str
    library: Library
    accepted: Callable[[], None]
    unrecorded: list[str] = field(default_factory=list)

    def check_stop(self) -> None:
        """Raise OperationStopped when a stop was requested."""
        known = self.library.store.operation(self.id)
        if known is None:
            raise OperationStopped(f"operation {self.id} was deleted with its library's records")
        if known.stop_requested_at is not None:
            raise OperationStopped(f"operation {self.id} was stopped")
        if known.finished_at is not None:
            raise OperationStopped(
                f"operation {self.id} was taken for dead and settled by another host"
            )

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Record what the operation waits for a person to do; meanwhile it can be stopped."""
        self.library.store.set_waiting(self.id, waiting_for=what)
        try:
            yield
        finally:
            with suppress(ChangerError):
                self.library.store.set_waiting(self.id, waiting_for=None)


@contextmanager
def operation(
    library: Library,
    kind: OperationKind,
    *,
    drive_address: int | None = None,
    callbacks: Callbacks = NO_CALLBACKS,
) -> Iterator[Running]:
    """Record an operation, and how it failed if it did; its completion is the body's to record.

    Signals are held: one ends a wait of the body, and none cuts off the record of its end.
    """
    with library.context.coordination.under_way(library.id) as mark, interrupts.held():
        begun = library.store.begin_operation(
            library.id,
            kind,
            mark=mark,
            drive_address=drive_address,
            command=library.context.command,
        )
        running = Running(begun.id, library, callbacks.accepted)
        try:
            callbacks.started(begun.id)
            yield running
        except OperationStopped as error:
            _finish(running, "cancelled", CANCELLED, error.message)
            raise
        except ChangerError as error:
            _finish(running, "failed", ntms_result(kind, error) or UNEXPECTED, error.message)
            raise
        except KeyboardInterrupt:
            _finish(running, "cancelled", CANCELLED, "interrupted")
            raise
        except Exception as error:  # a defect: this process may live on, and is not doing it
            _finish(running, "failed", UNEXPECTED, repr(error))
            raise


def _finish(running: Running, state: FinalState, result: NtmsResult, message: str) -> None:
    if running.unrecorded:
        return
    # The store may be the very thing that failed; the caller's error says so. Then the operation
    # has no end on record, and no mark: the next process that works the library settles it.
    with interrupts.motion(lambda: None), suppress(ChangerError):
        running.library.store.finish_operation(
            running.id, state=state, result=result, message=message
        )


def ntms_result(kind: OperationKind, error: ChangerError) -> NtmsResult | None:
    """What the Removable Storage Manager answers for an error of that function."""
    if kind == "clean" and isinstance(error, LibraryOffline | NotReady):
        return _OFFLINE_FOR_CLEAN
    return error.ntms


def request_stop(coordination: Coordination, store: Store, operation_id: str) -> Operation:
    """End an operation that waits for a person, from any process.

    Raises OperationNotFound; OperationNotStoppable for one that has ended, or does not wait.
    """
    known = store.operation(operation_id)
    if known is None:
        raise OperationNotFound(
            f"there is no operation {operation_id}", hint="changer operations --all lists them"
        )
    if known.finished_at is not None:
        raise OperationNotStoppable(f"operation {operation_id} has ended: {known.state}")
    if not coordination.is_running(known):
        raise OperationNotStoppable(
            f"operation {operation_id} is no longer running: its process is gone",
            hint=(
                "the next command that changes something in the library settles it, such as "
                "changer clean"
            ),
        )
    if known.kind not in LETTING_IN:
        raise OperationNotStoppable(
            (
                f"operation {operation_id} ({known.kind}) is not waiting for anyone, and ends by "
                "itself"
            ),
            hint="changer operations shows its progress",
        )
    store.request_stop(operation_id)
    return known
