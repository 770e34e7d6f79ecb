"""A small library of the test's own, in bytes: where everything truly is, and a robot that moves it
leg by leg, whether or not anybody still waits for its reply.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from scsi_bytes import check

from changer.smc.command import Reply, Status

PICKER, MAIL, DRIVE, SLOT_1, SLOT_2, SLOT_3, SLOT_4 = 1, 10, 500, 1001, 1002, 1003, 1004
CLEANER, CLEANING_SECONDS = "CLN001L8", 60.0

# Type code, first address, number of elements, in the order of mode page 1Dh (SMC-3).
RANGES = ((1, PICKER, 1), (2, SLOT_1, 4), (3, 0, 0), (4, DRIVE, 1))
RANGES_WITH_MAIL = (*RANGES[:2], (3, MAIL, 1), RANGES[3])
_MAIL_FLAGS = 0x38  # ACCESS, EXENAB, INENAB
_DESCRIPTOR_SIZE = 12 + 36
_INVALID_FIELD, _INVALID_ADDRESS = check(5, 0x24), check(5, 0x21, 0x01)
SOURCE_EMPTY, DESTINATION_FULL = check(5, 0x3B, 0x0E), check(5, 0x3B, 0x0D)
_CLEANS, _ABSENT, _UNKNOWN_OPCODE = check(2, 0x30, 0x03), check(2, 0x3A), check(5, 0x20)


Ranges = tuple[tuple[int, int, int], ...]


@dataclass(eq=False)
class Motion:
    """One motion command, by its legs: ``left`` are still to be made.

    row        of the journal.
    unseen_at  when its caller lost sight of it; it may go on for a whole move time then.
    refused    it ended with a status that is not GOOD.
    readings   of each address, by its caller, since.
    """

    row: int
    legs: tuple[tuple[int, int], ...]
    left: list[tuple[int, int]] = field(init=False)
    unseen_at: float | None = None
    refused: bool = False
    readings: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.left = list(self.legs)

    @property
    def is_over(self) -> bool:
        return not self.left


def legs_of(cdb: bytes) -> tuple[tuple[int, int], ...]:
    """Of MOVE MEDIUM and EXCHANGE MEDIUM; the robot has one picker, and a second hand."""
    numbers = [int.from_bytes(cdb[at : at + 2], "big") for at in (4, 6, 8)]
    source, middle, end = numbers
    if cdb[0] == 0xA5:
        if PICKER in (source, middle):
            return ((source, middle),)
        return ((source, PICKER), (PICKER, middle))
    if end == source:
        return ((source, PICKER), (middle, source), (PICKER, middle))
    return ((middle, PICKER), (PICKER, end), (source, PICKER), (PICKER, middle))


class Robot:
    """``at``: the tag at each address that is full. ``shown``: what it reports instead, since its
    element status has not caught up. ``uses``: how often a drive has cleaned. ``gone``: by tag, the
    mail slot that it left by, as soon as it came there.
    """

    def __init__(self, at: dict[int, str], ranges: Ranges = RANGES) -> None:
        self._ranges = ranges
        self.gone: dict[str, int] = {}
        self.at = dict(at)
        self.shown: dict[int, str] | None = None
        self.motion: Motion | None = None
        self.uses = 0
        self.cleans_until = 0.0
        self._homes: dict[str, int] = {tag: address for address, tag in at.items()}

    @property
    def is_moving(self) -> bool:
        return self.motion is not None and not self.motion.is_over

    def step(self, now: float) -> None:
        """Make the next leg of the motion."""
        assert self.motion is not None
        source, destination = self.motion.left.pop(0)
        assert destination not in self.at, f"two cartridges at {destination}"
        tag = self.at.pop(source)
        if destination == MAIL:
            self.gone[tag] = MAIL
            return
        self.at[destination] = tag
        if destination >= SLOT_1:
            self._homes[tag] = destination
        if destination == DRIVE and tag == CLEANER:
            self.uses += 1
            self.cleans_until = now + CLEANING_SECONDS

    def stop(self) -> None:
        """The motion ends where it is."""
        if self.motion is not None:
            self.motion.left.clear()

    def refusal(self, cdb: bytes, now: float) -> Reply | None:
        """The reply to a motion that can't even begin."""
        full = set(self.at)
        for source, destination in legs_of(cdb):
            if source not in full:
                return SOURCE_EMPTY
            if destination in full:
                return DESTINATION_FULL
            if source == DRIVE and now < self.cleans_until:
                return check(5, 0x53, 0x03)
            full = full - {source} | {destination}
        return None

    # bytes

    def answer(self, cdb: bytes) -> Reply:
        """The reply to a command that moves nothing."""
        if cdb[0] == 0xB8:
            return self._element_status(cdb)
        if cdb[0] == 0x1A:
            return self._mode_sense(cdb)
        return Reply(Status.GOOD) if cdb[0] == 0x00 else _UNKNOWN_OPCODE

    def answer_of_drive(self, cdb: bytes, now: float) -> Reply:
        """As a drive that reports nothing but its readiness, and cleans as soon as it can."""
        if cdb[0] == 0x00:
            return _CLEANS if now < self.cleans_until else _ABSENT
        return Reply(Status.GOOD) if cdb[0] == 0x1B else _UNKNOWN_OPCODE

    def addresses(self, cdb: bytes) -> list[int]:
        """The elements that READ ELEMENT STATUS asks for, of one type."""
        first, count = int.from_bytes(cdb[2:4], "big"), int.from_bytes(cdb[4:6], "big")
        _, start, number = self._ranges[(cdb[1] & 0x0F) - 1]
        return [each for each in range(start, start + number) if each >= first][:count]

    def _element_status(self, cdb: bytes) -> Reply:
        if cdb[6] & 0x01:
            return _INVALID_FIELD  # DVCID
        addresses = self.addresses(cdb)
        body = b"".join(self._descriptor(each) for each in addresses)
        pages = bytes((cdb[1] & 0x0F, 0x80)) + _DESCRIPTOR_SIZE.to_bytes(2, "big")
        pages += len(body).to_bytes(4, "big") + body
        if not addresses:
            return _INVALID_ADDRESS
        head = addresses[0].to_bytes(2, "big") + len(addresses).to_bytes(2, "big")
        return Reply(Status.GOOD, head + len(pages).to_bytes(4, "big") + pages)

    def _descriptor(self, address: int) -> bytes:
        tag = (self.at if self.shown is None else self.shown).get(address)
        flags = {PICKER: 0x00, MAIL: _MAIL_FLAGS}.get(address, 0x08) | (tag is not None)
        home = None if tag is None or address >= SLOT_1 else self._homes.get(tag)
        source = bytes(3) if home is None else b"\x80" + home.to_bytes(2, "big")
        label = (tag or "").encode().ljust(32) + bytes(4)
        return address.to_bytes(2, "big") + bytes((flags,)) + bytes(6) + source + label

    def _mode_sense(self, cdb: bytes) -> Reply:
        if cdb[2] & 0x3F != 0x1D:
            return _INVALID_FIELD
        ranges = b"".join(
            first.to_bytes(2, "big") + count.to_bytes(2, "big") for _, first, count in self._ranges
        )
        page = b"\x1d\x12" + ranges + bytes(2)
        return Reply(Status.GOOD, bytes((len(page) + 3, 0, 0, 0)) + page)
