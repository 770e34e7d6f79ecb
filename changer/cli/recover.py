"""``changer recover``: settle what interrupted commands left, and bring cartridges home."""

from __future__ import annotations

from argparse import Namespace
from functools import partial
from typing import Any

from changer.cleaning.recover import PutAway, RecoveryReport, recover, settle_without_motion
from changer.cli.application import Application
from changer.cli.output import library_json
from changer.cli.parser import Command, Parser
from changer.cli.recovered import findings_json, words_of
from changer.journal.open_moves import RecoveryOptions
from changer.library.addressing import parse_place
from changer.library.library import Library


def _configure(parser: Parser) -> None:
    parser.add_dry_run()
    parser.add_argument(
        "--accept-missing",
        action="store_true",
        help="close the moves whose cartridge the library shows nowhere",
    )
    parser.add_argument(
        "--at-rest",
        action="store_true",
        help="you see that the robot stands still: settle a move whose end was not seen now",
    )
    parser.add_argument(
        "--all", action="store_true", help="in each library on record that something is open in"
    )
    way = parser.add_mutually_exclusive_group()
    way.add_argument(
        "--no-motion",
        action="store_true",
        help="settle only what needs no motion, and report the rest",
    )
    way.add_argument(
        "--on",
        dest="direction",
        action="store_const",
        const="on",
        help="move what is in the picker on to where it was to go",
    )
    way.add_argument(
        "--back",
        dest="direction",
        action="store_const",
        const="back",
        help="move what is in the picker back to where it came from",
    )
    way.add_argument("--to", metavar="PLACE", help="move what is in the picker to this place")


def _run(application: Application, arguments: Namespace) -> int:
    if arguments.all:
        from changer.cli.recover_all import recover_all

        return recover_all(application, arguments, partial(_recover, application, arguments))
    with application.acting_library(arguments) as library:
        came = _recover(application, arguments, library)
        application.output.print_json(
            "recovered",
            {
                "library": library_json(library),
                "moves": findings_json(came),
                "cleaner": _put_away_json(came.cleaners[0] if came.cleaners else None),
                "cleaners": [_put_away_json(each) for each in came.cleaners],
                "picked": _put_away_json(came.picked),
            },
        )
        application.output.print(words_of(came, library.id))
    came.raise_for_open()
    return 0


def _recover(application: Application, arguments: Namespace, library: Library) -> RecoveryReport:
    options = RecoveryOptions(
        accept_missing=arguments.accept_missing,
        at_rest=arguments.at_rest,
        direction=arguments.direction,
        to=None if arguments.to is None else parse_place(arguments.to),
    )
    if arguments.no_motion:
        return settle_without_motion(library, options)
    return recover(library, options, announce=partial(_announce, application))


def _put_away_json(moved: PutAway | None) -> dict[str, Any] | None:
    if moved is None:
        return None
    return {"cartridge": moved.cartridge, "from": str(moved.source), "to": str(moved.destination)}


def _announce(application: Application, words: str) -> None:
    if not application.options.json:
        application.progress.say(f"to do: {words}")


COMMANDS = {
    "recover": Command(
        _configure,
        _run,
        examples=(
            ("recover --dry-run", "show what is open, and what would be done"),
            ("recover", "settle it, and finish moves that stopped in the picker"),
            ("recover --all --no-motion", "record what became of moves, as at boot; move nothing"),
        ),
    )
}
