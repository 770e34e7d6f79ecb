"""``changer check``: whether all is well with a library, for people and for monitoring."""

from __future__ import annotations

from argparse import Namespace

from changer.cleaning.verdict import Verdict, performance_data
from changer.cli.application import Application
from changer.cli.output import columns, count, library_json
from changer.cli.parser import Command, Parser
from changer.documents.check import check_document
from changer.errors import (
    ChangerError,
    InDoubt,
    NoLibrary,
    NotExecuted,
    OwnerUnreachable,
    StoreFailed,
    UsageError,
    WantsAttention,
)
from changer.library.library import Library
from changer.library.session import UNREACHABLE
from changer.overview.overview import Reading
from changer.overview.taking import read_all
from changer.overview.watched import be_impatient

_NAGIOS = {"ok": 0, "warning": 1, "critical": 2, "unknown": 3}
_PATIENCE_SECONDS = 5.0


def _configure(parser: Parser) -> None:
    parser.add_argument(
        "--nagios",
        action="store_true",
        help="one line with performance data; exit with 0 (OK), 1 (WARNING), 2 (CRITICAL) or 3 "
        "(UNKNOWN)",
    )
    parser.epilog = (
        "Without --nagios the exit status is 0 if all is well, 95 if something wants attention,\n"
        "and that of the error if the library or its records can't be read.\n"
        "Drives are not asked: they ask for cleaning by what the library shows, and by what they\n"
        "reported to changer cleaner status, which is best called by a timer as well."
    )


def _run(application: Application, arguments: Namespace) -> int:
    if arguments.nagios and application.options.json:
        raise UsageError("--nagios and --json exclude each other", hint="choose one of them")
    if arguments.nagios:
        return _as_nagios(application)
    with application.open_library("read") as library:
        reading = _check(application, library)
        verdict = reading.verdict
        application.output.print_json(
            "check", check_document(verdict, reading.numbering, library=library_json(library))
        )
        application.output.print(_as_text(library, verdict))
    if verdict.state == "ok":
        return 0
    number = len(verdict.findings)
    raise WantsAttention(
        f"{count(number, 'thing')} of {library.id} {'wants' if number == 1 else 'want'} attention"
    )


def _check(application: Application, library: Library) -> Reading:
    be_impatient(library, longest_seconds=_PATIENCE_SECONDS)
    application.progress.step(f"reading {library.id}")
    return read_all(library, find_device=lambda _number, _identity: None)


def _as_text(library: Library, verdict: Verdict) -> str:
    """What is well and what is not, a line each, then what is to be done."""
    figures = verdict.figures
    picker = {True: "full", False: "empty", None: "not known"}[figures.picker_full]
    rows = [
        ("library", f"{library.id} can be reached"),
        ("open moves", str(figures.open_moves or "none")),
        ("picker", picker),
        (
            "drives",
            f"{figures.drives}: {figures.drives_full} full, "
            f"{figures.drives_asking or 'none'} asking for cleaning",
        ),
        *(
            (
                f"cleaners {each.family or 'for drives of unknown family'}",
                f"{each.usable} usable, {_left(each.cleans_left)}",
            )
            for each in verdict.families
        ),
        ("mail slots", f"{figures.mail_full} of {figures.mail_slots} full"),
        (
            "slots",
            f"{figures.slots_full} of {figures.slots} full, "
            f"{figures.slots_absent or 'none'} not present",
        ),
    ]
    lines = [columns(rows, indent=0)]
    for each in verdict.findings:
        lines.append(f"{each.level}: {each.words}")
        if each.hint:
            lines.append(f"  {each.hint}")
    return "\n".join(lines)


def _left(number: int | None) -> str:
    return "cleanings left not known" if number is None else f"{count(number, 'cleaning')} left"


def _as_nagios(application: Application) -> int:
    """One line on standard output, whatever happens, and its state as exit status."""
    try:
        with application.open_library("read") as library:
            verdict = _check(application, library).verdict
            name, warning = library.id, library.settings.cleans_left_warning
    except ChangerError as error:
        return report_to_nagios(application, error)
    figures = verdict.figures
    what = "; ".join(each.words for each in verdict.findings) or (
        f"{figures.slots_full} of {figures.slots} slots full, {count(figures.drives, 'drive')}"
    )
    data = performance_data(figures, verdict.families, warning=warning)
    application.output.print(
        f"CHANGER {verdict.state.upper()}: {_one_line(f'{name}: {what}')} | {data}"
    )
    return _NAGIOS[verdict.state]


def report_to_nagios(application: Application, error: ChangerError) -> int:
    """Print why a library could not be checked; the exit status."""
    critical = (*UNREACHABLE, NoLibrary, NotExecuted, InDoubt, OwnerUnreachable)
    is_critical = isinstance(error, critical) or (
        isinstance(error, StoreFailed) and error.is_damage
    )
    state = "critical" if is_critical else "unknown"
    application.output.print(f"CHANGER {state.upper()}: {_one_line(error.message)}")
    return _NAGIOS[state]


def _one_line(text: str) -> str:
    """A bar would begin the performance data."""
    return text.replace("|", "/")


COMMANDS = {
    "check": Command(
        _configure,
        _run,
        examples=(
            ("check", "list what was looked at, and what wants attention"),
            ("check --nagios", "one line, as a plugin for Nagios or Icinga"),
            ("check --json", "the same as a document"),
        ),
    )
}
