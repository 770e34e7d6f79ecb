"""What is asked of a device through the ring is answered as the simulator answers it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from changer.errors import CommandTimedOut, DeviceNotAvailable
from changer.host.clock import SystemClock
from changer.simulator.transport import SharedLibrary, SimulatedTransport
from changer.smc.cdb import raw
from changer.smc.command import Command
from changer.smc.element_status import read_element_status
from changer.smc.elements import ElementType
from changer.transport.replay import ReplayTransport
from changer.transport.trace_record import TraceHeader, TraceRecord, parse_line

from .kernel_side import ABORT_TASK, LUN_RESET
from .served_library import Serve, ServedLibrary

TEST_UNIT_READY = "000000000000"
INQUIRY = "120000006000"
PREVENT = "1e0000000100"
MOVE_TO_DRIVE = "a5000000 03e9 01f4 0000 00 00"
MOVE_BACK = "a5000000 01f4 03e9 0000 00 00"
TRANSPORT_STATUS = "b811 0000 ffff 00 00ffff 0000"
GOOD, CHECK_CONDITION, BUSY, TASK_ABORTED = 0x00, 0x02, 0x08, 0x40


def spelled(cdb: str, room: int = 0) -> Command[bytes]:
    return raw(bytes.fromhex(cdb), allocation_length=room, timeout_seconds=10.0)


@pytest.mark.parametrize(
    ("cdb", "room", "unit"),
    [
        (INQUIRY, 96, None),
        (INQUIRY, 96, 1),
        ("120180006000", 96, 0),
        ("1a081d00ff00", 255, None),
        ("1a003f00ff00", 10, None),
        ("b81000000fff000000ff0000", 255, None),
        ("b810000000ff0300ffff0000", 0xFFFF, None),
        ("4d00510000000000ff00", 255, 0),
        ("030000006000", 96, 1),
        (TEST_UNIT_READY, 0, None),
        (TEST_UNIT_READY, 0, 0),
        ("c00000000000", 0, None),
    ],
)
def test_a_ring_answers_what_the_simulated_transport_answers(
    serve: Serve, cdb: str, room: int, unit: int | None
) -> None:
    served = serve()
    transport = SimulatedTransport(
        SharedLibrary("it", folder=served.folder), unit=unit, clock=SystemClock()
    )
    expected = transport.execute(spelled(cdb, room))
    ended = served.ask(cdb, room=room, unit=unit)
    assert (ended.status, ended.sense) == (expected.status, expected.sense.rstrip(b"\0"))
    if not expected.status:
        assert ended.data == expected.data


def test_data_that_goes_out_reaches_the_library_and_the_trace(serve: Serve, tmp_path: Path) -> None:
    """The kernel answers this command itself where it emulates reservations; else it comes here."""
    path = tmp_path / "trace"
    served = serve(trace=path)
    register = bytes(8) + b"ch\0\1\0\0\0\7" + bytes(8)
    assert served.ask("5f 06 00 00 00 00 00 00 18 00", data_out=register).status == GOOD
    keys = served.ask("5e 00 00 00 00 00 00 00 40 00", room=64).data
    assert keys == bytes.fromhex("00000001 00000008") + register[8:16]
    records = [parse_line(line) for line in path.read_text().splitlines()]
    sent = [each for each in records if isinstance(each, TraceRecord)]
    assert [(each.name, each.data_out) for each in sent] == [
        ("PERSISTENT RESERVE OUT", register),
        ("PERSISTENT RESERVE IN", b""),
    ]


def test_a_slow_move_lets_others_pass(serve: Serve) -> None:
    served = serve(move_seconds=600)
    move = served.send(MOVE_TO_DRIVE)
    assert served.ask(INQUIRY, room=36).data[8:15] == b"CHANGER"
    assert served.ask(TEST_UNIT_READY, unit=1).status == CHECK_CONDITION
    assert served.ended() == [], "they did not wait"
    served.clock.skip(600)
    served.until(lambda: bool(ended := served.ended()) and ended[0].id == move)
    assert served.truth.place_of("A00001L8") == "drive:0"


def test_a_library_that_answers_while_it_moves_shows_the_robot_at_work(serve: Serve) -> None:
    served = serve("omitting", move_seconds=600)
    move = served.send(MOVE_TO_DRIVE)
    served.until(lambda: served.truth.commands.get(0xA5) == 1)
    seen = []
    kinds = (ElementType.MEDIUM_TRANSPORT, ElementType.STORAGE, ElementType.DATA_TRANSFER)
    for skipped in (100, 200, 200):
        served.clock.skip(skipped)
        seen.append([told_tags(served, kind) for kind in kinds])
    assert [["A00001L8" in tags for tags in each] for each in seen] == [
        [False, True, False],
        [True, False, False],
        [False, False, True],
    ]
    served.clock.skip(100)
    served.until(lambda: [each.id for each in served.ended()] == [move])


def test_a_library_that_answers_at_rest_answers_when_the_robot_stands_still(serve: Serve) -> None:
    served = serve(move_seconds=600)
    move = served.send(MOVE_TO_DRIVE)
    reading = served.send(TRANSPORT_STATUS, room=0xFFFF)
    assert served.ask(INQUIRY, room=36, unit=1).status == GOOD
    assert served.ended() == []
    served.clock.skip(600)
    served.until(lambda: not served.devices[None].kernel.sent)
    assert {each.id for each in served.ended()} == {move, reading}  # both end at that moment


@pytest.mark.parametrize("stage", ["at-source", "in-transport", "at-destination"])
def test_a_reply_that_is_lost_loses_the_connection_and_the_robot_carries_on(
    serve: Serve, stage: str
) -> None:
    served = serve("omitting", move_seconds=600)
    served.fault(f"reply-lost {stage}")
    served.send(MOVE_TO_DRIVE)
    served.until(lambda: served.truth.commands.get(0xA5) == 1)
    assert served.observer.lost == []
    served.clock.skip(599)
    served.until(lambda: [each.status for each in served.ended()] == [BUSY])
    assert served.observer.lost == [None]
    served.clock.skip(1)
    assert served.truth.place_of("A00001L8") == "drive:0"


def test_a_command_that_hangs_ends_when_the_initiator_takes_it_back(serve: Serve) -> None:
    served = serve()
    served.fault("hang on test-unit-ready")
    hanging = served.send(TEST_UNIT_READY)
    assert served.ask(INQUIRY, room=36).status == GOOD
    served.manage(ABORT_TASK, [hanging, 12345])
    served.until(lambda: not served.devices[None].kernel.sent)
    assert [(each.id, each.status) for each in served.ended()] == [(hanging, TASK_ABORTED)]
    assert served.ask(TEST_UNIT_READY).status == GOOD


def test_a_slow_command_that_was_taken_back_is_answered_only_once(serve: Serve) -> None:
    served = serve(move_seconds=600)
    move = served.send(MOVE_TO_DRIVE)
    served.ask(INQUIRY, room=36)
    served.manage(ABORT_TASK, [move])
    served.until(lambda: [each.id for each in served.ended()] == [move])
    served.clock.skip(600)
    for _ in range(2):  # the first may come before what is due now
        assert served.ask(INQUIRY, room=36).status == GOOD
    assert not served.observer.failures


@pytest.mark.parametrize("unit", [None, 0])
def test_a_reset_ends_what_waits_and_allows_removal(serve: Serve, unit: int | None) -> None:
    served = serve()
    served.ask(MOVE_TO_DRIVE)
    for each in (None, 0):
        assert served.ask(PREVENT, unit=each).status == GOOD
    served.fault("hang" if unit is None else f"hang drive:{unit}")
    hanging = served.send(INQUIRY, room=36, unit=unit)
    served.manage(LUN_RESET, [hanging], unit=unit)
    served.until(lambda: [each.id for each in served.ended(unit)] == [hanging])
    served.ask(INQUIRY, room=36, unit=unit)
    assert served.truth.prevented is (unit is not None)
    # 05/53/03: the drive holds on; only a reset of the drive itself lets go.
    assert served.ask(MOVE_BACK).status == (CHECK_CONDITION if unit is None else GOOD)


def test_a_lost_connection_is_told_before_the_command_is_sent_back(serve: Serve) -> None:
    served = serve()
    served.fault("no-reply drive:1")
    assert served.ask(INQUIRY, room=36, unit=1).status == BUSY
    assert served.observer.lost == [1]
    assert served.ask(INQUIRY, room=36, unit=1).status == GOOD


def test_units_that_are_unplugged_are_told_without_any_command(serve: Serve) -> None:
    served = serve()
    served.fault("unplugged drive:1")
    served.until(lambda: served.observer.unplugs == [frozenset({1})])
    served.fault("unplugged")
    served.until(lambda: served.observer.unplugs[-1] == {None, 1})
    assert served.ask(INQUIRY, room=36).status == BUSY
    served.fault("clear unplugged")
    served.until(lambda: served.observer.unplugs[-1] == frozenset())
    assert served.ask(INQUIRY, room=36).status == GOOD


def test_a_library_that_was_deleted_ends_the_service_and_no_command_waits(serve: Serve) -> None:
    served = serve()
    served.fault("hang")
    hanging = served.send(INQUIRY, room=36)
    served.until(lambda: not served.truth.faults)  # it was taken, and the file saved since
    (served.folder / "it.json").unlink()
    served.until(lambda: bool(served.observer.failures))
    assert isinstance(served.observer.failures[0], DeviceNotAvailable)
    served.until(lambda: [each.id for each in served.ended()] == [hanging])
    assert served.ask(INQUIRY, room=36).status == BUSY
    assert len(served.observer.failures) == 1


def test_memory_that_breaks_ends_the_service(serve: Serve) -> None:
    served = serve()
    kernel = served.devices[0].kernel
    kernel.memory[12:16] = b"\xff\xff\xff\x7f"
    served.devices[0].ring_bell()
    served.until(lambda: bool(served.observer.failures))
    assert "head" in str(served.observer.failures[0])


def test_draining_leaves_no_command_waiting(serve: Serve) -> None:
    served = serve(move_seconds=60)
    served.fault("hang drive:0")
    slow, hanging = served.send(MOVE_TO_DRIVE), served.send(INQUIRY, room=36, unit=0)
    served.until(lambda: served.truth.commands.get(0xA5) == 1)
    served.service.drain()
    served.until(lambda: [each.id for each in served.ended()] == [slow])
    served.until(lambda: [each.id for each in served.ended(0)] == [hanging])


def test_every_element_of_the_largest_library_is_told(serve: Serve) -> None:
    served = serve("huge")
    found = [address for kind in ElementType for address in told_addresses(served, kind)]
    profile = served.truth.profile
    every = [profile.transports, profile.slots, profile.mail, profile.drives]
    assert len(found) == len(set(found)) == sum(every) == 65_000


def told_addresses(served: ServedLibrary, kind: ElementType) -> Iterator[int]:
    start = 0
    while True:
        command = read_element_status(kind, starting_address=start, number_of_elements=0xFFFF)
        elements = command.parse(served.ask(command.cdb, room=0xFFFF).data).elements
        if not elements:
            return
        yield from (each.address for each in elements)
        start = elements[-1].address + 1


def told_tags(served: ServedLibrary, kind: ElementType) -> list[str]:
    command = read_element_status(
        kind, starting_address=0, number_of_elements=0xFFFF, volume_tags=True
    )
    elements = command.parse(served.ask(command.cdb, room=0xFFFF).data).elements
    return [str(each.volume_tag or "") for each in elements]


# The trace


def records(path: Path) -> list[TraceHeader | TraceRecord]:
    return [parse_line(line) for line in path.read_text().splitlines()]


def test_the_trace_tells_what_each_device_was_asked(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "trace"
    served = serve(trace=path)
    served.ask(INQUIRY, room=36)
    served.ask("1b0000000000", unit=1)
    served.ask(MOVE_TO_DRIVE)
    told = [
        each.device if isinstance(each, TraceHeader) else (each.device, each.name, each.status)
        for each in records(path)
    ]
    assert told == [
        "sim:it",
        ("sim:it", "INQUIRY", GOOD),
        ("sim:it/drive:1", "LOAD UNLOAD", CHECK_CONDITION),
        ("sim:it", "MOVE MEDIUM", GOOD),
    ]
    drive = ReplayTransport(path, drive="sim:it/drive:1")
    assert drive.execute(spelled("1b0000000000")).status == CHECK_CONDITION


def test_the_trace_can_be_replayed_also_what_was_taken_back(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "trace"
    served = serve(trace=path)
    given = served.ask(INQUIRY, room=36)
    served.fault("hang on test-unit-ready")
    hanging = served.send(TEST_UNIT_READY)
    served.manage(ABORT_TASK, [hanging])
    served.until(lambda: bool(served.ended()))
    replay = ReplayTransport(path)
    reply = replay.execute(spelled(INQUIRY, 36))
    assert (reply.status, reply.data) == (given.status, given.data)
    with pytest.raises(CommandTimedOut):
        replay.execute(spelled(TEST_UNIT_READY))


def test_two_libraries_are_served_at_once(serve: Serve) -> None:
    one, other = serve(name="one"), serve("l700", name="other")
    assert one.ask(INQUIRY, room=36).data[8:15] == b"CHANGER"
    assert other.ask(INQUIRY, room=36).data[8:12] == b"STK "
    one.fault("hang")
    one.send(INQUIRY, room=36)
    assert other.ask(TEST_UNIT_READY).status == GOOD
