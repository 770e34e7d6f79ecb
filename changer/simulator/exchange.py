"""An exchange of a recording, as a virtual library is made of it."""

from __future__ import annotations

from changer.values import NamedTuple

_GOOD, _CHECK_CONDITION = 0x00, 0x02
_FIXED, _DESCRIBED = (0x70, 0x71), (0x72, 0x73)
INVALID_OPCODE = (0x05, 0x20, 0x00)
INVALID_FIELD = (0x05, 0x24, 0x00)
BAD_ADDRESS = (0x05, 0x21, 0x01)


class Exchange(NamedTuple):
    """A command and its reply. ``drive``: the device of a drive; None: the library.

    ``status`` None: there was no reply.
    """

    drive: str | None
    cdb: bytes
    status: int | None
    data: bytes = b""
    sense: bytes = b""
    data_out: bytes = b""

    @property
    def opcode(self) -> int:
        """The first byte of the command; FFh, which is none, where it has no bytes."""
        return self.cdb[0] if self.cdb else 0xFF

    @property
    def is_good(self) -> bool:
        """It ended with GOOD."""
        return self.status == _GOOD

    @property
    def code(self) -> tuple[int, int, int] | None:
        """Sense key, additional sense code and qualifier; None where there is none."""
        sense = self.sense
        if self.status != _CHECK_CONDITION or len(sense) < 4:
            return None
        if sense[0] & 0x7F in _DESCRIBED:
            return sense[1] & 0x0F, sense[2], sense[3]
        if sense[0] & 0x7F in _FIXED and len(sense) >= 14:
            return sense[2] & 0x0F, sense[12], sense[13]
        return None

    @property
    def is_described(self) -> bool:
        """Its sense data has the descriptor format."""
        return bool(self.sense) and self.sense[0] & 0x7F in _DESCRIBED
