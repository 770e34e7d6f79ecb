"""What was said last is noted beside the locks, for other programs not to say it again."""

from __future__ import annotations

import errno
import fcntl
import json
import threading
from pathlib import Path

import pytest
from lock_support import lock_of
from open_files import open_files
from waiting import wait_until

from changer.lock.note import is_news

NOW, DAY_SECONDS = 1_000_000.0, 86400.0


def says(folder: Path, text: str, *, now: float = NOW) -> bool:
    return is_news(lock_of(folder), text, now=now, again_seconds=DAY_SECONDS)


def is_waited_for(file: Path) -> bool:
    """Whether a lock on it is: /proc/locks marks who waits with an arrow."""
    rows = Path("/proc/locks").read_text().splitlines()
    return any("->" in each and f":{file.stat().st_ino} " in each for each in rows)


@pytest.mark.parametrize(
    ("later", "again"),
    [
        *((0, False), (DAY_SECONDS - 1, False), (DAY_SECONDS, True)),
        *((1 - DAY_SECONDS, False), (-DAY_SECONDS, True)),  # the clock was set back
    ],
)
def test_same_is_said_again_after_a_day_and_no_sooner(
    tmp_path: Path, later: float, again: bool
) -> None:
    assert says(tmp_path / "lock", "it")
    assert says(tmp_path / "lock", "it", now=NOW + later) is again
    for each in ("another", "one more", "it"):
        assert says(tmp_path / "lock", each, now=NOW + later)
        assert not says(tmp_path / "lock", each, now=NOW + later)


@pytest.mark.parametrize(("octets", "again"), [(4096, False), (4097, True)])
def test_what_is_too_long_to_be_noted_is_said_each_time(
    tmp_path: Path, octets: int, again: bool
) -> None:
    text = "x" * (octets - len(json.dumps({"text": "", "at": NOW})))
    assert says(tmp_path / "lock", text)
    assert says(tmp_path / "lock", text) is again


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"text": "it", "at": null}'])
def test_a_note_that_is_none_is_replaced(tmp_path: Path, content: bytes) -> None:
    assert says(tmp_path / "lock", "it")
    ((file,)) = (tmp_path / "lock").iterdir()
    file.write_bytes(content)
    assert says(tmp_path / "lock", "it")
    assert not says(tmp_path / "lock", "it")


def test_where_nothing_can_be_noted_it_is_said_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    assert says(tmp_path / "lock", "it")
    before = open_files()

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    for _ in range(2):
        assert says(tmp_path / "file/lock", "it")
        assert says(tmp_path / "lock", "it")
    assert open_files() == before


def test_programs_with_the_same_to_say_at_once_say_it_once(tmp_path: Path) -> None:
    """One waits until the other, which reads and writes just then, is done."""
    for name, text in (("lock", "another"), ("elsewhere", "it")):
        assert says(tmp_path / name, text)
    ((file,), (elsewhere,)) = ([*(tmp_path / each).iterdir()] for each in ("lock", "elsewhere"))
    said: list[bool] = []
    other = threading.Thread(target=lambda: said.append(says(tmp_path / "lock", "it")))
    with file.open("r+b") as mine:
        fcntl.flock(mine, fcntl.LOCK_EX)
        other.start()
        wait_until(lambda: said or is_waited_for(file))
        mine.write(elsewhere.read_bytes())
        mine.truncate()
    other.join()
    assert said == [False]
