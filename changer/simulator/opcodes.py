"""Names of commands, for faults that strike only one of them."""

from __future__ import annotations

import re

from changer.errors import SimulatorRefused
from changer.simulator.words import meant

__all__ = ["OPCODES", "opcode_of"]

OPCODES = {
    "test-unit-ready": 0x00,
    "rewind": 0x01,
    "request-sense": 0x03,
    "read-block-limits": 0x05,
    "initialize": 0x07,
    "read": 0x08,
    "write": 0x0A,
    "space": 0x11,
    "inquiry": 0x12,
    "mode-select": 0x15,
    "mode-sense": 0x1A,
    "mode-sense-10": 0x5A,
    "open-close": 0x1B,
    "load-unload": 0x1B,
    "prevent-allow": 0x1E,
    "position": 0x2B,
    "read-position": 0x34,
    "initialize-range": 0x37,
    "initialize-range-vendor": 0xE7,
    "log-sense": 0x4D,
    "move": 0xA5,
    "exchange": 0xA6,
    "read-element-status": 0xB8,
}


def opcode_of(word: str) -> int:
    """The opcode that a name, or hexadecimal such as ``A5``, ``A5h`` or ``0xa5``, means."""
    if word in OPCODES:
        return OPCODES[word]
    if found := re.fullmatch(r"(?:0x)?([0-9a-f]{2})h?", word, re.IGNORECASE):
        return int(found[1], 16)
    raise SimulatorRefused(
        f"there is no command {word!r}{meant(word, OPCODES)}",
        hint=f"an opcode such as A5, or one of {', '.join(OPCODES)}",
    )
