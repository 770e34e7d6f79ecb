"""Invariants of library, store and reports when all processes have ended."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from changer.simulator.geometry import Kind
from changer.store.records import Move, Operation

from .world import CLEANER, Report, World

# Whoever was to strand a cartridge may be killed just before: then the next motion is struck.
_NO_LIBRARY_WORK = {"library-busy", "recovery-needed", "cartridge-misplaced"}
# A cleaning holds the lock for its two moves alone, and keeps drive and slot in between.
_CLAIMED = "being-cleaned"
_MOVE = {
    *_NO_LIBRARY_WORK,
    _CLAIMED,
    "destination-full",
    "move-not-allowed",  # from where it is to where it is
    "slot-reserved",
    "source-empty",
    "volume-not-found",  # it is in the robot's hand, or a person's
}
_CLEANER = {*_NO_LIBRARY_WORK, _CLAIMED, "no-slot-set", "slot-empty", "cartridge-out"}
# Another gave up the slot that was meant, or never had it.
_GIVEN_UP = "no-slot-reserved"
_OF_A_SLOT = {"library-busy", _CLAIMED, _GIVEN_UP, "slot-full", "cartridge-out"}
# The person may have the mail slots open, or the cleaner in hand.
_AT_THE_MAIL_SLOT = {"element-not-present", "volume-not-found", "source-empty"}
# And what a mail slot holds that a person has open is not told: it may be the cleaner on record.
_OUT_OF_SIGHT = "slot-unknown"
# Others may have reserved more slots, of which one has to be named.
_UNNAMED_SLOT = "usage"
EXPECTED: dict[str, set[str]] = {
    "read": set(),
    "status": set(),
    "history": set(),
    "load": _MOVE,
    "unload": {*_MOVE, "no-free-element"},
    "move": _MOVE,
    "strand": _MOVE,
    "exchange": _MOVE,
    "recover": {"library-busy", "cartridge-misplaced"},
    "reserve": {"library-busy", "already-reserved", "slot-full", "cartridge-out"},
    "release": {*_OF_A_SLOT, _OUT_OF_SIGHT, _UNNAMED_SLOT},
    "insert": {*_CLEANER, *_AT_THE_MAIL_SLOT, "slot-full", _OUT_OF_SIGHT},
    "clean": {*_CLEANER, _GIVEN_UP, "drive-loaded", "destination-full", "no-free-element"},
    # While it waits for the person, another may give the empty slot up.
    "eject": {*_CLEANER, "operator-timeout", "mail-slots-full", _GIVEN_UP},
}
_WANTED = ("load", "unload", "move", "exchange", "reserve", "insert")
# Of one that was just killed: whoever is next has not taken the lock yet.
_ENDED = r"(, which has ended; a command that it started may still be running)?"
_TIME = r"(\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d"  # midnight may have passed since
_NAMED = re.compile(rf"library \S+ is busy: pid \d+ \(.+\) since {_TIME}{_ENDED}")
_KERNEL_NAMED = re.compile(rf"library \S+ is busy: pid \d+( \(.+\))?{_ENDED}")
_UNNAMED = re.compile(r"library \S+ is busy: another process holds it, or waits for it")


def unexpected(reports: Iterable[Report]) -> Counter[tuple[str, str, str]]:
    """What should not have been refused, or not so."""
    return Counter(
        (each.kind, each.outcome, each.message)
        for each in reports
        if each.outcome not in (None, "done")
        and (
            each.outcome not in EXPECTED[each.kind]
            or (each.waits and each.outcome == "library-busy")
        )
    )


def busy_messages(reports: Iterable[Report]) -> Counter[str]:
    """Refusals of a busy library, by what named the holder: its record, the kernel, or nothing."""
    told: Counter[str] = Counter()
    for each in reports:
        if each.outcome == "library-busy":
            if _NAMED.fullmatch(each.message):
                told["named"] += 1
            elif _KERNEL_NAMED.fullmatch(each.message):
                told["by the kernel"] += 1
            else:
                assert _UNNAMED.fullmatch(each.message), each.message
                told["unnamed"] += 1
    return told


def lacking(reports: Collection[Report], *, killed: int, processes: int) -> list[str]:
    """What happened too seldom for the rest to prove anything."""
    done = {each.kind for each in reports if each.outcome == "done"}
    told = busy_messages(reports)
    waited = [each for each in reports if each.queued_at is not None and each.turn is not None]
    wanted = {
        "processes are killed": killed > processes // 5,
        "most are told who holds the lock": told["named"] > told.total() // 2,
        "there is a queue": len(waited) > 100,
        **{kind: kind in done for kind in _WANTED},
        "release or clean": bool(done & {"release", "clean"}),
    }
    return [what for what, is_so in wanted.items() if not is_so]


def overtakings(reports: Iterable[Report]) -> list[tuple[Report, Report]]:
    """Pairs of a waiter and a later process that was served before it."""
    turns = sorted(
        (each for each in reports if each.turn is not None), key=lambda each: each.turn or 0
    )
    found: list[tuple[Report, Report]] = []
    latest: Report | None = None
    for each in turns:
        if latest and each.queued_at is not None and latest.began_at > each.queued_at:
            found.append((each, latest))
        if latest is None or each.began_at > latest.began_at:
            latest = each
    return found


# The journal


class WrongJournal(AssertionError):
    """The journal says what can't have been."""


@dataclass
class Replay:
    """Makes the moves of a journal, from where everything was at first."""

    world: World

    def end_of(self, journal: Sequence[Move]) -> dict[int, str]:
        """Where everything is then. A person may have had the cleaner, out of a mail slot."""
        kinds = {each.address: each.kind for each in self.world.truth.elements}
        self._mail = {address for address, kind in kinds.items() if kind is Kind.MAIL}
        self._hands = {address for address, kind in kinds.items() if kind is Kind.TRANSPORT}
        self._contents = dict(self.world.at_first)
        for each in journal:
            if each.outcome == "completed" and each.kind == "exchange":
                self._exchange(each)
            elif each.outcome in ("completed", "misplaced"):
                self._move(each)
        return self._contents

    def _move(self, move: Move) -> None:
        to = move.destination_address if move.outcome == "completed" else move.final_address
        if move.source_address in self._hands and move.volume_tag == self._contents.get(to or 0):
            return  # how one that was found in the robot's hand came to where its move had it go
        if move.volume_tag == CLEANER and move.source_address in self._mail:
            self._bring_cleaner(move.source_address)
        if self._contents.pop(move.source_address, None) != move.volume_tag:
            raise WrongJournal(f"{move.volume_tag} was not there: {move}")
        self._lay(move, to, move.volume_tag)

    def _exchange(self, move: Move) -> None:
        first = self._contents.pop(move.source_address, None)
        second = self._contents.pop(move.destination_address, None)
        if (first, second) != (move.volume_tag, move.second_volume_tag):
            raise WrongJournal(f"{first} and {second} were there: {move}")
        self._lay(move, move.destination_address, first)
        self._lay(move, move.second_destination_address, second)

    def _lay(self, move: Move, address: int | None, tag: str | None) -> None:
        if address is None or tag is None or address in self._contents:
            raise WrongJournal(f"there was no room for {tag} at {address}: {move}")
        self._contents[address] = tag

    def _bring_cleaner(self, address: int) -> None:
        for place in self._mail:
            if self._contents.get(place) == CLEANER:
                del self._contents[place]
        if CLEANER in self._contents.values():
            raise WrongJournal("the cleaner was in the library, and in a mail slot")
        self._contents[address] = CLEANER


def without_mail(world: World, contents: dict[int, str]) -> dict[int, str]:
    """A person may have put the cleaner into another mail slot than it was taken from."""
    mail = {each.address for each in world.truth.elements if each.kind is Kind.MAIL}
    return {address: tag for address, tag in contents.items() if address not in mail}


# The reservation


def reserved_at_last(operations: Sequence[Operation]) -> tuple[int, ...]:
    """What the successful reservations and releases left, the first one first; each must fit
    those before it.
    """
    reserved: list[int] = []
    for each in operations:
        address = each.slot_address
        if each.state == "completed" and address is not None and each.kind == "reserve":
            assert address not in reserved, f"reserved twice: {each}"
            reserved.append(address)
        elif each.state == "completed" and address is not None and each.kind == "release":
            assert address in reserved, f"{reserved} were reserved: {each}"
            reserved.remove(address)
    return tuple(reserved)


def miscounted(reports: Iterable[Report], operations: Iterable[Operation]) -> dict[str, object]:
    """Kinds of operation whose number on record is not the number of reports."""
    done: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for each in reports:
        done[each.kind] += each.outcome == "done"
        unknown[each.kind] += each.outcome is None
    recorded = Counter(each.kind for each in operations if each.state == "completed")
    return {
        kind: (done[kind], recorded[kind], unknown[kind])
        for kind in ("reserve", "release", "insert", "eject", "clean")
        if not done[kind] <= recorded[kind] <= done[kind] + unknown[kind]
    }
