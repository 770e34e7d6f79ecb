"""Elements that a cleaning needs while it does not hold the library's lock, and no one else may.

A claim lasts as long as its operation has no end, and its process lives. That of a dead process
counts no more: what it left, and its claims, the next command settles, which may have to move the
very cartridge that was claimed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Self, TypeVar

from changer.errors import BeingCleaned
from changer.host.clock import TimedStep
from changer.library.addressing import Numbering
from changer.library.library import Library
from changer.smc.elements import ElementType
from changer.store.records import Claim
from changer.values import dataclass, replace

ResultT = TypeVar("ResultT")

_PAUSE_SECONDS, _LONGEST_WAIT_SECONDS = 0.5, 10.0


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of one library, but those of one operation, and those of dead processes."""

    others: tuple[Claim, ...]

    @classmethod
    def for_(cls, library: Library, *, operation_id: str | None = None) -> Self:
        """What the store has of a library now; ``operation_id``: whose claims do not count."""
        claims = library.store.claims(library.id)
        others = {each.operation_id for each in claims} - {operation_id}
        living = {each for each in others if _is_running(library, each)}
        return cls(tuple(each for each in claims if each.operation_id in living))

    def __contains__(self, address: object) -> bool:
        return any(each.address == address for each in self.others)

    def drive_of(self, slot_address: int, numbering: Numbering) -> int | None:
        """The address of the drive that is cleaned with the cleaner of a slot; None for neither."""
        operations = {each.operation_id for each in self.others if each.address == slot_address}
        return next(
            (
                each.address
                for each in self.others
                if each.operation_id in operations
                and numbering.assignment.type_of(each.address) is ElementType.DATA_TRANSFER
            ),
            None,
        )

    def check(self, address: int, *, numbering: Numbering) -> None:
        """Raise BeingCleaned for an element that a cleaning needs."""
        if address not in self:
            return
        name = numbering.name_of(address)
        what = f"{name} is being cleaned"
        if numbering.assignment.type_of(address) is not ElementType.DATA_TRANSFER:
            drive = self.drive_of(address, numbering)
            cleaned = "a drive" if drive is None else numbering.name_of(drive)
            what = f"{name} is kept for its cleaner, which is cleaning {cleaned}"
        raise BeingCleaned(
            what, hint="try again when that is done; changer operations shows its progress"
        )


def when_unclaimed(library: Library, act: Callable[[], ResultT]) -> ResultT:
    """Act; where a cleaning needs an element, again when that is over, within ``wait_seconds``.

    ``act`` takes the library's lock, and raises BeingCleaned before anything has moved: so does
    this after that time.
    """
    context = library.context
    deadline = context.clock.monotonic() + context.wait_seconds
    try:
        while True:
            try:
                return act()
            except BeingCleaned as error:
                if context.clock.monotonic() >= deadline:
                    raise
                spent = context.wait_seconds - (deadline - context.clock.monotonic())
                step = TimedStep(
                    f"waiting: {error.message}",
                    limit_seconds=context.wait_seconds,
                    spent_seconds=spent,
                )
                context.progress(step)
            left = _wait_for_an_end(library, deadline)
            # For the lock there is no more time than for all.
            library.context = replace(context, wait_seconds=left)
    finally:
        library.context = context


def _wait_for_an_end(library: Library, deadline: float) -> float:
    """Return once other elements are claimed than now, or after a while; the seconds left.

    The claim that was in the way may have ended before this looks: others are not waited out.
    """
    clock, claimed = library.context.clock, Claims.for_(library)
    again_at = min(deadline, clock.monotonic() + _LONGEST_WAIT_SECONDS)
    while claimed.others and Claims.for_(library) == claimed:
        if (left := again_at - clock.monotonic()) <= 0:
            break
        clock.sleep(min(_PAUSE_SECONDS, left))
    return max(0.0, deadline - clock.monotonic())


def _is_running(library: Library, operation_id: str) -> bool:
    operation = library.store.operation(operation_id)
    return operation is not None and library.context.coordination.is_running(operation)
