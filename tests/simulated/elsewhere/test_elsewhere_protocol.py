"""What the owner's side runs for whoever has a key to it: programs on its library, no more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cli.terminal import PROGRAM, Terminal

from changer.library.columns import TITLES
from changer.owner.frames import PROTOCOL

STREAM = {"terminal": False, "size": [0, 0], "encoding": "utf-8"}


START = (str(PROGRAM), "__owner")
# The same, but what it is to run is no function for that.
BROKEN = """
import sys
from changer.cli import owner_side
owner_side.PROGRAMS["changer"] = ("json", "loads")
sys.exit(owner_side.run_for_client())
"""


def ask(owner: Terminal, *messages: object, **request: Any) -> tuple[str, str, int | None]:
    """Standard output, standard error and exit status that are sent for a request."""
    whole = {
        "program": "changer",
        "arguments": [],
        "library": None,
        "host": "client",
        "out": STREAM,
        "error": STREAM,
        "in": {"terminal": False},
        **request,
    }
    answer, start = whole.pop("answer", None), whole.pop("start", START)
    lines = messages or ({"request": whole},)
    with subprocess.Popen(
        start, env=owner.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        hello = json.loads(process.stdout.readline())
        for each in lines:
            process.stdin.write(each if isinstance(each, str) else f"{json.dumps(each)}\n")
            process.stdin.flush()
        if lines == ("",):
            process.stdin.close()
        # It is open until the end: a client that is gone would be a terminal that hung up.
        frames = []
        for each in process.stdout:
            frames.append(frame := json.loads(each))
            if answer is not None and "ask" in frame:
                said = {"answer": frame["number"], "value": answer(frame)}
                process.stdin.write(f"{json.dumps(said)}\n")
                process.stdin.flush()
    assert hello["protocol"] == PROTOCOL
    assert hello["host"] == os.uname().nodename
    out = "".join(each.get("out", "") for each in frames)
    err = "".join(each.get("error", "") for each in frames)
    exits = [each["exit"] for each in frames if "exit" in each]
    return out, err, exits[0] if exits else None


def test_a_request_is_carried_out(owner: Terminal) -> None:
    out, err, status = ask(owner, arguments=["status", "--json"])
    assert (json.loads(out)["schema"], err, status) == ("changer.status/1", "", 0)


def test_a_fault_of_the_program_is_shown_where_it_was_asked_for(owner: Terminal) -> None:
    out, err, status = ask(owner, start=(sys.executable, "-c", BROKEN))
    assert (out, status) == ("", 1)
    assert "TypeError" in err


@pytest.mark.parametrize("encoding", ["of another day", None])
def test_an_encoding_that_nobody_knows_is_utf_8(owner: Terminal, encoding: str | None) -> None:
    out, err, status = ask(owner, arguments=["status"], out={**STREAM, "encoding": encoding})
    assert ("slot 1" in out, err, status) == (True, "", 0)


@pytest.mark.parametrize(
    "words",
    [
        ["state", "list"],
        ["sim", "list"],
        ["completion", "bash"],
        ["help"],
        ["__complete", "bash"],
        ["__owner"],
        [],
        ["--trace", "/tmp/planted", "status"],
        ["--state", "/tmp/planted", "status"],
        ["export", "--from-file", "/etc/passwd"],
        ["metrics", "--output", "/tmp/planted"],
        ["metrics", "--all"],
    ],
    ids=" ".join,
)
def test_what_is_not_about_the_library_is_refused(owner: Terminal, words: list[str]) -> None:
    out, err, status = ask(owner, arguments=words)
    assert (out, status) == ("", 2)
    assert err.startswith("changer: ") and "root:" not in err
    assert not Path("/tmp/planted").exists()


@pytest.mark.parametrize(
    "request_",
    [
        {"program": "bash"},
        {"program": "os.system"},
        {"arguments": "status"},
        {"arguments": [1]},
        {"library": "/dev/sg0"},
        {"library": "sim:demo"},
        {"library": 1},
        {"devices": {"/dev/changer": "/dev/sg0"}, "program": "changer-mtx"},
        {"devices": ["x"], "program": "changer-mtx"},
    ],
    ids=str,
)
def test_a_request_that_makes_no_sense_is_refused(
    owner: Terminal, request_: dict[str, Any]
) -> None:
    out, err, status = ask(owner, **{"arguments": ["status"], **request_})
    assert out == "" and status not in (0, 1) and "Traceback" not in err


@pytest.mark.parametrize(
    "message", ["{}\n", "nonsense\n", '{"request": 3}\n', "[" * 10000 + "\n", "\udcff\n"]
)
def test_a_message_that_makes_no_sense_is_refused(owner: Terminal, message: str) -> None:
    _, err, status = ask(owner, message.encode("ascii", "replace").decode())
    assert status not in (0, 1) and "Traceback" not in err


def test_a_line_without_a_request_ends_it(owner: Terminal) -> None:
    assert ask(owner, "") == ("", "", None)


def test_the_surroundings_can_t_name_files(owner: Terminal) -> None:
    """glibc would open the file that a time zone names."""
    for zone in ("/etc/passwd", ":/etc/passwd", "../../etc/passwd", "x" * 5000):
        out, err, status = ask(owner, arguments=["status"], zone=zone)
        assert (err, status) == ("", 0) and "CHANGER VIRTUAL" in out


TERMINAL = {"terminal": True, "size": [40, 24], "encoding": "utf-8"}
COLOURED = {"TERM": "xterm"}
WIDE: dict[str, tuple[object, int]] = {
    "as wide as it is": ([40, 24], 40),
    "of no width": ([0, 0], 80),
    "narrower than nothing": ([-5, -5], 80),
    "of one number": ([40], 80),
    "of three": ([40, 24, 1], 80),
    "of words": (["40", "24"], 80),
    "of no size": (None, 80),
}


@pytest.mark.rows(one_in=3)
@pytest.mark.parametrize("size", WIDE)
def test_lines_are_as_long_as_the_client_s_terminal_is_wide(owner: Terminal, size: str) -> None:
    told, columns = WIDE[size]
    words = ["status", "--columns", ",".join(TITLES), "--color", "never"]
    out, err, status = ask(owner, arguments=words, out={**TERMINAL, "size": told})
    assert (err, status) == ("", 0)
    assert max(map(len, out.splitlines())) == columns


@pytest.mark.rows(one_in=3)
@pytest.mark.parametrize(
    ("out", "environment", "is_coloured"),
    [
        (TERMINAL, COLOURED, True),
        (TERMINAL, {**COLOURED, "NO_COLOR": ""}, True),
        (TERMINAL, {**COLOURED, "NO_COLOR": "1"}, False),
        (TERMINAL, {"TERM": "dumb"}, False),
        (TERMINAL, {"TERM": "x" * 65}, False),
        (TERMINAL, {"TERM": "a/b"}, False),
        (TERMINAL, {"TERM": 1}, False),
        (TERMINAL, ["TERM"], False),
        (TERMINAL, {}, False),
        ({**TERMINAL, "terminal": False}, COLOURED, False),
        ({**TERMINAL, "terminal": 1}, COLOURED, False),
        (3, COLOURED, False),
    ],
)
def test_colours_are_for_a_client_whose_terminal_has_them(
    owner: Terminal, out: object, environment: object, is_coloured: bool
) -> None:
    text, err, status = ask(owner, arguments=["status"], out=out, environment=environment)
    assert (err, status) == ("", 0)
    assert ("\x1b[" in text) is is_coloured


def test_the_client_is_named_in_what_is_on_record(owner: Terminal) -> None:
    assert ask(owner, arguments=["move", "1", "4"], host="h" * 65 + "\x1b")[2] == 0
    (event,) = owner.program("history", "--json").json["events"]
    assert event["command"] == f"changer move 1 4 (for {'h' * 64})"


@pytest.mark.parametrize(
    ("words", "size"),
    [
        (["history", "prune", "--before", "3d"], 0),
        (["export", "--from-file", "-", "--dry-run"], (1 << 20) + 1),
    ],
    ids=["a line", "a list"],
)
def test_the_client_is_asked_for_as_much_as_is_read(
    owner: Terminal, words: list[str], size: int
) -> None:
    asked: list[dict[str, Any]] = []

    def answer(frame: dict[str, Any]) -> str:
        asked.append(frame)
        return "no\n"

    _, err, status = ask(owner, arguments=words, answer=answer, **{"in": {"terminal": True}})
    assert [(each["ask"], each["size"]) for each in asked] == [("input", size)]
    assert status not in (0, 1) and ("not confirmed" in err or "no" in err)
