"""``changer metrics``: libraries as numbers, for Prometheus and what reads its formats."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from changer.cli.application import Application
from changer.cli.output import write
from changer.cli.parser import Command, Parser, file_name
from changer.errors import ChangerError, UsageError, error_classes
from changer.metrics.text import TEXT_FORMATS, render
from changer.overview.libraries import find_all_watched
from changer.overview.overview import Overview, Trouble
from changer.overview.reader import SharedReader
from changer.overview.watched import Watched, find_watched

# Other users read it: node_exporter has one of its own.
_MODE = 0o644


def _configure(parser: Parser) -> None:
    parser.add_argument(
        "--all", action="store_true", help="every library of this host, not one alone"
    )
    parser.add_argument(
        "--output",
        metavar="FILE",
        type=file_name,
        help="replace FILE at once, for node_exporter's textfile collector",
    )
    parser.add_argument(
        "--format",
        choices=TEXT_FORMATS,
        default=TEXT_FORMATS[0],
        help="prometheus: the text format 0.0.4, which the textfile collector needs (default); "
        "openmetrics: OpenMetrics 1.0",
    )
    parser.epilog = (
        "Reads each library once, and what is on record of it; moves nothing, and asks no drive.\n"
        "Of a library that can't be read, changer_up is 0, and the exit status is that of the\n"
        "error. changer serve has the same at /metrics, without a reading for each scrape."
    )


def _run(application: Application, arguments: Namespace) -> int:
    if application.options.json:
        raise UsageError(
            "metrics have formats of their own, and not JSON",
            hint="leave --json out; changer check --json prints figures as a document",
        )
    overviews = [_taken(application, each) for each in _watched(application, arguments)]
    text = render(overviews, text_format=arguments.format)
    if arguments.output is None:
        write(text)
    else:
        _place(application, arguments.output, text)
        what = ", ".join(each.library_id for each in overviews)
        application.output.print(f"{arguments.output}: the metrics of {what}")
    return _raise_first(application, overviews)


def _watched(application: Application, arguments: Namespace) -> Sequence[Watched]:
    if arguments.all and application.options.library is not None:
        raise UsageError(
            "--all and --library exclude each other", hint="name one library, without --all"
        )
    application.progress.step("looking for libraries")
    with application.open_store() as store:
        if arguments.all:
            return find_all_watched(application.request(), store)
        return (find_watched(application.request(), store),)


def _taken(application: Application, watched: Watched) -> Overview:
    """One reading, also while another process uses the library."""
    application.progress.step(f"reading {watched.id}")
    reader = SharedReader(watched, interval_seconds=0.0, courtesy_seconds=0.0)
    reader.turn()
    return reader.overview()


def _place(application: Application, file: Path, text: str) -> None:
    from changer.store.maintenance.backup import write_output

    state = Path(application.request().paths.state)
    write_output(file, text.encode(), replace=True, store=state, mode=_MODE)


def _raise_first(application: Application, overviews: Sequence[Overview]) -> int:
    """Raise what kept the first one from being read, and warn of the others."""
    errors = [
        _error_of(trouble)
        for each in overviews
        for trouble in (each.trouble, each.records_trouble)
        if trouble is not None
    ]
    for other in errors[1:]:
        application.warn(f"{other.message}; {other.hint}" if other.hint else other.message)
    if errors:
        raise errors[0]
    return 0


def _error_of(trouble: Trouble) -> ChangerError:
    kind = next(each for each in error_classes() if each.code == trouble.code)
    return kind(trouble.message, hint=trouble.hint)


COMMANDS = {
    "metrics": Command(
        _configure,
        _run,
        examples=(
            ("metrics", "print the metrics of the library"),
            ("metrics --all", "those of every library of this host"),
            ("metrics --output changer.prom", "write them for the textfile collector"),
        ),
    )
}
