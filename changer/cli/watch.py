"""``changer watch``: what happens in a library, as it happens."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable

from changer.cleaning.look import look
from changer.cli.application import Application
from changer.cli.interval import add_interval
from changer.cli.output import local_time
from changer.cli.parser import Command, Parser
from changer.cli.process import exit_status_of
from changer.errors import ChangerError, OutputFailed
from changer.events.document import event_json
from changer.events.telling import resume_delivery
from changer.host.clock import Clock, SystemClock
from changer.library.opening import open_library
from changer.library.pace import Pace
from changer.overview.watched import TOLD, Courtesy, be_impatient, find_watched

# What other commands tell is in the store, which costs the library nothing.
_TURN_SECONDS = 1.0
# While another process uses the library it is not read; but one that holds it for so long hangs.
_COURTESY_SECONDS = 900.0
_LONGEST_KIND = 20
_STORE = "the state store"


def _configure(parser: Parser) -> None:
    add_interval(parser)
    parser.add_argument(
        "--since",
        metavar="TIME",
        help="print first what was reported since then: 2026-11-29, 14:00, yesterday, 3d",
    )
    parser.add_argument(
        "--once", action="store_true", help="read the library once, print what is new, and end"
    )
    parser.epilog = (
        "Prints events as they come: what the library shows, and what other commands meet.\n"
        "Under --json each is a line of its own, the document that programs are given, too.\n"
        "While another process uses the library it is not read. Ctrl-C ends it (130)."
    )


def _run(application: Application, arguments: Namespace) -> int:
    watch = _Watch(application, arguments.interval)
    since = None
    if arguments.since is not None:
        from changer.cli.time_argument import point_in_time

        since = point_in_time(arguments.since, now=SystemClock().now(), is_end=False)
    try:
        watch.begin(since=since)
        watch.turn()
        while not arguments.once:
            watch.wait(_TURN_SECONDS)
            watch.turn()
    except KeyboardInterrupt as interrupted:
        return exit_status_of(interrupted)
    return 0


class _Watch:
    """Readings of one library, and events of the store, in turns."""

    def __init__(self, application: Application, interval_seconds: float) -> None:
        self._application = application
        self._request = application.request()
        self._clock: Clock = SystemClock()
        self._pace = Pace(interval_seconds)
        self._library_id = ""
        self._courtesy: Courtesy
        self._printed = 0
        self._troubles: dict[str, str] = {}

    def begin(self, *, since: float | None) -> None:
        """Find out which library is meant. Raises what opening it raises, unless it is known."""
        with self._request.coordination.open_store() as store:
            self._library_id, self._request = find_watched(self._request, store)
            self._courtesy = Courtesy(
                self._request.coordination, self._library_id, longest_seconds=_COURTESY_SECONDS
            )
            self._printed = store.events().last_id()
            if since is not None:
                told = store.events().after(0, library_id=self._library_id, since=since)
                self._printed = min([each.id - 1 for each in told], default=self._printed)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self._clock.sleep(seconds)

    def turn(self) -> None:
        """Read the library if it is time, and print what was told since the last turn."""
        if self._clock.monotonic() >= self._pace.next_at and not self._courtesy.is_due(
            self._clock.monotonic()
        ):
            self._read()
        self._guarded(_STORE, self._print_news)

    def _read(self) -> None:
        began = self._clock.monotonic()
        whole = self._pace.is_whole_due(began)
        changed = False

        def read() -> None:
            nonlocal changed
            with open_library(self._request) as library:
                be_impatient(library)
                changed = look(library, whole=whole)

        done = self._guarded("the library", read)
        self._application.progress.rest()
        ended = self._clock.monotonic()
        self._pace.was_read(began=began, ended=ended, whole=whole, failed=not done)
        if changed and not whole:
            self._pace.want_whole()

    def _guarded(self, what: str, step: Callable[[], None]) -> bool:
        """Make a step; warn of what keeps failing once, until it is another error."""
        try:
            step()
        except OutputFailed:  # what can't be printed is lost, however often a step is made
            raise
        except ChangerError as error:
            if self._troubles.get(what) != error.message and not isinstance(error, TOLD):
                self._application.warn(f"{error.message}; {what} is tried again")
            self._troubles[what] = error.message
            return False
        if self._troubles.pop(what, None) is not None and what == _STORE:
            self._application.warn(f"{what} can be used again")
        return True

    def _print_news(self) -> None:
        with self._request.coordination.open_store() as store:
            events = store.events()
            self._printed = min(self._printed, events.last_id())  # another store is in its place
            for event in events.after(self._printed, library_id=self._library_id):
                self._printed = event.id
                line = f"{local_time(event.happened_at)}  {event.kind:<{_LONGEST_KIND}}"
                self._application.output.print(f"{line}{event.message}")
                self._application.output.print_json_line(event_json(event))
            resume_delivery(store, self._request.context())


COMMANDS = {
    "watch": Command(
        _configure,
        _run,
        examples=(
            ("watch", "print events as they come"),
            ("watch --json --interval 60", "the same for a program, a document on each line"),
            ("watch --once --since yesterday", "read once; print all reported since yesterday"),
        ),
    )
}
