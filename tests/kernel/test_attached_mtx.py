"""mtx and what stands in for it on one virtual library, in odd and in bad states: every byte.

Both start from the same state, which is made anew for each; and end in the same.
"""

import re
from collections.abc import Iterator

import pytest
from figures import FIGURES, Figure
from waiting import wait_until

from changer.simulator.operator_api import reset

from .attached_library import AttachedLibrary, attached
from .dispatch_count import dispatched_to
from .faulty_library import (
    LIBRARY_ID,
    LINK,
    MOVE_MEDIUM,
    SERIAL,
    SHORT_SECONDS,
    FaultyLibrary,
    true_places,
)
from .mtx_beside import BothPrograms, Told
from .mtx_differences import DIFFERENCES, Difference

pytestmark = pytest.mark.guest_only

OTHER = "beside"
EXCHANGE_MEDIUM = 0xA6

SAME = [
    ((), "exchange 1 2"),
    ((), "exchange 1 2 3"),
    ((), "exchange 4 1"),
    ((), "invert load 1"),
    ((), "last"),
    ((), "load 3 1; status; unload 3 1"),
    ((), "load 1 0; load 3 1; next 0"),
    ((), "load 1 0; previous"),
    ((), "load 8 0; next"),
    ((), "load 13 0; last"),
    ((), "eject"),
    (("offline",), "status"),
    (("offline",), "inventory"),
    (("door open",), "load 1"),
    (("becoming-ready",), "status"),
    (("sense 2/04/01 always on 1a", "sense 2/04/01 always on b8"), "status"),
    (("unreadable 1",), "status"),
    (("element 1 30/03 except=1",), "status"),
    (("element 1 99/99 except=1",), "status"),
    (("sense 5/24/00 always on b8",), "status"),
    (("sense 4/44/00 always on b8",), "load 1"),
    (("sense 2/04/03 on a5",), "load 1"),
    (("sense 5/3a/00 on a5",), "load 1"),
    (("sense 5/3b/0d on a5",), "load 1"),
    (("sense 5/3b/0e on a5",), "transfer 1 4"),
    (("sense 5/53/02 on a5",), "load 1"),
    (("sense 5/21/01 always on a6",), "exchange 1 2"),
    (("sense 5/21/01 always on 2b",), "position 1"),
    (("sense 5/24/00 on 07",), "inventory"),
    (("reservation-conflict on a5",), "load 1"),
]
"""Faults, and the lines that both answer with the same bytes."""


def settled(told: Told) -> str:
    """Exit status, output and errors in one text."""
    return f"{told.exit_status}\n{told.stdout}{told.stderr}"


@pytest.fixture
def transport() -> str:
    """No process for each reading: mtx has none either. test_mtx_beside.py has the other one."""
    return "sg_io"


@pytest.fixture
def both(faulty: FaultyLibrary) -> BothPrograms:
    return BothPrograms(str(LINK), faulty.changer.environment)


def begin(faulty: FaultyLibrary, faults: tuple[str, ...]) -> None:
    faulty.make_new()
    for fault in faults:
        faulty.fault(fault)


@pytest.mark.rows(one_in=8)
@pytest.mark.parametrize(("faults", "line"), SAME, ids=lambda each: str(each))
def test_line_is_answered_byte_for_byte_whatever_is_wrong(
    faulty: FaultyLibrary, both: BothPrograms, faults: tuple[str, ...], line: str
) -> None:
    lines = [each.split() for each in line.split(";")]
    begin(faulty, faults)
    expected = [both.mtx(*words) for words in lines]
    led_to = true_places(faulty.truth)
    begin(faulty, faults)
    with faulty.settings(ready_timeout_seconds=SHORT_SECONDS, cleaners_loadable=True):
        assert [both.ours(*words) for words in lines] == expected
    FIGURES.count(Figure.MTX_LINES, len(lines))
    assert true_places(faulty.truth) == led_to


@pytest.mark.rows(one_in=8)
@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda each: each.name)
def test_difference_is_the_one_that_is_listed(
    faulty: FaultyLibrary, both: BothPrograms, difference: Difference
) -> None:
    begin(faulty, difference.faults)
    mtx = settled(both.mtx(*difference.words))
    if difference.disconnects:
        wait_until(faulty.answers)
    begin(faulty, difference.faults)
    ours = settled(both.ours(*difference.words))
    if difference.disconnects:
        wait_until(faulty.answers)
    assert re.search(difference.mtx, mtx), mtx
    assert re.search(difference.ours, ours), ours
    assert mtx != ours


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AttachedLibrary]:
    """Leaves out what is not there, has alternate tags, and describes its errors."""
    folder = tmp_path_factory.mktemp(OTHER)
    with attached(
        OTHER,
        folder,
        profile="omitting",
        alternate_tags="field",
        undefined_tag_blanks=True,
        descriptor_sense=True,
        cleaners=1,
    ) as library:
        yield library


@pytest.fixture
def beside(other: AttachedLibrary, faulty: FaultyLibrary) -> BothPrograms:
    reset(OTHER, folder=other.folder)
    return BothPrograms(other.device, faulty.changer.environment)


def test_alternate_tags_and_blank_ones_are_shown_in_full_width(beside: BothPrograms) -> None:
    for words in (["status"], ["load", "1"], ["status"], ["nobarcode", "status"], ["unload"]):
        expected = beside.mtx(*words)
        if words[0] in ("load", "unload"):
            continue
        assert beside.ours(*words) == expected
        assert "AlternateVolumeTag" in expected.stdout or words[0] == "nobarcode"


def test_numbers_do_not_shift_where_a_magazine_is_out(
    beside: BothPrograms, other: AttachedLibrary
) -> None:
    whole = beside.ours("status").stdout
    other.fault("magazine-out 1")
    # In this order: the unit attention is met by who can deal with it.
    ours, mtx = beside.ours("status").stdout, beside.mtx("status").stdout
    assert " 18 Slots " in mtx and "      Storage Element 1:Full :VolumeTag=A00009L8" in mtx
    assert " 26 Slots " in ours and set(ours.splitlines()) < set(whole.splitlines())
    assert "Storage Element 1:" not in ours
    other.fault("magazine-in 1")


def test_second_device_of_a_line_is_read(beside: BothPrograms, other: AttachedLibrary) -> None:
    both = BothPrograms(str(LINK), beside.environment)
    words = ("nobarcode", "status", "-f", other.device, "status")
    second_of_mtx = both.mtx(*words).stdout.partition(f"Changer {other.device}:")[2]
    second_of_ours = both.ours(*words).stdout.partition(f"Changer {other.device}:")[2]
    assert second_of_mtx.startswith("2 Drives, 14 Slots ")
    assert second_of_ours.startswith("2 Drives, 26 Slots ")


def test_sense_data_in_descriptors_is_told_as_what_it_says(
    beside: BothPrograms, other: AttachedLibrary
) -> None:
    other.fault("sense 5/24/00 2 on a5")
    mtx, ours = beside.mtx("load", "1"), beside.ours("load", "1")
    assert "Error Code=72 (Unknown?!)\nmtx: Request Sense: Sense Key=Hardware Error" in mtx.stderr
    assert "Error Code=70 (Current)\nmtx: Request Sense: Sense Key=Illegal Request" in ours.stderr
    assert mtx.stdout == ours.stdout
    assert mtx.exit_status == ours.exit_status == 1


def test_tape_drive_is_asked_who_it_is_and_is_no_changer(
    faulty: FaultyLibrary, both: BothPrograms
) -> None:
    node = str(faulty.attached.drives[0]["generic"])
    drive = BothPrograms(node, both.environment)
    drive.mtx("eject")  # meets the unit attention of a drive that is new
    for words in (["inquiry"], ["eject"]):
        assert drive.ours(*words) == drive.mtx(*words), words
    hint = "changer list shows the libraries of this host"
    told = Told(1, "", f"changer-mtx: {node} is not a medium changer; {hint}\n")
    assert drive.ours("status") == told
    assert drive.mtx("status").exit_status == 1
    by_tape_node = BothPrograms(str(faulty.attached.drives[0]["no_rewind"]), both.environment)
    assert by_tape_node.ours("inquiry") == drive.ours("inquiry")


def test_library_is_meant_by_its_id(faulty: FaultyLibrary, both: BothPrograms) -> None:
    by_id = BothPrograms(LIBRARY_ID, both.environment).ours("status")
    by_device = both.ours("status")
    assert by_id.stdout == by_device.stdout.replace(str(LINK), LIBRARY_ID)
    assert SERIAL in by_id.stdout


@pytest.mark.parametrize(
    "words", ["eepos 3 transfer 1 4", "invert transfer 1 4", "invert eepos 1 exchange 1 2"]
)
def test_what_a_line_asks_of_a_motion_reaches_the_device(
    faulty: FaultyLibrary, both: BothPrograms, words: str
) -> None:
    motions = []
    for program in (both.mtx, both.ours):
        faulty.make_new()
        with dispatched_to(str(LINK)) as sent:
            program(*words.split())
        assert sent.cdbs is not None
        motions += [cdb for cdb in sent.cdbs if cdb[0] in (MOVE_MEDIUM, EXCHANGE_MEDIUM)]
    by_mtx, by_ours = motions
    # mtx names the transport, which the library chooses by itself.
    assert by_ours == by_mtx[:2] + bytes(2) + by_mtx[4:]
    assert by_ours[10:] != bytes(2)


def test_status_and_load_take_fewer_commands_than_mtx(
    faulty: FaultyLibrary, both: BothPrograms
) -> None:
    both.ours("status")
    for words in (["status"], ["load", "1"], ["unload", "1"]):
        with faulty.counting() as of_mtx:
            assert both.mtx(*words).exit_status == 0
        if words[0] != "status":
            both.ours(*("unload", "1") if words[0] == "load" else ("load", "1"))
        with faulty.counting() as of_ours:
            assert both.ours(*words).exit_status == 0
        assert sum(of_ours.values()) < sum(of_mtx.values()), (words, of_ours, of_mtx)
