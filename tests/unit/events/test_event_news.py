"""What is told, by what was told before and still lasts."""

from __future__ import annotations

import pytest
from documents import items_in, lines_in

from changer.events.kinds import ENDS, RULES, EventKind
from changer.events.news import DAY_SECONDS, Fact, find_news
from changer.store.records import EventRecord

NOW = 1_000_000.0
LASTING: tuple[EventKind, ...] = tuple(kind for kind in RULES if kind not in ENDS)
ONCE = tuple(kind for kind in LASTING if not RULES[kind].told_daily)
DAILY = tuple(kind for kind in LASTING if RULES[kind].told_daily)


def told_before(
    kind: str, subject: str = "", *, state: str = "", at: float = NOW - 1, number: int = 1
) -> EventRecord:
    return EventRecord(number, "LIB", kind, subject, state, at, "it", "{}", None, None)


def test_manual_has_each_kind_and_whether_it_is_told_daily() -> None:
    assert [each.arguments("Sy") for each in items_in("changer.1", "EVENTS")] == [
        [kind] for kind in RULES
    ]
    text = "\n".join(each.text for each in lines_in("changer.1", "EVENTS"))
    _, *items = text.split("\n.It Sy ")
    daily = [each.split()[0] for each in items if "\nReported daily" in each]
    assert daily == [kind for kind, rule in RULES.items() if rule.told_daily]


@pytest.mark.parametrize("kind", LASTING)
def test_fact_is_told_when_nothing_of_it_lasts(kind: EventKind) -> None:
    fact = Fact(kind, "7", "it is so")
    assert find_news([], [fact], now=NOW) == ((fact,), ())


@pytest.mark.parametrize("kind", LASTING)
def test_fact_that_lasts_is_not_told_again(kind: EventKind) -> None:
    assert find_news([told_before(kind, "7")], [Fact(kind, "7")], now=NOW) == ((), ())


@pytest.mark.parametrize("kind", LASTING)
def test_other_state_of_the_same_is_told_and_replaces_it(kind: EventKind) -> None:
    fact = Fact(kind, "7", state="worse")
    assert find_news([told_before(kind, "7", state="bad")], [fact], now=NOW) == ((fact,), (1,))


@pytest.mark.parametrize("kind", LASTING)
def test_same_fact_of_another_subject_is_told(kind: EventKind) -> None:
    fact = Fact(kind, "8")
    assert find_news([told_before(kind, "7")], [fact], now=NOW) == ((fact,), ())


@pytest.mark.parametrize("kind", DAILY)
@pytest.mark.parametrize(("ago", "again"), [(DAY_SECONDS - 1, False), (DAY_SECONDS, True)])
def test_some_are_told_again_after_a_day_and_no_sooner(
    kind: EventKind, ago: float, again: bool
) -> None:
    news = find_news([told_before(kind, at=NOW - ago)], [Fact(kind, "")], now=NOW)
    assert bool(news.told) is again
    assert news.over == ((1,) if again else ())


@pytest.mark.parametrize("kind", DAILY)
def test_one_of_a_time_far_ahead_is_told_again(kind: EventKind) -> None:
    before = told_before(kind, at=NOW + 2 * DAY_SECONDS)
    assert find_news([before], [Fact(kind, "")], now=NOW).told


@pytest.mark.parametrize("kind", ONCE)
def test_others_are_told_once_however_long_they_last(kind: EventKind) -> None:
    before = told_before(kind, at=NOW - 400 * DAY_SECONDS)
    assert find_news([before], [Fact(kind, "")], now=NOW) == ((), ())


@pytest.mark.parametrize("kind", LASTING)
def test_end_is_told_where_there_is_an_event_for_it_and_the_next_time_is_new(
    kind: EventKind,
) -> None:
    over = Fact(kind, "7", "it is over", holds=False)
    news = find_news([told_before(kind, "7")], [over], now=NOW)
    assert news.over == (1,)
    end = RULES[kind].end
    assert [(each.kind, each.message) for each in news.told] == (
        [] if end is None else [(end, "it is over")]
    )
    again = Fact(kind, "7")
    assert find_news([], [again], now=NOW).told == (again,)


@pytest.mark.parametrize("kind", LASTING)
def test_end_of_what_was_never_told_is_nothing(kind: EventKind) -> None:
    assert find_news([], [Fact(kind, "7", holds=False)], now=NOW) == ((), ())


def test_facts_of_one_call_are_told_once_and_in_their_order() -> None:
    first, second = Fact("move-open", "1"), Fact("cleaner-low", "2", state="3")
    news = find_news([], [first, second, first], now=NOW)
    assert news.told == (first, second)


def test_end_and_begin_of_one_call_follow_each_other() -> None:
    facts = [Fact("magazine-out", "1-9", holds=False), Fact("magazine-out", "1-9")]
    news = find_news([told_before("magazine-out", "1-9")], facts, now=NOW)
    assert [each.kind for each in news.told] == ["magazine-in", "magazine-out"]
    assert news.over == (1,)


def test_event_that_tells_of_an_end_does_not_last() -> None:
    assert not any(Fact(kind, "").lasts for kind in ENDS)
    assert all(Fact(kind, "").lasts for kind in LASTING)
    assert {rule.end for rule in RULES.values()} - {None} == ENDS


@pytest.mark.parametrize("other", LASTING)
def test_kinds_do_not_silence_each_other(other: EventKind) -> None:
    for one in LASTING:
        told = find_news([told_before(one, "7")], [Fact(other, "7")], now=NOW).told
        assert bool(told) is (one != other)
