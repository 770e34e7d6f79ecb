"""The last line of a program that a signal ended."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from changer.cli.process import Terminated, exit_status_of, interruption
from changer.errors import DeviceFailed
from changer.hooks.session import hook_status


def noted(exception: KeyboardInterrupt, *notes: str) -> KeyboardInterrupt:
    for each in notes:
        exception.add_note(each)
    return exception


def both() -> KeyboardInterrupt:
    """SIGTERM, upon Ctrl-C that has a note already."""
    try:
        try:
            raise noted(KeyboardInterrupt(), "A00004L8 is in drive 0")
        finally:
            raise noted(Terminated(signal.SIGTERM), "A00004L8 is in drive 0", "detached")
    except KeyboardInterrupt as last:
        return last


CASES: dict[str, tuple[Callable[[], KeyboardInterrupt], int, str]] = {
    "Ctrl-C": (KeyboardInterrupt, 130, "interrupted"),
    "with its place": (
        lambda: noted(KeyboardInterrupt(), "A00004L8 is in drive 0"),
        130,
        "interrupted: A00004L8 is in drive 0",
    ),
    "SIGHUP": (
        lambda: noted(Terminated(signal.SIGHUP), "A00004L8 is in the picker: changer recover"),
        129,
        "terminated: A00004L8 is in the picker: changer recover",
    ),
    "one upon another": (both, 143, "terminated: A00004L8 is in drive 0; detached"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_last_line_says_where_the_cartridge_is(name: str) -> None:
    make, status, words = CASES[name]
    exception = make()
    assert exit_status_of(exception) == status
    assert interruption(exception) == words


@pytest.mark.parametrize(
    ("exception", "words"),
    [
        (Terminated(signal.SIGTERM), "terminated by its caller: A1 is in slot 2"),
        (KeyboardInterrupt(), "interrupted: A1 is in slot 2"),
    ],
    ids=["SIGTERM", "SIGINT"],
)
def test_a_hook_says_it_in_its_own_form(
    exception: KeyboardInterrupt, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def main(_: Sequence[str]) -> int:
        raise noted(exception, "A1 is in slot 2") from DeviceFailed("the robot stopped")

    assert hook_status(main, [], name="changer-mtx") == 1
    assert capsys.readouterr().err == f"changer-mtx: {words}\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("ending", ["return 0", "raise KeyboardInterrupt"])
def test_a_signal_while_the_interpreter_ends_is_no_traceback(
    number: signal.Signals, ending: str, tmp_path: Path
) -> None:
    (tmp_path / "over.py").write_text(
        "import atexit, signal\n"
        "def main(words):\n"
        f"    atexit.register(lambda: signal.raise_signal({number.value}))\n"
        f"    {ending}\n"
    )
    run = "from changer.cli.process import run_program; run_program('over', 'main')"
    ended = subprocess.run(
        [sys.executable, "-c", run], env={"PYTHONPATH": f"{tmp_path}:."}, capture_output=True
    )
    assert (ended.returncode, ended.stderr) == (-number, b"")
