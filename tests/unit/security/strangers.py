"""Files of another user, and what another user has laid in wait."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

STRANGER = 61001


def give_to_stranger(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root gives it away; for others, everything of theirs is now of another user than they are."""
    if os.geteuid() == 0:
        os.chown(path, STRANGER, -1, follow_symlinks=False)
    else:
        monkeypatch.setattr("os.geteuid", lambda: STRANGER)


def journal_that_names(victim: Path, store: Path) -> bytes:
    """A rollback journal that SQLite plays back, and that has it delete another file at the end.

    As the file format has it: a header of one sector, no pages, and the name of a super-journal,
    which is deleted when no journal that it lists is left.
    """
    magic, sector, page = bytes.fromhex("d9d505f920a163d7"), 512, 4096
    pages, name = store.stat().st_size // page, os.fsencode(victim)
    header = magic + struct.pack(">IIIII", 0, 0, pages, sector, page)
    lock_page = 0x40000000 // page + 1
    end = struct.pack(">II", len(name), sum(name)) + magic
    return header.ljust(sector, b"\0") + struct.pack(">I", lock_page) + name + end
