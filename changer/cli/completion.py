"""``changer completion``: print the completion script of a shell."""

from __future__ import annotations

import argparse
from argparse import Namespace

from changer.cli.application import Application
from changer.cli.commands import COMMANDS as ENTRIES
from changer.cli.parser import Command, Parser, build_parser

BASH = """\
# bash completion for changer; install it as
# /usr/share/bash-completion/completions/changer
# Reserved slots as @ADDRESS, and labels, by the store alone: compgen expands what is offered, so
# that nothing but letters and digits is.
_changer_cleaners() {{
    changer state list --json 2>/dev/null | sed -nE \\
        -e 's/^ {{8,}}([0-9]+),?$/@\\1/p' -e 's/^ {{8,}}"([A-Za-z0-9]+)",?$/\\1/p'
}}
_changer() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} word path=
    case $previous in
        --state|--trace) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        -l|--library)
            mapfile -t COMPREPLY < <(compgen -f -W "$(changer sim list 2>/dev/null)" -- "$current")
            return ;;
        --cleaner)
            mapfile -t COMPREPLY < <(compgen -W "$(_changer_cleaners)" -- "$current"); return ;;
        stop)
            word=$(changer operations 2>/dev/null | grep -o '^[0-9a-f]*-[0-9a-f-]*')
            mapfile -t COMPREPLY < <(compgen -W "$word" -- "$current"); return ;;
    esac
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case "$path $word" in
{paths}
        esac
    done
    case $path in
{words}
    esac
    case $path in
        " cleaner insert"|" cleaner eject"|" cleaner release")
            mapfile -t -O ${{#COMPREPLY[@]}} COMPREPLY < <(
                compgen -W "$(_changer_cleaners)" -- "$current") ;;
    esac
}}
complete -o default -F _changer changer
"""


def _configure(parser: Parser) -> None:
    parser.add_argument("shell", metavar="SHELL", choices=["bash"], help="bash")
    parser.epilog = "For this shell: source <(changer completion bash)"


def _run(application: Application, arguments: Namespace) -> int:  # noqa: ARG001
    words = _words_by_path()
    paths = "|".join(f'"{path}"' for path in words if path)
    application.output.print(
        BASH.format(
            paths=f'            {paths}) path="$path $word" ;;',
            words="\n".join(
                f'        "{path}") mapfile -t COMPREPLY < <(compgen -W '
                f'"{" ".join(each)}" -- "$current") ;;'
                for path, each in words.items()
            ),
        ).rstrip()
    )
    return 0


def _words_by_path() -> dict[str, list[str]]:
    """The words that may follow each command and function, by paths as `` cleaner reserve``."""
    parser = build_parser(configured=[entry.name for entry in ENTRIES])
    words: dict[str, list[str]] = {}
    _collect(parser, "", words)
    return words


def _collect(parser: argparse.ArgumentParser, path: str, words: dict[str, list[str]]) -> None:
    options = [name for action in parser._actions for name in action.option_strings]
    words[path] = sorted(name for name in options if name.startswith("--"))
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            words[path] = sorted(action.choices) + words[path]
            for name, child in action.choices.items():
                _collect(child, f"{path} {name}", words)
        elif action.choices and not action.option_strings:
            words[path] = [*action.choices, *words[path]]


COMMANDS = {
    "completion": Command(
        _configure,
        _run,
        examples=(
            ("completion bash", "print the script"),
            ("completion bash --json", "the same"),
            ("completion bash -v", "the same, too"),
        ),
    )
}
