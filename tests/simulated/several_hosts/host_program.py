"""The command changer as one of several hosts runs it: with a machine id of its own, short leases,
and a signal that strikes it at a point of its first move.

host_program.py FOLDER POINT:SIGNAL WORD ...; FOLDER has the file machine-id. Points:
intent (the intent is on record), check (it may be sent now), sent (the motion is over).
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from changer.host import processes
from changer.lock import lease as rules

TERM_SECONDS = 2.0


def main() -> None:
    folder, strike, *words = sys.argv[1:]
    processes._MACHINE_ID_FILES = (Path(folder) / "machine-id",)  # type: ignore[assignment]
    rules.TERM_SECONDS = rules.MARGIN_SECONDS = TERM_SECONDS
    rules.RENEWAL_SECONDS = TERM_SECONDS / 4
    strike_at(*strike.split(":"))
    sys.argv[1:] = words
    from changer.cli.programs import changer

    changer()


def strike_at(point: str, name: str = "") -> None:
    from changer.store.postgresql.lease import HeldLease

    left = {point: signal.Signals[name]} if name else {}
    covering = HeldLease.covering

    def reach(at: str) -> None:
        if at in left:
            os.kill(os.getpid(), left.pop(at))

    @contextmanager
    def covered(self: HeldLease, timeout_seconds: float) -> Iterator[None]:
        reach("intent")
        with covering(self, timeout_seconds):
            reach("check")
            yield
            reach("sent")

    HeldLease.covering = covered  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
