"""The owner's side: a program is run for another host, which sees it as if it ran there.

``changer __owner``: ssh starts it, and its standard input and output carry messages
(``changer.owner.frames``). All that it runs are the programs of a table, by the words that it is
sent; no shell, no file of the client's choice, and no library that this host does not own.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from io import TextIOBase
from typing import Any

from changer.cli.process import exit_status_of, fill_closed_streams, raise_signals
from changer.errors import MalformedData
from changer.host import interrupts
from changer.library.discovery import mean_tapes_of
from changer.owner.client import Client, ClientTapes
from changer.owner.frames import PROTOCOL, Frame, number_of, optional_text, text_of, texts_of
from changer.printable import printable
from changer.transport.opening import open_tapes_by
from changer.values import NamedTuple

PROGRAMS: Mapping[str, tuple[str, str]] = {
    "changer": ("changer.cli.owner_side_command", "run"),
    "python": ("changer.cli.owner_side_call", "run"),
    "changer-mtx": ("changer.hooks.mtx.program", "run_for"),
    "changer-autochanger": ("changer.hooks.autochanger.program", "run_for"),
}
"""What is run for another host, and the function that gets its words and its surroundings."""

_TYPING_SECONDS = 86400.0
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+,.<>-]*(?:/[A-Za-z0-9_+-]+)*")
_ENVIRONMENT = {"TERM": re.compile("[A-Za-z0-9._+-]{1,64}"), "NO_COLOR": re.compile(".{0,64}")}
_LONGEST_NAME = 64
_MOST_COLUMNS = 10_000


class Served(NamedTuple):
    """What a program is run for.

    ``host``: the client's name, as it says. ``library``: the one that is meant; None: the default.
    ``devices``: libraries by the names of the client's devices; ``device``: its default one.
    ``spent_seconds``: since the client's program was started. ``say``: sends it a message.
    ``call``: of the Python interface.
    """

    host: str
    say: Callable[[Frame], None]
    library: str | None
    devices: Mapping[str, str]
    device: str | None
    spent_seconds: float
    call: object


def run_for_client() -> int:
    """Run what a client asks for. Returns the exit status."""
    from importlib.metadata import version

    client = Client(os.dup(0), os.dup(1))
    os.close(0)
    os.close(1)
    fill_closed_streams()
    host = os.uname().nodename
    client.say({"hello": version("changer"), "protocol": PROTOCOL, "host": host})
    try:
        frame = client.begin()
        if frame is None:
            return 0
        client.listen()
        status = _run(client, frame.get("request"))
    except MalformedData as error:
        client.say({"error": f"changer: {error.message}\n"})
        status = error.exit_status
    except KeyboardInterrupt as interrupted:  # after its last words
        status = exit_status_of(interrupted)
    with interrupts.held():
        client.end(status)
    return status


def _run(client: Client, request: object) -> int:
    try:
        if not isinstance(request, dict):
            raise MalformedData("the first message is not a request")
        _surround(client, request)
        run = _program(request)
        return run(list(texts_of(request, "arguments")), _served(client, request))
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    except MalformedData:
        raise
    except Exception:
        import traceback

        traceback.print_exc()
        return 1


def _program(request: Frame) -> Callable[[list[str], Served], int]:
    name = text_of(request, "program")
    if name not in PROGRAMS:
        raise MalformedData(f"unknown program {name!r}")
    module, function = PROGRAMS[name]
    run: Callable[[list[str], Served], int] = getattr(import_module(module), function)
    return run


def _served(client: Client, request: Frame) -> Served:
    devices = request.get("devices") or {}
    if not isinstance(devices, dict) or not all(isinstance(each, str) for each in devices.values()):
        raise MalformedData("a request names devices without their libraries")
    return Served(
        host=printable(text_of(request, "host"))[:_LONGEST_NAME],
        say=client.say,
        library=_library(optional_text(request, "library")),
        devices={name: _library(each) or "" for name, each in devices.items()},
        device=optional_text(request, "device"),
        call=request.get("call"),
        spent_seconds=number_of(request, "spent") if "spent" in request else 0.0,
    )


def _library(name: str | None) -> str | None:
    """A library by its id or a part of it: a device would be one of another host."""
    if name is not None and ("/" in name or ":" in name):
        raise MalformedData(f"{name!r} is not the id of a library")
    return name


def _surround(client: Client, request: Frame) -> None:
    """Let this process print, read, and be interrupted as one of the client's host."""
    sys.stdout = _FarOutput(client, "out", request.get("out"))
    sys.stderr = _FarOutput(client, "error", request.get("error"))
    sys.stdin = _FarInput(client, request.get("in"))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)  # whatever the line's end ignored
    raise_signals()
    told = request.get("environment")
    for name, fits in _ENVIRONMENT.items():
        value = told.get(name) if isinstance(told, dict) else None
        if isinstance(value, str) and fits.fullmatch(value):
            os.environ[name] = value
        else:
            os.environ.pop(name, None)
    zone = optional_text(request, "zone")
    if zone is not None and _ZONE.fullmatch(zone):
        os.environ["TZ"] = zone
        time.tzset()
    tapes = ClientTapes(client)
    mean_tapes_of(tapes)
    open_tapes_by(tapes.open)


class _FarOutput(TextIOBase):
    """A stream of the client."""

    def __init__(self, client: Client, name: str, told: object) -> None:
        about: dict[str, Any] = told if isinstance(told, dict) else {}
        self._client = client
        self._name = name
        self._is_terminal = about.get("terminal") is True
        columns, lines = _size(about.get("size"))
        self.far_size = (columns, lines)
        self._encoding = _known_encoding(about.get("encoding"))

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """What the client's can show."""
        return self._encoding

    def isatty(self) -> bool:
        """Whether the client's is a terminal."""
        return self._is_terminal

    def write(self, text: str) -> int:
        """Have the client write it."""
        if text:
            self._client.say({self._name: text})
        return len(text)


class _FarInput(TextIOBase):
    """The standard input of the client."""

    def __init__(self, client: Client, told: object) -> None:
        self._client = client
        self._is_terminal = isinstance(told, dict) and told.get("terminal") is True

    def isatty(self) -> bool:
        """Whether the client's is a terminal."""
        return self._is_terminal

    def read(self, size: int | None = -1) -> str:
        """Up to so many characters."""
        return self._ask(size if size and size > 0 else 1 << 20)

    def readline(self, size: int = -1) -> str:  # type: ignore[override] # noqa: ARG002
        """One line."""
        return self._ask(0)

    def _ask(self, size: int) -> str:
        return str(self._client.ask("input", limit_seconds=_TYPING_SECONDS, size=size))


def _size(told: object) -> tuple[int, int]:
    if isinstance(told, list) and len(told) == 2 and all(isinstance(each, int) for each in told):
        columns, lines = (max(0, min(each, _MOST_COLUMNS)) for each in told)
        return columns, lines
    return 0, 0


def _known_encoding(told: object) -> str:
    try:
        "".encode(str(told))
    except LookupError:
        return "utf-8"
    return str(told)
