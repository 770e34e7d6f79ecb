"""A motion at the owner is brought to its end there, whatever becomes of who asked for it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from cli.terminal import PROGRAM, Terminal
from waiting import wait_until

from .hosts import Client, cut, is_over, moving_at_owner

OWNER_LOST = 25


@pytest.mark.rows(one_in=3)
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_is_obeyed_after_the_motion(
    client: Client, slow: Terminal, number: int, status: int
) -> None:
    process = moving_at_owner(client, slow, "move", "1", "4")
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == status, (out, err)
    assert "A00001L8 is in slot 4" in err
    assert slow.tag_at("4", name="slow") == "A00001L8"


def test_a_line_that_is_cut_leaves_the_outcome_open_here_and_known_there(
    client: Client, slow: Terminal
) -> None:
    process = moving_at_owner(client, slow, "--json", "move", "1", "4")
    cut(process)
    out, err = process.communicate(timeout=60)
    assert process.returncode == OWNER_LOST and out == ""
    error = json.loads(err.splitlines()[-1])["error"]
    assert error["code"] == "owner-lost" and "do not repeat" in error["hint"]
    wait_until(lambda: is_over(slow))
    assert slow.tag_at("4", name="slow") == "A00001L8"
    assert "slot 1 -> slot 4  ok" in client.program("history").out


@pytest.mark.long
def test_a_client_that_is_killed_leaves_nothing_locked(client: Client, slow: Terminal) -> None:
    process = moving_at_owner(client, slow, "move", "1", "4")
    process.kill()
    process.communicate()
    assert client.program("--wait", "60", "move", "2", "6").status == 0
    assert [slow.tag_at(each, name="slow") for each in ("4", "6")] == ["A00001L8", "A00002L8"]


def test_an_owner_whose_process_is_killed_leaves_the_move_to_the_next_command(
    client: Client, slow: Terminal
) -> None:
    process = moving_at_owner(client, slow, "--json", "move", "1", "4")
    for each in owners(slow):
        os.kill(each, signal.SIGKILL)
    _, err = process.communicate(timeout=60)
    assert process.returncode == OWNER_LOST
    assert "the connection to 127.0.0.1" in json.loads(err.splitlines()[-1])["error"]["message"]
    wait_until(lambda: client.program("recover").status == 0)
    assert "A00001L8" in (slow.tag_at("1", name="slow"), slow.tag_at("4", name="slow"))


def owners(owner: Terminal) -> list[int]:
    """The processes that work for clients, on this store."""
    wanted = f"CHANGER_STATE={owner.state}".encode()
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            words = (each / "cmdline").read_bytes().split(b"\0")
            has = wanted in (each / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if has and b"__owner" in words and str(PROGRAM).encode() in words:
            found.append(int(each.name))
    return found


def watching(client: Client, *words: str) -> subprocess.Popen[str]:
    """A watch, which has begun to read the library."""
    process = client.start("-vv", *words, "watch")
    assert process.stderr is not None
    lines = iter(process.stderr.readline, "")
    assert any("READ ELEMENT STATUS" in each for each in lines), process.wait()
    return process


def test_a_reading_command_that_is_cut_changed_nothing(client: Client, owner: Terminal) -> None:
    owner.program("status")
    process = watching(client, "--json")
    for each in owners(owner):
        os.kill(each, signal.SIGKILL)
    _, err = process.communicate(timeout=60)
    error = json.loads(err.splitlines()[-1])["error"]
    assert error["code"] == "owner-unreachable" and "nothing was to be changed" in error["message"]


def test_a_reader_of_the_output_that_is_gone_ends_the_owner_too(
    client: Client, owner: Terminal
) -> None:
    run = client.program("watch", "--since", "3d", shell_tail="| true")
    assert run.status in (130, 141, 0, 143) or "Traceback" not in run.err
    wait_until(lambda: not owners(owner), seconds=60)


def test_ctrl_c_ends_a_watch(client: Client, owner: Terminal) -> None:
    owner.program("status")
    process = watching(client)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    wait_until(lambda: not owners(owner), seconds=60)
