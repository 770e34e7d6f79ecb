"""``changer doctor``: what usually is wrong, each with its fix, and a report for an issue."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from changer.cli.application import Application
from changer.cli.output import Span, Style, count
from changer.cli.parser import Command, Parser, file_name
from changer.cli.screen import Screen, screen_of_output, wrapped
from changer.errors import AccessDenied, ProblemsFound, UsageError
from changer.values import chosen

if TYPE_CHECKING:
    from changer.doctor.diagnosis import Diagnosis
    from changer.doctor.gathering.everything import Gathered
    from changer.doctor.gathering.kept import Remarks
    from changer.library.opening import Request

_WORDS = {"ok": "ok", "warning": "warning", "problem": "problem", "unknown": "not known"}
_STYLES = {"warning": Style.WARNING, "problem": Style.URGENT, "unknown": Style.QUIET}
_OF_THE_COMMAND_LINE = "--library: "
_COUNTABLE = ("warning", "problem")
_WIDTH = 9  # of the longest


def _configure(parser: Parser) -> None:
    parser.add_argument(
        "--report",
        metavar="FILE",
        type=file_name,
        help="also write what an issue needs to FILE, with serial numbers, labels, and names of "
        "hosts and users replaced",
    )
    parser.add_argument("--force", action="store_true", help="replace FILE if it exists")
    parser.epilog = (
        "Looks at this host, its settings and records, and each of its libraries; with\n"
        "--library at that one alone. It moves nothing, changes nothing, and waits for no lock.\n"
        "The exit status is 97 if there is a problem. Warnings, and what can't be read, don't\n"
        "count: run it as root to have everything read."
    )


def _run(application: Application, arguments: Namespace) -> int:
    if arguments.force and arguments.report is None:
        raise UsageError("--force is for --report FILE")
    from changer.doctor.checks import diagnose
    from changer.doctor.gathering.everything import gather

    request = _request(application)
    is_reported = arguments.report is not None
    gathered = gather(
        request,
        application.options.library,
        examine_settings=partial(_settings_remarks, application),
        thoroughly=is_reported,
    )
    diagnoses = diagnose(gathered.facts)
    if is_reported:
        application.progress.step("writing the report")
        _write_report(request, gathered, diagnoses, arguments)
    application.progress.rest()
    application.output.print_json("doctor", _as_json(gathered, diagnoses, arguments.report))
    screen = screen_of_output("auto")
    lines = _lines(gathered, diagnoses, screen)
    application.output.print_lines(lines, is_coloured=screen.is_coloured)
    if is_reported:
        application.output.print(f"{arguments.report}: read it before you publish it")
    problems = sum(each.level == "problem" for each in diagnoses)
    if problems:
        raise ProblemsFound(f"the doctor found {count(problems, 'problem')}")
    return 0


def _request(application: Application) -> Request:
    """The request, with the defaults in place of settings that can't be used."""
    try:
        return application.request()
    except (UsageError, AccessDenied):
        application.ignore_settings()
        return application.request()


def _settings_remarks(application: Application) -> Remarks:
    from changer.cli.config_check import examine
    from changer.doctor.facts import Problem
    from changer.doctor.gathering.kept import Remarks

    found = examine(application)
    problems = (Problem(found.message_of(each), each.mistake.hint) for each in found.problems)
    own = (each for each in problems if not each.message.startswith(_OF_THE_COMMAND_LINE))
    return Remarks(tuple(own), len(found.notes))


def _as_json(
    gathered: Gathered, diagnoses: Iterable[Diagnosis], report: Path | None
) -> dict[str, Any]:
    from changer.doctor.diagnosis import worst

    diagnoses = tuple(diagnoses)
    return {
        "state": worst(each.level for each in diagnoses),
        "libraries": [
            {"id": each.facts.id, "device": each.facts.device or None}
            for each in gathered.libraries
        ],
        "checks": [
            {
                **chosen(each, "check", "level", "seen", "advice"),
                "library": each.library or None,
                "fixes": list(each.fixes),
            }
            for each in diagnoses
        ],
        "report": None if report is None else str(report),
    }


def _lines(
    gathered: Gathered, diagnoses: tuple[Diagnosis, ...], screen: Screen
) -> Iterator[list[Span]]:
    """What was found: of the host, then of each library, the fixes below what they mend."""
    devices = {each.facts.id: each.facts.device for each in gathered.libraries}
    for library in dict.fromkeys(("", *devices, *(each.library for each in diagnoses))):
        found = [each for each in diagnoses if each.library == library]
        if not found:
            continue
        device = devices.get(library)
        heading = f"{library} ({device})" if device else library or "this host"
        yield [Span(heading, Style.HEADING)]
        for each in found:
            yield from _diagnosis_lines(each, screen)
    levels: list[str] = [each.level for each in diagnoses]
    counted = ", ".join(
        count(number, word) if level in _COUNTABLE else f"{number} {word}"
        for level, word in _WORDS.items()
        if (number := levels.count(level))
    )
    yield [Span(counted)]


def _diagnosis_lines(diagnosis: Diagnosis, screen: Screen) -> Iterator[list[Span]]:
    level = f"  {_WORDS[diagnosis.level]:<{_WIDTH}}  "
    indent = " " * len(level)
    words = f"{diagnosis.check}: {diagnosis.seen}".split(" ")
    first, *more = wrapped(words, screen.columns and screen.columns - len(level))
    yield [Span(level, _STYLES.get(diagnosis.level)), Span(first)]
    yield from ([Span(f"{indent}{each}")] for each in more)
    if diagnosis.level == "ok":
        return
    yield from ([Span(f"{indent}  {each}", Style.CLEANER)] for each in diagnosis.fixes)
    if diagnosis.advice:
        width = screen.columns and screen.columns - len(indent) - 2
        for line in wrapped(f"({diagnosis.advice})".split(" "), width):
            yield [Span(f"{indent}  {line}", Style.QUIET)]


def _write_report(
    request: Request, gathered: Gathered, diagnoses: tuple[Diagnosis, ...], arguments: Namespace
) -> None:
    """Write the report. Raises OutputFailed, also where something to be hidden would be in it."""
    import secrets

    from changer.doctor.gathering.origin import origin
    from changer.doctor.report import report_text
    from changer.store.maintenance.backup import write_output

    text = report_text(gathered, diagnoses, origin(request, gathered.facts), secrets.randbelow)
    state = request.paths.state
    content = text.encode("utf-8", "replace")
    write_output(arguments.report, content, replace=arguments.force, store=Path(state))


COMMANDS = {
    "doctor": Command(
        _configure,
        _run,
        examples=(
            ("doctor", "look at this host and all its libraries"),
            ("doctor --json", "the same for a program"),
            ("doctor --report doctor.txt", "write what an issue needs"),
        ),
    )
}
