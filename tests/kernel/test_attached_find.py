"""Cartridges that a real device shows and loses: found, on record, and in the history."""

import pytest

from changer.host.trust import user_name

from .faulty_library import READ_ELEMENT_STATUS, FaultyLibrary

pytestmark = pytest.mark.guest_only

LABEL, MODE_SENSE = "A00001L8", 0x1A


def test_cartridge_is_found_and_known_when_its_magazine_is_out(faulty: FaultyLibrary) -> None:
    faulty.changer.do("load", "1", "0")
    faulty.changer.do("unload", "0")
    assert faulty.changer.do("find", LABEL).stdout == f"{LABEL}  slot 1\n"
    with faulty.counting() as sent:
        faulty.changer.do("find", LABEL)
    assert {each for each, number in sent.items() if number} <= {READ_ELEMENT_STATUS, MODE_SENSE}
    assert sum(sent.values()) <= 2, "this library answers for all elements at once"
    faulty.fault("magazine-out 1")
    ended = faulty.changer.run("find", LABEL, "--json")
    assert (ended.exit_status, ended.error["code"]) == (9, "cartridge-not-shown")
    (found,) = ended.document["cartridges"]
    assert (found["shown"], found["last_seen"]["place"]) == (False, "1")
    assert found["last_seen"]["missed_at"] is not None
    moved = found["last_move"]
    assert (moved["source"], moved["destination"], moved["user"]) == ("drive:0", "1", user_name())
    lines = faulty.changer.do("history", LABEL).stdout.splitlines()
    assert [line.split("  ")[2:4] for line in lines] == [
        ["slot 1 -> drive 0", "ok"],
        ["drive 0 -> slot 1", "ok"],
    ]
