"""Files of a virtual library: who may read and write them, what they count, and what is no file."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from open_files import none_left_open

from changer.errors import OutputFailed, SimulatorRefused
from changer.simulator.catalogue import delete, names
from changer.simulator.creation import create
from changer.simulator.lock_file import LockFile

from .simulator_bench import GOOD, INQUIRY, READY, SLOTS, Bench


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    previous = os.umask(request.param)
    yield int(request.param)
    os.umask(previous)


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_group_may_write_a_library_and_everyone_read_it(tmp_path: Path, umask: int) -> None:
    folder = tmp_path / "new" / "inner"
    bench = Bench(folder)
    for _ in range(2):
        assert [rights(each) for each in (folder.parent, folder)] == [0o755 & ~umask] * 2
        assert {each.name: rights(each) for each in folder.iterdir()} == {
            "bench.json": 0o664 & ~umask,
            "bench.lock": 0o664 & ~umask,
        }
        bench.move(1001, 1012)


def test_folder_that_another_process_makes_first_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = Path.mkdir

    def second(
        path: Path, mode: int = 0o777, parents: bool = False, exist_ok: bool = False
    ) -> None:
        os.mkdir(path)  # noqa: PTH102 - what is replaced here
        really(path, mode, parents, exist_ok)

    monkeypatch.setattr(Path, "mkdir", second)
    create("bench", folder=tmp_path / "new" / "inner")
    assert names(tmp_path / "new" / "inner") == ["bench"]


def test_names_have_up_to_64_characters(tmp_path: Path) -> None:
    for name in ("a", "a" * 64, "0._-"):
        create(name, folder=tmp_path)
    for name in ("a" * 65, "_a"):
        with pytest.raises(SimulatorRefused):
            create(name, folder=tmp_path)
    assert names(tmp_path) == ["0._-", "a", "a" * 64]


def test_side_file_counts_saves_and_the_commands_of_each_unit(bench: Bench) -> None:
    lock = bench.folder / "bench.lock"
    assert lock.read_bytes() == bytes([0] * 7 + [1]), "created"
    for cdb, unit in ((READY, None), (READY, None), (SLOTS, None), (INQUIRY, 0), (READY, 1)):
        bench.send(cdb, unit=unit)
    bench.send("FF 00", unit=1)
    assert bench.move(1001, 1012) is GOOD
    expected = [0] * (1 + 3 * 256)
    expected[0] = 2
    for index, count in ((0x00, 2), (0xB8, 1), (0xA5, 1), (256 + 0x12, 1), (512, 1), (767, 1)):
        expected[1 + index] = count
    assert lock.read_bytes() == b"".join(each.to_bytes(8, "big") for each in expected)
    truth = bench.truth
    assert truth.commands == {0x00: 2, 0xB8: 1, 0xA5: 1}
    assert truth.drive_commands == ({0x12: 1}, {0x00: 1, 0xFF: 1})


def make_trap(path: Path, kind: str) -> Path:
    """In the place of a file of a library; the file that must not be touched."""
    other = path.with_name("other")
    path.rename(other)
    if kind == "link":
        path.symlink_to(other)
    elif kind == "second name":
        path.hardlink_to(other)
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    return other


@pytest.mark.parametrize("kind", ["link", "second name", "pipe", "folder"])
def test_what_may_be_a_trap_is_not_locked(bench: Bench, kind: str) -> None:
    other = make_trap(bench.folder / "bench.lock", kind)
    before = other.read_bytes()
    for _ in range(2):
        with none_left_open(), pytest.raises(OutputFailed, match=r"can't use .*/bench\.lock: "):
            bench.transport()
    assert other.read_bytes() == before


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_may_be_a_trap_is_not_read(bench: Bench, kind: str) -> None:
    other = make_trap(bench.folder / "bench.json", kind)
    before = other.read_bytes()
    with pytest.raises((OutputFailed, SimulatorRefused)) as caught:
        bench.transport()
    words = {"link": "Too many levels of symbolic links", "folder": "Is a directory"}
    if kind in words:
        path = bench.folder / "bench.json"
        assert caught.value.message == f"can't use {path}: {words[kind]}"
    else:
        assert "is damaged" in caught.value.message
    assert other.read_bytes() == before


def test_draft_of_another_is_put_aside(bench: Bench) -> None:
    other, draft = bench.folder / "other", bench.folder / ".bench.tmp"
    other.write_bytes(b"kept")
    for make in (draft.symlink_to, draft.hardlink_to):
        make(other)
        assert bench.move(1001, 1012) is GOOD
        assert bench.move(1012, 1001) is GOOD
        assert not draft.is_symlink()
        assert not draft.exists()
    assert other.read_bytes() == b"kept"
    draft.symlink_to(other)
    delete("bench", folder=bench.folder)
    assert [*bench.folder.iterdir()] == [other]


def test_lock_is_of_the_file_that_is_there(tmp_path: Path) -> None:
    """Whoever waited for one that was deleted meanwhile takes the new one."""
    lock = LockFile(tmp_path / "x.lock")
    with lock.held():
        assert lock.next_generation() == 1
        assert lock.next_generation() == 2
        assert lock.generation() == 2
    lock.path.unlink()
    with lock.held():
        assert lock.path.exists()
        assert lock.generation() == 0
        lock.count(0, 0)
        lock.count(2, 255)
        assert [lock.counts(unit) for unit in range(4)] == [{0: 1}, {}, {255: 1}, {}]
    lock.close()
    lock.close()
    with lock.held():
        assert lock.counts(2) == {255: 1}
    lock.close()
