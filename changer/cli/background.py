"""A command that goes on in the background: its starter returns once it is ready."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from changer.errors import AttachFailed, ChangerError, error_classes
from changer.values import dataclass


@dataclass(slots=True)
class Starter:
    """In the process that goes on: reports to the waiting process how the start went."""

    _pipe: int

    def ready(self, content: dict[str, Any]) -> None:
        """Report that the start went well, and leave the current folder."""
        self._say({"content": content})
        os.chdir("/")

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """Report an error to the process that waits, or to the system's log once that is gone."""
        try:
            yield
        except ChangerError as error:
            if self._pipe < 0:
                import syslog

                syslog.syslog(syslog.LOG_ERR, f"changer: {error.message}")
            else:
                self._say({"code": error.code, "message": error.message, "hint": error.hint})
            raise

    def _say(self, document: dict[str, Any]) -> None:
        import json

        with os.fdopen(self._pipe, "w") as pipe:
            json.dump(document, pipe)
        self._pipe = -1


@dataclass(frozen=True, slots=True)
class Started:
    """In the process that waits for the start."""

    _pipe: int
    _process_id: int

    def wait(self) -> dict[str, Any]:
        """Wait for the other process, and return its report. Raises the error that it met."""
        import json

        with os.fdopen(self._pipe) as pipe:
            text = pipe.read()
        if not text:
            _, status = os.waitpid(self._process_id, 0)
            raise AttachFailed(
                f"the process in the background ended, status {os.waitstatus_to_exitcode(status)}"
            )
        document: dict[str, Any] = json.loads(text)
        if "content" not in document:
            kind = next(each for each in error_classes() if each.code == document["code"])
            raise kind(document["message"], hint=document["hint"])
        content: dict[str, Any] = document["content"]
        return content


def in_background() -> Starter | Started:
    """Fork: return a Starter in the process that goes on, in a session of its own, else Started.

    No thread may run yet.
    """
    reading, writing = os.pipe()
    process_id = os.fork()
    if process_id:
        os.close(writing)
        return Started(reading, process_id)
    os.close(reading)
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    return Starter(writing)
