"""All that ``changer serve`` runs: readers of libraries, and the server that shows them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from changer.errors import ChangerError, ToolMissing, UsageError
from changer.host.clock import Clock
from changer.overview.reader import SharedReader
from changer.overview.watched import Watched
from changer.values import NamedTuple
from changer.web.admission import Policy
from changer.web.application import Application
from changer.web.feed import Feed
from changer.web.listening import Address, Listening, listening_at, listening_on
from changer.web.page_files import page_files
from changer.web.records import Records
from changer.web.token import Tokens, read_tokens
from changer.web.view import LibraryView

_MOST_STREAMS = 256
_STOP_SECONDS = 1.0
_HOW_TO_PROTECT = (
    "make one: (umask 077; openssl rand -hex 32 >FILE), and name it with --token-file FILE; "
    "or let a reverse proxy ask for it (docs/web.md)"
)


class Place(NamedTuple):
    """Where to listen, and who may ask: an address, or a path for a group.

    ``names``: others by which the server may be asked.
    """

    address: Address
    path: Path | None = None
    group: str | None = None
    token_file: Path | None = None
    names: frozenset[str] = frozenset()

    def listening(self) -> AbstractContextManager[Listening]:
        """Begin to listen there."""
        if self.path is None:
            return listening_on(self.address)
        return listening_at(self.path, group=self.group)

    def tokens(self) -> Tokens | None:
        """Those of the file, read now. Raises AccessDenied, OutputFailed, SettingsWrong."""
        return None if self.token_file is None else read_tokens(self.token_file)


def require_server() -> None:
    """Raise ToolMissing where the server's library is not installed."""
    try:
        import uvicorn.protocols.http.h11_impl  # noqa: F401
    except ImportError as error:
        raise ToolMissing(
            f"changer serve needs uvicorn, a web server for Python ({error})",
            hint="pip install 'changer[web]'; on Debian: apt install python3-uvicorn",
        ) from error


def serve(
    watched: Sequence[Watched],
    place: Place,
    *,
    interval_seconds: float,
    clock: Clock,
    say: Callable[[str], None],
    ready: Callable[[Listening], None],
) -> int:
    """Show libraries until a signal comes, and return its number.

    ``say``: of trouble, in words; ``ready``: called when the server answers. Raises UsageError,
    AccessDenied, ListenFailed, OutputFailed, SettingsWrong. The server has to be there
    (``require_server``).
    """
    from changer.web.server import run_server

    tokens = place.tokens()
    with place.listening() as listening:
        if listening.is_open and tokens is None:
            raise UsageError(
                f"{listening.where} can be reached from other hosts, and so needs a token",
                hint=_HOW_TO_PROTECT,
            )
        names = listening.names | place.names
        readers = [SharedReader(each, interval_seconds=interval_seconds) for each in watched]
        feed = _feed(watched, readers, clock=clock)
        application = Application(feed, page_files(), Policy(names, tokens), report=say)

        def reload() -> None:
            try:
                application.policy = Policy(names, place.tokens())
            except ChangerError as error:
                say(f"the tokens stay as they were: {error.message}")
            else:
                feed.streams.end()  # their clients have to show that they may look

        for each in readers:
            each.start()
        try:
            return run_server(
                application, feed, listening, reload=reload, say=say, ready=lambda: ready(listening)
            )
        finally:
            for each in readers:
                each.stop(timeout_seconds=_STOP_SECONDS / len(readers))


def _feed(watched: Sequence[Watched], readers: Sequence[SharedReader], *, clock: Clock) -> Feed:
    tag = os.urandom(6).hex()
    records = [
        Records(
            each.id,
            each.request.coordination,
            auto_clean=each.request.configuration.settings(each.id).auto_clean,
            clock=clock,
        )
        for each in watched
    ]
    views = [LibraryView(each, tag=tag) for each in readers]
    return Feed(views, records, clock=clock, most_streams=_MOST_STREAMS)
