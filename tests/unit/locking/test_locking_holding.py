"""The lock is held by one, and says by whom."""

from __future__ import annotations

import json
import os
import stat
import time
from hashlib import sha256
from pathlib import Path

import pytest
from clocks import HandClock
from lock_support import LIBRARY, is_free, lock_of
from pytest_mock import MockerFixture
from users import shared_group

from changer.errors import LibraryBusy


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "changer"


def test_a_lock_is_held_by_one_and_free_afterwards(folder: Path) -> None:
    with lock_of(folder):
        assert not is_free(folder)
    assert is_free(folder)


def test_it_is_free_after_an_exception(folder: Path) -> None:
    with pytest.raises(KeyboardInterrupt), lock_of(folder):
        raise KeyboardInterrupt
    assert is_free(folder)


def test_a_lock_can_be_taken_again_but_not_twice(folder: Path) -> None:
    lock = lock_of(folder)
    for _ in range(2):
        with lock, pytest.raises(RuntimeError), lock:
            pass
    assert is_free(folder)


def test_libraries_have_locks_of_their_own(folder: Path) -> None:
    names = ["a", "A", "a/b", "a_b", "a%2Fb", "..", ".", "", "sim:demo", "Ä\n\0", "\udc80"]
    names += ["x" * 300, "x" * 299 + "y", "/" * 300]
    locks = [lock_of(folder, library_id=name) for name in names]
    for lock in locks:
        lock.__enter__()
    files = list(folder.iterdir())
    for lock in locks:
        lock.__exit__(None, None, None)
    assert len(files) == len(names)
    assert all(len(file.name) < 256 and file.parent == folder for file in files)


def test_a_file_has_one_name_for_all_versions_of_the_program(folder: Path) -> None:
    """Else one of them would not see what another has locked."""
    digest = sha256(b"x" * 201).hexdigest()
    assert [lock_of(folder, library_id=each).path for each in ("a/B-ä", "x" * 200, "x" * 201)] == [
        folder / "a%2FB-%C3%A4.lock",
        folder / f"{'x' * 200}.lock",
        folder / f"{'x' * 136}{digest}.lock",
    ]


def test_the_file_stays(folder: Path) -> None:
    with lock_of(folder):
        (before,) = folder.iterdir()
        identity = before.stat().st_ino
    assert [file.stat().st_ino for file in folder.iterdir()] == [identity]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_folder_and_file_are_for_the_group_whatever_the_umask(folder: Path, umask: int) -> None:
    group = shared_group()
    previous = os.umask(umask)
    try:
        with lock_of(folder, group=group.gr_name):
            (file,) = folder.iterdir()
    finally:
        os.umask(previous)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o2770
    assert stat.S_IMODE(file.stat().st_mode) == 0o660
    assert folder.stat().st_gid == file.stat().st_gid == group.gr_gid


def test_busy_says_who_holds_it_and_what_to_do(folder: Path) -> None:
    clock = HandClock()
    since = time.strftime("%H:%M:%S", time.localtime(clock.now()))
    with lock_of(folder), pytest.raises(LibraryBusy) as caught:
        lock_of(folder, clock=clock).__enter__()
    assert caught.value.message == (
        f"library {LIBRARY} is busy: pid {os.getpid()} (changer load 4) since {since}"
    )
    assert caught.value.hint == "wait for it with --wait SECONDS"


def test_busy_names_the_day_when_it_is_another(folder: Path) -> None:
    clock = HandClock(time=1_700_000_000.0 + 3 * 86400)
    with lock_of(folder), pytest.raises(LibraryBusy, match=r"since 2023-11-1\d \d\d:"):
        lock_of(folder, clock=clock).__enter__()


def test_the_record_tells_pid_command_user_and_time(folder: Path) -> None:
    with lock_of(folder, command="x" * 5000):
        (file,) = folder.iterdir()
        record = json.loads(file.read_text())
    assert record["process_id"] == os.getpid()
    assert record["command"] == "x" * 200
    assert record["since"] == 1_700_000_000.0
    assert record["user"]
    assert file.read_text() == ""


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"[" * 4096,
        b"9" * 4096,
        b'{"process_id": 1}',
        b'{"process_id": 1, "command": "c", "user": "u", "since": NaN}',
        b'{"process_id": 1, "command": "c", "user": "u", "since": 1e300}',
        b'{"process_id": 1e999, "command": "c", "user": "u", "since": 1}',
        b'{"process_id": -1, "command": "c", "user": "u", "since": 1}',
        b'{"process_id": 99999999999999999999, "command": "c", "user": "u", "since": 1}',
        b'{"process_id": [], "command": "c", "user": "u", "since": {}}',
        # Of the holder itself, at a time that no calendar has.
        *(
            b'{"process_id": OWN, "command": "c", "user": "u", "since": %s}' % since
            for since in (b"NaN", b"Infinity", b"1e300", b"-1e300", b"1e18")
        ),
    ],
)
def test_a_record_that_is_none_is_no_obstacle(folder: Path, content: bytes) -> None:
    """The kernel knows who holds it, if not since when."""
    own_words = Path("/proc/self/cmdline").read_text().replace("\0", " ").strip()
    with lock_of(folder):
        (file,) = folder.iterdir()
        file.write_bytes(content.replace(b"OWN", b"%d" % os.getpid()))
        with pytest.raises(LibraryBusy) as caught:
            lock_of(folder).__enter__()
    assert caught.value.message == (
        f"library {LIBRARY} is busy: pid {os.getpid()} ({own_words[:200]})"
    )
    assert is_free(folder)


def test_a_record_of_another_process_than_the_holder_is_not_believed(folder: Path) -> None:
    record = {"process_id": 1, "command": "changer load 9", "user": "root", "since": 1}
    with lock_of(folder):
        (file,) = folder.iterdir()
        file.write_text(json.dumps(record))
        with pytest.raises(LibraryBusy, match=rf"busy: pid {os.getpid()} \(") as caught:
            lock_of(folder).__enter__()
    assert "load 9" not in caught.value.message


def test_where_the_kernel_does_not_say_who_holds_it_the_record_does(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container, where /proc/locks leaves out the processes of the host."""
    monkeypatch.setattr("changer.host.processes._LOCKS", folder / "none")
    with lock_of(folder):
        with pytest.raises(LibraryBusy, match=r"\(changer load 4\) since"):
            lock_of(folder).__enter__()
        (file,) = folder.iterdir()
        for number in (-1, 0, 1 << 31, (1 << 31) - 1):
            with pytest.raises(LibraryBusy) as caught:
                file.write_text(json.dumps({"process_id": number, "command": "c", "since": 1}))
                lock_of(folder).__enter__()
            is_process = number == (1 << 31) - 1
            assert ("pid 2147483647 (c) since" in caught.value.message) is is_process
            assert ("another process holds it, or waits" in caught.value.message) is not is_process
        file.write_text("damaged")
        with pytest.raises(LibraryBusy, match="another process holds it, or waits for it"):
            lock_of(folder).__enter__()


def test_a_holder_that_writes_late_is_waited_for_so_that_it_can_be_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("changer.host.processes._LOCKS", folder / "none")
    clock = HandClock()
    with lock_of(folder):
        (file,) = folder.iterdir()
        record = file.read_bytes()
        file.write_bytes(b"")
        clock.on_sleep = lambda: len(clock.slept) == 3 and file.write_bytes(record)
        with pytest.raises(LibraryBusy, match="changer load 4"):
            lock_of(folder, clock=clock).__enter__()
    assert len(clock.slept) == 3


def test_a_record_cannot_send_codes_to_the_terminal(folder: Path) -> None:
    lock = lock_of(folder, command="changer \x1b[2J load\n\udc80")
    with lock, pytest.raises(LibraryBusy) as caught:
        lock_of(folder).__enter__()
    assert "(changer ?[2J load??)" in caught.value.message


@pytest.mark.parametrize(("octets", "is_read"), [(4096, True), (4097, False)])
def test_record_of_a_page_is_read_and_no_longer_one(
    folder: Path, octets: int, is_read: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may write to the file could make it as long as they like."""
    monkeypatch.setattr("changer.host.processes._LOCKS", folder / "none")
    record = {"process_id": os.getpid(), "command": "c", "since": 1, "more": ""}
    record["more"] = "x" * (octets - len(json.dumps(record)))
    with lock_of(folder) as lock:
        lock.path.write_text(json.dumps(record))
        with pytest.raises(LibraryBusy) as caught:
            lock_of(folder).__enter__()
    assert (f"pid {os.getpid()} (c) since" in caught.value.message) is is_read
    assert ("another process holds it" in caught.value.message) is not is_read


def test_what_is_left_of_a_longer_record_is_no_part_of_the_next_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("changer.host.processes._LOCKS", folder / "none")
    with lock_of(folder) as lock:
        lock.path.write_text(f'{lock.path.read_text()}er": "root"}}\n')
        with pytest.raises(LibraryBusy, match=r"\(changer load 4\) since"):
            lock_of(folder).__enter__()


@pytest.mark.parametrize(
    ("error", "looks", "words"),
    [
        (PermissionError, 0, ""),  # a process of another user
        (
            ProcessLookupError,
            5,
            ", which has ended; a command that it started may still be running",
        ),
    ],
)
def test_holder_that_has_ended_is_named_if_no_other_turns_up(
    folder: Path, mocker: MockerFixture, error: type[OSError], looks: int, words: str
) -> None:
    clock = HandClock()
    since = time.strftime("%H:%M:%S", time.localtime(clock.now()))
    with lock_of(folder):
        mocker.patch("os.kill", side_effect=error)
        with pytest.raises(LibraryBusy) as caught:
            lock_of(folder, clock=clock).__enter__()
        mocker.stopall()
    assert caught.value.message == (
        f"library {LIBRARY} is busy: pid {os.getpid()} (changer load 4) since {since}{words}"
    )
    assert len(clock.slept) == looks
