"""A drive is known by its own serial number, or by none."""

from __future__ import annotations

from pathlib import Path

import pytest
from driver.virtual_library import VirtualLibrary

from changer.library.drive_map import drive_identities
from changer.smc.command import Reply

from .liar import READ_ELEMENT_STATUS, Lie, Lying, descriptors, overwritten


def with_identifier(identifier: bytes, *, drives: int) -> Lie:
    """So many drives say that this is who they are (DVCID)."""

    def lie(cdb: bytes, reply: Reply) -> Reply:
        if cdb[0] != READ_ELEMENT_STATUS or not cdb[6] & 1:
            return reply
        data = reply.data
        for each in list(descriptors(data))[:drives]:
            data = overwritten(data, each.offset + each.size - len(identifier), identifier)
        return Reply(reply.status, data, reply.sense)

    return lie


def serials(library: VirtualLibrary, lie: Lie) -> list[str | None]:
    with library.open(wire=Lying(lie)) as opened:
        found = drive_identities(opened, opened.read())
        return [each.serial for each in found.values()]


@pytest.mark.parametrize("profile", ["demo", "scalar"])
def test_a_serial_number_that_two_drives_have_names_neither(folder: Path, profile: str) -> None:
    # Else one drive would be watched while the cleaner is in the other.
    library = VirtualLibrary(folder, profile)
    assert serials(library, with_identifier(b"SERIAL0001", drives=2)) == [None, None]


@pytest.mark.parametrize(
    ("identifier", "serial"),
    [
        (b"S\x1b[2J\x9b1234", "S?[2J?1234"),
        (b"S\0\0\0\0\0\0\0\0\xff", "S?????????"),
        (b" " * 10, None),
        (bytes(10), None),
    ],
)
def test_a_serial_number_is_printable_or_none(
    folder: Path, identifier: bytes, serial: str | None
) -> None:
    first, second = serials(VirtualLibrary(folder), with_identifier(identifier, drives=1))
    assert first == serial
    assert second
