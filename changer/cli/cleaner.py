"""``changer cleaner``: reserve, release and show the cleaning cartridge's slot."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from changer.cleaning import CleanerSlot, release, require_slot, reserve
from changer.cli.application import Application
from changer.cli.parser import Parser
from changer.cli.status import library_json
from changer.elements import ElementType
from changer.library import Library
from changer.numbering import parse_place
from changer.status import CleanerStatus, cleaner_status

__all__ = ["configure", "run"]

INVENTORY_HELP = "let the library look with its robot when it does not know what is in the slot"


def configure(parser: Parser) -> None:
    """status, reserve and release."""
    functions = parser.add_functions()
    functions.add("status", "which slot is reserved, and what is in it")
    to_reserve = functions.add(
        "reserve", "keep a present and empty slot for the cleaning cartridge"
    )
    to_reserve.add_argument("slot", metavar="SLOT", help="its number, or its address: @1012")
    to_reserve.add_argument("--inventory", action="store_true", help=INVENTORY_HELP)
    to_release = functions.add(
        "release", "give the slot up, if the library says that it is present and empty"
    )
    to_release.add_argument("--inventory", action="store_true", help=INVENTORY_HELP)


def run(application: Application, arguments: Namespace) -> int:
    """One of the functions."""
    function = {"status": _status, "reserve": _reserve, "release": _release}
    return function[arguments.function](application, arguments)


def _reserve(application: Application, arguments: Namespace) -> int:
    place = parse_place(arguments.slot)
    require_slot(place)
    with application.open_library() as library:
        _tell(
            application,
            library,
            "reserved for the cleaning cartridge",
            reserve(library, place, may_inventory=arguments.inventory),
        )
    return 0


def _release(application: Application, arguments: Namespace) -> int:
    with application.open_library() as library:
        _tell(
            application,
            library,
            "released",
            release(library, may_inventory=arguments.inventory),
        )
    return 0


def _tell(application: Application, library: Library, what: str, slot: CleanerSlot) -> None:
    application.print_json("cleaner-slot", {"library": library_json(library), **asdict(slot)})
    application.print(f"slot {slot.slot} of {library.id} is {what}")


def _status(application: Application, arguments: Namespace) -> int:  # noqa: ARG001
    with application.open_library() as library:
        application.progress.step(f"reading {library.id}")
        status = _read_status(library)
        content = None if status is None else {**asdict(status)}
        application.print_json("cleaner", {"library": library_json(library), "cleaner": content})
        application.print(_as_text(library, status))
    return 0


def _read_status(library: Library) -> CleanerStatus | None:
    reservation = library.store.reservation(library.id)
    if reservation is None:
        return None
    inventory = library.read([ElementType.STORAGE])
    return cleaner_status(inventory, reservation, library.store.cleaner(library.id))


def _as_text(library: Library, status: CleanerStatus | None) -> str:
    if status is None:
        return f"no slot of {library.id} is reserved; changer cleaner reserve SLOT does it"
    cartridge = status.volume_tag or "no cleaning cartridge that is known"
    left = "" if status.cleans_left is None else f", {status.cleans_left} cleans left"
    return f"slot {status.slot} of {library.id} is reserved: {cartridge}{left}"
