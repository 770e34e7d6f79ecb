"""The output of `mtx status`, parsed without the package under test."""

import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

HEADER = re.compile(
    r"\s*Storage Changer (?P<device>\S+):(?P<drives>\d+) Drives, (?P<slots>\d+) Slots"
    r" \( (?P<mail>\d+) Import/Export \)\s*"
)
DRIVE = re.compile(
    r"Data Transfer Element (?P<number>\d+):(?P<state>Full|Empty)"
    r"(?: \((?:Storage Element (?P<source>\d+)|Unknown Storage Element) Loaded\))?"
    r"(?::VolumeTag ?= ?(?P<tag>.*?))?\s*"
)
SLOT = re.compile(
    r"\s*Storage Element (?P<number>\d+)(?P<mail> IMPORT/EXPORT)?:(?P<state>Full|Empty) ?"
    r"(?::VolumeTag ?= ?(?P<tag>.*?))?\s*"
)


@dataclass(frozen=True, slots=True)
class MtxElement:
    """A drive or a slot, under mtx's number: mail slots are counted after the others."""

    number: int
    full: bool
    volume_tag: str | None
    source: int | None = None


@dataclass(frozen=True, slots=True)
class MtxStatus:
    """A library as mtx sees it."""

    drives: tuple[MtxElement, ...]
    slots: tuple[MtxElement, ...]
    mail: tuple[MtxElement, ...]


ReadMtx = Callable[[], MtxStatus]
"""The fixture ``mtx_status``."""


def element(match: re.Match[str]) -> MtxElement:
    groups = match.groupdict()
    source = groups.get("source")
    return MtxElement(
        number=int(match["number"]),
        full=match["state"] == "Full",
        volume_tag=match["tag"] or None,
        source=None if source is None else int(source),
    )


def parse_mtx_status(text: str) -> MtxStatus:
    """Raise ValueError on any line that is not understood: nothing is left out silently."""
    header, *lines = text.splitlines()
    if not HEADER.fullmatch(header):
        raise ValueError(f"not a header of mtx status: {header!r}")
    drives: list[MtxElement] = []
    slots: list[MtxElement] = []
    mail: list[MtxElement] = []
    for line in lines:
        if match := DRIVE.fullmatch(line):
            drives.append(element(match))
        elif match := SLOT.fullmatch(line):
            (mail if match["mail"] else slots).append(element(match))
        else:
            raise ValueError(f"not a line of mtx status: {line!r}")
    return MtxStatus(tuple(drives), tuple(slots), tuple(mail))


def read_mtx_status(device: str) -> MtxStatus:
    completed = subprocess.run(
        ["mtx", "-f", device, "status"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
        env={**os.environ, "LC_ALL": "C"},
    )
    return parse_mtx_status(completed.stdout)
