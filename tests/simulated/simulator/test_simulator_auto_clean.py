"""A virtual library that cleans its drives itself: what it shows of that, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from .simulator_bench import Bench, Descriptor

TEST_UNIT_READY = "00 00 00 00 00 00"
NOT_ACCESSIBLE, SOURCE_EMPTY, DESTINATION_FULL = "05/3B/11", "05/3B/0E", "05/3B/0D"


def shown(element: Descriptor) -> tuple[bool, str | None, bool]:
    """FULL, EXCEPT with its code, ACCESS."""
    return element.full, element.exception, element.access


class Model:
    """A virtual library after a model, with one cleaner and an empty drive."""

    def __init__(self, folder: Path, profile: str) -> None:
        self.bench = Bench(folder, profile)
        self.home = self.address_of("CLN001CU")
        self.drive = self.bench.truth.drives[0].address

    def address_of(self, tag: str) -> int:
        (found,) = (
            each.address
            for each in self.bench.truth.elements
            if each.cartridge and each.cartridge.tag == tag
        )
        return found

    def slot(self, address: int) -> tuple[bool, str | None, bool]:
        return shown(self.bench.elements(2)[address])

    def drive_0(self) -> tuple[bool, str | None, bool]:
        return shown(self.bench.elements(4)[self.drive])


@pytest.fixture
def ibm(tmp_path: Path) -> Model:
    return Model(tmp_path, "ts3500")


@pytest.fixture
def atl(tmp_path: Path) -> Model:
    return Model(tmp_path, "p3000")


def test_ibm_flags_its_cleaner_as_not_accessible(ibm: Model) -> None:
    assert ibm.slot(ibm.home) == (True, "30/03", True)
    ibm.bench.fault("auto-clean")
    assert ibm.slot(ibm.home) == (True, "30/03", False)
    assert ibm.bench.elements(2)[ibm.home].tag == "CLN001CU"
    assert ibm.slot(ibm.address_of("A00001L8")) == (True, None, True)
    ibm.bench.fault("clear auto-clean")
    assert ibm.slot(ibm.home) == (True, "30/03", True)


def test_ibm_moves_its_cleaner_for_nobody(ibm: Model) -> None:
    ibm.bench.fault("auto-clean")
    assert ibm.bench.move(ibm.home, ibm.drive) == NOT_ACCESSIBLE
    assert ibm.bench.move(ibm.address_of("A00001L8"), ibm.drive) is None


def test_ibm_hides_what_it_does(ibm: Model) -> None:
    ibm.bench.fault("auto-clean drive:0")
    assert ibm.slot(ibm.home) == (True, "30/03", False)
    assert ibm.drive_0() == (False, None, True)


def test_atl_shows_the_home_and_the_drive_of_its_cleaner_at_work(atl: Model) -> None:
    atl.bench.fault("auto-clean")
    assert atl.slot(atl.home) == (True, "30/03", True)
    atl.bench.fault("auto-clean drive:0")
    assert atl.slot(atl.home) == (False, "30/03", False)
    assert atl.bench.elements(2)[atl.home].tag == ""
    assert atl.drive_0() == (True, "30/03", False)
    atl.bench.fault("clear auto-clean")
    assert atl.slot(atl.home) == (True, "30/03", True)
    assert atl.drive_0() == (False, None, True)


def test_atl_moves_nothing_from_where_its_cleaner_is_not(atl: Model) -> None:
    atl.bench.fault("auto-clean drive:0")
    assert atl.bench.move(atl.home, atl.drive + 1) == SOURCE_EMPTY
    assert atl.bench.move(atl.address_of("A00001L8"), atl.home) == DESTINATION_FULL


def test_as_many_cleaners_are_out_as_drives_are_cleaned(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "p3000", cleaners=3)
    homes = [each.address for each in bench.truth.elements if each.cartridge][-3:]
    for unit in (0, 2):
        bench.fault(f"auto-clean drive:{unit}")
    assert [bench.elements(2)[each].full for each in homes] == [False, False, True]
    assert [each.full for each in bench.elements(4).values()] == [True, False, True, False]


@pytest.mark.parametrize("profile", ["ts3500", "p3000"])
def test_drive_that_the_library_cleans_is_busy_with_that(tmp_path: Path, profile: str) -> None:
    model = Model(tmp_path, profile)
    model.bench.fault("auto-clean drive:0")
    assert model.bench.move(model.address_of("A00001L8"), model.drive) == DESTINATION_FULL
    assert model.bench.sense(TEST_UNIT_READY, unit=0) == "02/30/03"
    model.bench.fault("clear auto-clean")
    assert model.bench.sense(TEST_UNIT_READY, unit=0) == "02/3A/00"
    assert model.bench.move(model.address_of("A00001L8"), model.drive) is None


def test_drive_with_a_cartridge_is_not_cleaned(ibm: Model) -> None:
    assert ibm.bench.move(ibm.address_of("A00001L8"), ibm.drive) is None
    ibm.bench.fault("auto-clean drive:0")
    assert ibm.drive_0() == (True, None, True)
    assert ibm.bench.move(ibm.drive, ibm.bench.elements(4)[ibm.drive].source) is None


def test_used_up_cleaner_shows_it_in_its_slot_and_nothing_else_does(atl: Model) -> None:
    atl.bench.operate("remove CLN001CU")
    atl.bench.operate("insert CLN009S 30 cleans=0")
    atl.bench.operate("insert CLN010S 31 cleans=1")
    atl.bench.answers(TEST_UNIT_READY)  # its unit attentions
    used_up, last = atl.address_of("CLN009S"), atl.address_of("CLN010S")
    assert atl.slot(used_up) == (True, "5A/01", True)
    assert atl.slot(last) == (True, "30/03", True)
