"""The cleaning cartridge goes out: to a mail slot or the door, and is forgotten once it is gone."""

from __future__ import annotations

from functools import partial

import pytest
from driver.from_memory import FromMemory
from driver.virtual_library import Wire

from changer.cleaning.eject import eject
from changer.cleaning.slot import release
from changer.simulator.catalogue import changing
from changer.transport import Transport

from .cleaner_library import CLEANER, SLOT, CleanerLibrary, LastOperation, refusal
from .conftest import MakeCleanerLibrary

OPEN_CLOSE, MOVE_MEDIUM = 0x1B, 0xA5
DONE = LastOperation("eject", "completed", "ERROR_SUCCESS")
START = 1_700_000_000


@pytest.fixture
def library(demo: CleanerLibrary) -> CleanerLibrary:
    """CLN001CU is in the reserved slot 4, and has 37 cleans left."""
    return demo.with_cleaner(cleans=37)


def test_cleaner_goes_to_a_mail_slot_and_is_forgotten_when_it_is_taken(
    library: CleanerLibrary,
) -> None:
    known: list[int | None] = []
    library.clock.plan(29, lambda: known.append(library.cleans_left))
    library.later(30, "take mail:1")
    done = library.eject()
    assert (done.slot, done.volume_tag, str(done.taken_from)) == (4, CLEANER, "mail:1")
    assert known == [37]
    assert library.cleaner is None
    assert library.place_of(CLEANER) is None
    assert library.reserved == 1004
    assert (library.last, library.mail_is_open) == (DONE, False)


def test_ctrl_c_says_where_the_cleaner_is_and_how_to_go_on(library: CleanerLibrary) -> None:
    def press() -> None:
        raise KeyboardInterrupt

    library.clock.plan(30, press)
    with pytest.raises(KeyboardInterrupt):
        library.eject()
    assert (
        f"{CLEANER} is in mail slot 1 still; to go on waiting: changer cleaner eject 4"
    ) in library.warnings
    assert (library.tag_at("mail:1"), library.cleans_left) == (CLEANER, 37)


def close_mail_slots(library: CleanerLibrary) -> None:
    """A person pushes them in."""
    with changing("library", folder=library.simulated) as state:
        state.change(mail_open=False)


def test_cleaner_that_was_put_back_is_not_gone_while_the_library_scans(
    library: CleanerLibrary,
) -> None:
    """Until its scan has ended, the library says that the mail slot is empty."""
    devices: list[FromMemory] = []

    def wire(inner: Transport) -> FromMemory:
        devices.append(FromMemory(library, inner))
        return devices[-1]

    with library.open(wire=wire) as opened:
        opened.read()
        library.later(200, "take mail:1")
        library.clock.plan(200, lambda: close_mail_slots(library))
        library.clock.plan(200, devices[0].look)
        library.later(200, f"put {CLEANER} mail:1")
        library.clock.plan(200, devices[0].scan)
        error = refusal(lambda: eject(opened, timeout_seconds=400))
    assert error.code == "operator-timeout"
    assert library.cleans_left == 37


def test_first_free_mail_slot_is_taken(library: CleanerLibrary) -> None:
    library.operate("put B00001L8 mail:1")
    library.later(20, "take mail:2")
    assert str(library.eject().taken_from) == "mail:2"
    assert library.tag_at("mail:1") == "B00001L8"


def test_next_eject_goes_on_waiting(library: CleanerLibrary) -> None:
    refusal(lambda: library.eject(timeout_seconds=60))
    moves = library.commands[MOVE_MEDIUM]
    library.later(20, "take mail:1")
    assert str(library.eject().taken_from) == "mail:1"
    assert library.commands[MOVE_MEDIUM] == moves
    assert library.cleaner is None
    assert library.rows("operations")[-1]["volume_tag"] == CLEANER


@pytest.mark.parametrize(("others", "goes_on"), [(98, True), (99, False)])
def test_eject_that_brought_out_what_was_taken_is_searched_among_the_newest_operations(
    library: CleanerLibrary, others: int, goes_on: bool
) -> None:
    """A hundred, of which the one that asks is itself one."""
    refusal(lambda: library.eject(timeout_seconds=60))
    library.fail_operations(others)
    library.operate("take mail:1", noticed=False)
    if goes_on:
        assert str(library.eject().taken_from) == "mail:1"
    else:
        assert refusal(library.eject).code == "slot-empty"


def test_eject_does_not_go_on_while_the_slot_is_out(library: CleanerLibrary) -> None:
    """Its cleaner may have been put back there."""
    refusal(lambda: library.eject(timeout_seconds=60))
    library.pull_magazine(1, noticed=False)
    assert refusal(library.eject).code == "slot-not-present"


@pytest.mark.parametrize("profile", ["demo", "bare"])
def test_next_eject_goes_on_waiting_for_one_without_a_label(
    make: MakeCleanerLibrary, profile: str
) -> None:
    extra = {"volume_tags": "blank"} if profile == "demo" else {"mail": 1, "mail_base": 50}
    library = make(profile, **extra)
    if profile == "demo":
        library.empty_mail()
    slot = {"demo": "4", "bare": "6"}[profile]
    library.operate(f"insert CLN001CU {slot}", noticed=False)
    library.reserve(slot)
    library.know_cleaner(None, 37)
    assert refusal(lambda: library.eject(timeout_seconds=60)).code == "operator-timeout"
    library.later(20, "take mail:1")
    assert library.eject().volume_tag is None
    assert library.cleaner is None


def test_cartridge_without_label_in_a_mail_slot_is_not_taken_for_the_cleaner(
    make: MakeCleanerLibrary,
) -> None:
    library = make(volume_tags="blank")
    library.empty_mail()
    library.reserve(SLOT)
    library.know_cleaner(None, 37)
    library.operate("put - mail:1")
    assert refusal(library.eject).code == "slot-empty"
    assert library.cleans_left == 37


def test_mail_slot_that_is_no_exit_is_passed_over(library: CleanerLibrary) -> None:
    library.fault("element mail:1 access=0")
    library.later(20, "take mail:2")
    assert str(library.eject().taken_from) == "mail:2"


def test_empty_slot_is_refused(demo: CleanerLibrary) -> None:
    demo.reserve(SLOT)
    error = refusal(demo.eject)
    assert (error.code, error.ntms and error.ntms.code) == ("slot-empty", 4306)


@pytest.mark.parametrize("place", ["drive:1", "picker"])
def test_cleaner_that_is_out_is_refused(library: CleanerLibrary, place: str) -> None:
    if place == "picker":
        library.fault("move-fails in-transport")
    library.move_behind_our_back(SLOT, "drive:1", fails=place == "picker")
    before = library.everything_that_matters()
    error = refusal(library.eject)
    assert (error.code, error.ntms and error.ntms.code) == ("cartridge-out", 170)
    assert f"changer move {place} 4" in (error.hint or "")
    assert library.everything_that_matters() == before


def test_data_cartridge_in_the_slot_is_not_ejected(demo: CleanerLibrary) -> None:
    demo.reserve(SLOT)
    demo.operate(f"insert B00001L8 {SLOT}", noticed=False)
    error = refusal(demo.eject)
    assert (error.code, error.ntms and error.ntms.code) == ("invalid-cleaner", 4310)
    assert demo.tag_at(SLOT) == "B00001L8"


def test_cleaner_that_the_store_does_not_know_is_ejected(demo: CleanerLibrary) -> None:
    demo.reserve(SLOT)
    demo.operate(f"insert {CLEANER} {SLOT}", noticed=False)
    demo.later(20, "take mail:1")
    assert demo.eject().volume_tag == CLEANER


def test_mail_slot_that_still_shows_what_was_taken_is_empty(make: MakeCleanerLibrary) -> None:
    """mhVTL leaves tag, medium type and source behind."""
    library = make("l700").with_cleaner("CLN009CU", slot="30")
    library.later(20, "take mail:1")
    assert library.eject().volume_tag == "CLN009CU"


def test_cleaner_that_a_person_lays_elsewhere_in_the_library_is_not_gone(
    library: CleanerLibrary,
) -> None:
    library.later(5, "swap mail:1 9")
    assert refusal(lambda: library.eject(timeout_seconds=30)).code == "operator-timeout"
    assert (library.tag_at("9"), library.cleans_left) == (CLEANER, 37)


def test_slot_can_be_released_afterwards(library: CleanerLibrary) -> None:
    library.later(20, "take mail:1")
    library.eject()
    with library.open() as opened:
        assert release(opened).slot == 4
    assert library.reserved is None


def test_eject_after_the_cleaner_was_taken_without_one_finds_that_it_is_out(
    library: CleanerLibrary,
) -> None:
    refusal(lambda: library.eject(timeout_seconds=10))
    refusal(lambda: library.eject(timeout_seconds=10))
    library.operate("take mail:1")
    moves = library.commands[MOVE_MEDIUM]
    done = library.eject()
    assert (done.volume_tag, str(done.taken_from)) == (CLEANER, "mail:1")
    assert (library.cleaner, library.last, library.reserved) == (None, DONE, 1004)
    assert library.commands[MOVE_MEDIUM] == moves
    assert library.rows("operations")[-1]["volume_tag"] == CLEANER


@pytest.mark.parametrize(
    ("hidden", "told"),
    [
        ("drive:0 ed=1", "may be in drive 0 (the library reports it as disabled)"),
        ("9 listed=0", "may be in slot 9 (the library omits it from its element status)"),
        ("mail:2 access=0", "may be in mail slot 2 (it is not accessible (ACCESS=0))"),
    ],
)
def test_cleaner_that_may_be_out_of_sight_is_not_taken_for_gone(
    library: CleanerLibrary, hidden: str, told: str
) -> None:
    refusal(lambda: library.eject(timeout_seconds=10))
    library.operate("take mail:1")
    library.fault(f"element {hidden}")
    error = refusal(library.eject)
    assert error.code == "slot-empty" and told in error.message
    assert library.cleans_left == 37


@pytest.mark.parametrize("was_taken", [True, False])
def test_next_eject_goes_on_where_the_mail_slots_were_left_open(
    library: CleanerLibrary, was_taken: bool
) -> None:
    """Nothing is told of an open mail slot (ACCESS=0); a process that was killed left it so."""
    refusal(lambda: library.eject(timeout_seconds=10))
    with changing("library", folder=library.simulated) as state:
        state.change(mail_open=True)
    if was_taken:
        library.operate("take mail:1")
    else:
        library.later(20, "take mail:1")
    assert str(library.eject().taken_from) == "mail:1"
    assert (library.cleaner, library.mail_is_open) == (None, False)


def test_cleaner_that_a_person_took_out_of_its_slot_is_recorded_as_out(
    library: CleanerLibrary,
) -> None:
    library.operate("remove 4", noticed=False)
    assert (str(library.eject(may_be_gone=True).taken_from), library.cleaner) == (SLOT, None)
    with library.store() as store:
        (away,) = store.cleaners(library.id)
    assert (away.volume_tag, away.cleans_left, away.slot_address) == (CLEANER, 37, None)


def test_cleaner_that_an_element_may_hold_unseen_is_not_recorded_as_out(
    library: CleanerLibrary,
) -> None:
    library.operate("remove 4", noticed=False)
    library.fault("element 9 ed=1")
    error = refusal(lambda: library.eject(may_be_gone=True))
    assert error.code == "slot-empty"
    assert f"{CLEANER} is not shown, and may be in slot 9" in error.message
    assert library.cleans_left == 37


def test_cleaner_that_was_laid_elsewhere_is_said_to_be_there(library: CleanerLibrary) -> None:
    library.move_behind_our_back(SLOT, "9")
    error = refusal(library.eject)
    assert error.code == "slot-empty"
    assert f"{CLEANER} is in slot 9" in error.message
    assert "changer cleaner insert --from 9" in (error.hint or "")


@pytest.mark.parametrize("arranged", ["clean", "insert"])
def test_eject_of_long_ago_says_nothing_of_a_cleaner_that_came_back(
    library: CleanerLibrary, arranged: str
) -> None:
    refusal(lambda: library.eject(timeout_seconds=10))
    library.insert("mail:1")
    if arranged == "clean":
        library.clean()
    library.operate("remove 4", noticed=False)
    assert refusal(library.eject).code == "slot-empty"
    taken_from = library.eject(may_be_gone=True).taken_from
    assert str(taken_from) == SLOT, "not the mail slot of that time"


# Libraries that take away what comes to a mail slot (AWS Tape Gateway, QUADStor)


@pytest.mark.parametrize("tag", [CLEANER, None])
@pytest.mark.parametrize("spare", [False, True])
def test_cleaner_that_is_gone_before_the_first_look_is_out(
    make: MakeCleanerLibrary, tag: str | None, spare: bool
) -> None:
    library = make("demo", **({} if tag else {"volume_tags": "blank"}))
    library.empty_mail()
    library.with_cleaner(cleans=37)
    library.know_cleaner(tag, 37)
    if spare:
        library.operate(f"insert {CLEANER} 9", noticed=False)

    def take_away(_: int, cdb: bytes) -> None:
        if cdb[0] == MOVE_MEDIUM:
            library.operate("remove mail:1", noticed=False)

    with library.open(wire=lambda inner: Wire(inner, after=take_away)) as opened:
        done = eject(opened)
    assert (done.volume_tag, str(done.taken_from)) == (tag, "mail:1")
    assert (library.cleaner, library.last, library.reserved) == (None, DONE, 1004)
    assert library.commands[OPEN_CLOSE] == 0, "nobody is asked to take it"


# At the door


@pytest.fixture
def bare(make: MakeCleanerLibrary) -> CleanerLibrary:
    """A library without mail slots, whose cleaner is in slot 6."""
    return make("bare", volume_tags="reported").with_cleaner(slot="6", cleans=37)


def test_without_mail_slots_a_person_takes_it_out_at_the_door(bare: CleanerLibrary) -> None:
    bare.later_fault(10, "door open")
    bare.later(30, "remove 6")
    bare.later_fault(60, "door closed")
    done = bare.eject()
    assert (done.slot, str(done.taken_from)) == (6, "6")
    assert bare.clock.time - START >= 60
    assert (bare.cleaner, bare.last) == (None, DONE)
    assert bare.commands[MOVE_MEDIUM] == 0


def test_without_mail_slots_a_magazine_that_goes_out_takes_no_cleaner_out_of_the_store(
    make: MakeCleanerLibrary,
) -> None:
    library = make("bare", volume_tags="reported", magazine_size=3).with_cleaner(slot="6")
    library.later_fault(10, "magazine-out 2")
    assert refusal(lambda: library.eject(timeout_seconds=60)).code == "operator-timeout"
    assert library.cleans_left == 50


# A label that stands twice


def test_eject_ends_when_it_was_taken_though_a_spare_bears_its_label(
    library: CleanerLibrary,
) -> None:
    library.operate(f"insert {CLEANER} 9", noticed=False)
    library.later(20, "take mail:1")
    assert library.eject().volume_tag == CLEANER
    assert (library.cleaner, library.tag_at("9")) == (None, CLEANER)


def test_spare_that_another_process_moves_meanwhile_does_not_hold_the_eject_up(
    library: CleanerLibrary,
) -> None:
    library.operate(f"insert {CLEANER} 9", noticed=False)
    library.clock.plan(10, lambda: library.move_behind_our_back("9", "10"))
    library.later(20, "take mail:1")
    assert library.eject().volume_tag == CLEANER
    assert library.tag_at("10") == CLEANER


def test_spare_in_a_mail_slot_is_not_taken_for_the_cleaner_that_is_in_its_slot(
    library: CleanerLibrary,
) -> None:
    library.operate(f"put {CLEANER} mail:1")
    library.later(20, "take mail:2")
    assert str(library.eject().taken_from) == "mail:2"
    assert (library.tag_at(SLOT), library.tag_at("mail:1")) == (None, CLEANER)


def test_eject_goes_on_waiting_for_the_one_of_two_that_came_from_the_slot(
    library: CleanerLibrary,
) -> None:
    library.operate("put B00001L8 mail:1")
    refusal(lambda: library.eject(timeout_seconds=60))
    library.operate("take mail:1")
    library.operate(f"put {CLEANER} mail:1")
    library.later(20, "take mail:2")
    assert str(library.eject().taken_from) == "mail:2"
    assert (library.cleaner, library.tag_at("mail:1")) == (None, CLEANER)


def test_cleaner_that_was_laid_beside_its_spare_is_not_gone(library: CleanerLibrary) -> None:
    library.operate(f"insert {CLEANER} 9", noticed=False)
    library.later(5, "swap mail:1 10")
    error = refusal(lambda: library.eject(timeout_seconds=30))
    assert error.code == "operator-timeout"
    assert "timed out after 30 s waiting for someone to take CLN001CU out" in error.message
    assert error.hint == (
        "mail slot 1 is empty, but CLN001CU is in slot 9 and slot 10; "
        "changer cleaner insert --from PLACE brings it back"
    )
    assert library.cleans_left == 37


def test_time_out_after_the_cleaner_was_laid_elsewhere_names_the_way_to_bring_it_back(
    library: CleanerLibrary,
) -> None:
    library.later(5, "swap mail:1 10")
    error = refusal(lambda: library.eject(timeout_seconds=30))
    assert error.hint == (
        "mail slot 1 is empty, but CLN001CU is in slot 10; "
        "changer cleaner insert --from 10 brings it back"
    )


def test_time_out_after_the_cleaner_was_laid_back_says_that_it_is_there(
    library: CleanerLibrary,
) -> None:
    library.later(5, "swap mail:1 10")
    library.later(15, "swap mail:1 10")
    error = refusal(lambda: library.eject(timeout_seconds=30))
    assert error.code == "operator-timeout"
    assert error.hint == (
        "CLN001CU is in mail slot 1 still; to go on waiting: changer cleaner eject 4"
    )


def test_time_out_while_the_library_is_open_does_not_say_that_the_cleaner_is_there_still(
    library: CleanerLibrary,
) -> None:
    library.later(5, "take mail:1")
    library.later_fault(5, "element mail:1 access=0")
    error = refusal(lambda: library.eject(timeout_seconds=30))
    assert error.code == "operator-timeout"
    assert "can't tell whether mail slot 1 is empty" in (error.hint or "")
    assert library.cleans_left == 37


def test_cleaner_that_a_quick_person_took_at_once_is_out(make: MakeCleanerLibrary) -> None:
    library = make(cleaners=0).with_cleaner()

    def take(_: int, cdb: bytes) -> None:
        if cdb[0] == MOVE_MEDIUM:
            library.operate("remove mail:1", noticed=False)

    with library.open(wire=partial(Wire, after=take)) as opened:
        assert eject(opened).volume_tag == CLEANER
    assert library.cleaner is None
    assert library.last == DONE


def test_another_cleaner_that_came_to_the_slot_meanwhile_stays_on_record(
    library: CleanerLibrary,
) -> None:
    """A person takes the first one, and has laid the next into the slot before that was seen."""
    other = "CLN002CU"

    def change() -> None:
        library.operate("take mail:1")
        library.operate(f"insert {other} {SLOT}")
        library.insert(SLOT)

    library.clock.plan(4, change)
    library.eject(timeout_seconds=60)
    with library.store() as store:
        rows = {each.volume_tag: each.slot_address for each in store.cleaners(library.id)}
    assert rows == {CLEANER: None, other: 1004}
