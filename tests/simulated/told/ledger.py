"""What must be true after a command, by what the library told when it came."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from figures import FIGURES, Figure

from changer.store.records import Cleaner

from .accounted import is_accounted_for
from .descriptors import DRIVE, PICKER, SLOT, Told
from .drive_unit import INQUIRY, LOAD_UNLOAD
from .host import Answer, Host
from .others import CLEANER
from .shown import CLEANER as CLEANER_CODES
from .shown import EMPTY, FULL, may_be_said
from .stand_in import Cartridge, Motion, StandIn

NEW = 50


@dataclass(frozen=True, slots=True)
class Line:
    """A command line. ``program``: None for changer itself. ``drives``: the addresses of those that
    it may be about.
    """

    words: tuple[str, ...]
    drives: frozenset[int] = frozenset()
    program: str | None = None

    def run(self, host: Host) -> Answer:
        if self.program == "autochanger":
            return host.autochanger(*self.words)
        return host.mtx(*self.words) if self.program == "mtx" else host.changer(*self.words)

    @property
    def does(self) -> str:
        """``release``, ``load`` and so on."""
        return self.words[self.words[0] == "cleaner"]


@dataclass(frozen=True, slots=True)
class Held:
    """``number``: of the cartridge that was brought in; ``left``: the cleans that it has left.

    ``had_twin``: another cartridge looked like it before the last command.
    """

    number: int
    label: str | None
    left: int | None
    had_twin: bool = False


@dataclass
class Ledger:
    """``slots``: the reserved ones by address, the first one first, and what was brought into each.

    ``away``: labels of cleaners that left, with the cleans that they have left. ``last_move``: the
    last one that was left open.
    """

    host: Host = field(repr=False)
    slots: dict[int, Held | None] = field(default_factory=dict)
    away: dict[str, int | None] = field(default_factory=dict)
    last_move: int = 0
    wrong: list[str] = field(default_factory=list, repr=False)

    @property
    def _library(self) -> StandIn:
        return self.host.library

    def run(self, line: Line) -> Answer:
        """Run a command line, and hold what came of it against what was told before."""
        library = self._library
        told, at = library.all_told, dict(library.at)
        self.slots = {
            slot: held and replace(held, had_twin=self._has_twin(held))
            for slot, held in self.slots.items()
        }
        known = len(library.motions)
        for unit in library.bays.values():
            unit.commands.clear()
        answer = line.run(self.host)
        motions = library.motions[known:]
        found = [
            *self._drives_that_were_not_meant(line, motions, at),
            *self._motions_that_were_not_allowed(line, motions),
            *self._by_what_it_does(line, answer, told, motions),
            *self._records(line, answer, motions),
        ]
        self.wrong.extend(
            f"{' '.join(line.words)}: {each}\n      {answer.err}\n      {at}"
            f"\n      {library.shown} {library.bays} {self}"
            for each in found
        )
        return answer

    # drives and motions

    def _drives_that_were_not_meant(
        self, line: Line, motions: list[Motion], before: dict[int, Cartridge]
    ) -> Iterator[str]:
        library = self._library
        for address, unit in library.bays.items():
            opcodes = {cdb[0] for cdb in unit.commands} - {INQUIRY}
            FIGURES.count(Figure.DRIVES_OPENED, int(bool(unit.commands)))
            if opcodes and address not in line.drives:
                yield f"drive {unit.serial} at {address} got {sorted(opcodes)}"
            if LOAD_UNLOAD not in opcodes or line.does == "unload":
                continue
            there = [each.moved for each in motions if each.destination == address]
            if not all(each and each.is_cleaner for each in there or [before.get(address)]):
                yield f"drive {unit.serial} at {address} was told to eject"

    def _motions_that_were_not_allowed(self, line: Line, motions: list[Motion]) -> Iterator[str]:
        drives = self._library.geometry.ranges[DRIVE]
        if "--dry-run" in line.words and motions:
            yield f"a dry run moved {motions}"
        for each in motions:
            by_label = line.does in ("load", "insert")  # it is taken from wherever it is
            ends = {each.destination} if by_label else {each.source, each.destination}
            if not {end for end in ends if end in drives} <= line.drives:
                yield f"moved from or to another drive: {each}"
            to_home = each.moved and each.moved.is_cleaner and each.told_destination
            is_home = to_home and to_home.code in CLEANER_CODES
            if may_be_said(each.told_destination) != {EMPTY} and not is_home:
                yield f"the destination was not told to be free: {each}"
            if FULL not in may_be_said(each.told_source):
                yield f"the source was not told to be full: {each}"

    # what each command says that it did

    def _by_what_it_does(
        self, line: Line, answer: Answer, told: dict[int, Told | None], motions: list[Motion]
    ) -> Iterator[str]:
        if answer.status:
            if line.does == "release" and self.slots:
                FIGURES.count(Figure.RELEASES_REFUSED)
            return
        check = {
            "reserve": self._reserve,
            "release": self._release,
            "eject": self._eject,
            "clean": self._clean,
            "load": self._load,
            "unload": self._unload,
        }.get(line.does)
        if check is not None and "--dry-run" not in line.words:
            yield from check(line, told, motions)

    def _reserve(self, line: Line, told: dict[int, Told | None], _: list[Motion]) -> Iterator[str]:
        address = self._library.geometry.ranges[SLOT][int(line.words[-1]) - 1]
        if may_be_said(told[address]) != {EMPTY}:
            yield "reserved, and not told to be empty"
        for each in told.values():
            if each and each.kind in (DRIVE, PICKER) and each.full and each.source == address:
                yield f"reserved, and its cartridge is out: {each}"
        self.slots = {**self.slots, address: None}

    def _release(self, _: Line, told: dict[int, Told | None], __: list[Motion]) -> Iterator[str]:
        FIGURES.count(Figure.RELEASES_GRANTED)
        slot = self._slot_of_operation
        held = self.slots[slot]
        if may_be_said(told[slot]) != {EMPTY}:
            yield "released, and not told to be empty"
        if held is not None:
            truly_at = self._library.where(held.number)
            known = is_accounted_for(self._library, held.label, home=slot)
            if not known and (truly_at is not None or not self._has_twin(held)):
                yield f"released, and the cleaner, at {truly_at}, is not accounted for"
        self._leave(slot)
        self.slots = {each: kept for each, kept in self.slots.items() if each != slot}

    def _eject(self, _: Line, __: dict[int, Told | None], ___: list[Motion]) -> Iterator[str]:
        slot = self._slot_of_operation
        held = self.slots[slot]
        truly_at = None if held is None else self._library.where(held.number)
        if held and truly_at is not None and not (held.had_twin or self._has_twin(held)):
            yield f"ejected, and it is at {truly_at}"
        self._leave(slot)

    def _leave(self, slot: int) -> None:
        """What was in the slot is known by its label alone; of two alike, the one less worth."""
        held = self.slots[slot]
        self.slots = {**self.slots, slot: None}
        if held is not None and held.label is not None:
            lefts = [held.left, self.away.get(held.label, held.left)]
            least = min((each for each in lefts if each is not None), default=None)
            self.away = {**self.away, held.label: least}

    @property
    def _slot_of_operation(self) -> int:
        """Which slot the last operation was about."""
        with self.host.store() as store:
            address = store.operations(self.host.id, limit=1)[0].slot_address
        assert address is not None
        return address

    def _clean(self, line: Line, _: dict[int, Told | None], motions: list[Motion]) -> Iterator[str]:
        came = [each for each in motions if each.destination in line.drives and each.moved]
        if "--needed" not in line.words and len(came) != 1:
            yield f"cleaned, by {motions}"
        if came and (not motions[-1].moved or motions[-1].destination not in self.slots):
            yield f"cleaned, and its cleaner is not at home: {motions}"

    def _load(
        self, line: Line, told: dict[int, Told | None], motions: list[Motion]
    ) -> Iterator[str]:
        moved = motions[-1].moved if motions else None
        if moved is None:
            yield "loaded nothing"
            return
        label = line.words[1]
        if not label.isdigit() and "mail" not in label:
            bearing = [each for each in told.values() if each and each.full and each.label == label]
            if len(bearing) != 1:
                yield f"loaded {label}, which stands {len(bearing)} times"
        source = told[motions[-1].source]
        is_told = source is not None and (
            source.medium_type == 2 or (source.label == CLEANER and source.medium_type == 0)
        )
        if is_told and "--as-is" not in line.words:
            yield f"loaded a cleaner: {source}"

    def _unload(
        self, line: Line, told: dict[int, Told | None], motions: list[Motion]
    ) -> Iterator[str]:
        if line.program is not None or len(line.words) > 2 or not motions:
            return
        drive = told[motions[-1].source]
        if drive and drive.source is not None and motions[-1].destination != drive.source:
            yield f"unloaded elsewhere than home: {motions[-1]}"

    # the records

    def _has_twin(self, held: Held) -> bool:
        """Another cartridge bears the cleaner's label, or shows as little."""
        return any(
            each.number != held.number and each.label in (held.label, None)
            for each in self._library.at.values()
        )

    def _records(self, line: Line, answer: Answer, motions: list[Motion]) -> Iterator[str]:
        host = self.host
        with host.store() as store:
            slots = [each.slot_address for each in store.reservations(host.id)]
            cleaners = store.cleaners(host.id)
            open_moves = store.unsettled_moves(host.id)
        if slots != list(self.slots):
            yield f"reserved are {slots}, not {list(self.slots)}"
            self.slots = {each: self.slots.get(each) for each in slots}
        for each in open_moves:
            ends = {each.source_address, each.destination_address}
            if each.id > self.last_move and not ends & self._library.shown.keys():
                yield f"left open: {each}"
        self.last_move = max([self.last_move, *(each.id for each in open_moves)])
        kept = {each.slot_address: each for each in cleaners if each.slot_address is not None}
        if line.does == "insert" and answer.status == 0 and "--dry-run" not in line.words:
            yield from self._inserted(self._slot_of_operation, kept)
        for slot in self.slots:
            yield from self._counted(slot, kept.get(slot), motions)
        away = {each.volume_tag: each.cleans_left for each in cleaners if each.slot_address is None}
        if away != self.away:
            yield f"away are {away}, not {self.away}"
            self.away = {label: left for label, left in away.items() if label is not None}

    def _inserted(self, slot: int, kept: dict[int, Cleaner]) -> Iterator[str]:
        there, row = self._library.at.get(slot), kept.get(slot)
        if there is None or row is None:
            yield f"inserted, and the slot holds {there}; kept: {row}"
            return
        label = row.volume_tag
        homes = {each: held for each, held in self.slots.items() if held and held.label == label}
        known = {NEW, *(held.left for held in homes.values())}
        known |= {self.away[label]} if label in self.away else set()
        if row.cleans_left not in known:
            yield f"inserted with {row.cleans_left} left, not one of {known}"
        moved = [each for each in homes if each not in kept]
        self.slots = {each: None if each in moved else held for each, held in self.slots.items()}
        had, was_away = self.slots[slot], label is not None and label in self.away
        if label is not None and was_away and not moved and (had is None or had.label != label):
            self.away = {each: left for each, left in self.away.items() if each != label}
        if had is not None and had.label != label:
            self._leave(slot)
        held = Held(there.number, label, row.cleans_left)
        self.slots = {**self.slots, slot: held}

    def _counted(self, slot: int, kept: Cleaner | None, motions: list[Motion]) -> Iterator[str]:
        """Each use of the cleaner that this program makes is counted, and no other cartridge's."""
        held = self.slots[slot]
        if kept is None or held is None:
            if kept is not None or held is not None:
                yield f"the record of the cleaner of {slot} is {kept}, not {held}"
                self.slots = {**self.slots, slot: None}
            return
        if held.left is None or kept.cleans_left is None:
            return
        drives = self._library.geometry.ranges[DRIVE]
        into = [each.moved for each in motions if each.destination in drives and each.moved]
        sure = sum(each.number == held.number for each in into)
        possible = sum(each.number == held.number or each.label == held.label for each in into)
        if self._has_twin(held) or not self._library.reads_labels:
            sure = 0
        used = held.left - kept.cleans_left
        if kept.volume_tag != held.label or not sure <= used <= possible:
            yield f"{used} uses counted, and {sure} to {possible} made; {kept}"
        self.slots = {**self.slots, slot: replace(held, left=kept.cleans_left)}
