"""Tables of libraries: drives, capabilities, cleanings of drives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Unpack

from changer.store.cartridge_tables import TransferTables
from changer.store.database import read_records
from changer.store.records import CleaningRequest, DriveCondition, DriveIdentity, LibraryRecord
from changer.values import NamedTuple

if TYPE_CHECKING:
    from changer.store.fields import Seen

_OF_LIBRARY = (
    "drives",
    "capabilities",
    "reservations",
    "cleaners",
    "claims",
    "transfers",
    "operations",
    "moves",
    "drive_conditions",
    "sightings",
    "events",
    "pruned_totals",
)
_OF_FIRMWARE = ("vendor", "product", "revision")  # with another one, it may know more, or less
_LAST_SEEN_SECONDS = 3600.0  # how exact last_seen_at is kept
# A unit attention that says that a library was refitted may go to another program.
_CAPABLE_SECONDS = 86400.0


class _Capability(NamedTuple):
    name: str
    value: str
    learned_at: float


class LibraryTables(TransferTables):
    """Contracts: ``changer.store.protocol.Store``."""

    def remember_library(self, library_id: str, **seen: Unpack[Seen]) -> None:
        now, known = self._clock.now(), self.library(library_id)
        is_recent = known is not None and abs(now - known.last_seen_at) < _LAST_SEEN_SECONDS
        if is_recent and all(getattr(known, name) == value for name, value in seen.items()):
            return
        values: dict[str, object] = {**seen, "last_seen_at": now}
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        changes = ", ".join(f"{name} = excluded.{name}" for name in values)
        with self._database.transaction():
            self._database.execute(
                f"INSERT INTO libraries (id, first_seen_at, {names}) VALUES (?, ?, {marks})"  # noqa: S608
                f" ON CONFLICT (id) DO UPDATE SET {changes}",
                (library_id, now, *values.values()),
            )
            if known and any(getattr(known, each) != values[each] for each in _OF_FIRMWARE):
                self._database.delete("capabilities", library_id=library_id)

    def libraries(self) -> tuple[LibraryRecord, ...]:
        return self._database.select(LibraryRecord, "libraries", "ORDER BY id")

    def library(self, library_id: str) -> LibraryRecord | None:
        return self._database.find(LibraryRecord, "libraries", id=library_id)

    def forget_library(self, library_id: str) -> bool:
        with self._database.transaction():
            if self.library(library_id) is None:
                return False
            self._database.delete("libraries", id=library_id)
        return True

    def rename_library(self, library_id: str, new_id: str) -> None:
        with self._database.transaction():
            self._database.defer_references()
            self._database.execute("UPDATE libraries SET id = ? WHERE id = ?", (new_id, library_id))
            for table in _OF_LIBRARY:
                self._database.execute(
                    f"UPDATE {table} SET library_id = ? WHERE library_id = ?",  # noqa: S608
                    (new_id, library_id),
                )
            self._database.execute(
                "UPDATE drive_conditions SET drive = ? || substr(drive, ?)"
                " WHERE substr(drive, 1, ?) = ?",
                (f"{new_id}@", len(library_id) + 2, len(library_id) + 1, f"{library_id}@"),
            )

    def prevent_removal(self, library_id: str, *, prevented: bool) -> None:
        with self._database.transaction():
            self._require_library(library_id)
            self._database.execute(
                "UPDATE libraries SET removal_prevented_at = ? WHERE id = ?",
                (self._clock.now() if prevented else None, library_id),
            )

    def drives(self, library_id: str) -> tuple[DriveIdentity, ...] | None:
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
        drives = sorted(identities, key=lambda drive: drive.address)
        if self.drives(library_id) == tuple(drives):
            return
        with self._database.transaction():
            self._require_library(library_id)
            self._delete_drives(library_id, read_at=self._clock.now())
            for drive in drives:
                self._database.insert(
                    "drives",
                    library_id=library_id,
                    address=drive.address,
                    serial=drive.serial,
                    vendor=drive.vendor,
                    product=drive.product,
                )

    def forget_drives(self, library_id: str) -> None:
        if self.drives(library_id) is None:
            return
        with self._database.transaction():
            self._delete_drives(library_id, read_at=None)

    def capabilities(self, library_id: str) -> dict[str, str]:
        rows = self._database.select(
            _Capability, "capabilities", "ORDER BY name", library_id=library_id
        )
        now = self._clock.now()
        return {row.name: row.value for row in rows if abs(now - row.learned_at) < _CAPABLE_SECONDS}

    def learn_capability(self, library_id: str, name: str, value: str) -> None:
        if self.capabilities(library_id).get(name) == value:
            return
        with self._database.transaction():
            self._require_library(library_id)
            self._database.delete("capabilities", library_id=library_id, name=name)
            self._database.insert(
                "capabilities",
                library_id=library_id,
                name=name,
                value=value,
                learned_at=self._clock.now(),
            )

    def forget_capabilities(self, library_id: str) -> None:
        if self._database.find(_Capability, "capabilities", library_id=library_id):
            with self._database.transaction():
                self._database.delete("capabilities", library_id=library_id)

    def _delete_drives(self, library_id: str, *, read_at: float | None) -> None:
        self._database.delete("drives", library_id=library_id)
        self._database.execute(
            "UPDATE libraries SET drives_read_at = ? WHERE id = ?", (read_at, library_id)
        )

    def lasts(self, library_id: str, *kinds: str) -> bool:
        marks = ", ".join("?" * len(kinds))
        return bool(
            self._database.execute(
                "SELECT 1 FROM events WHERE library_id = ? AND over_at IS NULL"  # noqa: S608
                f" AND kind IN ({marks}) LIMIT 1",
                (library_id, *kinds),
            )
        )

    def drive_condition(self, drive: str) -> DriveCondition | None:
        return self._database.find(DriveCondition, "drive_conditions", drive=drive)

    def drive_conditions(self, library_id: str | None) -> tuple[DriveCondition, ...]:
        return self._database.select(
            DriveCondition, "drive_conditions", "ORDER BY drive", library_id=library_id
        )

    def note_drive(
        self,
        drive: str,
        *,
        library_id: str | None,
        cleaning_request: CleaningRequest | None,
        flags: Iterable[int] = (),
    ) -> DriveCondition:
        with self._database.transaction():
            known = self._known(drive, library_id)
            kept = sorted(known.tape_alerts | set(flags))
            self._database.execute(
                "UPDATE drive_conditions SET library_id = ?, cleaning_request = ?, flags = ?,"
                " seen_at = ? WHERE drive = ?",
                (library_id, cleaning_request, ",".join(map(str, kept)), self._clock.now(), drive),
            )
            return self._known(drive, library_id)

    def drive_cleaned(self, drive: str, *, library_id: str | None) -> DriveCondition:
        with self._database.transaction():
            self._known(drive, library_id)
            now = self._clock.now()
            self._database.execute(
                "UPDATE drive_conditions SET library_id = ?, cleaning_request = NULL, flags = '',"
                " seen_at = ?, cleaned_at = ?, cleanings = cleanings + 1 WHERE drive = ?",
                (library_id, now, now, drive),
            )
            return self._known(drive, library_id)

    def _known(self, drive: str, library_id: str | None) -> DriveCondition:
        """Within a transaction: return the row of a drive, made if it is missing."""
        if library_id is not None:
            self._require_library(library_id)
        self._database.execute(
            "INSERT INTO drive_conditions (drive, library_id) VALUES (?, ?)"
            " ON CONFLICT (drive) DO NOTHING",
            (drive, library_id),
        )
        condition = self.drive_condition(drive)
        assert condition is not None, "it was just inserted"
        return condition
