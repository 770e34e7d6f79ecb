"""Columns of a status: the one table of what JSON documents and text hold of each element."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any

from changer.library.findings import Finding
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

Row = SlotStatus | DriveStatus | PickerStatus


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
    cell   of the line that the words belong to; ``first``: before the words of other columns;
           ``spare``: left out of a line that is too long.
    title  by which people choose the column of a table, None where they can't.
    plain  its text under that title, from the whole row; None: the value as it is.
    """

    name: str
    key: str | None
    words: Callable[[Any], str | None] | None = None
    cell: Cell = Cell.NOTES
    first: bool = False
    spare: bool = False
    title: str | None = None
    plain: Callable[[Any], str | None] | None = None


def _keys(*names: str) -> tuple[Column, ...]:
    """What only documents hold, each under its own name."""
    return tuple(Column(name, name) for name in names)


def content_words(row: Row) -> str:
    """The label, or what else is known of what an element holds."""
    if row.full:
        return row.volume_tag or "full (no label)"
    if not isinstance(row, PickerStatus) and row.present is False:
        return "not present"
    return "unknown" if row.full is None else "empty"


def exception_words(row: Row) -> str | None:
    """The exception of an element, but that of a cleaner's place.

    Many libraries flag that, and it is nothing to worry about.
    """
    exception = row.exception
    if exception is None or row.cleaner:
        return None
    return f"{exception.text} ({exception.asc:02X}/{exception.ascq:02X})"


def _cleaner_words(row: Row) -> str | None:
    return "cleaning cartridge" if row.cleaner else None


def _home_words(drive: DriveStatus) -> str | None:
    if drive.source_mail is not None:
        return f"mail slot {drive.source_mail}"
    return None if drive.source_slot is None else f"slot {drive.source_slot}"


def _source_words(drive: DriveStatus) -> str | None:
    home = _home_words(drive)
    return home and f"from {home}"


def _access_words(drive: DriveStatus) -> str | None:
    return "not accessible" if not drive.full and drive.accessible is False else None


def _device_words(drive: DriveStatus) -> str | None:
    return drive.device or "no tape device" if drive.serial else None


def _serial_words(drive: DriveStatus) -> str:
    return f"serial {drive.serial}" if drive.serial else "serial not reported"


def _request_words(drive: DriveStatus) -> str | None:
    return {"requested": "asks for cleaning", "required": "needs cleaning now"}.get(
        drive.cleaning_request or ""
    )


def _reserved_words(slot: SlotStatus) -> str | None:
    return "reserved for a cleaner" if slot.reserved else None


def _operator_words(mail: MailStatus) -> str | None:
    placed = mail.import_export is not None and mail.import_export.operator_placed
    return "put there by a person" if placed and mail.full else None


def _media_words(row: SlotStatus | DriveStatus) -> str | None:
    """The medium type in words (SMC-3, element descriptor)."""
    names = {1: "data", 2: "cleaning", 3: "diagnostic", 4: "worm", 5: "microcode"}
    return None if row.medium_type is None else names.get(row.medium_type, str(row.medium_type))


def _name(words: Callable[[Any], str], *, plain: Callable[[Any], str]) -> Column:
    return Column("number", "number", words, Cell.NAME, title="place", plain=plain)


_ADDRESS = Column("address", "address", title="address")
_CONTENT = Column(
    "full", "full", content_words, Cell.CONTENT, title="contents", plain=content_words
)
_PRESENT = Column("present", "present", title="present")
_LABEL = Column("volume_tag", "volume_tag", title="label")
_TYPE = Column("medium_type", "medium_type", title="type", plain=_media_words)
_CLEANER = Column("cleaner", "cleaner", _cleaner_words, title="cleaner")
_EXCEPTION = Column(
    "exception", "exception", exception_words, title="exception", plain=exception_words
)
_SLOT = (
    _name(lambda slot: f"slot {slot.number}", plain=lambda slot: f"slot {slot.number}"),
    *(_ADDRESS, _CONTENT, _PRESENT, _LABEL, _TYPE, _CLEANER, _EXCEPTION),
    Column("reserved", "reserved", _reserved_words, first=True, title="reserved"),
)

COLUMNS: dict[type[Any], tuple[Column, ...]] = {
    LibraryStatus: _keys(
        "cleaner", "cleaners", "drives", "slots", "mail", "picker", "removal_prevented"
    ),
    CleanerStatus: _keys("slot", "volume_tag", "cleans_left"),
    DriveStatus: (
        _name(lambda drive: f"drive {drive.number}", plain=lambda drive: f"drive {drive.number}"),
        *(_ADDRESS, _CONTENT, _PRESENT, _LABEL, _TYPE, _CLEANER),
        Column("source_slot", "source_slot", _source_words, title="source", plain=_home_words),
        *_keys("source_mail"),
        Column("accessible", "accessible", _access_words, title="access"),
        Column(
            "exception",
            "exception",
            exception_words,
            first=True,
            title="exception",
            plain=exception_words,
        ),
        Column("serial", "serial", _serial_words, spare=True, title="serial"),
        Column("device", "device", _device_words, title="device"),
        Column(
            "cleaning_request", "cleaning_request", _request_words, first=True, title="cleaning"
        ),
    ),
    SlotStatus: _SLOT,
    MailStatus: (
        _name(lambda mail: f"mail {mail.number}", plain=lambda mail: f"mail slot {mail.number}"),
        *_SLOT[1:],
        Column("import_export", "import_export", _operator_words),
    ),
    PickerStatus: (
        Column(
            "address",
            "address",
            lambda _: "picker",
            Cell.NAME,
            title="place",
            plain=lambda _: "picker",
        ),
        *(_CONTENT, _LABEL, _CLEANER, _EXCEPTION),
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


# Text

_Told = tuple[tuple[Callable[[Any], str | None], ...], ...]


def _told_of(columns: tuple[Column, ...], *, spare: bool) -> _Told:
    """Of each cell the words that make it, in their order."""
    ordered = sorted(columns, key=lambda each: not each.first)
    return tuple(
        tuple(
            each.words
            for each in ordered
            if each.words is not None and each.cell is cell and (spare or not each.spare)
        )
        for cell in Cell
    )


def _told_of_each() -> dict[type[Any], _Told]:
    return {kind: _told_of(columns, spare=True) for kind, columns in COLUMNS.items()}


_TOLD = _told_of_each()


def text_cells(row: Row, *, short: bool = False) -> tuple[str, ...]:
    """A row as people read it: its name, what it holds, and notes.

    ``short``: without the words that can be spared.
    """
    told = _told_of(COLUMNS[type(row)], spare=False) if short else _TOLD[type(row)]
    return tuple(", ".join(filter(None, [words(row) for words in cell])) for cell in told)


# Tables of chosen columns


def _by_title() -> dict[type[Any], dict[str, Column]]:
    return {
        kind: {each.title: each for each in columns if each.title is not None}
        for kind, columns in COLUMNS.items()
    }


_BY_TITLE = _by_title()


def _titles() -> tuple[str, ...]:
    return tuple(dict.fromkeys(title for columns in _BY_TITLE.values() for title in columns))


TITLES = _titles()


def plain_text(row: Row, title: str) -> str:
    """The value under a title, as a table shows it: ``-`` for none."""
    column = _BY_TITLE[type(row)].get(title)
    if column is None:
        return "-"
    value = column.plain(row) if column.plain is not None else getattr(row, column.name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else str(value)


def sort_key(row: Row, title: str) -> tuple[bool, int, str]:
    """By which rows of one type are sorted: numbers by their size, and what has no value last."""
    column = _BY_TITLE[type(row)].get(title)
    text = plain_text(row, title)
    value = None if column is None else getattr(row, column.name)
    # Of a place, and where a cartridge came from, the number; of contents the words.
    if isinstance(value, int) and not isinstance(value, bool):
        return False, value, ""
    return text == "-", 0, text
