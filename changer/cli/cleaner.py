"""``changer cleaner``: slots of cleaning cartridges, from their reservation to their release."""

from __future__ import annotations

import argparse
from argparse import Namespace
from contextlib import suppress

from changer.cleaning.eject import eject
from changer.cleaning.insert import MOST_CLEANS, InsertionRequest, insert
from changer.cleaning.slot import CleanerSlot, release, require_slot, reserve
from changer.cli.application import Application
from changer.cli.cleaner_status import show_cleaner
from changer.cli.many import say_how_to_stop
from changer.cli.mark_cleaned import configure_mark_cleaned, mark_drive
from changer.cli.output import count, library_json
from changer.cli.parser import Command, Functions, Parser, seconds, whole_number
from changer.library.addressing import Place, parse_place
from changer.library.claims import when_unclaimed
from changer.library.library import Library
from changer.printable import printable
from changer.values import chosen

WHICH_HELP = "which reserved slot, by its number or its cleaner's label (default: the only one)"
TIMEOUT_HELP = "wait up to SECONDS for someone (default: 600, or as the settings say)"
INVENTORY_HELP = "have the robot scan a slot if the library does not know what is in it"


def _configure(parser: Parser) -> None:
    functions = parser.add_functions()
    to_check = functions.add(
        "status",
        "list cleaning cartridges, and drives that ask for cleaning",
        examples=(
            ("cleaner status", "list cleaning cartridges and drives"),
            ("cleaner status --check", "fail if something has to be done, for monitoring"),
            ("cleaner status --json", "the same for a program"),
        ),
    )
    to_check.add_argument(
        "--check",
        action="store_true",
        help="fail if drives lack a cleaner, or few cleanings are left",
    )
    to_reserve = functions.add(
        "reserve",
        "keep present and empty slots for cleaning cartridges",
        examples=(
            ("cleaner reserve 12", "reserve slot 12"),
            ("cleaner reserve 11 12", "reserve two slots"),
            ("cleaner reserve 12 --inventory", "scan the slot first if its content is not known"),
        ),
    )
    to_reserve.add_argument(
        "slots", metavar="SLOT", nargs="+", help="its number, or its address: @1012"
    )
    to_reserve.add_argument("--inventory", action="store_true", help=INVENTORY_HELP)
    _configure_insert(functions)
    to_eject = functions.add(
        "eject",
        "take a cleaning cartridge out of the library",
        examples=(
            ("cleaner eject", "eject the cleaner of the only reserved slot"),
            ("cleaner eject 12", "eject the cleaner of slot 12"),
            ("cleaner eject CLN001CU --timeout 60", "wait up to 60 s for it to be taken"),
        ),
    )
    to_eject.add_argument("slot", metavar="SLOT|LABEL", nargs="?", help=WHICH_HELP)
    to_eject.add_argument("--timeout", metavar="SECONDS", type=seconds, help=TIMEOUT_HELP)
    to_release = functions.add(
        "release",
        "give up a reserved slot that the library reports as present and empty",
        examples=(
            ("cleaner release", "release the only reserved slot"),
            ("cleaner release 12", "release slot 12"),
            ("cleaner release 12 --cleaner-is-gone", "its cleaner was taken out by hand"),
        ),
    )
    to_release.add_argument("slot", metavar="SLOT|LABEL", nargs="?", help=WHICH_HELP)
    to_release.add_argument("--inventory", action="store_true", help=INVENTORY_HELP)
    to_release.add_argument(
        "--cleaner-is-gone",
        action="store_true",
        help="the cleaner was taken out of the library by hand; do not look for it",
    )
    for each in (to_reserve, to_eject, to_release):
        each.add_dry_run()
    configure_mark_cleaned(functions)


def _configure_insert(functions: Functions) -> None:
    parser = functions.add(
        "insert",
        "bring a cleaning cartridge into a reserved slot",
        examples=(
            ("cleaner insert", "ask for one at a mail slot, into the first free reserved slot"),
            ("cleaner insert 12 --cleans-left 20", "one with 20 cleanings left, into slot 12"),
            ("cleaner insert --from mail:1", "take the cartridge in mail slot 1"),
        ),
    )
    parser.add_argument(
        "slot", metavar="SLOT", nargs="?", help="a reserved slot (default: the first that is free)"
    )
    parser.add_dry_run()
    parser.add_argument(
        "--cleans-left",
        metavar="N",
        type=_cleans,
        help="cleanings left (default: as on record; else as its kind when new: LTO 50, DLT 20)",
    )
    parser.add_argument(
        "--from", metavar="PLACE", dest="source", help="it is in the library already, there"
    )
    parser.add_argument(
        "--assume-cleaner",
        action="store_true",
        help="it is a cleaning cartridge, even if the library does not report it as one",
    )
    parser.add_argument("--timeout", metavar="SECONDS", type=seconds, help=TIMEOUT_HELP)


def _cleans(text: str) -> int:
    return whole_number(text, least=0, most=MOST_CLEANS)


def _run(application: Application, arguments: Namespace) -> int:
    function = {
        "status": show_cleaner,
        "reserve": _reserve,
        "insert": _insert,
        "eject": _eject,
        "release": _release,
        "mark-cleaned": mark_drive,
    }
    return function[arguments.function](application, arguments)


def _insert(application: Application, arguments: Namespace) -> int:
    request = InsertionRequest(
        slot=_place(arguments.slot),
        source=None if arguments.source is None else parse_place(arguments.source),
        cleans_left=arguments.cleans_left,
        ask_cleans=lambda tag: _ask_cleans(application, tag),
        assume_cleaner=arguments.assume_cleaner,
        timeout_seconds=arguments.timeout,
    )
    with application.acting_library(arguments) as library:
        callbacks = say_how_to_stop(application)
        inserted = when_unclaimed(library, lambda: insert(library, request, callbacks=callbacks))
        content = chosen(inserted, "slot", "address", "volume_tag", "cleans_left", "operation_id")
        application.output.print_json(
            "cleaner-inserted", {"library": library_json(library), **content}
        )
        tag = inserted.volume_tag or "a cleaning cartridge without a label"
        application.output.print(
            f"{tag} is in slot {inserted.slot} of {library.id}, "
            f"{count(inserted.cleans_left, 'cleaning')} left"
        )
    return 0


def _ask_cleans(application: Application, tag: str | None) -> int | None:
    """Ask a person at a terminal for the cleanings left; None without a usable answer."""
    import sys

    if application.options.json or not (sys.stdin and sys.stdin.isatty()):
        return None
    application.progress.rest()
    application.progress.say(f"how many cleanings does {tag or 'this cartridge'} have left?")
    answer = sys.stdin.readline().strip()
    with suppress(argparse.ArgumentTypeError):
        return _cleans(answer)
    return None


def _eject(application: Application, arguments: Namespace) -> int:
    with application.acting_library(arguments) as library:
        ejected = when_unclaimed(
            library,
            lambda: eject(
                library,
                _place(arguments.slot),
                may_be_gone=True,
                timeout_seconds=arguments.timeout,
                callbacks=say_how_to_stop(application),
            ),
        )
        application.output.print_json(
            "cleaner-ejected",
            {
                "library": library_json(library),
                **chosen(ejected, "slot", "address", "volume_tag"),
                "taken_from": str(ejected.taken_from),
                "operation_id": ejected.operation_id,
            },
        )
        tag = printable(ejected.volume_tag or "") or "the cleaning cartridge"
        application.output.print(
            f"{tag} is out of {library.id}; slot {ejected.slot} is still reserved: "
            f"changer cleaner insert {ejected.slot}, or changer cleaner release {ejected.slot}"
        )
    return 0


def _reserve(application: Application, arguments: Namespace) -> int:
    places = [parse_place(each) for each in arguments.slots]
    for each in places:
        require_slot(each)
    with application.acting_library(arguments) as library:
        done: list[CleanerSlot] = []
        try:
            for each in places:
                done.append(reserve(library, each, may_inventory=arguments.inventory))
        finally:
            if done:
                _report(application, library, done, "reserved for a cleaning cartridge")
    return 0


def _release(application: Application, arguments: Namespace) -> int:
    with application.acting_library(arguments) as library:
        slot = when_unclaimed(
            library,
            lambda: release(
                library,
                _place(arguments.slot),
                may_inventory=arguments.inventory,
                cleaner_is_gone=arguments.cleaner_is_gone,
            ),
        )
        _report(application, library, [slot], "released")
    return 0


def _report(
    application: Application, library: Library, slots: list[CleanerSlot], what: str
) -> None:
    content = [chosen(each, "slot", "address", "operation_id") for each in slots]
    application.output.print_json(
        "cleaner-slot", {"library": library_json(library), **content[0], "slots": content}
    )
    for each in slots:
        application.output.print(f"slot {each.slot} of {library.id} is {what}")


def _place(text: str | None) -> Place | None:
    return None if text is None else parse_place(text)


COMMANDS = {
    "cleaner": Command(
        _configure,
        _run,
        examples=(
            ("cleaner status", "list cleaning cartridges and drives that ask for cleaning"),
            ("cleaner reserve 12", "reserve slot 12 for a cleaning cartridge"),
            ("cleaner insert", "bring one in through a mail slot"),
        ),
    )
}
