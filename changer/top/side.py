"""What stands beside the elements, or below them: problems, cleaners, last events. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from changer.cleaning.cleaner_list import CleaningCartridge, cleaning_cartridge
from changer.cleaning.family_stock import FamilyStock
from changer.overview.overview import Reading
from changer.printable import printable
from changer.store.records import EventRecord
from changer.top.head import finding_lines
from changer.top.lines import BLANK, Line, Look, Part, cut, words, wrapped
from changer.top.shown import Shown

_MOST_EVENTS = 100
_TIME_COLUMNS = 19  # 2026-03-01 12:00:00


def side_lines(shown: Shown, columns: int, *, is_short: bool = False) -> Iterator[Line]:
    """``is_short``: without problems, which stand above already."""
    if not is_short:
        yield from _problems(shown, columns)
    if shown.overview.reading is not None:
        yield from _cleaners(shown.overview.reading, shown, columns)
    yield from _events(shown, columns)


def _problems(shown: Shown, columns: int) -> Iterator[Line]:
    yield words("wants attention", Look.HEADING)
    for each in shown.attention:
        yield from finding_lines(each, columns)
    if not shown.attention:
        is_known = shown.overview.state != "unknown"
        yield words("  nothing" if is_known else "  not known", Look.QUIET)
    yield BLANK


def _cleaners(reading: Reading, shown: Shown, columns: int) -> Iterator[Line]:
    yield words("cleaners", Look.HEADING)
    for family in reading.stock.families:
        yield from (words(each) for each in wrapped(f"  {_family(family)}", columns, indent="    "))
    for cleaner in reading.stock.cleaners:
        told = cleaning_cartridge(cleaner, reading.numbering)
        yield cut(_cleaner(told, shown), columns)
    if not reading.stock.cleaners:
        yield words("  none", Look.QUIET)
    yield BLANK


def _family(family: FamilyStock) -> str:
    """``LTO: 1 usable, cleanings left: 45``; what is not known is called so."""
    number = family.cleans_left
    left = "cleanings left not known" if number is None else f"cleanings left: {number}"
    trouble = f"; {printable(family.trouble.message)}" if family.trouble is not None else ""
    name = printable(family.family or "drives of a family that is not known")
    return f"{name}: {family.usable} usable, {left}{trouble}"


def _cleaner(cleaner: CleaningCartridge, shown: Shown) -> Line:
    home = "no slot of its own" if cleaner.slot is None else f"slot {cleaner.slot}"
    left = "? left" if cleaner.cleans_left is None else f"{cleaner.cleans_left} left"
    used = None if cleaner.last_used_at is None else f"used {shown.ago(cleaner.last_used_at)} ago"
    at_work = None if cleaner.drive is None else f"in drive {cleaner.drive}"
    notes = [home, cleaner.state.replace("-", " "), left, at_work, used, cleaner.reason]
    look = Look.CLEANER if cleaner.state in ("usable", "cleaning", "managed") else Look.WARNING
    label = printable(cleaner.volume_tag or "(no label)")
    return (Part(f"  {label:<9}", look), Part("  " + ", ".join(filter(None, map(_shown, notes)))))


def _shown(text: str | None) -> str | None:
    return None if text is None else printable(text)


def _events(shown: Shown, columns: int) -> Iterator[Line]:
    yield words("last events", Look.HEADING)
    for each in shown.events[:_MOST_EVENTS]:
        yield from _event(each, shown, columns)
    if not shown.events:
        yield words("  none on record", Look.QUIET)


def _event(event: EventRecord, shown: Shown, columns: int) -> Iterator[Line]:
    """``2026-03-01 12:00:00  the picker holds A00001L8``; ``*``: it still is so."""
    lasts = "*" if event.over_at is None else " "
    at = f"{lasts} {shown.local_time(event.happened_at):<{_TIME_COLUMNS}}  "
    if columns < 2 * len(at):
        at = f"{lasts} "
    text = [*wrapped(printable(event.message), max(columns - len(at), 1))]
    look = Look.WARNING if event.over_at is None else None
    for number, each in enumerate(text):
        yield (Part(at if number == 0 else " " * len(at), Look.QUIET), Part(each, look))
