"""A transport whose device lies: what an honest one replied is changed on its way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from figures import FIGURES, Figure

from changer.smc.command import Command, Reply
from changer.transport import Transport

MODE_SENSE, READ_ELEMENT_STATUS = 0x1A, 0xB8
STORAGE, DRIVE = 2, 4
ACCESS, EXCEPT, FULL = 0x08, 0x04, 0x01
DISABLED = 0x08  # in byte 9
# Far more than any command of the driver needs, with all its repetitions.
MOST_COMMANDS = 4000

# The CDB, and what the device replied: the bytes that the driver gets instead.
Lie = Callable[[bytes, Reply], Reply]
# Each CDB that was sent, and what came back.
Said = list[tuple[bytes, Reply]]


@dataclass
class Liar:
    """Carries what the lie makes of each reply, and keeps it. No more is carried than was asked
    for: sg_raw refuses that.
    """

    inner: Transport
    lie: Lie
    said: Said

    def execute(self, command: Command[Any]) -> Reply:
        assert len(self.said) < MOST_COMMANDS, "it never ends"
        told = self.lie(command.cdb, self.inner.execute(command))
        reply = Reply(told.status, told.data[: command.allocation_length], told.sense)
        self.said.append((command.cdb, reply))
        FIGURES.count(Figure.BYTES_FUZZED, len(reply.data) + len(reply.sense))
        return reply

    def close(self) -> None:
        self.inner.close()


@dataclass
class Lying:
    """Puts a liar around a library's transport."""

    lie: Lie
    said: Said = field(default_factory=list)

    def __call__(self, inner: Transport) -> Transport:
        return Liar(inner, self.lie, self.said)


@dataclass
class Described:
    """One descriptor in honest element status data, and the page that it is in."""

    page: int
    offset: int
    size: int
    element_type: int
    address: int


def descriptors(data: bytes) -> Iterator[Described]:
    """Every descriptor of data whose lengths are true (SMC-3)."""
    page = 8
    while page + 8 <= len(data):
        size = int.from_bytes(data[page + 2 : page + 4], "big")
        end = page + 8 + int.from_bytes(data[page + 5 : page + 8], "big")
        for offset in range(page + 8, min(end, len(data)) - size + 1, size):
            address = int.from_bytes(data[offset : offset + 2], "big")
            yield Described(page, offset, size, data[page], address)
        page = end


def find(data: bytes, address: int) -> Described | None:
    """The descriptor of an element."""
    return next((each for each in descriptors(data) if each.address == address), None)


def overwritten(data: bytes, offset: int, new: bytes) -> bytes:
    """The same data with some bytes replaced."""
    return data[:offset] + new + data[offset + len(new) :]


def with_page(data: bytes, page: bytes) -> bytes:
    """The same report with one page more, counted in."""
    size = len(data) - 8 + len(page)
    return data[:5] + size.to_bytes(3, "big") + data[8:] + page


def page_of(element_type: int, *descriptions: bytes, tags: int = 0x80) -> bytes:
    body = b"".join(descriptions)
    return (
        bytes((element_type, tags))
        + len(descriptions[0]).to_bytes(2, "big")
        + len(body).to_bytes(4, "big")
        + body
    )


def said_empty(data: bytes, address: int) -> bool:
    """Somewhere in these bytes, however they are cut, an element of this address is present and
    empty: accessible, no exception, not full, not disabled.
    """
    name = address.to_bytes(2, "big")
    at = data.find(name)
    while at >= 0:
        if (
            at + 12 <= len(data)
            and data[at + 2] & (ACCESS | EXCEPT | FULL) == ACCESS
            and not data[at + 9] & DISABLED
        ):
            return True
        at = data.find(name, at + 1)
    return False
