"""Behind a real device: removal stays prevented through a reset; a rehearsal sends nothing."""

import subprocess

import pytest

from changer.smc.cdb import only_reads

from .faulty_library import LINK, FaultyLibrary, true_places
from .waiting import wait_until

pytestmark = pytest.mark.guest_only


def test_removal_is_prevented_again_after_the_kernel_has_reset_the_library(
    faulty: FaultyLibrary,
) -> None:
    faulty.changer.do("lock")
    assert faulty.truth.prevented
    subprocess.run(["sg_reset", "--device", LINK.resolve()], check=True, timeout=60)
    # LOGICAL UNIT RESET allows it; the kernel tells the library, and does not wait for it.
    wait_until(lambda: not faulty.truth.prevented)
    looked = faulty.changer.start("status", "--json")
    assert looked.exit_status == 0, looked
    assert "the library was reset; medium removal is prevented again" in looked.stderr
    assert faulty.truth.prevented
    faulty.changer.do("unlock")
    subprocess.run(["sg_reset", "--device", LINK.resolve()], check=True, timeout=60)
    faulty.changer.do("status")
    assert not faulty.truth.prevented


def test_rehearsal_sends_nothing_that_changes_anything(faulty: FaultyLibrary) -> None:
    places = true_places(faulty.truth)
    with faulty.counting() as counted:
        shown = faulty.changer.do("load", "1", "--dry-run", "--json").document
    assert [each["cdb"] for each in shown["steps"] if each["kind"] == "command"] == [
        "a500000003e901f400000000"
    ]
    assert counted
    assert all(only_reads(bytes([opcode])) for opcode, number in counted.items() if number)
    assert true_places(faulty.truth) == places
    assert faulty.moves() == []
