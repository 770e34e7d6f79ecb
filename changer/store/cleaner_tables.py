"""The reserved slot and its cleaning cartridge; what changes them completes an operation."""

from __future__ import annotations

from changer.errors import AlreadyReserved, NoSlotReserved
from changer.store.operation_tables import OperationTables
from changer.store.records import Cleaner, Reservation

__all__ = ["CleanerTables"]


class CleanerTables(OperationTables):
    """Contracts: ``changer.store.Store``."""

    def reservation(self, library_id: str) -> Reservation | None:
        """The slot reserved for the cleaning cartridge."""
        return self._database.record(
            Reservation, "SELECT * FROM reservations WHERE library_id = ?", (library_id,)
        )

    def cleaner(self, library_id: str) -> Cleaner | None:
        """The cleaning cartridge that was brought in."""
        return self._database.record(
            Cleaner, "SELECT * FROM cleaners WHERE library_id = ?", (library_id,)
        )

    def reserve(self, operation_id: str, *, slot_address: int) -> Reservation:
        """Reserve the slot and complete the operation, as one."""
        with self._database.transaction():
            library_id = self._running(operation_id, "reserve").library_id
            known = self.reservation(library_id)
            if known is not None:
                raise AlreadyReserved(
                    f"library {library_id} has a reserved slot already: element address"
                    f" {known.slot_address}",
                    hint="release it first: changer cleaner release",
                )
            reservation = Reservation(library_id, slot_address, self._clock.now())
            self._database.execute(
                "INSERT INTO reservations (library_id, slot_address, reserved_at) VALUES (?, ?, ?)",
                (library_id, slot_address, reservation.reserved_at),
            )
            self._complete(operation_id, slot_address=slot_address)
        return reservation

    def release(self, operation_id: str) -> None:
        """Remove reservation and cleaner, complete the operation, as one."""
        with self._database.transaction():
            library_id = self._running(operation_id, "release").library_id
            known = self.reservation(library_id)
            if known is None:
                raise NoSlotReserved(
                    f"library {library_id} has no reserved slot",
                    hint="reserve one: changer cleaner reserve SLOT",
                )
            self._database.execute("DELETE FROM cleaners WHERE library_id = ?", (library_id,))
            self._database.execute("DELETE FROM reservations WHERE library_id = ?", (library_id,))
            self._complete(operation_id, slot_address=known.slot_address)

    def insert_cleaner(
        self, operation_id: str, *, volume_tag: str | None, cleans_left: int | None
    ) -> Cleaner:
        """Record the cartridge in the reserved slot, complete the operation, as one."""
        with self._database.transaction():
            operation = self._running(operation_id, "insert")
            known = self._reserved(operation.library_id)
            self._database.execute(
                "INSERT OR REPLACE INTO cleaners (library_id, volume_tag, cleans_left)"
                " VALUES (?, ?, ?)",
                (operation.library_id, volume_tag, cleans_left),
            )
            self._complete(operation_id, slot_address=known.slot_address)
        return Cleaner(operation.library_id, volume_tag, cleans_left, None)

    def eject_cleaner(self, operation_id: str) -> None:
        """Forget the cartridge, complete the operation, as one."""
        with self._database.transaction():
            operation = self._running(operation_id, "eject")
            known = self._reserved(operation.library_id)
            self._database.execute(
                "DELETE FROM cleaners WHERE library_id = ?", (operation.library_id,)
            )
            self._complete(operation_id, slot_address=known.slot_address)

    def count_use(self, operation_id: str, *, spent: bool = False) -> Cleaner | None:
        """Count the use that a clean made of the cleaner, once however often this is called.

        ``spent``: the drive says that none is left. The cleaner afterwards, if one is known.
        """
        with self._database.transaction():
            operation = self._operation(operation_id)
            left = "0" if spent else "max(cleans_left - 1, 0)"
            if spent or not operation.use_counted:
                self._database.execute(
                    f"UPDATE cleaners SET cleans_left = {left}, last_used_at = ?"  # noqa: S608
                    " WHERE library_id = ?",
                    (self._clock.now(), operation.library_id),
                )
                self._database.execute(
                    "UPDATE operations SET use_counted = 1 WHERE id = ?", (operation_id,)
                )
            return self.cleaner(operation.library_id)

    def count_no_use(self, operation_id: str) -> None:
        """Record that a clean did not use the cleaner: no use is counted for it any more."""
        self._write("UPDATE operations SET use_counted = 1 WHERE id = ?", (operation_id,))

    def _reserved(self, library_id: str) -> Reservation:
        known = self.reservation(library_id)
        if known is None:
            raise NoSlotReserved(
                f"library {library_id} has no reserved slot any more",
                hint="reserve one: changer cleaner reserve SLOT",
            )
        return known
