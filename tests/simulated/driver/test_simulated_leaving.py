"""What comes to a mail slot may leave at once: by a library that archives it, by a quick person."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from changer.cleaning.recover import RecoveryReport, recover
from changer.errors import OutcomeUnknown, TransportFailed, VolumeNotFound
from changer.journal.open_moves import RecoveryAction, RecoveryOptions
from changer.library.addressing import parse_place
from changer.library.settings import LibrarySettings
from changer.moves.execute import move
from changer.smc.command import Command, Reply

from .acts import attempt, last_move, outcomes
from .conftest import MakeLibrary
from .virtual_library import MOVE_MEDIUM, VirtualLibrary, Wire, error_of

TAG, PLACE = "A00001L8", "mail:2"
WAITED = LibrarySettings(move_timeout_seconds=60.0)


@pytest.fixture(params=["labelled", "unlabelled"])
def library(request: pytest.FixtureRequest, make_library: MakeLibrary) -> VirtualLibrary:
    """The demo library; it reads labels, or none at all."""
    tags = {} if request.param == "labelled" else {"volume_tags": "blank"}
    return make_library("demo", **tags)


def leaves(library: VirtualLibrary, place: str = PLACE) -> Callable[[], None]:
    """Whatever is in the mail slot is taken out of the library."""
    return lambda: library.operate(f"remove {place}", noticed=False)


def recovered(library: VirtualLibrary, **options: Any) -> RecoveryReport:
    with library.open(settings=WAITED) as opened:
        return recover(opened, RecoveryOptions(**options))


@pytest.mark.parametrize("product", ["VIRTUAL", "OTHER"])
def test_what_leaves_by_a_mail_slot_at_once_has_left(
    make_library: MakeLibrary, product: str
) -> None:
    library = make_library("demo", product=product)
    with library.open(wire=partial(Wire, after=_after_the_motion(leaves(library)))) as opened:
        moved = move(opened, parse_place("1"), parse_place(PLACE))
    assert moved.has_left
    assert moved.warning == "A00001L8 left through mail slot 2: no element shows it any more"
    assert last_move(library) == ("completed", None)
    assert library.rows("moves")[-1]["message"] == moved.warning
    assert attempt(library, "load 2 drive:0").error is None


def _after_the_motion(happens: Callable[[], None]) -> Callable[[int, bytes], None]:
    return lambda _, cdb: happens() if cdb[0] == MOVE_MEDIUM else None


def test_unlabelled_cartridge_leaves_as_well(library: VirtualLibrary) -> None:
    came = attempt(library, f"move 1 {PLACE}", after=leaves(library))
    assert (came.error, outcomes(library)) == (None, ["completed"])
    assert attempt(library, "load 2 drive:0").error is None


def test_cartridge_of_a_drive_leaves_as_well(library: VirtualLibrary) -> None:
    assert attempt(library, "load 1 drive:0").error is None
    library.clock.time += 600
    assert attempt(library, f"unload drive:0 {PLACE}", after=leaves(library)).error is None
    assert last_move(library) == ("completed", None)


def test_what_leaves_has_left_although_another_of_its_label_stays(
    make_library: MakeLibrary,
) -> None:
    library = make_library("demo")
    library.operate(f"insert {TAG} 9", noticed=False)
    assert attempt(library, f"move 1 {PLACE}", after=leaves(library)).error is None
    assert last_move(library) == ("completed", None)


def test_label_that_left_is_said_to_have_left(make_library: MakeLibrary) -> None:
    library = make_library("demo")
    attempt(library, f"move 1 {PLACE}", after=leaves(library))
    came = attempt(library, f"load {TAG} drive:0")
    assert came.error is VolumeNotFound
    assert "A00001L8 is not in this library now; it left through mail slot 2 on " in came.told


def test_what_vanishes_elsewhere_has_not_left(library: VirtualLibrary) -> None:
    came = attempt(library, "move 1 9", after=leaves(library, "9"))
    assert came.error is OutcomeUnknown
    assert outcomes(library) == ["unknown"]


@pytest.mark.parametrize(
    "doubt",
    [
        f"element {PLACE} access=0",
        f"element {PLACE} 83/03",
        "element picker 53/08",
        "element 1 ed=1",
    ],
)
def test_what_may_still_be_there_has_not_left(library: VirtualLibrary, doubt: str) -> None:
    def vanish() -> None:
        leaves(library)()
        library.fault(doubt)

    assert attempt(library, f"move 1 {PLACE}", after=vanish).error is OutcomeUnknown
    assert outcomes(library) == ["unknown"]
    (found,) = recovered(library, at_rest=True).findings
    assert found.action is RecoveryAction.SEARCH
    library.fault("clear element")
    (found,) = recovered(library, at_rest=True).findings
    assert (found.has_left, found.outcome) == (True, "completed")
    assert last_move(library) == ("completed", None)


def test_move_that_failed_has_not_brought_it_out(library: VirtualLibrary) -> None:
    library.fault("move-fails at-destination")
    assert attempt(library, f"move 1 {PLACE}", after=leaves(library)).error is OutcomeUnknown
    assert outcomes(library) == ["unknown"]


# Recovery


def cut_off(library: VirtualLibrary, words: str = f"move 1 {PLACE}") -> None:
    """The library replies to the move, and can't be reached afterwards."""

    class Cut(Wire):
        def execute(self, command: Command[Any]) -> Reply:
            if any(each[0] == MOVE_MEDIUM for each in self.cdbs):
                raise TransportFailed("the path is lost")
            return super().execute(command)

    source, destination = map(parse_place, words.split()[1:])
    with library.open(settings=WAITED, wire=Cut) as opened:
        assert type(error_of(lambda: move(opened, source, destination))) is OutcomeUnknown


def kill(library: VirtualLibrary, *, moves: bool = True) -> None:
    """A process wrote the intent, sent it, and died."""
    with library.open() as opened:
        opened.store.begin_move(
            library.id,
            source_address=library.address_of("1"),
            destination_address=library.address_of(PLACE),
            volume_tag=library.tag_at("1") or None,
        )
    if moves:
        library.move_behind_our_back("1", PLACE)
        leaves(library)()


def test_end_that_was_seen_and_not_looked_after_is_completed_later(library: VirtualLibrary) -> None:
    cut_off(library)
    leaves(library)()
    library.fault("element drive:1 83/03")  # which is no matter, since its end was seen
    library.clock.time += 600
    came = attempt(library, "load 2 drive:0", settings=WAITED)
    assert came.error is None
    assert any(
        "completed nonetheless: it left through mail slot 2" in each for each in library.warnings
    )
    assert outcomes(library) == ["completed", "completed"]


def test_end_that_nobody_saw_is_completed_where_a_reading_says_so_plainly(
    make_library: MakeLibrary,
) -> None:
    library = make_library("demo")
    kill(library)
    library.fault("element drive:1 83/03")
    (found,) = recovered(library, at_rest=True).findings
    assert found.action is RecoveryAction.SEARCH
    library.fault("clear element")
    (found,) = recovered(library, at_rest=True).findings
    assert (found.action, found.where, found.has_left) == (
        RecoveryAction.RECORD,
        "mail slot 2",
        True,
    )
    assert last_move(library) == ("completed", None)


def test_end_that_nobody_saw_of_an_unlabelled_one_is_not_guessed(make_library: MakeLibrary) -> None:
    """Any of the others may be it."""
    library = make_library("demo", volume_tags="blank")
    kill(library)
    (found,) = recovered(library, at_rest=True).findings
    assert found.action is RecoveryAction.SEARCH


def test_what_a_robot_may_still_move_has_not_left(make_library: MakeLibrary) -> None:
    library = make_library("demo", product="OTHER")
    kill(library)
    (found,) = recovered(library).findings
    assert (found.action, outcomes(library)) == (RecoveryAction.WAIT, ["unknown"])


# Two cartridges of one label


def load_of_the_second(library: VirtualLibrary) -> None:
    """Another of the label of slot 1 is loaded from slot 4, and the robot stops with it."""
    library.operate(f"insert {TAG} 4", noticed=False)
    library.fault("move-fails in-transport")
    came = attempt(library, "load 4 drive:0")
    assert "but is in the picker" in came.told


@pytest.mark.parametrize("product", ["VIRTUAL", "OTHER"])
def test_second_cartridge_of_a_label_is_brought_home_from_the_picker(
    make_library: MakeLibrary, product: str
) -> None:
    library = make_library("demo", product=product)
    load_of_the_second(library)
    (found,) = recovered(library, direction="back").findings
    assert (found.where, str(found.to)) == ("the picker", "4")
    assert library.tag_at("4") == library.tag_at("1") == TAG


def test_second_cartridge_of_a_label_does_not_settle_the_move_of_the_first(
    make_library: MakeLibrary,
) -> None:
    library = make_library("demo")
    library.operate(f"insert {TAG} 4", noticed=False)
    for source, drive in (("1", "drive:0"), ("4", "drive:1")):
        with library.open() as opened:
            opened.store.begin_move(
                library.id,
                source_address=library.address_of(source),
                destination_address=library.address_of(drive),
                volume_tag=TAG,
            )
    library.move_behind_our_back("4", "drive:1")
    first, second = recovered(library, at_rest=True).findings
    assert (first.where, first.outcome) == ("slot 1", "not-executed")
    assert (second.where, second.outcome) == ("drive 1", "completed")


def test_spare_of_the_label_is_not_taken_for_the_one_that_a_hidden_drive_may_hold(
    make_library: MakeLibrary,
) -> None:
    library = make_library("demo")
    library.operate(f"insert {TAG} 4", noticed=False)
    with library.open() as opened:
        opened.store.begin_move(
            library.id,
            source_address=library.address_of("4"),
            destination_address=library.address_of("drive:0"),
            volume_tag=TAG,
        )
    library.move_behind_our_back("4", "drive:0")
    library.fault("element drive:0 83/03 full=0")
    (found,) = recovered(library, at_rest=True).findings
    assert found.action is RecoveryAction.SEARCH
    library.fault("clear element")
    (found,) = recovered(library, at_rest=True).findings
    assert (found.where, found.outcome) == ("drive 0", "completed")
