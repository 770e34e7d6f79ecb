"""Motions that take their time: what a virtual library reports meanwhile, and how they fail."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from changer.errors import ChangerError, CommandTimedOut, SimulatorRefused, TransportFailed
from changer.simulator.catalogue import profile_of
from changer.simulator.creation import create
from changer.simulator.profile import Profile
from changer.simulator.profiles.table import PROFILES

from .simulator_bench import GOOD, READY, Bench, exchange_cdb, move_cdb

PICKER, SLOT_1, SLOT_2, SLOT_23, SLOT_24, DRIVE_0, DRIVE_1 = 1, 1001, 1002, 1023, 1024, 500, 501
LOAD = move_cdb(SLOT_1, DRIVE_0)
STAGES = ["at-source", "in-transport", "at-destination"]
TAG = "A00001L8"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Its robot takes 60 seconds: 20 at the source, 20 under way, 20 at the destination."""
    return moving(tmp_path)


def moving(folder: Path, profile: str = "omitting", name: str = "bench", **fields: object) -> Bench:
    fields = {"move_seconds": 60, "slots": 24, "drive_load_seconds": 10} | fields
    return Bench(folder, profile, name=name, **fields)


def leave(bench: Bench, cdb: str) -> None:
    """Send it, and die at once."""
    with pytest.raises(CommandTimedOut):
        bench.send(cdb, timeout=0)


def shown(bench: Bench, *tags: str) -> list[str | None]:
    """Where the library reports these cartridges; reading takes no time."""
    slept = len(bench.clock.slept)
    elements = bench.elements()
    assert len(bench.clock.slept) == slept
    places = {each.tag: address for address, each in elements.items() if each.full}
    return [name(places[tag]) for tag in tags or (TAG,)]


def name(address: int) -> str:
    known = {PICKER: "picker", DRIVE_0: "drive:0", DRIVE_1: "drive:1"}
    return known.get(address, str(address - 1000))


def watch(bench: Bench, cdb: str, seconds: int, *tags: str) -> list[list[str | None]]:
    """What is reported every ten seconds from five on, of a motion left alone."""
    leave(bench, cdb)
    seen = []
    bench.clock.time -= 5
    for _ in range(seconds // 10):
        bench.clock.time += 10
        seen.append(shown(bench, *tags))
    return seen


# what is seen


def test_the_cartridge_is_at_its_source_then_in_the_picker_then_there(bench: Bench) -> None:
    seen = watch(bench, LOAD, 80)
    assert [place for (place,) in seen] == ["1"] * 2 + ["picker"] * 2 + ["drive:0"] * 4


def test_in_the_picker_it_still_names_its_slot(bench: Bench) -> None:
    leave(bench, LOAD)
    bench.clock.time += 30
    picker, slot = bench.elements(1)[PICKER], bench.elements(2)[SLOT_1]
    assert (picker.full, picker.tag, picker.byte_9 & 0x80, picker.source) == (
        True,
        TAG,
        0x80,
        SLOT_1,
    )
    assert (slot.full, slot.tag) == (False, "")


def test_every_other_command_is_answered_meanwhile(bench: Bench) -> None:
    leave(bench, LOAD)
    for cdb, unit in ((READY, None), (READY, 1), ("1A 08 1D 00 FF 00", None)):
        bench.send(cdb, unit=unit)
    assert bench.clock.slept == [0]


def test_a_motion_ends_though_nobody_waits_and_the_file_keeps_it(bench: Bench) -> None:
    leave(bench, LOAD)
    bench.sense(READY)  # saved by another command while the robot moves
    bench.clock.time += 10
    assert bench.sense(READY) is GOOD
    assert len(json.loads((bench.folder / "bench.json").read_text())["motions"]) == 1
    bench.clock.time += 3600
    assert bench.tag_at("drive:0") == TAG
    assert bench.sense(READY, unit=0) == "06/28/00"
    assert json.loads((bench.folder / "bench.json").read_text())["motions"] == []


def test_the_drive_draws_the_cartridge_in_when_the_robot_has_let_go(bench: Bench) -> None:
    leave(bench, LOAD)
    answers = []
    for _ in range(8):
        bench.clock.time += 10
        answers.append(bench.sense(READY, unit=0))
    assert answers == ["02/3A/00"] * 3 + ["02/04/01"] * 3 + ["06/28/00", GOOD]


@pytest.mark.parametrize(
    ("second", "end"), [(SLOT_2, "2"), (SLOT_24, "24")], ids=["the source", "a third place"]
)
def test_an_exchange_changes_the_cartridges_over_at_the_first_destination(
    tmp_path: Path, second: int, end: str
) -> None:
    bench = moving(tmp_path, move_seconds=40)
    assert bench.move(SLOT_1, DRIVE_0) is GOOD
    bench.clock.time += 60
    seen = watch(bench, exchange_cdb(SLOT_2, DRIVE_0, second), 80, "A00002L8", TAG)
    assert seen == [
        *[["2", "drive:0"]] * 2,
        *[["picker", "drive:0"]] * 2,
        *[["drive:0", "picker"]] * 2,
        *[["drive:0", end]] * 2,
    ]


def test_motions_wait_for_each_other_and_are_checked_when_the_robot_comes(bench: Bench) -> None:
    leave(bench, LOAD)
    # What is not so now, but will be: the drive full, the slot empty.
    assert bench.move(SLOT_2, DRIVE_0) == "05/3B/0D"
    assert bench.clock.slept[-1] == 60
    bench = moving(bench.folder, name="other")
    leave(bench, LOAD)
    assert bench.move(SLOT_2, SLOT_1) is GOOD
    assert bench.clock.slept[-1] == 120
    assert [bench.tag_at("drive:0"), bench.tag_at("1")] == [TAG, "A00002L8"]


def test_a_robot_that_was_stopped_with_a_cartridge_takes_up_no_other(bench: Bench) -> None:
    bench.fault("move-fails in-transport")
    leave(bench, LOAD)
    assert bench.move(SLOT_2, DRIVE_1) == "05/3B/A0"


def test_a_hand_can_spoil_a_motion_under_way(bench: Bench) -> None:
    leave(bench, LOAD)
    bench.clock.time += 30
    bench.operate("insert B00001L8 drive:0")
    bench.clock.time += 30
    assert bench.tag_at("picker") == TAG
    bench.operate("remove picker")
    bench.fault("clear unit-attention")
    leave(bench, move_cdb(SLOT_2, SLOT_24))
    bench.operate("remove 2")
    bench.fault("clear unit-attention")
    bench.clock.time += 60
    assert bench.tag_at("24") is None
    assert bench.move(DRIVE_0, SLOT_24) is GOOD, "it went on to what came next"


# a library that answers only at rest


def test_reading_waits_until_the_robot_stands_still(tmp_path: Path) -> None:
    bench = Bench(tmp_path, move_seconds=60)
    leave(bench, LOAD)
    bench.clock.time += 10
    assert bench.elements()[DRIVE_0].tag == TAG
    assert bench.clock.slept == [0, 50]
    leave(bench, move_cdb(SLOT_2, DRIVE_1))
    with pytest.raises(CommandTimedOut):
        bench.send("B8 10 0000 FFFF 00 00FFFF 0000", timeout=30)
    assert bench.tag_at("drive:1") is None, "reading ahead moves nothing"


def test_it_answers_everything_else_at_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path, move_seconds=60)
    leave(bench, LOAD)
    assert bench.sense(READY) is GOOD
    assert bench.sense("B8 15 0000 FFFF 00 00FFFF 0000") == "05/24/00"
    assert bench.clock.slept == [0]


@pytest.mark.parametrize(
    ("profile", "fields"), [("demo", {}), ("autoloader", {"product": "VIRTUAL"})]
)
def test_the_default_product_can_only_answer_at_rest(
    tmp_path: Path, profile: str, fields: dict[str, object]
) -> None:
    with pytest.raises(SimulatorRefused, match="only while its robot stands still") as caught:
        create("it", folder=tmp_path, profile=profile, answers_while_moving=True, **fields)
    assert caught.value.hint == "answers_while_moving needs another profile, or another product"
    create("it", folder=tmp_path, profile="demo", product="OTHER", answers_while_moving=True)
    assert profile_of("it", folder=tmp_path).answers_while_moving


def test_what_imitates_a_real_library_answers_while_it_moves() -> None:
    at_rest = [name for name, it in PROFILES.items() if not it.answers_while_moving]
    assert at_rest == ["demo", "magnum-1x7"]
    assert Profile().product == PROFILES["demo"].product == "VIRTUAL"


# faults


@pytest.mark.parametrize("stage", STAGES)
def test_a_reply_that_is_lost_leaves_the_robot_at_work(bench: Bench, stage: str) -> None:
    bench.fault(f"reply-lost {stage}")
    with pytest.raises(TransportFailed, match="went away without a reply"):
        bench.send(LOAD)
    number = STAGES.index(stage)
    assert bench.clock.slept == [10 + 20 * number]
    assert shown(bench) == [["1", "picker", "drive:0"][number]]
    assert bench.truth.faults == ()
    bench.clock.time += 60
    assert shown(bench) == ["drive:0"]


def test_a_late_robot_finds_the_path_lost_already(bench: Bench) -> None:
    for words in ("move-late 20m", "reply-lost at-source"):
        bench.fault(words)
    with pytest.raises(TransportFailed):
        bench.send(LOAD)
    assert bench.clock.slept == [10]
    bench.clock.time += 1200
    assert shown(bench) == ["1"]
    bench.clock.time += 20
    assert shown(bench) == ["picker"]


@pytest.mark.parametrize("stage", STAGES)
def test_a_move_that_fails_half_way_does_so_when_it_is_there(bench: Bench, stage: str) -> None:
    bench.fault(f"move-fails {stage} 02/04/03")
    assert bench.sense(LOAD) == "02/04/03"
    number = STAGES.index(stage)
    assert bench.clock.slept == [10 + 20 * number]
    bench.clock.time += 3600
    assert shown(bench) == [["1", "picker", "drive:0"][number]]


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("late", [0, 600])
def test_a_move_that_hangs_goes_on_to_where_it_stays(bench: Bench, stage: str, late: int) -> None:
    if late:
        bench.fault(f"move-late {late}")
    bench.fault(f"move-hangs {stage}")
    with pytest.raises(CommandTimedOut):
        bench.send(LOAD)
    bench.clock.time += late
    assert shown(bench) == ["1"]
    bench.clock.time += 3600
    assert shown(bench) == [["1", "picker", "drive:0"][STAGES.index(stage)]]


def test_a_late_move_is_over_after_its_command_was_given_up(bench: Bench) -> None:
    bench.fault("move-late 30 2 after 1")
    assert bench.move(SLOT_2, SLOT_24) is GOOD
    assert bench.clock.slept == [60]
    with pytest.raises(CommandTimedOut):
        bench.send(LOAD, timeout=60)
    assert bench.clock.slept == [60, 60]
    assert shown(bench) == ["picker"]
    bench.clock.time += 30
    assert shown(bench) == ["drive:0"]
    assert [str(fault) for fault in bench.truth.faults] == ["move-late 30s 1"]


def test_a_late_robot_looks_when_it_comes(bench: Bench) -> None:
    bench.fault("move-late 600")
    assert bench.move(SLOT_23, DRIVE_0) == "05/3B/0E"
    assert bench.clock.slept == [600]


@pytest.mark.parametrize("stage", STAGES)
def test_without_time_a_lost_reply_is_of_a_move_that_is_done(tmp_path: Path, stage: str) -> None:
    bench = moving(tmp_path, move_seconds=0)
    bench.fault(f"reply-lost {stage}")
    with pytest.raises(TransportFailed):
        bench.send(LOAD)
    assert shown(bench) == ["drive:0"]
    assert bench.clock.slept == []


def test_a_late_move_without_time_happens_at_once_when_it_comes(tmp_path: Path) -> None:
    bench = moving(tmp_path, move_seconds=0)
    bench.fault("move-late 60")
    leave(bench, LOAD)
    bench.clock.time += 59
    assert shown(bench) == ["1"]
    bench.clock.time += 1
    assert shown(bench) == ["drive:0"]


# files


def test_a_library_from_before_motions_took_time_still_loads(tmp_path: Path) -> None:
    bench = moving(tmp_path, "autoloader", move_seconds=0, slots=8)
    path = tmp_path / "bench.json"
    value = json.loads(path.read_text()) | {"version": 1}
    del value["motions"], value["profile"]["answers_while_moving"]
    path.write_text(json.dumps(value))
    assert bench.sense(READY) is GOOD
    assert not bench.truth.profile.answers_while_moving


@pytest.mark.parametrize(
    "change",
    [
        {"source": 9},
        {"second": 9},
        {"transport": SLOT_1},
        {"done": 3},
        {"done": -1},
        {"seconds": -1},
        {"begins_at": "now"},
        {"left": "somewhere"},
    ],
)
def test_a_motion_that_can_not_be_is_a_damaged_file(
    bench: Bench, change: dict[str, object]
) -> None:
    leave(bench, LOAD)
    path = bench.folder / "bench.json"
    value = json.loads(path.read_text())
    value["motions"][0] |= change
    path.write_text(json.dumps(value))
    with pytest.raises(ChangerError, match="damaged"):
        bench.send(READY)
