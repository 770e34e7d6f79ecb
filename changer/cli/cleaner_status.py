"""``changer cleaner status``: cleaning cartridges, and the drives that ask for cleaning."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from changer.cleaning.cleaner_list import cleaning_cartridge
from changer.cleaning.family_stock import FamilyStock
from changer.cleaning.read_stock import CleanerStock, ReservedSlot, read_stock
from changer.cleaning.stock import StockedCleaner
from changer.cli.application import Application
from changer.cli.cleaner_table import as_text
from changer.cli.output import chosen, library_json
from changer.drives.cleaning_requests import DriveCleaningRequest, cleaning_requests
from changer.drives.media_family import family_of_drive
from changer.host.clock import utc_time
from changer.library.addressing import Numbering
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.library.status import CleanerStatus, cleaner_status
from changer.smc.elements import ElementType
from changer.store.records import Cleaner


def show_cleaner(application: Application, arguments: Namespace) -> int:
    """Print the state; with --check, fail where a family of drives has too few cleanings left."""
    with application.open_library("read") as library:
        application.progress.step(f"reading {library.id}")
        inventory = library.read(ElementType)
        drives = cleaning_requests(library, inventory)
        stock = read_stock(library, inventory, drives)
        _print_json(application, library, inventory, stock, drives)
        application.output.print(as_text(library, inventory.numbering, stock, drives))
    trouble = stock.trouble
    if trouble is None or not arguments.check:
        return 0
    for each in stock.families:
        if each.trouble is not None and each.trouble.message != trouble.message:
            application.warn(each.trouble.message)
    raise trouble


def _print_json(
    application: Application,
    library: Library,
    inventory: Inventory,
    stock: CleanerStock,
    drives: tuple[DriveCleaningRequest, ...],
) -> None:
    """The document of one slot, or of none, has what it always had, and besides what all have."""
    numbering = inventory.numbering
    content = {
        "auto_clean": library.settings.auto_clean,
        "cleaners": [_stocked_json(each, numbering) for each in stock.cleaners],
        "slots": [_slot_json(each, numbering) for each in stock.slots],
        "families": [family_json(each, numbering) for each in stock.families],
        "drives": [_drive_json(each) for each in drives],
    }
    shown = {"library": library_json(library)}
    if len(stock.slots) > 1:
        application.output.print_json("cleaners", {**shown, **content})
    else:
        kept = stock.slots[0].cleaner if stock.slots else None
        cleaner = _cleaner_json(cleaner_status(library, inventory), kept)
        application.output.print_json("cleaner", {**shown, "cleaner": cleaner, **content})


def _cleaner_json(status: CleanerStatus | None, kept: Cleaner | None) -> dict[str, Any] | None:
    if status is None:
        return None
    return {
        "slot": status.slot,
        "address": status.address,
        "volume_tag": status.volume_tag,
        "cleans_left": status.cleans_left,
        "last_used_at": utc_time(kept.last_used_at if kept else None),
    }


def _stocked_json(cleaner: StockedCleaner, numbering: Numbering) -> dict[str, Any]:
    shown = cleaning_cartridge(cleaner, numbering)
    return {
        **chosen(shown, "volume_tag", "family", "state", "reason", "slot"),
        "place": None if shown.place is None else str(shown.place),
        **chosen(shown, "drive", "cleans_left", "uses"),
        "last_used_at": utc_time(shown.last_used_at),
        "left_at": utc_time(shown.left_at),
    }


def _slot_json(slot: ReservedSlot, numbering: Numbering) -> dict[str, Any]:
    return {
        "slot": numbering.number_of(slot.address),
        "address": slot.address,
        "full": slot.full,
        "volume_tag": slot.cleaner.volume_tag if slot.cleaner else None,
    }


def family_json(stock: FamilyStock, numbering: Numbering) -> dict[str, Any]:
    """The judgement of a family, as documents have it."""
    trouble = stock.trouble
    return {
        "family": stock.family,
        "drives": [numbering.number_of(each) for each in stock.drives],
        "usable": stock.usable,
        "cleans_left": stock.cleans_left,
        "ok": trouble is None,
        "code": trouble.code if trouble else None,
        "reason": trouble.message if trouble else None,
    }


def _drive_json(drive: DriveCleaningRequest) -> dict[str, Any]:
    return {
        "number": drive.number,
        "address": drive.address,
        "serial": drive.serial,
        "family": family_of_drive(drive.product),
        "wish": drive.request,
        "asked": drive.asked,
        "why_not": drive.why_not,
        "cleaned_at": utc_time(drive.cleaned_at),
        "cleanings": drive.cleanings,
        "tape_alerts": sorted(drive.tape_alerts),
    }
