"""A program that is forked is, by all that it can see, one that was started."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any

import forked_program
import pytest
from forked_program import PROGRAMS
from users import IS_ROOT, NOBODY

PROBE = """\
import json, os, signal, sys

def stream(each):
    fields = ("encoding", "errors", "line_buffering", "write_through", "mode", "name")
    return each and [getattr(each, name) for name in fields]

def read(name):
    with open(f"/proc/self/{name}", errors="surrogateescape") as file:
        return file.read().rstrip("\\0")

umask = os.umask(0)
seen = {
    "name": __name__, "file": __file__, "main": sys.modules["__main__"].__dict__ is globals(),
    "argv": sys.argv, "orig_argv": sys.orig_argv, "path": sys.path, "flags": str(sys.flags),
    "cmdline": read("cmdline"), "comm": read("comm"), "environment": dict(os.environ),
    "folder": os.getcwd(), "umask": umask, "leads": os.getsid(0) == os.getpid(),
    "group": os.getpgrp() == os.getpid(), "parent": os.getppid(),
    "ids": [os.getresuid(), os.getresgid(), os.getgroups()],
    "signals": [[int(each), str(signal.getsignal(each))] for each in signal.valid_signals()],
    "blocked": [int(each) for each in signal.pthread_sigmask(signal.SIG_BLOCK, [])],
    "streams": [stream(each) for each in (sys.stdin, sys.stdout, sys.stderr)],
    "files": [each for each in range(1200) if os.path.exists(f"/proc/self/fd/{each}")],
}
sys.stderr and print("said", file=sys.stderr)
with open(os.environ["SEEN"], "w") as file:
    json.dump(seen, file)
"""
Starting = Callable[..., subprocess.Popen[Any]]


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Install a program of this text; its path."""

    def install(text: str) -> str:
        path = tmp_path / "a-program"
        path.write_text(f"#!{sys.executable}\n{text}")
        path.chmod(0o755)
        monkeypatch.setattr(forked_program, "PROGRAMS", (str(path),))
        return str(path)

    return install


def interrupt_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


OPTIONS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "streams": {"stdin": DEVNULL, "stdout": PIPE, "stderr": PIPE},
    "one stream": {"stdout": PIPE, "stderr": subprocess.STDOUT},
    "folder": {"cwd": "/proc"},
    "umask": {"umask": 0o027},
    "session": {"start_new_session": True},
    "group": {"process_group": 0},
    "environment": {"env": {"B": "1", "A": "x\udcff", "TZ": "UTC"}},
    "locale": {"env": {"LC_ALL": "C"}, "stdout": PIPE},
    "interpreter": {"env": {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "latin-1"}},
}


def seen_by(start: Starting, path: str, file: Path, **options: Any) -> tuple[Any, Any, Any]:
    """What the probe sees, and its output and errors."""
    file.unlink(missing_ok=True)
    environment = {**options.pop("env", os.environ), "SEEN": str(file)}
    with start([path, "a word", "--x=\udce4"], env=environment, **options) as process:
        out, err = process.communicate()
    assert process.returncode == 0, err
    return json.loads(file.read_text()), out, err


@pytest.mark.parametrize("name", OPTIONS)
def test_it_sees_what_a_started_one_sees(
    name: str, script: Callable[[str], str], folder: Path
) -> None:
    path, file = script(PROBE), folder / "seen"
    started = seen_by(subprocess.Popen, path, file, **OPTIONS[name])
    forked = seen_by(forked_program.Popen, path, file, **OPTIONS[name])
    assert forked == started
    assert forked[0]["parent"] == os.getpid()


def test_what_this_process_passes_on_is_passed_on(
    script: Callable[[str], str], folder: Path
) -> None:
    path, file = script(PROBE), folder / "seen"
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
    closed = os.dup(0)
    os.close(0)
    _, writing = os.pipe()  # the first is 0
    try:
        options: dict[str, Any] = {"stdin": DEVNULL, "pass_fds": [writing]}
        assert seen_by(forked_program.Popen, path, file, **options) == seen_by(
            subprocess.Popen, path, file, **options
        )
        os.close(0)
        assert seen_by(forked_program.Popen, path, file) == seen_by(subprocess.Popen, path, file)
    finally:
        os.dup2(closed, 0)
        os.close(closed)
        os.close(writing)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR2])
        signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(not IS_ROOT, reason="only root can become another user")
def test_it_is_another_user_s(script: Callable[[str], str], folder: Path) -> None:
    """A real start is no witness here: that user may not reach the interpreter."""
    path, file = script(PROBE), folder / "seen"
    folder.chmod(0o777)
    options: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": [3]}
    seen, _, _ = seen_by(forked_program.Popen, path, file, **options)
    assert seen["ids"] == [[NOBODY] * 3, [NOBODY] * 3, [3]]
    assert file.stat().st_uid == NOBODY


ENDS = {
    "exit(3)": "sys.exit(3)",
    "exit(300)": "sys.exit(300)",
    "a string": "sys.exit('why')",
    "an exception": "raise ValueError('why')",
    "Ctrl-C": "signal.raise_signal(signal.SIGINT)",
    "SIGTERM": "os.kill(os.getpid(), signal.SIGTERM)",
    "SIGKILL": "os.kill(os.getpid(), signal.SIGKILL)",
    "at its exit": "atexit.register(lambda: print('last'))",
    "a full disk": "sys.stdout = open('/dev/full', 'w'); print('x'); sys.exit(0)",
    "a thread": "threading.Thread(target=lambda: [time.sleep(0.2), print('late')]).start()",
    "a child": "os.fork() or sys.exit(4); os.wait(); sys.exit(5)",
}


@pytest.mark.unmeasured
@pytest.mark.parametrize("name", ENDS)
def test_it_ends_as_a_started_one_does(name: str, script: Callable[[str], str]) -> None:
    path = script(f"import atexit, os, signal, sys, threading, time\nprint('x')\n{ENDS[name]}\n")
    ended = [
        run([path], stdin=DEVNULL, stdout=PIPE, stderr=PIPE, text=True)
        for run in (subprocess.run, forked_program.run)
    ]
    started, forked = ((each.returncode, each.stdout, each.stderr) for each in ended)
    # Its traceback begins with the server.
    assert (forked[0], forked[1]) == (started[0], started[1])
    assert forked[2].splitlines()[-1:] == started[2].splitlines()[-1:]


def test_what_is_no_installed_program_is_started(script: Callable[[str], str]) -> None:
    script("")
    with forked_program.Popen(["echo", "x"], stdout=PIPE, text=True) as process:
        assert process.communicate() == ("x\n", None)


def test_signals_reach_it_and_it_can_be_killed_in_a_wait(script: Callable[[str], str]) -> None:
    path = script("import time\nprint('here', flush=True)\ntime.sleep(600)\n")
    with forked_program.Popen([path], stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        assert process.poll() is None
        process.kill()
        assert process.wait() == -signal.SIGKILL


def test_threads_that_start_programs_at_once_have_each_its_own(
    script: Callable[[str], str],
) -> None:
    path = script("import os, sys\nprint(sys.argv[1], os.getpid())\nsys.exit(int(sys.argv[1]))\n")

    def run(number: int) -> tuple[str, int, int]:
        with forked_program.Popen([path, str(number)], stdout=PIPE, text=True) as process:
            out, _ = process.communicate()
            return out, process.pid, process.returncode

    with ThreadPoolExecutor(8) as threads:
        ended = [*threads.map(run, range(24))]
    assert ended == [(f"{number} {pid}\n", pid, number) for number, (_, pid, _) in enumerate(ended)]


def test_each_installed_program_is_forked() -> None:
    for each in PROGRAMS:
        ended = forked_program.run([each, "--version"], stdout=PIPE, stderr=PIPE, text=True)
        started = subprocess.run([each, "--version"], capture_output=True, text=True)
        assert vars(ended) == vars(started)
