"""``changer recover``: settle what interrupted commands left, and bring cartridges home."""

from __future__ import annotations

from argparse import Namespace
from functools import partial
from typing import Any

from changer.cleaning.recover import PutAway, recover
from changer.cli.application import Application
from changer.cli.output import library_json
from changer.cli.parser import Command, Parser
from changer.journal.open_moves import OpenTransfer, RecoveryOptions
from changer.journal.recovery_words import outcome_words, plan_words
from changer.library.addressing import parse_place
from changer.printable import printable


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
    way = parser.add_mutually_exclusive_group()
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
    options = RecoveryOptions(
        accept_missing=arguments.accept_missing,
        at_rest=arguments.at_rest,
        direction=arguments.direction,
        to=None if arguments.to is None else parse_place(arguments.to),
    )
    with application.acting_library(arguments) as library:
        came = recover(library, options, announce=partial(_announce, application))
        application.output.print_json(
            "recovered",
            {
                "library": library_json(library),
                "moves": [_finding_json(each) for each in came.findings],
                "cleaner": _put_away_json(came.cleaners[0] if came.cleaners else None),
                "cleaners": [_put_away_json(each) for each in came.cleaners],
                "picked": _put_away_json(came.picked),
            },
        )
        application.output.print(
            "\n".join(map(printable, came.told)) or f"nothing is open in {library.id}"
        )
    came.raise_for_open()
    return 0


def _finding_json(finding: OpenTransfer) -> dict[str, Any]:
    return {
        "volume_tag": finding.transfer.volume_tag,
        "source_address": finding.transfer.source_address,
        "destination_address": finding.transfer.destination_address,
        "address": finding.address,
        "remedy": finding.action.name.lower().replace("_", "-"),
        "job": finding.job,
        "plan": plan_words(finding),
        "result": outcome_words(finding),
        "outcome": finding.outcome,
        "to": str(finding.to) if finding.to else None,
    }


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
            ("recover --back", "return what is in the picker to where it came from"),
        ),
    )
}
