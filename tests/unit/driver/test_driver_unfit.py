"""Whether a cleaner no longer cleans, by what drives reported after cleanings."""

from __future__ import annotations

import pytest
from sample_records import an_operation

from changer.cleaning.unfit import find_second_trial, trials_of
from changer.store.records import Operation, OperationKind
from changer.values import replace

SLOTS = {"C1": 1004, "C2": 1005, "C3": 1006, "-": 1007}


def operation(
    number: int,
    kind: OperationKind = "clean",
    label: str = "C1",
    drive: str | None = None,
    *,
    still: bool | None = None,
    told: bool = False,
    slot: int | None = None,
) -> Operation:
    return an_operation(
        id=f"op{number}",
        kind=kind,
        state="completed",
        started_at=100.0 * number,
        finished_at=100.0 * number + 50,
        slot_address=SLOTS[label] if slot is None else slot,
        drive_address=None if drive is None else 500,
        volume_tag=None if label == "-" else label,
        process_id=1,
        use_counted=1,
        sequence=number,
        cleans_told=int(told),
        drive=drive,
        still_requested=None if still is None else int(still),
    )


def history(text: str) -> list[Operation]:
    """One a word: C1:A drive A still asks after C1; C1:A+ it was helped; C1! C1 is told anew."""
    found = []
    for number, word in enumerate(text.split(), 1):
        label, _, drive = word.partition(":")
        if drive:
            still = not drive.endswith("+")
            found.append(operation(number, label=label, drive=drive.rstrip("+"), still=still))
        else:
            label = word.rstrip("!")
            found.append(operation(number, "insert", label, told=word.endswith("!")))
    return found


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("text", "proved_by"),
    [
        # One drive says nothing of the cartridge, however often.
        ("C1:A", None),
        ("C1:A C1:A C1:A", None),
        # Two drives do.
        ("C1:A C1:B", "op1"),
        ("C1:A C1:A C1:B", "op2"),
        ("C1:A C2:B+ C1:B", "op1"),
        # Unless it has cleaned one since, or does now.
        ("C1:A C1:C+ C1:B", None),
        ("C1:A C1:A+ C1:B", None),
        ("C1:A C1:B+", None),
        ("C1:C+ C1:A C1:B", "op2"),
        # One drive and two cartridges say something of the drive alone.
        ("C1:A C2:A", None),
        ("C1:A C2:A C1:B", None),
        ("C1:A C2:A C2:B", None),
        ("C1:B C2:A C1:A", None),
        # Another cartridge helped it: so the drive was well.
        ("C1:A C2:A+ C1:B", "op1"),
        ("C1:A C2:A C3:A+ C1:B", "op1"),
        ("C1:A C3:A+ C2:A C1:B", "op1"),
        ("C2:A C3:A+ C1:A C1:B", "op3"),
        # A drive that wants service hides no other.
        ("C1:A C1:B C2:B C1:C", "op1"),
        ("C1:A C2:A C1:B C1:C", "op3"),
        # Inserted again it is the same one; told to be new it is another.
        ("C1:A C1 C1:B", "op1"),
        ("C1:A C1! C1:B", None),
        ("C1:A C1! C1:B C1:C", "op3"),
        ("C1:A C1! C1:A C1:B", None),
        # Without a label any may be another one.
        ("-:A -:B", "op1"),
        ("-:A - -:B", None),
    ],
)
def test_it_takes_two_drives_that_have_nothing_against_any_other_cleaner(
    text: str, proved_by: str | None
) -> None:
    found = find_second_trial(trials_of(history(text)))
    assert (found.operation.id if found else None) == proved_by


def test_two_of_one_label_are_told_apart_by_their_slots() -> None:
    done = [
        operation(1, label="C1", drive="A", still=True, slot=1004),
        operation(2, label="C1", drive="B", still=True, slot=1009),
    ]
    assert find_second_trial(trials_of(done)) is not None, "it may have moved"
    assert find_second_trial(trials_of(done, shared_labels={"C1"})) is None


def test_drive_without_a_name_is_known_by_its_element() -> None:
    first, second = (replace(operation(number, still=True), drive_address=500) for number in (1, 2))
    assert find_second_trial(trials_of((first, second))) is None
    another = replace(second, drive_address=501)
    assert find_second_trial(trials_of((first, another))) is not None
