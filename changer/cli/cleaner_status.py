"""``changer cleaner status``: cleaning cartridges, and the drives that ask for cleaning."""

from __future__ import annotations

from argparse import Namespace

from changer.cleaning.read_stock import read_stock
from changer.cli.application import Application
from changer.cli.cleaner_table import as_text
from changer.cli.output import library_json
from changer.documents.cleaner import CleanerFacts, cleaners_document
from changer.drives.cleaning_requests import cleaning_requests
from changer.library.status import cleaner_status
from changer.smc.elements import ElementType


def show_cleaner(application: Application, arguments: Namespace) -> int:
    """Print the state; with --check, fail where a family of drives has too few cleanings left."""
    with application.open_library("read") as library:
        application.progress.step(f"reading {library.id}")
        inventory = library.read(ElementType)
        drives = cleaning_requests(library, inventory)
        stock = read_stock(library, inventory, drives)
        facts = CleanerFacts(
            stock, drives, cleaner_status(library, inventory), library.settings.auto_clean
        )
        content = {
            "library": library_json(library),
            **cleaners_document(facts, inventory.numbering),
        }
        if facts.are_several:
            application.output.print_json("cleaners", content)
        else:
            application.output.print_json("cleaner", content)
        application.output.print(as_text(library, inventory.numbering, stock, drives))
    trouble = stock.trouble
    if trouble is None or not arguments.check:
        return 0
    for each in stock.families:
        if each.trouble is not None and each.trouble.message != trouble.message:
            application.warn(each.trouble.message)
    raise trouble
