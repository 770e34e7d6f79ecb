"""``changer state forget-host``: believe a person that a host is gone for good."""

from __future__ import annotations

from argparse import Namespace

from changer.cli.application import Application
from changer.cli.output import require_yes
from changer.host.syslog import log_warning


def forget_host(application: Application, arguments: Namespace) -> int:
    """Show which libraries it was on record for, ask, and forget it.

    Nothing shows whether it is gone: a process of it that was stopped may still send a command.
    """
    coordination, name = application.request().coordination, arguments.host
    with application.acting_store(arguments):
        libraries = coordination.forget_host(name, dry_run=True)
        if not (arguments.yes or arguments.dry_run):
            require_yes(
                f"that {name} is gone for good",
                f"If {name} was stopped in the middle of a command, the library will not refuse it"
                f" any more.\nIs {name} switched off, never to go on from where it was?",
                otherwise=f"{name} was not forgotten",
            )
        if not arguments.dry_run:
            libraries = coordination.forget_host(name, dry_run=False)
            log_warning(f"{name} is forgotten: someone says that it is gone for good")
        application.output.print_json("host-forgotten", {"host": name, "libraries": [*libraries]})
        application.output.print(f"{name} is forgotten; on record for {', '.join(libraries)}")
    return 0
