"""What export and import have in common: how long they wait for a person, how that is ended."""

from __future__ import annotations

from changer.cli.application import Application
from changer.journal.operations import Callbacks

TIMEOUT_HELP = "wait up to SECONDS for someone each time (default: 600, or as the settings say)"


def say_how_to_stop(application: Application) -> Callbacks:
    """Say, where steps are said, how the operation is ended while it waits."""

    def say(operation_id: str) -> None:
        if application.options.verbose:
            application.progress.say(
                f"to end this while it waits: changer operations stop {operation_id}"
            )

    return Callbacks(started=say)
