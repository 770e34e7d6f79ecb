"""Who shows a library is asked to end, and has ended when its asker goes on."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from children import started

from changer.errors import AttachFailed
from changer.host.clock import SystemClock
from changer.tcmu import owner
from changer.tcmu.owner import end_owner, owner_of, owning


@pytest.fixture
def locks(tmp_path: Path) -> Path:
    return tmp_path / "locks"


def _owner(locks: Path, *, deaf: bool = False, traces: Path | None = None) -> int:
    """A child that shows ``one``: when asked, it gives up the lock long before it ends."""
    reader, writer = os.pipe()

    def show() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        with owning("one", locks=locks, command="attach", clock=SystemClock()):
            os.write(writer, b"!")
            signal.sigwait([signal.SIGINT if deaf else signal.SIGTERM])
        time.sleep(0.3)
        if traces is not None:
            traces.touch()

    child = started(show)
    assert os.read(reader, 1) == b"!"
    os.close(reader)
    os.close(writer)
    return child


def test_its_asker_goes_on_when_the_process_has_ended_not_when_its_lock_is_free(
    locks: Path, tmp_path: Path
) -> None:
    last_act = tmp_path / "last-act"
    child = _owner(locks, traces=last_act)
    assert owner_of("one", locks=locks, clock=SystemClock()) == child
    end_owner("one", child, locks=locks, clock=SystemClock())
    assert last_act.exists()
    assert os.waitpid(child, os.WNOHANG) == (child, 0)


def test_one_that_does_not_end_is_an_error_that_names_it(
    locks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, "_LIMIT_SECONDS", 0.0)
    child = _owner(locks, deaf=True)
    try:
        with pytest.raises(AttachFailed, match=f"process {child} still shows sim:one") as refusal:
            end_owner("one", child, locks=locks, clock=SystemClock())
        assert refusal.value.hint is not None
        assert f"kill -9 {child}" in refusal.value.hint
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_process_that_shows_it_no_more_is_not_touched(locks: Path) -> None:
    child = _owner(locks)
    end_owner("two", child, locks=locks, clock=SystemClock())
    assert os.waitpid(child, os.WNOHANG) == (0, 0), "it lives"
    end_owner("one", child, locks=locks, clock=SystemClock())
    os.waitpid(child, 0)
    end_owner("one", child, locks=locks, clock=SystemClock())
