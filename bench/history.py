"""What is on record of one label, among 1,000 and among 100,000 moves; and what a reading costs.

The answers of ``find`` and of ``history LABEL`` come from indexes: their time is to stay as it is.
A reading that shows what is on record is to cost little beside the parsing of it.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.element_status import reply
from bench.measure import print_table, processor_seconds
from changer.host.clock import SystemClock
from changer.journal.find import find_on_record
from changer.library.history import history
from changer.library.sightings import find_changes, mark_of
from changer.smc.element_status import parse_element_status
from changer.store.protocol import Store
from changer.store.records import JournalQuery, Move, Operation
from changer.store.sqlite import open_store

LIBRARY, LABEL = "BENCH_LIBRARY_1", "A00007L8"
SIZES = (1_000, 100_000)
CARTRIDGES = 500
READINGS = (2_000, 64_000)
_MOVE = (
    "INSERT INTO moves (library_id, kind, source_address, destination_address, volume_tag,"
    " started_at, finished_at, outcome, final_address, process_id, user)"
    " VALUES (?, 'move', ?, ?, ?, ?, ?, 'completed', ?, 1, 'root')"
)


def filled(path: Path, moves: int) -> None:
    """Moves of many cartridges, each between its slot and a drive; of one of them fifty."""
    with open_store(path, clock=SystemClock()) as store:
        store.remember_library(
            LIBRARY, vendor="B", product="L", revision="1", serial="1", device=None
        )
    rows = []
    for number in range(moves):
        own = number % (moves // 50) == 0
        label = LABEL if own else f"B{number % CARTRIDGES:05}L8"
        slot, drive = 1000 + number % CARTRIDGES, 500 + number % 4
        ends = (slot, drive) if number % 2 else (drive, slot)
        rows.append((LIBRARY, *ends, label, float(number), float(number), ends[1]))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(_MOVE, rows)
        connection.executemany(
            "INSERT INTO sightings VALUES (?, ?, ?, 1.0, 2.0, 3.0, 5)",
            ((LIBRARY, f"C{number:06}", number % 60_000) for number in range(moves)),
        )
        connection.execute("INSERT INTO sightings VALUES (?, ?, 1, 1, 2, 3, 5)", (LIBRARY, LABEL))


def ended(_: Operation | Move) -> bool:
    return False


def of_label(store: Store) -> object:
    query = JournalQuery(volume_tag=LABEL)
    return history(store, LIBRARY, limit=50, is_running=ended, query=query)


def found(store: Store) -> object:
    return find_on_record(store, LIBRARY, [LABEL], is_running=ended)


def newest(store: Store) -> object:
    return history(store, LIBRARY, limit=50, is_running=ended)


def answers() -> list[list[str]]:
    asked = {"find LABEL": found, "history LABEL": of_label, "history": newest}
    taken: dict[str, list[float]] = {name: [] for name in asked}
    pruned = []
    for moves in SIZES:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "state.db"
            filled(path, moves)
            with open_store(path, clock=SystemClock()) as store:
                for name, ask in asked.items():
                    taken[name].append(processor_seconds(ask, store, times=50))
                pruned.append(processor_seconds(prune, store, times=1))
    rows = [["moves on record", *(f"{each}" for each in SIZES), "ratio"]]
    for name, each in {**taken, "history prune": pruned}.items():
        told = [f"{seconds * 1e3:.2f}" for seconds in each]
        rows.append([name, *told, f"{each[1] / each[0]:.2f}"])
    return rows


def prune(store: Store) -> object:
    return store.prune_history(LIBRARY, before=1e9)


def readings() -> list[list[str]]:
    rows = [["elements", "parsed", "mark", "compared", "mark / parsed"]]
    for count in READINGS:
        data = reply(0, count)
        elements = parse_element_status(data).elements
        known = {(each.volume_tag, each.address) for each in find_changes((), elements).shown}
        parsed = processor_seconds(parse_element_status, data, times=9)
        mark = processor_seconds(mark_of, elements, times=9)
        compared = processor_seconds(find_changes, known, elements, times=9)
        told = [f"{each * 1e3:.2f}" for each in (parsed, mark, compared)]
        rows.append([f"{count}", *told, f"{mark / parsed:.2f}"])
    return rows


def main() -> None:
    print_table("Answers from the store, processor time in ms:", answers())
    print_table(
        "A reading against what is on record, ms: its mark, and if that differs, labels:",
        readings(),
    )


if __name__ == "__main__":
    main()
