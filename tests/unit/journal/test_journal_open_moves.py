"""Open moves by themselves: which can be settled, what is said of each, and where it has ended."""

from __future__ import annotations

from typing import Any

import pytest
from sample_records import a_move

from changer.errors import CartridgeMissing, RecoveryNeeded
from changer.journal.last_seen import end_of
from changer.journal.open_moves import (
    NO_OPTIONS,
    OpenTransfer,
    RecoveryAction,
    RecoveryOptions,
    closable,
    refusal,
    transfers_of,
)
from changer.journal.recovery_words import job_of, outcome_words, plan_words
from changer.library.addressing import Numbering, Place, PlaceKind
from changer.library.inventory import Transfer
from changer.smc.elements import ElementAddressAssignment, ElementRange
from changer.values import replace

pytestmark = pytest.mark.rows(one_in=1)
MOVE = a_move(library_id="TL", source_address=1001, started_at=1000.0, process_id=4711)
EXCHANGE = MOVE._replace(
    kind="exchange", second_destination_address=1002, second_volume_tag="A00002L8"
)
OPEN = OpenTransfer(
    move=MOVE,
    transfer=Transfer(1001, 500, "A00001L8"),
    action=RecoveryAction.RECORD,
    outcome="completed",
    address=500,
    place=Place(PlaceKind.DRIVE, 0),
    to=None,
    target=None,
    end=500,
    cartridge="A00001L8",
    where="drive 0",
    job="the load of A00001L8 into drive 0",
    hidden=None,
    overtaken_by=None,
    rests_at="12:34:56",
    place_away="slot",
    has_left=False,
)


def opened(action: str, **values: Any) -> OpenTransfer:
    return replace(OPEN, action=RecoveryAction[action], **values)


PICKED: dict[str, Any] = {"address": 1, "where": "the picker", "target": "slot 1"}


def test_nothing_is_given_up_or_taken_for_at_rest_unless_a_person_says_so() -> None:
    plain = RecoveryOptions(accept_missing=False, at_rest=False, direction=None, to=None)
    assert plain == NO_OPTIONS


# Transfers, and their ends


def test_an_exchange_is_two_transfers_one_after_the_other() -> None:
    assert transfers_of(MOVE) == (Transfer(1001, 500, "A00001L8"),)
    assert transfers_of(EXCHANGE) == (
        Transfer(1001, 500, "A00001L8"),
        Transfer(500, 1002, "A00002L8"),
    )
    assert transfers_of(EXCHANGE._replace(second_destination_address=0))[1:] == (
        Transfer(500, 0, "A00002L8"),
    )


@pytest.mark.parametrize(
    ("outcome", "final", "first", "second"),
    [
        ("completed", 500, 500, 1002),
        ("completed", None, 500, 1002),
        ("not-executed", None, 1001, 500),
        ("not-executed", 0, 0, 500),  # put back to where an earlier move took it from
        ("misplaced", 7, 7, None),
        ("misplaced", None, None, None),
        ("unknown", 7, None, None),
        (None, None, None, None),
    ],
)
def test_where_a_cartridge_came_to_is_by_the_outcome_of_its_move(
    outcome: Any, final: int | None, first: int | None, second: int | None
) -> None:
    move = EXCHANGE._replace(outcome=outcome, final_address=final)
    assert (end_of(move, 0), end_of(move, 1)) == (first, second)


# What can be settled


@pytest.mark.parametrize("action", RecoveryAction)
def test_what_needs_a_motion_a_person_or_time_is_as_its_action_says(action: RecoveryAction) -> None:
    transfer = replace(OPEN, action=action)
    motion = action.name in ("CARRY_ON", "PUT_BACK", "PUT_ASIDE")
    person = action.name in ("BY_HAND", "TAKE_OUT")
    late = action.name == "WAIT"
    assert transfer.needs_motion is motion
    assert transfer.needs_person is person
    assert transfer.is_late is late
    assert transfer.stays_open is (person or late or action.name == "SEARCH")
    assert [transfer.may_reach(each) for each in (1001, 500, 1002)] == [late, late, False]
    assert closable((transfer,), may_move=False) == [
        *([1] if not (motion or transfer.stays_open) else [])
    ]
    assert closable((transfer,), may_move=True) == [*([1] if not transfer.stays_open else [])]


def of_move(number: int, action: str = "RECORD", **values: Any) -> OpenTransfer:
    return opened(action, move=MOVE._replace(id=number), **values)


@pytest.mark.parametrize(
    ("transfers", "closed"),
    [
        ((of_move(1), of_move(2), of_move(3)), [3, 2, 1]),
        # Of an exchange both cartridges have to be known.
        ((of_move(1), of_move(1)), [1]),
        ((of_move(1), of_move(1, "SEARCH")), []),
        ((of_move(1, "WAIT"), of_move(1), of_move(2)), [2]),
        # What a later move says of its cartridge is waited for.
        ((of_move(1, overtaken_by=2), of_move(2)), [2, 1]),
        ((of_move(1, overtaken_by=2), of_move(2, "CARRY_ON")), []),
        ((of_move(1, overtaken_by=2), of_move(2, "SEARCH"), of_move(3)), [3]),
        ((of_move(1, overtaken_by=3), of_move(2, "SEARCH"), of_move(3)), [3, 1]),
    ],
)
def test_a_move_is_settled_when_all_that_it_depends_on_is(
    transfers: tuple[OpenTransfer, ...], closed: list[int]
) -> None:
    assert closable(transfers, may_move=False) == closed


# Words

NUMBERING = Numbering(
    ElementAddressAssignment(
        medium_transport=ElementRange(1, 1),
        storage=ElementRange(1001, 3),
        import_export=ElementRange(101, 1),
        data_transfer=ElementRange(500, 2),
    )
)


@pytest.mark.parametrize(
    ("source", "destination", "words"),
    [
        (1001, 500, "the load of A into drive 0"),
        (101, 501, "the load of A into drive 1"),
        (500, 1002, "the unload of A from drive 0 to slot 2"),
        (500, 101, "the move of A from drive 0 to mail slot 1"),
        (500, 501, "the move of A from drive 0 to drive 1"),
        (1001, 1002, "the move of A from slot 1 to slot 2"),
        (101, 1002, "the move of A from mail slot 1 to slot 2"),
        (1001, 101, "the move of A from slot 1 to mail slot 1"),
        # Elements that the library had before.
        (9000, 1001, "the move of A from element 9000 to slot 1"),
        (500, 9000, "the move of A from drive 0 to element 9000"),
    ],
)
def test_a_move_is_called_by_the_command_that_asks_for_it(
    source: int, destination: int, words: str
) -> None:
    assert job_of(Transfer(source, destination, "A"), "A", NUMBERING) == words


JOB = "the load of A00001L8 into drive 0"
INTERRUPTED = f"{JOB} was interrupted"
SAID: list[tuple[OpenTransfer, str | None, str]] = [
    (
        OPEN,
        f"record what became of {JOB}: it is in drive 0",
        f"{INTERRUPTED}, and was completed nonetheless: it is in drive 0",
    ),
    (
        opened("RECORD", outcome="misplaced", where="mail slot 1", has_left=True),
        f"record what became of {JOB}: it left through mail slot 1",
        f"{INTERRUPTED}, and ended elsewhere: it left through mail slot 1",
    ),
    (
        opened("RECORD", outcome="not-executed", address=0, where="slot 1"),
        f"record what became of {JOB}: it is in slot 1",
        f"{INTERRUPTED}, and did not take place: it is in slot 1",
    ),
    (
        opened("RECORD", overtaken_by=2, address=None, where="nowhere"),
        f"settle {JOB} with a later move of A00001L8",
        f"{INTERRUPTED}; a later move of A00001L8 settles it",
    ),
    (opened("CARRY_ON", **PICKED), f"finish {JOB}", f"finished {JOB}; it was in the picker"),
    (
        opened("PUT_BACK", **PICKED),
        f"undo {JOB}: put it back into slot 1",
        f"undid {JOB}: it was in the picker and is back in slot 1",
    ),
    (
        opened("PUT_ASIDE", **PICKED),
        "move A00001L8 from the picker to slot 1",
        "moved A00001L8 from the picker to slot 1",
    ),
    (
        opened("GIVE_UP", address=None, where="nowhere"),
        "write off A00001L8 as missing",
        "wrote off A00001L8 as missing",
    ),
    (
        opened("SEARCH", address=None, where="nowhere"),
        None,
        f"{INTERRUPTED}: A00001L8 can't be found",
    ),
    (
        opened("BY_HAND", **PICKED),
        None,
        f"{INTERRUPTED}: it is in the picker; neither place can take it;"
        " it has to be moved elsewhere",
    ),
    (
        opened("TAKE_OUT", **PICKED),
        None,
        f"{INTERRUPTED}: it is in the picker; the library can't move it from there;"
        " it has to be taken out by hand",
    ),
    (
        opened("WAIT", address=None, where="nowhere"),
        None,
        f"{INTERRUPTED}: it is not shown; the robot may still move it",
    ),
]


@pytest.mark.parametrize("number", range(len(SAID)))
def test_what_will_be_done_and_what_was_is_said(number: int) -> None:
    transfer, plan, outcome = SAID[number]
    assert (plan_words(transfer), outcome_words(transfer)) == (plan, outcome)


ELSEWHERE = "to move it elsewhere: changer recover --to PLACE; --dry-run shows the plan"
LEFT = f"{INTERRUPTED}, and A00001L8 is in the picker"
REFUSED: list[tuple[OpenTransfer, type[Exception], str, str]] = [
    (
        opened("WAIT", **PICKED),
        RecoveryNeeded,
        f"{JOB} may still be under way: its end was not seen, and A00001L8 is in the picker",
        "try again from 12:34:56 on; sooner, if you see that the robot stands still:"
        " changer recover --at-rest",
    ),
    (
        opened("WAIT", address=None, where="nowhere"),
        RecoveryNeeded,
        f"{JOB} may still be under way: its end was not seen, and A00001L8 is not shown",
        "try again from 12:34:56 on; sooner, if you see that the robot stands still:"
        " changer recover --at-rest",
    ),
    (
        opened("SEARCH", address=None, where="nowhere"),
        CartridgeMissing,
        f"{INTERRUPTED}, and A00001L8 can't be found in the library",
        "look for it in the library; to write it off: changer recover --accept-missing",
    ),
    (
        opened("SEARCH", address=None, hidden="it may be in slot 1, where a door is open"),
        CartridgeMissing,
        f"{INTERRUPTED}, and A00001L8 is not shown: it may be in slot 1, where a door is open",
        "look at the library's panel, or have it take inventory (this moves the robot):"
        " changer inventory",
    ),
    (
        opened("TAKE_OUT", **PICKED),
        RecoveryNeeded,
        f"{LEFT}, from where the library can't move it",
        "take it out by hand, put it into a free place, then: changer recover",
    ),
    (
        opened("BY_HAND", **PICKED),
        RecoveryNeeded,
        f"{LEFT}; neither place can take it",
        "move it to a free place: changer move @1 slot",
    ),
    (
        opened("CARRY_ON", **PICKED),
        RecoveryNeeded,
        LEFT,
        f"to finish {JOB}: changer recover; to undo it: add --back; {ELSEWHERE}",
    ),
    (
        opened("PUT_BACK", **PICKED),
        RecoveryNeeded,
        LEFT,
        f"to put it back into slot 1: changer recover; {ELSEWHERE}",
    ),
]


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_what_stands_in_the_way_is_said_with_the_way_out(number: int) -> None:
    transfer, kind, message, hint = REFUSED[number]
    error = refusal(transfer)
    assert error is not None
    assert (type(error), error.message, error.hint) == (kind, message, hint)


@pytest.mark.parametrize("action", ["RECORD", "GIVE_UP"])
def test_what_can_be_settled_at_once_stands_in_nobodys_way(action: str) -> None:
    assert refusal(opened(action)) is None
