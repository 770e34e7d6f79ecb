"""Passing faults: libraries and drives that are not ready for hours, and storms of unit attentions.

Time is a clock in the test's hands.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from folders import quick_folder

from changer.errors import ChangerError, DriveNotReady, IdentityChanged, NotReady, OutcomeUnknown
from changer.library.settings import LibrarySettings

from .bench import DRIVE_0, Bench, Exchange, Kind, Lasting, Strike
from .cases import sequence
from .functions import FUNCTIONS, READY_SECONDS, Function, load_and_wait
from .judging import assert_ends, run
from .sense_table import ROWS, Asks, Row, reply_of

pytestmark = pytest.mark.sweep

TEN_MINUTES, TWO_HOURS, THREE_HOURS = 590.0, 7200.0, 10_800.0
WAITS = [row for row in ROWS if row.asks is Asks.WAIT]
BECOMING_READY = next(row for row in WAITS if row.ascq == 0x01)
PATIENCE = LibrarySettings().ready_timeout_seconds

OF_THE_DRIVE = (Kind.DRIVE, Kind.DRIVE_SERIAL)

each_wait = pytest.mark.parametrize("row", WAITS, ids=lambda row: row.id)
# A code of the library's maker says nothing of a drive.
each_wait_of_a_drive = pytest.mark.parametrize(
    "row", [row for row in WAITS if row.ascq < 0x80], ids=lambda row: row.id
)


def of_the_library(commands: list[Exchange]) -> list[int]:
    """The positions of what is sent to the changer."""
    return [at for at, each in enumerate(commands, 1) if each.kind not in OF_THE_DRIVE]


def is_moved(commands: list[Exchange], position: int) -> bool:
    """The motion is before that command."""
    return any(each.kind is Kind.MOVE for each in commands[: position - 1])


def see_wait(bench: Bench, least: float, most: float, *, told: bool = True) -> None:
    assert least <= round(sum(bench.clock.slept), 3) <= most
    assert not told or any(step.startswith("waiting") for step in bench.steps), "nobody was told"


@each_wait
def test_library_that_scans_for_ten_minutes_is_waited_for_at_every_command(
    bench: Bench, function: Function, commands: list[Exchange], row: Row
) -> None:
    assert_ends(
        bench,
        function,
        (
            ((Strike(at, reply_of(row), Lasting.ALL, seconds=TEN_MINUTES),), function.refusal)
            for at in of_the_library(commands)
        ),
        then=lambda: see_wait(bench, TEN_MINUTES, TEN_MINUTES + 60),
    )


@each_wait
def test_library_that_scans_for_two_hours_is_given_up_when_its_time_is_over(
    bench: Bench, function: Function, commands: list[Exchange], row: Row
) -> None:
    def end_at(position: int) -> type[ChangerError]:
        kind = commands[position - 1].kind
        looked_for = kind is Kind.ELEMENTS and is_moved(commands, position)
        return OutcomeUnknown if looked_for or kind is Kind.MOVE else NotReady

    assert_ends(
        bench,
        function,
        (
            ((Strike(at, reply_of(row), Lasting.ALL, seconds=TWO_HOURS),), end_at(at))
            for at in of_the_library(commands)
        ),
        # Of a move: when the command has waited, and when the look for its cartridge has.
        then=lambda: see_wait(bench, PATIENCE, 2 * PATIENCE + 60, told=False),
    )


@pytest.fixture
def patient(bench: Bench) -> Iterator[Bench]:
    """The library whose settings allow it three hours."""
    settings = bench.settings
    bench.settings = settings._replace(ready_timeout_seconds=THREE_HOURS)
    yield bench
    bench.settings = settings


def test_library_that_may_take_three_hours_is_waited_for_two(
    patient: Bench, function: Function, commands: list[Exchange]
) -> None:
    reply = reply_of(BECOMING_READY)
    assert_ends(
        patient,
        function,
        (
            ((Strike(at, reply, Lasting.ALL, seconds=TWO_HOURS),), function.refusal)
            for at in of_the_library(commands)
        ),
        then=lambda: see_wait(patient, TWO_HOURS, TWO_HOURS + 60, told=False),
    )


# A new LTO-9 cartridge: the move ends, and the drive calibrates


def ready_within(seconds: float) -> Function:
    return replace(FUNCTIONS["load"], call=lambda library: load_and_wait(library, seconds))


@pytest.fixture(scope="module")
def loading() -> Iterator[Bench]:
    with quick_folder() as folder, closing(Bench(folder, FUNCTIONS["load"].prepare)) as made:
        yield made


@each_wait_of_a_drive
@pytest.mark.parametrize(
    ("limit", "takes", "wanted"),
    [
        (READY_SECONDS, TEN_MINUTES, None),
        (READY_SECONDS, TWO_HOURS, DriveNotReady),
        (THREE_HOURS, TWO_HOURS, None),
        (60.0, TEN_MINUTES, DriveNotReady),
    ],
)
def test_drive_that_calibrates_is_waited_for_as_long_as_asked(
    loading: Bench, row: Row, limit: float, takes: float, wanted: type[ChangerError] | None
) -> None:
    function = ready_within(limit)
    commands = sequence(loading, function)
    first = next(at for at, each in enumerate(commands, 1) if each.kind is Kind.DRIVE)

    def see() -> None:
        see_wait(loading, min(takes, limit), min(takes, limit) + 60)
        assert loading.places[DRIVE_0] == "A00001L8"

    tried = (
        ((Strike(at, reply_of(row), Lasting.EACH, seconds=takes),), wanted)
        for at in range(first, len(commands) + 1)
    )
    assert_ends(loading, function, tried, then=see)


# Unit attentions: many in a row, one before every command

ATTENTIONS = [row for row in ROWS if row.asks is Asks.READ_AGAIN]
CHANGED = next(row for row in ATTENTIONS if (row.asc, row.ascq) == (0x3F, 0x03))
# More in a row than one command of the driver puts up with.
TOO_MANY = 40

each_attention = pytest.mark.parametrize("row", ATTENTIONS, ids=lambda row: row.id)


@each_attention
def test_ten_in_a_row_are_outlasted_at_every_command(
    bench: Bench, function: Function, commands: list[Exchange], row: Row
) -> None:
    strikes = (Strike(at, reply_of(row), times=10) for at in range(1, len(commands) + 1))
    assert_ends(bench, function, (((each,), function.refusal) for each in strikes))


@each_attention
def test_one_before_every_command_is_never_taken_for_a_reading(
    bench: Bench, function: Function, commands: list[Exchange], row: Row
) -> None:
    """What changes between any two commands can't be read: nothing is moved or released by it.

    It ends after a few commands: then all is read anew, and done.
    """
    endless, ending = (Strike(1, reply_of(row), Lasting.ALTERNATE, times=each) for each in (0, 8))
    assert_ends(bench, function, [((endless,), function.refusal or NotReady)])
    assert bench.moves == []
    assert_ends(bench, function, [((ending,), function.refusal)])


def test_more_than_anyone_puts_up_with_end_in_an_error_and_not_in_an_endless_loop(
    bench: Bench, function: Function, commands: list[Exchange]
) -> None:
    row = ATTENTIONS[0]
    for position, command in enumerate(commands, 1):
        bench.begin_again(Strike(position, reply_of(row), times=TOO_MANY))
        error = run(bench, function)
        if command.kind is Kind.DRIVE_SERIAL:
            assert error is None
        elif is_moved(commands, position) and command.kind is Kind.ELEMENTS:
            assert error is None or type(error) is OutcomeUnknown
        else:
            assert isinstance(error, ChangerError)


def test_library_that_says_that_it_is_another_one_now_is_left_alone(
    bench: Bench, function: Function, commands: list[Exchange]
) -> None:
    for position, command in enumerate(commands, 1):
        wanted: type[ChangerError] | None = IdentityChanged
        if command.kind in OF_THE_DRIVE:
            wanted = None  # it says nothing of the library
        elif is_moved(commands, position) and command.kind is Kind.ELEMENTS:
            wanted = OutcomeUnknown
        elif command.kind is Kind.MOVE:
            wanted = OutcomeUnknown  # its cartridge is looked for, in a library that is gone
        bench.begin_again(Strike(position, reply_of(CHANGED), serial="ANOTHER"))
        error = run(bench, function)
        refused = not function.succeeds and type(error) is function.refusal
        assert refused or (error and type(error)) is wanted, f"at command {position}: {error!r}"
        sent_before = sum(each.kind is Kind.MOVE for each in commands[:position])
        assert len(bench.moves) <= sent_before or wanted is None, "another library was moved in"
