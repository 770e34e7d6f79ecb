"""One reading for several moves under one hold of the library's lock.

What it showed holds until one of the moves has changed it, or the library reports a change: then
it is read again.
"""

from __future__ import annotations

from changer.journal.settle import settle_or_refuse
from changer.library.addressing import Place
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.moves.execute import move_locked
from changer.moves.plan import Plan, plan_on
from changer.moves.verify import MoveResult
from changer.smc.cdb import test_unit_ready


class Reading:
    """All elements of a library, and the moves that are planned by them. Only under the lock."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._read()

    def _read(self) -> None:
        library = self._library
        library.context.progress("reading the library")
        self._inventory = library.read()
        self._attentions = library.session.attention_count
        self._taken: set[int] = set()  # since then

    @property
    def inventory(self) -> Inventory:
        """As read last; moves that were made since do not show in it."""
        return self._inventory

    def plan(self, source: Place, destination: Place) -> Plan:
        """As plan_move; read again only where the library reported a change meanwhile."""
        if self._library.session.attention_count != self._attentions:
            self._read()
        return plan_on(self._library, self._inventory, source, destination, taken=self._taken)

    def move(self, source: Place, destination: Place, *, operation_id: str) -> MoveResult:
        """Make a planned move; raises as move_locked."""
        moved = move_locked(
            self._library, lambda: self.plan(source, destination), operation_id=operation_id
        )
        if not moved.has_left:
            self._taken.add(moved.destination_address)
        return moved


def read_settled(library: Library) -> Reading:
    """Settle what dead processes left, and read a library that is ready. Only under the lock.

    Raises as settle_or_refuse, and as a reading.
    """
    settle_or_refuse(library)
    library.session.send(test_unit_ready())
    return Reading(library)
