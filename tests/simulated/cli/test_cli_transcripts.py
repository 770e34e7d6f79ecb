"""What commands print, all of it: each file in ``transcripts`` is compared as a whole (player)."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from changer.host.clock import SystemClock

from .player import assert_plays
from .terminal import Terminal

FILES = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time passes where a command waits, at once, and nowhere else."""
    waited: list[float] = []
    began = time.time()
    monkeypatch.setattr(time, "sleep", waited.append)
    monkeypatch.setattr(SystemClock, "now", staticmethod(lambda: began + sum(waited)))
    monkeypatch.setattr(SystemClock, "monotonic", staticmethod(lambda: sum(waited)))


@pytest.mark.usefixtures("impatient", "operator")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_commands_print_what_the_transcript_has(terminal: Terminal, file: Path) -> None:
    assert_plays(terminal, file)
