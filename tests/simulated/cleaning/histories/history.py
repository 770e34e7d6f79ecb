"""One random history: steps of commands, deaths, faults and persons; after each all is compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from random import Random

from children import ended
from driver.virtual_library import MOVE_MEDIUM, Wire
from figures import FIGURES
from killing.killing import kill_self

from changer.cleaning.clean_drive import clean
from changer.cleaning.eject import eject
from changer.cleaning.insert import InsertionRequest, insert
from changer.cleaning.recover import recover
from changer.cleaning.slot import release, reserve
from changer.errors import ChangerError
from changer.journal.open_moves import RecoveryOptions
from changer.library.addressing import Place, PlaceKind
from changer.library.library import Library
from changer.simulator.geometry import Kind
from changer.store.records import Operation

from .model import Model, Row
from .shelf import Seen, Shelf

LABELS = ("CLN001CU", "CLN002CU", "CLN003CU", "CLN004S", "CLN005S", "")
_FAULTS = [
    f"{how} {left}"
    for how in ("move-fails", "reply-lost")
    for left in ("at-source", "in-transport", "at-destination")
]
_HOUR_SECONDS = 3600.0
STEPS = 16
Call = Callable[[Library], object]


class History:
    """``said``: what was done, for whoever reads of a difference. ``done``: by kind."""

    def __init__(self, shelf: Shelf, seed: object) -> None:
        self.random = Random(repr(seed))
        self.shelf = shelf
        self.model = Model()
        self.said: list[str] = []
        self.done: Counter[str] = Counter()
        self._count: dict[str, int] = {}
        self.storage, self.mail, self.drives = map(
            shelf.addresses, (Kind.STORAGE, Kind.MAIL, Kind.DRIVE)
        )

    def run(self) -> None:
        for label in self.random.sample(LABELS, 4):
            self.shelf.make(label, cleans=self._cleans())
        for slot in self.random.sample(self.storage, 3):
            self._reserve(slot)
            self.shelf.put(self.shelf.hand.pop(), slot)
            self._insert(slot, slot, is_killed=False)
        kinds = {
            self._step_reserve: 1,
            self._step_release: 1,
            self._step_person: 3,
            self._step_insert: 4,
            self._step_eject: 2,
            self._step_clean: 6,
            self._step_recover: 1,
        }
        for _ in range(STEPS):
            (step,) = self.random.choices(list(kinds), list(kinds.values()))
            try:
                step()
                self._compare()
            except AssertionError as error:
                said = "\n  ".join(self.said)
                raise AssertionError(f"{error}\n  {said}\n{self.model}") from error

    def _cleans(self) -> int:
        return self.random.choice((0, 1, 3, 60, 60, 60))

    # what is compared

    def _compare(self) -> None:
        with self.shelf.store() as store:
            slots = tuple(each.slot_address for each in store.reservations(self.shelf.id))
            rows = store.cleaners(self.shelf.id)
            assert store.claims(self.shelf.id) == (), "a claim is left"
            assert store.unfinished_operations(self.shelf.id) == (), "an operation is open"
        FIGURES.reservation(expected=tuple(self.model.slots), found=slots)
        found = sorted(
            ((e.volume_tag, e.slot_address, e.cleans_left, e.uses, e.condition) for e in rows),
            key=repr,
        )
        wrong = found != self.model.shown
        FIGURES.uses_of_rows(len(found), wrong=wrong, what=(found, self.model.shown))

    # how it is called

    def _call(self, what: str, call: Call) -> str:
        """The code of the error that it ends with, or "done"."""
        with self.shelf.open() as library:
            try:
                call(library)
                code = "done"
            except ChangerError as error:
                code = f"{error.code}"
                what += f" [{error.message}]"
        self.said.append(f"{what}: {code}")
        self.done[f"{what.split()[0]} {code}"] += 1
        return code

    def _killed(self, what: str, call: Call) -> None:
        """A process of its own is killed at a random command; an hour later the next one comes."""
        last = self.random.randint(1, 60)
        sent = 0

        def before(_: int, __: bytes) -> None:
            nonlocal sent
            sent += 1
            if sent == last:
                kill_self()

        def wired(inner: object) -> Wire:
            return Wire(inner, before=before)  # type: ignore[arg-type]

        def run() -> None:
            try:
                with self.shelf.open(wire=wired, drive_wire=wired) as library:
                    call(library)
            except ChangerError:
                pass

        status = ended(run)
        self.said.append(f"{what}: killed at {last}: {status}")
        self.done[f"{what.split()[0]} {'killed' if status else 'not killed'}"] += 1

    def _settle(self) -> None:
        """The next process comes an hour later."""
        self.shelf.fault("clear")
        self.shelf.clock.forget()
        self.shelf.clock.sleep(_HOUR_SECONDS)
        if self.random.random() < 0.6 or "picker" in self.shelf.places:
            self._recover()
        else:  # refused, after it settled what was left
            full = next((each for each in self.storage if each in self.shelf.seen()), None)
            at = self.storage[0] if full is None else full
            code = self._call("settled", lambda library: reserve(library, _at(at), is_only=True))
            if code == "done":
                self.model.slots.append(at)
        if "picker" in self.shelf.places:
            self._recover()

    def _recover(self) -> None:
        code = self._call(
            "recover",
            lambda library: recover(library, RecoveryOptions(at_rest=True, direction="back")),
        )
        assert code == "done", code

    def _last_operation(self, kind: str) -> Operation:
        with self.shelf.store() as store:
            found = store.operations(self.shelf.id)
        return next(each for each in found if each.kind == kind)

    # steps

    def _step_reserve(self) -> None:
        self._reserve(self.random.choice(self.storage))

    def _reserve(self, slot: int) -> None:
        at = self.shelf.seen()
        is_free = slot not in self.model.slots and slot not in at and not self._is_out(slot, at)
        code = self._call(f"reserve {slot}", lambda library: reserve(library, _at(slot)))
        assert (code == "done") == is_free, f"{code}, and it is free: {is_free}"
        if code == "done":
            self.model.slots.append(slot)

    def _is_out(self, slot: int, at: dict[int, Seen]) -> bool:
        return any(each in at and at[each].source == slot for each in self.drives)

    def _step_release(self) -> None:
        slot = self.random.choice(self.model.slots or self.storage)
        at = self.shelf.seen()
        code = self._call(f"release {slot}", lambda library: release(library, _at(slot)))
        if slot not in self.model.slots or slot in at or self._is_out(slot, at):
            assert code != "done", "released, and it is not empty"
        if code == "done":
            self.model.release(slot)

    def _step_person(self) -> None:
        """Takes one out, or brings one, which may be another with the same label."""
        at = self.shelf.seen()
        if self.random.random() < 0.25 and at:
            here = self.random.choice(sorted(at))
            self.shelf.take(here)
            self.said.append(f"a person takes {at[here].label} from {here}")
            return
        if not self.shelf.hand or self.random.random() < 0.15:
            self.shelf.make(self.random.choice(LABELS), cleans=self._cleans())
        free = [each for each in (*self.mail, *self.storage) if each not in at]
        if not free:
            return
        cartridge = self.shelf.hand.pop(self.random.randrange(len(self.shelf.hand)))
        there = self.random.choice(free)
        self.shelf.put(cartridge, there)
        self.said.append(f"a person puts {cartridge.tag} ({cartridge.cleans_allowed}) into {there}")

    def _step_insert(self) -> None:
        at = self.shelf.seen()
        places = [each for each in at if each not in self.drives]
        if not places:
            return
        # Most lie where nobody knows of them yet, or by a slip in their own slots.
        unknown = [each for each in places if self.model.at(each) is None]
        is_of_unknown = bool(unknown) and self.random.random() < 0.8
        source = self.random.choice(sorted(unknown if is_of_unknown else places))
        named = self.random.choice([None, *self.model.slots])
        self._insert(source, named, is_killed=self.random.random() < 0.2)

    def _insert(self, source: int, named: int | None, *, is_killed: bool) -> None:
        at = self.shelf.seen()
        told = self.random.choice((None, None, 7)) if at[source].label else 7
        request = InsertionRequest(
            slot=None if named is None else _at(named), source=_at(source), cleans_left=told
        )
        what = f"insert {at[source].label} from {source} into {named}, {told}"
        if is_killed:
            self._killed(what, lambda library: insert(library, request))
            self._settle()
            operation = self._newest("insert")
            code = "done" if operation is not None and operation.state == "completed" else "failed"
        else:
            code = self._call(what, lambda library: insert(library, request))
            operation = self._newest("insert")
        if code == "done":
            assert operation is not None and operation.slot_address is not None
            self._inserted(at, source, operation.slot_address, told)
        self._ended("insert")

    def _inserted(self, at: dict[int, Seen], source: int, slot: int, told: int | None) -> None:
        came, now = at[source], self.shelf.seen()
        assert now[slot].number == came.number, "another one came"
        assert slot in self.model.slots
        others = [each for address, each in at.items() if address != source]
        allowed = self.model.known(came, slot, source, others)
        record = partial(self.model.insert, came, slot, told=told)
        self._one_of([partial(record, known=row) for row in allowed])

    def _one_of(self, ways: Iterable[Callable[[], None]]) -> None:
        """What the store has must be one of these; the model goes on with it."""
        slots, rows = list(self.model.slots), list(self.model.rows)
        with self.shelf.store() as store:
            known = store.cleaners(self.shelf.id)
        found = sorted(
            ((e.volume_tag, e.slot_address, e.cleans_left, e.uses, e.condition) for e in known),
            key=repr,
        )
        shown = []
        for each in ways:
            self.model.slots, self.model.rows = list(slots), list(rows)
            each()
            if self.model.shown == found:
                return
            shown.append(self.model.shown)
        FIGURES.uses_of_rows(len(found), wrong=True, what=(found, shown))

    def _step_eject(self) -> None:
        rows = [each for each in self.model.rows if each.home is not None]
        if not rows:
            return
        row = self.random.choice(rows)
        slot = row.home
        assert slot is not None
        at = self.shelf.seen()
        is_taken = self.random.random() < 0.6
        if is_taken:
            for each in self.mail:
                if each not in at:
                    self.shelf.take_later(each, seconds=4)
        call = lambda library: eject(  # noqa: E731
            library, _at(slot), timeout_seconds=20, may_be_gone=self.random.random() < 0.5
        )
        what = f"eject {slot} ({row.label}), taken {is_taken}"
        if self.random.random() < 0.2 and not is_taken:
            self._killed(what, call)
            self._settle()
            operation = self._newest("eject")
            code = "done" if operation is not None and operation.state == "completed" else "failed"
        else:
            code = self._call(what, call)
        self.shelf.clock.forget()
        if code == "done":
            assert row.number not in {each.number for each in self.shelf.seen().values()} or (
                slot in at and at[slot].number != row.number
            ), "away, and it is there"
            self.model.leave(slot)
        self._ended("eject")

    def _step_clean(self) -> None:
        at, drive = self.shelf.seen(), self.random.choice(self.drives)
        family = "S" if self.drives.index(drive) == 1 else "CU"
        usable = self.model.usable(at, family)
        named = self.random.choice(self.model.slots) if self.model.slots else None
        if self.random.random() < 0.7:
            named = None
        moves = self.shelf.commands[MOVE_MEDIUM]
        call = lambda library: clean(  # noqa: E731
            library, _at(drive), cleaner=None if named is None else _at(named)
        )
        what = f"clean {drive} ({family}) with {named}"
        chance, fault = self.random.random(), ""
        asks = chance >= 0.4 and self.random.random() < 0.7
        in_vain = asks and self.random.random() < 0.6
        number = self.drives.index(drive)
        self.shelf.fault(f"wants-cleaning drive:{number} {'requested' if asks else 'no'}")
        if in_vain:
            self.shelf.fault(f"cleaning-fails drive:{number} in-vain")
            what += ", in vain"
        if chance < 0.2:
            fault = "a kill"
            self._killed(what, call)
        elif chance < 0.4:
            fault = self.random.choice(_FAULTS) + self.random.choice(("", " after 1"))
            self.shelf.fault(fault)
            self._call(f"{what}, {fault}", call)
        else:
            code = self._call(what, call)
            if named is None and usable and drive not in at:
                ends = ("unable-to-clean" if in_vain else "done", "cleaner-spent")
                assert code in ends, f"{code}, and {usable[0]} can be used"
            if named is None and not usable:
                assert code != "done", "cleaned with what can't be used"
        operation = self._newest("clean")
        if fault:
            self._settle()
        self.shelf.fault("clear cleaning-fails")
        if operation is not None and operation.slot_address is not None:
            slot = operation.slot_address
            if named is None:
                assert usable and slot == usable[0].home, f"chosen: {slot}, of {usable}"
            was_moved = self.shelf.commands[MOVE_MEDIUM] > moves
            self._cleaned(
                at[slot],
                slot,
                drive,
                fault=fault,
                was_moved=was_moved,
                still_asks=in_vain if asks else None,
            )
        self._ended("clean")

    def _cleaned(
        self,
        cleaner: Seen,
        slot: int,
        drive: int,
        *,
        fault: str,
        was_moved: bool,
        still_asks: bool | None,
    ) -> None:
        row = self.model.at(slot)
        assert row is not None
        now = {each.number: each for each in self.shelf.seen().values()}[cleaner.number]
        used = now.used - cleaner.used
        ends = self._ends(row, cleaner, drive, used=used, was_moved=was_moved)
        if used and still_asks is not None:
            is_unfit = self.model.try_out(row, drive, still_asks=still_asks)
            self.done["unfit cleaner"] += is_unfit
            ends = [row.used().rejected()] if is_unfit else ends
        is_refused = ends[0] in (row.spent(), row.rejected())
        if used == 0 and fault == "a kill" and is_refused:
            # Its drive told the dead process alone, or still tells; or it was never there.
            ends = [row, row.used(), row.spent(), row.rejected()]
        elif used == 0 and fault.startswith("reply-lost"):
            # Nobody told whether it was in the drive: rather one too many.
            ends = [*ends, row, row.used()]
        elif used == 0 and fault:
            ends = [*ends, row]
        self._one_of([partial(self.model.change, row, end) for end in ends])

    def _ends(
        self, row: Row, cleaner: Seen, drive: int, *, used: int, was_moved: bool
    ) -> list[Row]:
        if used:
            assert used == 1, "used twice"
            return [row.used()]
        if not was_moved:
            return [row]
        family = "S" if self.drives.index(drive) == 1 else "CU"
        if cleaner.label is not None and cleaner.label[6:] != family:
            return [row.rejected()]
        return [row.spent()] if cleaner.left == 0 else [row]

    def _step_recover(self) -> None:
        self._recover()

    # operations

    def _newest(self, kind: str) -> Operation | None:
        """The operation of this step, if it came to have one."""
        with self.shelf.store() as store:
            found = [
                each for each in store.operations(self.shelf.id, limit=1000) if each.kind == kind
            ]
        return found[0] if len(found) > self._count.get(kind, 0) else None

    def _ended(self, kind: str) -> None:
        with self.shelf.store() as store:
            found = store.operations(self.shelf.id, limit=1000)
        self._count[kind] = sum(each.kind == kind for each in found)


def _at(address: int) -> Place:
    return Place(PlaceKind.ADDRESS, address)
