"""``changer config check``: every mistake in the settings file, and what does not fit this host."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from changer.cli.application import Application
from changer.cli.config_facts import gather
from changer.cli.output import count
from changer.errors import AccessDenied, ChangerError, SettingsWrong
from changer.host.clock import SystemClock
from changer.host.trust import others_who_may_change
from changer.library.opening import Request
from changer.library.settings import (
    Configuration,
    configuration_of,
    settings_content,
    settings_file,
    state_place,
)
from changer.library.settings_check import Remark, check_settings
from changer.library.settings_document import (
    Document,
    Mistake,
    PlacedMistake,
    placed,
    read_document,
)
from changer.printable import printable
from changer.transport.opening import SIMULATED
from changer.values import NamedTuple

if TYPE_CHECKING:
    from changer.library.settings_check import Facts

_VARIABLE = "CHANGER_CONFIG"
_STATE_VARIABLE = "CHANGER_STATE"
_WRITTEN_BY = re.compile(r"\A# changer (?P<version>[0-9]+(?:\.[0-9]+)*)[ :]")


class Examined(NamedTuple):
    """The settings file as it was read, what it was compared with, and what is to be said of it."""

    file: Path
    document: Document | None
    facts: Facts
    problems: tuple[PlacedMistake, ...]
    notes: tuple[PlacedMistake, ...]

    def message_of(self, found: PlacedMistake) -> str:
        """What is wrong, with its place in the file where it has one."""
        return found.mistake.message if found.line is None else found.message(self.file)


def examine(application: Application) -> Examined:
    """Find what is wrong, and what is to be known."""
    file = settings_file(os.environ)
    document, remarks = _read(file)
    configuration = configuration_of(document) if document else Configuration()
    environment, found = _usable_environment()
    remarks += found
    facts = gather(_request(application, configuration, environment))
    table = document.table if document else {}
    remarks += check_settings(configuration, table, facts)
    lines = document.lines() if document else {}
    problems = placed([each.mistake for each in remarks if each.is_problem], lines)
    notes = placed([each.mistake for each in remarks if not each.is_problem], lines)
    return Examined(file, document, facts, problems, notes)


def check(application: Application) -> int:
    """Print what is wrong, and what is to be known. Raises SettingsWrong for a problem."""
    found = examine(application)
    application.output.print_json(
        "config-check",
        {
            "file": str(found.file),
            "problems": [_remark_json(each) for each in found.problems],
            "notes": [_remark_json(each) for each in found.notes],
            "libraries": [each.id for each in found.facts.seen],
            "on_record": [each.id for each in found.facts.on_record or ()],
        },
    )
    for line in _text(found):
        application.output.print(line)
    if found.problems:
        raise SettingsWrong(
            f"{count(len(found.problems), 'problem')} in the settings",
            hint="man changer.toml explains each setting",
        )
    return 0


def _usable_environment() -> tuple[Mapping[str, str], list[Remark]]:
    """The environment, without a name of a state store that can't be one."""
    if name := os.environ.get(_STATE_VARIABLE):
        try:
            state_place(name)
        except ChangerError as error:
            rest = {key: each for key, each in os.environ.items() if key != _STATE_VARIABLE}
            return rest, [_whole(f"${_STATE_VARIABLE}: {error.message}", error.hint)]
    return os.environ, []


def _request(
    application: Application, configuration: Configuration, environment: Mapping[str, str]
) -> Request:
    """As the application makes it, which would read the settings again, and fail."""
    options = application.options
    return Request(
        "changer config check",
        environment=environment,
        configuration=configuration,
        clock=SystemClock(),
        library=options.library,
        state=options.state,
        trace=options.trace,
        progress=application.progress.step,
        warn=application.warn,
        show=application.progress.say if options.verbose > 1 else None,
    )


# The file


def _read(file: Path) -> tuple[Document | None, list[Remark]]:
    """The settings file, and what is wrong with it as a file; None: it can't be read."""
    is_named = bool(os.environ.get(_VARIABLE))
    remarks = [*_untrusted(file)]
    try:
        content = settings_content(file, is_named=is_named, is_trusting=bool(remarks))
    except ChangerError as error:
        named = (
            f", which ${_VARIABLE} names" if is_named and isinstance(error, AccessDenied) else ""
        )
        return None, [*remarks, _whole(f"{error.message}{named}", error.hint)]
    document = read_document(content)
    remarks += [Remark(True, each) for each in document.mistakes]
    if not document.table and document.is_sound:
        remarks.append(Remark(False, Mistake(_nothing(file))))
    return document, [*remarks, *_of_newer_version(document)]


def _whole(message: str, hint: str | None) -> Remark:
    return Remark(True, Mistake(message, hint))


def _untrusted(file: Path) -> Iterator[Remark]:
    """Every user that could have written the file, or put it in its place."""
    with suppress(OSError):
        if file.is_file():
            for others in others_who_may_change(file):
                refusal = others.refusal()
                yield _whole(f"{refusal.message}: the settings are refused", refusal.hint)


def _nothing(file: Path) -> str:
    if not file.exists():
        return f"there is no settings file {file}: every setting has its default"
    return f"{file} sets nothing: every setting has its default"


def _of_newer_version(document: Document) -> Iterator[Remark]:
    """A file that ``config show`` of a newer version has written."""
    from importlib.metadata import version

    written = _WRITTEN_BY.search(document.text)
    if written is not None and _numbers(written["version"]) > _numbers(version("changer")):
        yield _whole(
            f"the settings are of changer {written['version']}, and this is {version('changer')}, "
            "which may not know all of them",
            "install that version again, or write the settings anew: changer config show",
        )


def _numbers(version: str) -> list[int]:
    return [int(each) for each in re.findall("[0-9]{1,9}", version)]


# What is printed


def _text(examined: Examined) -> Iterator[str]:
    file, document, facts, problems, notes = examined
    source = f" (${_VARIABLE})" if os.environ.get(_VARIABLE) else ""
    tables = len(document.libraries) if document else 0
    known = "" if facts.on_record is None else f", {len(facts.on_record)} on record"
    virtual = sum(each.device.startswith(SIMULATED) for each in facts.seen)
    own = len(facts.seen) - virtual
    libraries = f"libraries: {own} on this host, {virtual} virtual{known}"
    yield printable(f"{file}{source}: {count(tables, 'table')}; {libraries}")
    for word, found in (("problem", problems), ("note", notes)):
        for each in found:
            yield printable(f"{word}: {examined.message_of(each)}")
            if each.mistake.hint:
                yield printable(f"  {each.mistake.hint}")
    if not problems:
        yield "no problem was found"


def _remark_json(found: PlacedMistake) -> dict[str, Any]:
    return {
        "key": ".".join(found.mistake.path) or None,
        "line": found.line,
        "message": found.mistake.message,
        "hint": found.mistake.hint,
        "other_line": found.other_line,
    }
