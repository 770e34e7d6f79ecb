"""Import: what people put into the mail slots goes into free slots, as many rounds as it takes.

A person is waited for without the lock. A cleaning cartridge is left alone: it has a slot of its
own.
"""

from __future__ import annotations

from collections.abc import Callable

from changer.errors import (
    ChangerError,
    NoFreeElement,
    OperationStopped,
    OperatorTimeout,
    UsageError,
)
from changer.journal.operations import NO_CALLBACKS, Callbacks, Running, operation
from changer.library.addressing import Place, PlaceKind
from changer.library.element_state import UNLABELLED, cartridge_name
from changer.library.library import STORE_ERRORS, Library
from changer.library.mail_slots import MailSlots, mail_slots
from changer.library.reserved_slots import ReservedSlots
from changer.moves.exported import cartridges
from changer.moves.imported import Imported, ImportedCartridge, final_state
from changer.moves.mail_access import OF_ONE_CARTRIDGE, close_left_open, look_at, opened
from changer.moves.operator import await_operator, removal_prevention_restored
from changer.moves.reading import Reading, read_settled
from changer.smc.elements import Element

_SLOT = Place(PlaceKind.FREE_SLOT)
# A person who puts in several cartridges is not interrupted between two of them.
_UNCHANGED_SECONDS = 5.0


def import_cartridges(
    library: Library,
    *,
    count: int | None = None,
    only_now: bool = False,
    timeout_seconds: float | None = None,
    callbacks: Callbacks = NO_CALLBACKS,
    tell: Callable[[str], None] | None = None,
) -> Imported:
    """Move what is in the mail slots into the first free slots; wait for a person to put in more.

    count            so many cartridges; None: until it is stopped, or nothing was put in in time.
    only_now         what is in the mail slots now; nobody is waited for.
    timeout_seconds  for the person, each time; None: the library's setting.
    tell             called with what is waited for; None: as a warning.

    Raises UsageError for a number below 0, LibraryClosed, LibraryDisabled, LibraryBusy,
    LibraryOffline, NotReady, RecoveryNeeded, CartridgeMissing, InvalidSlot; what the store raises.
    What ends it later is in the result.
    """
    if count is not None and count < 0:
        raise UsageError(f"{count} is not a number of cartridges")
    library.require_usable()
    if timeout_seconds is None:
        timeout_seconds = library.settings.operator_timeout_seconds
    with (
        operation(library, "import", callbacks=callbacks) as running,
        removal_prevention_restored(library),
    ):
        coming = _Import(running, count, timeout_seconds, tell or library.context.warn)
        try:
            return coming.run(only_now=only_now)
        except KeyboardInterrupt as interrupt:
            interrupt.add_note(coming.summary)
            raise
        except STORE_ERRORS as error:
            if coming.is_known:
                error.add_context(coming.account)
            raise


class _Import:
    """The cartridges of one import, as they come."""

    def __init__(
        self,
        running: Running,
        count: int | None,
        timeout_seconds: float,
        tell: Callable[[str], None],
    ) -> None:
        self._running, self._library = running, running.library
        self._count, self._timeout_seconds, self._tell = count, timeout_seconds, tell
        self._in_slots: list[ImportedCartridge] = []
        # What is in the mail slots and stays there, by its address.
        self._staying: dict[int, ImportedCartridge] = {}
        self._mail: MailSlots | None = None
        self._is_full = False

    @property
    def is_known(self) -> bool:
        """The library was read: what follows is part of the result."""
        return self._mail is not None

    @property
    def _missing(self) -> int | None:
        return None if self._count is None else self._count - len(self._in_slots)

    def run(self, *, only_now: bool) -> Imported:
        """Import from the first reading to the last; raises what ends it before that."""
        try:
            while self._bring_in() and not only_now:
                self._wait()
        except STORE_ERRORS:
            raise
        except ChangerError as error:
            if not self.is_known:
                raise
            return self._end(error)
        return self._end()

    def _bring_in(self) -> bool:
        """Move what is in the mail slots; returns whether there is more to wait for."""
        library = self._library
        with library.locked(patiently=self.is_known):
            reading = read_settled(library)
            mail = mail_slots(library, reading.inventory.assignment)
            if self._mail is None and close_left_open(
                library, mail, reading.inventory, by=self._running.id
            ):
                reading = read_settled(library)
            self._mail = mail
            full = [each for each in mail.of(reading.inventory) if each.full]
            self._forget_what_is_gone(full)
            for each in full:
                self._bring(each, reading)
        return not self._is_full and self._missing != 0

    def _forget_what_is_gone(self, full: list[Element]) -> None:
        there = {each.address: each.tag for each in full}
        for address, each in list(self._staying.items()):
            if address not in there or there[address] != each.volume_tag:
                del self._staying[address]

    def _bring(self, element: Element, reading: Reading) -> None:
        library, running = self._library, self._running
        if element.address in self._staying:
            return
        source = reading.inventory.numbering.place_of(element.address)
        reason = self._why_left_alone(element, source)
        if reason is not None:
            self._stay(element, source, reason, is_left_alone=True)
            return
        (record,) = library.store.begin_transfers(running.id, [(None, element.tag)])
        try:
            moved = reading.move(source, _SLOT, operation_id=running.id)
        except (NoFreeElement, *OF_ONE_CARTRIDGE) as error:
            self._is_full |= isinstance(error, NoFreeElement)
            library.store.end_transfer(
                running.id, record.position, outcome="not-done", why=error.message
            )
            self._stay(element, source, error.message, is_left_alone=False)
            return
        if moved.warning:
            library.context.warn(moved.warning)
        name = reading.inventory.numbering.name_of(moved.destination_address)
        what = f"{cartridge_name(element)} is in {name}"
        with library.store_error_context(f"{what}, but that could not be recorded"):
            library.store.end_transfer(running.id, record.position, outcome="done")
        self._in_slots.append(
            ImportedCartridge(moved.volume_tag, source, moved.destination, why=None)
        )

    def _why_left_alone(self, element: Element, source: Place) -> str | None:
        if self._missing == 0:
            return f"the count of {self._count} is reached"
        if ReservedSlots.for_(self._library).is_cleaner(element):
            return f"it is a cleaning cartridge: changer cleaner insert --from {source}"
        return None

    def _stay(self, element: Element, source: Place, why: str, *, is_left_alone: bool) -> None:
        self._staying[element.address] = ImportedCartridge(
            element.tag, source, None, why, is_left_alone
        )

    # the person

    def _wait(self) -> None:
        """Wait until something is in the mail slots that does not stay there."""
        library, mail = self._library, self._mail
        assert mail is not None, "the library was read"
        many = (
            "" if self._missing is None else f" ({len(self._in_slots)} of {self._count} imported)"
        )
        task = f"put cartridges into {mail.names(mail.addresses)} of {library.id}{many}"
        if library.context.dry_run is None:
            self._tell(task)
        with opened(library, mail):
            await_operator(
                self._running,
                self._look(mail),
                what=task,
                timeout_seconds=self._timeout_seconds,
                hint=self.summary,
            )

    def _look(self, mail: MailSlots) -> Callable[[], tuple[tuple[int, str | None], ...] | None]:
        clock = self._library.context.clock
        before: tuple[tuple[int, str | None], ...] = ()
        since = clock.monotonic()

        def look() -> tuple[tuple[int, str | None], ...] | None:
            nonlocal before, since
            full = [each for each in look_at(self._library, mail) if each.full]
            came = tuple((each.address, each.tag) for each in full if self._came(each))
            if came != before:
                before, since = came, clock.monotonic()
            is_settled = clock.monotonic() - since >= _UNCHANGED_SECONDS
            return came if came and is_settled else None

        return look

    def _came(self, element: Element) -> bool:
        known = self._staying.get(element.address)
        return known is None or known.volume_tag != element.tag

    # the end

    @property
    def summary(self) -> str:
        """How things stand, as part of a sentence."""
        return f"{cartridges(len(self._in_slots))} imported"

    @property
    def account(self) -> str:
        """The same with every cartridge, for want of a list."""
        each_one = (f"{it.volume_tag or UNLABELLED} to {it.slot}" for it in self._in_slots)
        return ": ".join(filter(None, (self.summary, ", ".join(each_one))))

    def _end(self, error: ChangerError | None = None) -> Imported:
        """Record the end; without a number, being stopped or waiting in vain is a regular one."""
        is_regular = isinstance(error, OperationStopped | OperatorTimeout)
        if self._count is None and is_regular and self._in_slots:
            error = None
        result = Imported((*self._in_slots, *self._staying.values()), self._running.id, error)
        state, ntms = final_state(result)
        self._library.store.finish_operation(
            self._running.id, state=state, result=ntms, message=self.summary
        )
        return result
