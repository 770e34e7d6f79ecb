"""How a program ends: with all that was said, and at once, unless a thread of its is left."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MAIN = """
import atexit, sys, threading, time

class Held:
    def __del__(self):
        print("taken apart", file=sys.stderr, flush=True)

held = Held()

def work():
    time.sleep(0.5)
    print("the thread's")

def main(words):
    if words:
        threading.Thread(target=work, daemon=words[0] == "daemon").start()
    atexit.register(print, "registered first")
    atexit.register(print, "registered last")
    print("main's")
    return 7
"""
START = "from changer.cli.process import run_program; run_program('over', 'main')"
RUN = f"import atexit; atexit.register(print, 'registered before'); {START}"


def ended(folder: Path, *words: str) -> tuple[int, list[str], str]:
    """Exit status, the lines of the standard output, which is no terminal, and the errors."""
    (folder / "over.py").write_text(MAIN)
    run = subprocess.run(
        [sys.executable, "-c", RUN, *words],
        env={"PYTHONPATH": f"{folder}:."},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return run.returncode, run.stdout.splitlines(), run.stderr


def test_what_is_left_at_the_end_is_written_and_not_taken_apart(tmp_path: Path) -> None:
    assert ended(tmp_path) == (
        7,
        ["main's", "registered last", "registered first", "registered before"],
        "",
    )


def test_a_thread_that_is_left_is_waited_for(tmp_path: Path) -> None:
    said = ["main's", "the thread's", "registered last", "registered first", "registered before"]
    assert ended(tmp_path, "thread") == (7, said, "taken apart\n")


def test_a_thread_in_the_background_is_not_waited_for(tmp_path: Path) -> None:
    said = ["main's", "registered last", "registered first", "registered before"]
    assert ended(tmp_path, "daemon")[:2] == (7, said)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_an_end_at_a_full_disk_leaves_the_exit_status_as_it_is(stream: str, tmp_path: Path) -> None:
    (tmp_path / "over.py").write_text(
        f"import sys\ndef main(words):\n    sys.{stream}.write('x')\n    return 7\n"
    )
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(
            [sys.executable, "-c", START],
            env={"PYTHONPATH": f"{tmp_path}:."},
            stdout=full if stream == "stdout" else subprocess.PIPE,
            stderr=full if stream == "stderr" else subprocess.PIPE,
            timeout=60,
            check=False,
        )
    assert (run.returncode, run.stdout or b"", run.stderr or b"") == (7, b"", b"")
