"""Which library on record a name means that can't be reached."""

from __future__ import annotations

import pytest

from changer.library.away import find_known
from changer.store.records import LibraryRecord


def record(library_id: str, device: str | None) -> LibraryRecord:
    return LibraryRecord(library_id, "HP", "MSL", "1", "S", device, 1.0, 2.0)


ONE, LONGER = record("HP_MSL_1", "/dev/sg1"), record("HP_MSL_12", "/dev/sg2")
VIRTUAL, NOWHERE = record("HP_MSL_3", "sim:msl"), record("ADIC_4", None)


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("name", "is_whole_id", "known"),
    [
        ("HP_MSL_1", False, ONE),
        ("HP_MSL_1", True, ONE),
        ("/dev/sg2", False, LONGER),
        ("MSL_12", False, LONGER),
        ("MSL_12", True, None),
        ("MSL_1", False, None),
        ("ADIC", False, NOWHERE),
        ("HP_MSL_3", False, None),
        ("sim:msl", False, None),
        ("/dev/sg3", False, None),
        (None, False, None),
    ],
)
def test_name_means_the_one_real_library_that_it_fits(
    name: str | None, is_whole_id: bool, known: LibraryRecord | None
) -> None:
    libraries = (ONE, LONGER, VIRTUAL, NOWHERE)
    assert find_known(name, libraries, is_whole_id=is_whole_id) == known


def test_without_a_name_the_only_real_library_is_meant() -> None:
    assert find_known(None, (VIRTUAL, ONE), is_whole_id=False) == ONE
    assert find_known(None, (VIRTUAL,), is_whole_id=False) is None
    assert find_known(None, (ONE, NOWHERE), is_whole_id=False) is None
