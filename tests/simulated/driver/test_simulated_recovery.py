"""Moves that nobody confirmed are settled by what the library says, and brought home."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from changer.cleaning.recover import RecoveryReport, recover, settle_without_motion
from changer.errors import (
    CartridgeMissing,
    ChangerError,
    LibraryBusy,
    LibraryDisabled,
    RecoveryNeeded,
    UsageError,
)
from changer.journal.open_moves import NO_OPTIONS, RecoveryAction, RecoveryOptions
from changer.journal.recovery_words import plan_words
from changer.library.addressing import parse_place
from changer.library.library import Library
from changer.library.settings import LibrarySettings
from changer.lock.flock import LibraryLock
from changer.moves.execute import move
from changer.transport.dry_run import DryRun

from .acts import attempt, outcomes
from .conftest import MakeLibrary
from .virtual_library import (
    INQUIRY,
    MOVE_MEDIUM,
    READ_ELEMENT_STATUS,
    VirtualLibrary,
    Wire,
    error_of,
)

TAG = "A00001L8"


@pytest.fixture(params=["labelled", "unlabelled"])
def library(request: pytest.FixtureRequest, make_library: MakeLibrary) -> VirtualLibrary:
    """The demo library, whose slot 1 is to be loaded; it reads labels, or none at all."""
    if request.param == "labelled":
        return make_library("demo")
    return make_library("demo", volume_tags="blank")


def intend(
    library: VirtualLibrary,
    source: str,
    destination: str,
    second: str | None = None,
    *,
    tag: str | None = TAG,
    second_tag: str | None = None,
    operation_id: str | None = None,
) -> None:
    """A process wrote this intent, and died."""
    with library.open() as opened:
        opened.store.begin_move(
            library.id,
            kind="move" if second is None else "exchange",
            source_address=library.address_of(source),
            destination_address=library.address_of(destination),
            second_destination_address=None if second is None else library.address_of(second),
            volume_tag=tag,
            second_volume_tag=second_tag,
            operation_id=operation_id,
        )


def shown(library: VirtualLibrary, place: str) -> str | None:
    """The tag that the library shows for the cartridge there."""
    return library.tag_at(place) if library.truth.profile.volume_tags != "blank" else None


def interrupt(library: VirtualLibrary, source: str, destination: str) -> None:
    intend(library, source, destination, tag=shown(library, source))


def carry(library: VirtualLibrary, source: str, destination: str) -> None:
    """The robot did this; no command ends in the picker, but one may be cut short there."""
    if destination != "picker":
        library.move_behind_our_back(source, destination)
        return
    library.fault("move-fails in-transport")
    library.move_behind_our_back(source, "12", fails=True)


def recovered(
    library: VirtualLibrary, *, dry_run: DryRun | None = None, **options: Any
) -> RecoveryReport:
    with library.open(dry_run=dry_run) as opened:
        return recover(opened, RecoveryOptions(**options))


def do(library: VirtualLibrary, words: str) -> type[ChangerError] | None:
    """The error of an act, if it has one."""
    return attempt(library, words).error


# Where the cartridge is


@pytest.mark.parametrize(
    ("place", "outcome"), [("drive:0", "completed"), ("1", "not-executed"), ("4", "misplaced")]
)
def test_cartridge_that_lies_somewhere_is_recorded_there(
    demo: VirtualLibrary, place: str, outcome: str
) -> None:
    intend(demo, "1", "drive:0")
    if place != "1":
        carry(demo, "1", place)
    with demo.counting() as counted:
        (found,) = recovered(demo).findings
    assert (found.action, found.outcome) == (RecoveryAction.RECORD, outcome)
    assert counted[MOVE_MEDIUM] == 0
    row = demo.rows("moves")[-1]
    assert (row["outcome"], row["final_address"]) == (outcome, demo.address_of(place))
    assert recovered(demo).findings == ()


@pytest.mark.parametrize(("place", "outcome"), [("drive:0", "completed"), ("1", "not-executed")])
def test_cartridge_without_a_label_is_found_by_what_is_full(
    make_library: MakeLibrary, place: str, outcome: str
) -> None:
    library = make_library("demo", volume_tags="blank")
    interrupt(library, "1", "drive:0")
    if place != "1":
        carry(library, "1", place)
    recovered(library)
    assert outcomes(library) == [outcome]


def test_cartridge_without_a_label_in_another_slot_is_missing(make_library: MakeLibrary) -> None:
    library = make_library("demo", volume_tags="blank")
    interrupt(library, "1", "drive:0")
    carry(library, "1", "4")
    assert [each.action for each in recovered(library).findings] == [RecoveryAction.SEARCH]


def test_cartridge_in_the_picker_is_carried_on_as_a_move_of_its_own(
    library: VirtualLibrary,
) -> None:
    interrupt(library, "1", "drive:0")
    carry(library, "1", "picker")
    with library.counting() as counted:
        (found,) = recovered(library).findings
    assert (found.action, str(found.to)) == (RecoveryAction.CARRY_ON, "drive:0")
    assert library.tag_at("drive:0") == TAG
    assert counted[MOVE_MEDIUM] == 1
    first, second = library.rows("moves")
    assert (first["outcome"], first["final_address"]) == ("completed", 500)
    assert (second["outcome"], second["source_address"]) == (
        "completed",
        library.address_of("picker"),
    )
    assert recovered(library).findings == ()


def test_cartridge_in_the_picker_goes_back_when_its_destination_is_occupied(
    library: VirtualLibrary,
) -> None:
    interrupt(library, "1", "drive:0")
    carry(library, "2", "drive:0")
    carry(library, "1", "picker")
    (found,) = recovered(library).findings
    assert (found.action, str(found.to)) == (RecoveryAction.PUT_BACK, "1")
    assert library.tag_at("1") == TAG
    assert outcomes(library) == ["not-executed", "completed"]
    assert recovered(library).findings == ()


def test_cartridge_that_no_place_can_take_is_for_a_person_to_move(library: VirtualLibrary) -> None:
    interrupt(library, "1", "drive:0")
    carry(library, "2", "drive:0")
    carry(library, "1", "picker")
    library.operate("insert A00099L8 1", noticed=False)
    with library.counting() as counted:
        (found,) = recovered(library).findings
    assert (found.action, counted[MOVE_MEDIUM]) == (RecoveryAction.BY_HAND, 0)
    assert outcomes(library) == [None]
    assert do(library, "move picker 4") is None
    assert library.tag_at("4") == TAG
    assert outcomes(library) == ["misplaced", "completed"]
    assert recovered(library).findings == ()


def test_cartridge_that_is_to_go_on_and_can_not_is_not_brought_back(
    library: VirtualLibrary,
) -> None:
    interrupt(library, "1", "drive:0")
    carry(library, "2", "drive:0")
    carry(library, "1", "picker")
    with library.counting() as counted:
        (found,) = recovered(library, direction="on").findings
    assert (found.action, counted[MOVE_MEDIUM]) == (RecoveryAction.BY_HAND, 0)
    assert outcomes(library) == [None]


def test_labelled_cartridge_that_a_person_moved_on_is_settled(demo: VirtualLibrary) -> None:
    intend(demo, "1", "drive:0")
    carry(demo, "2", "drive:0")
    carry(demo, "1", "picker")
    demo.operate("insert A00099L8 1", noticed=False)
    assert do(demo, "move picker 4") is None
    assert do(demo, "move 4 6") is None
    assert outcomes(demo) == ["misplaced", "completed", "completed"]


def test_cartridge_that_is_nowhere_stays_open_until_it_is_given_up(library: VirtualLibrary) -> None:
    interrupt(library, "1", "drive:0")
    library.operate("remove 1", noticed=False)
    (found,) = recovered(library).findings
    assert (found.action, found.address, found.where) == (RecoveryAction.SEARCH, None, "nowhere")
    assert do(library, "move 2 4") is CartridgeMissing
    assert do(library, "load 2 drive:1") is CartridgeMissing
    assert outcomes(library) == [None]
    (found,) = recovered(library, accept_missing=True).findings
    assert (found.action, found.outcome) == (RecoveryAction.GIVE_UP, "misplaced")
    assert outcomes(library) == ["misplaced"]
    assert do(library, "move 2 4") is None
    assert library.warnings == []


def test_giving_up_what_is_missing_touches_nothing_that_is_not(demo: VirtualLibrary) -> None:
    intend(demo, "1", "drive:0")
    intend(demo, "2", "drive:1", tag="A00002L8")
    demo.operate("remove 1", noticed=False)
    carry(demo, "2", "picker")
    remedies = [each.action for each in recovered(demo, accept_missing=True).findings]
    assert remedies == [RecoveryAction.GIVE_UP, RecoveryAction.CARRY_ON]
    assert demo.tag_at("drive:1") == "A00002L8"
    assert outcomes(demo) == ["misplaced", "completed", "completed"]


def test_cartridge_goes_back_when_the_magazine_of_its_destination_is_out(
    make_library: MakeLibrary,
) -> None:
    library = make_library("demo")
    magazine = next(each for each in (1, 2) if _is_in(library, each, "9"))
    assert not _is_in(library, magazine, "1")
    intend(library, "1", "9")
    carry(library, "1", "picker")
    library.pull_magazine(magazine, noticed=False)
    (found,) = recovered(library).findings
    assert (found.action, library.tag_at("1")) == (RecoveryAction.PUT_BACK, TAG)


def _is_in(library: VirtualLibrary, magazine: int, place: str) -> bool:
    """A magazine holds a slot: the slot is gone with it."""
    library.fault(f"magazine-out {magazine}")
    present = next(each.present for each in library.truth.elements if each.place == place)
    library.fault(f"magazine-in {magazine}")
    library.fault("clear unit-attention")
    return not present


def test_slot_that_was_reserved_since_takes_no_data_cartridge(demo: VirtualLibrary) -> None:
    intend(demo, "1", "4")
    carry(demo, "1", "picker")
    demo.reserve("4")
    (found,) = recovered(demo).findings
    assert (found.action, demo.tag_at("1")) == (RecoveryAction.PUT_BACK, TAG)


def test_another_library_at_the_device_settles_nothing(demo: VirtualLibrary) -> None:
    intend(demo, "1", "drive:0")
    with demo.open() as opened:
        demo.become_another_library()
        error = error_of(lambda: recover(opened))
    assert error is not None and error.code == "identity-changed"
    assert outcomes(demo) == [None]


def test_another_library_that_comes_between_two_looks_settles_nothing(demo: VirtualLibrary) -> None:
    """The device was in doubt, and was still the library, when the first look was over."""
    intend(demo, "1", "drive:0")
    comes = [demo.become_another_library]

    def come(_: int, cdb: bytes) -> None:
        if cdb[0] == INQUIRY and cdb[1] & 1 and comes:
            comes.pop()()

    with demo.open(wire=lambda inner: Wire(inner, after=come)) as opened:
        demo.fault("unit-attention 3F/03")
        error = error_of(lambda: recover(opened))
    assert error is not None and error.code == "identity-changed"
    assert outcomes(demo) == [None]


# Exchanges and several moves


@pytest.mark.parametrize("read", [True, False], ids=["labelled", "unlabelled"])
@pytest.mark.parametrize(
    ("moves", "remedies", "outcome"),
    [
        ((), ["RECORD", "RECORD"], "not-executed"),
        ((("1", "picker"),), ["PUT_BACK", "RECORD"], "not-executed"),
        ((("drive:0", "picker"),), ["RECORD", "PUT_BACK"], "not-executed"),
        (
            (("drive:0", "4"), ("1", "drive:0"), ("4", "picker")),
            ["RECORD", "CARRY_ON"],
            "completed",
        ),
        ((("drive:0", "4"), ("1", "drive:0"), ("4", "1")), ["RECORD", "RECORD"], "completed"),
    ],
)
def test_exchange_left_half_way_is_settled_for_both_cartridges(
    make_library: MakeLibrary,
    moves: tuple[tuple[str, str], ...],
    remedies: list[str],
    outcome: str,
    read: bool,
) -> None:
    library = make_library("demo", **({} if read else {"volume_tags": "blank"}))
    carry(library, "2", "drive:0")
    tags = shown(library, "1"), shown(library, "drive:0")
    before = _places(library)
    intend(library, "1", "drive:0", "1", tag=tags[0], second_tag=tags[1])
    for source, destination in moves:
        carry(library, source, destination)
    findings = recovered(library).findings
    if not read and remedies == ["RECORD", "RECORD"]:
        # Both elements are full, before as after: without labels that tells nothing.
        assert RecoveryAction.SEARCH in [each.action for each in findings]
        findings = recovered(library, accept_missing=True).findings
        assert recovered(library).findings == ()
        return
    assert [each.action.name for each in findings] == remedies
    assert outcomes(library)[0] == outcome
    assert sorted(_places(library).values()) == sorted(before.values())
    assert library.tag_at("picker") is None
    assert recovered(library).findings == ()


@pytest.mark.parametrize(
    ("moves", "outcome"),
    [
        ((("drive:0", "4"), ("1", "drive:0")), "misplaced"),
        ((("drive:0", "4"), ("1", "6"), ("4", "1")), "misplaced"),
        ((("drive:0", "4"),), "misplaced"),
        ((("drive:0", "4"), ("1", "drive:0"), ("4", "1")), "completed"),
    ],
)
def test_exchange_is_completed_when_both_cartridges_have_come(
    demo: VirtualLibrary, moves: tuple[tuple[str, str], ...], outcome: str
) -> None:
    carry(demo, "2", "drive:0")
    intend(demo, "1", "drive:0", "1", tag=TAG, second_tag="A00002L8")
    for source, destination in moves:
        carry(demo, source, destination)
    recovered(demo)
    assert outcomes(demo) == [outcome]


@pytest.fixture
def half_exchanged(demo: VirtualLibrary) -> VirtualLibrary:
    """Of an exchange that nobody ended, one cartridge is in the picker, the other in slot 1."""
    carry(demo, "2", "drive:0")
    intend(demo, "1", "drive:0", "2", tag=TAG, second_tag="A00002L8")
    carry(demo, "drive:0", "picker")
    return demo


def test_exchange_is_judged_by_both_cartridges_when_a_person_moved_one_on(
    half_exchanged: VirtualLibrary,
) -> None:
    demo = half_exchanged
    assert do(demo, "move picker 2") is None
    assert outcomes(demo) == ["misplaced", "completed"]
    assert recovered(demo).findings == ()


def test_exchange_whose_other_cartridge_is_gone_stays_open_when_a_person_moved_one_on(
    half_exchanged: VirtualLibrary,
) -> None:
    demo = half_exchanged

    def look(_: int, cdb: bytes) -> None:
        if cdb[0] == MOVE_MEDIUM:
            demo.operate("remove 1", noticed=False)

    with demo.open(wire=lambda inner: Wire(inner, after=look)) as opened:
        move(opened, parse_place("picker"), parse_place("2"))
    assert outcomes(demo) == [None, "completed"]
    assert RecoveryAction.SEARCH in [each.action for each in recovered(demo).findings]


def _places(library: VirtualLibrary) -> dict[str, str]:
    return {each.place: each.cartridge.tag for each in library.truth.elements if each.cartridge}


def test_move_that_a_later_one_overtook_is_settled_with_it(library: VirtualLibrary) -> None:
    """Who brought it home died too: the picker is the source of the second."""
    interrupt(library, "1", "drive:0")
    carry(library, "1", "picker")
    interrupt(library, "picker", "drive:0")
    with library.counting() as counted:
        first, second = recovered(library).findings
    assert (first.action, second.action) == (RecoveryAction.RECORD, RecoveryAction.CARRY_ON)
    assert counted[MOVE_MEDIUM] == 1
    assert library.tag_at("drive:0") == TAG
    assert outcomes(library) == ["completed"] * 3
    assert {row["final_address"] for row in library.rows("moves")} == {500}


def test_move_that_a_later_one_overtook_is_told_to_be_settled_with_it(demo: VirtualLibrary) -> None:
    """What becomes of the later one is where the cartridge is then, or that it is missing."""
    intend(demo, "1", "4")
    intend(demo, "4", "drive:0")
    demo.operate("remove 1", noticed=False)
    overtaken = (
        "the move of A00001L8 from slot 1 to slot 4 was interrupted; a later move of A00001L8 "
        "settles it"
    )
    missing = "the load of A00001L8 into drive 0 was interrupted: A00001L8 can't be found"
    assert recovered(demo).told == (overtaken, missing)
    report = recovered(demo, accept_missing=True)
    assert report.told == (overtaken, "wrote off A00001L8 as missing")
    assert plan_words(report.findings[0]) == (
        "settle the move of A00001L8 from slot 1 to slot 4 with a later move of A00001L8"
    )


def test_source_of_the_first_move_is_known_when_the_second_can_go_nowhere(
    library: VirtualLibrary,
) -> None:
    interrupt(library, "1", "drive:0")
    carry(library, "2", "drive:0")
    carry(library, "1", "picker")
    interrupt(library, "picker", "drive:0")
    assert do(library, "move 3 4") is RecoveryNeeded
    first, second = recovered(library).findings
    assert (first.overtaken_by, second.action) == (second.move.id, RecoveryAction.PUT_BACK)
    assert library.tag_at("1") == TAG
    assert outcomes(library) == ["not-executed", "not-executed", "completed"]
    assert {row["final_address"] for row in library.rows("moves")} == {1001}


def test_cartridge_goes_back_to_where_the_last_of_its_moves_took_it_from(
    demo: VirtualLibrary,
) -> None:
    intend(demo, "1", "4")
    intend(demo, "4", "drive:0")
    carry(demo, "2", "drive:0")
    carry(demo, "1", "picker")
    first, second = recovered(demo).findings
    assert (first.overtaken_by, second.action) == (second.move.id, RecoveryAction.PUT_BACK)
    assert demo.tag_at("4") == TAG
    assert outcomes(demo) == ["completed", "not-executed", "completed"]


@pytest.mark.parametrize(
    "function", [recover, lambda library: settle_without_motion(library, NO_OPTIONS)]
)
def test_library_that_is_disabled_or_held_by_another_is_not_recovered(
    demo: VirtualLibrary, function: Callable[[Library], object]
) -> None:
    interrupt(demo, "1", "drive:0")
    with demo.counting() as counted:
        with demo.open(settings=LibrarySettings(enabled=False)) as disabled:
            assert type(error_of(lambda: function(disabled))) is LibraryDisabled
        held = LibraryLock(demo.id, folder=demo.locks, command="other", clock=demo.clock)
        with held, demo.open() as busy:
            assert type(error_of(lambda: function(busy))) is LibraryBusy
    assert not counted
    assert outcomes(demo) == [None]


def test_cartridge_is_not_a_place_to_bring_another_one_to(demo: VirtualLibrary) -> None:
    interrupt(demo, "1", "drive:0")
    carry(demo, "1", "picker")
    with demo.counting() as counted:
        error = error_of(lambda: recovered(demo, to=parse_place("A00002L8")))
    assert type(error) is UsageError
    assert not counted
    assert outcomes(demo) == [None]


def test_cartridge_of_several_moves_goes_back_to_the_newest_place_that_can_take_it(
    demo: VirtualLibrary,
) -> None:
    intend(demo, "1", "4")
    intend(demo, "4", "drive:0")
    carry(demo, "2", "drive:0")
    carry(demo, "1", "picker")
    intend(demo, "picker", "drive:0")
    assert recovered(demo).findings[-1].action is RecoveryAction.PUT_BACK
    assert demo.tag_at("4") == TAG


@pytest.mark.parametrize(("of_an_operation", "place"), [(True, "4"), (False, "1")])
def test_cleaner_on_its_way_to_the_reserved_slot_goes_on_whatever_it_looks_like(
    demo: VirtualLibrary, of_an_operation: bool, place: str
) -> None:
    """Without the operation it is a data cartridge by all that the library says."""
    demo.reserve("4")
    with demo.store() as store:
        begun = store.begin_operation(demo.id, "insert")
    intend(demo, "1", "4", operation_id=begun.id if of_an_operation else None)
    demo.execute("UPDATE operations SET process_identity = NULL")
    carry(demo, "1", "picker")
    recovered(demo)
    assert demo.tag_at(place) == TAG


# Only looking


@pytest.mark.parametrize("where", ["drive:0", "picker", "nowhere"])
@pytest.mark.parametrize("accept", [False, True])
def test_rehearsal_changes_nothing(library: VirtualLibrary, where: str, accept: bool) -> None:
    interrupt(library, "1", "drive:0")
    if where == "nowhere":
        library.operate("remove 1", noticed=False)
    else:
        carry(library, "1", where)
    recovered(library, dry_run=DryRun())  # whatever a first look learns of the model
    tables = [row["name"] for row in library.rows("sqlite_master") if row["type"] == "table"]
    kept = {table: library.rows(table) for table in tables}
    matters = library.everything_that_matters()
    with library.counting() as counted:
        came = recovered(library, dry_run=DryRun(), accept_missing=accept)
    assert len(came.findings) == 1
    assert counted[MOVE_MEDIUM] == 0
    assert {table: library.rows(table) for table in tables} == kept
    assert library.everything_that_matters() == matters
    # and what was said is what is done
    assert recovered(library, accept_missing=accept).findings == came.findings


def test_recover_looks_into_the_picker_alone_when_nothing_is_open(demo: VirtualLibrary) -> None:
    recovered(demo)
    with demo.counting() as counted:
        came = recovered(demo)
    assert (came.findings, came.cleaners, came.picked, came.left) == ((), (), None, None)
    assert counted[READ_ELEMENT_STATUS] == 1


# The next command


@pytest.mark.parametrize("words", ["load 2 drive:1", "move 2 4", "unload drive:0"])
def test_next_command_settles_what_needs_no_motion_with_one_warning(
    library: VirtualLibrary, words: str
) -> None:
    interrupt(library, "1", "drive:0")
    carry(library, "1", "drive:0")
    assert do(library, words) is None
    assert len(library.warnings) == 1
    assert library.warnings[0].endswith("was completed nonetheless: it is in drive 0")
    assert outcomes(library) == ["completed", "completed"]
    library.warnings.clear()
    assert do(library, "move 3 6") is None
    assert library.warnings == []


@pytest.mark.parametrize("words", ["load 2 drive:1", "move 2 4", "move 3 6"])
def test_next_command_refuses_while_a_cartridge_is_in_the_picker(
    library: VirtualLibrary, words: str
) -> None:
    interrupt(library, "1", "drive:0")
    carry(library, "1", "picker")
    came = attempt(library, words)
    assert (came.error, came.motions) == (RecoveryNeeded, 0)
    assert "the picker" in came.told
    assert "changer recover" in came.told
    assert library.warnings == []
    assert outcomes(library) == [None]
    recovered(library)
    assert do(library, words) is None


def test_exchange_refuses_too(demo: VirtualLibrary) -> None:
    intend(demo, "1", "drive:0")
    carry(demo, "1", "picker")
    assert do(demo, "exchange 2 3") is RecoveryNeeded


# Trouble on the way


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(1, 16))
def test_device_that_vanishes_during_recover_leaves_what_recover_settles(
    library: VirtualLibrary, number: int, after: bool
) -> None:
    interrupt(library, "1", "drive:0")
    carry(library, "1", "picker")

    def vanish(at: int, _: bytes) -> None:
        if at == number:
            library.fault("unplugged")

    def wire(inner: Any) -> Wire:
        return Wire(inner, after=vanish) if after else Wire(inner, before=vanish)

    def run(opened: Library) -> ChangerError | None:
        return error_of(lambda: recover(opened))

    with library.open(wire=wire) as opened:
        run(opened)
    library.fault("plugged")
    library.fault("clear")
    with library.open() as opened:
        assert run(opened) is None
    assert library.tag_at("drive:0") == TAG
    assert None not in outcomes(library) and "unknown" not in outcomes(library)
    assert recovered(library).findings == ()


@pytest.mark.parametrize("left", ["at-source", "at-destination", "in-transport"])
@pytest.mark.parametrize("how", ["move-fails", "move-hangs"])
def test_motion_of_recover_that_fails_is_told_and_tried_by_the_next(
    library: VirtualLibrary, how: str, left: str
) -> None:
    interrupt(library, "1", "drive:0")
    carry(library, "1", "picker")
    library.fault(f"{how} {left}")
    with library.open() as opened:
        error = error_of(lambda: recover(opened))
    assert (error is None) == (left == "at-destination")
    assert not any(each.stays_open for each in recovered(library).findings)
    assert library.tag_at("drive:0") == TAG
    assert None not in outcomes(library)


# What the library can move from its picker (mode page 1Fh)

NOT_TO_DRIVES = {"forbidden_moves": ((1, 4),)}  # Scalar i500 and i2000, ML6000
NOT_TO_SLOTS = {"forbidden_moves": ((1, 2),)}
NOWHERE = {"forbidden_moves": tuple((1, each) for each in (1, 2, 3, 4))}  # SL150


def left_in_picker(make_library: MakeLibrary, words: str, **profile: Any) -> VirtualLibrary:
    """The robot stopped with the cartridge, and the process that moved it was killed."""
    library = make_library("demo", **profile)
    source, destination = words.split()
    intend(library, source, destination, tag=library.tag_at(source))
    carry(library, source, "picker")
    return library


def test_what_cannot_be_carried_on_is_put_back(make_library: MakeLibrary) -> None:
    library = left_in_picker(make_library, "1 drive:0", **NOT_TO_DRIVES)
    told = attempt(library, "load 2 drive:1").told
    assert "to put it back into slot 1: changer recover" in told
    (found,) = recovered(library).findings
    assert (found.action, str(found.to)) == (RecoveryAction.PUT_BACK, "1")
    assert library.tag_at("1") == TAG
    assert attempt(library, "load 2 drive:1").error is None


def test_what_cannot_be_put_back_is_for_a_person_to_move(make_library: MakeLibrary) -> None:
    library = make_library("demo", **NOT_TO_SLOTS)
    intend(library, "1", "9")
    carry(library, "1", "picker")
    with library.counting() as counted:
        (found,) = recovered(library).findings
    assert (found.action, counted[MOVE_MEDIUM]) == (RecoveryAction.BY_HAND, 0)
    told = attempt(library, "load 2 drive:1").told
    assert "put it away first: changer recover, or changer move picker mail:NUMBER" in told
    assert any("changer move @1 mail:NUMBER" in each for each in library.warnings)
    assert attempt(library, "move picker mail:2").error is None
    assert recovered(library).findings == ()


def test_what_can_not_be_moved_at_all_is_to_be_taken_out(make_library: MakeLibrary) -> None:
    library = left_in_picker(make_library, "1 drive:0", **NOWHERE)
    with library.counting() as counted:
        (found,) = recovered(library).findings
    assert (found.action, counted[MOVE_MEDIUM]) == (RecoveryAction.TAKE_OUT, 0)
    came = attempt(library, "load 2 drive:1")
    assert (came.error, came.motions) == (RecoveryNeeded, 0)
    told = "".join((came.told, *library.warnings))
    assert "take it out of the picker by hand: the library can't move it from there" in told
    assert "changer recover, or" not in told
    assert "changer move" not in told
    library.operate("remove picker", noticed=False)
    library.operate(f"insert {TAG} 1", noticed=False)
    (found,) = recovered(library).findings
    assert (found.action, found.outcome) == (RecoveryAction.RECORD, "not-executed")
    assert attempt(library, "load 2 drive:1").error is None


@pytest.mark.parametrize(
    ("profile", "hint"),
    [
        ({}, "finish the move, or undo it: changer recover"),
        (NOT_TO_DRIVES, "finish the move, or undo it: changer recover"),
        (NOWHERE, "take it out of the picker by hand"),
    ],
    ids=["everywhere", "not to drives", "nowhere"],
)
def test_load_that_ends_in_the_picker_names_no_move_that_can_not_be_made(
    make_library: MakeLibrary, profile: dict[str, Any], hint: str
) -> None:
    library = make_library("demo", **profile)
    library.fault("move-fails in-transport")
    told = attempt(library, "load 1 drive:0").told
    assert "but is in the picker" in told
    assert hint in told
    assert "changer move" not in told


def test_what_others_left_in_the_picker_is_to_be_taken_out(make_library: MakeLibrary) -> None:
    library = make_library("demo", **NOWHERE)
    library.fault("move-fails in-transport")
    library.move_behind_our_back("1", "drive:0", fails=True)
    left = recovered(library).left
    assert left is not None
    assert left.hint == "take it out of the picker by hand: the library can't move it from there"


@pytest.mark.parametrize(
    ("forbidden", "words", "hint"),
    [
        (((3, 4), (4, 3)), "move mail:1 drive:0", "changer move mail:1 SLOT, then SLOT drive:0"),
        (((2, 2),), "move 1 9", "changer move 1 mail:NUMBER, then mail:NUMBER 9"),
        (((2, 2), (2, 3)), "move 1 9", "no place can serve as a stopover"),
    ],
)
def test_move_that_can_not_be_made_is_refused_with_one_that_can(
    make_library: MakeLibrary, forbidden: object, words: str, hint: str
) -> None:
    library = make_library("demo", forbidden_moves=forbidden, cleaners=0)
    library.operate("put A00042L8 mail:1", noticed=False)
    assert hint in attempt(library, words).told


def test_slot_that_a_drive_can_not_be_unloaded_to_is_not_suggested(
    make_library: MakeLibrary,
) -> None:
    library = make_library("demo", forbidden_moves=((4, 2),))
    library.operate("insert A00042L8 drive:0", noticed=False)
    assert "no slot of the library is free" in attempt(library, "unload drive:0").told
