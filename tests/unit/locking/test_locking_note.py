"""What was said last is noted beside the locks, for other programs not to say it again."""

from __future__ import annotations

import fcntl
import threading
from pathlib import Path

import pytest
from lock_support import lock_of
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
    ("later", "again"), [(0, False), (DAY_SECONDS - 1, False), (DAY_SECONDS, True)]
)
def test_same_is_said_again_after_a_day_and_no_sooner(
    tmp_path: Path, later: float, again: bool
) -> None:
    assert says(tmp_path / "lock", "it")
    assert says(tmp_path / "lock", "it", now=NOW + later) is again
    assert says(tmp_path / "lock", "another", now=NOW + later)


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
