"""Cartridges are moved by the kernel's own device, and put back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .contents import Contents
from .dispatch_count import Dispatched
from .mtx_status import ReadMtx
from .program import Program

MOVE_MEDIUM = 0xA5


@pytest.fixture
def contents(changer: Program, mtx_status: ReadMtx) -> Iterator[Contents]:
    """What is where before the test; afterwards everything is put back there."""
    before = mtx_status()
    yield Contents(before)
    homes = {slot.volume_tag: slot.number for slot in before.slots if slot.volume_tag}
    for drive in mtx_status().drives:
        if drive.full:
            changer.do("unload", str(drive.number), str(homes[str(drive.volume_tag)]))
    for slot in mtx_status().slots:
        if slot.volume_tag and homes[slot.volume_tag] != slot.number:
            changer.do("move", str(slot.number), str(homes[slot.volume_tag]))
    assert mtx_status().slots == before.slots


def last_drive_like_the_first(drives: list[dict[str, Any]]) -> int:
    """Its number: a drive of another model may refuse the cartridges that the first one takes."""
    models = [drive_model(drive["device"]) for drive in drives]
    return max(number for number, model in enumerate(models) if model == models[0])


def drive_model(device: str | None) -> str | None:
    """The model of a tape device by sysfs; None if the library does not report which it is."""
    if device is None:
        return None
    return (Path("/sys/class/scsi_tape") / Path(device).name / "device" / "model").read_text()


def test_a_cartridge_is_loaded_and_goes_back_to_where_it_came_from(
    changer: Program, contents: Contents, mtx_status: ReadMtx
) -> None:
    full, _, _ = contents.two_full_and_one_empty()
    moved = changer.do("load", str(full.number), "--json").document["moves"][0]
    assert moved["volume_tag"] == full.volume_tag
    (drive, *_) = mtx_status().drives
    assert (drive.full, drive.volume_tag, drive.source) == (True, full.volume_tag, full.number)
    ended = changer.start("unload", "drive:0")
    assert ended.exit_status == 0, ended
    assert mtx_status() == contents.status


def test_a_cartridge_is_loaded_by_its_volume_tag_into_another_drive(
    changer: Program, contents: Contents, mtx_status: ReadMtx
) -> None:
    _, full, _ = contents.two_full_and_one_empty()
    last = last_drive_like_the_first(changer.status()["drives"])
    changer.do("load", str(full.volume_tag), f"drive:{last}")
    assert mtx_status().drives[last].volume_tag == full.volume_tag
    changer.do("unload", str(last))


def test_a_cartridge_is_moved_to_an_empty_slot(
    changer: Program, contents: Contents, mtx_status: ReadMtx
) -> None:
    full, _, empty = contents.two_full_and_one_empty()
    changer.do("transfer", str(full.number), str(empty.number))
    slots = {slot.number: slot for slot in mtx_status().slots}
    assert slots[empty.number].volume_tag == full.volume_tag
    assert not slots[full.number].full


def test_a_move_that_can_not_be_made_is_refused_before_it_is_sent(
    changer: Program, contents: Contents, dispatched: Dispatched
) -> None:
    full, other, empty = contents.two_full_and_one_empty()
    beyond = str(len(contents.status.slots) + 1)
    refusals = {
        ("move", str(empty.number), str(full.number)): "source-empty",
        ("move", str(full.number), str(other.number)): "destination-full",
        ("move", str(full.number), str(full.number)): "move-not-allowed",
        ("load", beyond): "invalid-slot",
        ("load", str(full.number), "99"): "no-such-drive",
        ("move", "@65535", str(empty.number)): "invalid-slot",
        ("unload", "0"): "source-empty",
        ("load", "NOSUCHL8"): "volume-not-found",
    }
    with dispatched() as opcodes:
        found = {words: changer.refuse(*words)["code"] for words in refusals}
    assert found == refusals
    assert MOVE_MEDIUM not in opcodes
    assert changer.do("history", "--json").document["events"] == []


def test_load_and_unload_cost_seven_commands_with_their_checks(
    changer: Program, contents: Contents, dispatched: Dispatched
) -> None:
    full, _, _ = contents.two_full_and_one_empty()
    changer.do("load", str(full.number))
    changer.do("unload")
    for words in (("load", str(full.number)), ("unload",)):
        with dispatched() as opcodes:
            changer.do(*words)
        assert len(opcodes) <= 7, (words, opcodes)
        assert opcodes.count(MOVE_MEDIUM) == 1


def test_every_move_is_in_the_journal(changer: Program, contents: Contents) -> None:
    full, _, empty = contents.two_full_and_one_empty()
    changer.do("move", str(full.number), str(empty.number))
    (event,) = changer.do("history", "--json").document["events"]
    assert (event["kind"], event["state"]) == ("move", "completed")
    assert event["volume_tag"] == full.volume_tag


def test_the_trace_of_a_load_answers_the_same_commands_again(
    changer: Program, contents: Contents
) -> None:
    full, _, _ = contents.two_full_and_one_empty()
    trace = f"{changer.environment['CHANGER_STATE']}.trace"
    changer.do("load", str(full.number), "--trace", trace)

    from changer.smc.element_status import read_element_status
    from changer.transport.replay import ReplayTransport
    from changer.transport.trace_record import TraceRecord, parse_line

    records = [parse_line(line) for line in Path(trace).read_text().splitlines()]
    cdbs = [each.cdb for each in records if isinstance(each, TraceRecord)]
    assert [cdb[0] for cdb in cdbs].count(MOVE_MEDIUM) == 1
    command = read_element_status(None, starting_address=0, number_of_elements=1)
    wanted = next(cdb for cdb in cdbs if cdb[0] == command.cdb[0])
    replayed = ReplayTransport(Path(trace)).execute(
        type(command)(command.name, wanted, 65535, 1.0, command.parse)
    )
    assert command.parse(replayed.data).elements
