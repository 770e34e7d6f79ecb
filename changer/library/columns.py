"""Columns of a status: the one table of what JSON documents and text hold of each element."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any

from changer.library.attention import Finding
from changer.library.status import (
    CleanerStatus,
    DriveStatus,
    ExceptionStatus,
    ImportExportStatus,
    LibraryStatus,
    MailStatus,
    PickerStatus,
    SlotStatus,
)
from changer.values import NamedTuple


class Cell(IntEnum):
    """The cells of a line: which element it is, what it holds, and notes."""

    NAME = 0
    CONTENT = 1
    NOTES = 2


class Column(NamedTuple):
    """One thing that is shown of a row.

    name   attribute of the row.
    key    in JSON documents, None where they leave it out.
    words  for people, from the whole row: text of one cell, or None for nothing to say.
    cell   of the line that the words belong to; ``first``: before the words of other columns.
    """

    name: str
    key: str | None
    words: Callable[[Any], str | None] | None = None
    cell: Cell = Cell.NOTES
    first: bool = False


def _keys(*names: str) -> tuple[Column, ...]:
    """What only documents hold, each under its own name."""
    return tuple(Column(name, name) for name in names)


def _content(row: SlotStatus | DriveStatus | PickerStatus) -> str:
    if row.full:
        return row.volume_tag or "full (no label)"
    if not isinstance(row, PickerStatus) and row.present is False:
        return "not present"
    return "unknown" if row.full is None else "empty"


def _exception_words(row: SlotStatus | DriveStatus | PickerStatus) -> str | None:
    exception = row.exception
    # A cleaner's place is flagged as an exception by many libraries: nothing to worry about.
    if exception is None or row.cleaner:
        return None
    return f"{exception.text} ({exception.asc:02X}/{exception.ascq:02X})"


def _cleaner_words(row: SlotStatus | DriveStatus | PickerStatus) -> str | None:
    return "cleaning cartridge" if row.cleaner else None


def _source_words(drive: DriveStatus) -> str | None:
    if drive.source_mail is not None:
        return f"from mail slot {drive.source_mail}"
    return None if drive.source_slot is None else f"from slot {drive.source_slot}"


def _access_words(drive: DriveStatus) -> str | None:
    return "not accessible" if not drive.full and drive.accessible is False else None


def _request_words(drive: DriveStatus) -> str | None:
    return {"requested": "asks for cleaning", "required": "must be cleaned now"}.get(
        drive.cleaning_request or ""
    )


def _device_words(drive: DriveStatus) -> str | None:
    return drive.device or "no tape device" if drive.serial else None


def _operator_words(mail: MailStatus) -> str | None:
    placed = mail.import_export is not None and mail.import_export.operator_placed
    return "put there by a person" if placed and mail.full else None


_SLOT = (
    Column("number", "number", lambda slot: f"slot {slot.number}", Cell.NAME),
    Column("address", "address"),
    Column("full", "full", _content, Cell.CONTENT),
    *_keys("present", "volume_tag", "medium_type"),
    Column("cleaner", "cleaner", _cleaner_words),
    Column("exception", "exception", _exception_words),
    Column(
        "reserved",
        "reserved",
        lambda slot: "reserved for a cleaner" if slot.reserved else None,
        first=True,
    ),
)

COLUMNS: dict[type[Any], tuple[Column, ...]] = {
    LibraryStatus: _keys(
        "cleaner", "cleaners", "drives", "slots", "mail", "picker", "removal_prevented"
    ),
    CleanerStatus: _keys("slot", "volume_tag", "cleans_left"),
    DriveStatus: (
        Column("number", "number", lambda drive: f"drive {drive.number}", Cell.NAME),
        Column("address", "address"),
        Column("full", "full", _content, Cell.CONTENT),
        *_keys("present", "volume_tag", "medium_type"),
        Column("cleaner", "cleaner", _cleaner_words),
        Column("source_slot", "source_slot", _source_words),
        *_keys("source_mail"),
        Column("accessible", "accessible", _access_words),
        Column("exception", "exception", _exception_words, first=True),
        Column(
            "serial",
            "serial",
            lambda drive: f"serial {drive.serial}" if drive.serial else "serial not reported",
        ),
        Column("device", "device", _device_words),
        Column("cleaning_request", "cleaning_request", _request_words),
    ),
    SlotStatus: _SLOT,
    MailStatus: (
        Column("number", "number", lambda mail: f"mail {mail.number}", Cell.NAME),
        *_SLOT[1:],
        Column("import_export", "import_export", _operator_words),
    ),
    PickerStatus: (
        Column("address", "address", lambda _: "picker", Cell.NAME),
        Column("full", "full", _content, Cell.CONTENT),
        Column("volume_tag", "volume_tag"),
        Column("cleaner", "cleaner", _cleaner_words),
        Column("exception", "exception", _exception_words),
    ),
    Finding: _keys("code", "level", "words", "hint", "places"),
    ExceptionStatus: _keys("asc", "ascq", "text"),
    ImportExportStatus: _keys("operator_placed", "import_enabled", "export_enabled"),
}


def as_document(value: Any) -> Any:
    """A status as JSON holds it: of each row the keys of its columns."""
    columns = COLUMNS.get(type(value))
    if columns is None:
        return [as_document(each) for each in value] if isinstance(value, tuple) else value
    return {each.key: as_document(getattr(value, each.name)) for each in columns if each.key}


def text_cells(row: Any) -> tuple[str, ...]:
    """A row as people read it: its name, what it holds, and notes."""
    columns = sorted(COLUMNS[type(row)], key=lambda each: not each.first)
    told = [(each.cell, each.words(row)) for each in columns if each.words is not None]
    return tuple(", ".join(words for at, words in told if at is cell and words) for cell in Cell)
