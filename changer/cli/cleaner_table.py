"""Cleaning cartridges as people read them: a table by media family, and the drives below it."""

from __future__ import annotations

from changer.cleaning.family_stock import FamilyStock
from changer.cleaning.read_stock import CleanerStock
from changer.cleaning.stock import StockedCleaner
from changer.cli.output import columns, count, local_time
from changer.drives.cleaning_requests import DriveCleaningRequest
from changer.drives.media_family import MediaFamily
from changer.errors import CleanerLow
from changer.library.addressing import Numbering
from changer.library.library import Library


def as_text(
    library: Library,
    numbering: Numbering,
    stock: CleanerStock,
    drives: tuple[DriveCleaningRequest, ...],
) -> str:
    """Cleaners by family, reserved slots without one, what is wrong, and the drives."""
    lines = []
    if not stock.slots:
        lines.append("no cleaning slot is reserved; reserve one with: changer cleaner reserve SLOT")
    if library.settings.auto_clean == "library":
        lines.append(f"{library.id} cleans its drives itself, by its settings (auto_clean)")
    rows: list[tuple[str, ...] | str] = []
    for family in _families(stock):
        rows += _family_rows(family, stock, numbering)
    in_use = {each.home for each in stock.cleaners}
    rows += [
        f"  {numbering.name_of(each.address)} is reserved: no cleaning cartridge on record"
        for each in stock.slots
        if each.address not in in_use
    ]
    table = columns([each for each in rows if not isinstance(each, str)]).splitlines()
    lines += [each if isinstance(each, str) else table.pop(0) for each in rows]
    return "\n".join(filter(None, [*lines, columns(map(_drive_row, drives))]))


def _families(stock: CleanerStock) -> list[MediaFamily | None]:
    """Those of drives first, each once."""
    families = [each.family for each in stock.families]
    return list(dict.fromkeys([*families, *(each.family for each in stock.cleaners)]))


def _family_rows(
    family: MediaFamily | None, stock: CleanerStock, numbering: Numbering
) -> list[tuple[str, ...] | str]:
    """A title, its cleaners, and what is wrong with them together."""
    cleaners = [each for each in stock.cleaners if each.family == family]
    judged = next((each for each in stock.families if each.family == family), None)
    trouble = judged.trouble if judged is not None and stock.slots else None
    if not cleaners and trouble is None:
        return []
    title = "media family not known" if family is None else str(family)
    rows: list[tuple[str, ...] | str] = [f"{title}{_drives_text(judged, numbering)}"]
    rows += [_cleaner_row(each, numbering) for each in cleaners]
    # The row of a cleaner has its reason already.
    said = any(each.reason and each.reason in trouble.message for each in cleaners if trouble)
    if trouble is not None and (isinstance(trouble, CleanerLow) or not said):
        rows += [f"  {line}" for line in trouble.lines]
    return rows


def _drives_text(stock: FamilyStock | None, numbering: Numbering) -> str:
    if stock is None or not stock.drives:
        return ", no drive"
    names = ", ".join(str(numbering.number_of(each)) for each in stock.drives)
    text = f", {'drive' if len(stock.drives) == 1 else 'drives'} {names}: {stock.usable} usable"
    if not stock.usable or stock.cleans_left is None:
        return text
    return f"{text}, {count(stock.cleans_left, 'cleaning')} left"


def _cleaner_row(cleaner: StockedCleaner, numbering: Numbering) -> tuple[str, ...]:
    place = cleaner.home if cleaner.home is not None else cleaner.address
    state = str(cleaner.state)
    if cleaner.drive is not None:
        state = f"{state} {numbering.name_of(cleaner.drive)}"
    if cleaner.left_at is not None and cleaner.state == "away":
        state = f"{state} since {local_time(cleaner.left_at)}"
    left = "" if cleaner.cleans_left is None else f"{count(cleaner.cleans_left, 'cleaning')} left"
    return (
        "-" if place is None else numbering.name_of(place),
        cleaner.label or "no label",
        state,
        left,
        _use(cleaner),
        cleaner.reason or "",
    )


def _use(cleaner: StockedCleaner) -> str:
    if cleaner.uses is None:
        return ""
    times = {0: "never used", 1: "used once"}.get(cleaner.uses, f"used {cleaner.uses} times")
    last = "" if cleaner.last_used_at is None else f"last used {local_time(cleaner.last_used_at)}"
    # A store of before counted no uses.
    return ", ".join(filter(None, ["" if last and not cleaner.uses else times, last]))


def _drive_row(drive: DriveCleaningRequest) -> tuple[str, ...]:
    request = {
        None: "no cleaning needed",
        "requested": "asks for cleaning",
        "required": "needs cleaning now",
    }[drive.request]
    if drive.request is None and not drive.asked:
        request = f"can't be asked: {drive.why_not}"
    cleaned = "no cleaning on record"
    if drive.cleaned_at is not None:
        cleaned = f"cleaned {local_time(drive.cleaned_at)}"
    return f"drive {drive.number}", request, cleaned
