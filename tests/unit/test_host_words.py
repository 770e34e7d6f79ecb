"""Times in words, and the URL of a store without what is secret in it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from changer.errors import UsageError
from changer.host.clock import TimedStep, date_of, time_of_day, utc_time
from changer.host.store_url import require_store_url, shown

MIDNIGHT = 1_772_319_600.0  # of 1 March 2026 in Berlin, which is 23:00 of 28 February in UTC


@pytest.fixture(autouse=True)
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_time_of_another_day_comes_with_its_date() -> None:
    assert time_of_day(MIDNIGHT, now=MIDNIGHT + 86399) == "00:00:00"
    assert time_of_day(MIDNIGHT + 86399, now=MIDNIGHT) == "23:59:59"
    assert time_of_day(MIDNIGHT - 1, now=MIDNIGHT) == "2026-02-28 23:59:59"
    assert time_of_day(MIDNIGHT, now=MIDNIGHT + 86400) == "2026-03-01 00:00:00"
    assert time_of_day(MIDNIGHT, now=MIDNIGHT + 31 * 86400) == "2026-03-01 00:00:00"
    assert (date_of(MIDNIGHT - 1), date_of(MIDNIGHT)) == ("2026-02-28", "2026-03-01")


def test_time_in_a_document_is_utc() -> None:
    assert utc_time(MIDNIGHT) == "2026-02-28T23:00:00Z"
    assert utc_time(0) == "1970-01-01T00:00:00Z"
    assert utc_time(None) is None
    assert utc_time(1e20) == "1e+20"


def test_step_is_its_words_with_its_times() -> None:
    step = TimedStep("cleaning", limit_seconds=900.0)
    assert (step, step.limit_seconds, step.spent_seconds) == ("cleaning", 900.0, 0.0)
    assert TimedStep("it", limit_seconds=9.0, spent_seconds=2.0).spent_seconds == 2.0


# Each with a password, and as it is shown.
SECRETS = {
    "postgresql://a:b@c/d": "postgresql://a:***@c/d",
    "postgresql://:b@c": "postgresql://:***@c",
    "postgresql://c/d?password=b&x=1": "postgresql://c/d?password=***&x=1",
    "postgresql://c/d?x=1&SSLPassword=b": "postgresql://c/d?x=1&SSLPassword=***",
}
OPEN = ("postgresql:///d", "postgres://a@c:5432/d?passfile=/f&x=password=", "postgresql://[::1]:1/")


def test_password_of_a_store_is_never_shown_nor_taken() -> None:
    assert {url: shown(url) for url in SECRETS} == SECRETS
    for url, told in SECRETS.items():
        with pytest.raises(UsageError) as refused:
            require_store_url(url)
        assert refused.value.message == (
            f"the state store {told} has to be named without its password"
        )
    for url in OPEN:
        assert shown(url) == url
        require_store_url(url)


def test_store_of_another_kind_is_refused_without_its_password() -> None:
    for url in ("mysql://a:b@c/d", "POSTGRESQL://a:b@c/d"):
        with pytest.raises(UsageError) as refused:
            require_store_url(url)
        assert refused.value.message == f"{url.replace(':b@', ':***@')} is not a URL of PostgreSQL"
