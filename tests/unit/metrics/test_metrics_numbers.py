"""Numbers of a library: each is what was shown or is on record, and what is not known is absent."""

from __future__ import annotations

import pytest
from sample_records import a_move, an_operation

from changer.metrics.catalogue import METRICS
from changer.metrics.metric import Metric
from changer.metrics.text import render
from changer.overview.overview import MoveShown, OperationShown, Overview
from changer.store.sharing import LockUse
from changer.values import replace

from .pictures import ID, OVERVIEW, READ_AT, READING, RECORDS, STATUS, TROUBLE
from .scraped import scraped, value, values

TEXT = render([OVERVIEW])


def total(name: str, text: str = TEXT) -> float:
    return sum(values(text, name))


@pytest.mark.parametrize(
    ("element_type", "state", "expected"),
    [
        ("slot", "full", 2),
        ("slot", "empty", 1),
        ("slot", "not-present", 1),
        ("slot", "unknown", 2),
        ("mail", "full", 2),
        ("mail", "empty", 1),
        ("mail", "unknown", 0),
        ("drive", "full", 1),
        ("drive", "empty", 1),
        ("drive", "not-present", 1),
        ("drive", "unknown", 1),
        ("picker", "empty", 1),
        ("picker", "full", 0),
    ],
)
def test_elements_are_counted_by_what_is_known_of_them(
    element_type: str, state: str, expected: int
) -> None:
    assert value(TEXT, "changer_elements", type=element_type, state=state) == expected


def test_what_an_element_holds_that_was_not_told_is_not_taken_for_empty() -> None:
    unknown = replace(STATUS, picker=None)
    text = render([replace(OVERVIEW, reading=replace(READING, status=unknown))])
    assert values(text, "changer_elements", type="picker") == []
    assert values(TEXT, "changer_drive_full", drive="2") == []


def test_drives_are_told_one_by_one() -> None:
    assert value(TEXT, "changer_drives", state="full", cleaning_request="required") == 1
    assert value(TEXT, "changer_drives", state="empty", cleaning_request="none") == 1
    assert value(TEXT, "changer_drives", state="full", cleaning_request="requested") == 0
    assert total("changer_drives") == 4
    assert value(TEXT, "changer_drive_full", drive="0", serial="D0") == 1
    assert value(TEXT, "changer_drive_full", drive="1", serial="D1") == 0
    assert value(TEXT, "changer_drive_cleaning_requested", drive="0") == 1
    assert value(TEXT, "changer_drive_cleaning_requested", drive="1") == 0
    assert len(values(TEXT, "changer_drive_info")) == 3, "not of a bay without a drive"


def test_cartridges_in_mail_slots_wait_for_something() -> None:
    assert value(TEXT, "changer_mail_slots_waiting", reason="brought-in") == 1
    assert value(TEXT, "changer_mail_slots_waiting", reason="to-take-out") == 1
    assert value(TEXT, "changer_mail_slots_waiting", reason="unknown") == 0


def test_cleaners_are_counted_by_family_and_state() -> None:
    assert value(TEXT, "changer_cleaners", family="LTO", state="usable") == 2
    assert value(TEXT, "changer_cleaners", family="LTO", state="away") == 1
    assert value(TEXT, "changer_cleaners", family="", state="usable") == 0
    assert value(TEXT, "changer_cleaners_usable", family="LTO") == 1
    assert value(TEXT, "changer_cleaners_usable", family="") == 0
    assert value(TEXT, "changer_cleaning_slots", state="full") == 1
    assert value(TEXT, "changer_cleaning_slots", state="unknown") == 1


def test_cleanings_left_are_there_where_they_are_known() -> None:
    assert value(TEXT, "changer_cleanings_left", family="LTO") == 2
    assert values(TEXT, "changer_cleanings_left", family="") == []
    assert values(TEXT, "changer_cleaner_cleanings_left") == [2]
    assert value(TEXT, "changer_cleaner_cleanings_left", volume_tag="CLN001L1", place="1") == 2


def test_moves_are_counted_by_outcome() -> None:
    assert value(TEXT, "changer_moves_total", kind="move", outcome="completed") == 8
    assert value(TEXT, "changer_moves_total", kind="move", outcome="misplaced") == 3
    # A rate needs the number before the first one.
    assert value(TEXT, "changer_moves_total", kind="exchange", outcome="not-executed") == 0
    assert values(TEXT, "changer_moves_total", outcome="unknown") == []
    assert value(TEXT, "changer_operations_total", kind="clean", state="completed") == 12
    assert value(TEXT, "changer_operations_total", kind="clean", state="failed") == 0


@pytest.mark.parametrize(
    ("bound", "expected"), [("5.0", 2), ("30.0", 2), ("45.0", 6), ("900.0", 6), ("+Inf", 7)]
)
def test_durations_are_those_of_completed_moves(bound: str, expected: int) -> None:
    name = "changer_move_duration_seconds_bucket"
    assert value(TEXT, name, kind="move", le=bound) == expected
    assert value(TEXT, name, kind="exchange", le=bound) == 0


def test_the_sum_of_durations_leaves_out_those_that_are_not_known() -> None:
    assert value(TEXT, "changer_move_duration_seconds_sum", kind="move") == 2 * 5 + 4 * 31 + 1800
    assert value(TEXT, "changer_move_duration_seconds_count", kind="move") == 7


def test_findings_are_those_of_now_and_those_about_cleaners() -> None:
    assert value(TEXT, "changer_attention", level="critical") == 1
    assert value(TEXT, "changer_attention", level="warning") == 1
    assert value(TEXT, "changer_attention", level="note") == 0
    assert value(TEXT, "changer_findings", code="cleaner-low", level="warning") == 1
    settled = replace(OVERVIEW, records=replace(RECORDS, attention=()))
    assert value(render([settled]), "changer_attention", level="critical") == 0


def shown(move: bool | None = None, operation: str | None = None) -> str:
    """With a move that is running or open, or an operation in that state."""
    of_move = a_move(library_id=ID, volume_tag=None, started_at=READ_AT, process_id=1)
    of_operation = an_operation(
        id="1", library_id=ID, started_at=READ_AT, slot_address=None, process_id=1
    )
    return render(
        [
            replace(
                OVERVIEW,
                records=replace(
                    RECORDS,
                    moves=() if move is None else (MoveShown(of_move, move),),
                    operations=()
                    if operation is None
                    else (OperationShown(of_operation, operation),),
                ),
            )
        ]
    )


def test_a_move_under_way_is_not_an_open_one() -> None:
    for is_running in (True, False):
        text = shown(move=is_running)
        assert value(text, "changer_moves_under_way") == int(is_running)
        assert value(text, "changer_open_moves") == int(not is_running)
    assert value(shown(), "changer_open_moves") == 0


def test_operations_without_an_end_are_counted_by_state() -> None:
    text = shown(operation="waiting")
    assert value(text, "changer_operations_unfinished", state="waiting") == 1
    assert value(text, "changer_operator_tasks") == 1
    text = shown(operation="interrupted")
    assert value(text, "changer_operations_unfinished", state="interrupted") == 1
    assert value(text, "changer_operator_tasks") == 0


def test_the_lock_is_told_as_far_as_it_is_known() -> None:
    assert value(TEXT, "changer_lock_held") == 1
    assert values(TEXT, "changer_lock_waiting") == []
    for lock, held, waiting in (
        (None, [], []),
        (LockUse(held=False, waiting=0), [0], [0]),
        (LockUse(held=True, waiting=3), [1], [3]),
    ):
        text = render([replace(OVERVIEW, records=replace(RECORDS, lock=lock))])
        assert values(text, "changer_lock_held") == held
        assert values(text, "changer_lock_waiting") == waiting


# What can't be read


def of_metrics(text: str) -> set[str]:
    """Names of metrics that have a series."""
    return {name for name, family in scraped(text, "prometheus").items() if family.samples}


UNREAD: Overview = replace(OVERVIEW, reading=None, records=None)
ALWAYS = {"up", "store_up", "info", "state", "reading_interval_seconds"}


def test_of_a_library_that_was_never_read_no_number_is_made_up() -> None:
    text = render([UNREAD])
    assert of_metrics(text) == {f"changer_{each}" for each in ALWAYS}
    assert value(text, "changer_up") == value(text, "changer_store_up") == 0
    assert value(text, "changer_state", state="unknown") == 1


def test_what_is_on_record_is_told_of_a_library_that_can_not_be_read() -> None:
    text = render([replace(OVERVIEW, reading=None, trouble=TROUBLE)])
    assert value(text, "changer_up") == 0
    assert value(text, "changer_trouble", source="library", code="offline") == 1
    assert value(text, "changer_moves_total", kind="move", outcome="completed") == 8
    assert values(text, "changer_elements") == values(text, "changer_attention") == []


def test_the_past_is_shown_with_its_time_and_as_the_past() -> None:
    text = render([replace(OVERVIEW, trouble=TROUBLE)])
    assert value(text, "changer_up") == 0
    assert value(text, "changer_reading_timestamp_seconds") == READ_AT
    assert value(text, "changer_elements", type="slot", state="full") == 2
    assert value(text, "changer_state", state="unknown") == 1
    assert value(TEXT, "changer_up") == 1
    assert value(TEXT, "changer_state", state="critical") == 1


def test_a_store_that_can_not_be_read_is_named() -> None:
    text = render([replace(OVERVIEW, records_trouble=TROUBLE)])
    assert (value(text, "changer_up"), value(text, "changer_store_up")) == (1, 0)
    assert value(text, "changer_trouble", source="store", code="offline") == 1


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_series_is_there_once(metric: Metric) -> None:
    series = [key for key, _ in metric.measure(OVERVIEW)]
    assert len(series) == len(set(series))
