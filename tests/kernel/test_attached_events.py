"""A library behind the kernel, of which programs, watch and check are told what happens."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from waiting import wait_until

from .faulty_library import LIBRARY_ID, LINK, FaultyLibrary
from .program import Program

pytestmark = pytest.mark.guest_only

CRITICAL = 2


class Told:
    """The program, whose events are given to one that keeps them."""

    def __init__(self, faulty: FaultyLibrary, folder: Path) -> None:
        hooks = folder / "hooks.d"
        hooks.mkdir()
        self._given = folder / "given"
        (hooks / "10-keep").write_text(f"#!/bin/sh\ncat >>{self._given}\n")
        (hooks / "10-keep").chmod(0o755)
        environment = {**faulty.changer.environment, "CHANGER_HOOKS": str(hooks)}
        self.changer: Program = replace(faulty.changer, environment=environment)

    def documents(self) -> list[dict[str, Any]]:
        text = self._given.read_text() if self._given.exists() else ""
        return [json.loads(line) for line in text.splitlines()]

    def wait_for(self, *kinds: str) -> None:
        wait_until(lambda: [each["event"] for each in self.documents()] == [*kinds])


@pytest.fixture
def told(faulty: FaultyLibrary, tmp_path: Path) -> Told:
    return Told(faulty, tmp_path)


def test_what_happens_at_a_real_device_is_told_printed_and_judged(
    faulty: FaultyLibrary, told: Told
) -> None:
    told.changer.do("watch", "--once")
    told.wait_for("mail-slot-filled")  # as this library begins
    well = told.changer.do("check", "--nagios")
    assert well.stdout.startswith(f"CHANGER OK: {LIBRARY_ID}: ")
    faulty.attached.operate("put A00099L8 mail:2")
    printed = told.changer.do("watch", "--once", "--json").document
    told.wait_for("mail-slot-filled", "mail-slot-filled")
    assert printed == told.documents()[1]
    assert printed["fields"] == {"mail_slot": 2, "volume_tag": "A00099L8", "placed_by": "operator"}
    faulty.fault("unplugged")
    wait_until(lambda: not LINK.is_symlink())
    assert told.changer.refuse("load", "1", "0")["exit_status"] == 3
    told.wait_for("mail-slot-filled", "mail-slot-filled", "library-offline")
    away = told.changer.run("check", "--nagios")
    assert (away.exit_status, away.stderr) == (CRITICAL, "")
    assert away.stdout.startswith("CHANGER CRITICAL: ")
    faulty.fault("plugged")
    wait_until(LINK.exists)
    told.changer.do("load", "1", "0")
    told.wait_for("mail-slot-filled", "mail-slot-filled", "library-offline", "library-back")
    assert {each["library_id"] for each in told.documents()} == {LIBRARY_ID}
    faulty.attached.operate("take mail:2")
