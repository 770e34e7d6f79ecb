"""mtx and what stands in for it show the same of each kind of library, but what is not there."""

from pathlib import Path

import pytest
from kernel.attached_library import AttachedLibrary
from kernel.mtx_beside import BothPrograms
from kernel.program import environment_in

pytestmark = pytest.mark.guest_only


def test_status_is_the_same_but_for_what_is_not_there(
    library: AttachedLibrary, tmp_path: Path
) -> None:
    environment = environment_in(tmp_path)
    both = BothPrograms(library.device, environment)
    truth = library.truth
    # The last magazine, where there are several.
    first_out = truth.profile.slots - truth.profile.magazine_size
    pulled = range(first_out, truth.profile.slots) if truth.removed else range(0)
    # The empty home of a cleaner in use, where the library flags it and lets nothing in.
    out = [each.cartridge for each in truth.elements if each.cartridge]
    homes = {
        each.source_address - truth.profile.storage_base
        for each in out
        if truth.profile.cleaner_home_sense and each.is_cleaner and each.source_address is not None
    }
    for words in (["inquiry"], ["status"], ["nobarcode", "status"]):
        mtx, ours = both.mtx(*words), both.ours(*words)
        assert (ours.exit_status, ours.stderr) == (mtx.exit_status, mtx.stderr) == (0, "")
        absent = {f"Storage Element {number + 1}:Empty" for number in {*pulled, *homes}}
        left = [
            line
            for line in mtx.stdout.splitlines()
            if not any(line.strip().startswith(each) for each in absent)
        ]
        assert ours.stdout.splitlines() == left, words
