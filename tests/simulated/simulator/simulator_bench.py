"""A virtual library on the bench: raw CDBs in, bytes out, and no parser of the driver."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from clocks import HandClock

from changer.errors import SimulatorRefused
from changer.simulator.creation import create
from changer.simulator.description import Description, describe
from changer.simulator.operator_api import operate, set_fault
from changer.simulator.request import DEFAULT_INITIATOR
from changer.simulator.transport import SharedLibrary, SimulatedTransport
from changer.smc.command import Command, Reply, Status

# Commands, in hexadecimal.
ALERTS = "4D 00 6E 00 00 0000 FFFF 00"
INITIALIZE = "07 0000000000"
INQUIRY = "12 00 00 00FF 00"
READY = "00 0000000000"
REQUEST_SENSE = "03 000000 FF 00"
SLOTS = "B8 12 0000 FFFF 00 00FFFF 0000"
STATUS = "4D 00 11 00 00 0000 FFFF 00"
UNLOAD, LOAD = "1B 000000 00 00", "1B 000000 01 00"

GOOD = None


@dataclass(frozen=True)
class Descriptor:
    """The fields of an element descriptor, cut out by hand."""

    kind: int
    flags: int
    asc: int
    ascq: int
    byte_9: int
    source: int
    rest: bytes

    @property
    def full(self) -> bool:
        return bool(self.flags & 1)

    @property
    def exception(self) -> str | None:
        return f"{self.asc:02X}/{self.ascq:02X}" if self.flags & 4 else None

    @property
    def access(self) -> bool:
        return bool(self.flags & 8)

    @property
    def tag(self) -> str:
        return self.rest[:32].decode("ascii").strip(" \0")


class Bench:
    """One virtual library in a folder of its own."""

    def __init__(
        self, folder: Path, profile: str = "demo", *, name: str = "bench", **overrides: object
    ) -> None:
        self.folder = folder
        self.name = name
        self.clock = HandClock()
        self._transports: dict[int | None, SimulatedTransport] = {}
        self._opened: list[SimulatedTransport] = []
        create(self.name, folder=folder, profile=profile, **overrides)

    def transport(
        self, unit: int | None = None, *, initiator: str = DEFAULT_INITIATOR
    ) -> SimulatedTransport:
        """A transport of its own, as another program would have."""
        shared = SharedLibrary(self.name, folder=self.folder, initiator=initiator)
        transport = SimulatedTransport(shared, unit=unit, clock=self.clock)
        self._opened.append(transport)
        return transport

    def __del__(self) -> None:
        """The test has ended."""
        for each in self._opened:
            each.close()

    def send(
        self, cdb: str, *, unit: int | None = None, length: int = 65535, timeout: float = 600.0
    ) -> Reply:
        command = Command("test", bytes.fromhex(cdb), length, timeout, bytes)
        if unit not in self._transports:
            self._transports[unit] = self.transport(unit)
        return self._transports[unit].execute(command)

    def data(self, cdb: str, *, unit: int | None = None) -> bytes:
        """Data of a command that must succeed."""
        reply = self.send(cdb, unit=unit)
        assert (reply.status, sense(reply)) == (Status.GOOD, None)
        return reply.data

    def sense(self, cdb: str, *, unit: int | None = None) -> str | None:
        return sense(self.send(cdb, unit=unit))

    def expect(self, answer: bytes | str | None, cdb: str, *, unit: int | None = None) -> None:
        """These data, or this KEY/ASC/ASCQ; None: no sense, whatever the data are."""
        if isinstance(answer, bytes):
            assert self.data(cdb, unit=unit) == answer
        else:
            assert self.sense(cdb, unit=unit) == answer

    def answers(self, cdb: str, times: int = 3, *, unit: int | None = None) -> list[str | None]:
        return [self.sense(cdb, unit=unit) for _ in range(times)]

    def move(self, source: int, destination: int) -> str | None:
        return self.sense(move_cdb(source, destination))

    def elements(
        self, kind: int = 0, *, start: int = 0, count: int = 0xFFFF, dvcid: bool = False
    ) -> dict[int, Descriptor]:
        cdb = f"B8 {0x10 | kind:02X} {start:04X} {count:04X} {dvcid:02X} 00FFFF 0000"
        return descriptors(self.data(cdb))

    def fault(self, words: str) -> None:
        set_fault(self.name, words, folder=self.folder, clock=self.clock)

    def operate(self, words: str) -> None:
        operate(self.name, words, folder=self.folder, clock=self.clock)

    def refuses(self, do: Callable[[str], None], words: str, message: str) -> None:
        """These words of a fault or an action, and they change nothing."""
        before = self.truth
        with pytest.raises(SimulatorRefused) as caught:
            do(words)
        assert message in caught.value.message
        assert self.truth == before

    @property
    def truth(self) -> Description:
        return describe(self.name, folder=self.folder, now=self.clock.now())

    def tag_at(self, place: str | int) -> str | None:
        """The tag of the cartridge that is truly there."""
        cartridge = self.truth.cartridge_at(place)
        return cartridge.tag if cartridge else None


def move_cdb(source: int, destination: int) -> str:
    return f"A5 00 0000 {source:04X} {destination:04X} 0000 00 00"


def exchange_cdb(source: int, first: int, second: int) -> str:
    return f"A6 00 0000 {source:04X} {first:04X} {second:04X} 00 00"


def sense(reply: Reply) -> str | None:
    """KEY/ASC/ASCQ of a check condition, from fixed or descriptor format; None for GOOD."""
    if reply.status == Status.GOOD:
        assert not reply.sense
        return None
    assert reply.status == Status.CHECK_CONDITION, reply
    assert not reply.data
    return sense_text(reply.sense)


def sense_text(data: bytes) -> str:
    if data[0] == 0x72:
        assert len(data) == 8 + data[7]
        key, asc, ascq = data[1:4]
    else:
        assert data[0] == 0x70
        assert len(data) == 8 + data[7]
        key, asc, ascq = data[2] & 0x0F, data[12], data[13]
    return f"{key:02X}/{asc:02X}/{ascq:02X}"


def number(data: bytes) -> int:
    return int.from_bytes(data, "big")


def descriptors(data: bytes) -> dict[int, Descriptor]:
    """Every descriptor of a READ ELEMENT STATUS reply that came whole."""
    assert len(data) == 8 + number(data[5:8])
    found: dict[int, Descriptor] = {}
    offset = 8
    while offset < len(data):
        kind, length, size = (
            data[offset],
            number(data[offset + 2 : offset + 4]),
            number(data[offset + 5 : offset + 8]),
        )
        offset += 8
        assert size % length == 0
        for at in range(offset, offset + size, length):
            one = data[at : at + length]
            found[number(one[:2])] = Descriptor(
                kind, one[2], one[4], one[5], one[9], number(one[10:12]), one[12:]
            )
        offset += size
    assert len(found) == number(data[2:4])
    return found


def tag_field(tag: str) -> bytes:
    """A volume tag as SMC-3 lays it out: 32 characters, 2 reserved bytes, sequence number 0."""
    return tag.encode().ljust(32) + bytes(4) if tag else bytes(36)
