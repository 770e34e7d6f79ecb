"""Ring in the memory that the kernel and this process share: commands in, replies out. No I/O.

Layout: Linux ``target_core_user.h``, mailbox version 2, in the byte order of the host. A ring of
slots, which the kernel fills up to its head, and this process gives back up to its tail. A reply
goes into the slot at the tail, whichever command was in it: commands may end in any order.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from enum import IntEnum
from mmap import mmap

from changer.values import dataclass

VERSION = 2

# Offsets in the mailbox.
_HEAD, _TAIL = 12, 64
_MAILBOX = struct.Struct("=HHII")  # version, flags, offset and size of the ring
_NUMBER = struct.Struct("=I")

_HEADER = struct.Struct("=IHBB")  # length and kind, id, flags of the kernel, flags of ours
_REQUEST = struct.Struct("=III4xQ16x")  # at 8: iovecs, bidirectional and protection ones; CDB
_IOVEC = struct.Struct("=QQ")
_REPLY = struct.Struct("=B3xI")  # at 8: status, bytes of data-in
_TASK = struct.Struct("=B3xI16x")  # at 8: function, number of ids
_REQUEST_AT = 8
_IOVECS_AT = _REQUEST_AT + _REQUEST.size
_SENSE_AT = _REQUEST_AT + _REPLY.size
_SENSE_SIZE = 96

_KIND = 0x7
_PADDING, _COMMAND, _TASK_MANAGEMENT = 0, 1, 2
_HAS_READ_LENGTH = 0x2

# Whose data goes to the unit (SPC-4, SMC-3, SSC-3): an entry of the ring does not say which way.
_DATA_OUT = frozenset(
    {0x04, 0x0A, 0x15, 0x1D, 0x3B, 0x4C, 0x55, 0x5F, 0x8A, 0x8D, 0xA4, 0xAA, 0xB6}
)

# Linux, COMMAND_SIZE: by group, the top three bits of the opcode; 7Fh says its own length.
_CDB_LENGTHS = (6, 10, 10, 12, 16, 12, 10, 10)
_VARIABLE = 0x7F


class RingBroken(Exception):
    """The shared memory does not hold what the kernel puts there."""


class TaskFunction(IntEnum):
    """What the initiator wants of commands under way (SAM-5); others stay numbers."""

    ABORT_TASK = 1
    LUN_RESET = 5
    TARGET_WARM_RESET = 6
    TARGET_COLD_RESET = 7


@dataclass(frozen=True, slots=True)
class RingCommand:
    """A command that waits for its reply. ``buffers``: offset and length of its data areas.

    ``data_out``: what was in them when it came, if it is a command that sends some.
    """

    id: int
    cdb: bytes
    buffers: tuple[tuple[int, int], ...]
    data_out: bytes = b""

    @property
    def room(self) -> int:
        """Bytes of data-in that the initiator has room for."""
        return sum(length for _, length in self.buffers)


@dataclass(frozen=True, slots=True)
class TaskManagement:
    """The initiator gave up on commands: these ids want a reply of any kind, soon."""

    function: int
    ids: tuple[int, ...]

    @property
    def is_reset(self) -> bool:
        """The logical unit, or the whole target, is reset."""
        return TaskFunction.LUN_RESET <= self.function <= TaskFunction.TARGET_COLD_RESET


class Ring:
    """One device's shared memory. Raises RingBroken for what can't be."""

    def __init__(self, memory: mmap | bytearray) -> None:
        self._memory = memoryview(memory)
        version, _flags, self._start, self._size = _MAILBOX.unpack_from(self._memory)
        if version != VERSION:
            raise RingBroken(f"mailbox version {version}, known is {VERSION}")
        if not 0 < self._start < self._start + self._size <= len(self._memory):
            raise RingBroken(f"a ring at {self._start} of {self._size} bytes")
        # What an earlier process left unanswered is read again.
        self._tail = self._seen = self._number(_TAIL)

    def take(self) -> Iterator[RingCommand | TaskManagement]:
        """What has come since the last time."""
        while self._seen != (head := self._number(_HEAD)):
            if head >= self._size:
                raise RingBroken(f"the head is at {head} of {self._size}")
            at = self._start + self._seen
            kind, length, number = self._header(at)
            self._seen = (self._seen + length) % self._size
            if kind == _COMMAND:
                yield self._command(at, number)
            elif kind == _TASK_MANAGEMENT:
                yield self._task_management(at, length)
        self._give_back_what_wants_no_reply()

    def reply(self, command: RingCommand, status: int, data: bytes, sense: bytes) -> None:
        """End a command, once. Tell the kernel afterwards."""
        self._give_back_what_wants_no_reply()
        if self._tail == self._seen:
            raise RingBroken(f"no slot for the reply to command {command.id}")
        self._fill(command.buffers, data)
        at = self._start + self._tail
        _, length, _ = self._header(at)
        read_length = min(len(data), command.room)
        flags = _HAS_READ_LENGTH if read_length else 0
        _HEADER.pack_into(self._memory, at, length | _COMMAND, command.id, 0, flags)
        _REPLY.pack_into(self._memory, at + _REQUEST_AT, status, read_length)
        padded = sense[:_SENSE_SIZE].ljust(_SENSE_SIZE, b"\0")
        self._memory[at + _SENSE_AT : at + _SENSE_AT + _SENSE_SIZE] = padded
        self._advance(length)
        self._give_back_what_wants_no_reply()

    def close(self) -> None:
        """Let go of the memory."""
        self._memory.release()

    def _give_back_what_wants_no_reply(self) -> None:
        while self._tail != self._seen:
            kind, length, _ = self._header(self._start + self._tail)
            if kind == _COMMAND:
                return
            self._advance(length)

    def _advance(self, length: int) -> None:
        self._tail = (self._tail + length) % self._size
        _NUMBER.pack_into(self._memory, _TAIL, self._tail)

    def _number(self, offset: int) -> int:
        (number,) = _NUMBER.unpack_from(self._memory, offset)
        return int(number)

    def _header(self, at: int) -> tuple[int, int, int]:
        """Kind, length and id of a slot."""
        packed, number, _, _ = _HEADER.unpack_from(self._memory, at)
        kind, length = packed & _KIND, packed & ~_KIND
        if kind > _TASK_MANAGEMENT or not 8 <= length <= self._start + self._size - at:
            raise RingBroken(f"a slot of kind {kind} with {length} bytes")
        return kind, length, number

    def _command(self, at: int, number: int) -> RingCommand:
        count, _, _, cdb_at = _REQUEST.unpack_from(self._memory, at + _REQUEST_AT)
        try:
            iovecs = [
                _IOVEC.unpack_from(self._memory, at + _IOVECS_AT + i * _IOVEC.size)
                for i in range(count)
            ]
            opcode = self._memory[cdb_at]
            length = _CDB_LENGTHS[opcode >> 5]
            if opcode == _VARIABLE:
                length = 8 + self._memory[cdb_at + 7]
        except (IndexError, struct.error):
            raise RingBroken(f"command {number} is not within the memory") from None
        if any(offset + size > len(self._memory) for offset, size in iovecs):
            raise RingBroken(f"the data of command {number} is not within the memory")
        cdb = bytes(self._memory[cdb_at : cdb_at + length])
        data_out = self._content(iovecs) if opcode in _DATA_OUT else b""
        return RingCommand(number, cdb, tuple(iovecs), data_out)

    def _content(self, buffers: Iterable[tuple[int, int]]) -> bytes:
        """What is in a command's buffers."""
        return b"".join(self._memory[offset : offset + length] for offset, length in buffers)

    def _task_management(self, at: int, length: int) -> TaskManagement:
        function, count = _TASK.unpack_from(self._memory, at + _REQUEST_AT)
        first = _REQUEST_AT + _TASK.size
        if first + 2 * count > length:
            raise RingBroken(f"task management of {count} commands in {length} bytes")
        return TaskManagement(function, struct.unpack_from(f"={count}H", self._memory, at + first))

    def _fill(self, buffers: tuple[tuple[int, int], ...], data: bytes) -> None:
        """Lay data-in into the command's buffers; zeros into all of them where there is none.

        The kernel takes a length of 0 for all of it, and what is there is another command's.
        """
        left = data or bytes(sum(length for _, length in buffers))
        for offset, length in buffers:
            piece, left = left[:length], left[length:]
            self._memory[offset : offset + len(piece)] = piece
