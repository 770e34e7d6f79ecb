"""``changer recover --all``: what interrupted commands left in every library on record."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from typing import Any

from changer.cleaning.recovery_report import RecoveryReport
from changer.cli.application import Application
from changer.cli.recovered import findings_json, words_of
from changer.errors import ChangerError, DeviceNotAvailable, NoLibrary, UsageError
from changer.library.library import Library
from changer.library.opening import Request, open_library
from changer.store.records import LibraryRecord
from changer.transport.opening import SIMULATED
from changer.values import replace

Recover = Callable[[Library], RecoveryReport]
_OF_ONE = ("dry_run", "accept_missing", "at_rest", "direction", "to")
_PAUSE_SECONDS = 1.0


def recover_all(application: Application, arguments: Namespace, recover: Recover) -> int:
    """Recover each library of the records that something is open in, one after the other.

    One that is not attached yet is given the time of --wait. Raises the first error, when all had
    their turn; the others are warned of.
    """
    _refuse_options(application, arguments)
    until = application.request().clock.monotonic() + application.options.wait
    errors: list[ChangerError] = []
    documents: list[dict[str, Any]] = []
    for record, request in _left_open(application):
        moves: list[dict[str, Any]] = []
        error: ChangerError | None = None
        try:
            came = _recover_when_attached(application, request, recover, until=until)
            application.output.print(words_of(came, record.id))
            moves = findings_json(came)
            came.raise_for_open()
        except ChangerError as failed:
            error = failed
            errors.append(failed)
        documents.append({"library": record.id, "moves": moves, **_error_json(error)})
    application.output.print_json("recoveries", {"libraries": documents})
    if not documents:
        application.output.print("nothing is open in any library on record")
    return _raise_first(application, errors)


def _refuse_options(application: Application, arguments: Namespace) -> None:
    """Refuse what is about one library."""
    given = [each for each in _OF_ONE if getattr(arguments, each)]
    names = {"direction": f"--{arguments.direction}"}
    if application.options.library is not None:
        names["library"], given = "--library", ["library", *given]
    if given:
        name = names.get(given[0], f"--{given[0].replace('_', '-')}")
        raise UsageError(
            f"--all and {name} exclude each other", hint="name one library, without --all"
        )


def _left_open(application: Application) -> list[tuple[LibraryRecord, Request]]:
    """The libraries with an open move, or an operation without an end, and how each is opened.

    One of another store is left out: a virtual library of root, for a user with their own.
    """
    own = application.request().paths.state
    with application.open_store() as store:
        left = [
            (each, _request(application, each))
            for each in store.libraries()
            if store.unsettled_moves(each.id) or store.unfinished_operations(each.id)
        ]
    return [(record, request) for record, request in left if request.paths.state == own]


def _request(application: Application, record: LibraryRecord) -> Request:
    is_virtual = (record.device or "").startswith(SIMULATED)
    return replace(application.request(), library=record.device if is_virtual else record.id)


def _recover_when_attached(
    application: Application, request: Request, recover: Recover, *, until: float
) -> RecoveryReport:
    """Recover a library, again while it can't be reached; what was done stays done."""
    while True:
        try:
            with open_library(request) as library:
                return recover(library)
        except (DeviceNotAvailable, NoLibrary):
            if request.clock.monotonic() >= until:
                raise
            application.progress.step(f"waiting for {request.library} to be attached")
        request.clock.sleep(_PAUSE_SECONDS)


def _error_json(error: ChangerError | None) -> dict[str, Any]:
    if error is None:
        return {"code": None, "message": None, "hint": None}
    return {"code": error.code, "message": error.message, "hint": error.hint}


def _raise_first(application: Application, errors: list[ChangerError]) -> int:
    for other in errors[1:]:
        application.warn(f"{other.message}; {other.hint}" if other.hint else other.message)
    if errors:
        raise errors[0]
    return 0
