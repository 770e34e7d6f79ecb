"""``changer recover``: settle what interrupted commands left, and bring cartridges home."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from changer.cleaning.recover import RecoveryReport, recover
from changer.cli.application import Application
from changer.cli.output import library_json
from changer.cli.parser import Command, Parser
from changer.journal.open_moves import OpenTransfer, RecoveryAction, refusal
from changer.printable import printable


def _configure(parser: Parser) -> None:
    parser.add_dry_run()
    parser.add_argument(
        "--accept-missing",
        action="store_true",
        help="close the moves whose cartridge the library shows nowhere",
    )


def _run(application: Application, arguments: Namespace) -> int:
    with application.acting_library(arguments) as library:
        came = recover(library, accept_missing=arguments.accept_missing)
        application.output.print_json(
            "recovered",
            {
                "library": library_json(library),
                "moves": [_finding_json(each) for each in came.findings],
                "cleaner": _cleaner_json(came),
            },
        )
        lines = [_line(each) for each in came.findings]
        if came.cleaner is not None:
            lines.append(
                f"{came.cleaner} was brought home from {came.cleaner_from} to {came.cleaner_to}"
            )
        application.output.print(
            "\n".join(map(printable, lines)) or f"nothing is open in {library.id}"
        )
    for each in came.findings:
        if each.stays_open and (error := refusal(each)) is not None:
            raise error
    return 0


def _line(finding: OpenTransfer) -> str:
    is_or_was = "was" if finding.needs_motion else "is"
    what = f"{finding.cartridge} {is_or_was} in {finding.where}"
    if finding.address is None:
        what = f"{finding.cartridge} can't be found"
    to = f" ({finding.to})" if finding.to else ""
    outcome = f": {finding.outcome}" if finding.action is RecoveryAction.RECORD else ""
    return f"{what}; {finding.action.value}{to}{outcome}"


def _finding_json(finding: OpenTransfer) -> dict[str, Any]:
    return {
        "volume_tag": finding.transfer.volume_tag,
        "source_address": finding.transfer.source_address,
        "destination_address": finding.transfer.destination_address,
        "address": finding.address,
        "remedy": finding.action.name.lower().replace("_", "-"),
        "outcome": finding.outcome,
        "to": str(finding.to) if finding.to else None,
    }


def _cleaner_json(came: RecoveryReport) -> dict[str, Any] | None:
    if came.cleaner is None:
        return None
    return {"cartridge": came.cleaner, "from": str(came.cleaner_from), "to": str(came.cleaner_to)}


COMMANDS = {"recover": Command(_configure, _run)}
