"""The file of a virtual library: kept, shared, damaged, newer, on a full disk."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from clocks import HandClock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_mock import MockerFixture

from changer.errors import ChangerError, NoSuchDrive, OutputFailed, SimulatorRefused
from changer.simulator.profiles.table import PROFILES
from changer.simulator.state_format import dump_state, load_state
from changer.simulator.transport import SharedLibrary, SimulatedTransport
from changer.smc.command import Command, Reply

from .simulator_bench import READY, SLOTS, Bench, move_cdb


def execute(transport: SimulatedTransport, cdb: str) -> Reply:
    return transport.execute(Command("test", bytes.fromhex(cdb), 65535, 60.0, bytes))


def test_the_state_is_kept_between_transports(bench: Bench, tmp_path: Path) -> None:
    bench.move(1001, 500)
    bench.fault("unit-attention 28/00 2")
    bench.sense("1E 000000 01 00")
    bench.fault("magazine-out 2")
    again = SimulatedTransport(SharedLibrary("bench", folder=tmp_path), clock=bench.clock)
    truth = bench.truth
    assert truth.prevented is False  # the unit attention came first
    assert (truth.cartridge_at("drive:0"), truth.drives[0].phase.value) != (None, "empty")
    assert execute(again, READY).sense[12:14] == bytes.fromhex("2800")
    assert execute(again, READY).sense[12:14] == bytes.fromhex("3B12")
    assert bench.sense(READY) is None


def test_a_transport_sees_what_another_changed(bench: Bench) -> None:
    one, other = bench.transport(), bench.transport()
    for source, destination in ((1001, 1012), (1012, 1001)) * 20:
        assert execute(one, move_cdb(source, destination)).status == 0
        assert f"{destination:04X}09" in execute(other, SLOTS).data.hex().upper()


def test_reading_does_not_write(bench: Bench, tmp_path: Path) -> None:
    before = (tmp_path / "bench.json").stat()
    for cdb in (READY, SLOTS, "12 00 00 00FF 00", "1A 08 3F 00 FF 00", move_cdb(1012, 1)):
        bench.send(cdb)
    after = (tmp_path / "bench.json").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert sum(bench.truth.commands.values()) == 5


@pytest.mark.parametrize("profile", [name for name in PROFILES if name != "huge"])
def test_every_profile_survives_its_file(tmp_path: Path, profile: str) -> None:
    bench = Bench(tmp_path, profile)
    bench.fault("unreadable 1")
    if bench.truth.profile.magazine_size:
        bench.fault("magazine-out 1")
    text = (tmp_path / "bench.json").read_bytes()
    assert dump_state(load_state("bench", text)) == text


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"null", b"{}", b"\xff\xfe", b"[" * 100_000, b'{"version": "1"}']
)
def test_a_damaged_file_is_named(bench: Bench, tmp_path: Path, text: bytes) -> None:
    (tmp_path / "bench.json").write_bytes(text)
    with pytest.raises(SimulatorRefused, match="'bench' is damaged"):
        bench.send(READY)
    with pytest.raises(SimulatorRefused, match="'bench' is damaged"):
        bench.transport()
    assert (tmp_path / "bench.json").read_bytes() == text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("reservations", {}, "reservations is not a list"),
        ("reservations", [{"type": 2}], "reservations that can't be"),
        (
            "reservations",
            [{"registrations": [{"initiator": "a", "port": 1, "key": 0}]}],
            "reservations that can't be",
        ),
        ("reservations", [{"type": 1}], "a reservation without a holder"),
        ("faults", [{"name": "wants-cleaning", "drive": 2}], "a fault of drive 2, which does not"),
        ("motions", [{"source": 1001, "destination": 7, "transport": 1}], "there is no element"),
        (
            "motions",
            [{"source": 1001, "destination": 1012, "transport": 1, "done": 3}],
            "a motion that can't be",
        ),
    ],
)
def test_a_file_that_contradicts_itself_is_damaged(
    bench: Bench, tmp_path: Path, field: str, value: object, words: str
) -> None:
    path = tmp_path / "bench.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))
    with pytest.raises(SimulatorRefused, match=words):
        bench.send(READY)


def test_a_file_from_before_drives_told_news_still_loads(tmp_path: Path) -> None:
    """A field that is new has its default: nothing is announced, no cleaning has failed."""
    bench = Bench(tmp_path, drive_load_seconds=0)
    bench.move(1001, 500)
    path = tmp_path / "bench.json"
    value = json.loads(path.read_text())
    assert value["drives"][0].pop("announce_at") is not None
    path.write_text(json.dumps(value))
    assert bench.sense(READY, unit=0) is None


@pytest.mark.parametrize("words", ["error", "invalid", "endless"])
def test_what_is_to_be_told_and_to_fail_survives_the_file(tmp_path: Path, words: str) -> None:
    bench = Bench(tmp_path, cleans_allowed=0)
    bench.fault(f"cleaning-fails drive:1 {words}")
    bench.move(1001, 500)
    bench.move(101, 501)
    text = (tmp_path / "bench.json").read_bytes()
    state = load_state("bench", text)
    assert dump_state(state) == text
    assert state.drives[0].announce_at is not None
    assert state.drives[1].cleaning_failed is (words != "invalid")


def test_a_newer_file_is_left_untouched(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": 3, "novelty": 1}))
    before = path.read_bytes()
    with pytest.raises(SimulatorRefused, match="newer version"):
        bench.send(READY)
    with pytest.raises(SimulatorRefused, match="newer version"):
        bench.fault("offline")
    assert path.read_bytes() == before


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value where something else could stand."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = [path]
    for key, item in inner:
        deeper = (*path, key)
        found += _places(item, deeper) if isinstance(item, (dict, list)) else [deeper]
    return found


_ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, -1, 0, 1e400, "x", "é", [], {}, 99999999, [[]], "\ud800", 10**400]
)


@given(data=st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_other_value_anywhere_is_refused_or_works(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    value = data.draw(st.just(_sample(tmp_path_factory)))
    value = json.loads(json.dumps(value))
    *way, last = data.draw(st.sampled_from(_places(value)[1:]))
    inner = value
    for key in way:
        inner = inner[key]
    if data.draw(st.booleans()):
        inner[last] = data.draw(_ODD)
    else:
        del inner[last]
    try:
        state = load_state("bench", json.dumps(value).encode())
    except SimulatorRefused:
        return
    from changer.simulator.target import answer

    for cdb in (READY, SLOTS, "B8 10 0000 FFFF 01 00FFFF 0000", "12 01 83 00FF 00", move_cdb(1, 2)):
        answer(state, bytes.fromhex(cdb), unit=None, now=0.0)
    answer(state, bytes(6), unit=0, now=0.0)
    dump_state(state)


_SAMPLES: list[Any] = []


def _sample(tmp_path_factory: pytest.TempPathFactory) -> Any:
    if not _SAMPLES:
        bench = Bench(tmp_path_factory.mktemp("sample"), slots=6, drives=1)
        bench.move(1001, 500)
        for words in ("unit-attention 28/00 3", "element 3 83/04 full=0", "magazine-out 1"):
            bench.fault(words)
        bench.fault("becoming-ready 30s")
        bench.fault("move-fails in-transport")
        _SAMPLES.append(json.loads((bench.folder / "bench.json").read_text()))
    return _SAMPLES[0]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_full_disk_leaves_the_old_file_whole(
    bench: Bench, tmp_path: Path, mocker: MockerFixture, code: int
) -> None:
    before = (tmp_path / "bench.json").read_bytes()
    mocker.patch("os.fsync", side_effect=OSError(code, os.strerror(code)))
    with pytest.raises(OutputFailed) as caught:
        bench.send(move_cdb(1001, 1012))
    assert ("no space left" in caught.value.message) is (code != errno.EIO)
    assert (tmp_path / "bench.json").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bench.json", "bench.lock"]
    mocker.stopall()
    assert bench.tag_at("1") == "A00001L8"
    assert bench.sense(move_cdb(1001, 1012)) is None


def test_what_a_killed_process_left_is_no_hindrance(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / ".bench.tmp").write_bytes(b"half")
    assert bench.move(1001, 1012) is None
    assert not (tmp_path / ".bench.tmp").exists()


def test_there_is_no_such_drive(bench: Bench) -> None:
    for unit in (-1, 2):
        with pytest.raises(NoSuchDrive):
            bench.transport(unit)


def test_threads_share_a_transport(bench: Bench) -> None:
    transport = bench.transport()
    failures: list[ChangerError] = []

    def work() -> None:
        try:
            for _ in range(50):
                execute(transport, READY)
                execute(bench.transport(), SLOTS)
        except ChangerError as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert bench.truth.commands == {0x00: 200, 0xB8: 200}


def in_processes(target: Callable[..., None], *arguments: tuple[Any, ...]) -> None:
    """One process for each, all at once; each ends well."""
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=target, args=each) for each in arguments]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(600)
        assert worker.exitcode == 0


def _move_back_and_forth(folder: Path, slot: int, free: int) -> None:
    transport = SimulatedTransport(SharedLibrary("bench", folder=folder), clock=HandClock())
    for _ in range(30):
        for source, destination in ((slot, free), (free, slot)):
            assert execute(transport, move_cdb(source, destination)).status == 0
    transport.close()


def test_processes_share_a_library(bench: Bench) -> None:
    bench.send(READY)
    before = bench.truth.elements
    in_processes(_move_back_and_forth, *((bench.folder, 1001 + n, 1012 - n) for n in range(3)))
    truth = bench.truth
    assert truth.commands == {0x00: 1, 0xA5: 180}
    assert [each.cartridge and each.cartridge.tag for each in truth.elements] == [
        each.cartridge and each.cartridge.tag for each in before
    ]


def _count_up(transport: SimulatedTransport) -> None:
    for _ in range(200):
        execute(transport, READY)


def test_a_child_does_not_share_the_lock_of_its_parent(bench: Bench) -> None:
    transport = bench.transport()
    execute(transport, READY)
    in_processes(_count_up, *[(transport,)] * 3)
    assert bench.truth.commands == {0x00: 601}


def _create_demo(folder: Path, barrier: Any) -> None:
    barrier.wait()
    SimulatedTransport(SharedLibrary("demo", folder=folder), clock=HandClock()).close()


def test_processes_make_the_demo_library_at_once(tmp_path: Path) -> None:
    barrier = multiprocessing.get_context("fork").Barrier(4)
    in_processes(_create_demo, *[(tmp_path, barrier)] * 4)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo.json", "demo.lock"]
