"""A virtual library of a profile, made to hold what a captured reply of its model shows."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clocks import HandClock

from changer.simulator.catalogue import changing
from changer.simulator.creation import create
from changer.simulator.geometry import Kind
from changer.simulator.state import CLEANING_MEDIUM, Cartridge, State
from changer.simulator.transport import SharedLibrary, SimulatedTransport
from changer.smc.cdb import raw
from changer.smc.command import Reply
from changer.smc.element_status import parse_element_status
from changer.smc.elements import Element
from changer.values import replace

FOLDER = Path(__file__).parents[2] / "data" / "captures"
NAME = "captured"
READ_ELEMENT_STATUS = 0xB8
# CDBs that the source of a capture gives in words (its note).
TOLD_IN_WORDS = {
    "quadstor-msl-g3-remanence": (
        "b8 14 00 00 ff ff 03 00 ff ff 00 00",
        "b8 10 00 00 ff ff 00 00 ff ff 00 00",
    )
}


@dataclass(frozen=True)
class Captured:
    """An exchange of a capture, whose source gives its CDB."""

    cdb: bytes
    data: bytes
    sense: bytes
    expect: dict[str, Any]

    @property
    def line(self) -> str:
        """As a line of a trace, which ``mhvtl.fields`` takes apart."""
        return trace_line(self.cdb, 2 if self.sense else 0, self.data, self.sense)


def trace_line(cdb: bytes, status: int, data: bytes, sense: bytes) -> str:
    fields = {"cdb": cdb.hex(), "status": status, "data": data.hex(), "sense": sense.hex()}
    return json.dumps(fields)


def captured(file: str) -> Iterator[Captured]:
    """The exchanges of one capture whose CDB is known."""
    kept = tomllib.loads((FOLDER / f"{file}.toml").read_text())
    told = iter(TOLD_IN_WORDS.get(file, ()))
    for each in kept["exchange"]:
        text = each.get("cdb")
        if text is None and each["name"] == "READ ELEMENT STATUS":
            text = next(told, None)
        if text is not None:
            cdb = bytes.fromhex(text)
            data, sense = (bytes.fromhex(each.get(name, "")) for name in ("data", "sense"))
            yield Captured(cdb, data, sense, each["expect"])


class CapturedLibrary:
    """Elements, cartridges and drives as a reply with labels and identifiers shows them."""

    def __init__(
        self, folder: Path, profile: str, shown: tuple[bytes, ...], **fields: object
    ) -> None:
        """``shown``: by replies that have every element between them, drives with identifiers."""
        self._folder = folder
        found = [each for data in shown for each in parse_element_status(data).elements]
        # The first that shows an element, which has the identifier.
        by_address = {each.address: each for each in reversed(found)}
        elements = [by_address[address] for address in sorted(by_address)]
        by_kind = {kind: [e for e in elements if e.element_type == kind.value] for kind in Kind}
        drives = by_kind[Kind.DRIVE]
        names = drives[0].identifier
        assert names is not None
        create(
            NAME,
            folder=folder,
            profile=profile,
            slots=len(by_kind[Kind.STORAGE]),
            drives=len(drives),
            mail=len(by_kind[Kind.MAIL]),
            drive_vendor=names.vendor,
            drive_product=names.product,
            data_cartridges=0,
            cleaners=0,
            **fields,
        )
        with changing(NAME, folder=folder) as state:
            for element in elements:
                if element.full:
                    state.put(element.address, _cartridge(element))
            for number, drive in enumerate(drives):
                _name(state, number, drive)

    def answer(self, cdb: bytes) -> str:
        """The line of a trace of what it answers."""
        reply = self._execute(cdb)
        return trace_line(cdb, reply.status, reply.data, reply.sense)

    def mode_page(self, code: int) -> bytes:
        """A page of MODE SENSE (10), after the header and an empty block descriptor."""
        data = self._execute(bytes([0x5A, 0, code, 0, 0, 0, 0, 0x10, 0, 0])).data
        assert data[6:16] == bytes([0, 8]) + bytes(8)
        return data[16:]

    def _execute(self, cdb: bytes) -> Reply:
        shared = SharedLibrary(NAME, folder=self._folder)
        transport = SimulatedTransport(shared, clock=HandClock())
        reply = transport.execute(raw(cdb, allocation_length=0x10000, timeout_seconds=60))
        transport.close()
        return reply


def _cartridge(element: Element) -> Cartridge:
    return Cartridge(
        tag=str(element.volume_tag or ""),
        medium_type=element.medium_type,
        source_address=element.source_address,
        operator_placed=False,
        cleans_allowed=50 if element.medium_type == CLEANING_MEDIUM else 0,
    )


def _name(state: State, number: int, drive: Element) -> None:
    assert drive.identifier is not None
    serial = drive.identifier.serial or ""
    state.drives[number] = replace(state.drives[number], serial=serial, mounted=drive.full)
