"""A cleaning cartridge comes in: through a mail slot, from a place, by hand at the door."""

from __future__ import annotations

import signal
from typing import Any

import pytest
from driver.virtual_library import READ_ELEMENT_STATUS, Wire

from changer.cleaning.insert import MOST_CLEANS, insert
from changer.journal.operations import Callbacks
from changer.library.addressing import parse_place

from .cleaner_library import ADDRESS, CLEANER, SLOT, CleanerLibrary, LastOperation, refusal
from .conftest import MakeCleanerLibrary

OPEN_CLOSE, PREVENT_ALLOW = 0x1B, 0x1E
DONE = LastOperation("insert", "completed", "ERROR_SUCCESS")


@pytest.fixture
def library(demo: CleanerLibrary) -> CleanerLibrary:
    """Slot 4 is reserved and empty, as are the mail slots."""
    demo.reserve(SLOT)
    return demo


# Through a mail slot


def test_cleaner_that_a_person_puts_into_a_mail_slot_is_brought_in(library: CleanerLibrary) -> None:
    library.later(30, "put CLN007CU mail:2")
    done = library.insert()
    assert (done.slot, done.address, done.volume_tag, done.cleans_left) == (
        4,
        ADDRESS,
        "CLN007CU",
        50,
    )
    assert library.tag_at(SLOT) == "CLN007CU"
    assert (library.tag_at("mail:2"), library.mail_is_open) == (None, False)
    assert (library.cleaner.volume_tag, library.cleans_left) == ("CLN007CU", 50)  # type: ignore[union-attr]
    assert library.last == DONE


def test_cleaner_that_lies_in_a_mail_slot_already_is_taken(make: MakeCleanerLibrary) -> None:
    library = make()
    library.reserve(SLOT)
    assert library.insert().volume_tag == CLEANER
    assert library.tag_at(SLOT) == CLEANER
    assert library.clock.time - 1_700_000_000 < 5


def test_data_cartridge_that_lay_in_a_mail_slot_is_nobodys_answer(library: CleanerLibrary) -> None:
    library.operate("put B00001L8 mail:1")
    library.later(10, "put CLN007CU")
    assert library.insert().volume_tag == "CLN007CU"
    assert library.tag_at("mail:1") == "B00001L8"


@pytest.mark.parametrize("label", ["NU01L9", "L9CLNU01", "-"])
def test_what_lies_in_a_mail_slot_and_is_not_known_for_a_cleaner_is_said_at_once(
    make: MakeCleanerLibrary, label: str
) -> None:
    """As it is when the library is set to leave parts of a label out, or to put them in front."""
    library = make("autoloader", medium_types=False, cleaner_medium_type=False, cleaner_sense=None)
    library.reserve("8")
    library.operate(f"put {label} mail:1", noticed=False)
    said: list[list[str]] = []
    library.clock.plan(1, lambda: said.append(library.warnings.copy()))
    assert refusal(lambda: library.insert(timeout_seconds=10)).code == "operator-timeout"
    name = "the cartridge without a label" if label == "-" else label
    told = "is in mail slot 1; if it is the cleaner: changer cleaner insert --from mail:1"
    assert said == [[f"{name} {told} --assume-cleaner"]]
    done = library.insert("mail:1", assume_cleaner=True, cleans_left=50)
    assert done.volume_tag == (None if label == "-" else label)


def test_only_cartridge_in_the_mail_slots_is_taken_when_a_person_says_that_it_is_the_cleaner(
    make: MakeCleanerLibrary,
) -> None:
    library = make("autoloader", medium_types=False, cleaner_medium_type=False, cleaner_sense=None)
    library.reserve("8")
    library.operate("put NU01L9 mail:1", noticed=False)
    assert library.insert(assume_cleaner=True, cleans_left=50).volume_tag == "NU01L9"
    assert library.clock.time - 1_700_000_000 < 5
    assert not library.warnings


def test_cleaner_in_a_drive_that_has_another_slot_is_named_to_who_is_waited_for(
    library: CleanerLibrary,
) -> None:
    library.operate("insert CLN007CU 9", noticed=False)
    library.move_behind_our_back("9", "drive:0")
    library.later(10, "put CLN008CU mail:2")
    assert library.insert().volume_tag == "CLN008CU"
    assert library.warnings == [
        "CLN007CU is in drive 0; if it is the cleaner: changer cleaner insert --from drive:0"
    ]


def test_cleaner_that_comes_beside_one_that_lay_there_is_the_one_that_is_meant(
    library: CleanerLibrary,
) -> None:
    library.operate("put B00001L8 mail:1")
    library.later(10, "take mail:1", "put CLN008CU mail:1")
    assert library.insert().volume_tag == "CLN008CU"


@pytest.mark.parametrize("tag", ["B00001L8", "-"])
def test_data_cartridge_is_no_answer_and_stays_where_it_is(
    library: CleanerLibrary, tag: str
) -> None:
    library.later(10, f"put {tag} mail:2")
    error = refusal(library.insert)
    assert (error.code, error.ntms and error.ntms.code) == ("invalid-cleaner", 4310)
    assert "mail slot 2" in error.message
    assert library.tag_at("mail:2") == tag.replace("-", "")
    assert (library.tag_at(SLOT), library.cleaner, library.mail_is_open) == (None, None, False)
    assert library.last == LastOperation("insert", "failed", "ERROR_INVALID_CLEANER")


def test_two_cartridges_at_once_are_no_answer(library: CleanerLibrary) -> None:
    library.later(10, "put CLN007CU mail:1", "put CLN008CU mail:2")
    error = refusal(library.insert)
    assert error.code == "several-cartridges"
    assert "CLN007CU in mail slot 1, CLN008CU in mail slot 2" in error.message
    assert (library.tag_at(SLOT), library.cleaner) == (None, None)
    assert (library.tag_at("mail:1"), library.tag_at("mail:2")) == ("CLN007CU", "CLN008CU")


def test_two_cleaners_that_lay_there_are_no_answer(library: CleanerLibrary) -> None:
    library.operate("put CLN007CU mail:1")
    library.operate("put CLN008CU mail:2")
    assert refusal(library.insert).code == "several-cartridges"


def test_cartridge_whose_label_is_read_late_is_looked_at_again(library: CleanerLibrary) -> None:
    """One look falls between: many libraries show FULL before they have read the label."""
    looks: list[float] = []

    def before_reading(_: int, cdb: bytes) -> None:
        if cdb[0] == READ_ELEMENT_STATUS and library.clock.time - 1_700_000_000 > 10:
            looks.append(library.clock.time)
            if len(looks) == 1:
                library.operate("put - mail:1", noticed=False)
            elif len(looks) == 2:
                library.operate("take mail:1", noticed=False)
                library.operate("put CLN007CU mail:1", noticed=False)

    with library.open(wire=lambda inner: Wire(inner, before=before_reading)) as opened:
        assert insert(opened).volume_tag == "CLN007CU"


def test_operation_is_told_as_soon_as_it_has_an_id(library: CleanerLibrary) -> None:
    told: list[str] = []
    library.later(1, "put CLN007CU")
    with library.open() as opened:
        done = insert(opened, callbacks=Callbacks(started=told.append))
    assert told == [done.operation_id]


def test_mail_slot_that_the_library_does_not_open_is_opened_by_the_person(
    library: CleanerLibrary,
) -> None:
    library.fault("sense 05/53/02 on 1B")
    library.later(10, "put CLN007CU")
    assert library.insert().volume_tag == "CLN007CU"


def test_library_that_is_not_ready_while_its_mail_slot_is_open_is_waited_for(
    library: CleanerLibrary,
) -> None:
    def open_means_not_ready(_: int, cdb: bytes) -> None:
        if cdb[0] == OPEN_CLOSE and cdb[4] == 0:
            library.fault("door open")

    library.operate("put B00001L8 mail:1")
    library.later(20, "put CLN007CU")
    library.later_fault(40, "door closed")
    opening = library.open(wire=lambda inner: Wire(inner, after=open_means_not_ready))
    with opening as opened:
        assert insert(opened).volume_tag == "CLN007CU"


def test_library_that_is_never_ready_again_is_a_time_out(library: CleanerLibrary) -> None:
    library.later_fault(5, "door open")
    error = refusal(lambda: library.insert(timeout_seconds=60))
    assert error.code == "operator-timeout"
    assert library.clock.time - 1_700_000_000 < 90


def test_device_that_goes_away_while_waiting_fails(library: CleanerLibrary) -> None:
    library.later_fault(5, "unplugged")
    assert refusal(library.insert).code == "device-not-available"
    assert library.last == LastOperation("insert", "failed", "ERROR_DEVICE_NOT_AVAILABLE")


def test_slot_that_is_filled_while_waiting_is_refused_and_nothing_moves(
    library: CleanerLibrary,
) -> None:
    library.later(5, f"insert B00001L8 {SLOT}", "put CLN007CU mail:1")
    error = refusal(library.insert)
    assert error.code == "slot-full"
    assert (library.tag_at(SLOT), library.tag_at("mail:1")) == ("B00001L8", "CLN007CU")
    assert library.cleaner is None


def test_slot_that_is_released_while_waiting_is_refused_and_nothing_moves(
    library: CleanerLibrary,
) -> None:
    library.clock.plan(5, lambda: library.execute("DELETE FROM reservations"))
    library.later(6, "put CLN007CU mail:1")
    assert refusal(library.insert).code == "no-slot-set"
    assert library.tag_at("mail:1") == "CLN007CU"


def test_move_without_a_reply_that_was_made_is_done(library: CleanerLibrary) -> None:
    library.later(5, "put CLN007CU mail:1")
    library.fault("move-hangs at-destination")
    assert library.insert().volume_tag == "CLN007CU"
    assert library.commands[0xA5] == 1


# From a place


@pytest.mark.parametrize("source", ["9", "@1009", "CLN007CU", "mail:1"])
def test_cleaner_that_is_in_the_library_is_brought_from_there(
    library: CleanerLibrary, source: str
) -> None:
    place = {"@1009": "9", "CLN007CU": "9"}.get(source, source)
    library.operate(f"insert CLN007CU {place}", noticed=False)
    done = library.insert(source)
    assert (done.volume_tag, done.cleans_left) == ("CLN007CU", 50)
    assert (library.tag_at(SLOT), library.tag_at(place)) == ("CLN007CU", None)
    assert library.cleans_left == 50
    assert library.commands[OPEN_CLOSE] == 0


def test_cleaner_in_a_drive_may_be_the_slots_own_and_is_refused(library: CleanerLibrary) -> None:
    library.operate("insert CLN007CU drive:0", noticed=False)
    before = library.everything_that_matters()
    assert refusal(lambda: library.insert("drive:0")).code == "cartridge-out"
    assert library.everything_that_matters() == before


def test_cleaner_in_the_reserved_slot_is_taken_over(library: CleanerLibrary) -> None:
    library.operate(f"insert CLN007CU {SLOT}", noticed=False)
    done = library.insert(SLOT)
    assert (done.volume_tag, done.cleans_left, library.cleans_left) == ("CLN007CU", 50, 50)
    assert library.commands[0xA5] == 0


def test_cleaner_that_is_known_keeps_its_count_when_it_is_taken_over_again(
    library: CleanerLibrary,
) -> None:
    library.operate(f"insert CLN007CU {SLOT}", noticed=False)
    library.know_cleaner("CLN007CU", 37)
    assert library.insert(SLOT).cleans_left == 37
    assert library.insert(SLOT, cleans_left=12).cleans_left == 12


def test_cleaner_in_its_slot_keeps_its_count_though_it_has_a_spare(demo: CleanerLibrary) -> None:
    demo.with_cleaner(cleans=37)
    demo.operate(f"insert {CLEANER} 9", noticed=False)
    assert demo.insert(SLOT).cleans_left == 37


def test_slot_that_has_its_cleaner_already_is_full_and_says_so(demo: CleanerLibrary) -> None:
    error = refusal(lambda: demo.with_cleaner().insert("mail:1"))
    assert error.code == "slot-full"
    assert error.hint == "it is the cleaner already; changer cleaner eject 4 takes it out"


def test_where_every_reserved_slot_is_full_another_one_is_offered(demo: CleanerLibrary) -> None:
    demo.with_cleaner()
    demo.reserve("6")
    demo.operate("insert CLN002CU 9", noticed=False)
    demo.insert("9")
    assert demo.tag_at("6") == "CLN002CU"
    error = refusal(demo.insert)
    assert (error.code, "slot 4" in error.message) == ("slot-full", True)
    assert str(error.hint).endswith("or keep another slot: changer cleaner reserve SLOT")


def test_cleaner_of_a_second_slot_that_was_not_taken_out_goes_back_there(
    demo: CleanerLibrary,
) -> None:
    demo.with_cleaner()
    demo.reserve("6")
    demo.operate("insert CLN002CU 9", noticed=False)
    demo.insert("9", cleans_left=37)
    place = parse_place("6")
    assert refusal(lambda: demo.eject(place=place, timeout_seconds=10)).code == "operator-timeout"
    done = demo.insert()
    assert (done.volume_tag, done.cleans_left) == ("CLN002CU", 37)
    assert demo.tag_at("6") == "CLN002CU"


def test_cleaner_without_a_label_that_is_taken_over_again_may_be_a_new_one(
    make: MakeCleanerLibrary,
) -> None:
    library = make(volume_tags="blank").with_cleaner("", cleans=37)
    assert library.insert(SLOT, assume_cleaner=True).cleans_left == 50


def test_cleaner_that_was_not_taken_out_comes_back_with_its_count(demo: CleanerLibrary) -> None:
    demo.with_cleaner(cleans=37)
    assert refusal(lambda: demo.eject(timeout_seconds=10)).code == "operator-timeout"
    assert demo.insert().cleans_left == 37
    assert demo.tag_at(SLOT) == CLEANER


def test_spare_with_the_label_of_a_cleaner_that_was_not_taken_out_does_not_get_its_count(
    demo: CleanerLibrary,
) -> None:
    demo.with_cleaner(cleans=37)
    demo.operate(f"insert {CLEANER} 9", noticed=False)
    assert refusal(lambda: demo.eject(timeout_seconds=10)).code == "operator-timeout"
    assert demo.insert("9").cleans_left == 50


@pytest.mark.parametrize("names_source", [True, False], ids=["by the library", "by the journal"])
def test_cleaner_that_was_not_taken_out_comes_back_with_its_count_though_it_has_a_spare(
    demo: CleanerLibrary, names_source: bool
) -> None:
    demo.with_cleaner(cleans=37)
    demo.operate(f"insert {CLEANER} 9", noticed=False)
    assert refusal(lambda: demo.eject(timeout_seconds=10)).code == "operator-timeout"
    if not names_source:
        _change_cartridge(demo, "mail:1", source_address=None)
    assert demo.insert("mail:1").cleans_left == 37


def test_label_that_comes_back_takes_up_its_count_until_a_person_says_otherwise(
    demo: CleanerLibrary,
) -> None:
    demo.with_cleaner(cleans=3)
    demo.operate(f"insert {CLEANER} 9", noticed=False)
    demo.later(20, "take mail:1")
    demo.eject()
    assert demo.insert("9").cleans_left == 3
    assert demo.insert(SLOT, cleans_left=50).cleans_left == 50


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("1", "invalid-cleaner"),
        (SLOT, "slot-empty"),
        ("9", "source-empty"),
        ("drive:1", "source-empty"),
        ("drive:9", "no-such-drive"),
        ("13", "invalid-slot"),
        ("@9", "invalid-slot"),
        ("NOSUCH", "volume-not-found"),
        ("A00001L8", "invalid-cleaner"),
    ],
)
def test_source_that_has_no_cleaner_is_refused(
    library: CleanerLibrary, source: str, code: str
) -> None:
    before = library.everything_that_matters()
    assert refusal(lambda: library.insert(source)).code == code
    assert library.everything_that_matters() == before
    assert (library.last.kind, library.last.state) == ("insert", "failed")


def test_data_cartridge_in_the_reserved_slot_is_not_taken_over(library: CleanerLibrary) -> None:
    library.operate(f"insert B00001L8 {SLOT}", noticed=False)
    assert refusal(lambda: library.insert(SLOT)).code == "invalid-cleaner"
    assert library.cleaner is None


def test_cleaner_that_is_out_in_a_drive_is_not_taken_over(demo: CleanerLibrary) -> None:
    demo.with_cleaner()
    demo.move_behind_our_back(SLOT, "drive:0")
    assert refusal(lambda: demo.insert(SLOT)).code == "cartridge-out"


# What the library can't tell


@pytest.mark.parametrize("tag", ["ZZZ001", "-"])
def test_cartridge_that_a_person_says_is_a_cleaner_is_one(
    make: MakeCleanerLibrary, tag: str
) -> None:
    library = make("exabyte")
    library.reserve("15")
    library.later(5, f"put {tag}")
    done = library.insert(assume_cleaner=True, cleans_left=7)
    label = tag.replace("-", "") or None
    assert (done.volume_tag, done.cleans_left) == (label, 7)
    assert library.tag_at("15") == (label or "")


@pytest.mark.parametrize("tag", ["ZZZ001", "-"])
def test_cartridge_that_was_said_to_be_a_cleaner_stays_one(
    make: MakeCleanerLibrary, tag: str
) -> None:
    """What was said at its coming in is not asked again at every use."""
    library = make(
        "autoloader",
        medium_types=False,
        cleaner_medium_type=False,
        cleaner_sense=None,
        cleaning_seconds=20,
    )
    library.reserve("8")
    library.later(5, f"put {tag}")
    library.insert(assume_cleaner=True, cleans_left=7)
    _change_cartridge(library, "8", medium_type=2, cleans_allowed=50)  # truly, whatever it says
    done = library.clean()
    assert (done.cleans_left, library.truth.drives[0].cleaned) == (6, 1)
    assert library.tag_at("8") == tag.replace("-", "")
    library.later(20, "take mail:1")
    assert library.eject().slot == 8


def _change_cartridge(library: CleanerLibrary, place: str, **fields: Any) -> None:
    """Something else is true of the cartridge there."""
    from dataclasses import replace

    from changer.simulator.catalogue import changing

    address = library.address_of(place)
    with changing("library", folder=library.simulated) as state:
        known = state.cartridges[address]
        state.put(address, replace(known, **fields))


def test_cartridge_of_unknown_kind_is_refused_without_that_word(make: MakeCleanerLibrary) -> None:
    library = make("exabyte")
    library.reserve("15")
    library.later(5, "put ZZZ001")
    error = refusal(lambda: library.insert(cleans_left=7))
    assert error.code == "invalid-cleaner"
    assert "--assume-cleaner" in (error.hint or "")
    assert library.tag_at("mail:1") == "ZZZ001"


# How often it still cleans


@pytest.mark.parametrize(
    ("profile", "slot", "tag", "cleans"),
    [
        ("demo", "4", "CLN001CU", 50),
        ("demo", "4", "CLNU01L1", 50),
        ("demo", "4", "CLN123S", 20),
        ("demo", "4", "CLN001JA", 50),
        ("demo", "4", "CLNX", 50),  # not by its label, but by the drives, which are LTO
    ],
)
def test_cleans_left_are_those_of_its_kind(
    make: MakeCleanerLibrary, profile: str, slot: str, tag: str, cleans: int
) -> None:
    library = make(profile)
    library.reserve(slot)
    library.operate(f"insert {tag} 9", noticed=False)
    assert library.insert("9").cleans_left == cleans


def test_cleans_left_are_asked_for_where_the_kind_is_not_known(make: MakeCleanerLibrary) -> None:
    library = make("p3000")
    library.reserve("30")
    library.operate("insert CLNX 31", noticed=False)
    asked: list[str | None] = []

    def ask(tag: str | None) -> int:
        asked.append(tag)
        return 13

    assert library.insert("31", ask_cleans=ask).cleans_left == 13
    assert asked == ["CLNX"]


def test_question_for_cleans_left_ends_with_the_signal_of_who_is_asked(
    make: MakeCleanerLibrary,
) -> None:
    library = make("p3000")
    library.reserve("30")
    library.operate("insert CLNX 31", noticed=False)
    answered: list[int] = []

    def ask(_: str | None) -> int:
        signal.raise_signal(signal.SIGINT)
        answered.append(13)
        return 13

    with pytest.raises(KeyboardInterrupt):
        library.insert("31", ask_cleans=ask)
    assert answered == []
    assert library.tag_at("31") == "CLNX"


def test_cleans_left_that_nobody_knows_are_refused(make: MakeCleanerLibrary) -> None:
    library = make("p3000")
    library.reserve("30")
    library.operate("insert CLNX 31", noticed=False)
    before = library.everything_that_matters()
    error = refusal(lambda: library.insert("31"))
    assert error.code == "usage"
    assert "--cleans-left" in (error.hint or "")
    assert library.everything_that_matters() == before


@pytest.mark.parametrize("cleans", [0, 1, 49, MOST_CLEANS])
def test_cleans_left_are_what_the_caller_says(library: CleanerLibrary, cleans: int) -> None:
    library.operate("insert CLN001CU 9", noticed=False)
    assert library.insert("9", cleans_left=cleans).cleans_left == cleans
    assert library.cleans_left == cleans


@pytest.mark.parametrize("cleans", [-1, MOST_CLEANS + 1])
def test_cleans_left_that_can_t_be_are_refused_before_anything(
    library: CleanerLibrary, cleans: int
) -> None:
    operations = len(library.rows("operations"))
    assert refusal(lambda: library.insert(cleans_left=cleans)).code == "usage"
    assert library.commands.total() == 0
    assert len(library.rows("operations")) == operations


def test_wrong_answer_to_the_question_is_refused(make: MakeCleanerLibrary) -> None:
    library = make("p3000")
    library.reserve("30")
    library.operate("insert CLNX 31", noticed=False)
    assert refusal(lambda: library.insert("31", ask_cleans=lambda _: -3)).code == "usage"
    assert library.tag_at("31") == "CLNX"


# At the door


@pytest.fixture
def bare(make: MakeCleanerLibrary) -> CleanerLibrary:
    """A library without mail slots, whose slot 6 is reserved; it reads labels."""
    library = make("bare", volume_tags="reported")
    library.reserve("6")
    return library


def test_without_mail_slots_a_person_puts_it_into_the_slot_itself(bare: CleanerLibrary) -> None:
    bare.later_fault(10, "door open")
    bare.later(30, "insert CLN007CU 6")
    bare.later_fault(60, "door closed")
    done = bare.insert(cleans_left=5)
    assert (done.slot, done.volume_tag, done.cleans_left) == (6, "CLN007CU", 5)
    assert bare.clock.time - 1_700_000_000 >= 60
    assert bare.cleans_left == 5
    assert bare.commands[0xA5] == 0
    assert bare.last == DONE


def test_without_mail_slots_what_is_shown_while_the_library_is_not_ready_is_no_answer(
    bare: CleanerLibrary,
) -> None:
    bare.later_fault(5, "sense 02/04/12 always on 00")
    bare.later(10, "insert CLN009CU 6")
    bare.later(30, "remove 6", "insert CLN007CU 6")
    bare.later_fault(60, "clear")
    assert bare.insert(cleans_left=5).volume_tag == "CLN007CU"


def test_without_mail_slots_a_wrong_cartridge_is_refused_and_stays(bare: CleanerLibrary) -> None:
    bare.later(30, "insert B00001L8 6")
    assert refusal(lambda: bare.insert(cleans_left=5)).code == "invalid-cleaner"
    assert (bare.tag_at("6"), bare.cleaner) == ("B00001L8", None)


def test_without_mail_slots_and_labels_the_word_of_a_person_counts(
    make: MakeCleanerLibrary,
) -> None:
    library = make("bare")
    library.reserve("6")
    library.later(30, "insert CLN007CU 6")
    done = library.insert(assume_cleaner=True, cleans_left=5)
    assert (done.volume_tag, done.cleans_left) == (None, 5)


def test_cleaner_whose_home_holds_another_of_its_label_leaves_that_its_row(
    make: MakeCleanerLibrary,
) -> None:
    """The library says that it came from there, which it did, before the other came."""
    library = make(cleaners=0).with_cleaner(cleans=7)
    library.reserve("9")
    library.move_behind_our_back(SLOT, "mail:2")
    library.operate(f"insert {CLEANER} {SLOT}", noticed=False)
    library.insert("mail:2", cleans_left=20)
    with library.store() as store:
        found = {each.slot_address: each.cleans_left for each in store.cleaners(library.id)}
    assert found == {library.address_of(SLOT): 7, library.address_of("9"): 20}


def test_cleaner_in_a_drive_is_said_before_the_door_is_waited_for(make: MakeCleanerLibrary) -> None:
    """Whoever means that one waits for nothing."""
    library = make("bare", volume_tags="reported")
    library.reserve("6")
    library.operate("remove 1", noticed=False)
    library.operate(f"insert {CLEANER} 1", noticed=False)
    library.move_behind_our_back("1", "drive:0")
    library.later(10, "insert CLN002CU 6")
    library.insert(cleans_left=7)
    command = "changer cleaner insert --from drive:0"
    assert library.warnings == [f"{CLEANER} is in drive 0; if it is the cleaner: {command}"]
