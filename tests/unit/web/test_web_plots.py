"""Plots of what is on record: days, loads, and when a cleaner will be used up."""

from __future__ import annotations

import pytest
from sample_records import a_move, an_operation

from changer.documents.plots import plots_document
from changer.library.addressing import Numbering
from changer.overview.plots import CleanerUse, Past, Plots, plots_of
from changer.smc.elements import ElementAddressAssignment, ElementRange
from changer.store.records import Cleaner, EventRecord, Move, Operation
from changer.values import replace

DAY = 86400.0
NOW = 1_795_000_000.0  # in the afternoon of 2026-11-18
NUMBERING = Numbering(
    ElementAddressAssignment(
        ElementRange(0, 1), ElementRange(1001, 20), ElementRange(10, 1), ElementRange(500, 2)
    )
)


def move(
    days_ago: float, *, to: int = 500, seconds: float | None = 60.0, **changes: object
) -> Move:
    began = NOW - days_ago * DAY
    made = a_move(
        library_id="it",
        source_address=1001,
        destination_address=to,
        started_at=began,
        process_id=1,
        outcome=None if seconds is None else "completed",
        finished_at=None if seconds is None else began + seconds,
    )
    return made._replace(**changes)  # type: ignore[arg-type]


def operation(kind: str, days_ago: float, **changes: object) -> Operation:
    at = NOW - days_ago * DAY
    made = an_operation(
        id=f"{kind}-{days_ago}",
        library_id="it",
        kind=kind,
        state="completed",
        started_at=at,
        finished_at=at,
        slot_address=1012,
        drive_address=500,
        volume_tag="CLN001CU",
        process_id=1,
        use_counted=int(kind == "clean"),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def cleaner(**changes: object) -> Cleaner:
    made = Cleaner(
        id=1,
        library_id="it",
        volume_tag="CLN001CU",
        slot_address=1012,
        family="LTO",
        cleans_left=30,
        uses=20,
        condition="usable",
        why=None,
        first_seen_at=NOW - 1000 * DAY,
        last_used_at=NOW,
        left_at=None,
    )
    return made._replace(**changes)  # type: ignore[arg-type]


def past(*operations: Operation, days: int = 90, **changes: object) -> Past:
    found = Past(NOW - days * DAY, NOW, operations=operations, cleaners=[cleaner()])
    return found._replace(**changes)  # type: ignore[arg-type]


def plots(found: Past) -> Plots:
    return plots_of(found, numbering=NUMBERING)


def use_of(*operations: Operation, **changes: object) -> CleanerUse:
    (found,) = plots(past(*operations, cleaners=[cleaner(**changes)])).cleaners
    return found


def test_each_day_is_there_and_counts_what_began_on_it() -> None:
    moves = [move(0), move(0.01, outcome="failed"), move(1), move(0.02, seconds=None)]
    days = plots(past(moves=moves, days=3)).days
    assert [each.day for each in days] == ["2026-11-15", "2026-11-16", "2026-11-17", "2026-11-18"]
    assert [(each.moves, each.failed) for each in days] == [(0, 0), (0, 0), (1, 0), (3, 1)]


def test_loads_are_moves_into_drives_that_were_completed() -> None:
    others = [
        move(1, to=1002),
        move(1, seconds=None),
        move(1, outcome="failed"),
        move(1, seconds=-5.0),  # the clock was set back
    ]
    moves = [move(0, to=501, seconds=42.26), *others, move(2, seconds=33.0)]
    found = plots(past(moves=moves))
    assert [each.drive for each in found.loads] == [0, 1]
    assert [each["seconds"] for each in plots_document(found)["loads"]] == [33.0, 42.3]
    assert plots_of(past(moves=moves), numbering=None).loads == ()


def test_a_cleaner_is_used_up_when_its_use_goes_on_as_before() -> None:
    """Nine uses in ninety days leave thirty cleanings for three hundred days."""
    found = use_of(*(operation("clean", 10.0 * number) for number in range(9)))
    assert (found.uses_per_day, found.used_up_on, found.why_not) == (0.1, "2027-09-14", None)
    assert [each.cleans_left for each in found.uses] == [38, 37, 36, 35, 34, 33, 32, 31, 30]
    assert [each.at for each in found.uses] == sorted(each.at for each in found.uses)
    assert found.slot == 12


def test_uses_count_since_it_was_brought_in() -> None:
    """Whose number of cleanings was told then; of those before, nothing is known of it."""
    before = [operation("clean", 50.0 + number) for number in range(20)]
    after = [operation("clean", float(number)) for number in range(10)]
    found = use_of(*after, operation("insert", 40.0), *before)
    assert (found.uses_per_day, len(found.uses)) == (0.25, 10)


@pytest.mark.parametrize(
    ("changes", "uses", "words"),
    [
        ({"cleans_left": None}, 9, "not known"),
        ({"first_seen_at": NOW - 3 * DAY}, 9, "less than 7 days"),
        ({}, 2, "fewer than 3 times"),
        ({"condition": "spent", "why": "the drive says so"}, 9, "the drive says so"),
        ({"condition": "rejected"}, 9, "can't be used"),
        ({"cleans_left": 10_000}, 9, "ten years"),
    ],
)
def test_what_is_known_too_little_has_a_reason_and_no_day(
    changes: dict[str, object], uses: int, words: str
) -> None:
    found = use_of(*(operation("clean", 0.1 * number) for number in range(uses)), **changes)
    assert found.used_up_on is None and words in str(found.why_not)


def test_uses_of_others_and_those_that_did_not_count_are_left_out() -> None:
    found = use_of(
        operation("clean", 1, volume_tag="CLN002CU"),
        operation("clean", 1, volume_tag=None),
        operation("clean", 1, use_counted=0),
        operation("eject", 1),
    )
    assert found.uses == ()
    assert use_of(operation("clean", 1), volume_tag=None).uses == ()


def test_requests_are_those_that_began_on_a_day() -> None:
    def event(kind: str, days_ago: float) -> EventRecord:
        return EventRecord(1, "it", kind, "", "", NOW - days_ago * DAY, "", "{}", None, None)

    events = [event("cleaning-requested", 1), event("cleaning-requested", 1.01), event("other", 0)]
    found = plots(past(events=events, days=2)).requests
    assert [each.requested for each in found] == [0, 2, 0]


def test_times_that_no_calendar_has_are_no_failure() -> None:
    found = plots(past(moves=[move(0, started_at=1e18, finished_at=1e18)], days=1))
    assert plots_document(found)["days"][-1]["moves"] == 0


@pytest.mark.parametrize(
    ("changes", "uses", "day"),
    [
        ({"first_seen_at": NOW - 7 * DAY}, 3, "2027-01-27"),
        ({"first_seen_at": NOW - 7 * DAY + 1}, 3, None),
        ({}, 3, "2029-05-06"),
        ({}, 2, None),
        ({"cleans_left": 3650}, 90, "2036-11-15"),
        ({"cleans_left": 3651}, 90, None),
        ({"cleans_left": 0}, 9, "2026-11-18"),
    ],
)
def test_the_day_is_told_from_three_uses_in_seven_days_to_ten_years(
    changes: dict[str, object], uses: int, day: str | None
) -> None:
    found = use_of(*(operation("clean", 0.1 * number) for number in range(uses)), **changes)
    assert found.used_up_on == day


def test_a_use_counts_from_the_very_moment_it_was_brought_in() -> None:
    brought, since = operation("insert", 20.0), NOW - 20 * DAY
    clean = operation("clean", 1.0)
    at_once, before = (
        replace(clean, started_at=at, finished_at=at + 60) for at in (since, since - 1)
    )
    found = use_of(clean, at_once, before, brought)
    assert [(each.at, each.cleans_left) for each in found.uses] == [
        (since + 60, 31),
        (NOW - DAY, 30),
    ]
    under_way = replace(clean, started_at=since + 5, finished_at=None)
    assert [each.at for each in use_of(under_way).uses] == [since + 5]
    unknown = use_of(clean, cleans_left=None)
    assert [each.cleans_left for each in unknown.uses] == [None]


def test_the_newest_of_many_loads_and_uses_are_shown() -> None:
    """So that a page of a busy library stays small."""
    for number, shown in ((2000, 2000), (2001, 2000)):
        moves = [move(0.01 * each, seconds=60.0 + each) for each in range(number)]
        loads = plots(past(moves=moves)).loads
        assert len(loads) == shown
        assert (loads[0].seconds, loads[-1].seconds) == (59.0 + shown, 60.0)
    for number, shown in ((1000, 1000), (1001, 1000)):
        cleans = [operation("clean", 0.01 * each) for each in range(number)]
        uses = use_of(*cleans).uses
        assert len(uses) == shown
        assert (uses[0].cleans_left, uses[-1].cleans_left) == (29 + shown, 30)


def test_the_document_has_all_that_was_found() -> None:
    cleans = [operation("clean", 0.4), operation("clean", 1.6)]
    asked = EventRecord(1, "it", "cleaning-requested", "", "", NOW - DAY, "", "{}", None, None)
    found = plots(
        past(
            *cleans,
            days=2,
            moves=[move(0.25, to=501, seconds=12.34), move(1.25, outcome="unknown")],
            events=[asked],
            is_cut=True,
        )
    )
    assert plots_document(found) == {
        "since": "2026-11-16T11:06:40Z",
        "until": "2026-11-18T11:06:40Z",
        "complete": False,
        "days": [
            {"day": "2026-11-16", "moves": 0, "failed": 0},
            {"day": "2026-11-17", "moves": 1, "failed": 1},
            {"day": "2026-11-18", "moves": 1, "failed": 0},
        ],
        "loads": [{"at": "2026-11-18T05:06:40Z", "seconds": 12.3, "drive": 1}],
        "cleaners": [
            {
                "volume_tag": "CLN001CU",
                "family": "LTO",
                "cleans_left": 30,
                "slot": 12,
                "uses_per_day": None,
                "used_up_on": None,
                "why_not": "it is known for less than 7 days",
                "uses": [
                    {"at": "2026-11-16T20:42:40Z", "cleans_left": 31},
                    {"at": "2026-11-18T01:30:40Z", "cleans_left": 30},
                ],
            }
        ],
        "requests": [
            {"day": "2026-11-16", "requested": 0},
            {"day": "2026-11-17", "requested": 1},
            {"day": "2026-11-18", "requested": 0},
        ],
    }
    assert plots_document(plots_of(past(), numbering=None))["complete"] is True
