"""Sense data in bytes (SPC-4), and what sg_raw prints of a reply."""

from __future__ import annotations

from changer.smc.command import Reply, Status

CDB_LINE = "    cdb to send: [..]\n"


def fixed_sense(key: int, asc: int = 0, ascq: int = 0, *, deferred: bool = False) -> bytes:
    head = bytes((0x71 if deferred else 0x70, 0, key, 0, 0, 0, 0, 10))
    return head + bytes((0, 0, 0, 0, asc, ascq, 0, 0, 0, 0))


def descriptor_sense(key: int, asc: int = 0, ascq: int = 0, *, deferred: bool = False) -> bytes:
    return bytes((0x73 if deferred else 0x72, key, asc, ascq, 0, 0, 0, 0))


def check(key: int, asc: int = 0, ascq: int = 0, *, deferred: bool = False) -> Reply:
    """CHECK CONDITION, in fixed format."""
    return Reply(Status.CHECK_CONDITION, sense=fixed_sense(key, asc, ascq, deferred=deferred))


def said_by_sg_raw(reply: Reply, allocation_length: int) -> str:
    """Standard error of sg_raw 1.46 with one ``-v``."""
    if reply.status == Status.CHECK_CONDITION:
        size = len(reply.sense)
        heading = f" Raw sense data (in hex), sb_len={size}, embedded_len={size}\n"
        sense = f"{heading}        {reply.sense.hex(' ')}\n"
        return f"{CDB_LINE}SCSI Status: Check Condition \n\n{sense}"
    said = f"{CDB_LINE}SCSI Status: Good \n\n"
    if reply.data:
        return f"{said}Writing {len(reply.data)} bytes of data to stdout\n\n"
    return said + ("No data received\n" if allocation_length else "")
