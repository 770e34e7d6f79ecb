"""``changer unlock``: allow people to take media out again."""

from __future__ import annotations

from argparse import Namespace

from changer.cli.application import Application
from changer.cli.lock import tell_prevention
from changer.cli.parser import Parser

__all__ = ["configure", "run"]


def configure(parser: Parser) -> None:
    """No arguments of its own."""
    parser.add_dry_run()
    parser.epilog = "ALLOW MEDIUM REMOVAL: undoes changer lock."


def run(application: Application, arguments: Namespace) -> int:
    """Allow."""
    return tell_prevention(application, arguments, prevent=False)
