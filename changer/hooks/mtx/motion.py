"""One motion for mtx: planned, announced, sent and verified under the lock; told in its words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from changer.cli.output import write
from changer.errors import ChangerError
from changer.hooks.mtx.failures import motion_failure, reading
from changer.hooks.mtx.line import MtxInvocation
from changer.hooks.numbers import SlotNumbers
from changer.journal.settle import settle_or_refuse
from changer.library.addressing import Place
from changer.library.inventory import Inventory
from changer.moves.execute import exchange_locked, move_locked
from changer.moves.plan import Plan, PlannedExchange, plan_between, plan_exchange
from changer.smc.elements import ElementAddressAssignment

__all__ = ["Addresses", "ExchangeMedium", "Judge", "MoveMedium", "no_judgement"]

Addresses = tuple[int, ...]
"""Source and destination; an exchange has a second one."""

Judge = Callable[[Inventory], None]


def no_judgement(_: Inventory) -> None:
    """Of a command that mtx sends without a look at what is where."""


class _Motion(ABC):
    """``choose``: the element addresses, from what elements there are; both it and ``judge`` raise
    MtxFailure for what mtx would refuse itself, ``judge`` when the driver has refused the motion.
    """

    name: str

    def __init__(
        self,
        line: MtxInvocation,
        choose: Callable[[ElementAddressAssignment], Addresses],
        *,
        judge: Judge = no_judgement,
    ) -> None:
        self.line = line
        self.library = line.library()
        self.choose = choose
        self.announcement = ""
        self._judge = judge
        self._announced = False
        self._addresses: Addresses = (0, 0)

    def run(self) -> None:
        """Make it. Raises MtxFailure, or what mtx has no words for."""
        self.library.require_usable()
        with self.library.locked():
            with reading():
                settle_or_refuse(self.library)
            try:
                self._send()
            except ChangerError as error:
                raise self._failure(error) from error
        if self.announcement:
            write("done\n")

    @abstractmethod
    def _send(self) -> None:
        """Plan, as often as it takes, and send once."""

    def _chosen(self, assignment: ElementAddressAssignment) -> Addresses:
        self._addresses = self.choose(assignment)
        return self._addresses

    def _announce(self) -> None:
        """It is about to be sent: mtx says so without waiting for its end."""
        if self.announcement and not self._announced:
            write(self.announcement)
        self._announced = True

    def _failure(self, error: ChangerError) -> Exception:
        source, destination = self._addresses[:2]
        if not self._announced:
            inventory = self.line.read()
            self._judge(inventory)
            source = self._missed(inventory)
        told = motion_failure(error, command=self.name, source=source, destination=destination)
        if told is None:
            return error
        self._announce()
        return told

    def _missed(self, _: Inventory) -> int:
        """The element that has no cartridge, if one was missed."""
        return self._addresses[0]


class MoveMedium(_Motion):
    """From one element to another."""

    name = "MOVE MEDIUM"

    def _send(self) -> None:
        move_locked(self.library, self._plan, manner=self.line.manner)

    def _plan(self) -> Plan:
        with reading():
            plan = plan_between(self.library, self._ends)
        self._announce()
        return plan

    def _ends(self, assignment: ElementAddressAssignment) -> tuple[Place, Place]:
        source, destination = (SlotNumbers.place(each) for each in self._chosen(assignment))
        return source, destination


class ExchangeMedium(_Motion):
    """What is in the first destination goes to the second, or to where the other comes from."""

    name = "EXCHANGE MEDIUM"

    def _send(self) -> None:
        with reading():
            self._chosen(self.library.reader.assignment())
        exchange_locked(self.library, self._plan, manner=self.line.exchange_manner)

    def _plan(self) -> PlannedExchange:
        source, first, second = (SlotNumbers.place(each) for each in self._addresses)
        with reading():
            plans = plan_exchange(self.library, source, first, second)
        self._announce()
        return plans

    def _missed(self, inventory: Inventory) -> int:
        """The first destination has to have one, too."""
        source, first = self._addresses[:2]
        element = inventory.at(source)
        return first if element is not None and element.full else source
