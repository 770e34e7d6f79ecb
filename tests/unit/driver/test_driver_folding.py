"""Ranges of slots that are alike: none is lost, and none stands with another kind."""

from __future__ import annotations

from driver_status import MAGAZINE_OUT, slot
from driver_support import unhurried
from hypothesis import given
from hypothesis import strategies as some

from changer.library.columns import content_words, exception_words
from changer.library.folding import Fold, fold_rows
from changer.library.status import ExceptionStatus, SlotStatus

EXCEPTIONS = (None, MAGAZINE_OUT, ExceptionStatus(0x83, 0x01, "bar code label unreadable"))


@some.composite
def a_slot(draw: some.DrawFn, number: int) -> SlotStatus:
    full = draw(some.sampled_from((True, False, None)))
    return slot(
        number,
        full=full,
        present=True if full is not None else draw(some.sampled_from((False, None))),
        volume_tag=draw(some.sampled_from((None, f"A{number:05}L8"))) if full else None,
        cleaner=bool(full) and draw(some.booleans()),
        exception=draw(some.sampled_from(EXCEPTIONS)),
        reserved=draw(some.booleans()),
    )


@some.composite
def some_slots(draw: some.DrawFn) -> tuple[SlotStatus, ...]:
    """Runs of slots that are alike, of any kind, as numbers go up."""
    rows: list[SlotStatus] = []
    for length in draw(some.lists(some.integers(1, 9), max_size=12)):
        one = draw(a_slot(len(rows) + 1))
        for _ in range(length):
            number = len(rows) + 1
            tag = f"A{number:05}L8" if one.volume_tag else None
            rows.append(
                slot(
                    number,
                    **{
                        name: getattr(one, name)
                        for name in ("full", "present", "cleaner", "exception", "reserved")
                    },
                    volume_tag=tag,
                )
            )
    return tuple(rows)


def numbers_of(fold: Fold) -> list[int]:
    return [each for first, last in fold.ranges for each in range(first, last + 1)]


def kind_of(row: SlotStatus) -> tuple[object, ...]:
    """All by which a person tells slots apart, but the label itself."""
    content = "label" if row.full and row.volume_tag else content_words(row)
    is_cleaner = bool(row.full and row.cleaner)
    return ("" if is_cleaner else content), is_cleaner, row.reserved, exception_words(row)


@unhurried
@given(some_slots())
def test_each_slot_is_in_one_range_and_ranges_give_the_slots_back(
    rows: tuple[SlotStatus, ...],
) -> None:
    folds = fold_rows(rows)
    assert sorted(each for fold in folds for each in numbers_of(fold)) == [
        each.number for each in rows
    ]
    by_number = {each.number: each for each in rows}
    kinds = [{kind_of(by_number[number]) for number in numbers_of(fold)} for fold in folds]
    assert all(len(each) == 1 for each in kinds), "unlike slots in one fold"
    assert len({kind for each in kinds for kind in each}) == len(folds), "one kind in two folds"


@unhurried
@given(some_slots())
def test_ranges_are_as_long_as_they_can_be_and_in_order(rows: tuple[SlotStatus, ...]) -> None:
    for fold in fold_rows(rows):
        gaps = [
            later[0] - before[1]
            for before, later in zip(fold.ranges, fold.ranges[1:], strict=False)
        ]
        assert all(first <= last for first, last in fold.ranges)
        assert all(each > 1 for each in gaps)


@unhurried
@given(some_slots(), some.randoms())
def test_the_order_of_rows_makes_no_difference_to_their_ranges(
    rows: tuple[SlotStatus, ...], random: object
) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fold_rows(shuffled) == fold_rows(rows)


def test_kinds_are_named() -> None:
    full = {"full": True, "volume_tag": "A"}
    rows = (
        *(slot(each, **full) for each in range(1, 181)),
        *(slot(each, **full, cleaner=True) for each in range(181, 184)),
        *(slot(each) for each in range(184, 191)),
        slot(191, full=True),
        slot(192, full=None, present=False, exception=MAGAZINE_OUT),
        slot(193, full=None, present=None),
        slot(194, reserved=True),
        slot(195, **full, cleaner=True, reserved=True),
    )
    assert [(each.words, each.reason, each.ranges) for each in fold_rows(rows)] == [
        ("full", "", ((1, 180),)),
        ("cleaning cartridge", "", ((181, 183),)),
        ("empty", "", ((184, 190),)),
        ("full (no label)", "", ((191, 191),)),
        ("not present", "medium magazine removed (3B/12)", ((192, 192),)),
        ("unknown", "", ((193, 193),)),
        ("reserved, empty", "", ((194, 194),)),
        ("reserved, cleaning cartridge", "", ((195, 195),)),
    ]
