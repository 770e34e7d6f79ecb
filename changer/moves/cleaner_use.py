"""Uses of the cleaner on record by moves that are not a cleaning; each is counted once.

A cleaner cleans a drive as soon as it is in it, whatever it was brought there for. So such a move
is an operation of kind clean on record: one whose process died is settled, and counted, as a
cleaning's is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from changer.errors import ChangerError, NtmsResult
from changer.host import interrupts
from changer.journal.open_operations import may_have_loaded
from changer.journal.operations import SUCCESS, Running, operation
from changer.library.element_state import cartridge_name
from changer.library.library import Library
from changer.library.reserved_slots import ReservedSlots
from changer.moves.plan import MotionCommand, Plan

_NOT_DONE = NtmsResult("ERROR_DEVICE_NOT_AVAILABLE", 4319)


@contextmanager
def use_counted(library: Library, step: MotionCommand) -> Iterator[str | None]:
    """The operation that a step belongs to, whose use is counted; None for one without."""
    drives = step.plans[0].inventory.assignment.data_transfer
    into_drives = [each for each in step.plans if each.destination.address in drives]
    homes = ((each, _home_on_record(library, each)) for each in into_drives)
    plan, home = next((each for each in homes if each[1] is not None), (None, None))
    if plan is None:
        yield None
        return
    drive = plan.destination.address
    with operation(library, "clean", drive_address=drive) as running:
        library.store.describe_operation(running.id, slot_address=home, volume_tag=plan.tag)
        try:
            yield running.id
        except BaseException:  # whatever a signal's handler raises, too
            with suppress(ChangerError):
                if may_have_loaded(library, running.id, drive):
                    _count(running)
            raise
        _finish(running, plan)


def _home_on_record(library: Library, plan: Plan) -> int | None:
    """The home of the cartridge if it is a cleaner on record, not a spare one of the same label."""
    reserved = ReservedSlots.for_(library)
    cleaner = reserved.on_record(plan.source)
    home = None if cleaner is None else cleaner.slot_address
    if home is None or plan.source.address == home:
        return home
    slot = library.reader.read_again(plan.inventory, [home]).at(home)
    if slot is not None and slot.full and reserved.may_be_on_record(slot):
        return None
    return None if _lies_elsewhere(library, plan, home) else home


def _lies_elsewhere(library: Library, plan: Plan, home: int) -> bool:
    """Whether the journal has the cleaner on record in another place, which shows its label."""
    from changer.journal.last_seen import followed_from

    tag = plan.source.tag
    at = None if tag is None else followed_from(library, home, tag)
    if at is None or at in (home, plan.source.address):
        return False
    there = library.reader.read_again(plan.inventory, [at]).at(at)
    return there is not None and there.full and there.tag == tag


def _finish(running: Running, plan: Plan) -> None:
    """The step came to its end: the cleaner is in the drive, or nothing was moved."""
    library = running.library
    name = plan.inventory.numbering.name_of(plan.destination.address)
    if not may_have_loaded(library, running.id, plan.destination.address):
        library.store.finish_operation(
            running.id, state="failed", result=_NOT_DONE, message="nothing was moved"
        )
        return
    what = f"{cartridge_name(plan.source)} is in {name}, which cleans with it"
    with library.store_error_context(f"{what}, but its use could not be counted"):
        try:
            cleaner = library.store.count_use(running.id)
        except ChangerError as error:
            running.unrecorded.append(error.message)  # whoever settles it counts it
            raise
        left = cleaner.cleans_left if cleaner else None
        message = f"{what}; its use is counted" + ("" if left is None else f": {left} left")
        library.store.finish_operation(
            running.id, state="completed", result=SUCCESS, message=message
        )
    library.context.warn(message)


def _count(running: Running) -> None:
    """Count the use, before another signal is obeyed; or leave that to whoever settles it."""
    try:
        with interrupts.motion(lambda: None):
            running.library.store.count_use(running.id)
    except ChangerError as error:
        running.unrecorded.append(error.message)
