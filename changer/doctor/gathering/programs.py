"""Programs of the host that say which version they are."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence

from changer.doctor.diagnosis import NotTold
from changer.doctor.facts import SgRaw
from changer.host.guarded_files import CLEAN_ENVIRONMENT, find_program

_SECONDS = 5.0
_VERSION = re.compile(r"\b([0-9]+(?:\.[0-9]+)+)\b")
_DATE = re.compile(r"\b(20[0-9]{2}-?[0-9]{2}-?[0-9]{2})\b")


def sg_raw() -> SgRaw | NotTold:
    """The program that carries commands, and its version: ``sg_raw 0.4.34 (2021-01-03)``."""
    try:
        path = find_program("sg_raw")
    except FileNotFoundError:
        return NotTold("the program sg_raw is missing")
    except PermissionError as error:
        return NotTold(error.strerror or str(error))
    said = _said(["sg_raw", "--version"])
    version, dated = _VERSION.search(said), _DATE.search(said)
    return SgRaw(path, version[1] if version else "", _iso(dated[1]) if dated else "")


def _iso(date: str) -> str:
    digits = date.replace("-", "")
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"


def _said(argv: Sequence[str]) -> str:
    """What a program prints on both streams; empty where it can't be run or does not end."""
    try:
        ended = subprocess.run(  # noqa: S603
            [find_program(argv[0]), *argv[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=CLEAN_ENVIRONMENT,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return (ended.stdout + ended.stderr).decode("utf-8", "replace")
