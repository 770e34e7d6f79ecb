"""One motion for mtx: planned, announced, sent and verified under the lock, in mtx's words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from changer.cli.output import write
from changer.errors import BeingCleaned, ChangerError
from changer.hooks.cleaners import naming_the_setting
from changer.hooks.mtx.failures import motion_failure, reading
from changer.hooks.mtx.invocation import MtxInvocation
from changer.hooks.numbers import SlotNumbers
from changer.journal.settle import settle_or_refuse
from changer.library.addressing import Place
from changer.library.claims import when_unclaimed
from changer.library.inventory import Inventory
from changer.moves.execute import MoveOptions, exchange_locked, move_locked
from changer.moves.plan import Plan, plan_between, plan_exchange
from changer.smc.elements import ElementAddressAssignment

Addresses = tuple[int, ...]
"""Element addresses of source and destination; an exchange has a second destination."""


class _Motion(ABC):
    """A motion that the driver plans and sends, and reports as mtx would.

    choose  returns the element addresses; raises MtxFailure where mtx refuses the numbers.
    judge   is asked when the driver has refused: raises MtxFailure where mtx would refuse, too,
            after its own look at the elements. mtx sends some motions without one.
    announcement  what mtx prints before it sends.
    """

    name: str

    def __init__(
        self,
        invocation: MtxInvocation,
        choose: Callable[[ElementAddressAssignment], Addresses],
        *,
        judge: Callable[[Inventory], None] = lambda _: None,
    ) -> None:
        self.invocation = invocation
        self.library = invocation.library()
        self.choose = choose
        self.announcement = ""
        self._judge = judge
        self._announced = False
        self._addresses: Addresses = (0, 0)

    def run(self) -> None:
        """Move. Raises MtxFailure, or a ChangerError for which mtx has no words."""
        self.library.require_usable()
        when_unclaimed(self.library, self._run)
        if self.announcement:
            write("done\n")

    def _run(self) -> None:
        with self.library.locked():
            with reading():
                settle_or_refuse(self.library)
            try:
                self._send()
            except BeingCleaned:
                raise
            except ChangerError as error:
                raise self._failure(error) from error

    @abstractmethod
    def _send(self) -> None:
        """Plan as often as the driver asks for it, and send once."""

    def _chosen(self, assignment: ElementAddressAssignment) -> Addresses:
        self._addresses = self.choose(assignment)
        return self._addresses

    def _announce(self) -> None:
        """Print what is about to be sent, as mtx does before the motion ends."""
        if self.announcement and not self._announced:
            write(self.announcement)
        self._announced = True

    def _failure(self, error: ChangerError) -> Exception:
        source, destination = self._addresses[:2]
        if not self._announced:
            inventory = self.invocation.read()
            self._judge(inventory)
            source = self._missed(inventory)
        failure = motion_failure(error, command=self.name, source=source, destination=destination)
        if failure is None:
            return error
        self._announce()
        return failure

    def _missed(self, _: Inventory) -> int:
        """Address of the element whose cartridge was missed."""
        return self._addresses[0]


class MoveMedium(_Motion):
    """MOVE MEDIUM from one element to another."""

    name = "MOVE MEDIUM"

    def _send(self) -> None:
        options = MoveOptions(invert=self.invocation.invert, control=self.invocation.eepos << 6)
        move_locked(self.library, self._plan, options=options)

    def _plan(self) -> Plan:
        with reading(), naming_the_setting(self.library):
            as_is = self.library.settings.cleaners_loadable
            plan = plan_between(self.library, self._ends, as_is=as_is)
        self._announce()
        return plan

    def _ends(self, assignment: ElementAddressAssignment) -> tuple[Place, Place]:
        source, destination = (SlotNumbers.place(each) for each in self._chosen(assignment))
        return source, destination


class ExchangeMedium(_Motion):
    """EXCHANGE MEDIUM: the first destination's cartridge goes on to the second destination."""

    name = "EXCHANGE MEDIUM"

    def _send(self) -> None:
        # mtx's ``invert`` is INV2 of EXCHANGE MEDIUM (SMC-3), and its ``invert2`` INV1.
        options = MoveOptions(
            invert=self.invocation.invert2,
            invert_second=self.invocation.invert,
            control=self.invocation.eepos << 6,
        )
        exchange_locked(self.library, self._plan, options=options)

    def _plan(self) -> tuple[Plan, Plan]:
        with reading(), naming_the_setting(self.library):
            as_is = self.library.settings.cleaners_loadable
            plans = plan_exchange(self.library, self._ends, as_is=as_is)
        self._announce()
        return plans

    def _ends(self, assignment: ElementAddressAssignment) -> tuple[Place, Place, Place]:
        source, first, second = (SlotNumbers.place(each) for each in self._chosen(assignment))
        return source, first, second

    def _missed(self, inventory: Inventory) -> int:
        """As its base's; the first destination needs a cartridge, too."""
        source, first = self._addresses[:2]
        element = inventory.at(source)
        return first if element is not None and element.full else source
