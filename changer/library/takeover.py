"""Reading of a library that was taken over from another host: until two readings agree.

What that host has sent may have come to its end only now.
"""

from __future__ import annotations

from collections.abc import Callable

from changer.errors import NotReady
from changer.host.clock import Clock
from changer.library.inventory import Inventory

_READINGS = 10
_PAUSE_SECONDS = 1.0


def read_until_still(read: Callable[[], Inventory], *, name: str, clock: Clock) -> Inventory:
    """Return what two readings in a row show. Raises NotReady where none do, and as reading."""
    before = read()
    for _ in range(_READINGS):
        now = read()
        if now == before:
            return now
        before = now
        clock.sleep(_PAUSE_SECONDS)
    raise NotReady(
        f"{name} shows something else at each reading, so it was not taken over",
        hint="see whether its robot moves, or somebody opened it; then try again",
    )
