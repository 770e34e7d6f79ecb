"""Export: many cartridges leave the library by its mail slots, as many at a time as those take.

A person takes them out, and is waited for without the lock. One has left when its mail slot was
read empty afterwards, and no element shows its label. The record has which are meant, and the
journal where each came to: the same export, asked for again, goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

from changer.errors import (
    ChangerError,
    LibraryBusy,
    MailSlotsFull,
    OperationStopped,
    OperatorTimeout,
    RemovalPrevented,
)
from changer.journal.operations import NO_CALLBACKS, Callbacks, Running, operation
from changer.library.addressing import Place, PlaceKind
from changer.library.inventory import Inventory
from changer.library.library import STORE_ERRORS, Library
from changer.library.mail_slots import mail_slots
from changer.library.reserved_slots import ReservedSlots
from changer.moves.asked_for import Word, labels_meant, parse_words
from changer.moves.earlier_export import earlier_export
from changer.moves.exported import (
    AGAIN,
    Exported,
    Leaving,
    State,
    cartridges,
    final_state,
    places_of,
)
from changer.moves.mail_access import OF_ONE_CARTRIDGE, close_left_open, opened
from changer.moves.operator import (
    DOOR_OPEN_ERRORS,
    await_operator,
    removal_prevention_restored,
    unlock,
)
from changer.moves.reading import Reading, read_settled
from changer.moves.taking import Taking
from changer.smc.elements import ElementType

_PAUSE_SECONDS = 3.0
_MAIL = Place(PlaceKind.FREE_MAIL)


def export(
    library: Library,
    words: Iterable[str],
    *,
    timeout_seconds: float | None = None,
    callbacks: Callbacks = NO_CALLBACKS,
    tell: Callable[[str], None] | None = None,
) -> Exported:
    """Bring cartridges to the mail slots, in rounds, and wait each time until a person took them.

    words            labels, and patterns of them, which leave cleaning cartridges and reserved
                     slots alone.
    timeout_seconds  for the person, each time; None: the library's setting.
    tell             called with what is to be taken now; None: as a warning.

    Whatever ends it once it is known which cartridges are meant is in the result. Raises
    UsageError, LibraryClosed, LibraryDisabled, LibraryBusy, LibraryOffline, NotReady,
    RecoveryNeeded, CartridgeMissing, InvalidSlot; what the store raises.
    """
    asked_for = parse_words(words)
    library.require_usable()
    if timeout_seconds is None:
        timeout_seconds = library.settings.operator_timeout_seconds
    with (
        operation(library, "export", callbacks=callbacks) as running,
        removal_prevention_restored(library),
    ):
        leaving = _Export(running, timeout_seconds, tell or library.context.warn)
        try:
            return leaving.run(asked_for)
        except KeyboardInterrupt as interrupt:
            interrupt.add_note(f"{leaving.summary}; {AGAIN}")
            raise
        except STORE_ERRORS as error:
            if leaving.is_known:
                error.add_context(leaving.account)
            raise


class _Export:
    """The cartridges of one export, from the first reading to the last."""

    def __init__(
        self, running: Running, timeout_seconds: float, tell: Callable[[str], None]
    ) -> None:
        self._running, self._library = running, running.library
        self._timeout_seconds, self._tell = timeout_seconds, tell
        self._all: list[Leaving] = []
        self._told, self._has_waited = "", False

    @property
    def is_known(self) -> bool:
        """It is on record which cartridges are meant."""
        return bool(self._all)

    def _of(self, *states: State) -> list[Leaving]:
        return [each for each in self._all if each.state in states]

    # which

    def run(self, words: tuple[Word, ...]) -> Exported:
        """Export from the first reading to the last; raises what ends it before it is known."""
        try:
            self._begin(words)
            self._go_on()
        except STORE_ERRORS:
            raise
        except ChangerError as error:
            if not self.is_known:
                raise
            return self._end(error)
        return self._end()

    def _begin(self, words: tuple[Word, ...]) -> None:
        """Find out which cartridges are meant, record them, and fill the mail slots."""
        library = self._library
        with library.locked():
            reading = read_settled(library)
            self._mail = mail_slots(library, reading.inventory.assignment)
            if close_left_open(library, self._mail, reading.inventory, by=self._running.id):
                reading = read_settled(library)
            inventory = reading.inventory
            self._person = Taking(library, self._mail)
            earlier = earlier_export(self._running, words)
            labels = {each.volume_tag: each for each in earlier if each.volume_tag}
            reserved = ReservedSlots.for_(library)
            meant = {label: each.word or label for label, each in labels.items()}
            for word, label in labels_meant(words, inventory, reserved=reserved, known=labels):
                meant.setdefault(label, word.text)
            records = library.store.begin_transfers(
                self._running.id, [(text, label) for label, text in meant.items()]
            )
            self._all = [
                Leaving(record.position, label)
                for record, label in zip(records, meant, strict=True)
            ]
            for each in self._all:
                if each.tag in labels:
                    each.resume(library, inventory, self._mail, before=labels[each.tag])
                if each.state is State.LEFT:
                    self._record(each)
            self._fill(reading)

    # rounds

    def _go_on(self) -> None:
        """Wait, and fill the mail slots again, until nothing is left to do."""
        while self._of(State.TO_MOVE, State.TO_TAKE):
            before = self._how_far
            self._deadline = self._library.context.clock.monotonic() + self._timeout_seconds
            while self._how_far == before and self._of(State.TO_MOVE, State.TO_TAKE):
                self._wait()
                with self._library.locked(patiently=True):
                    self._fill(read_settled(self._library))
                if self._how_far == before:  # a door may be open still
                    self._library.context.clock.sleep(_PAUSE_SECONDS)

    @property
    def _how_far(self) -> list[tuple[State, int | None]]:
        return [(each.state, each.address) for each in self._all]

    def _fill(self, reading: Reading) -> None:
        """Judge what a reading shows, and move to the mail slots what they can take."""
        for each in self._all:
            self._judge(each, reading.inventory)
        if self._of(State.TO_MOVE):
            unlock(self._library)  # a library whose mail slots are locked brings nothing there
        for each in self._of(State.TO_MOVE):
            try:
                self._move(each, reading)
            except MailSlotsFull:
                break
        self._person.note(reading.inventory, self._of(State.TO_TAKE))

    def _judge(self, each: Leaving, inventory: Inventory) -> None:
        before = each.state
        each.judge(inventory, self._mail)
        if each.state is not before:
            self._record(each)

    def _move(self, each: Leaving, reading: Reading) -> None:
        source = Place(PlaceKind.TAG, tag=each.tag)
        try:
            self._require_unused(each, reading.inventory)
            moved = reading.move(source, _MAIL, operation_id=self._running.id)
        except OF_ONE_CARTRIDGE as error:
            each.stay("; ".join(filter(None, (error.message, error.hint))))
        else:
            each.lie(moved.destination_address)
            if moved.has_left:
                each.state = State.LEFT
            elif moved.warning:
                self._library.context.warn(moved.warning)
        self._record(each)

    def _require_unused(self, each: Leaving, inventory: Inventory) -> None:
        """Raise RemovalPrevented for a cartridge in a drive that another program has open."""
        for element in inventory.holding(each.tag):
            if element.element_type is not ElementType.DATA_TRANSFER:
                continue
            from changer.drives.drive_use import users_of_drive

            users = users_of_drive(self._library, inventory, element.address)
            if users:
                name = inventory.numbering.name_of(element.address)
                raise RemovalPrevented(
                    f"{name} is in use by {' and '.join(dict.fromkeys(map(str, users)))}",
                    hint="export it when that has ended",
                )

    def _record(self, each: Leaving) -> None:
        store = self._library.store
        if each.state is State.LEFT:
            with self._library.store_error_context(
                f"{each.tag} left, but that could not be recorded"
            ):
                store.end_transfer(self._running.id, each.position, outcome="done")
                self._forget_cleaner(each.tag)
        elif each.state is State.STAYS:
            store.end_transfer(self._running.id, each.position, outcome="not-done", why=each.why)

    def _forget_cleaner(self, tag: str) -> None:
        """One on record that was named, and left, is away."""
        library = self._library
        for cleaner in library.store.cleaners(library.id):
            if cleaner.volume_tag == tag and cleaner.slot_address is not None:
                library.store.lose_cleaner(library.id, slot_address=cleaner.slot_address)

    # the person

    def _wait(self) -> None:
        """Wait until the mail slots look empty, or one does that others keep full."""
        to_take, to_move = self._of(State.TO_TAKE), self._of(State.TO_MOVE)
        if not to_take and not self._person.others:
            raise MailSlotsFull(
                f"{self._mail.names(self._mail.addresses)}: none can take a cartridge",
                hint="changer status --json shows what the library reports of each",
            )
        task = self._person.task(to_take)
        # An earlier process may have left the mail slots open: closed, they tell what they hold.
        is_sure = self._has_waited or not to_take or not all(each.why for each in to_take)
        self._has_waited = True
        if is_sure and task != self._told and self._library.context.dry_run is None:
            more = f"; then {len(to_move)} more" if to_move and to_take else ""
            self._tell(f"{task}{more}")
            self._told = task
        with opened(self._library, self._mail):
            await_operator(
                self._running,
                lambda: self._person.look(
                    to_take, deadline=self._deadline, timeout_seconds=self._timeout_seconds
                ),
                what=task,
                timeout_seconds=self._timeout_seconds,
                hint=f"{self.summary}; {AGAIN}",
                deadline=self._deadline,
            )

    # the end

    @property
    def summary(self) -> str:
        """How things stand, as part of a sentence."""
        left, lying = self._of(State.LEFT), self._of(State.TO_TAKE)
        parts = [f"{len(left)} of {cartridges(len(self._all))} left"]
        if lying:
            parts.append(f"still to be taken: {places_of(lying, self._mail)}")
        return "; ".join(parts)

    @property
    def account(self) -> str:
        """The same with every cartridge, for want of a list."""
        labels = ", ".join(each.tag for each in self._of(State.LEFT))
        return f"{self.summary}; left: {labels}" if labels else self.summary

    def _end(self, error: ChangerError | None = None) -> Exported:
        """Record the end, and what became of each cartridge."""
        if isinstance(error, OperatorTimeout | OperationStopped):
            self._look_once_more()
        for each in self._of(State.TO_MOVE, State.TO_TAKE):
            each.why = self._why(each, error)
            self._library.store.end_transfer(
                self._running.id, each.position, outcome="not-done", why=each.why
            )
        result = Exported(
            tuple(each.result(self._mail) for each in self._all), self._running.id, error
        )
        state, ntms = final_state(result)
        self._library.store.finish_operation(
            self._running.id, state=state, result=ntms, message=self.summary
        )
        return result

    def _look_once_more(self) -> None:
        """Of those that were waited for, some may have been taken."""
        with suppress(LibraryBusy, *DOOR_OPEN_ERRORS), self._library.locked():
            inventory = self._library.read()
            for each in self._of(State.TO_TAKE):
                self._judge(each, inventory)

    def _why(self, each: Leaving, error: ChangerError | None) -> str:
        reason = error.message if error is not None else "the export ended before"
        if each.state is State.TO_MOVE:
            return f"it was not moved: {reason}"
        name = self._mail.names([each.address or 0])
        return each.why or f"it is in {name}: {reason}"
