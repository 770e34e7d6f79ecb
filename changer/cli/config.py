"""``changer config``: what is wrong with the settings, and what is in effect."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from changer.cli.parser import Command, Parser

if TYPE_CHECKING:
    from changer.cli.application import Application


def _configure(parser: Parser) -> None:
    functions = parser.add_functions()
    functions.add(
        "check",
        "report every mistake in the settings, and what does not fit this host",
        examples=(
            ("config check", "list mistakes, each with its line"),
            ("config check --json", "the same for a program"),
            ("config check --library l700", "see, too, whether that name means a library"),
        ),
        epilog="Changes nothing, and moves nothing. Exits with 27 if there is a problem, and with\n"
        "0 if there is none, or only notes.",
    )
    show = functions.add(
        "show",
        "print the settings in effect, defaults included, as a settings file",
        examples=(
            ("config show", "all settings, and those of each library"),
            ("config show --origin", "each with the line, the variable or the default it is from"),
            ("config show --library IBM", "those of one library"),
        ),
        epilog="To keep what is printed, write it to another file than the settings file: the "
        "shell\nempties that before changer reads it.",
    )
    show.add_argument(
        "--origin", action="store_true", help="add where each value comes from, as a comment"
    )


def _run(application: Application, arguments: Namespace) -> int:
    if arguments.function == "check":
        from changer.cli.config_check import check

        return check(application)
    from changer.cli.config_show import show

    return show(application, with_origin=arguments.origin)


COMMANDS = {
    "config": Command(
        _configure,
        _run,
        examples=(
            ("config check", "list every mistake in the settings, with its line"),
            ("config show", "print what is in effect, defaults included"),
            ("config show --origin", "the same, and where each value comes from"),
        ),
    )
}
