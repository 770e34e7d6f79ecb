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
TABLES = ("reservations", "cleaners", "claims", "operations", "moves", "transfers")


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
    def reserved(self) -> tuple[int, ...]:
        """The addresses of the reserved slots, the first one first."""
        rows = sorted(self.rows["reservations"], key=lambda row: row["id"])
        return tuple(row["slot_address"] for row in rows)

    def place_of(self, tag: str) -> str | None:
        return next((at for at, each in self.cartridges.items() if each.tag == tag), None)


class Aftermath:
    """Runs the next processes, and looks after each that nothing is lost.

    ``beginning``: how things were before anything was killed. ``cleans``: that the cleaner had when
    it came in. ``reserved``: the slots that have to be reserved now, by what the dead process had
    committed. ``uses_too_many``: that are counted although they were none, as it alone knew.
    """

    def __init__(
        self,
        library: CleanerLibrary,
        beginning: Look,
        *,
        cleans: int,
        reserved: tuple[int, ...],
        uses_too_many: int = 0,
    ) -> None:
        self.library = library
        self.reserved = reserved
        self._beginning = beginning
        self._cleans, self._uses_too_many = cleans, uses_too_many

    def recover(self) -> None:
        """As ``changer recover`` does; then nothing is on its way any more."""
        assert self.call(recover) == "done"
        found = self.check().cartridges
        assert "picker" not in found
        in_drives = [each.tag for place, each in found.items() if place.startswith("drive")]
        assert not any(each.startswith("CLN") for each in in_drives), f"not at home: {in_drives}"

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
        self._check_transfers(look)
        operations = look.rows["operations"]
        assert all(each["finished_at"] is not None for each in operations), operations
        assert look.rows["claims"] == [], "a claim outlived its operation"
        return look

    def _check_cleaner(self, look: Look) -> None:
        """The store counts what the drives took, at home and away, and forgets no cleaner."""
        known = {row["volume_tag"] for row in look.rows["cleaners"]}
        began = {row["volume_tag"] for row in self._beginning.rows["cleaners"]}
        assert began <= known, f"{began - known} is forgotten"
        assert len(known) == len(look.rows["cleaners"]), "one cleaner has two rows"
        for row in look.rows["cleaners"]:
            place = look.place_of(row["volume_tag"] or "")
            is_home = row["slot_address"] is not None
            if place is None and not self.library.mail_is_open:  # else it may be in there
                assert not is_home, "the store has a cleaner in its slot that is out"
            # What was taken out was never used here.
            used = 0 if place is None else look.cartridges[place].cleans_used
            used += self._uses_too_many
            FIGURES.uses(expected=self._cleans - used, counted=row["cleans_left"])
            FIGURES.uses(expected=used, counted=row["uses"])

    def _check_transfers(self, look: Look) -> None:
        """What is on record as out or in a slot is there."""
        kinds = {row["id"]: row["kind"] for row in look.rows["operations"]}
        for row in look.rows["transfers"]:
            if row["outcome"] == "done" and kinds[row["operation_id"]] == "export":
                assert row["volume_tag"] in look.hand, row
            elif row["outcome"] == "done":
                assert (look.place_of(row["volume_tag"]) or "").isdecimal(), row

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
