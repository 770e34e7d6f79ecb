"""Libraries, their drives, and what their models can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from changer.store.records import DriveIdentity, LibraryRecord
from changer.store.rows import read_records
from changer.store.tables import Tables

__all__ = ["LibraryTables"]

_LAST_SEEN_SECONDS = 3600.0  # how exact last_seen_at is kept


@dataclass(frozen=True, slots=True)
class _Capability:
    name: str
    value: str


class LibraryTables(Tables):
    """Rows that a read of the library could restore. Contracts: ``changer.store.Store``."""

    def remember_library(
        self,
        library_id: str,
        *,
        vendor: str,
        product: str,
        revision: str,
        serial: str | None,
        device: str | None,
    ) -> None:
        """Insert or update, unless nothing would change."""
        now = self._clock.now()
        known = self.library(library_id)
        if known is not None and abs(now - known.last_seen_at) < _LAST_SEEN_SECONDS:
            said = (vendor, product, revision, serial, device)
            if said == (known.vendor, known.product, known.revision, known.serial, known.device):
                return
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO libraries (id, vendor, product, revision, serial, device,"
                " first_seen_at, last_seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET vendor = excluded.vendor,"
                " product = excluded.product, revision = excluded.revision,"
                " serial = excluded.serial, device = excluded.device,"
                " last_seen_at = excluded.last_seen_at",
                (library_id, vendor, product, revision, serial, device, now, now),
            )

    def libraries(self) -> tuple[LibraryRecord, ...]:
        """Every library remembered."""
        return self._database.records(LibraryRecord, "SELECT * FROM libraries ORDER BY id")

    def library(self, library_id: str) -> LibraryRecord | None:
        """One library."""
        return self._database.record(
            LibraryRecord, "SELECT * FROM libraries WHERE id = ?", (library_id,)
        )

    def forget_library(self, library_id: str) -> bool:
        """Delete the library; foreign keys take along what refers to it."""
        with self._database.transaction():
            known = self.library(library_id)
            if known is None:
                return False
            self._database.execute("DELETE FROM libraries WHERE id = ?", (library_id,))
            model = (known.vendor, known.product, known.revision)
            self._database.execute(
                "DELETE FROM capabilities WHERE (vendor, product, revision) = (?, ?, ?)"
                " AND (vendor, product, revision) NOT IN"
                " (SELECT vendor, product, revision FROM libraries)",
                model,
            )
        return True

    def prevent_removal(self, library_id: str, *, prevented: bool) -> None:
        """Keep whether people are to be kept from taking media out."""
        with self._database.transaction():
            self._require_library(library_id)
            self._database.execute(
                "UPDATE libraries SET removal_prevented_at = ? WHERE id = ?",
                (self._clock.now() if prevented else None, library_id),
            )

    def drives(self, library_id: str) -> tuple[DriveIdentity, ...] | None:
        """The drives as last read."""
        rows = self._database.execute(
            "SELECT drives.* FROM libraries LEFT JOIN drives ON drives.library_id = libraries.id"
            " WHERE libraries.id = ? AND libraries.drives_read_at IS NOT NULL"
            " ORDER BY drives.address",
            (library_id,),
        )
        if not rows:
            return None
        return read_records(DriveIdentity, (row for row in rows if row["library_id"] is not None))

    def replace_drives(self, library_id: str, identities: Sequence[DriveIdentity]) -> None:
        """Keep these drives instead of what was kept."""
        drives = sorted(identities, key=lambda drive: drive.address)
        if self.drives(library_id) == tuple(drives):
            return
        with self._database.transaction():
            self._require_library(library_id)
            self._delete_drives(library_id, read_at=self._clock.now())
            for drive in drives:
                self._database.execute(
                    "INSERT INTO drives (library_id, address, serial, vendor, product)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (library_id, drive.address, drive.serial, drive.vendor, drive.product),
                )

    def forget_drives(self, library_id: str) -> None:
        """The drives must be read again."""
        if self.drives(library_id) is None:
            return
        with self._database.transaction():
            self._delete_drives(library_id, read_at=None)

    def capabilities(self, *, vendor: str, product: str, revision: str) -> dict[str, str]:
        """What a model has shown."""
        rows = self._database.records(
            _Capability,
            "SELECT name, value FROM capabilities"
            " WHERE vendor = ? AND product = ? AND revision = ? ORDER BY name",
            (vendor, product, revision),
        )
        return {row.name: row.value for row in rows}

    def learn_capability(
        self, name: str, value: str, *, vendor: str, product: str, revision: str
    ) -> None:
        """Keep one thing that a model has shown."""
        if self.capabilities(vendor=vendor, product=product, revision=revision).get(name) == value:
            return
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO capabilities (vendor, product, revision, name, value, learned_at)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (vendor, product, revision, name)"
                " DO UPDATE SET value = excluded.value, learned_at = excluded.learned_at",
                (vendor, product, revision, name, value, self._clock.now()),
            )

    def forget_capabilities(self, *, vendor: str, product: str, revision: str) -> None:
        """The model must be tried again."""
        if not self.capabilities(vendor=vendor, product=product, revision=revision):
            return
        with self._database.transaction():
            self._database.execute(
                "DELETE FROM capabilities WHERE vendor = ? AND product = ? AND revision = ?",
                (vendor, product, revision),
            )

    def _delete_drives(self, library_id: str, *, read_at: float | None) -> None:
        self._database.execute("DELETE FROM drives WHERE library_id = ?", (library_id,))
        self._database.execute(
            "UPDATE libraries SET drives_read_at = ? WHERE id = ?", (read_at, library_id)
        )
