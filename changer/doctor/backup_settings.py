"""Settings of backup software that name a changer: Bacula, Bareos, Amanda, Proxmox (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from changer.values import NamedTuple

# bacula-dir(8): names of directives are read without blanks and case.
_DIRECTIVE = re.compile(r"^\s*([A-Za-z][A-Za-z ]*?)\s*=\s*(.*?)\s*$")
_OPENING = re.compile(r"^\s*([A-Za-z]+)\s*\{")
_TIME = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([a-z]*)", re.IGNORECASE)
_UNITS = (("mo", 2592000), ("m", 60), ("h", 3600), ("d", 86400), ("w", 604800), ("y", 31536000))
_AMANDA = re.compile(r"^\s*(tpchanger|changerdev|property)\s+(.*?)\s*$", re.IGNORECASE)
_QUOTED = re.compile(r'"([^"]*)"')
_ROBOT = re.compile(r"chg-robot:(\S+)")
_WITHOUT = "/dev/null"


class Configured(NamedTuple):
    """A changer as a file names it, and the line; other fields as ConfiguredChanger has them."""

    line: int
    device: str
    command: str | None
    longest_wait_seconds: float | None = None


def bacula_changers(text: str) -> Iterator[Configured]:
    """The changers of a storage daemon of Bacula or Bareos, from its Autochangers and Devices."""
    for block in _blocks(text):
        values = {name: (line, value) for line, name, value in block}
        if "changerdevice" not in values:
            continue
        line, device = values["changerdevice"]
        _, command = values.get("changercommand", (0, ""))
        _, wait = values.get("maximumchangerwait", (0, ""))
        if device and device != _WITHOUT:
            yield Configured(line, device, command or None, _seconds(wait))


def _blocks(text: str) -> Iterator[list[tuple[int, str, str]]]:
    """The directives of each resource, with their lines."""
    found: list[tuple[int, str, str]] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split("#", 1)[0]
        if _OPENING.match(line):
            yield found
            found = []
            line = line.partition("{")[2]
        for part in line.split(";"):
            if match := _DIRECTIVE.match(part.replace("}", "")):
                name = match[1].replace(" ", "").lower()
                found.append((number, name, match[2].strip().strip('"')))
    yield found


def _seconds(text: str) -> float | None:
    """``5 minutes``, ``300``, ``15 min``; None where nothing is set."""
    total, known = 0.0, False
    for number, unit in _TIME.findall(text):
        known = True
        size = next((size for begin, size in _UNITS if unit.lower().startswith(begin)), 1)
        total += float(number) * size
    return total if known else None


def amanda_changers(text: str) -> Iterator[Configured]:
    """The robots of an amanda.conf; ``mtx``: what it calls, unless it is set."""
    device: tuple[int, str] | None = None
    command = "mtx"
    for number, raw in enumerate(text.splitlines(), 1):
        match = _AMANDA.match(raw.split("#", 1)[0])
        if match is None:
            continue
        if robot := _ROBOT.search(match[2]):
            if device is not None:
                yield Configured(*device, command)
            device, command = (number, robot[1].strip('"')), "mtx"
        elif match[1].lower() == "property":
            words = _QUOTED.findall(match[2])
            if len(words) == 2 and words[0].lower() == "mtx":
                command = words[1]
    if device is not None:
        yield Configured(*device, command)


def proxmox_changers(text: str) -> Iterator[Configured]:
    """The changers of Proxmox Backup Server's tape.cfg; it sends SCSI commands itself."""
    is_changer = False
    for number, line in enumerate(text.splitlines(), 1):
        if line[:1].strip():
            is_changer = line.startswith("changer:")
        words = line.split()
        if is_changer and len(words) == 2 and words[0] == "path":
            yield Configured(number, words[1], None)
