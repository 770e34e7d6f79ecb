"""A library of another host for programs in Python: each call is made at its owner."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from changer.errors import ChangerError, LibraryClosed, MalformedData
from changer.library.model import Identity
from changer.owner.answers import Answers
from changer.owner.conversation import Conversation
from changer.owner.errors_sent import error_of
from changer.owner.frames import Frame, text_of
from changer.owner.values_sent import decode_value, encode_value
from changer.values import NamedTuple

if TYPE_CHECKING:
    from changer.library.opening import Request
    from changer.library.owner_choice import Owned

_NO_TERMINAL = {"terminal": False, "size": [0, 0], "encoding": "utf-8"}
IDENTITY = "identity"
"""Stands for a call of no method: what the library is."""
STOP = "TapeLibrary.stop"
"""The method that stops an operation by its id."""


class Named(NamedTuple):
    """What a library is."""

    id: str
    identity: Identity
    device: str


class RemoteLibrary:
    """A library by its owner. A connection is made for each call, and ends with it."""

    def __init__(self, owned: Owned, request: Request) -> None:
        """Asks the owner what the library is. Raises OwnerUnreachable, and as open_library does."""
        self._owned = owned
        self._request = request
        self._is_closed = False
        named = self.call(IDENTITY, (), {}, acts=False)
        if not isinstance(named, Named):
            raise MalformedData(f"{owned.owner.host} did not say what the library is")
        self.named = named

    def close(self) -> None:
        """Make every later call fail."""
        self._is_closed = True

    def call(
        self, method: str, args: Sequence[Any], kwargs: Mapping[str, Any], *, acts: bool
    ) -> Any:
        """Have the owner call a method, and return its value, or raise its error.

        Signals of the main thread are passed on, and obeyed here when it has ended. Raises
        OwnerUnreachable, OwnerLost, LibraryClosed.
        """
        self._require_open()
        return self._call(method, args, kwargs, acts=acts)

    def operation(
        self, method: str, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> tuple[Callable[[Callable[[str], None]], Any], Callable[[str], None]]:
        """What has the owner start an operation and waits for its end, and what stops it.

        The first calls its argument with the operation's id, once it has one, and ends as ``call``;
        the second takes that id. ``close`` does not end them. Raises LibraryClosed.
        """
        self._require_open()

        def run(begun: Callable[[str], None]) -> Any:
            return self._call(method, args, kwargs, acts=True, begun=begun)

        def stop(operation_id: str) -> None:
            self._call(STOP, (operation_id,), {}, acts=True)

        return run, stop

    def _require_open(self) -> None:
        if self._is_closed:
            raise LibraryClosed(f"{self.named.id} was closed")

    def _call(
        self,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        *,
        acts: bool,
        begun: Callable[[str], None] = lambda _: None,
    ) -> Any:
        call = {
            "method": method,
            "args": [encode_value(each) for each in args],
            "kwargs": {name: encode_value(each) for name, each in kwargs.items()},
            "wait_seconds": self._request.wait_seconds,
        }
        from importlib.metadata import version

        result = _Result(self._request, begun)
        answers = Answers(self._request, lambda _: "")
        with Conversation(self._owned.owner, answers, result.take) as conversation:
            conversation.connect(version("changer"))
            conversation.run(self._as_request(call), acts=acts)
        for number in conversation.signals:
            signal.raise_signal(number)
        return result.value()

    def _as_request(self, call: Frame) -> Frame:
        return {
            "program": "python",
            "arguments": [],
            "call": call,
            "library": self._owned.name,
            "host": os.uname().nodename,
            "zone": os.environ.get("TZ"),
            "out": _NO_TERMINAL,
            "error": _NO_TERMINAL,
            "in": {"terminal": False},
        }


class _Result:
    """What an owner says of a call."""

    def __init__(self, request: Request, begun: Callable[[str], None]) -> None:
        self._request = request
        self._begun = begun
        self._frame: Frame | None = None
        self._said = ""

    def take(self, frame: Frame) -> None:
        """One message."""
        if "progress" in frame:
            self._request.progress(text_of(frame, "progress"))
        elif "warn" in frame:
            self._request.warn(text_of(frame, "warn"))
        elif "begun" in frame:
            self._begun(text_of(frame, "begun"))
        elif "error" in frame:
            self._said += text_of(frame, "error")
        elif "value" in frame or "raised" in frame:
            self._frame = frame

    def value(self) -> Any:
        """What was returned. Raises what was raised."""
        if self._frame is None:
            lines = self._said.splitlines() or ["no reason given"]
            raise MalformedData(f"the call had no result: {lines[-1]}")
        if "raised" in self._frame:
            error: ChangerError = error_of(self._frame["raised"])
            raise error
        return decode_value(self._frame["value"])
