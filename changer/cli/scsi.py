"""``changer scsi``: send one raw command, for reports from the field."""

from __future__ import annotations

from argparse import Namespace
from contextlib import AbstractContextManager, nullcontext

from changer.cli.application import Application
from changer.cli.output import library_json
from changer.cli.parser import Command, Parser, whole_number
from changer.errors import DeviceFailed, MalformedData, UsageError
from changer.library.library import Library
from changer.smc.asc import describe
from changer.smc.cdb import only_reads, raw
from changer.smc.command import Reply, Status
from changer.smc.sense import parse_sense

TIMEOUT_SECONDS = 300.0
MOVING = {0xA5: "MOVE MEDIUM", 0xA6: "EXCHANGE MEDIUM", 0xA7: "MOVE MEDIUM ATTACHED"}
# Opcode to the bytes of the CDB that hold the allocation length (SPC-4, SMC-3).
LENGTH_FIELDS = {
    0x03: (4, 5),
    0x12: (3, 5),
    0x1A: (4, 5),
    0x4D: (7, 9),
    0x5A: (7, 9),
    0x5E: (7, 9),
    0x8C: (10, 14),
    0xA0: (6, 10),
    0xA3: (6, 10),
    0xB4: (7, 10),
    0xB5: (7, 10),
    0xB8: (6, 10),
}
LARGEST_TRANSFER = 0xFFFF


def _configure(parser: Parser) -> None:
    parser.add_dry_run()
    parser.usage = "changer scsi [OPTION]... -- BYTE..."
    parser.add_argument("bytes", metavar="BYTE", nargs="+", help="the CDB, in hexadecimal")
    parser.add_argument(
        "--read", metavar="N", type=_length, help="bytes to receive (default: as the CDB says)"
    )
    parser.add_argument(
        "--force", action="store_true", help="also a command that moves media, past every check"
    )
    parser.epilog = (
        "Prints what came back, in hexadecimal, and what sense data means. Sends no data out.\n"
        "Example, the library's name: changer scsi -- 12 00 00 00 60 00"
    )


def _length(text: str) -> int:
    return whole_number(text, least=0, most=LARGEST_TRANSFER, what="length")


def _run(application: Application, arguments: Namespace) -> int:
    cdb = parse_cdb(arguments.bytes)
    if cdb[0] in MOVING and not arguments.force:
        raise UsageError(
            f"{MOVING[cdb[0]]} moves media, unchecked and unrecorded",
            hint="use changer move or changer exchange; or add --force",
        )
    length = _expected_length(cdb) if arguments.read is None else arguments.read
    with application.acting_library(arguments) as library:
        command = raw(cdb, allocation_length=length, timeout_seconds=TIMEOUT_SECONDS)
        if library.context.dry_run is not None:  # a command that only reads is not sent, either
            library.context.dry_run.keep(command, library.device)
            return 0
        with _lock_for(library, cdb):
            reply = library.session.carry(command)
        _report(application, library, cdb, reply)
    if reply.status != Status.GOOD:
        raise DeviceFailed(f"{command.name}: {_meaning(reply)}", sense=reply.sense)
    return 0


def parse_cdb(words: list[str]) -> bytes:
    """Parse a CDB: ``12 00 00 00 60 00``, ``0x12 0x0 …`` or ``120000006000``. Raises UsageError."""
    text = "".join(word.removeprefix("0x").removeprefix("0X").rjust(2, "0") for word in words)
    try:
        cdb = bytes.fromhex(text)
    except ValueError as error:
        raise UsageError(
            f"{' '.join(words)!r} is not a sequence of hexadecimal bytes",
            hint="write bytes as 12 00 00 00 60 00",
        ) from error
    if len(cdb) not in (6, 10, 12, 16):
        raise UsageError(f"a CDB has 6, 10, 12 or 16 bytes, not {len(cdb)}")
    return cdb


def _expected_length(cdb: bytes) -> int:
    field = LENGTH_FIELDS.get(cdb[0])
    if field is None:
        return 0
    return min(int.from_bytes(cdb[field[0] : field[1]], "big"), LARGEST_TRANSFER)


def _lock_for(library: Library, cdb: bytes) -> AbstractContextManager[object]:
    """The library's lock; commands that only read need none."""
    if only_reads(cdb):
        return nullcontext()
    library.require_usable()
    return library.locked()


def _report(application: Application, library: Library, cdb: bytes, reply: Reply) -> None:
    application.output.print_json(
        "scsi",
        {
            "library": library_json(library),
            "cdb": cdb.hex(),
            "status": int(reply.status),
            "data": reply.data.hex(),
            "sense": reply.sense.hex() or None,
            "meaning": _meaning(reply) if reply.sense else None,
        },
    )
    application.output.print(f"status {reply.status:02X}h, {len(reply.data)} bytes")
    for offset in range(0, len(reply.data), 16):
        application.output.print(_dump_line(reply.data[offset : offset + 16], offset))
    if reply.sense:
        application.output.print(f"sense {reply.sense.hex(' ')}")


def _dump_line(row: bytes, offset: int) -> str:
    text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
    return f"  {offset:04x}  {row.hex(' '):<47}  {text}"


def _meaning(reply: Reply) -> str:
    try:
        return describe(parse_sense(reply.sense)) if reply.sense else f"status {reply.status:02X}h"
    except MalformedData as error:
        return f"sense data that can't be read: {error.message}"


COMMANDS = {
    "scsi": Command(
        _configure,
        _run,
        examples=(
            ("scsi -- 00 00 00 00 00 00", "TEST UNIT READY"),
            ("scsi -- 12 00 00 00 60 00", "INQUIRY, the library's name"),
            ("scsi --read 255 -- 12 01 80 00 ff 00", "INQUIRY of page 80h, its serial number"),
        ),
    )
}
