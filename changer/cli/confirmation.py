"""A typed yes, for what can't be taken back."""

from __future__ import annotations

import sys

from changer.cli.output import ask, complain
from changer.errors import UsageError

__all__ = ["require_yes"]


def require_yes(what: str, question: str, *, otherwise: str) -> None:
    """Go on only after a typed yes; without a terminal to ask, refuse. Raises UsageError.

    ``what`` has to be confirmed, by the answer to the last line of ``question``; ``otherwise`` is
    said after a no.
    """
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(f"{what} has to be confirmed", hint="add --yes to do it unasked")
    *before, last = question.splitlines()
    for line in before:
        complain(line)
    ask(f"{last} [yes/No] ")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsageError(f"not confirmed, {otherwise}")
