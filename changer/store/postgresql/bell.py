"""A bell that rings when a host gives something back, so that who waits looks at once.

What it rings for is looked at, and never believed: a notice may be lost, as with each connection,
and poolers pass none on. So it only cuts pauses short.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from changer.errors import ChangerError
from changer.host import interrupts

if TYPE_CHECKING:
    from changer.host.clock import Clock
    from changer.store.postgresql.connection import Connection

CHANNEL = "changer_leases"
_SLICE_SECONDS = 0.1  # after which a signal is obeyed


@contextmanager
def listening(
    connect: Callable[[], Connection], *, clock: Clock
) -> Iterator[Callable[[float], None]]:
    """Yield a function that pauses for that many seconds, or until the bell rings.

    Where nothing can be heard, it pauses.
    """
    import psycopg

    try:
        connection = connect()
    except ChangerError:
        yield clock.sleep
        return
    with connection:
        try:
            connection.execute(f"LISTEN {CHANNEL}".encode())
        except psycopg.Error:
            yield clock.sleep
        else:
            yield lambda seconds: _pause(connection, clock, seconds)


def _pause(connection: Connection, clock: Clock, seconds: float) -> None:
    deadline = clock.monotonic() + seconds
    while (left := deadline - clock.monotonic()) > 0:
        if connection.closed or _is_rung(connection, min(left, _SLICE_SECONDS)):
            break
        interrupts.checkpoint()
    else:
        return
    if connection.closed:
        clock.sleep(max(0.0, deadline - clock.monotonic()))


def _is_rung(connection: Connection, seconds: float) -> bool:
    """Wait that long for a notice; a connection that is lost is closed."""
    import psycopg

    try:
        if not select.select([connection.fileno()], [], [], seconds)[0]:
            return False
        connection.pgconn.consume_input()
        heard = False
        while connection.pgconn.notifies() is not None:
            heard = True
    except (psycopg.Error, OSError, ValueError):
        connection.close()
        return False
    return heard
