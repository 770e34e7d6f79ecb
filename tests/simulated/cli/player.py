"""Command lines of a transcript, run one after the other, and all that they print.

A line ``$ changer ...`` is run in this process, with lines ``toml| `` before it as settings, and
``NAME=VALUE`` in its environment. Below stands what it wrote to standard output, then, after
``2> ``, to standard error, and its exit status where that is not 0. Times, ids, sizes and numbers
of processes are replaced.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from kept_files import assert_as_kept

from .terminal import Terminal

PROMPT, SETTING = "$ ", "toml| "
VARIABLE = re.compile("CHANGER[A-Z_]*=.*")
TIME = re.compile(r"\d{4}-\d\d-\d\d([ T])\d\d:\d\d:\d\d")
HOST = re.compile(r'("host": )"[^"]*"')
ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
# Of a file, whose name and size are of the moment, too.
KEPT_AS = re.compile(r"(replaced-)\d{8}-\d{6}(-\d+)?")
NUMBER = re.compile(
    r'("process_id": |\bprocess |"size": |"took_seconds": |"until": |\b(?:read|for) )[0-9.]+'
    r"|(_(?:timestamp|duration)_seconds(?:_bucket|_sum)?\{.*\} )[0-9.]+"
    r"|(?<=: )[0-9]+( bytes)"
)


class Player:
    """Runs the command lines of a transcript, and writes down what came of them."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._ids: dict[str, str] = {}

    def lines(self, transcript: str) -> Iterator[str]:
        """Its settings and command lines, each with what comes of it now."""
        settings: list[str] = []
        for line in transcript.splitlines():
            if line.startswith(SETTING):
                yield line
                settings.append(line.removeprefix(SETTING))
            elif VARIABLE.fullmatch(line):
                yield line
                name, _, value = line.partition("=")
                self._terminal.variables[name] = value
            elif line.startswith(PROMPT):
                if settings:
                    self._set(settings)
                    settings = []
                yield line
                yield from self._played(line.removeprefix(PROMPT))

    def _set(self, settings: list[str]) -> None:
        file = self._terminal.folder / "changer.toml"
        file.write_text("\n".join(settings) + "\n")
        self._terminal.variables["CHANGER_CONFIG"] = str(file)

    def _played(self, line: str) -> Iterator[str]:
        program, *words = shlex.split(line.replace("FOLDER", str(self._terminal.folder)))
        assert program == "changer"
        for number, known in enumerate(self._ids, 1):
            words = [each.replace(f"ID-{number}", known) for each in words]
        run = self._terminal.run(*words)
        yield from self._same_each_time(run.out).splitlines()
        yield from (f"2> {each}" for each in self._same_each_time(run.err).splitlines())
        if run.status:
            yield f"exit status {run.status}"

    def _same_each_time(self, text: str) -> str:
        text = text.replace(str(self._terminal.folder), "FOLDER")
        text = ID.sub(self._numbered, TIME.sub(r"YYYY-MM-DD\1hh:mm:ss", text))
        text = HOST.sub(r'\1"HOST"', text)
        text = KEPT_AS.sub(r"\1YYYYMMDD-hhmmss", text)
        text = text.replace(version("changer"), "VERSION")
        return NUMBER.sub(r"\1\2NUMBER\3", text)

    def _numbered(self, found: re.Match[str]) -> str:
        number = list(self._ids).index(found[0]) + 1 if found[0] in self._ids else 0
        if not number:
            number = len(self._ids) + 1
            self._ids[found[0]] = ""
        return f"ID-{number}".ljust(36, "-")


def assert_plays(terminal: Terminal, file: Path) -> None:
    """Its command lines print what the file has, and nothing else."""
    played = Player(terminal).lines(file.read_text(encoding="utf-8"))
    assert_as_kept("".join(f"{each}\n" for each in played), file)
