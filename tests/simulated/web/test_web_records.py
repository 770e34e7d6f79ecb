"""Questions to the records of a library, without a server: what is asked, and what can't be."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import MutableMapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from changer.cleaning.insert import InsertionRequest, insert
from changer.errors import UsageError
from changer.library.addressing import parse_place
from changer.web.admission import Policy
from changer.web.application import Application
from changer.web.feed import Feed

from .shown import DAY, Shown

TAG = "A00001L8"


@pytest.fixture
def shown(folder: Path) -> Shown:
    return Shown(folder)


def test_history_is_of_as_many_days_as_are_asked_for(shown: Shown) -> None:
    shown.load("1", "drive:0")
    shown.library.clock.sleep(2 * DAY)
    shown.load("2", "drive:1")
    labels = {
        days: [each["volume_tag"] for each in shown.ask("history", days=days)["events"]]
        for days in ("1", "3")
    }
    assert labels == {"1": ["A00002L8"], "3": ["A00002L8", TAG]}


def test_plots_are_of_the_days_that_are_asked_for_and_say_where_records_are_left_out(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown.load("1", "drive:0")
    shown.library.clock.sleep(2 * DAY)
    shown.load("2", "drive:1")
    shown.library.reserve("4")
    found = {}
    for most in (3, 2, 1):
        monkeypatch.setattr("changer.overview.plots._MOST_RECORDS", most)
        for days in ("1", "3"):
            plots = shown.ask("plots", days=days)
            moves = sum(each["moves"] for each in plots["days"])
            found[most, days] = (len(plots["days"]), moves, plots["complete"])
    assert found == {
        (3, "1"): (2, 1, True),
        (3, "3"): (4, 2, True),
        (2, "1"): (2, 1, True),
        (2, "3"): (4, 2, False),
        (1, "1"): (2, 1, False),
        (1, "3"): (4, 1, False),
    }
    assert shown.ask("plots")["since"] == "2023-08-18T22:13:20Z"


def test_plots_are_of_cleaners_that_have_a_slot(shown: Shown) -> None:
    shown.library.reserve("4")
    with shown.library.open() as library:
        insert(library, InsertionRequest(source=parse_place("mail:1"), cleans_left=20))
    (cleaner,) = shown.ask("plots")["cleaners"]
    assert (cleaner["volume_tag"], cleaner["slot"]) == ("CLN001CU", None)
    shown.read()
    (cleaner,) = shown.ask("plots")["cleaners"]
    assert cleaner["slot"] == 4
    shown.library.execute("UPDATE cleaners SET slot_address = NULL, left_at = 1")
    assert shown.ask("plots")["cleaners"] == []


def test_history_is_of_one_cartridge(shown: Shown) -> None:
    with pytest.raises(UsageError, match="label is there more than once"):
        shown.ask("history", label=(TAG, "A00002L8"))


def test_cartridge_that_is_not_shown_is_found_where_it_was(shown: Shown) -> None:
    shown.read()
    shown.library.operate("remove 1")
    shown.read()
    (found,) = shown.ask("find", label=TAG)["cartridges"]
    assert (found["shown"], found["places"]) == (False, [])
    assert found["last_seen"]["place"] == "1"


def test_cleaners_of_several_slots_have_a_document_of_their_own(shown: Shown) -> None:
    shown.library.reserve("4")
    shown.read()
    assert shown.ask("cleaner")["schema"].startswith("changer.cleaner/")
    shown.library.reserve("9")
    shown.read()
    assert shown.ask("cleaner")["schema"].startswith("changer.cleaners/")


@pytest.mark.parametrize("name", ["status", "check", "operations"])
def test_what_was_not_read_yet_is_not_shown_as_empty(shown: Shown, name: str) -> None:
    answer = shown.view.answer(name)
    assert answer.status == 503
    assert json.loads(answer.body.plain)["error"]["code"] == "not-read"


def test_stream_begins_with_the_library_though_its_events_can_not_be_read(shown: Shown) -> None:
    shown.library.state.write_bytes(b"no store " * 1000)

    async def run(feed: Feed) -> str:
        stream = await feed.open_stream(None, "0")
        stream.end()
        return b"".join([chunk async for chunk in stream.chunks()]).decode()

    with closing(shown.feed()) as feed:
        assert asyncio.run(run(feed)).startswith("event: overview\n")


def test_one_of_several_libraries_is_named_by_its_id_or_alias(folder: Path) -> None:
    first, second = Shown(folder / "a"), Shown(folder / "b", alias="msl", serial="B1")
    second.read()
    feed = Feed(
        [first.view, second.view],
        [first.records, second.records],
        clock=first.library.clock,
        most_streams=3,
    )
    application = Application(feed, {}, Policy(frozenset(), None), report=print)

    async def receive() -> dict[str, Any]:
        return {}

    async def asked(path: str, query: str = "") -> tuple[int, dict[str, Any]]:
        sent: list[MutableMapping[str, Any]] = []

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        headers = [(b"host", b"localhost")]
        scope = {"method": "GET", "path": path, "query_string": query.encode(), "headers": headers}
        await application(scope, receive, send)
        return sent[0]["status"], json.loads(sent[1]["body"])

    async def run() -> None:
        status, listed = await asked("/api/v1/libraries")
        assert [each["id"] for each in listed["libraries"]] == [first.view.id, second.view.id]
        for name, shown in ((first.view.id, first), (second.view.id, second), ("msl", second)):
            for path in ("overview", "find?label=A00001L8"):
                path, _, rest = path.partition("?")
                status, document = await asked(
                    f"/api/v1/{path}", f"library={name}&{rest}".strip("&")
                )
                assert (status, document["library"]["id"]) == (200, shown.view.id)
        for path in ("/api/v1/overview", "/api/v1/history"):
            status, document = await asked(path)
            assert (status, document["error"]["code"]) == (400, "ambiguous-library")
            for query in ("library=x", "library=", "library=msl&library=msl"):
                status, document = await asked(path, query)
                assert (status, document["error"]["code"]) == (404, "no-library")

    with closing(feed):
        asyncio.run(run())


def test_question_that_too_many_wait_before_is_answered_so(shown: Shown) -> None:
    sent: list[MutableMapping[str, Any]] = []
    said: list[str] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {}

    async def run(feed: Feed) -> None:
        goes_on = threading.Event()
        application = Application(feed, {}, Policy(frozenset(), None), report=said.append)
        waiting = [asyncio.ensure_future(feed.in_thread(goes_on.wait)) for _ in range(100)]
        await asyncio.sleep(0)
        scope = {
            "method": "GET",
            "path": "/api/v1/history",
            "query_string": b"",
            "headers": [(b"host", b"localhost")],
        }
        await application(scope, receive, send)
        goes_on.set()
        await asyncio.gather(*waiting, return_exceptions=True)

    with closing(shown.feed()) as feed:
        asyncio.run(run(feed))
    assert sent[0]["status"] == 503 and (b"retry-after", b"5") in sent[0]["headers"]
