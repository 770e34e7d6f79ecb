"""Commands sent by hand, through the kernel's SG_IO: nothing of the package, and no program."""

import ctypes
import fcntl
import os
from dataclasses import dataclass

from sg_header import SgIoHdr

SG_IO = 0x2285
NO_DATA, DATA_IN = -1, -3
LONGEST_SENSE = 252
GOOD, CHECK_CONDITION = 0, 2
UNIT_ATTENTION = 6
KEY = 0x0F


@dataclass(frozen=True, slots=True)
class Answer:
    """What a device answered."""

    status: int
    sense: bytes
    data: bytes

    @property
    def is_unit_attention(self) -> bool:
        """By sense data of fixed format, which is all that mhVTL and tgt send."""
        return self.status == CHECK_CONDITION and self.sense[2] & KEY == UNIT_ATTENTION


def ask(device: str, cdb: bytes, *, length: int = 0, timeout_seconds: float = 300) -> Answer:
    """Send one command to a node of the sg driver. Raises AssertionError if it was not carried."""
    data, sense = ctypes.create_string_buffer(length), ctypes.create_string_buffer(LONGEST_SENSE)
    command = ctypes.create_string_buffer(cdb, len(cdb))
    header = SgIoHdr(
        interface_id=ord("S"),
        dxfer_direction=DATA_IN if length else NO_DATA,
        cmd_len=len(cdb),
        mx_sb_len=LONGEST_SENSE,
        dxfer_len=length,
        dxferp=ctypes.addressof(data),
        cmdp=ctypes.addressof(command),
        sbp=ctypes.addressof(sense),
        timeout=int(1000 * timeout_seconds),
    )
    node = os.open(device, os.O_RDWR | os.O_NONBLOCK)
    try:
        fcntl.ioctl(node, SG_IO, header)
    finally:
        os.close(node)
    assert header.host_status == 0, f"{device}: host status {header.host_status:#x}"
    return Answer(
        status=header.status,
        sense=sense.raw[: header.sb_len_wr],
        data=data.raw[: length - header.resid],
    )
