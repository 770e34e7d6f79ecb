"""The store's disk is full, under a real robot: no move without a record, no silent move."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from .contents import Contents
from .dispatch_count import Dispatched
from .mtx_status import ReadMtx
from .program import Program

MOVE_MEDIUM, STORE_FULL = 0xA5, 62
SIZE, STEP = 512 << 10, 4 << 10


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own for the store."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=755", "tmpfs", str(folder)]
    subprocess.run(mount, check=True)
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path, *, but: int) -> None:
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * STEP):
            pass
    with ballast.open("r+b") as file:
        file.truncate(max(ballast.stat().st_size - but, 0))


def test_nothing_moves_unwritten_and_a_move_that_could_not_be_recorded_is_told_and_settled(
    changer: Program, disk: Path, mtx_status: ReadMtx, dispatched: Dispatched
) -> None:
    before = mtx_status()
    full, _, _ = Contents(before).two_full_and_one_empty()
    program = replace(
        changer,
        environment={**changer.environment, "CHANGER_STATE": str(disk / "store" / "state.db")},
    )
    program.do("state", "init")
    program.do("load", str(full.number))
    program.do("unload", "0", str(full.number))
    outcomes = set()
    # SQLite takes 32 KiB before it writes anything.
    for free in range(32 << 10, 120 << 10, STEP):
        fill(disk, but=free)
        with dispatched() as opcodes:
            ended = program.run("load", str(full.number))
        moved = mtx_status() != before
        assert moved is (opcodes.count(MOVE_MEDIUM) == 1)
        if ended.exit_status == 0:
            outcome = "done"
        else:
            assert ended.exit_status == STORE_FULL, ended
            told = "done, but it could not be recorded" in ended.stderr
            assert told is moved, ended
            assert not told or str(full.volume_tag) in ended.stderr
            outcome = "not recorded" if told else "not moved"
        outcomes.add(outcome)
        (disk / "ballast").unlink()
        if moved:
            settled = program.do("unload", "0", str(full.number))
            assert ("is settled" in settled.stderr) is (outcome == "not recorded")
        assert mtx_status() == before
        if outcome == "done":
            break
    assert outcomes == {"not moved", "not recorded", "done"}
    events = program.do("history", "--json", "--limit", "1000").document["events"]
    assert {each["result"] for each in events} == {"completed"}
    check = program.do("state", "check", "--json").document
    assert (check["problems"], check["notes"]) == ([], [])
