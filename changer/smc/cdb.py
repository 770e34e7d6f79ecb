"""Commands without data-in (moves, inventories, prevent/allow), and raw CDBs."""

from __future__ import annotations

from changer.smc.command import Command
from changer.values import replace

_MOVE_TIMEOUT_SECONDS = 900.0
_INVENTORY_TIMEOUT_SECONDS = 3600.0
_DOOR_TIMEOUT_SECONDS = 300.0
_PROMPT_TIMEOUT_SECONDS = 60.0

# MOVE MEDIUM, EXCHANGE MEDIUM, MOVE MEDIUM ATTACHED
_MOVING_OPCODES = frozenset({0xA5, 0xA6, 0xA7})
# Those, and INITIALIZE ELEMENT STATUS, OPEN/CLOSE IMPORT/EXPORT ELEMENT, POSITION TO ELEMENT,
# INITIALIZE ELEMENT STATUS WITH RANGE (SMC-3, and the vendors' opcode)
_ROBOT_OPCODES = _MOVING_OPCODES | {0x07, 0x1B, 0x2B, 0x37, 0xE7}

# What changes nothing of a device (SPC-4, SMC-3): TEST UNIT READY, REQUEST SENSE, INQUIRY, MODE
# SENSE, LOG SENSE, PERSISTENT RESERVE IN, READ ATTRIBUTE, REPORT LUNS, MAINTENANCE IN, READ ELEMENT
# STATUS ATTACHED, REQUEST VOLUME ELEMENT ADDRESS, READ ELEMENT STATUS
_READING_OPCODES = frozenset(
    {0x00, 0x03, 0x12, 0x1A, 0x5A, 0x4D, 0x5E, 0x8C, 0xA0, 0xA3, 0xB4, 0xB5, 0xB8}
)


def only_reads(cdb: bytes) -> bool:
    """Whether a command changes nothing; an unknown one may."""
    return cdb[0] in _READING_OPCODES


def unsigned(value: int, size: int, field: str) -> bytes:
    """``value`` as ``size`` big-endian bytes of a CDB.

    A value that does not fit is a mistake of the program: ValueError.
    """
    if not 0 <= value < 1 << 8 * size:
        raise ValueError(f"{field} {value} does not fit in {size} bytes")
    return value.to_bytes(size, "big")


def _no_value(_data: bytes) -> None:
    return None


def _command(name: str, cdb: bytes, *, timeout_seconds: float) -> Command[None]:
    return Command(
        name=name, cdb=cdb, allocation_length=0, timeout_seconds=timeout_seconds, parse=_no_value
    )


def _robot_command(name: str, cdb: bytes, *, timeout_seconds: float) -> Command[None]:
    command = _command(name, cdb, timeout_seconds=timeout_seconds)
    return replace(command, moves_medium=cdb[0] in _MOVING_OPCODES, occupies_robot=True)


def test_unit_ready() -> Command[None]:
    """Ask whether the device is ready for media access (SPC-4, TEST UNIT READY, 00h)."""
    return _command("TEST UNIT READY", bytes(6), timeout_seconds=_PROMPT_TIMEOUT_SECONDS)


# A medium transport element address of 0 lets the library choose (SMC-3).
_ANY_TRANSPORT = bytes(2)


def _address(value: int) -> bytes:
    return unsigned(value, 2, "element address")


def move_medium(
    source_address: int,
    destination_address: int,
    *,
    invert: bool = False,
    control: int = 0,
    timeout_seconds: float = _MOVE_TIMEOUT_SECONDS,
) -> Command[None]:
    """Move a cartridge from one element to another (SMC-3, MOVE MEDIUM, A5h).

    ``control``: the CONTROL byte, whose bits 7 and 6 are vendor specific.
    """
    cdb = b"\xa5\x00" + _ANY_TRANSPORT + _address(source_address) + _address(destination_address)
    cdb += bytes((0, 0, int(invert), control))
    return _robot_command("MOVE MEDIUM", cdb, timeout_seconds=timeout_seconds)


def exchange_medium(
    source_address: int,
    first_destination_address: int,
    *,
    second_destination_address: int,
    invert_first: bool = False,
    invert_second: bool = False,
    control: int = 0,
    timeout_seconds: float = _MOVE_TIMEOUT_SECONDS,
) -> Command[None]:
    """Move source to first destination, and its cartridge to the second (SMC-3, A6h)."""
    addresses = (source_address, first_destination_address, second_destination_address)
    cdb = b"\xa6\x00" + _ANY_TRANSPORT + b"".join(map(_address, addresses))
    cdb += bytes((int(invert_second) << 1 | int(invert_first), control))
    return _robot_command("EXCHANGE MEDIUM", cdb, timeout_seconds=timeout_seconds)


def position_to_element(
    address: int, *, timeout_seconds: float = _MOVE_TIMEOUT_SECONDS
) -> Command[None]:
    """Move the medium transport element to an element (SMC-3, POSITION TO ELEMENT, 2Bh)."""
    cdb = b"\x2b\x00" + _ANY_TRANSPORT + _address(address) + bytes(4)
    return _robot_command("POSITION TO ELEMENT", cdb, timeout_seconds=timeout_seconds)


def naming_transport(command: Command[None], address: int) -> Command[None]:
    """The same motion with that medium transport element, whose address all of them have second."""
    cdb = command.cdb[:2] + unsigned(address, 2, "transport element address") + command.cdb[4:]
    return replace(command, cdb=cdb)


def load_unload(*, load: bool) -> Command[None]:
    """Load the cartridge in a tape drive, or eject it (SSC-4, LOAD UNLOAD, 1Bh)."""
    return _command(
        "LOAD UNLOAD", bytes((0x1B, 0, 0, 0, int(load), 0)), timeout_seconds=_MOVE_TIMEOUT_SECONDS
    )


def prevent_allow_medium_removal(*, prevent: bool) -> Command[None]:
    """Lock or unlock the doors and mail slots (SPC-4, PREVENT ALLOW MEDIUM REMOVAL, 1Eh)."""
    return _command(
        "PREVENT ALLOW MEDIUM REMOVAL",
        bytes((0x1E, 0, 0, 0, int(prevent), 0)),
        timeout_seconds=_DOOR_TIMEOUT_SECONDS,
    )


def open_close_import_export_element(address: int, *, close: bool) -> Command[None]:
    """Open or close a mail slot (SMC-3, OPEN/CLOSE IMPORT/EXPORT ELEMENT, 1Bh)."""
    cdb = b"\x1b\x00" + _address(address) + bytes((int(close), 0))
    return _robot_command(
        "OPEN/CLOSE IMPORT/EXPORT ELEMENT", cdb, timeout_seconds=_DOOR_TIMEOUT_SECONDS
    )


def initialize_element_status(
    *, timeout_seconds: float = _INVENTORY_TIMEOUT_SECONDS
) -> Command[None]:
    """Take an inventory of the whole library (SMC-3, INITIALIZE ELEMENT STATUS, 07h)."""
    cdb = b"\x07" + bytes(5)
    return _robot_command("INITIALIZE ELEMENT STATUS", cdb, timeout_seconds=timeout_seconds)


def initialize_element_status_with_range(
    first_address: int,
    count: int,
    *,
    vendor_specific: bool = False,
    timeout_seconds: float = _INVENTORY_TIMEOUT_SECONDS,
) -> Command[None]:
    """Take an inventory of ``count`` elements, 0 for all up to the last (SMC-3, 37h).

    ``vendor_specific``: by opcode E7h of the same layout (IBM TS3500, Quantum Scalar, mhVTL).
    """
    range_bit = 1
    cdb = bytes((0xE7 if vendor_specific else 0x37, range_bit)) + _address(first_address) + bytes(2)
    cdb += unsigned(count, 2, "number of elements") + bytes(2)
    return _robot_command(
        "INITIALIZE ELEMENT STATUS WITH RANGE", cdb, timeout_seconds=timeout_seconds
    )


def raw(cdb: bytes, *, allocation_length: int, timeout_seconds: float) -> Command[bytes]:
    """A command of 6 to 16 bytes as given; its data-in is not parsed.

    ``allocation_length``: bytes of data-in to receive; the CDB must ask for as many itself.
    """
    if not 6 <= len(cdb) <= 16:
        raise ValueError(f"a CDB has 6 to 16 bytes, not {len(cdb)}")
    if allocation_length < 0:
        raise ValueError(f"negative allocation length {allocation_length}")
    return Command(
        name=f"CDB {cdb[0]:02X}h",
        cdb=bytes(cdb),
        allocation_length=allocation_length,
        timeout_seconds=timeout_seconds,
        parse=bytes,
        moves_medium=cdb[0] in _MOVING_OPCODES,
        occupies_robot=cdb[0] in _ROBOT_OPCODES,
    )
