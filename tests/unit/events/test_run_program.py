"""Programs that are given a document: real ones, that do as they should, and that do not."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from types import FrameType

import pytest
from waiting import wait_until

from changer.events.run_program import run_with
from changer.host import interrupts

from .event_programs import script

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "WORD": "known"}
DOCUMENT = b'{"event": "move-open"}\n'
SHORT_SECONDS = 0.3


def run(
    file: Path, *words: str, document: bytes = DOCUMENT, limit_seconds: float = 30
) -> str | None:
    return run_with(
        [str(file), *words],
        document,
        environment=ENVIRONMENT,
        limit_seconds=limit_seconds,
        grace_seconds=0.3,
    )


def is_running(process_id: int) -> bool:
    """Whether it runs, and is not only what is left of one that ended."""
    try:
        status = Path(f"/proc/{process_id}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in ("Z", "X")


def test_program_gets_the_document_its_words_and_a_clean_environment(tmp_path: Path) -> None:
    file = script(tmp_path / "it", f'cd "{tmp_path}"; cat >got; echo "$@" >words; env >environment')
    assert run(file, "$(id)", "; rm -rf") is None
    assert (tmp_path / "got").read_bytes() == DOCUMENT
    assert (tmp_path / "words").read_text() == "$(id) ; rm -rf\n"
    names = {line.partition("=")[0] for line in (tmp_path / "environment").read_text().splitlines()}
    assert names - {"PWD", "OLDPWD", "SHLVL", "_"} == set(ENVIRONMENT)


def test_program_has_a_session_of_its_own_and_no_file_but_its_streams(tmp_path: Path) -> None:
    listed = tmp_path / "listed"
    file = script(
        tmp_path / "it",
        f"readlink /proc/$$/fd/* >{listed}",
        f"cut -d' ' -f6 /proc/$$/stat >{tmp_path}/session",
    )
    with (tmp_path / "other").open("w") as other:
        os.set_inheritable(other.fileno(), True)
        assert run(file) is None
    files = listed.read_text().split()
    assert str(file) in files  # the shell's own
    assert str(tmp_path / "other") not in files
    assert int((tmp_path / "session").read_text()) != os.getsid(0)


def test_program_that_reads_nothing_of_a_long_document_is_not_waited_for(tmp_path: Path) -> None:
    assert run(script(tmp_path / "it", "exit 0"), document=b"x" * 10_000_000) is None


def test_program_that_reads_slowly_gets_everything(tmp_path: Path) -> None:
    file = script(tmp_path / "it", f"sleep 0.2; cat >{tmp_path}/got")
    assert run(file, document=b"x" * 1_000_000) is None
    assert (tmp_path / "got").stat().st_size == 1_000_000


def test_program_that_fails_is_quoted(tmp_path: Path) -> None:
    assert run(script(tmp_path / "it", "echo before; echo 'no mail' >&2; exit 3")) == (
        "failed with status 3: no mail"
    )


def test_quote_is_the_last_line_and_no_longer_than_a_line(tmp_path: Path) -> None:
    file = script(tmp_path / "it", "printf 'x%.0s' $(seq $1); printf '  \\n \\n'; exit 1")
    for length, quoted in ((1, 1), (199, 199), (200, 200), (201, 200)):
        assert run(file, str(length)) == f"failed with status 1: {quoted * 'x'}"


@pytest.mark.parametrize(("printed", "is_ended"), [(65536, False), (65537, True)])
def test_program_may_print_so_much(tmp_path: Path, printed: int, *, is_ended: bool) -> None:
    file = script(
        tmp_path / "it", f"head -c {printed} /dev/zero", f"[ {printed} = 65536 ] || exec sleep 60"
    )
    assert (run(file) == "was ended: it printed more than 64 KiB") is is_ended


def test_program_that_is_killed_is_said_to_be(tmp_path: Path) -> None:
    assert run(script(tmp_path / "it", "kill -9 $$")) == "was killed by signal 9"


@pytest.mark.parametrize("what", ["missing", "folder", "closed", "of-nothing"])
def test_program_that_can_not_be_run_is_said_to_be(tmp_path: Path, what: str) -> None:
    file = tmp_path / "it"
    if what == "folder":
        file.mkdir()
    elif what == "closed":
        file.write_text("#!/bin/sh\n")
    elif what == "of-nothing":
        script(file)
        file.write_text("#!/nonexistent/interpreter\n")
    trouble = run(file)
    assert trouble is not None and trouble.startswith("can't be run: ")


def test_program_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    file = script(tmp_path / "it", f"sleep 1000 & echo $! >{tmp_path}/child; sleep 1000")
    assert run(file, limit_seconds=SHORT_SECONDS) == "was ended: it ran for more than 0.3 s"
    child = int((tmp_path / "child").read_text())
    wait_until(lambda: not is_running(child))


@pytest.mark.timeout(60)
def test_program_that_hangs_and_reads_nothing_is_ended_as_well(tmp_path: Path) -> None:
    file = script(tmp_path / "it", "exec sleep 1000")
    ended = run(file, document=b"x" * 10_000_000, limit_seconds=SHORT_SECONDS)
    assert ended == "was ended: it ran for more than 0.3 s"


def test_program_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    file = script(
        tmp_path / "it", "trap '' TERM", f"echo $$ >{tmp_path}/own", "while :; do sleep 0.1; done"
    )
    trouble = run(file, limit_seconds=SHORT_SECONDS)
    assert trouble == "was ended by SIGKILL, as it ignored SIGTERM: it ran for more than 0.3 s"
    assert not is_running(int((tmp_path / "own").read_text()))


def test_program_that_floods_its_output_is_ended(tmp_path: Path) -> None:
    file = script(tmp_path / "it", f"echo $$ >{tmp_path}/own", "exec yes")
    assert run(file) == "was ended: it printed more than 64 KiB"
    assert not is_running(int((tmp_path / "own").read_text()))


def test_program_that_floods_its_output_and_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    file = script(
        tmp_path / "it", "trap '' TERM", f"echo $$ >{tmp_path}/own", "while :; do echo word; done"
    )
    assert run(file) == ("was ended by SIGKILL, as it ignored SIGTERM: it printed more than 64 KiB")
    assert not is_running(int((tmp_path / "own").read_text()))


def test_program_that_closes_its_streams_and_goes_on_is_waited_for(tmp_path: Path) -> None:
    file = script(tmp_path / "it", "exec <&- >&- 2>&-", "sleep 0.3", f"touch {tmp_path}/end")
    assert run(file) is None
    assert (tmp_path / "end").exists()


def test_what_a_program_leaves_in_the_background_is_neither_waited_for_nor_ended(
    tmp_path: Path,
) -> None:
    file = script(tmp_path / "it", f"sleep 1000 & echo $! >{tmp_path}/child")
    assert run(file) is None
    child = int((tmp_path / "child").read_text())
    assert is_running(child)
    os.kill(child, 9)


def test_waiting_for_a_program_costs_no_processor_time(tmp_path: Path) -> None:
    before = time.process_time()
    assert run(script(tmp_path / "it", "exec >&- 2>&-", "sleep 1")) is None
    assert time.process_time() - before < 0.5


@pytest.mark.parametrize("does", ["exit 0", "exit 3", "exec sleep 60", "exec yes"])
def test_no_descriptor_is_left_of_a_program(tmp_path: Path, does: str) -> None:
    before = {*Path("/proc/self/fd").iterdir()}
    run(script(tmp_path / "it", does), document=b"x" * 100_000, limit_seconds=SHORT_SECONDS)
    assert {*Path("/proc/self/fd").iterdir()} == before


@pytest.mark.parametrize("first", ["", "trap '' TERM"])
def test_program_is_ended_with_the_wait_for_it(tmp_path: Path, first: str) -> None:
    """Ctrl-C in a terminal does not reach it: it has a session of its own."""
    number = tmp_path / "number"
    file = script(tmp_path / "it", first, f"echo $$ >{number}; exec sleep 60")

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        if number.exists() and number.read_text().endswith("\n"):
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise KeyboardInterrupt

    former = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
    try:
        with pytest.raises(KeyboardInterrupt):
            run(file)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)
    left = Path("/proc", number.read_text().strip())
    assert not left.exists(), "it still runs, or was not waited for when it had ended"


def test_signals_that_are_held_end_it_before_the_program_ends(tmp_path: Path) -> None:
    file = script(tmp_path / "it", "kill -ALRM $PPID; exec sleep 5")

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    former = signal.signal(signal.SIGALRM, interrupt)
    has_ended = False
    try:
        with pytest.raises(KeyboardInterrupt), interrupts.held():
            run(file)
            has_ended = True
    finally:
        signal.signal(signal.SIGALRM, former)
    assert not has_ended
