"""Inside a program that is to be killed from outside: records its points, or stops at one.

Imported by ``site/sitecustomize.py``, before the program itself begins.
"""

from __future__ import annotations

import atexit
import os
import signal
from collections.abc import Mapping
from pathlib import Path

from .points import Point, Recorder, Trap, load_points, save_points
from .watching import watch

_AT, _FILE, _LOCKS, _STATE = (f"KILLING_{name}" for name in ("AT", "FILE", "LOCKS", "STATE"))
_HERE = Path(__file__).parent


def environment(*, file: Path, locks: Path, state: Path, at: Point | None) -> Mapping[str, str]:
    """For the program. ``file``: of its points, written at its end unless it is to stop ``at``."""
    places = (_HERE / "site", _HERE.parent, *filter(None, [os.environ.get("PYTHONPATH")]))
    return {
        "PYTHONPATH": os.pathsep.join(map(str, places)),
        _FILE: str(file),
        _LOCKS: str(locks),
        _STATE: str(state),
        _AT: str(at.number if at else 0),
    }


def begin() -> None:
    file, number = Path(os.environ[_FILE]), int(os.environ[_AT])
    locks, state = Path(os.environ[_LOCKS]), Path(os.environ[_STATE])
    if number == 0:
        recorder = Recorder()
        atexit.register(lambda: save_points(recorder.points, file))
        watch(recorder, locks=locks, state=state)
        return
    points = load_points(file)
    watch(Trap(points, points[number - 1], _stop), locks=locks, state=state)


def _stop() -> None:
    """Until another process, which waits for that, ends this one."""
    os.kill(os.getpid(), signal.SIGSTOP)
