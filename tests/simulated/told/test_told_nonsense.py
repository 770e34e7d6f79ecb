"""Element status that makes no sense is an error of every program, and no list without slots."""

from __future__ import annotations

import pytest

from changer.smc.command import Reply

from .descriptors import SLOT
from .host import Host
from .stand_in import Cartridge, Geometry, StandIn

_DESCRIPTORS = 8  # where the first page begins, with its element type


class BadAdapter(StandIn):
    """Every page is of a type that there is not (mtx: illegal Element Type Code 83 reported)."""

    def execute(self, cdb: bytes) -> Reply:
        reply = super().execute(cdb)
        if cdb[0] != 0xB8 or len(reply.data) <= _DESCRIPTORS:
            return reply
        data = bytearray(reply.data)
        data[_DESCRIPTORS] |= 0x80
        return Reply(reply.status, bytes(data))


@pytest.mark.parametrize("command", ["list", "listall"])
def test_page_of_an_unknown_type_is_no_empty_list(host: Host, command: str) -> None:
    """A SPECTRA 215 behind a bad adapter."""
    library = BadAdapter("BAD", Geometry.of(slots=4, mail=1, drives=1))
    first = library.geometry.ranges[SLOT][0]
    library.at[first] = Cartridge(1, "A00001L8", home=first)
    host.attach(library)
    answer = host.autochanger(command)
    assert (answer.status, answer.out) == (1, "")
    assert host.changer("status").error == "malformed-data"
    assert host.mtx("status").status == 1
