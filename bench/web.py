"""The server: what it takes of a processor for many pages and a scraper, on a large library.

Pages ask for the overview whenever a stream says that it has changed, as the real one does. While
cartridges move, that is a few times for each move, and the library is read after it.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from bench.measure import BIN, print_table
from changer.host.clock import SystemClock
from changer.simulator.creation import create
from changer.store.sqlite import open_store

PAGES = 100
SECONDS = 60.0
SCRAPE_SECONDS = 15.0
SLOTS = 2000
MOVES = 10
_GZIP = {"accept-encoding": "gzip"}


class Traffic:
    """Bodies that were received, and their bytes."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self.answers = 0
        self.received = 0

    def note(self, size: int) -> None:
        """One more."""
        with self._guard:
            self.answers += 1
            self.received += size


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = _environment(Path(folder))
        _measure(environment)


def _measure(environment: dict[str, str]) -> None:
    with _served(environment) as (process, port):
        _wait_for_reading(port)
        rows = [("", "processor", "share of one", "answers", "received")]
        rows.append(_measured("nobody looks", process, Traffic()))
        traffic = Traffic()
        for number in range(PAGES):
            threading.Thread(target=_page, args=(port, traffic, number), daemon=True).start()
        threading.Thread(target=_scraper, args=(port, traffic), daemon=True).start()
        time.sleep(5.0)  # all are there, and have what is shown
        for name, moves in (("at rest", 0), (f"{MOVES} moves", MOVES)):
            traffic.answers = traffic.received = 0
            mover = threading.Thread(target=_move, args=(environment, moves), daemon=True)
            mover.start()
            rows.append(_measured(f"{PAGES} pages and a scraper, {name}", process, traffic))
            mover.join()
    print_table(f"changer serve, {SLOTS} slots, {SECONDS:.0f} s", rows)


def _environment(folder: Path) -> dict[str, str]:
    """Of programs that share a store and a large virtual library."""
    create("bench", folder=folder, profile="demo", slots=SLOTS, data_cartridges=SLOTS - 100)
    open_store(folder / "store" / "state.db", clock=SystemClock()).close()
    return {
        **os.environ,
        "CHANGER_SIM_DIR": str(folder),
        "CHANGER_LOCK_DIR": str(folder / "lock"),
        "CHANGER_STATE": str(folder / "store" / "state.db"),
        "CHANGER_CONFIG": os.devnull,
    }


@contextlib.contextmanager
def _served(environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], int]]:
    with subprocess.Popen(
        [BIN / "changer", "-l", "sim:bench", "serve", "--listen", "127.0.0.1:0"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            found = re.search(r":(\d+)/", line)
            assert found, line
            yield process, int(found[1])
        finally:
            process.terminate()


def _measured(
    name: str, process: subprocess.Popen[str], traffic: Traffic
) -> tuple[str, str, str, str, str]:
    began, before = time.monotonic(), _processor_seconds(process.pid)
    time.sleep(SECONDS)
    used, took = _processor_seconds(process.pid) - before, time.monotonic() - began
    kilobytes = f"{traffic.received / 1000:.0f} kB"
    return name, f"{used:.2f} s", f"{used / took:.1%}", str(traffic.answers), kilobytes


def _processor_seconds(process_id: int) -> float:
    """Of all its threads, as the kernel counts them (proc(5): utime, stime)."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _wait_for_reading(port: int) -> None:
    while json.loads(_get(port, "/api/v1/overview", {}))["reading"] is None:
        time.sleep(0.1)


def _get(port: int, path: str, headers: dict[str, str]) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().read()
    finally:
        connection.close()


def _page(port: int, traffic: Traffic, number: int) -> None:
    """A browser: a stream, and the overview after each change."""
    stream = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    time.sleep(number / PAGES)
    with contextlib.suppress(OSError, http.client.HTTPException):  # the server has ended
        stream.request("GET", "/events")
        for line in stream.getresponse():
            if line.startswith(b"event: overview"):
                traffic.note(len(_get(port, "/api/v1/overview", _GZIP)))


def _move(environment: dict[str, str], moves: int) -> None:
    """Another command, that loads and unloads a cartridge."""
    for number in range(moves):
        words = ("unload", "0") if number % 2 else ("load", "1", "0")
        argv = [BIN / "changer", "-l", "sim:bench", *words]
        subprocess.run(argv, env=environment, check=True, stdout=subprocess.DEVNULL)
        time.sleep(SECONDS / moves / 2)


def _scraper(port: int, traffic: Traffic) -> None:
    while True:
        with contextlib.suppress(OSError, http.client.HTTPException):
            traffic.note(len(_get(port, "/metrics", _GZIP)))
        time.sleep(SCRAPE_SECONDS)


if __name__ == "__main__":
    main()
