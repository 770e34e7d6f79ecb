"""What goes through the sg driver: CDBs of the length of their opcode, bytes and whole seconds."""

from __future__ import annotations

import pytest

from changer.errors import UsageError
from changer.smc.command import Command
from changer.transport.sg_limits import (
    check_cdb,
    check_data_out,
    next_wait_seconds,
    timeout_seconds,
    transfer_length,
)

# SPC-4, 4.2.5.1: by the group code.
LENGTHS: tuple[list[int], ...] = ([6], [10], [10], [], [16], [12], [6, 10, 12, 16], [6, 10, 12, 16])


def command(*, length: int = 0, out: bytes = b"", seconds: float = 1.0) -> Command[bytes]:
    return Command("A COMMAND", bytes(6), length, seconds, bytes, data_out=out)


def is_taken(cdb: bytes) -> bool:
    try:
        check_cdb(cdb)
    except UsageError:
        return False
    return True


def test_cdb_has_the_length_of_its_opcode() -> None:
    for group, lengths in enumerate(LENGTHS):
        for opcode in (group << 5, group << 5 | 0x1F):
            taken = [size for size in range(1, 20) if is_taken(bytes((opcode, *bytes(size - 1))))]
            assert taken == lengths
    assert not is_taken(b"")


@pytest.mark.parametrize(
    ("cdb", "reason"),
    [
        (bytes(7), "'00 00 00 00 00 00 00' is not a SCSI command: it has 7 bytes, not 6"),
        (b"\xc0", "'c0' is not a SCSI command: it has 1 bytes, not 6 or 10 or 12 or 16"),
        (b"\x7f", "'7f' is not a SCSI command: its opcode has no defined length"),
        (b"", "'' is not a SCSI command: its opcode has no defined length"),
    ],
)
def test_cdb_of_another_length_says_what_it_should_be(cdb: bytes, reason: str) -> None:
    with pytest.raises(UsageError) as refused:
        check_cdb(cdb)
    assert refused.value.message == reason


def test_at_most_64_kib_go_out_or_come_in_and_never_both() -> None:
    assert [transfer_length(command(length=each)) for each in (0, 1, 0xFFFF, 0x10000)] == [
        *(0, 1, 0xFFFF, 0xFFFF)
    ]
    for fine in (command(), command(length=1), command(out=bytes(0xFFFF))):
        check_data_out(fine)
    with pytest.raises(ValueError, match="A COMMAND: 65536 bytes of data-out are too many"):
        check_data_out(command(out=bytes(0x10000)))
    with pytest.raises(ValueError, match="A COMMAND: data can't go out and come in"):
        check_data_out(command(length=1, out=b"x"))


def test_a_command_has_whole_seconds() -> None:
    given = (0.0, 0.1, 1.0, 1.1, 2_000_000.0, 2_000_001.0)
    told = [timeout_seconds(command(seconds=each)) for each in given]
    assert told == [1, 1, 1, 2, 2_000_000, 2_000_000]


def test_nothing_is_waited_for_once_the_time_is_up() -> None:
    assert next_wait_seconds(float("inf")) == 0.1
    with pytest.raises(TimeoutError):
        next_wait_seconds(0.0)
