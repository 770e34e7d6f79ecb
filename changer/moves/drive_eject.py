"""Ejection by the drive, where the robot can't take the cartridge otherwise and it is not in use.

Some libraries refuse to empty a drive that still holds its cartridge. Nothing moved then, so the
drive may be made to eject, and the move sent again. But its tape may be in use: the kernel lets one
process at a time open a tape's node, so the process that has it open is alone with the drive, where
it is the only node: each path to a drive has a node of its own, and all are held.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from changer.drives.drive import KnownDrive, known_drive, linked_drive
from changer.errors import (
    AccessDenied,
    ChangerError,
    DeviceFailed,
    DeviceNotAvailable,
    ElementNotPresent,
    MalformedData,
    RemovalPrevented,
)
from changer.host.clock import TimedStep
from changer.library.discovery import tape_host
from changer.library.library import Library
from changer.moves.execute import move_locked
from changer.moves.plan import Plan
from changer.moves.verify import MoveResult
from changer.smc.cdb import load_unload
from changer.smc.elements import ElementType
from changer.smc.sense import parse_sense
from changer.smc.vendor_codes import asks_for_ejection
from changer.values import replace

# The tape nodes of a drive, one for each path to it; none in a virtual library.
FindNodes = Callable[[KnownDrive], tuple[Path, ...]]

_ILLEGAL_REQUEST, _NOT_READY = 0x05, 0x02
_MEDIUM_NOT_PRESENT = 0x3A  # the robot sees none to take: the drive has not let go of it
_REMOVAL_PREVENTED = 0x53
_BY_LIBRARY, _BY_DRIVE = 0x02, 0x03
# A drive may say that it has ejected before the library has noticed.
_PAUSES_SECONDS = (0.0, 1.0, 2.0, 4.0)


def move_ejecting(library: Library, plan: Callable[[], Plan], find_nodes: FindNodes) -> MoveResult:
    """As move_locked from a drive, which is made to eject where its cartridge is refused for that.

    Raises RemovalPrevented when a process has the tape open.
    """
    planned: list[Plan] = []

    def noted() -> Plan:
        planned.append(plan())
        return planned[-1]

    try:
        return move_locked(library, noted)
    except ChangerError as refused:
        if not planned or not _asks_for_ejection(library, refused, planned[-1]):
            raise
        last = planned[-1]
        drive = known_drive(library, last.inventory, last.source.address)
        with exclusive_open(_nodes(find_nodes, drive, refused), last.sentence("was not moved")):
            _eject(library, last, drive, refused)
            return _move_again(library, noted, planned)


def _asks_for_ejection(library: Library, refused: ChangerError, plan: Plan) -> bool:
    """By its sense data, as its maker uses it, or since the robot can't reach it: ACCESS=0."""
    if type(refused) not in (DeviceFailed, ElementNotPresent, RemovalPrevented):
        return False  # it moved, or it is not known, or it is not the drive that is in the way
    try:
        sense = parse_sense(refused.sense or b"")
    except MalformedData:
        return False
    if sense.key not in (_ILLEGAL_REQUEST, _NOT_READY) or sense.additional is None:
        return False
    codes = sense.additional
    if codes.asc == _REMOVAL_PREVENTED and codes.ascq in (_BY_LIBRARY, _BY_DRIVE):
        to_mail = plan.destination.element_type is ElementType.IMPORT_EXPORT
        return codes.ascq == _BY_DRIVE or not to_mail
    if asks_for_ejection(sense.key, replace(codes, model=library.session.model)):
        return True
    return codes.asc == _MEDIUM_NOT_PRESENT or plan.source.accessible is False


def _nodes(find_nodes: FindNodes, drive: KnownDrive, refused: ChangerError) -> tuple[Path, ...]:
    try:
        return find_nodes(drive)
    except DeviceNotAvailable as unknown:
        ejected = "have it eject the cartridge: mt -f /dev/nstN offline"
        refused.add_context(hint=f"{unknown.message}; {ejected}")
        raise refused from unknown


def _eject(library: Library, plan: Plan, drive: KnownDrive, refused: ChangerError) -> None:
    limit_seconds = load_unload(load=False).timeout_seconds
    words = "having the drive eject its cartridge"
    library.context.progress(TimedStep(words, limit_seconds=limit_seconds))
    try:
        with linked_drive(library, plan.inventory, drive.address, drive) as link:
            link.unload()
    except DeviceNotAvailable as unreachable:
        seen = "have it eject the cartridge, from a host that sees the drive"
        refused.add_context(hint=f"{unreachable.message}; {seen}")
        raise refused from unreachable


def _move_again(library: Library, plan: Callable[[], Plan], planned: list[Plan]) -> MoveResult:
    for pause in _PAUSES_SECONDS[:-1]:
        library.context.clock.sleep(pause)
        try:
            return move_locked(library, plan)
        except ChangerError as refused:
            if not _asks_for_ejection(library, refused, planned[-1]):
                raise
    library.context.clock.sleep(_PAUSES_SECONDS[-1])
    return move_locked(library, plan)


@contextmanager
def exclusive_open(nodes: Iterable[Path], words: str) -> Iterator[None]:
    """Keep other processes from opening a tape. ``words``: what could not be done.

    Raises RemovalPrevented when a process has one of its nodes open already.
    """
    if (host := tape_host()) is not None:
        with host.hold(nodes) as failure:
            if failure is not None:
                why = OSError(failure.number, os.strerror(failure.number))
                raise _not_held(failure.node, words, why)
            yield
        return
    with ExitStack() as held:
        for node in nodes:
            try:
                # Without waiting for the drive to be ready; closing does not rewind.
                descriptor = os.open(node, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            except OSError as error:
                raise _not_held(node, words, error) from error
            held.callback(os.close, descriptor)
        yield


def _not_held(node: Path, words: str, error: OSError) -> ChangerError:
    if error.errno == errno.EBUSY:
        return RemovalPrevented(
            f"{words}: the drive has to eject it first, and {node} is in use",
            hint=f"end the program that uses it, then try again; fuser -v {node} shows it",
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return AccessDenied(
            f"{words}: the drive has to eject it first, and you have no access to {node}",
            hint="tape drives belong to group tape: add the daemon's user to it",
        )
    return DeviceNotAvailable(
        f"{words}: the drive has to eject it first, and {node} can't be opened: {error.strerror}",
        hint="lsscsi -g shows what the host sees",
    )
