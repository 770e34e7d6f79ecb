"""Dry run of a function: commands that change something are kept instead of sent.

Commands that only read go to the device, and what is read shows the library as it would be after
the motions that were kept. So the checks are the function's own, on what they would see.
"""

from __future__ import annotations

from typing import Any

from changer.smc.cdb import only_reads
from changer.smc.command import Command, Reply, Status
from changer.smc.elements import Element, ElementStatus, ElementType
from changer.transport import Transport
from changer.values import dataclass, field, replace

MOVE_MEDIUM, EXCHANGE_MEDIUM, LOG_SENSE = 0xA5, 0xA6, 0x4D
_TAPE_ALERT_PAGES = frozenset({0x12, 0x2E})
# What an element descriptor says of the contents of an element, when it is empty.
_EMPTY: dict[str, Any] = {
    "full": False,
    "volume_tag_field": None,
    "alternate_volume_tag_field": None,
    "medium_type": 0,
    "exception": False,
    "additional_sense": None,
}


class DryRunStops(Exception):
    """The next steps depend on what a person does."""


@dataclass(frozen=True, slots=True)
class UnsentCommand:
    """Command that would be sent to a device, with its data-out."""

    device: str
    name: str
    cdb: bytes
    data_out: bytes = b""


@dataclass(frozen=True, slots=True)
class Check:
    """Condition that holds; ``imagined``: that would hold after the motions before it."""

    what: str
    imagined: bool


@dataclass(frozen=True, slots=True)
class Event:
    """Act of a drive or of a person."""

    what: str


Step = Check | UnsentCommand | Event


@dataclass(slots=True)
class DryRun:
    """Steps of one run, in their order."""

    steps: list[Step] = field(default_factory=list)
    _seen: dict[int, Element] = field(default_factory=dict)
    _moved: dict[int, Element] = field(default_factory=dict)

    def check(self, what: str) -> None:
        """Note a condition that holds, once."""
        check = Check(what, imagined=bool(self._moved))
        if check not in self.steps:
            self.steps.append(check)

    def transport(self, inner: Transport, device: str) -> Transport:
        """Transport that lets another one carry what only reads, and keeps the rest here."""
        return _DryRunTransport(inner, device, self)

    def keep(self, command: Command[Any], device: str) -> None:
        """Note a command that would be sent; a motion shows in what is read from now on."""
        self.steps.append(UnsentCommand(device, command.name, command.cdb, command.data_out))
        cdb = command.cdb
        if cdb[0] == MOVE_MEDIUM:
            self._apply((_address(cdb, 4), _address(cdb, 6)))
        elif cdb[0] == EXCHANGE_MEDIUM:
            first, second = _address(cdb, 6), _address(cdb, 8)
            self._apply((_address(cdb, 4), first), (first, second))

    def person(self, what: str) -> None:
        """Note an act of a person. Raises DryRunStops."""
        self.steps.append(Event(f"waits for someone to {what}; later steps depend on that"))
        raise DryRunStops

    def plan(self, what: str) -> None:
        """Note what the next commands are for."""
        self.steps.append(Event(what))

    def drive(self, what: str) -> None:
        """Note an act of a drive."""
        self.steps.append(Event(what))

    def apply_moves(self, result: Any) -> Any:
        """Element status as it would be after the motions; any other result unchanged."""
        if not isinstance(result, ElementStatus):
            return result
        elements = tuple(self._as_moved(each) for each in result.elements)
        for each in elements:
            # Where identifiers are told, occupancy may not be (IBM: FULL=0 with DVCID=1).
            if each.identifier is None or each.address not in self._seen:
                self._seen[each.address] = each
        return replace(result, elements=elements)

    def _as_moved(self, element: Element) -> Element:
        moved = self._moved.get(element.address)
        return element if moved is None else moved._replace(identifier=element.identifier)

    def _apply(self, *pairs: tuple[int, int]) -> None:
        """Move between pairs of elements, all at once, unless one was not read before."""
        before = dict(self._seen)
        if not all(address in before for pair in pairs for address in pair):
            return
        for source, _ in pairs:
            self._put(source, _emptied(before[source]))
        for source, destination in pairs:
            self._put(destination, _filled(before[destination], before[source]))

    def _put(self, address: int, element: Element) -> None:
        self._seen[address] = self._moved[address] = element


def _emptied(element: Element) -> Element:
    return element._replace(**_EMPTY, source_address=None)


def _filled(element: Element, source: Element) -> Element:
    home = source.address if source.element_type is ElementType.STORAGE else source.source_address
    contents = {name: getattr(source, name) for name in _EMPTY}
    return element._replace(**contents, source_address=home)


def _address(cdb: bytes, offset: int) -> int:
    return int.from_bytes(cdb[offset : offset + 2], "big")


class _DryRunTransport:
    """Sends commands that change nothing; any other one ends with GOOD, unsent."""

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
