"""What the owner's side runs for whoever has a key to it: programs on its library, no more."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cli.terminal import PROGRAM, Terminal

from changer.owner.frames import PROTOCOL

STREAM = {"terminal": False, "size": [0, 0], "encoding": "utf-8"}


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
    lines = messages or ({"request": whole},)
    with subprocess.Popen(
        [str(PROGRAM), "__owner"],
        env=owner.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
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
        frames = [json.loads(each) for each in process.stdout]
    assert hello["protocol"] == PROTOCOL
    assert hello["host"] == os.uname().nodename
    out = "".join(each.get("out", "") for each in frames)
    err = "".join(each.get("error", "") for each in frames)
    exits = [each["exit"] for each in frames if "exit" in each]
    return out, err, exits[0] if exits else None


def test_a_request_is_carried_out(owner: Terminal) -> None:
    out, err, status = ask(owner, arguments=["status", "--json"])
    assert (json.loads(out)["schema"], err, status) == ("changer.status/1", "", 0)


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
