"""What the server shows is what the commands print, and of when it is."""

from __future__ import annotations

import gzip
import json
import signal
from collections.abc import Iterator

import pytest
from manual_json import undocumented

from .running import Host, Server


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all that changes nothing, of a library that was read."""
    with Server(Host(tmp_path_factory.mktemp("host"))) as server:
        server.wait_for_reading()
        yield server


def without_times(document: dict[str, object]) -> dict[str, object]:
    return {name: each for name, each in document.items() if name not in ("read_at", "trouble")}


@pytest.mark.parametrize("name", ["status", "check"])
def test_documents_are_those_of_the_commands(shown: Server, name: str) -> None:
    printed = json.loads(shown.host.run(name, "--json"))
    document = shown.ask(f"/api/v1/{name}").json
    assert without_times(document) == printed
    assert document["read_at"] is not None and document["trouble"] is None


DOCUMENTS = (
    *("libraries", "overview", "status", "check", "operations", "history", "events", "plots"),
    *("find?label=*", "drives", "cleaner"),
)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_document_is_in_the_manual(shown: Server, path: str) -> None:
    answer = shown.ask(f"/api/v1/{path}")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert undocumented(answer.json) == []


def test_the_list_has_each_library_and_of_when_its_picture_is(shown: Server) -> None:
    overview = shown.wait_for_reading()
    (library,) = shown.ask("/api/v1/libraries").json["libraries"]
    times = {name: library.pop(name) for name in ("looked_at", "read_at", "version")}
    assert library == {
        **overview["library"],
        "state": "ok",
        "interval_seconds": 30.0,
        "trouble": None,
    }
    assert times["read_at"] == overview["reading"]["at"] <= times["looked_at"]
    assert times["version"] >= 1


def test_drives_are_those_of_the_picture(shown: Server) -> None:
    rows = shown.wait_for_reading()["status"]["drives"]
    drives = shown.ask("/api/v1/drives").json["drives"]
    on_record: dict[str, object] = {
        "asked": False,
        "cleaned_at": None,
        "cleanings": 0,
        "tape_alerts": [],
    }
    why_not = [each.pop("why_not") for each in drives]
    assert drives == [{**row, **on_record} for row in rows]
    assert all(why_not)


def test_a_move_is_in_the_history_and_in_a_stream(host: Host, server: Server) -> None:
    before = server.wait_for_reading()
    with server.events() as stream:
        first = stream.next("overview")
        assert first["library"] == before["library"]["id"]
        host.run("load", "1", "0")
        while server.ask("/api/v1/overview").json["status"]["drives"][0]["full"] is not True:
            stream.next("overview")
    (event,) = server.ask("/api/v1/history?label=A00001L8").json["events"]
    assert (event["source"], event["destination"], event["state"]) == ("1", "drive:0", "completed")


def test_a_body_is_sent_short_and_not_twice(shown: Server) -> None:
    plain = shown.ask("/api/v1/overview")
    short = shown.ask("/api/v1/overview", headers={"accept-encoding": "br, gzip"})
    assert short.headers["content-encoding"] == "gzip"
    assert gzip.decompress(short.body) == plain.body
    again = shown.ask("/api/v1/overview", headers={"if-none-match": plain.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


def test_a_signal_ends_it_and_its_streams(server: Server) -> None:
    with server.events() as stream:
        stream.next("overview")
        assert server.end(signal.SIGTERM) == 143
        assert stream.next("bye") == {}
    assert [each for each in server.said if "warning" in each] == []


def test_metrics_are_in_the_format_that_is_asked_for(shown: Server) -> None:
    plain = shown.ask("/metrics")
    assert plain.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert b"\nchanger_up{library=" in plain.body
    accept = {"accept": "application/openmetrics-text; version=1.0.0, text/plain;q=0.5"}
    other = shown.ask("/metrics", headers=accept)
    assert other.headers["content-type"].startswith("application/openmetrics-text")
    assert other.body.endswith(b"# EOF\n")
    assert shown.ask("/metrics?x=1").status == 400


def test_events_come_as_they_happen_and_missed_ones_on_return(host: Host) -> None:
    with Server(host, "--interval", "5") as server:
        server.wait_for_reading()
        (first,) = server.ask("/api/v1/events").json["events"]
        with server.events() as stream:
            host.run("sim", "operator", "it", "take", "mail:1")
            host.run("status")
            host.run("sim", "operator", "it", "put", "B00001L8", "mail:1")
            told = stream.next("event")
        assert (told["schema"], told["event"]) == ("changer.event/1", "mail-slot-filled")
        with server.events(headers={"last-event-id": str(first["id"])}) as stream:
            assert stream.next("event") == told
        for nonsense in ("x", "-1", "9" * 50, "\xb2"):
            with server.events(headers={"last-event-id": nonsense}) as stream:
                stream.next("overview")
