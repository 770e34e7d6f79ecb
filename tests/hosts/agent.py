"""Runs programs in a guest for the test outside: requests and replies are lines of JSON.

Started by guest-init with the control line, a console in raw mode, as standard input and output.
Each request has a number, which its replies have, too.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import forked_program

PROGRAM = str(Path(sys.executable).parent / "changer")
_lock = threading.Lock()
# What is left of the environment is this process's.
_NOTHING: dict[str, str] = {}


def reply(number: int, **content: Any) -> None:
    with _lock:
        sys.stdout.write(json.dumps({"number": number, **content}) + "\n")
        sys.stdout.flush()


def run(number: int, argv: list[str], environment: dict[str, str], text: str) -> None:
    """``changer`` alone is the installed program, forked from one that has it imported."""
    words = [PROGRAM, *argv[1:]] if argv[0] == "changer" else argv
    process = forked_program.Popen(
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env={**os.environ, **environment},
        start_new_session=True,
    )
    reply(number, process_id=process.pid)
    out, err = process.communicate(text)
    reply(number, status=process.returncode, out=out, err=err)


def begin(number: int, request: dict[str, Any]) -> None:
    try:
        run(number, request["argv"], request.get("environment", _NOTHING), request.get("text", ""))
    except Exception as error:  # the test must not wait for a reply that never comes
        reply(number, status=127, out="", err=f"{type(error).__name__}: {error}")


def main() -> None:
    forked_program.run([PROGRAM, "--version"], capture_output=True)
    reply(0, boot=Path("/proc/sys/kernel/random/boot_id").read_text().strip())
    for line in sys.stdin:
        request = json.loads(line)
        number = request["number"]
        match request["do"]:
            case "run":
                threading.Thread(target=begin, args=(number, request), daemon=True).start()
            case "signal":
                try:
                    os.kill(request["process_id"], signal.Signals(request["signal"]))
                    reply(number, status=0, out="", err="")
                except ProcessLookupError as error:
                    reply(number, status=1, out="", err=str(error))


if __name__ == "__main__":
    main()
