"""A library or a store that fails while it is shown: what is known is shown as the past."""

from __future__ import annotations

import shutil

import pytest
from waiting import wait_until

from .running import Host, Server


def overview_when(server: Server, key: str, *, is_set: bool) -> dict[str, object]:
    found: dict[str, object] = {}

    def came() -> bool:
        found.update(server.ask("/api/v1/overview").json)
        return (found[key] is not None) is is_set

    wait_until(came, seconds=120)
    return found


def test_a_library_that_goes_is_shown_as_it_was_and_comes_back(host: Host) -> None:
    with Server(host, "--interval", "5") as server:
        before = server.wait_for_reading()
        kept = host.folder / "kept"
        host.simulated.rename(kept)
        gone = overview_when(server, "trouble", is_set=True)
        assert (gone["state"], gone["status"]) == ("unknown", before["status"])
        status = server.ask("/api/v1/status")
        assert status.status == 200 and status.json["trouble"]["message"]
        assert status.json["read_at"] == before["reading"]["at"]
        assert server.ask("/api/v1/libraries").json["libraries"][0]["state"] == "unknown"
        kept.rename(host.simulated)
        back = overview_when(server, "trouble", is_set=False)
        assert back["state"] == "ok"


def test_a_library_that_never_answered_is_shown_as_that(host: Host) -> None:
    host.run("status")
    host.run("sim", "fault", "it", "busy")
    with Server(host, "--interval", "5") as server:
        overview = server.ask("/api/v1/overview")
        assert (overview.status, overview.json["status"]) == (200, None)
        for name in ("status", "check", "drives", "cleaner"):
            answer = server.ask(f"/api/v1/{name}")
            assert answer.status == 503 and answer.json["error"]["message"]


@pytest.mark.parametrize("trouble", ["gone", "damaged"])
def test_a_store_that_fails_is_trouble_and_comes_back(host: Host, trouble: str) -> None:
    with Server(host) as server:
        server.wait_for_reading()
        folder, kept = host.state.parent, host.folder / "kept"
        folder.rename(kept)
        if trouble == "damaged":
            shutil.copytree(kept, folder)
            for each in folder.iterdir():
                each.write_bytes(b"not a database" * 1000)
        wrong = overview_when(server, "records_trouble", is_set=True)
        assert wrong["state"] == "unknown" and wrong["status"] is not None
        history = server.ask("/api/v1/history?limit=7")
        assert history.status == 503 and history.error.startswith("store-")
        shutil.rmtree(folder, ignore_errors=True)
        kept.rename(folder)
        overview_when(server, "records_trouble", is_set=False)
        assert server.ask("/api/v1/history?limit=8").status == 200
