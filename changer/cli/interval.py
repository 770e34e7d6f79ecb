"""``--interval``: how often a command that goes on reads a library."""

from __future__ import annotations

from argparse import ArgumentTypeError

from changer.cli.parser import Parser, seconds
from changer.library.pace import LEAST_SECONDS

INTERVAL_SECONDS = 30.0


def add_interval(parser: Parser) -> None:
    """Add the option."""
    parser.add_argument(
        "--interval",
        metavar="SECONDS",
        type=_interval,
        default=INTERVAL_SECONDS,
        help=f"pause between two readings (default: {INTERVAL_SECONDS:.0f}, at least "
        f"{LEAST_SECONDS:.0f}; longer where a reading takes long)",
    )


def _interval(text: str) -> float:
    value = seconds(text)
    if value < LEAST_SECONDS:
        raise ArgumentTypeError(f"{text!r} is not a number of seconds from {LEAST_SECONDS:.0f} on")
    return value
