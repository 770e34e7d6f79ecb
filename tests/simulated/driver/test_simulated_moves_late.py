"""Motions whose end was not seen: over when they are known to be over, and not before.

The library answers while its robot moves, and shows the cartridge where it still is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from on_record import bring_in, primary_cleaner

from changer.cleaning.recover import RecoveryReport, recover
from changer.cleaning.slot import release, reserve
from changer.errors import (
    CartridgeMisplaced,
    ChangerError,
    CommandTimedOut,
    MalformedData,
    MoveFailed,
    OutcomeUnknown,
    RecoveryNeeded,
    SlotUnknown,
    TransportFailed,
)
from changer.host.clock import time_of_day
from changer.journal.open_moves import RecoveryAction, RecoveryOptions
from changer.library.addressing import parse_place
from changer.library.settings import LibrarySettings
from changer.moves.execute import load, move
from changer.smc.command import Command, Reply
from changer.store.records import DriveIdentity
from changer.transport import Transport

from .acts import last_move, outcomes
from .conftest import MakeLibrary
from .virtual_library import (
    EXCHANGE_MEDIUM,
    MOVE_MEDIUM,
    READ_ELEMENT_STATUS,
    VirtualLibrary,
    Wire,
    error_of,
)

TAG = "A00001L8"
WHOLE_MOVE = LibrarySettings().move_timeout_seconds
# A process that died may have waited for its reply for a whole move time.
AFTER_A_DEATH = 2 * WHOLE_MOVE
LOST = TransportFailed("the path is lost")
TIMED_OUT = CommandTimedOut("no reply in time")


@dataclass
class LateRobot:
    """A transport that loses the reply to each motion; the robot makes it later, by the clock.

    ``slow_after``: from then on each command takes a minute. ``lost_after``: that long after the
    motion the reply to one other command is lost, too.
    """

    library: VirtualLibrary
    inner: Transport
    steps: list[tuple[float, str, str]]
    loss: ChangerError
    slow_after: float = float("inf")
    lost_after: float = float("inf")
    motions: int = 0
    lost_at: float = float("inf")
    _due: list[tuple[float, str, str]] = field(default_factory=list)

    def execute(self, command: Command[Any]) -> Reply:
        clock = self.library.clock
        if command.cdb[0] in (MOVE_MEDIUM, EXCHANGE_MEDIUM):
            self.motions += 1
            self._due = [(clock.time + after, source, to) for after, source, to in self.steps]
            if self.loss is TIMED_OUT:
                clock.sleep(command.timeout_seconds)
            self.lost_at = clock.time
            raise self.loss
        reply = self.inner.execute(command)
        if clock.time >= self.lost_at + self.lost_after:
            self.lost_after = float("inf")
            raise LOST
        if clock.time >= self.lost_at + self.slow_after:
            clock.time += 60
        return reply

    def pass_time(self) -> None:
        """What the robot has come to."""
        while self._due and self._due[0][0] <= self.library.clock.time:
            _, source, destination = self._due.pop(0)
            if destination == "picker":
                self.library.fault("move-fails in-transport")
                self.library.move_behind_our_back(source, "8", fails=True)
            else:
                self.library.move_behind_our_back(source, destination)

    def close(self) -> None:
        self.inner.close()


@dataclass
class Late:
    """What came of a load whose reply was lost."""

    robot: LateRobot
    error: ChangerError | None


def late_load(
    library: VirtualLibrary,
    *steps: tuple[float, str, str],
    loss: ChangerError = LOST,
    settings: LibrarySettings | None = None,
    slow_after: float = float("inf"),
    lost_after: float = float("inf"),
) -> Late:
    """Load slot 1 into drive 0; the robot makes ``steps`` that many seconds after."""
    robots: list[LateRobot] = []

    def wire(inner: Transport) -> Transport:
        robots.append(LateRobot(library, inner, list(steps), loss, slow_after, lost_after))
        return robots[0]

    def pass_on() -> None:
        for each in robots:
            each.pass_time()

    library.clock.on_sleep = pass_on
    with library.open(wire=wire, settings=settings) as opened:
        error = error_of(lambda: load(opened, parse_place("1"), parse_place("drive:0")))
    return Late(robots[0], error)


def pass_time(library: VirtualLibrary, seconds: float) -> None:
    library.clock.sleep(seconds)


def error_of_move(library: VirtualLibrary, words: str = "2 7") -> ChangerError | None:
    source, destination = map(parse_place, words.split())
    with library.open() as opened:
        return error_of(lambda: move(opened, source, destination))


def recovered(library: VirtualLibrary, **options: Any) -> RecoveryReport:
    with library.open() as opened:
        return recover(opened, RecoveryOptions(**options))


@pytest.fixture
def library(make_library: MakeLibrary) -> VirtualLibrary:
    """A library that answers while its robot moves."""
    return make_library("autoloader")


@pytest.mark.parametrize("loss", [LOST, MalformedData("sg_raw printed something else")])
@pytest.mark.parametrize("seconds", [0.1, 20, 600, WHOLE_MOVE - 10])
def test_cartridge_that_comes_after_the_reply_was_lost_is_waited_for(
    library: VirtualLibrary, seconds: float, loss: ChangerError
) -> None:
    late = late_load(
        library, (seconds / 2, "1", "picker"), (seconds, "picker", "drive:0"), loss=loss
    )
    assert (late.error, late.robot.motions) == (None, 1)
    assert last_move(library) == ("completed", library.address_of("drive:0"))


def test_reading_tells_nothing_of_the_time_that_it_takes(library: VirtualLibrary) -> None:
    came = (WHOLE_MOVE - 10, "1", "drive:0")
    late = late_load(library, came, slow_after=WHOLE_MOVE - 60)
    assert (late.error, late.robot.motions) == (None, 1)
    assert last_move(library) == ("completed", library.address_of("drive:0"))


def test_reading_that_is_lost_while_a_cartridge_is_waited_for_is_made_again(
    library: VirtualLibrary,
) -> None:
    late = late_load(library, (300, "1", "drive:0"), lost_after=100)
    assert (late.error, late.robot.lost_after) == (None, float("inf"))
    assert last_move(library) == ("completed", library.address_of("drive:0"))


def test_cartridge_that_nothing_moved_for_a_whole_move_time_was_not_moved(
    library: VirtualLibrary,
) -> None:
    late = late_load(library)
    assert type(late.error) is MoveFailed
    assert late.robot.motions == 1
    assert sum(library.clock.slept) >= WHOLE_MOVE
    assert last_move(library) == ("not-executed", library.address_of("1"))


def test_cartridge_that_stays_in_the_picker_for_a_whole_move_time_is_stranded(
    library: VirtualLibrary,
) -> None:
    late = late_load(library, (30, "1", "picker"))
    assert type(late.error) is CartridgeMisplaced
    assert sum(library.clock.slept) >= 30 + WHOLE_MOVE - 10
    assert last_move(library) == ("unknown", library.address_of("picker"))


def test_library_that_answers_at_rest_alone_is_believed_at_once(library: VirtualLibrary) -> None:
    late = late_load(library, settings=LibrarySettings(answers_at_rest=True))
    assert type(late.error) is MoveFailed
    assert sum(library.clock.slept) < 60


@pytest.mark.parametrize("seconds", [5.0, 60.0, WHOLE_MOVE - 1])
def test_move_that_timed_out_stays_open_until_its_cartridge_has_come(
    library: VirtualLibrary, seconds: float
) -> None:
    """The robot comes to it after the time-out: the caller is not kept waiting again."""
    came = WHOLE_MOVE + seconds
    late = late_load(library, (came, "1", "drive:0"), loss=TIMED_OUT)
    if seconds < 7:
        assert late.error is None
        return
    assert type(late.error) is OutcomeUnknown
    assert "A00001L8 is in slot 1, and the end of the move was not seen" in late.error.message
    assert last_move(library) == ("unknown", None)
    assert type(error_of_move(library)) is RecoveryNeeded
    pass_time(library, seconds)
    assert error_of_move(library) is None
    assert outcomes(library) == ["completed", "completed"]


def test_cartridge_that_is_not_shown_while_the_robot_may_move_it_is_told_to_be_so(
    library: VirtualLibrary,
) -> None:
    late_load(library, loss=TIMED_OUT)
    library.operate("remove 1", noticed=False)
    assert recovered(library).told == (
        "the load of A00001L8 into drive 0 was interrupted: it is not shown; the robot may still "
        "move it",
    )


def test_move_that_timed_out_is_settled_after_another_whole_move_time(
    library: VirtualLibrary,
) -> None:
    late_load(library, loss=TIMED_OUT)
    pass_time(library, WHOLE_MOVE - 20)
    refused = error_of_move(library)
    assert type(refused) is RecoveryNeeded
    assert "may still be under way" in refused.message
    assert "changer recover --at-rest" in (refused.hint or "")
    (found,) = recovered(library).findings
    assert (found.action, found.outcome) == (RecoveryAction.WAIT, "unknown")
    assert found.stays_open
    pass_time(library, 20)
    (found,) = recovered(library).findings
    assert (found.action, found.outcome) == (RecoveryAction.RECORD, "not-executed")
    assert recovered(library).findings == ()


@pytest.mark.parametrize("loss", [TIMED_OUT, LOST])
def test_clock_that_was_set_back_keeps_no_move_open_for_longer(
    library: VirtualLibrary, loss: ChangerError
) -> None:
    if loss is LOST:
        die_in_mid_move(library, "1")
    else:
        late_load(library, loss=loss)
    library.clock.time -= 400 * 86400
    (found,) = recovered(library).findings
    assert found.action is RecoveryAction.WAIT
    pass_time(library, WHOLE_MOVE - 20)
    (found,) = recovered(library).findings
    assert found.action is RecoveryAction.WAIT
    pass_time(library, 20)
    (found,) = recovered(library).findings
    assert (found.action, found.outcome) == (RecoveryAction.RECORD, "not-executed")


@pytest.mark.parametrize("stage", ["1", "picker"])
def test_person_who_sees_the_robot_stand_still_settles_it_at_once(
    library: VirtualLibrary, stage: str
) -> None:
    steps = () if stage == "1" else ((1.0, "1", "picker"),)
    late_load(library, *steps, loss=TIMED_OUT)
    (found,) = recovered(library).findings
    assert found.action is RecoveryAction.WAIT
    (found,) = recovered(library, at_rest=True).findings
    assert found.stays_open is False
    assert library.tag_at("1" if stage == "1" else "drive:0") == TAG
    assert None not in outcomes(library) and "unknown" not in outcomes(library)


def die_in_mid_move(library: VirtualLibrary, end: str, *, destination: str = "drive:0") -> None:
    """The intent is all that is known of a move that truly ended there."""
    with library.open() as opened:
        opened.store.begin_move(
            library.id,
            kind="move",
            source_address=library.address_of("1"),
            destination_address=library.address_of(destination),
            volume_tag=TAG,
        )
    if end == "picker":
        library.fault("move-fails in-transport")
        library.move_behind_our_back("1", "6", fails=True)
    elif end != "1":
        library.move_behind_our_back("1", end)


SETTLED = {"1": "not-executed", "6": "misplaced", "picker": "completed", "drive:0": "completed"}


@pytest.mark.parametrize("end", SETTLED)
def test_move_of_a_process_that_died_is_open_for_a_whole_move_time_from_the_first_look(
    library: VirtualLibrary, end: str
) -> None:
    """The command, if it left, had ended when the lock that it held as well was free."""
    die_in_mid_move(library, end)
    pass_time(library, 60)
    error = error_of_move(library)
    if end == "drive:0":
        assert error is None
        return
    assert type(error) is RecoveryNeeded
    assert last_move(library) == ("unknown", None)
    pass_time(library, WHOLE_MOVE - 10)
    recovered(library)
    assert outcomes(library) == ["unknown"]
    pass_time(library, 10)
    recovered(library)
    assert outcomes(library)[0] == SETTLED[end]
    assert error_of_move(library) is None


@pytest.mark.parametrize(("later", "outcome"), [(-10, "unknown"), (0, "not-executed")])
def test_move_that_nobody_looked_at_is_over_two_whole_move_times_after_its_start(
    library: VirtualLibrary, later: float, outcome: str
) -> None:
    """The command timed out at the latest, and the robot had as long after that."""
    die_in_mid_move(library, "1")
    pass_time(library, AFTER_A_DEATH + later)
    recovered(library)
    assert outcomes(library) == [outcome]


@pytest.mark.parametrize("source", ["1", TAG, "@1001"])
def test_cartridge_that_the_robot_may_still_move_is_not_taken_from_its_source(
    library: VirtualLibrary, source: str
) -> None:
    die_in_mid_move(library, "1")
    source = source.replace("@1001", f"@{library.address_of('1')}")
    with library.counting() as counted:
        assert type(error_of_move(library, f"{source} 7")) is RecoveryNeeded
    assert counted[MOVE_MEDIUM] == 0


def test_time_from_which_an_open_move_is_settled_is_said_as_it_is(library: VirtualLibrary) -> None:
    die_in_mid_move(library, "1")
    pass_time(library, 60)
    now = library.clock.time
    settled_at = now + WHOLE_MOVE
    refused = error_of_move(library)
    assert refused is not None
    assert f"from {time_of_day(settled_at, now=now)} on" in (refused.hint or "")
    library.clock.time = settled_at
    assert error_of_move(library) is None


def test_time_that_a_reading_takes_is_no_time_that_the_robot_stood_still(
    library: VirtualLibrary,
) -> None:
    late_load(library, loss=TIMED_OUT)
    library.clock.time += WHOLE_MOVE - 20

    def take_time(_: int, cdb: bytes) -> None:
        library.clock.time += 60 if cdb[0] == READ_ELEMENT_STATUS else 0

    with library.open(wire=lambda inner: Wire(inner, after=take_time)) as opened:
        (found,) = recover(opened).findings
    assert found.action is RecoveryAction.WAIT
    assert last_move(library) == ("unknown", None)


def test_exchange_of_which_one_cartridge_has_come_may_still_be_under_way(
    library: VirtualLibrary,
) -> None:
    library.move_behind_our_back("2", "drive:0")
    with library.open() as opened:
        opened.store.begin_move(
            library.id,
            kind="exchange",
            source_address=library.address_of("1"),
            destination_address=library.address_of("drive:0"),
            second_destination_address=library.address_of("2"),
            volume_tag=TAG,
            second_volume_tag="A00002L8",
        )
    library.move_behind_our_back("drive:0", "7")
    library.move_behind_our_back("1", "drive:0")
    refused = error_of_move(library, "3 1")
    assert type(refused) is RecoveryNeeded
    assert last_move(library) == ("unknown", None)
    library.move_behind_our_back("7", "2")
    assert error_of_move(library, "3 1") is None
    assert outcomes(library) == ["completed", "completed"]


def test_clock_that_was_set_forward_after_a_start_of_the_host_is_not_believed(
    library: VirtualLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host came up half a minute ago: no more time than that has surely passed."""
    die_in_mid_move(library, "1")
    pass_time(library, 10 * WHOLE_MOVE)
    up_since = library.clock.time - 30
    monkeypatch.setattr(library.clock, "monotonic", lambda: library.clock.time - up_since)
    assert type(error_of_move(library)) is RecoveryNeeded
    pass_time(library, WHOLE_MOVE)
    assert error_of_move(library) is None
    assert outcomes(library)[0] == "not-executed"


def test_operation_is_settled_with_its_motion_that_was_late(make_library: MakeLibrary) -> None:
    """A cleaner that arrives in its slot after all was inserted."""
    library = make_library("autoloader", data_cartridges=3)
    address = library.reserve("6")
    library.operate("put CLN001CU mail:1", noticed=False)
    with library.open() as opened:
        begun = opened.store.begin_operation(library.id, "insert")
        opened.store.describe_operation(
            begun.id, slot_address=address, volume_tag="CLN001CU", cleans_left=7
        )
        opened.store.begin_move(
            library.id,
            kind="move",
            source_address=library.address_of("mail:1"),
            destination_address=address,
            volume_tag="CLN001CU",
            operation_id=begun.id,
        )
    library.execute("UPDATE operations SET process_identity = NULL")
    assert type(error_of_move(library)) is RecoveryNeeded
    library.move_behind_our_back("mail:1", "6")
    assert error_of_move(library) is None
    with library.store() as store:
        cleaner, operation = primary_cleaner(store, library.id), store.operation(begun.id)
    assert cleaner is not None and cleaner.cleans_left == 7
    assert operation is not None and operation.state == "completed"


@pytest.mark.parametrize("slot", ["6", "7"])
@pytest.mark.parametrize("function", ["reserve", "release"])
def test_slot_that_a_motion_may_still_reach_is_neither_reserved_nor_released(
    library: VirtualLibrary, function: str, slot: str
) -> None:
    """Empty now, but the robot may come with the cartridge."""
    if function == "release":
        library.reserve(slot)
    die_in_mid_move(library, "1", destination="6")

    def run() -> ChangerError | None:
        with library.open() as opened:
            acts = {"reserve": lambda: reserve(opened, parse_place(slot))}
            return error_of(acts.get(function, lambda: release(opened)))

    refused = run()
    assert (type(refused) is SlotUnknown) is (slot == "6")
    assert library.reserved == (
        library.address_of(slot) if (function == "release") is (slot == "6") else None
    )
    pass_time(library, AFTER_A_DEATH)
    if slot == "6":
        assert run() is None


# The picker: one story


@pytest.fixture(params=["timed out", "died", "failed"])
def stranded(request: pytest.FixtureRequest, make_library: MakeLibrary) -> VirtualLibrary:
    """A library whose picker holds A00001L8, of a move from slot 1 to drive 0 that ended so."""
    library = make_library("autoloader")
    if request.param == "timed out":
        late_load(library, (1.0, "1", "picker"), loss=TIMED_OUT)
        library.clock.on_sleep = lambda: None
    elif request.param == "failed":
        library.fault("move-fails in-transport")
        with library.open() as opened:
            error_of(lambda: load(opened, parse_place("1"), parse_place("drive:0")))
        return library  # the robot is known to be at rest
    else:
        die_in_mid_move(library, "picker")
    pass_time(library, AFTER_A_DEATH)
    assert library.tag_at("picker") == TAG
    return library


def test_every_move_names_the_cartridge_in_the_picker_and_what_puts_it_away(
    stranded: VirtualLibrary,
) -> None:
    refused = error_of_move(stranded)
    assert type(refused) is RecoveryNeeded
    assert "A00001L8 is in the picker" in refused.message
    assert "changer recover" in (refused.hint or "")


@pytest.mark.parametrize(
    ("options", "place", "outcome"),
    [
        ({}, "drive:0", "completed"),
        ({"direction": "on"}, "drive:0", "completed"),
        ({"direction": "back"}, "1", "not-executed"),
        ({"to": parse_place("6")}, "6", "misplaced"),
    ],
)
def test_recover_brings_it_on_back_or_aside(
    stranded: VirtualLibrary, options: dict[str, Any], place: str, outcome: str
) -> None:
    recovered(stranded, **options)
    assert stranded.tag_at(place) == TAG
    assert outcomes(stranded) == [outcome, "completed"]
    assert recovered(stranded).findings == ()
    assert error_of_move(stranded) is None


@pytest.mark.parametrize("source", ["picker", TAG, "@1"])
@pytest.mark.parametrize(
    ("place", "outcome"), [("drive:0", "completed"), ("1", "not-executed"), ("6", "misplaced")]
)
def test_move_out_of_the_picker_is_always_allowed_and_settles_the_move_that_left_it(
    stranded: VirtualLibrary, source: str, place: str, outcome: str
) -> None:
    assert error_of_move(stranded, f"{source} {place}") is None
    assert stranded.tag_at(place) == TAG
    assert outcomes(stranded) == [outcome, "completed"]
    assert recovered(stranded).findings == ()


def test_what_others_left_in_the_picker_goes_where_a_person_says(library: VirtualLibrary) -> None:
    library.fault("move-fails in-transport")
    library.move_behind_our_back("1", "6", fails=True)
    came = recovered(library)
    assert came.picked is None
    assert type(came.left) is RecoveryNeeded
    assert "A00001L8 is in the picker" in came.left.message
    assert "into slot 1: changer recover --back" in (came.left.hint or "")
    assert error_of(came.raise_for_open) is came.left
    announced: list[str] = []
    with library.open() as opened:
        came = recover(opened, RecoveryOptions(direction="back"), announce=announced.append)
    assert announced == ["move A00001L8 from the picker to slot 1"]
    assert came.picked is not None and str(came.picked.destination) == "1"
    assert library.tag_at("1") == TAG


def test_what_others_left_in_the_picker_goes_on_to_where_its_last_move_brought_it(
    library: VirtualLibrary,
) -> None:
    assert error_of_move(library, "1 6") is None
    assert error_of_move(library, "6 drive:0") is None
    library.fault("move-fails in-transport")
    library.move_behind_our_back("drive:0", "6", fails=True)
    recovered(library, direction="on")
    assert library.tag_at("drive:0") == TAG


def test_move_of_a_cartridge_without_a_label_says_nothing_of_another_one(
    make_library: MakeLibrary,
) -> None:
    library = make_library("autoloader", volume_tags="blank")
    assert error_of_move(library, "2 7") is None
    library.move_behind_our_back("7", "2")
    library.fault("move-fails in-transport")
    library.move_behind_our_back("1", "6", fails=True)
    assert type(recovered(library, direction="on").left) is RecoveryNeeded
    assert library.tag_at("picker") is not None


def test_cleaner_is_not_brought_home_while_the_robot_may_be_under_way(
    library: VirtualLibrary,
) -> None:
    library.reserve("6")
    library.operate("insert CLN001CU drive:0", noticed=False)
    with library.store() as store:
        bring_in(store, library.id, volume_tag="CLN001CU", cleans_left=7)
    die_in_mid_move(library, "1")
    with library.counting() as counted:
        came = recovered(library)
    assert (came.cleaners, counted[MOVE_MEDIUM]) == ((), 0)
    pass_time(library, WHOLE_MOVE)
    assert recovered(library).cleaners
    assert library.tag_at("6") == "CLN001CU"


def test_there_is_no_way_on_for_what_no_move_on_record_left(library: VirtualLibrary) -> None:
    library.fault("move-fails in-transport")
    library.move_behind_our_back("1", "6", fails=True)
    assert type(recovered(library, direction="on").left) is RecoveryNeeded
    assert library.tag_at("picker") == TAG


# Ended by the device, and half-way


# Of doors, of the robot, of a retry below, of makers: no sense tells whether the cartridge moved.
CODES = [
    *("02/04/00", "02/04/03", "02/04/12", "02/04/83", "02/3A/00", "02/3B/12"),
    *("03/44/00", "04/15/01", "05/24/00", "05/3B/0E", "05/3B/11", "05/53/02"),
    *("05/80/04", "07/27/00", "09/80/00", "0A/00/00", "0B/08/00", "0D/00/00"),
    *("0E/1D/00",),
]
ATTENTIONS = ["06/28/00", "06/28/01", "06/29/00", "06/3B/12", "02/04/01", "02/04/07"]


@pytest.mark.parametrize("code", [*CODES, *ATTENTIONS])
def test_cartridge_that_a_failed_move_brought_there_is_there(
    library: VirtualLibrary, code: str
) -> None:
    library.fault(f"move-fails at-destination {code}")
    assert error_of_move(library, "1 drive:0") is None
    assert last_move(library) == ("completed", library.address_of("drive:0"))


@pytest.mark.parametrize("code", [*CODES, *ATTENTIONS])
def test_cartridge_that_a_failed_move_left_half_way_is_in_the_picker(
    library: VirtualLibrary, code: str
) -> None:
    library.fault(f"move-fails in-transport {code}")
    with library.counting() as counted:
        error = error_of_move(library, "1 drive:0")
    assert (type(error), counted[MOVE_MEDIUM]) == (CartridgeMisplaced, 1)
    assert last_move(library) == ("unknown", library.address_of("picker"))
    assert type(error_of_move(library)) is RecoveryNeeded


@pytest.mark.parametrize("code", CODES)
def test_cartridge_that_a_failed_move_left_is_shown_at_its_source_twice(
    library: VirtualLibrary, code: str
) -> None:
    library.fault(f"move-fails at-source {code} always")
    with library.watched() as (opened, sent):
        error = error_of(lambda: move(opened, parse_place("1"), parse_place("drive:0")))
    assert error is not None
    motions = [number for number, cdb in enumerate(sent) if cdb[0] == MOVE_MEDIUM]
    assert len(motions) == (3 if code == "02/04/00" else 1)
    for number in motions:
        after = [cdb[2:4] for cdb in sent[number:] if cdb[0] == READ_ELEMENT_STATUS]
        assert after.count(library.address_of("1").to_bytes(2, "big")) >= 2
    assert set(outcomes(library)) == {"not-executed"}


def test_unit_attention_that_the_store_cannot_take_note_of_closes_nothing(
    demo: VirtualLibrary,
) -> None:
    demo.move_behind_our_back("2", "drive:1")
    with demo.open() as opened:
        opened.store.replace_drives(demo.id, [DriveIdentity(500, "S1")])
    demo.execute(
        "CREATE TRIGGER broken BEFORE DELETE ON drives BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    demo.fault("move-fails in-transport 06/28/00")
    assert type(error_of_move(demo, "1 drive:0")) is CartridgeMisplaced
    assert last_move(demo) == ("unknown", demo.address_of("picker"))


@pytest.mark.parametrize("code", ["05/24/00", "05/21/01", "05/20/00"])
def test_library_that_shows_no_transport_is_moved_in_and_is_asked_for_it_no_more(
    library: VirtualLibrary, code: str
) -> None:
    """Refused of transports alone: the library will refuse by itself if one is full."""

    def refuse(_: int, cdb: bytes) -> None:
        if cdb[0] == READ_ELEMENT_STATUS and cdb[1] & 0x0F == 1:
            library.fault(f"sense {code} on B8")

    asked: list[bytes] = []

    def wire(inner: Transport) -> Wire:
        def before(number: int, cdb: bytes) -> None:
            asked.append(cdb)
            refuse(number, cdb)

        return Wire(inner, before=before)

    for words in ("1 drive:0", "2 7"):
        asked.clear()
        with library.open(wire=wire) as opened:
            source, destination = map(parse_place, words.split())
            move(opened, source, destination)
        assert (
            len([cdb for cdb in asked if cdb[0] == READ_ELEMENT_STATUS and cdb[1] & 0x0F == 1]) < 5
        )


@pytest.mark.parametrize(("refusals", "is_asked_again"), [(2, True), (99, False)])
def test_accident_is_not_remembered_as_a_library_that_shows_no_transport(
    library: VirtualLibrary, refusals: int, is_asked_again: bool
) -> None:
    left, asked = [refusals], 0

    def refuse(_: int, cdb: bytes) -> None:
        nonlocal asked
        if cdb[0] == READ_ELEMENT_STATUS and cdb[1] & 0x0F == 1:
            asked += 1
            if left[0]:
                left[0] -= 1
                library.fault("sense 05/24/00 on B8")

    for words in ("1 drive:0", "2 7"):
        asked = 0
        with library.open(wire=lambda inner: Wire(inner, before=refuse)) as opened:
            source, destination = map(parse_place, words.split())
            move(opened, source, destination)
    assert (asked > 0) is is_asked_again


def test_library_that_refuses_every_reading_is_not_moved_in(library: VirtualLibrary) -> None:
    """It answered for source and destination, and then for nothing any more."""
    library.fault("sense 05/24/00 always on B8 after 2")
    with library.counting() as counted:
        assert error_of_move(library, "1 drive:0") is not None
    assert counted[MOVE_MEDIUM] == 0
