"""What a store must have of reserved slots and cleaners: the rules of the issue, written again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from .shelf import Seen

# New cleaners of the two families, by the ends of their labels.
NEW = {"CU": 50, "S": 20}


@dataclass(frozen=True)
class Row:
    """One cleaner on record. ``number``: of the physical one that came in last as it."""

    label: str | None
    home: int | None
    left: int
    number: int
    uses: int = 0
    condition: str = "usable"

    @property
    def family(self) -> str | None:
        return None if self.label is None else self.label[6:]

    @property
    def shown(self) -> tuple[object, ...]:
        return (self.label, self.home, self.left, self.uses, self.condition)

    def used(self) -> Row:
        return replace(self, uses=self.uses + 1, left=max(self.left - 1, 0))

    def spent(self) -> Row:
        return replace(self.used(), left=0, condition="spent")

    def rejected(self) -> Row:
        return replace(self, condition="rejected")


@dataclass(frozen=True)
class Trial:
    """A drive that had asked for cleaning, after one with that cleaner: it still asks, or not.

    ``told``: how often somebody had said by then that the cleaner is a new one.
    """

    label: str | None
    home: int | None
    told: int
    drive: int
    still_asks: bool


@dataclass
class Model:
    """``slots``: reserved, the first one first. ``trials``: oldest first."""

    slots: list[int] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)
    told: Counter[str | int | None] = field(default_factory=Counter)

    @property
    def shown(self) -> list[tuple[object, ...]]:
        return sorted((each.shown for each in self.rows), key=repr)

    def at(self, slot: int) -> Row | None:
        return next((each for each in self.rows if each.home == slot), None)

    def change(self, row: Row, to: Row) -> None:
        self.rows[self.rows.index(row)] = to

    def leave(self, slot: int) -> None:
        """What the slot had is away, known by its label; of two with one label, the worse one."""
        row = self.at(slot)
        if row is None:
            return
        self.rows.remove(row)
        if row.label is None:
            return
        away = [each for each in self.rows if each.home is None and each.label == row.label]
        for each in away:
            self.rows.remove(each)
        # Of two alike, the one that was away before stays.
        kept = min([*away, replace(row, home=None)], key=_cleanings)
        self.rows.append(kept)

    def release(self, slot: int) -> None:
        self.slots.remove(slot)
        self.leave(slot)

    def insert(self, came: Seen, slot: int, *, known: Row | None, told: int | None) -> None:
        """A cleaner lies in the slot now, which ``known`` is on record as."""
        if came.label is None or told is not None:
            self.told[came.label or slot] += 1
        left = told
        if left is None and known is not None:
            left = known.left
        if left is None:
            left = NEW[(came.label or "")[6:]]
        if known is not None:
            self.rows.remove(known)
        self.leave(slot)
        if known is None:
            self.rows.append(Row(came.label, slot, left, came.number))
            return
        row = replace(known, home=slot, left=left, number=came.number)
        if told is not None or left != known.left:
            row = replace(row, condition="usable")
        self.rows.append(row)

    def known(self, came: Seen, slot: int, source: int, others: Iterable[Seen]) -> list[Row | None]:
        """What it may be on record as, the first where nothing speaks against it.

        A label is taken up, unless two bear it now; then never from one that has a home. One
        without a label may be any.
        """
        if came.label is None:
            return [None]  # it may be another one
        alike = [each for each in self.rows if each.label == came.label]
        there = [each for each in alike if each.home == source]
        if there:
            return [*there]
        bearing = {each.number for each in others if each.label == came.label}
        if not bearing:
            alike.sort(key=lambda each: each.home is None)
            return [alike[0]] if alike else [None]
        away = [each for each in alike if each.home is None or each.number not in bearing]
        return [*away, None]

    def try_out(self, row: Row, drive: int, *, still_asks: bool) -> bool:
        """A drive was cleaned that had asked for it; whether that shows the cleaner to be unfit."""
        tried = Trial(row.label, row.home, self.told[row.label or row.home], drive, still_asks)
        self.trials.append(tried)
        if not still_asks or self._is_doubtful(tried):
            return False
        with_it = [each for each in self.trials if self._is_one(each, tried)]
        cleaned = [number for number, each in enumerate(with_it) if not each.still_asks]
        since = with_it[cleaned[-1] + 1 :] if cleaned else with_it
        return any(each.drive != drive and not self._is_doubtful(each) for each in since)

    def _is_doubtful(self, tried: Trial) -> bool:
        """The drive asks on, and did so after another cleaner as well."""
        after = [each for each in self.trials if each.drive == tried.drive]
        while not all(each.still_asks for each in after):
            after.pop(0)
        return tried in after and not all(self._is_one(each, tried) for each in after)

    def _is_one(self, one: Trial, other: Trial) -> bool:
        alike = [each for each in self.rows if each.label == one.label]
        if one.label is None or len(alike) > 1:
            return (one.label, one.home, one.told) == (other.label, other.home, other.told)
        return (one.label, one.told) == (other.label, other.told)

    def usable(self, at: dict[int, Seen], family: str) -> list[Row]:
        """Those that a drive may be cleaned with, the one to choose first."""
        found = [
            each
            for slot in self.slots
            if (each := self.at(slot)) is not None and self._is_usable(each, at)
        ]
        fitting = [each for each in found if each.family == family]
        return sorted(fitting, key=lambda each: (each.left, each.home))

    def _is_usable(self, row: Row, at: dict[int, Seen]) -> bool:
        there = at.get(row.home or 0)
        twins = [at[each] for each in self.slots if each in at and each != row.home]
        return (
            there is not None
            and there.label == row.label
            and row.condition == "usable"
            and row.left > 0
            and not any(each.label == row.label for each in twins)
        )


def _cleanings(row: Row) -> int:
    return row.left if row.condition == "usable" else 0
