"""Tables of cleaner management: reserved slots, cleaning cartridges, claims."""

from __future__ import annotations

from changer.errors import AlreadyReserved, BeingCleaned, NoSlotReserved
from changer.store.journal_tables import JournalTables
from changer.store.records import Claim, Cleaner, Operation, Reservation

_SECONDS_OF_DAY = 86_400
_USED_DAYS = (
    f"SELECT DISTINCT CAST(started_at AS BIGINT) / {_SECONDS_OF_DAY} AS day FROM"  # noqa: S608
    " (SELECT started_at FROM operations UNION ALL SELECT started_at FROM moves) AS begun"
)


class CleanerTables(JournalTables):
    """Contracts: ``changer.store.protocol.Store``."""

    def reservations(self, library_id: str) -> tuple[Reservation, ...]:
        return self._database.select(
            Reservation, "reservations", "ORDER BY id", library_id=library_id
        )

    def cleaners(self, library_id: str) -> tuple[Cleaner, ...]:
        return self._database.select(Cleaner, "cleaners", "ORDER BY id", library_id=library_id)

    def claims(self, library_id: str) -> tuple[Claim, ...]:
        return self._database.select(Claim, "claims", "ORDER BY address", library_id=library_id)

    def claim(self, operation_id: str, *addresses: int) -> None:
        with self._database.transaction():
            library_id = self._running(operation_id, "clean").library_id
            for address in addresses:
                known = self._database.find(Claim, "claims", library_id=library_id, address=address)
                if known is not None and known.operation_id != operation_id:
                    raise BeingCleaned(
                        f"element {address} of {library_id} is in use by a cleaning",
                        hint="changer operations shows it; try again when it is over",
                    )
                if known is None:
                    self._database.insert(
                        "claims", library_id=library_id, address=address, operation_id=operation_id
                    )

    def reserve(self, operation_id: str, *, slot_address: int) -> Reservation:
        with self._database.transaction():
            library_id = self._running(operation_id, "reserve").library_id
            if self._is_reserved(library_id, slot_address):
                raise AlreadyReserved(
                    f"element address {slot_address} of {library_id} is already reserved",
                    hint="release it first: changer cleaner release",
                )
            now = self._clock.now()
            self._database.insert(
                "reservations", library_id=library_id, slot_address=slot_address, reserved_at=now
            )
            self._complete(operation_id, slot_address=slot_address)
        return Reservation(library_id, slot_address, now)

    def release(self, operation_id: str, *, slot_address: int) -> None:
        with self._database.transaction():
            library_id = self._running(operation_id, "release").library_id
            self._require_reserved(library_id, slot_address)
            self._leave(library_id, slot_address)
            self._database.delete("reservations", library_id=library_id, slot_address=slot_address)
            self._complete(operation_id, slot_address=slot_address)

    def insert_cleaner(
        self,
        operation_id: str,
        *,
        slot_address: int,
        volume_tag: str | None,
        family: str | None,
        cleans_left: int | None,
        known: Cleaner | None = None,
    ) -> Cleaner:
        with self._database.transaction():
            operation = self._running(operation_id, "insert")
            library_id = operation.library_id
            self._require_reserved(library_id, slot_address)
            values: dict[str, object] = {"first_seen_at": self._clock.now()}
            if known is not None:  # what is on record now, not when the caller read it
                known = self._database.find(Cleaner, "cleaners", id=known.id) or known
                self._database.delete("cleaners", id=known.id)
                values = known._asdict()
                if operation.cleans_told or known.cleans_left not in (None, cleans_left):
                    values |= {"condition": "usable", "why": None}
            self._leave(library_id, slot_address)
            values |= {
                "library_id": library_id,
                "volume_tag": volume_tag,
                "slot_address": slot_address,
                "family": family or (known.family if known else None),
                "cleans_left": cleans_left,
                "left_at": None,
            }
            self._database.insert("cleaners", **values)
            self._complete(operation_id, slot_address=slot_address)
            return self._found_cleaner(library_id, slot_address)

    def eject_cleaner(
        self, operation_id: str, *, slot_address: int, cleaner_id: int | None = None
    ) -> None:
        with self._database.transaction():
            library_id = self._running(operation_id, "eject").library_id
            self._require_reserved(library_id, slot_address)
            known = self._cleaner_of(library_id, slot_address)
            if known is not None and cleaner_id in (None, known.id):
                self._leave(library_id, slot_address)
            self._complete(operation_id, slot_address=slot_address)

    def lose_cleaner(self, library_id: str, *, slot_address: int) -> None:
        with self._database.transaction():
            self._leave(library_id, slot_address)

    def drop_long_gone(self, library_id: str, *, kept_days: int) -> tuple[Cleaner, ...]:
        now = self._clock.now()
        away = [each for each in self.cleaners(library_id) if each.left_at is not None]
        if all(now - (each.left_at or now) <= kept_days * _SECONDS_OF_DAY for each in away):
            return ()
        from changer.store.kept_cleaners import long_gone

        with self._database.transaction():
            used_days = [row["day"] for row in self._database.execute(_USED_DAYS)]
            today = int(now // _SECONDS_OF_DAY)
            gone = long_gone(away, today=today, kept_days=kept_days, used_days=used_days)
            for each in gone:
                self._database.delete("cleaners", id=each.id, left_at=each.left_at)
        return gone

    def count_use(
        self,
        operation_id: str,
        *,
        spent: bool = False,
        rejected: bool = False,
        why: str | None = None,
        still_requested: bool | None = None,
    ) -> Cleaner | None:
        with self._database.transaction():
            operation = self._operation(operation_id)
            known = self._used_by(operation)
            if not operation.use_counted and known is not None:
                left = known.cleans_left
                self._change(
                    known,
                    uses=known.uses + 1,
                    cleans_left=None if left is None else max(left - 1, 0),
                    last_used_at=self._clock.now(),
                )
            if spent and known is not None:
                self._change(known, cleans_left=0, condition="spent", why=why)
            elif rejected and known is not None:
                self._change(known, condition="rejected", why=why)
            self._mark_counted(operation_id)
            if still_requested is not None:
                self._database.execute(
                    "UPDATE operations SET still_requested = ? WHERE id = ?",
                    (int(still_requested), operation_id),
                )
            return self._used_by(operation)

    def count_no_use(self, operation_id: str) -> None:
        with self._database.transaction():
            self._mark_counted(operation_id)

    def _mark_counted(self, operation_id: str) -> None:
        self._database.execute(
            "UPDATE operations SET use_counted = 1 WHERE id = ?", (operation_id,)
        )

    def reject_cleaner(self, operation_id: str, *, why: str) -> None:
        with self._database.transaction():
            known = self._used_by(self._operation(operation_id))
            if known is not None:
                self._change(known, condition="rejected", why=why)
            self._mark_counted(operation_id)

    def _change(self, cleaner: Cleaner, **values: object) -> None:
        changes = ", ".join(f"{name} = ?" for name in values)
        self._database.execute(
            f"UPDATE cleaners SET {changes} WHERE id = ?",  # noqa: S608
            (*values.values(), cleaner.id),
        )

    def _used_by(self, operation: Operation) -> Cleaner | None:
        """The cleaner at home in an operation's slot.

        An older version did not always record the slot: it was the only one there was.
        """
        address = operation.slot_address
        if address is None:
            first = self._database.find(
                Reservation, "reservations", library_id=operation.library_id
            )
            address = first.slot_address if first else None
        return None if address is None else self._cleaner_of(operation.library_id, address)

    def _cleaner_of(self, library_id: str, slot_address: int) -> Cleaner | None:
        return self._database.find(
            Cleaner, "cleaners", library_id=library_id, slot_address=slot_address
        )

    def _found_cleaner(self, library_id: str, slot_address: int) -> Cleaner:
        found = self._cleaner_of(library_id, slot_address)
        assert found is not None, "it was just recorded"
        return found

    def _away(self, library_id: str, volume_tag: str | None) -> Cleaner | None:
        if volume_tag is None:
            return None
        return self._database.find(
            Cleaner, "cleaners", library_id=library_id, volume_tag=volume_tag, slot_address=None
        )

    def _leave(self, library_id: str, slot_address: int) -> None:
        """Keep what is known of a slot's cartridge by its label; without one it is lost.

        Of two with one label that are both away, the one with fewer cleanings left is kept.
        """
        known = self._cleaner_of(library_id, slot_address)
        if known is None:
            return
        other = self._away(library_id, known.volume_tag)
        lost = known if known.volume_tag is None else other
        if other is not None and _cleanings(other) < _cleanings(known):
            lost = known
        if lost is not None:
            self._database.delete("cleaners", id=lost.id)
        if lost != known:
            self._change(known, slot_address=None, left_at=self._clock.now())

    def _is_reserved(self, library_id: str, slot_address: int) -> bool:
        return any(each.slot_address == slot_address for each in self.reservations(library_id))

    def _require_reserved(self, library_id: str, slot_address: int) -> None:
        if not self._is_reserved(library_id, slot_address):
            raise NoSlotReserved(
                f"element address {slot_address} of {library_id} is no longer reserved",
                hint="reserve it: changer cleaner reserve SLOT",
            )


def _cleanings(cleaner: Cleaner) -> float:
    """How many are left at most."""
    if cleaner.condition != "usable":
        return 0
    return float("inf") if cleaner.cleans_left is None else cleaner.cleans_left
