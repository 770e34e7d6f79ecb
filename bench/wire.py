"""On the wire: commands, bytes and time of what people and backup software ask, in the test guest.

A virtual library is attached to the guest's kernel. It answers at once and records each command to
the changer and to its drives. A real one takes its time for each: that is added up.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.measure import BIN, REPOSITORY, print_table, seconds_of
from changer.host.clock import SystemClock
from changer.store.sqlite import open_store
from changer.transport.trace_record import TraceRecord, parse_line

LAUNCH = REPOSITORY / "tests" / "kernel" / "guest" / "launch.py"
SIZE: dict[str, Any] = {"slots": 40, "drives": 2, "mail": 2, "data_cartridges": 20}
NAME = "bench"
EMPTY_SLOT = "40"
TIMES = 3
LATENCIES_MS = (5, 50, 500)
OPERATIONS = ("status", "list", "loaded", "load", "unload", "reserve", "release")


@dataclass
class Cost:
    """Of one operation: commands to changer and drives, bytes of CDBs and data, and times."""

    changer: int = 0
    drives: int = 0
    bytes: int = 0
    seconds: list[float] = field(default_factory=list)

    def cells(self) -> Iterator[str]:
        milliseconds = statistics.median(self.seconds) * 1e3
        yield f"{self.changer}" + (f" +{self.drives}" if self.drives else "")
        yield f"{self.bytes}"
        for latency in (0, *LATENCIES_MS):
            yield f"{milliseconds + latency * (self.changer + self.drives):.0f}"


@dataclass
class Wire:
    """The trace of an attached library, read from where it was read to."""

    trace: Path
    offset: int = 0

    def take(self) -> list[TraceRecord]:
        with self.trace.open() as lines:
            lines.seek(self.offset)
            parsed = [parse_line(line) for line in lines.readlines()]
            self.offset = lines.tell()
        return [each for each in parsed if isinstance(each, TraceRecord)]


Commands = Mapping[str, Sequence[str | Path]]


def ours(device: str, tape: str) -> dict[str, Commands]:
    """What each of our programs is asked, in an order that leaves the library as it was."""
    changer = (BIN / "changer", "--library", device)
    mtx = (BIN / "changer-mtx", "-f", device)
    return {
        "changer": {
            "status": (*changer, "status"),
            "load": (*changer, "load", "1", "0"),
            "unload": (*changer, "unload", "0"),
            "reserve": (*changer, "cleaner", "reserve", EMPTY_SLOT),
            "release": (*changer, "cleaner", "release"),
        },
        "changer-mtx": requests_of_mtx(mtx),
        "changer-autochanger": requests_of_bacula((BIN / "changer-autochanger",), device, tape),
    }


def requests_of_mtx(mtx: Sequence[str | Path]) -> Commands:
    return {
        "status": (*mtx, "status"),
        "load": (*mtx, "load", "1", "0"),
        "unload": (*mtx, "unload", "1", "0"),
    }


def requests_of_bacula(program: Sequence[str | Path], device: str, tape: str) -> Commands:
    return {
        "list": (*program, device, "list"),
        "loaded": (*program, device, "loaded", "1", tape, "0"),
        "load": (*program, device, "load", "1", tape, "0"),
        "unload": (*program, device, "unload", "1", tape, "0"),
    }


def mtx_changer() -> Path:
    """Bacula's script, with its settings where it looks for them; the guest forgets both."""
    bacula = Path("/etc/bacula")
    Path("/var/lib/bacula").mkdir(exist_ok=True)
    shutil.copytree(Path(os.environ["CHANGER_TEST_PEERS"] + str(bacula)), bacula)
    return bacula / "scripts" / "mtx-changer"


def measure(commands: Commands, environment: Mapping[str, str], wire: Wire) -> dict[str, Cost]:
    """All operations in turn, some times; the first turn learns what the library can do."""
    costs = {name: Cost() for name in commands}
    for turn in range(TIMES + 1):
        for name, argv in commands.items():
            wire.take()
            wall, _ = seconds_of(argv, environment)
            records = wire.take()
            cost = costs[name]
            cost.drives = sum(each.device != f"sim:{NAME}" for each in records)
            cost.changer = len(records) - cost.drives
            cost.bytes = sum(len(each.cdb) + len(each.data) for each in records)
            if turn:
                cost.seconds.append(wall)
    return costs


def bench_in_guest(folder: Path) -> None:
    sys.path.insert(0, str(REPOSITORY / "tests"))
    from kernel.attached_library import attached

    trace = folder / "trace"
    with attached(NAME, folder, "--trace", str(trace), profile="l700", **SIZE) as library:
        wire, device = Wire(trace), library.device
        tape = str(library.drives[0]["no_rewind"])
        costs: dict[tuple[str, str], dict[str, Cost]] = {}
        for transport in ("sg_raw", "sg_io"):
            place = folder / transport
            open_store(place / "state.db", clock=SystemClock()).close()
            settings = folder / f"{transport}.toml"
            settings.write_text(f'transport = "{transport}"\n')
            environment = {
                **os.environ,
                "CHANGER_CONFIG": str(settings),
                "CHANGER_STATE": str(place / "state.db"),
                "CHANGER_LOCK_DIR": str(place / "lock"),
            }
            for program, commands in ours(device, tape).items():
                costs[program, transport] = measure(commands, environment, wire)
        script = requests_of_bacula(("sh", mtx_changer()), device, tape)
        costs["mtx", ""] = measure(requests_of_mtx(("mtx", "-f", device)), os.environ, wire)
        costs["mtx-changer, mtx", ""] = measure(script, os.environ, wire)
    heads = [f"{latency} ms" for latency in LATENCIES_MS]
    rows = [["", "", "", "commands", "bytes", "measured", *heads]]
    for operation in OPERATIONS:
        title = operation
        for (program, transport), known in costs.items():
            if operation in known:
                rows.append([title, program, transport, *known[operation].cells()])
                title = ""
    print_table(
        "On the wire, 40 slots and 2 drives: SCSI commands to the changer (+ to drives), bytes of\n"
        "CDBs and data; ms in the guest, and with a library that takes so long for each command:",
        rows,
        words=3,
    )


def main() -> None:
    if sys.argv[1:] == ["--in-guest"]:
        with TemporaryDirectory() as name:
            bench_in_guest(Path(name))
        return
    sys.stdout.flush()
    again = [str(BIN / "python"), "-m", "bench.wire", "--in-guest"]
    argv = [str(BIN / "python"), str(LAUNCH), "--peers", "--", *again]
    if subprocess.run(argv, cwd=REPOSITORY, check=False).returncode:
        raise SystemExit("the guest failed")


if __name__ == "__main__":
    main()
