"""The kernel's half of a ring, after Linux ``target_core_user``: fills slots, reads replies.

Shares no code with the package, and complains of whatever would break the kernel's ring.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass, field
from mmap import mmap

from changer.tcmu.ring import Ring

MAILBOX_SIZE = 128
ENTRY_SIZE = 112  # struct tcmu_cmd_entry
IOVECS_AT = 48
TMR_SIZE = 32
PADDING, COMMAND, TASK_MANAGEMENT = 0, 1, 2
READ_LENGTH = 0x02

ABORT_TASK, LUN_RESET, TARGET_WARM_RESET = 1, 5, 6


@dataclass(frozen=True)
class Ended:
    """A command that got its reply. ``data``: what the initiator receives."""

    id: int
    status: int
    data: bytes
    sense: bytes


@dataclass
class _Sent:
    buffers: list[tuple[int, int]]


@dataclass
class KernelSide:
    """A ring of ``ring_size`` bytes, and ``blocks`` data blocks of ``block_size``.

    ``memory``: shared with the other side, where that is another process.
    """

    ring_size: int = 4096
    blocks: int = 64
    block_size: int = 256
    head: int = 0
    cleaned: int = 0
    ended: list[Ended] = field(default_factory=list)
    memory: bytearray | mmap = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self.data_at = MAILBOX_SIZE + self.ring_size
        self.memory = self.memory or bytearray(self.data_at + self.blocks * self.block_size)
        # Version 2; capabilities: any order, read length, task management.
        struct.pack_into("=HHIII", self.memory, 0, 2, 0x7, MAILBOX_SIZE, self.ring_size, 0)
        self.sent: dict[int, _Sent] = {}
        self._free = list(range(self.blocks))
        self._next_id = 0

    # commands

    def send(self, cdb: bytes, room: int = 0, *, data_out: bytes = b"") -> int | None:
        """Its id, or None while ring or data area are full."""
        room = len(data_out) or room
        count = -(-room // self.block_size)
        base = max(IOVECS_AT + 16 * count, ENTRY_SIZE)
        at = self._claim(base + len(cdb) + -len(cdb) % 8) if count <= len(self._free) else None
        if at is None:
            return None
        number = self._unused_id()
        buffers = self._buffers(room)
        struct.pack_into("=IHBB", self.memory, at, self._claimed | COMMAND, number, 0, 0)
        struct.pack_into("=III4xQ16x", self.memory, at + 8, count, 0, 0, at + base)
        for index, buffer in enumerate(buffers):
            struct.pack_into("=QQ", self.memory, at + IOVECS_AT + 16 * index, *buffer)
        self.memory[at + base : at + base + len(cdb)] = cdb
        for offset, length in buffers if data_out else ():
            self.memory[offset : offset + length] = data_out[:length]
            data_out = data_out[length:]
        self.sent[number] = _Sent(buffers)
        self._publish()
        return number

    def manage(self, function: int, ids: list[int]) -> bool:
        """A task management function; False while the ring is full."""
        at = self._claim(TMR_SIZE + 2 * len(ids) + -2 * len(ids) % 8)
        if at is None:
            return False
        struct.pack_into("=IHBB", self.memory, at, self._claimed | TASK_MANAGEMENT, 0, 0, 0)
        struct.pack_into("=B3xI16x", self.memory, at + 8, function, len(ids))
        struct.pack_into(f"={len(ids)}H", self.memory, at + TMR_SIZE, *ids)
        self._publish()
        return True

    def _unused_id(self) -> int:
        number = self._next_id
        while number in self.sent:
            number = (number + 1) % 0x10000
        self._next_id = (number + 1) % 0x10000
        return number

    def _buffers(self, room: int) -> list[tuple[int, int]]:
        buffers = []
        while room:
            length = min(room, self.block_size)
            buffers.append((self.data_at + self._free.pop(0) * self.block_size, length))
            room -= length
        return buffers

    def _claim(self, size: int) -> int | None:
        """Room for a slot that does not wrap around; padding before it where it would."""
        to_end = self.ring_size - self.head
        needed = size if to_end >= size else size + to_end
        used = (self.head - self.cleaned) % self.ring_size
        if self.ring_size - used - 1 < needed:
            return None
        if to_end < size:
            at = MAILBOX_SIZE + self.head
            struct.pack_into("=IHBB", self.memory, at, to_end | PADDING, 0, 0, 0)
            self.head = 0
        self._claimed = size
        return MAILBOX_SIZE + self.head

    def _publish(self) -> None:
        self.head = (self.head + self._claimed) % self.ring_size
        struct.pack_into("=I", self.memory, 12, self.head)

    # replies

    def look(self) -> None:
        """What the kernel does when it is told: up to the tail, each slot holds a reply."""
        (tail,) = struct.unpack_from("=I", self.memory, 64)
        assert 0 <= tail < self.ring_size
        while self.cleaned != tail:
            at = MAILBOX_SIZE + self.cleaned
            packed, number, _, flags = struct.unpack_from("=IHBB", self.memory, at)
            kind, length = packed & 7, packed & ~7
            assert length >= 8, "the ring is broken: a slot of no length"
            if kind == COMMAND:
                self._end(at, number, flags)
            self.cleaned = (self.cleaned + length) % self.ring_size

    def _end(self, at: int, number: int, flags: int) -> None:
        assert number in self.sent, f"the ring is broken: no command {number}"
        buffers = self.sent.pop(number).buffers
        status, length = struct.unpack_from("=B3xI", self.memory, at + 8)
        sense = bytes(self.memory[at + 16 : at + ENTRY_SIZE])
        received = b"".join(bytes(self.memory[o : o + size]) for o, size in buffers)
        if flags & READ_LENGTH and length:
            received = received[:length]
        elif status:
            received = b""
        self._free += [(offset - self.data_at) // self.block_size for offset, _ in buffers]
        self.ended.append(Ended(number, status, received, sense.rstrip(b"\0")))

    def take_ended(self) -> list[Ended]:
        """What has ended since the last time."""
        ended, self.ended = self.ended, []
        return ended


class FakeUio:
    """A uio device: the bell is a pipe, and telling the kernel is a call."""

    def __init__(self, kernel: KernelSide) -> None:
        self.kernel = kernel
        self._reading, self._writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.ring = Ring(kernel.memory)

    def fileno(self) -> int:
        return self._reading

    def ring_bell(self) -> None:
        """The kernel's part."""
        os.write(self._writing, b"\0")

    def silence(self) -> None:
        try:
            os.read(self._reading, 4096)
        except BlockingIOError:
            return

    def tell_kernel(self) -> None:
        self.kernel.look()

    def close(self) -> None:
        self.ring.close()
        os.close(self._reading)
        os.close(self._writing)
