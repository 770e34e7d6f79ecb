"""What must be true after a command, by what the library told when it came."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from figures import FIGURES, Figure
from on_record import primary_cleaner, primary_reservation

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


@dataclass
class Ledger:
    """``reserved``: the slot's address; ``cleaner``: which cartridge was brought in; ``left``: the
    cleans that it has left. ``last_move``: the last one that was left open. ``had_twin``: another
    cartridge looked like the cleaner before the last command.
    """

    host: Host = field(repr=False)
    reserved: int | None = None
    cleaner: int | None = None
    label: str | None = None
    left: int | None = None
    last_move: int = 0
    had_twin: bool = False
    wrong: list[str] = field(default_factory=list, repr=False)

    @property
    def _library(self) -> StandIn:
        return self.host.library

    def run(self, line: Line) -> Answer:
        """Run a command line, and hold what came of it against what was told before."""
        library = self._library
        told, at = library.all_told, dict(library.at)
        self.had_twin = self._has_twin
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
            if line.does == "release" and self.reserved is not None:
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
        self.reserved, self.cleaner, self.label, self.left = address, None, None, None

    def _release(self, _: Line, told: dict[int, Told | None], __: list[Motion]) -> Iterator[str]:
        FIGURES.count(Figure.RELEASES_GRANTED)
        assert self.reserved is not None
        if may_be_said(told[self.reserved]) != {EMPTY}:
            yield "released, and not told to be empty"
        truly_at = None if self.cleaner is None else self._library.where(self.cleaner)
        known = is_accounted_for(self._library, self.label, home=self.reserved)
        if self.cleaner is not None and not known and (truly_at is not None or not self._has_twin):
            yield f"released, and the cleaner, at {truly_at}, is not accounted for"
        self.reserved = self.cleaner = self.label = self.left = None

    def _eject(self, _: Line, __: dict[int, Told | None], ___: list[Motion]) -> Iterator[str]:
        truly_at = None if self.cleaner is None else self._library.where(self.cleaner)
        if truly_at is not None and not (self.had_twin or self._has_twin):
            yield f"ejected, and it is at {truly_at}"
        self.cleaner = self.label = self.left = None

    def _clean(self, line: Line, _: dict[int, Told | None], motions: list[Motion]) -> Iterator[str]:
        came = [each for each in motions if each.destination in line.drives and each.moved]
        if "--needed" not in line.words and len(came) != 1:
            yield f"cleaned, by {motions}"
        if came and (not motions[-1].moved or motions[-1].destination != self.reserved):
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

    @property
    def _has_twin(self) -> bool:
        """Another cartridge bears the cleaner's label, or shows as little."""
        return any(
            each.number != self.cleaner and each.label in (self.label, None)
            for each in self._library.at.values()
        )

    def _records(self, line: Line, answer: Answer, motions: list[Motion]) -> Iterator[str]:
        host = self.host
        with host.store() as store:
            reservation, kept = primary_reservation(store, host.id), primary_cleaner(store, host.id)
            open_moves = store.unsettled_moves(host.id)
        slot = None if reservation is None else reservation.slot_address
        if slot != self.reserved:
            yield f"reserved is {slot}, not {self.reserved}"
            self.reserved = slot
        for each in open_moves:
            ends = {each.source_address, each.destination_address}
            if each.id > self.last_move and not ends & self._library.shown.keys():
                yield f"left open: {each}"
        self.last_move = max([self.last_move, *(each.id for each in open_moves)])
        if line.does == "insert" and answer.status == 0 and "--dry-run" not in line.words:
            yield from self._inserted(kept)
            return
        yield from self._counted(kept, motions)

    def _inserted(self, kept: Cleaner | None) -> Iterator[str]:
        assert self.reserved is not None
        there = self._library.at.get(self.reserved)
        if there is None or kept is None:
            yield f"inserted, and the slot holds {there}; kept: {kept}"
            return
        known = {NEW} | ({self.left} if self.left is not None else set())
        if kept.cleans_left not in known:
            yield f"inserted with {kept.cleans_left} left, not one of {known}"
        self.cleaner, self.label, self.left = there.number, kept.volume_tag, kept.cleans_left

    def _counted(self, kept: Cleaner | None, motions: list[Motion]) -> Iterator[str]:
        """Each use of the cleaner that this program makes is counted, and no other cartridge's."""
        if (kept is None) != (self.cleaner is None):
            yield f"the record of the cleaner is {kept}"
            self.cleaner = None
            return
        if kept is None or self.left is None or kept.cleans_left is None:
            return
        drives = self._library.geometry.ranges[DRIVE]
        into = [each.moved for each in motions if each.destination in drives and each.moved]
        sure = sum(each.number == self.cleaner for each in into)
        possible = sum(each.number == self.cleaner or each.label == self.label for each in into)
        if self._has_twin or not self._library.reads_labels:
            sure = 0
        used = self.left - kept.cleans_left
        if kept.volume_tag != self.label or not sure <= used <= possible:
            yield f"{used} uses counted, and {sure} to {possible} made; {kept}"
        self.left = kept.cleans_left
