"""``changer top``: libraries as they are now, on the whole screen of a terminal."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from contextlib import ExitStack
from typing import TYPE_CHECKING

from changer.cli.application import Application
from changer.cli.interval import add_interval
from changer.cli.output import Span, Style, local_time
from changer.cli.parser import Command, Parser
from changer.cli.screen import Screen, screen_of_output
from changer.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from changer.cli.top_source import LibrarySource
    from changer.overview.watched import Watched
    from changer.top.lines import Line

_COLUMNS = 80
_WITHOUT_A_SCREEN = ("", "dumb")


def _configure(parser: Parser) -> None:
    add_interval(parser)
    parser.add_argument("--once", action="store_true", help="print the picture once, as text")
    parser.add_argument(
        "--color",
        metavar="WHEN",
        choices=["auto", "always", "never"],
        default="auto",
        help="auto (on a terminal, unless NO_COLOR is set), always or never",
    )
    parser.epilog = (
        "Shows all libraries of this host, or the one of --library. It moves nothing, takes no\n"
        "lock, and reads a library no more often than it says. ? lists the keys; q or Ctrl-C ends\n"
        "it. The screen needs textual: pip install 'changer[top]'; --once needs nothing."
    )


def _run(application: Application, arguments: Namespace) -> int:
    if not arguments.once:
        from changer.top.installation import require_textual

        _require_terminal(application)
        require_textual()
    from changer.cli.top_source import LibrarySource

    sources = [
        LibrarySource(each, interval_seconds=arguments.interval) for each in _watched(application)
    ]
    screen = screen_of_output(arguments.color)
    if arguments.once:
        return _print_once(application, sources, screen)
    from changer.top.application import run_on_terminal

    with ExitStack() as running:
        for each in sources:
            running.callback(each.stop)
            each.start()
        return run_on_terminal(sources, local_time=local_time, is_coloured=screen.is_coloured)


def _watched(application: Application) -> tuple[Watched, ...]:
    """The library that is named, or all of this host. Raises as ``find_all_watched``."""
    from changer.overview.libraries import find_all_watched

    request = application.request()
    application.progress.step("looking for libraries")
    with application.open_store() as store:
        watched = find_all_watched(request, store)
    application.progress.rest()
    return watched


def _require_terminal(application: Application) -> None:
    """Raise UsageError where there is no screen to draw on."""
    if application.options.json:
        raise UsageError("--json is for programs", hint="changer top --once --json prints once")
    here = "changer top needs a terminal"
    hint = "changer top --once, changer status and changer watch print as text"
    if application.client:
        raise UsageError(
            f"{here} of the host that manages the library",
            hint=f"run it there: ssh -t {os.uname().nodename} changer top; {hint}",
        )
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None or not stream.isatty():
            raise UsageError(f"{here}, but its {_NAMES[name]} is not one", hint=hint)
    if os.environ.get("TERM", "") in _WITHOUT_A_SCREEN:
        raise UsageError(f"{here} with a screen; TERM is {os.environ.get('TERM', '')!r}", hint=hint)


_NAMES = {"stdin": "standard input", "stdout": "standard output", "stderr": "standard error"}


def _print_once(application: Application, sources: Sequence[LibrarySource], screen: Screen) -> int:
    """Read each library once, and print its picture; under --json its document."""
    from changer.documents.overview import overview_document
    from changer.top.frame import frame_lines
    from changer.top.shown import Shown

    for number, each in enumerate(sources, start=1):
        application.progress.step("reading the library")
        each.read_once()
        application.progress.rest()
        clock = application.request().clock
        shown = Shown(
            each.overview(),
            clock.now(),
            each.alive_at,
            local_time,
            each.events(),
            number,
            len(sources),
        )
        document = {"schema": "changer.overview/1", **overview_document(each.overview())}
        application.output.print_json_line(document)
        lines = [*frame_lines(shown, screen.columns or _COLUMNS)]
        application.output.print_lines(map(_spans, lines), is_coloured=screen.is_coloured)
    return 0


def _spans(line: Line) -> list[Span]:
    """A line as the program prints it, without blanks at its end."""
    styles = {each.name: each for each in Style}
    styles["TASK"] = Style.URGENT
    spans = [Span(text, styles[look.name] if look else None) for text, look, _ in line]
    while spans and not spans[-1].text.strip():
        spans.pop()
    if spans:
        spans[-1] = spans[-1]._replace(text=spans[-1].text.rstrip())
    return spans


COMMANDS = {
    "top": Command(
        _configure,
        _run,
        examples=(
            ("top", "show all libraries of this host"),
            ("-l sim:demo top", "show a virtual library"),
            ("top --once --library sim:demo", "print one picture as text"),
        ),
    )
}
