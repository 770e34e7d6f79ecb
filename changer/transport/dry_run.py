"""Runs a function without letting it act: what it would send is kept, what it reads is real.

Commands that only read go to the device, and their replies show the library as it would be after
the motions that were kept. So every check is the function's own, and sees what it would see.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from changer.smc.cdb import only_reads
from changer.smc.command import Command, Reply, Status
from changer.smc.elements import Element, ElementStatus, ElementType
from changer.transport import Transport

__all__ = ["Check", "Event", "DryRun", "DryRunStops", "Step", "UnsentCommand"]

MOVE_MEDIUM, EXCHANGE_MEDIUM, LOG_SENSE = 0xA5, 0xA6, 0x4D
_TAPE_ALERT_PAGES = frozenset({0x12, 0x2E})
_CONTENTS = ("full", "volume_tag", "alternate_volume_tag", "medium_type", "exception")
_SENSE = "additional_sense"


class DryRunStops(Exception):
    """What comes next depends on what a person does: it can't be told before."""


@dataclass(frozen=True, slots=True)
class UnsentCommand:
    """A command that would be sent to a device, byte for byte."""

    device: str
    name: str
    cdb: bytes


@dataclass(frozen=True, slots=True)
class Check:
    """Something that is as it must be; ``imagined``: or would be, after the motions before it."""

    what: str
    imagined: bool


@dataclass(frozen=True, slots=True)
class Event:
    """What a drive or a person would do."""

    what: str


Step = Check | UnsentCommand | Event


@dataclass(slots=True)
class DryRun:
    """What came of one run: its steps, in their order."""

    steps: list[Step] = field(default_factory=list)
    _seen: dict[int, Element] = field(default_factory=dict)
    _imagined: dict[int, Element] = field(default_factory=dict)

    def check(self, what: str) -> None:
        """Something is as it must be; repeated readings say it once."""
        check = Check(what, imagined=bool(self._imagined))
        if check not in self.steps:
            self.steps.append(check)

    def transport(self, inner: Transport, device: str) -> Transport:
        """Carries to the device what only reads, and keeps the rest."""
        return _DryRunTransport(inner, device, self)

    def keep(self, command: Command[Any], device: str) -> None:
        """This would be sent now; a motion takes effect in what is read from now on."""
        self.steps.append(UnsentCommand(device, command.name, command.cdb))
        cdb = command.cdb
        if cdb[0] in (MOVE_MEDIUM, EXCHANGE_MEDIUM):
            first = _address(cdb, 4), _address(cdb, 6)
            second = (first[1], _address(cdb, 8)) if cdb[0] == EXCHANGE_MEDIUM else None
            self._move(*(each for each in (first, second) if each))

    def person(self, what: str) -> None:
        """A person would do this now. Raises RehearsalOver."""
        self.steps.append(Event(f"a person is waited for: {what}"))
        self.steps.append(Event("what comes next depends on that, and can't be told before"))
        raise DryRunStops

    def drive(self, what: str) -> None:
        """A drive would do this by itself now."""
        self.steps.append(Event(what))

    def apply_moves(self, result: Any) -> Any:
        """What was read, as it would be after the motions; anything but elements as it is."""
        if not isinstance(result, ElementStatus):
            return result
        elements = tuple(self._as_moved(each) for each in result.elements)
        for each in elements:
            # Where identifiers are told, occupancy may not be (IBM: FULL=0 with DVCID=1).
            if each.identifier is None or each.address not in self._seen:
                self._seen[each.address] = each
        return replace(result, elements=elements)

    def _as_moved(self, element: Element) -> Element:
        imagined = self._imagined.get(element.address)
        return element if imagined is None else replace(imagined, identifier=element.identifier)

    def _move(self, *pairs: tuple[int, int]) -> None:
        """All at once, as EXCHANGE MEDIUM does; what was not read before can't be imagined."""
        before = dict(self._seen)
        if not all(address in before for pair in pairs for address in pair):
            return
        for source, _ in pairs:
            self._put(source, _emptied(before[source]))
        for source, destination in pairs:
            self._put(destination, _filled(before[destination], before[source]))

    def _put(self, address: int, element: Element) -> None:
        self._seen[address] = self._imagined[address] = element


def _emptied(element: Element) -> Element:
    return replace(
        element,
        full=False,
        volume_tag=None,
        alternate_volume_tag=None,
        medium_type=0,
        source_address=None,
        exception=False,
        additional_sense=None,
    )


def _filled(element: Element, source: Element) -> Element:
    home = source.address if source.element_type is ElementType.STORAGE else source.source_address
    contents = {name: getattr(source, name) for name in (*_CONTENTS, _SENSE)}
    return replace(element, **contents, source_address=home)


def _address(cdb: bytes, offset: int) -> int:
    return int.from_bytes(cdb[offset : offset + 2], "big")


class _DryRunTransport:
    """Every command ends well; only those that change nothing are sent."""

    def __init__(self, inner: Transport, device: str, dry_run: DryRun) -> None:
        self._inner = inner
        self._device = device
        self._dry_run = dry_run

    def execute(self, command: Command[Any]) -> Reply:
        # Reading TapeAlert clears the flags, which is a change, too.
        clears = command.cdb[0] == LOG_SENSE and command.cdb[2] & 0x3F in _TAPE_ALERT_PAGES
        if only_reads(command.cdb) and not clears:
            return self._inner.execute(command)
        self._dry_run.keep(command, self._device)
        return Reply(Status.GOOD)

    def close(self) -> None:
        self._inner.close()
