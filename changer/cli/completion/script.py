"""``changer completion``: print the completion script of a shell."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from changer.cli.application import Application
from changer.cli.parser import Command, Parser

SCRIPTS = {"bash": "bash/changer", "zsh": "zsh/_changer", "fish": "fish/changer.fish"}
"""The script of each shell, under the name by which that looks for it."""


def _configure(parser: Parser) -> None:
    parser.add_argument("shell", metavar="SHELL", choices=[*SCRIPTS], help=", ".join(SCRIPTS))
    parser.epilog = (
        "The script asks changer at each TAB for what may follow: commands, options, libraries,\n"
        "labels, places and files. It never sends a command to a library; labels and places are\n"
        "those of the last reading on record. make install puts it where the shell looks."
    )


def _run(application: Application, arguments: Namespace) -> int:
    script = Path(__file__).parent / SCRIPTS[arguments.shell]
    application.output.print(script.read_text().rstrip())
    return 0


COMMANDS = {
    "completion": Command(
        _configure,
        _run,
        examples=(
            ("completion bash", "print the script for bash: source <(changer completion bash)"),
            ("completion zsh", "for zsh: source <(changer completion zsh)"),
            ("completion fish", "for fish: changer completion fish | source"),
        ),
    )
}
