"""The process that gives events to the programs of the host; no command of a person's."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from changer.errors import ChangerError
from changer.events.delivery import Recipients, deliver, deliver_document
from changer.host.clock import SystemClock
from changer.host.syslog import log_fields, log_warning
from changer.library.settings import load_configuration, state_place
from changer.store.coordination import coordinate


def main(arguments: Sequence[str]) -> int:
    """Deliver. ``arguments``: state store, folder of locks, folder of programs, document, command.

    As ``start_delivery`` writes them; empty for none.
    """
    state, locks, folder, document, *on_event = arguments
    recipients = Recipients(
        Path(folder) if folder else None, tuple(on_event), os.environ, log_fields
    )
    try:
        coordination = coordinate(
            state_place(state),
            locks=Path(locks),
            clock=SystemClock(),
            state_is_given=True,
            allow_async=load_configuration(os.environ).allow_async,
        )
        if document:
            deliver_document(coordination, document, recipients)
        else:
            deliver(coordination, recipients)
    except ChangerError as error:
        log_warning(f"events are not delivered now: {error.message}")
        return error.exit_status
    return 0
