"""Invariants after a process was killed and the next one ran."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from cleaning.cleaner_library import CleanerLibrary
from driver.virtual_library import EXCHANGE_MEDIUM, MOVE_MEDIUM, READ_ELEMENT_STATUS, Wire, error_of
from figures import FIGURES

from changer.cleaning.recover import recover

from .killing import Function
from .person import hand

MOTIONS = (MOVE_MEDIUM, EXCHANGE_MEDIUM)
TABLES = ("reservations", "cleaners", "operations", "moves")


class Look:
    """One look at the library as it truly is, at the person's hand, and into the store."""

    def __init__(self, library: CleanerLibrary) -> None:
        truth = library.truth
        self.cartridges = {
            each.place: each.cartridge for each in truth.elements if each.cartridge is not None
        }
        self.at = {each.address: self.cartridges.get(each.place) for each in truth.elements}
        self.hand = hand(library)
        self.tags = [*(each.tag for each in self.cartridges.values()), *self.hand]
        self.motions = sum(truth.commands.get(each, 0) for each in MOTIONS)
        with closing(sqlite3.connect(library.state)) as connection:
            connection.row_factory = sqlite3.Row
            self.rows: dict[str, list[dict[str, Any]]] = {
                table: [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]
                for table in TABLES
            }

    @property
    def reserved(self) -> int | None:
        """The address of the reserved slot."""
        return next((row["slot_address"] for row in self.rows["reservations"]), None)

    def place_of(self, tag: str) -> str | None:
        return next((at for at, each in self.cartridges.items() if each.tag == tag), None)


class Aftermath:
    """Runs the next processes, and looks after each that nothing is lost.

    ``beginning``: how things were before anything was killed. ``cleans``: that the cleaner had when
    it came in. ``reserved``: the slot that has to be reserved now, by what the dead process had
    committed. ``uses_too_many``: that are counted although they were none, as it alone knew.
    """

    def __init__(
        self,
        library: CleanerLibrary,
        beginning: Look,
        *,
        cleans: int,
        reserved: int | None,
        uses_too_many: int = 0,
    ) -> None:
        self.library = library
        self.reserved = reserved
        self._beginning = beginning
        self._least_cleans = cleans - uses_too_many

    def recover(self) -> None:
        """As ``changer recover`` does; then nothing is on its way any more."""
        assert self.call(recover) == "done"
        found = self.check().cartridges
        assert "picker" not in found
        assert "drive:0" not in found or not found["drive:0"].is_cleaner

    def run(self, function: Function) -> str:
        code = self.call(function)
        self.check()
        return code

    def call(self, function: Function) -> str:
        """The code of the error that a process ends with, or "done". It waits for no lock."""
        looked: list[int] = []

        def look_first(_: int, cdb: bytes) -> None:
            if cdb[0] in MOTIONS:
                assert READ_ELEMENT_STATUS in looked, "a motion without a look"
            looked.append(cdb[0])

        with self.library.open(wire=lambda inner: Wire(inner, before=look_first)) as opened:
            error = error_of(lambda: function(opened))
        return error.code if error else "done"

    def check(self) -> Look:
        """Every cartridge, the reservation, the uses, the operations, the journal."""
        look = Look(self.library)
        FIGURES.cartridges(before=self._beginning.tags, now=look.tags)
        FIGURES.reservation(expected=self.reserved, found=look.reserved)
        self._check_cleaner(look)
        self._check_journal(look)
        operations = look.rows["operations"]
        assert all(each["finished_at"] is not None for each in operations), operations
        return look

    def _check_cleaner(self, look: Look) -> None:
        """The store counts what the drives took, and knows no cleaner that is out."""
        for known in look.rows["cleaners"]:
            place = look.place_of(known["volume_tag"] or "")
            if place is None and self.library.mail_is_open:
                continue  # it may be in there, for all that the library says
            assert place is not None, "the store knows a cleaner that is out"
            expected = self._least_cleans - look.cartridges[place].cleans_used
            FIGURES.uses(expected=expected, counted=known["cleans_left"])

    def _check_journal(self, look: Look) -> None:
        """Every intent has an end, the last one is true, and none was sent twice."""
        moves = look.rows["moves"]
        assert all(each["outcome"] not in (None, "unknown") for each in moves), moves
        intents = len(moves) - len(self._beginning.rows["moves"])
        assert look.motions - self._beginning.motions <= intents, "a motion without its own intent"
        for each in moves[-1:]:
            tag, address = each["volume_tag"] or "", each["final_address"]
            found = look.at[each["source_address"] if address is None else address]
            assert tag in look.hand or (found is not None and found.tag == tag), each
