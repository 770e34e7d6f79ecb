"""What looking costs the library: nothing beyond the one reading."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path

import pytest
from waiting import wait_until

from .running import Host, Server

READINGS = 3
INTERVAL = "0.2"
SECONDS = {
    "changer.library.pace.LEAST_SECONDS": 0.2,
    "changer.library.pace._PAUSE_FOR_EACH_SECOND": 1.0,
    "changer.overview.reader.TURN_SECONDS": 0.05,
}


def commands(trace: Path) -> list[str]:
    """The CDBs of a trace."""
    if not trace.exists():
        return []
    lines = [json.loads(line) for line in trace.read_text().splitlines()]
    return [each["cdb"] for each in lines if "cdb" in each]


def sent_with(folder: Path, *, pages: int) -> list[str]:
    """What is sent in the first readings, while so many pages are open and ask."""
    folder.mkdir()
    host, trace = Host(folder), folder / "trace"
    words = ("-l", "sim:it", "--trace", str(trace))
    often = Server(host, "--interval", INTERVAL, words=words, seconds=SECONDS)
    with often as server, ExitStack() as stack:
        streams = [stack.enter_context(server.events()) for _ in range(pages)]
        for stream in streams:
            stream.next("overview")
        times: list[str] = []

        def is_over() -> bool:
            for name in ("overview", "status", "drives", "plots", "find?label=*"):
                for _ in range(min(pages, 2)):
                    server.ask(f"/api/v1/{name}")
            server.ask("/metrics")
            found = server.ask("/api/v1/libraries").json["libraries"][0]["read_at"]
            if found is not None and found not in times:
                times.append(found)
            return len(times) > READINGS

        wait_until(is_over, seconds=120)
    sent = commands(trace)
    ready = [number for number, cdb in enumerate(sent) if cdb.startswith("00")]
    return sent[: ready[READINGS]]  # a reading begins with TEST UNIT READY


@pytest.mark.timeout(240)
def test_a_library_is_read_as_often_however_many_look(folder: Path) -> None:
    alone = sent_with(folder / "alone", pages=0)
    assert len(alone) >= READINGS * 2
    assert sent_with(folder / "watched", pages=20) == alone
