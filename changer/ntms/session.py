"""Sessions of the Removable Storage Manager's functions, and their answers.

Threads may share a session: every call opens the library for itself. A process made by fork may not
use it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from changer.cleaning.background import StartedOperation, start
from changer.drives.cleaning_mark import mark_cleaned
from changer.errors import (
    ChangerError,
    LibraryClosed,
    OperationNotStoppable,
    StoreUnreachable,
    UnsupportedByLibrary,
    UsageError,
)
from changer.journal.operations import UNEXPECTED, ntms_result, request_stop
from changer.library.discovery import find_tape_drives
from changer.library.library import Library
from changer.library.opening import Request, known_libraries, open_known_library
from changer.ntms.identifiers import (
    find_drive,
    find_library,
    library_guid,
    parse_guid,
    standalone_drive_guid,
)
from changer.store.records import OperationKind
from changer.values import replace

if TYPE_CHECKING:
    from uuid import UUID

ResultT = TypeVar("ResultT")
SUCCESS = 0


class NtmsSession:
    """A session, as OpenNtmsSession returns it.

    request   called at each call, for settings and places.
    server    None: this host; another can't be reached.
    on_error  called with the error behind each number but ERROR_SUCCESS.
    """

    def __init__(
        self,
        request: Callable[[], Request],
        *,
        server: str | None = None,
        on_error: Callable[[ChangerError], None] | None = None,
    ) -> None:
        self._make_request = request
        self._server = server
        self._process_id = os.getpid()
        self._is_open = True
        self.on_error = on_error

    def require_open(self) -> None:
        """Raise LibraryClosed after ``close``, and in a process made by fork."""
        if not self._is_open or self._process_id != os.getpid():
            raise LibraryClosed("the session is closed, or another process's")

    def close(self) -> None:
        """Make every later call fail; operations that were started go on."""
        self._is_open = False

    def library_guid(self, value: UUID | str | None) -> UUID:
        """GUID of a library, of that or of its alias. Raises UsageError."""
        try:
            return parse_guid(value, what="a library")
        except UsageError:
            library_id = None
            if isinstance(value, str):
                library_id = self.request().configuration.id_of_alias(value)
            if library_id is None:
                raise
            return library_guid(library_id)

    def request(self) -> Request:
        """Settings and places of one call. Raises StoreUnreachable, UsageError."""
        if self._server not in (None, "", "localhost", os.uname().nodename):
            raise StoreUnreachable(
                f"the state store of {self._server} can't be reached: only this host's can"
            )
        request = self._make_request()
        if (owner := request.configuration.manager) is not None:
            raise StoreUnreachable(
                f"the libraries of this host are managed by {owner.host}, and these functions are "
                "not passed on",
                hint=f"open the session on {owner.host}",
            )
        return replace(request, held=[])

    @contextmanager
    def library(self, guid: UUID) -> Iterator[Library]:
        """The library of a GUID, opened. Raises NoLibrary, and as opening it."""
        request = self.request()
        known = find_library(guid, known_libraries(request))
        with open_known_library(request, known) as library:
            yield library

    def start(self, guid: UUID, run: Callable[..., ResultT]) -> StartedOperation[ResultT]:
        """Start a function on the library of a GUID, and return once its checks have passed."""
        request = self.request()
        library = find_library(guid, known_libraries(request))
        return start(request, library, run, until_accepted=True)

    def start_on_drive(self, guid: UUID, run: Callable[..., ResultT]) -> StartedOperation[ResultT]:
        """Start a function on the drive of a GUID, likewise. Raises NoSuchDrive."""
        request = self.request()
        known, place = find_drive(guid, known_libraries(request))
        return start(request, known, partial(run, drive=place), until_accepted=True)

    def stop(self, guid: UUID, kind: OperationKind, operation: UUID) -> None:
        """Stop an operation of that kind that waits for an operator, in any process.

        Raises UnsupportedByLibrary without mail slots, OperationNotFound, OperationNotStoppable.
        """
        with self.library(guid) as library:
            library.require_usable()
            # The door may be open: STOP does not wait for the library to become ready.
            patience = library.session.patience
            library.session.patience = patience._replace(
                ready_timeout_seconds=0.0, retry_timeout_seconds=0.0
            )
            if not library.reader.assignment().import_export.count:
                raise UnsupportedByLibrary(
                    f"{library.id} has no mail slots: {kind} can't be stopped"
                )
            known = library.store.operation(str(operation))
            if known is not None and (known.library_id, known.kind) != (library.id, kind):
                raise OperationNotStoppable(
                    f"operation {operation} is not an {kind} of {library.id}"
                )
            request_stop(library.context.coordination, library.store, str(operation))

    def mark_standalone_drive(self, guid: UUID) -> bool:
        """Record a stand-alone drive as cleaned now; False if no such drive has the GUID."""
        request = self.request()
        for each in find_tape_drives():
            serial = each.identity.serial
            if serial is not None and standalone_drive_guid(serial) == guid:
                with request.coordination.open_store() as store:
                    mark_cleaned(store, each.device)
                return True
        return False


def require_session(session: object) -> NtmsSession:
    """The session, if it is one and open. Raises LibraryClosed."""
    if not isinstance(session, NtmsSession):
        raise LibraryClosed("that is not a session")
    session.require_open()
    return session


def answer(session: object, kind: OperationKind, call: Callable[[NtmsSession], object]) -> int:
    """0, or the number that the Removable Storage Manager has for the error of ``call``."""
    try:
        call(require_session(session))
    except ChangerError as error:
        if isinstance(session, NtmsSession) and session.on_error is not None:
            session.on_error(error)
        return (ntms_result(kind, error) or UNEXPECTED).code
    return SUCCESS
