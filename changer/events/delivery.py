"""Delivery of events to the programs of the host: one after the other, in order, at least once.

One process at a time delivers the events of a store, by a lock of its own. It holds no other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from changer.errors import AccessDenied, LibraryBusy
from changer.events.document import event_json
from changer.events.programs import check_program, programs_in
from changer.events.run_program import LIMIT_SECONDS, run_with
from changer.host.guarded_files import CLEAN_ENVIRONMENT
from changer.store.protocol import Events
from changer.store.records import EventRecord
from changer.values import dataclass

if TYPE_CHECKING:
    from changer.store.sharing import Coordination

Log = Callable[[str, int, Mapping[str, str]], None]
_WARNING = 4  # syslog(3)
_AT_A_TIME = 100
_LONGEST_TURN_SECONDS = 3600.0
# Of the environment, for programs that call this one in their turn.
_KEPT = ("HOME", "USER", "LOGNAME", "TZ", "XDG_CONFIG_HOME", "XDG_STATE_HOME")


@dataclass(frozen=True, slots=True)
class Recipients:
    """The programs: ``on_event`` with its arguments, if it is set, then those of ``folder``."""

    folder: Path | None
    on_event: Sequence[str]
    environment: Mapping[str, str]
    log: Log
    limit_seconds: float = LIMIT_SECONDS

    def give(self, document: Mapping[str, object]) -> None:
        """Run each program with a document. What fails is logged once; the next one follows."""
        content = (json.dumps(document) + "\n").encode()
        commands = [[str(each)] for each in programs_in(self.folder)]
        for argv in ([list(self.on_event)] if self.on_event else []) + commands:
            trouble = self._run(argv, content)
            if trouble is not None:
                about = {"event": str(document.get("event")), "program": argv[0]}
                text = f"{argv[0]} {trouble} (event {about['event']})"
                self.log(text, _WARNING, about)

    def _run(self, argv: Sequence[str], content: bytes) -> str | None:
        try:
            check_program(Path(argv[0]))
        except AccessDenied as error:
            return f"was not informed: {error.message} ({error.hint})"
        except OSError as error:
            return f"can't be run: {error.strerror or error}"
        return run_with(
            argv,
            content,
            environment=clean_environment(self.environment),
            limit_seconds=self.limit_seconds,
        )


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What programs get of an environment."""
    kept = {
        name: value
        for name, value in environment.items()
        if name in _KEPT or name.startswith("CHANGER_")
    }
    return {**CLEAN_ENVIRONMENT, **kept}


def deliver(coordination: Coordination, recipients: Recipients) -> None:
    """Deliver until nothing is left, or another process does. Raises what the store raises.

    What comes while another process is about to end is seen by that, or by this one: it looks
    again after it has given up the lock.
    """
    with coordination.open_store() as store:
        events = store.events()
        while events.undelivered(limit=1):
            try:
                with coordination.delivery_lock():
                    _deliver_all(events, recipients)
            except LibraryBusy:
                return


def _deliver_all(events: Events, recipients: Recipients) -> None:
    while batch := events.undelivered(limit=_AT_A_TIME):
        for event in batch:
            _deliver_one(events, event, recipients)


def _deliver_one(events: Events, event: EventRecord, recipients: Recipients) -> None:
    recipients.give(event_json(event))
    events.delivered(event.id)


def deliver_document(coordination: Coordination, document: str, recipients: Recipients) -> None:
    """Deliver an event that the store does not hold, in its turn. Raises what the lock raises."""
    with coordination.delivery_lock(wait_seconds=_LONGEST_TURN_SECONDS):
        recipients.give(json.loads(document))
