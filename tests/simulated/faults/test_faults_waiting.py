"""A library or a drive that is not ready for minutes or hours, on a clock that nobody waits for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from folders import quick_folder

from changer.drives.ready import wait_until_ready
from changer.errors import ChangerError, DriveNotReady, NotReady, OutcomeUnknown
from changer.library.addressing import parse_drive, parse_place
from changer.library.library import Library
from changer.library.settings import LibrarySettings
from changer.moves.execute import load

from .bench import DRIVE_0, Bench, Exchange, Kind, Lasting, Strike
from .functions import FUNCTIONS, READY_SECONDS, Function
from .judging import failure_of, run
from .matrix import sequence
from .sense_table import ROWS, Asks, Row, reply_of

TEN_MINUTES, TWO_HOURS, THREE_HOURS = 590.0, 7200.0, 10_800.0
WAITS = [row for row in ROWS if row.asks is Asks.WAIT]
BECOMING_READY = next(row for row in WAITS if row.ascq == 0x01)
PATIENCE = LibrarySettings().ready_timeout_seconds


def of_the_library(commands: list[Exchange]) -> list[int]:
    """The positions of what is sent to the changer."""
    return [at for at, each in enumerate(commands, 1) if each.kind is not Kind.DRIVE]


def waited(bench: Bench) -> float:
    return round(sum(bench.clock.slept), 3)


@pytest.mark.parametrize("row", WAITS, ids=lambda row: row.id)
def test_library_that_scans_for_ten_minutes_is_waited_for_at_every_command(
    bench: Bench, function: Function, commands: list[Exchange], row: Row
) -> None:
    for position in of_the_library(commands):
        bench.begin_again(Strike(position, reply_of(row), Lasting.ALL, seconds=TEN_MINUTES))
        failure = failure_of(lambda: run(bench, function), wanted=function.refusal)
        assert failure is None, f"at command {position}: {failure}"
        assert TEN_MINUTES <= waited(bench) < TEN_MINUTES + 60
        assert any(step.startswith("waiting: ") for step in bench.steps), "nobody was told"


@pytest.mark.parametrize("row", WAITS, ids=lambda row: row.id)
def test_library_that_scans_for_two_hours_is_given_up_when_its_time_is_over(
    bench: Bench, function: Function, commands: list[Exchange], row: Row
) -> None:
    moves = [at for at, each in enumerate(commands, 1) if each.kind is Kind.MOVE]
    for position in of_the_library(commands):
        moved = bool(moves) and position > moves[0]
        looked_for = moved and commands[position - 1].kind is Kind.ELEMENTS
        bench.begin_again(Strike(position, reply_of(row), Lasting.ALL, seconds=TWO_HOURS))
        failure = failure_of(
            lambda: run(bench, function), wanted=OutcomeUnknown if looked_for else NotReady
        )
        assert failure is None, f"at command {position}: {failure}"
        assert PATIENCE <= waited(bench) <= PATIENCE + 60


@pytest.fixture
def patient(bench: Bench) -> Iterator[Bench]:
    """The library whose settings allow it three hours."""
    settings = bench.settings
    bench.settings = replace(settings, ready_timeout_seconds=THREE_HOURS)
    yield bench
    bench.settings = settings


def test_library_that_may_take_three_hours_is_waited_for_two(
    patient: Bench, function: Function, commands: list[Exchange]
) -> None:
    for position in of_the_library(commands):
        strike = Strike(position, reply_of(BECOMING_READY), Lasting.ALL, seconds=TWO_HOURS)
        patient.begin_again(strike)
        failure = failure_of(lambda: run(patient, function), wanted=function.refusal)
        assert failure is None, f"at command {position}: {failure}"
        assert TWO_HOURS <= waited(patient) < TWO_HOURS + 60


# A new LTO-9 cartridge: the move ends, and the drive calibrates


def ready_within(seconds: float) -> Function:
    """``load --ready --ready-timeout SECONDS``."""

    def call(library: Library) -> None:
        load(library, parse_place("1"), parse_drive("0"))
        wait_until_ready(library, DRIVE_0, timeout_seconds=seconds)

    return replace(FUNCTIONS["load"], call=call)


@pytest.fixture(scope="module")
def loading() -> Iterator[Bench]:
    with quick_folder() as folder, closing(Bench(folder, FUNCTIONS["load"].prepare)) as made:
        yield made


@pytest.mark.parametrize("row", WAITS, ids=lambda row: row.id)
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
    loading: Bench,
    row: Row,
    limit: float,
    takes: float,
    wanted: type[ChangerError] | None,
) -> None:
    function = ready_within(limit)
    commands = sequence(loading, function)
    first = next(at for at, each in enumerate(commands, 1) if each.kind is Kind.DRIVE)
    for position in range(first, len(commands) + 1):
        loading.begin_again(Strike(position, reply_of(row), Lasting.EACH, seconds=takes))
        failure = failure_of(lambda: run(loading, function), wanted=wanted)
        assert failure is None, f"at command {position}: {failure}"
        assert min(takes, limit) <= waited(loading) < min(takes, limit) + 60
        assert loading.places[DRIVE_0] == "A00001L8"
        assert any(step.startswith("waiting: ") for step in loading.steps), "nobody was told"
