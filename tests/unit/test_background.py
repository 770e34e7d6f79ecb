"""A command that goes on in the background: what its starter returns, or raises."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import syslog
from pathlib import Path
from typing import Any

import pytest
from waiting import wait_until

PROGRAM = """
import json, os, sys, syslog
from changer.cli.background import Started, in_background
from changer.errors import ChangerError, NoLibrary

def session():
    return {
        "streams": sorted({os.readlink(f"/proc/self/fd/{each}") for each in range(3)}),
        "folder": os.getcwd(),
        "leads": os.getsid(0) == os.getpid(),
        "open": len(os.listdir("/proc/self/fd")),
    }

def tell(text):
    with open(sys.argv[1] + ".part", "w") as file:
        file.write(text)
    os.rename(sys.argv[1] + ".part", sys.argv[1])

before = session()
both = in_background()
if isinstance(both, Started):
    try:
        print(json.dumps({"before": before, "report": both.wait()}))
    except ChangerError as error:
        print(json.dumps({"error": error.code, "message": error.message, "hint": error.hint}))
    sys.exit(0)
"""
FAILS = """
with both.reporting():
    raise NoLibrary("there is none", hint="make one")
"""


def report(then: str, told: Path) -> dict[str, Any]:
    """What the process that waited says of one that did this in the background."""
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM + then, str(told)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert ended.stderr == ""
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def test_a_process_that_goes_on_has_a_session_of_its_own_and_no_terminal(tmp_path: Path) -> None:
    found = report("both.ready(session())", tmp_path / "told")
    assert found["report"] == {
        "streams": [os.devnull],
        "folder": found["before"]["folder"],
        "leads": True,
        "open": found["before"]["open"] + 1,
    }, "but for the pipe, it has open what it had"


def test_it_leaves_the_folder_and_what_fails_later_is_told_to_the_host(tmp_path: Path) -> None:
    told = tmp_path / "told"
    log = "syslog.syslog = lambda level, text: tell(f'{os.getcwd()} {level} {text}')"
    assert report(f"{log}\nboth.ready({{}}){FAILS}", told)["report"] == {}
    wait_until(told.exists)
    assert told.read_text() == f"/ {syslog.LOG_ERR} changer: there is none"


def test_an_error_before_that_is_the_starter_s(tmp_path: Path) -> None:
    assert report(FAILS, tmp_path / "told") == {
        "error": "no-library",
        "message": "there is none",
        "hint": "make one",
    }


@pytest.mark.parametrize(("then", "status"), [("os._exit(3)", 3), ("os.abort()", -6), ("", 0)])
def test_a_process_that_ends_without_a_word_is_an_error(
    tmp_path: Path, then: str, status: int
) -> None:
    assert report(then, tmp_path / "told") == {
        "error": "attach-failed",
        "message": f"the process in the background ended, status {status}",
        "hint": None,
    }
