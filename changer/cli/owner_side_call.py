"""A call of the Python interface that is made for another host, as the owner of the library."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from changer.cleaning.background import StartedOperation
from changer.errors import ChangerError, MalformedData, OperationNotStoppable
from changer.host import interrupts
from changer.library.choose import asked_name
from changer.library.opening import host_request
from changer.library.owner_choice import refuse_passing_on
from changer.library.settings import paths
from changer.owner.errors_sent import error_frame
from changer.owner.frames import Frame, number_of, text_of
from changer.owner.remote_library import IDENTITY, Named
from changer.owner.values_sent import decode_value, encode_value
from changer.values import replace

if TYPE_CHECKING:
    from changer.api import TapeLibrary
    from changer.cli.owner_side import Served

_LONGEST_WAIT = 864_000


def run(_: Sequence[str], served: Served) -> int:
    """Make the call, and send what it returns or raises."""
    try:
        served.say({"value": encode_value(_call(served))})
    except ChangerError as error:
        served.say({"raised": error_frame(error)})
        return error.exit_status
    return 0


def _call(served: Served) -> Any:
    from changer.api import PASSED_ON, LibraryCleaner, TapeLibrary

    call = served.call
    if not isinstance(call, dict):
        raise MalformedData("a request has no call")
    method = text_of(call, "method")
    args, kwargs = _arguments(call)
    with _library(TapeLibrary, served, number_of(call, "wait_seconds", most=_LONGEST_WAIT)) as it:
        if method == IDENTITY:
            return Named(it.id, it.identity, it.device)
        function = PASSED_ON.get(method)
        if function is None:
            raise MalformedData(f"unknown method {method!r}")
        target = it.cleaner if method.startswith(f"{LibraryCleaner.__name__}.") else it
        result = function(target, *args, **kwargs)
        return _awaited(result, served) if isinstance(result, StartedOperation) else result


def _awaited(operation: StartedOperation[Any], served: Served) -> Any:
    """Say that an operation has begun, and wait for its end, also of one that need not go on."""
    try:
        served.say({"begun": operation.id})  # with it, the client's process may be gone
        return operation.wait()
    except KeyboardInterrupt:  # the client's process was killed, or is gone
        with interrupts.held(), suppress(ChangerError):
            with suppress(OperationNotStoppable):
                operation.stop()
            operation.wait()
        raise


def _library(kind: type[TapeLibrary], served: Served, wait_seconds: float) -> TapeLibrary:
    folder = paths(environment=os.environ, simulated=True).simulated
    request = host_request(f"python (for {served.host})")
    request = replace(
        request,
        library=asked_name(served.library, folder, request.configuration),
        wait_seconds=wait_seconds,
        progress=lambda text: served.say({"progress": text}),
        warn=lambda text: served.say({"warn": text}),
    )
    refuse_passing_on(request.name, request.configuration)
    return kind(request)


def _arguments(call: Frame) -> tuple[list[Any], dict[str, Any]]:
    args, kwargs = call.get("args"), call.get("kwargs")
    if not isinstance(args, list) or not isinstance(kwargs, dict):
        raise MalformedData("a call has no arguments")
    decoded = {str(name): decode_value(each) for name, each in kwargs.items()}
    return [decode_value(each) for each in args], decoded
