"""Cleanings of several drives side by side: as many at once as there are cleaners for them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Generic, TypeVar

from changer.drives.cleaning_requests import DriveCleaningRequest
from changer.drives.media_family import MediaFamily
from changer.errors import ChangerError
from changer.host import interrupts
from changer.library.library import Library
from changer.values import dataclass

ResultT = TypeVar("ResultT")
Families = Mapping[int, MediaFamily | None]


@dataclass(frozen=True, slots=True)
class Ending(Generic[ResultT]):
    """What became of one drive.

    fatal    what every drive would meet: raised if no drive had its turn before.
    is_last  no other drive is begun.
    """

    result: ResultT
    fatal: ChangerError | None = None
    is_last: bool = False


class Work(Generic[ResultT]):
    """Drives that wait for their turn. Threads may share it.

    drives    in the order in which they are begun.
    families  of the drives, by element address.
    capacity  how many drives of a family can be cleaned at once; 1 in all where it is empty.
    do        cleans one drive, with a library of the caller's thread.
    """

    def __init__(
        self,
        drives: Sequence[DriveCleaningRequest],
        families: Families,
        capacity: Mapping[MediaFamily | None, int],
        do: Callable[[Library, DriveCleaningRequest], Ending[ResultT]],
    ) -> None:
        self._waiting = list(drives)
        self._families = families
        self._capacity = capacity
        self._do = do
        self._busy: Counter[MediaFamily | None] = Counter()
        self._changed = threading.Condition()
        self.done: list[tuple[DriveCleaningRequest, ResultT]] = []
        self.error: BaseException | None = None

    @property
    def most_at_once(self) -> int:
        """How many threads have work at the beginning."""
        wanted = Counter(self._families.get(each.address) for each in self._waiting)
        return sum(min(number, self._capacity.get(each, 0)) for each, number in wanted.items())

    def run(self, library: Library) -> None:
        """Clean drives until none waits."""
        while (drive := self._next()) is not None:
            try:
                self._keep(drive, self._do(library, drive))
            except BaseException as error:
                self.fail(error)
                raise
            finally:
                self._end(drive)

    def stop(self) -> None:
        """Begin no other drive."""
        with self._changed:
            self._waiting.clear()  # a thread that waits is notified at the end of another's drive

    def fail(self, error: BaseException) -> None:
        """Begin no other drive, and keep the first error for the caller."""
        self.error = self.error or error
        self.stop()

    def _next(self) -> DriveCleaningRequest | None:
        with self._changed:
            while self._waiting:
                for each in self._waiting:
                    family = self._families.get(each.address)
                    if self._busy[family] < (self._capacity.get(family, 0) or 1):
                        self._waiting.remove(each)
                        self._busy[family] += 1
                        return each
                self._changed.wait()
            return None

    def _keep(self, drive: DriveCleaningRequest, ending: Ending[ResultT]) -> None:
        with self._changed:
            is_first = not self.done
            if ending.fatal is None or not is_first:
                self.done.append((drive, ending.result))
        if ending.fatal is not None and is_first:
            self.fail(ending.fatal)
        elif ending.fatal is not None or ending.is_last:
            self.stop()

    def _end(self, drive: DriveCleaningRequest) -> None:
        with self._changed:
            self._busy[self._families.get(drive.address)] -= 1
            self._changed.notify_all()


def run_in_threads(
    work: Work[ResultT],
    open_another: Callable[[], AbstractContextManager[Library]],
    *,
    warn: Callable[[str], None],
) -> None:
    """Run the work in as many threads as it has use for, each with a library of its own.

    A signal of the main thread begins no other drive; what it raises is raised when the drives
    under way are done, and their cleaners in their slots.
    """
    turn = threading.RLock()

    def run(ended: threading.Event) -> None:
        try:
            with open_another() as library:
                library.turn = turn
                work.run(library)
        except BaseException as error:
            work.fail(error)
        finally:
            ended.set()

    # Not by Thread.join: Python 3.9 to 3.12 take a thread for ended where a signal cuts that off.
    endings = [threading.Event() for _ in range(work.most_at_once)]
    interrupt: BaseException | None = None
    with interrupts.held():
        for number, each in enumerate(endings):
            threading.Thread(target=run, args=(each,), name=f"clean {number}").start()
        for each in endings:
            while not each.is_set():
                try:
                    with interrupts.allowed():
                        each.wait()
                except BaseException as error:  # whatever a signal's handler raises
                    work.stop()
                    if interrupt is None:
                        warn("interrupted: the cleanings under way are finished first")
                    interrupt = interrupt or error
    if interrupt is not None:
        raise interrupt
