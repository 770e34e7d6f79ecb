"""changer-mtx as a program: streams that are closed, signals, a link of mtx's name, any words."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import forked_program
import pytest
from cli.terminal import wait_for
from effort import examples
from figures import FIGURES
from hypothesis import given
from hypothesis import strategies as st

from changer.hooks.mtx.program import COMMANDS

from .mtx_script import DEVICE, MtxScript

PROGRAM = Path(sys.executable).with_name("changer-mtx")
PATIENCE_SECONDS = 60.0
MOVE_MEDIUM = 0xA5


def shell(script: MtxScript, command: str, program: Path = PROGRAM) -> tuple[int, str, str]:
    """As a script starts it: ``$0`` is the program. Status, output and errors."""
    with script.environment():
        ended = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command, str(program)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
            env={**os.environ, "CHANGER": DEVICE},
        )
    assert "Traceback" not in ended.stderr and "Exception" not in ended.stderr
    return ended.returncode, ended.stdout, ended.stderr


def test_link_of_mtx_s_name_is_mtx(script: MtxScript, tmp_path: Path) -> None:
    link = tmp_path / "mtx"
    link.symlink_to(PROGRAM)
    status = shell(script, '"$0" status', link)
    assert status == (0, script.done("status"), "")
    merged = shell(script, '"$0" load 1 0 load 2 0 2>&1', link)
    assert merged == (
        1,
        "Loading media from Storage Element 1 into drive 0...done\n"
        "Drive 0 Full (Storage Element 1 loaded)\n",
        "",
    )
    load = "Loading media from Storage Element 4 into drive 1..."
    merged = shell(script, '"$0" load 4 1 2>&1', link)
    assert merged == (1, f"{load}Source Element Address 1004 is Empty\n", "")


def test_closed_streams_hide_nothing_but_their_text(script: MtxScript) -> None:
    assert shell(script, '"$0" status >&-')[0] == 1
    assert shell(script, '"$0" load 4 2>&-') == (
        *(1, "Loading media from Storage Element 4 into drive 0...", ""),
    )
    assert shell(script, '"$0" transfer 1 4 <&- >&- 2>&-') == (0, "", "")
    assert script.library.truth.cartridge_at("4")
    status, _, errors = shell(script, '"$0" status >/dev/full')
    assert status == 1 and errors.startswith("changer-mtx: standard output can't be written")
    assert shell(script, '"$0" status | true')[0] in (0, 1)
    assert shell(script, '"$0" load 99 2>/dev/full')[0] == 1
    assert shell(script, '"$0" --version >/dev/full 2>/dev/full')[0] == 1


@pytest.mark.parametrize(
    "around",
    [
        "exec",
        "exec env LC_ALL=tlh_KL.KLINGON",
        "umask 077; exec",
        'cd "$(mktemp -d)"; rmdir "$PWD"; exec',
    ],
)
def test_place_and_ways_of_the_caller_are_no_matter(script: MtxScript, around: str) -> None:
    """As NRPE, cron and sudo start it: in any locale, with any mask, in a folder that is gone."""
    status = script.done("status")
    assert shell(script, f'{around} "$0" status') == (0, status, "")
    moved = shell(script, f'{around} "$0" load 1')
    assert moved == (0, "Loading media from Storage Element 1 into drive 0...done\n", "")
    assert script.done("unload 1")


def test_signal_in_mid_move_ends_it_when_it_is_known_where_the_cartridge_is(
    script: MtxScript,
) -> None:
    script.done("status")
    script.library.fault("robot-delay 3")
    with script.environment():
        process = forked_program.Popen(
            [PROGRAM, "-f", DEVICE, "load", "1"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    wait_for(lambda: MOVE_MEDIUM in script.library.truth.commands, process)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    assert out == "Loading media from Storage Element 1 into drive 0..."
    last = err.splitlines()[-1]
    assert last.startswith("changer-mtx: terminated by its caller: ")
    assert last.endswith(" is in drive 0")
    script.library.fault("clear")
    script.library.clock.time = time.time()  # as the program had it
    assert "Data Transfer Element 0:Full (Storage Element 1 Loaded)" in script.done("status")
    assert script.done("unload")


WORDS = st.one_of(
    st.sampled_from([*COMMANDS]),
    st.integers(min_value=-2, max_value=16).map(str),
    st.sampled_from(["-f", DEVICE, "/dev/nope", "", "4294967295", "x" * 300, "\x1b[2J", "٣"]),
)


@examples(100)
@given(line=st.lists(WORDS, max_size=8))
def test_any_words_end_with_0_or_1_and_lose_no_cartridge(
    script: MtxScript, line: list[str]
) -> None:
    before = script.cartridges()
    answer = script.run("-f", DEVICE, *line)
    FIGURES.cartridges(before=before, now=script.cartridges())
    assert "\x1b" not in answer.out + answer.err
    assert answer.status == 0 or answer.err
