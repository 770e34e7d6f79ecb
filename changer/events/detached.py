"""Start of the process that delivers events: detached, without any file or lock of this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from changer.events.delivery import clean_environment
from changer.host.guarded_files import find_program
from changer.host.trust import absolute_path

if TYPE_CHECKING:
    from changer.store.sharing import Coordination

_PROGRAM = "from changer.cli.programs import deliver_events; deliver_events()"
_WITH_DRIVER = f"import sys; sys.path.append(sys.argv.pop(1)); {_PROGRAM}"
_PACKAGE = Path(__file__).parents[2]


class _Started:
    """Processes that were started: each is looked for again, so that none stays a zombie."""

    processes: list[subprocess.Popen[bytes]] = []  # noqa: RUF012 - there is one process


def start_delivery(
    coordination: Coordination,
    *,
    folder: Path | None,
    on_event: Sequence[str],
    document: Mapping[str, object] | None,
) -> None:
    """Start it, and don't wait for it. ``document``: an event that the store can't hold.

    What can't be started now is left: the next one delivers everything.
    """
    _Started.processes[:] = [each for each in _Started.processes if each.poll() is None]
    if not sys.executable:  # this process is not a Python interpreter's
        return
    # Without site: neither settings of the user nor files beside other packages run.
    argv = [sys.executable, "-S", "-P", "-c"]
    environment = {**clean_environment(os.environ), "PYTHONPATH": str(_PACKAGE)}
    if (driver := coordination.driver_folder) is None:
        argv += [_PROGRAM]
    else:
        argv += [_WITH_DRIVER, driver]
        environment |= {name: each for name, each in os.environ.items() if name.startswith("PG")}
    argv += [coordination.name, str(absolute_path(coordination.locks))]
    argv += ["" if folder is None else str(absolute_path(folder))]
    argv += ["" if document is None else json.dumps(document), *on_event]
    with suppress(OSError):
        _Started.processes.append(_start(argv, environment))


def _start(argv: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603
        [find_program(argv[0]), *argv[1:]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
        cwd="/",
    )
