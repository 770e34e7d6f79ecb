"""The library that a host of the lab keeps, and its own record of what it was asked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .guest import Guest
from .rehearsal import TRACE

NAME = "shared"
_MOVE_MEDIUM = 0xA5


@dataclass(frozen=True, slots=True)
class Move:
    """A MOVE MEDIUM that came to the library. ``at``: when, by its host's clock, ISO 8601."""

    at: str
    source: int
    destination: int
    status: int | None  # None: its host took it back before there was one

    @property
    def seconds(self) -> float:
        """The same time, of the epoch."""
        return datetime.fromisoformat(self.at).timestamp()


@dataclass(slots=True)
class ExportedLibrary:
    """``guest``: the host that keeps it, and nothing else to do."""

    guest: Guest

    @property
    def truth(self) -> Any:
        """``changer sim show``."""
        return self.guest.do("changer", "sim", "show", NAME, "--json").document

    @property
    def contents(self) -> dict[int, str]:
        """The labels of all cartridges, by the addresses of their elements."""
        full = (each for each in self.truth["elements"] if each["cartridge"])
        return {each["address"]: each["cartridge"]["tag"] for each in full}

    @property
    def cleanings(self) -> dict[str, int]:
        """How often each cleaning cartridge has cleaned, by its label."""
        every = (each["cartridge"] for each in self.truth["elements"] if each["cartridge"])
        return {each["tag"]: each["cleans_used"] for each in every if each["cleans_allowed"]}

    @property
    def addresses(self) -> dict[str, int]:
        """Of places, as ``changer`` names them."""
        kinds = {2: "slot", 3: "mail slot", 4: "drive"}
        return {
            f"{kinds[each['kind']]} {each['place'].split(':')[-1]}": each["address"]
            for each in self.truth["elements"]
            if each["kind"] in kinds
        }

    @property
    def moves(self) -> list[Move]:
        """Those that came to the changer, in order; what the kernel refused did not come."""
        found = []
        for line in (self.guest.folder / "disk" / TRACE).read_text().splitlines():
            record = json.loads(line)
            cdb = bytes.fromhex(record.get("cdb", ""))
            if cdb[:1] == bytes([_MOVE_MEDIUM]):
                source, destination = (int.from_bytes(cdb[at : at + 2], "big") for at in (4, 6))
                found.append(Move(record["at"], source, destination, record.get("status")))
        return found

    def operator(self, words: str) -> None:
        """``changer sim operator``: what a person does there."""
        self.guest.do("changer", "sim", "operator", NAME, *words.split())

    def fault(self, words: str) -> None:
        """``changer sim fault``, at another terminal."""
        self.guest.do("changer", "sim", "fault", NAME, *words.split())
