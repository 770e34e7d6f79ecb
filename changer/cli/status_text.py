"""What is where in a library, as lines for people."""

from __future__ import annotations

from collections.abc import Iterator

from changer.cli.output import columns, count
from changer.library.library import Library
from changer.library.status import (
    DriveStatus,
    ExceptionStatus,
    LibraryStatus,
    MailStatus,
    SlotStatus,
)

__all__ = ["status_text"]


def status_text(library: Library, status: LibraryStatus) -> str:
    """The library's name, a line for each element, and a summary."""
    identity = library.identity
    serial = f", serial {identity.serial}" if identity.serial else ""
    title = f"{identity.name} {identity.revision}{serial}, {library.device}"
    rows = [*map(_drive_row, status.drives), *map(_slot_row, status.slots)]
    rows += [_slot_row(each, word="mail") for each in status.mail]
    rows += _picker_rows(status)
    return "\n".join([title, columns(rows), _summary(status)])


def _drive_row(drive: DriveStatus) -> tuple[str, ...]:
    notes = list(_exception_notes(drive.exception))
    if drive.source_slot is not None:
        notes.append(f"from slot {drive.source_slot}")
    if drive.full is False and drive.accessible is False:
        notes.append("not accessible")
    device = drive.device or "no tape device"
    serial = f"serial {drive.serial}, {device}" if drive.serial else "serial not told"
    return (
        f"drive {drive.number}",
        _content(drive.full, drive.volume_tag),
        ", ".join([*notes, serial]),
    )


def _slot_row(slot: SlotStatus, *, word: str = "slot") -> tuple[str, ...]:
    return (f"{word} {slot.number}", _slot_content(slot), ", ".join(_slot_notes(slot)))


def _slot_content(slot: SlotStatus) -> str:
    if slot.present is False:
        return "not present"
    return _content(slot.full, slot.volume_tag)


def _content(full: bool | None, volume_tag: str | None) -> str:  # noqa: FBT001
    if full is None:
        return "unknown"
    if not full:
        return "empty"
    return volume_tag or "full (no label)"


def _slot_notes(slot: SlotStatus) -> Iterator[str]:
    if slot.reserved:
        yield "reserved for the cleaner"
    if slot.cleaner:
        yield "cleaning cartridge"
    yield from _exception_notes(slot.exception, expected=slot.cleaner)
    placed = slot.import_export if isinstance(slot, MailStatus) else None
    if placed is not None and placed.operator_placed and slot.full:
        yield "put there by a person"


def _exception_notes(exception: ExceptionStatus | None, *, expected: bool = False) -> Iterator[str]:
    # A cleaner's slot is flagged as an exception by many libraries: nothing to worry about.
    if exception is not None and not expected:
        yield f"{exception.text} ({exception.asc:02X}/{exception.ascq:02X})"


def _picker_rows(status: LibraryStatus) -> list[tuple[str, ...]]:
    if status.picker is None or status.picker.full is False:
        return []
    return [("picker", _content(status.picker.full, status.picker.volume_tag))]


def _summary(status: LibraryStatus) -> str:
    full = sum(slot.full is True for slot in status.slots)
    empty = sum(slot.full is False for slot in status.slots)
    absent = sum(slot.present is False for slot in status.slots)
    parts = [f"{full} full", f"{empty} empty"]
    if absent:
        parts.append(f"{absent} not present")
    unknown = len(status.slots) - full - empty - absent
    if unknown:
        parts.append(f"{unknown} unknown")
    removal = "; medium removal is prevented" if status.removal_prevented else ""
    return f"{count(len(status.slots), 'slot')}: {', '.join(parts)}{removal}"
