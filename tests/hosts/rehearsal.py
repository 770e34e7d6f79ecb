"""The rehearsal of docs/several-hosts.md: its commands, by who types them."""

from __future__ import annotations

import re
import shlex

from documents import document

from .guest import Ended, Guest

PAGE = "docs/several-hosts.md"
KEEPER = "192.0.2.10"
"""The address of the host that keeps the library there, and in the lab."""
TARGET = "iqn.2026-11.internal.changer:shared"
TRACE = "shared.trace"


def blocks() -> list[list[str]]:
    """The blocks of commands of the section, in order."""
    section = document(PAGE).partition("\n## Rehearsal\n")[2].partition("\n## ")[0]
    found = re.findall(r"(?:^    .+\n)+", section, re.MULTILINE)
    return [[line.strip() for line in block.splitlines()] for block in found]


def keep(guest: Guest) -> None:
    """Make the library, and export it."""
    type_in(guest, blocks()[0])


def join(guest: Guest) -> None:
    """Log in to it."""
    type_in(guest, blocks()[1])
    guest.do("udevadm", "settle")


def use(guest: Guest) -> list[Ended]:
    """Look, load and unload."""
    return type_in(guest, blocks()[2])


def leave(guest: Guest) -> None:
    """Log out of it."""
    type_in(guest, blocks()[3])


def end(guest: Guest) -> None:
    """Take it away."""
    type_in(guest, blocks()[4])


def type_in(guest: Guest, lines: list[str]) -> list[Ended]:
    return [guest.do(*shlex.split(line)) for line in lines]
