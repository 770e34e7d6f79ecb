"""The output of `mt status`: a drive by the kernel's st driver."""

import re
from dataclasses import dataclass

from .tool import told

_STATUS = re.compile(
    r"SCSI 2 tape drive:\n"
    r"File number=(?P<file>-?\d+), block number=(?P<block>-?\d+), partition=0\.\n"
    r"Tape block size (?P<block_size>\d+) bytes\. "
    r"Density code 0x(?P<density>[0-9a-f]+) \((?P<density_name>[^)]+)\)\.\n"
    r"Soft error count since last status=(?P<errors>\d+)\n"
    r"General status bits on \((?P<bits>[0-9a-f]+)\):\n"
    r"(?P<flags>(?: [A-Z_]+)*)\n"
)


@dataclass(frozen=True, slots=True)
class MtStatus:
    """``flags``: BOT, ONLINE, WR_PROT, DR_OPEN and others, as mt writes them."""

    file_number: int
    block_number: int
    block_size: int
    density: int
    density_name: str
    soft_errors: int
    flags: frozenset[str]


def parse_mt_status(text: str) -> MtStatus:
    """Raise ValueError for what is not understood to the last character."""
    found = _STATUS.fullmatch(text)
    if not found:
        raise ValueError(f"not what mt status prints: {text!r}")
    return MtStatus(
        file_number=int(found["file"]),
        block_number=int(found["block"]),
        block_size=int(found["block_size"]),
        density=int(found["density"], 16),
        density_name=found["density_name"],
        soft_errors=int(found["errors"]),
        flags=frozenset(found["flags"].split()),
    )


def read_mt_status(node: str) -> MtStatus:
    """Of /dev/nstN. It does not wait for a drive that is not ready."""
    return parse_mt_status(told("mt-st", "-f", node, "status"))
