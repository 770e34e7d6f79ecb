"""A command about a library of another host: its owner runs it, and this host shows the rest."""

from __future__ import annotations

import os
import re
import sys
from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from changer.cli.application import Application
from changer.cli.commands import LOOKING, Entry
from changer.cli.output import pass_on, terminal_size
from changer.errors import ChangerError, UsageError
from changer.owner.answers import Answers
from changer.owner.conversation import Conversation
from changer.owner.frames import Frame, text_of

if TYPE_CHECKING:
    from changer.library.owner_address import OwnerAddress
    from changer.library.owner_choice import Owned

_ENVIRONMENT = ("TERM", "NO_COLOR")


def run_at_owner(application: Application, owned: Owned, entry: Entry, arguments: Namespace) -> int:
    """Run the command of an application at the owner, and return its exit status."""
    try:
        return _run(application, owned, entry, arguments)
    except ChangerError as error:
        if getattr(arguments, "nagios", False):
            from changer.cli.check import report_to_nagios

            return report_to_nagios(application, error)
        raise


def _run(application: Application, owned: Owned, entry: Entry, arguments: Namespace) -> int:
    _refuse_files(application, owned.owner, arguments)
    words = [*application.arguments]
    read_input: Callable[[int], str] = _read_input
    if (file := getattr(arguments, "from_file", None)) is not None:
        words, read_input = _with_file_read(words, file)
    request = {"program": "changer", "arguments": words, "library": owned.name}
    progress = application.progress
    progress.step(f"connecting to {owned.owner.host}")
    answers = Answers(application.request(), read_input)
    reads = entry.group == LOOKING and getattr(arguments, "before", None) is None
    acts = not (reads or getattr(arguments, "dry_run", False))
    return converse(owned.owner, answers, lambda: request, acts=acts, connected=progress.rest)


def converse(
    owner: OwnerAddress,
    answers: Answers,
    request: Callable[[], Frame],
    *,
    acts: bool,
    connected: Callable[[], None] = lambda: None,
) -> int:
    """Have an owner run a program, and return its exit status.

    ``request``: called when it is connected.

    Raises OwnerUnreachable, OwnerLost, ToolMissing.
    """
    from importlib.metadata import version

    with Conversation(owner, answers, _show) as conversation:
        conversation.connect(version("changer"))
        connected()
        return conversation.run({**request(), **_surroundings()}, acts=acts)


def _show(frame: Frame) -> None:
    """Print what the owner says."""
    for stream in ("out", "error"):
        if stream in frame:
            pass_on(text_of(frame, stream), is_error=stream == "error")


def _refuse_files(application: Application, owner: OwnerAddress, arguments: Namespace) -> None:
    """Raise UsageError for options that name files of this host for what happens on another."""
    options = application.options
    given = {
        "--state": options.state,
        "--trace": options.trace,
        "--output": getattr(arguments, "output", None),
    }
    for name, value in given.items():
        if value is not None:
            raise UsageError(
                f"{name} can't be used here: {owner.host} manages the library, and keeps its "
                "records and sends its commands",
                hint=f"leave {name} out, or run the command on {owner.host}",
            )


def _with_file_read(words: list[str], file: Path) -> tuple[list[str], Callable[[int], str]]:
    """The words with the list of labels as standard input, which it is read to."""
    from changer.cli.export import read_list

    text = read_list(file)
    return [_without_file(each, str(file)) for each in words], lambda _: text


def _without_file(word: str, file: str) -> str:
    if word == file:
        return "-"
    return "--from-file=-" if word == f"--from-file={file}" else word


def _read_input(_size: int) -> str:
    """A line that is typed here; what is piped into a command is none of the owner's business."""
    return sys.stdin.readline() if sys.stdin and sys.stdin.isatty() else ""


def _surroundings() -> Frame:
    """What the owner must know of this host to print as it would be printed here."""
    return {
        "host": os.uname().nodename,
        "zone": _time_zone(),
        "environment": {each: os.environ[each] for each in _ENVIRONMENT if each in os.environ},
        "out": _stream(sys.stdout),
        "error": _stream(sys.stderr),
        "in": {"terminal": bool(sys.stdin and sys.stdin.isatty())},
    }


def _stream(stream: TextIO | None) -> Frame:
    if stream is None:
        return {"terminal": False, "size": [0, 0], "encoding": "utf-8"}
    is_terminal = stream.isatty()
    return {
        "terminal": is_terminal,
        "size": [*(terminal_size(stream) if is_terminal else (0, 0))],
        "encoding": stream.encoding or "utf-8",
    }


def _time_zone() -> str | None:
    """The name of this host's time zone, as ``$TZ`` has it; None where it has none."""
    if "TZ" in os.environ:
        return os.environ["TZ"] or "UTC"
    with suppress(OSError):
        place = str(Path("/etc/localtime").readlink())
        found = re.search("/zoneinfo/(?:posix/|right/)?(.+)", place)
        return found[1] if found else None
    return None
