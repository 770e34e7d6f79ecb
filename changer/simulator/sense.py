"""Sense data of a virtual library, in fixed and in descriptor format (SPC-4)."""

from __future__ import annotations

from changer.values import dataclass


def _check_byte(*numbers: int) -> None:
    if not all(0 <= number <= 0xFF for number in numbers):
        raise ValueError(f"sense codes are bytes, not {numbers}")


@dataclass(frozen=True, slots=True)
class Additional:
    """Additional sense code and its qualifier, as an element descriptor with EXCEPT=1 has them."""

    asc: int
    ascq: int

    def __post_init__(self) -> None:
        _check_byte(self.asc, self.ascq)

    def __str__(self) -> str:
        return f"{self.asc:02X}/{self.ascq:02X}"


@dataclass(frozen=True, slots=True)
class Sense:
    """Sense key, additional sense code and its qualifier."""

    key: int
    asc: int
    ascq: int

    def __post_init__(self) -> None:
        _check_byte(self.key, self.asc, self.ascq)

    def __str__(self) -> str:
        return f"{self.key:02X}/{self.asc:02X}/{self.ascq:02X}"


CLEANER_IN_DRIVE = Sense(0x02, 0x30, 0x03)
MEDIUM_NOT_PRESENT = Sense(0x02, 0x3A, 0x00)
INVALID_OPCODE = Sense(0x05, 0x20, 0x00)
BAD_ELEMENT_ADDRESS = Sense(0x05, 0x21, 0x01)
INVALID_FIELD = Sense(0x05, 0x24, 0x00)
REMOVAL_PREVENTED = Sense(0x05, 0x53, 0x02)


class CheckCondition(Exception):
    """The command ends with CHECK CONDITION and this sense. Never leaves the simulator."""

    def __init__(self, sense: Sense) -> None:
        super().__init__(str(sense))
        self.sense = sense


class ReservedByAnother(Exception):
    """The command ends with RESERVATION CONFLICT. Never leaves the simulator."""


def encode_sense(sense: Sense, *, descriptor_format: bool) -> bytes:
    """Sense data of a current error: 18 bytes fixed (70h), or 8 bytes of descriptors (72h)."""
    if descriptor_format:
        return bytes([0x72, sense.key, sense.asc, sense.ascq, 0, 0, 0, 0])
    # Byte 7 counts what follows it: 10 bytes, ASC and ASCQ at 12 and 13.
    return bytes([0x70, 0, sense.key, 0, 0, 0, 0, 10, 0, 0, 0, 0, sense.asc, sense.ascq]) + bytes(4)
