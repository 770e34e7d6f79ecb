"""Processes by name: one that has died, and one that got its number, are told apart."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from changer.host import processes
from changer.host.processes import command_of, exists, host_id, is_alive, own_identity


def _child() -> tuple[int, int, str]:
    """A child that waits until its pipe is closed: pid, that end of it, and its identity."""
    reader, writer = os.pipe()
    told_reader, told_writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writer)
        os.write(told_writer, own_identity().encode())
        os.read(reader, 1)
        os._exit(0)
    os.close(reader)
    os.close(told_writer)
    identity = os.read(told_reader, 200).decode()
    os.close(told_reader)
    return child, writer, identity


def _state_of(process_id: int) -> str:
    return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]


def test_this_process_is_alive_and_always_the_same() -> None:
    assert is_alive(own_identity(), host=None)
    assert own_identity() == own_identity()
    assert str(os.getpid()) in own_identity().split(":")


def test_another_process_is_alive_until_it_ends() -> None:
    child, writer, identity = _child()
    assert identity != own_identity()
    assert is_alive(identity, host=None)
    os.close(writer)
    os.waitpid(child, 0)
    assert not is_alive(identity, host=None)


def test_process_that_nobody_has_buried_yet_is_dead() -> None:
    child, writer, identity = _child()
    os.close(writer)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert _state_of(child) == "Z"
    assert not is_alive(identity, host=None)
    os.waitpid(child, 0)


def test_process_that_got_the_number_of_another_is_not_taken_for_it() -> None:
    boot, number, start = own_identity().split(":")
    assert not is_alive(f"{boot}:{number}:{int(start) - 1}", host=None)


def test_process_of_an_earlier_boot_is_dead() -> None:
    _, number, start = own_identity().split(":")
    assert not is_alive(f"00000000-0000-0000-0000-000000000000:{number}:{start}", host=None)


@pytest.mark.parametrize("number", ["", "self", "../1", "9" * 5000, "²", "٣"])
def test_process_of_no_number_is_dead(number: str) -> None:
    """A member of the group can write anything into the store."""
    boot, _, start = own_identity().split(":")
    assert not is_alive(f"{boot}:{number}:{start}", host=None)


def test_process_of_another_host_is_not_looked_for_on_this_one() -> None:
    """Two hosts that were cloned have one boot's identities for a while."""
    assert is_alive(own_identity(), host=host_id())
    assert not is_alive(own_identity(), host="0" * 32)
    assert not is_alive(None, host=host_id())


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    """The first fixture, and the last to end: what was asked of a made-up host is not kept."""
    yield
    host_id.cache_clear()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The host's machine-id, to be written; the other file that may hold it is damaged."""
    file, other = tmp_path / "machine-id", tmp_path / "other"
    other.write_text("uninitialized\n")
    monkeypatch.setattr(processes, "_MACHINE_ID_FILES", (other, file))
    host_id.cache_clear()
    return file


def test_host_is_named_by_its_machine_id_without_giving_it_away(machine: Path) -> None:
    machine.write_text("0123456789abcdef0123456789abcdef\n")
    named = host_id()
    assert re.fullmatch("[0-9a-f]{32}", named)
    assert named != machine.read_text().strip()
    machine.write_text("1123456789abcdef0123456789abcdef\n")
    assert host_id() == named, "asked once"
    host_id.cache_clear()
    assert host_id() != named


@pytest.mark.parametrize("content", ["", "uninitialized\n", "Ä" * 32])
def test_host_without_a_machine_id_has_that_of_its_name(machine: Path, content: str) -> None:
    machine.write_text(content)
    named = host_id()
    assert re.fullmatch("[0-9a-f]{32}", named)
    machine.unlink()
    host_id.cache_clear()
    assert host_id() == named


def test_container_that_sees_only_its_own_processes_has_a_name_of_its_own(
    machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of one image would take each other's processes for dead."""
    machine.write_text("0123456789abcdef0123456789abcdef\n")
    names = set()
    for each in ("no namespaces", "one", "another"):
        folder = tmp_path / each
        (folder / "self/ns").mkdir(parents=True)
        if each != "no namespaces":
            (folder / "self/ns/pid").touch()
        monkeypatch.setattr(processes, "_PROC", folder)
        host_id.cache_clear()
        names.add(host_id())
    assert len(names) == 3


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    "identity", ["", ":", "::", "a:b", "x:1", "boot:-1:0", "boot:1e3:0", "boot:../1:0", "a:1:2:3"]
)
def test_text_that_is_no_identity_is_nobody(identity: str) -> None:
    assert not is_alive(identity, host=None)


def test_the_words_of_a_process_are_shown_on_one_line_and_not_without_end() -> None:
    program = "print(flush=True); input()"  # it says when it runs: before, it has no words
    words = [sys.executable, "-c", program, "one\ntwo", *["three"] * 100]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        shown = command_of(process.pid)
    finally:
        process.communicate(b"\n")
    assert shown.startswith(f"{sys.executable} -c {program} one?two three ")
    assert len(shown) == 200
    assert command_of(process.pid) == ""


@pytest.mark.parametrize(
    ("namespace", "end"),
    [(0xEFFFFFFC, ""), (0xEFFFFFFB, " 4026531835"), (0xEFFFFFFD, " 4026531837")],
)
def test_host_has_one_name_for_all_versions_of_the_program(
    machine: Path, monkeypatch: pytest.MonkeyPatch, namespace: int, end: str
) -> None:
    """Else its processes, and its lease, would be another host's after an upgrade."""
    look, name = Path.stat, "0123456789abcdef0123456789abcdef"

    def told(path: Path, **how: bool) -> os.stat_result:
        status = look(path, **how)
        is_namespace = path == Path("/proc/self/ns/pid")
        return os.stat_result((status[0], namespace, *status[2:])) if is_namespace else status

    machine.write_text(f"{name}\n")
    monkeypatch.setattr(Path, "stat", told)
    assert host_id() == sha256(f"changer {name}{end}".encode()).hexdigest()[:32]


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """What the kernel shows of processes, to be written."""
    (tmp_path / "sys/kernel/random").mkdir(parents=True)
    (tmp_path / "sys/kernel/random/boot_id").write_text("b00t\n")
    monkeypatch.setattr(processes, "_PROC", tmp_path)
    processes._boot.cache_clear()
    yield tmp_path
    processes._boot.cache_clear()


@pytest.mark.parametrize("name", ["sleep", "a) S (b", "1 2 3", ""])
@pytest.mark.parametrize(
    ("state", "is_there"), [("S", True), ("R", True), ("Z", False), ("X", False)]
)
def test_process_is_named_by_boot_number_and_start(
    shown: Path, name: str, state: str, is_there: bool
) -> None:
    """proc(5): its name, which may hold anything, comes first, and its start is field 22."""
    (shown / "77").mkdir()
    fields = [state, *map(str, range(4, 53))]
    (shown / "77/stat").write_text(f"77 ({name}) {' '.join(fields)}\n")
    assert is_alive("b00t:77:22", host=None) is is_there
    assert not is_alive("b00t:77:21", host=None)
    assert exists(77, host=None) is exists(77, host=host_id()) is is_there
    assert not exists(77, host="another") and not exists(78, host=None)


def test_process_has_a_name_where_the_kernel_shows_none(shown: Path) -> None:
    """/proc may not be mounted, or be cut off in the midst."""
    assert own_identity() == f"b00t:{os.getpid()}:"
    (shown / str(os.getpid())).mkdir()
    stat = shown / f"{os.getpid()}/stat"
    for text in ("", "1 (x)", f"1 (x) {' '.join(['S'] * 19)}"):
        stat.write_text(text)
        assert own_identity() == f"b00t:{os.getpid()}:"
    (shown / "sys/kernel/random/boot_id").unlink()
    processes._boot.cache_clear()
    assert own_identity() == f"unknown:{os.getpid()}:"
