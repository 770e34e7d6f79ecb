"""The owner of a library works with the drives of the host that asks, by their serial numbers."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from changer.errors import AccessDenied, DeviceNotAvailable
from changer.library import discovery
from changer.library.discovery import ScsiDevice, mean_tapes_of
from changer.library.opening import host_request
from changer.library.settings import Configuration
from changer.moves.drive_eject import exclusive_open
from changer.owner import answers
from changer.owner.answers import Answers
from changer.owner.client import Client, ClientTapes
from changer.owner.frames import Frame, decode, encode
from changer.transport.opening import open_tapes_by
from changer.values import replace

from .drive_unit import INQUIRY, LOAD_UNLOAD, LOG_SENSE, TEST_UNIT_READY
from .host import Host
from .stand_in import StandIn
from .test_told_drives import DRIVE_0, DRIVE_1, SLOTS, two_drives, with_cleaner

NOT_AVAILABLE = 10
REQUEST_SENSE = 0x03
ALLOWED = {TEST_UNIT_READY, INQUIRY, LOAD_UNLOAD, LOG_SENSE}


class Asking:
    """The host that asks: its sysfs has the drives, and the owner's has none any more."""

    def __init__(self, host: Host, folder: Path) -> None:
        self._host = host
        self._sysfs = folder / "sys of the client"
        self.asked: list[str] = []
        self.answers = Answers(host_request("the client", Configuration()), lambda _: "")

    def take_drives(self) -> None:
        shutil.move(self._host.sysfs, self._sysfs)

    def lose(self, node: int) -> None:
        """A drive that is not attached to it."""
        shutil.rmtree(self._sysfs / f"class/scsi_generic/sg{node}")

    def tape_drives(self) -> tuple[ScsiDevice, ...]:
        with patch.object(discovery, "_SYS", self._sysfs):
            return tuple(discovery._find(discovery.SEQUENTIAL_ACCESS))

    def serve(self, reading: int, writing: int) -> None:
        with os.fdopen(reading, "rb") as lines, os.fdopen(writing, "wb") as out:
            for line in lines:
                frame = decode(line)
                if "exit" in frame:
                    return
                if "ask" in frame:
                    self.asked.append(frame["ask"])
                    out.write(encode(self.answers.answer(frame)))
                    out.flush()


@pytest.fixture
def asking(host: Host, folder: Path) -> Iterator[Asking]:
    """This process is the owner's, and a thread of it is the host that asks."""
    made = Asking(host, folder)
    to_client, from_owner = os.pipe()
    to_owner, from_client = os.pipe()
    with ExitStack() as stack:
        stack.enter_context(patch.object(answers, "find_tape_drives", made.tape_drives))
        client = Client(to_owner, from_owner)
        thread = threading.Thread(target=made.serve, args=(to_client, from_client))
        thread.start()
        client.listen()
        tapes = ClientTapes(client)
        mean_tapes_of(tapes)
        open_tapes_by(tapes.open)
        try:
            yield made
        finally:
            mean_tapes_of(None)
            open_tapes_by(None)
            client.end(0)
            thread.join()
            os.close(from_owner)


def attached(host: Host, asking: Asking) -> StandIn:
    library = two_drives()
    with_cleaner(host, library)
    asking.take_drives()
    return library


def test_a_drive_is_found_and_waited_for_on_the_host_that_asks(host: Host, asking: Asking) -> None:
    library = attached(host, asking)
    run = host.changer("load", "A00001L8", "--ready")
    assert run.status == 0 and "changer:" not in run.err
    assert run.json["device"] == "/dev/nst0" and run.json["ready"] is True
    assert {"tape-drives", "execute"} <= {*asking.asked}
    assert library.bays[DRIVE_0].commands, "the drive was asked"
    shown = host.changer("status").json["drives"]
    assert [each["device"] for each in shown] == ["/dev/nst0", "/dev/nst1"]


def test_the_device_is_printed_for_the_program_that_asks(host: Host, asking: Asking) -> None:
    attached(host, asking)
    assert host.text("load", "1", "1", "--print-device").out == "/dev/nst1\n"


def test_a_drive_that_is_not_there_is_an_error_before_anything_moves(
    host: Host, asking: Asking
) -> None:
    library = attached(host, asking)
    asking.lose(1)
    run = host.changer("load", "1", "1", "--ready")
    assert run.status == NOT_AVAILABLE and not library.motions
    assert "no tape device of this host has the serial number HU1000BBBB" in run.err
    assert host.changer("load", "1", "1").status == 0, "the robot needs no device"


def test_a_drive_is_cleaned_and_watched_where_it_is(host: Host, asking: Asking) -> None:
    library = attached(host, asking)
    library.bays[DRIVE_1].wants_cleaning = True
    run = host.changer("clean", "1")
    assert run.status == 0 and "changer:" not in run.err
    assert library.where(2) == SLOTS[-1], "the cleaner is home"
    assert not library.bays[DRIVE_1].wants_cleaning
    assert {cdb[0] for each in library.bays.values() for cdb in each.commands} <= ALLOWED


def test_drives_are_listed_with_their_users_there(host: Host, asking: Asking) -> None:
    attached(host, asking)
    drives = host.changer("drives").json["drives"]
    assert [each["device"] for each in drives] == ["/dev/nst0", "/dev/nst1"]
    assert {"users", "counters"} <= {*asking.asked}


def test_drives_without_a_serial_number_in_the_library_are_not_guessed(
    host: Host, asking: Asking
) -> None:
    """Another host may see drives of other libraries, at the same element addresses."""
    library = attached(host, asking)
    library.knows_drives = False
    run = host.changer("load", "1", "0", "--ready")
    assert run.status == NOT_AVAILABLE and not library.motions


def test_tape_nodes_are_held_there_until_they_are_let_go(host: Host, asking: Asking) -> None:
    attached(host, asking)
    drive = asking.tape_drives()[0]
    node = Path("/dev/null")
    held = f"/proc/self/fd/{os.open(node, os.O_RDONLY)}"
    os.close(int(Path(held).name))
    with (
        patch.object(answers, "find_tape_drives", lambda: (replace(drive, tape=node),)),
        exclusive_open([node], "not moved"),
    ):
        assert Path(held).readlink() == node, "the lowest descriptor that was free"
    assert not Path(held).exists() or Path(held).readlink() != node


def test_a_tape_node_that_can_t_be_opened_there_is_named(host: Host, asking: Asking) -> None:
    attached(host, asking)
    with (
        pytest.raises(
            DeviceNotAvailable, match=r"not moved: .* /dev/nst0 can't be opened: No such"
        ),
        exclusive_open([Path("/dev/nst0")], "not moved"),
    ):
        pass


def test_tape_nodes_are_not_held_by_halves(host: Host, asking: Asking) -> None:
    """The first one is let go of where the second can't be opened."""
    attached(host, asking)
    nodes = [Path("/dev/null"), Path("/dev/nst1")]
    drives = [replace(asking.tape_drives()[0], tape=each) for each in nodes]
    before = {*Path("/proc/self/fd").iterdir()}
    with patch.object(answers, "find_tape_drives", lambda: drives):
        answer = asking.answers.answer({"ask": "hold", "nodes": [str(each) for each in nodes]})
    assert answer["value"] == {"node": "/dev/nst1", "errno": errno.ENOENT}
    assert {*Path("/proc/self/fd").iterdir()} == before


def test_tape_nodes_that_are_held_are_let_go_with_the_line(host: Host, asking: Asking) -> None:
    attached(host, asking)
    drive = replace(asking.tape_drives()[0], tape=Path("/dev/null"))
    before = {*Path("/proc/self/fd").iterdir()}
    with patch.object(answers, "find_tape_drives", lambda: [drive]):
        assert asking.answers.answer({"ask": "hold", "nodes": ["/dev/null"]})["value"] is None
    assert {*Path("/proc/self/fd").iterdir()} != before
    asking.answers.close()
    assert {*Path("/proc/self/fd").iterdir()} == before


def answer_to(asking: Asking, cdb: str, *, device: str = "/dev/sg0", **more: Any) -> Frame:
    frame = {"ask": "execute", "number": 1, "device": device, "cdb": cdb, "name": "THE COMMAND"}
    return asking.answers.answer({**frame, "length": 0, "timeout": 1, **more})


def test_an_owner_can_t_have_a_tape_written_or_rewound(host: Host, asking: Asking) -> None:
    library = attached(host, asking)
    bay = library.bays[DRIVE_0]
    for opcode in range(0x100):
        bay.commands.clear()
        answer = answer_to(asking, bytes([opcode, 0, 0, 0, 0, 0]).hex())
        if opcode in {*ALLOWED, REQUEST_SENSE}:
            assert [each[0] for each in bay.commands] == [opcode] and "value" in answer
            continue
        assert not bay.commands
        assert answer["error"]["code"] == AccessDenied.code
        assert answer["error"]["message"] == (
            "/dev/sg0 is not sent THE COMMAND: the owner of a library may not send it to a drive "
            "of another host"
        )
    assert answer_to(asking, "")["error"]["code"] == AccessDenied.code


def test_an_owner_can_t_have_another_device_used(host: Host, asking: Asking) -> None:
    library = attached(host, asking)
    for each in library.bays.values():
        each.commands.clear()
    error = answer_to(asking, "000000000000", device="/dev/sg7")["error"]
    assert (error["code"], error["message"]) == (
        AccessDenied.code,
        "/dev/sg7 is not a tape drive of this host, and the owner of a library may ask for no "
        "other",
    )
    assert not any(each.commands for each in library.bays.values())


@pytest.mark.parametrize(
    ("more", "is_sent"),
    [
        ({"length": 0xFFFF}, True),
        ({"length": 0x10000}, False),
        ({"length": -1}, False),
        ({"timeout": 86400}, True),
        ({"timeout": 86401}, False),
        ({"timeout": True}, False),
    ],
    ids=str,
)
def test_a_command_of_an_owner_takes_no_more_than_one_may(
    host: Host, asking: Asking, more: Frame, is_sent: bool
) -> None:
    library = attached(host, asking)
    bay = library.bays[DRIVE_0]
    bay.commands.clear()
    answer = answer_to(asking, "4d0000000000000000000000", **more)
    assert ("value" in answer, bool(bay.commands)) == (is_sent, is_sent)


@pytest.mark.parametrize(
    "frame",
    [
        {},
        {"ask": "everything"},
        {"ask": "execute"},
        {"ask": "execute", "device": "/dev/sg0", "cdb": "zz"},
        {"ask": "users", "folders": "/sys"},
        {"ask": "hold", "nodes": ["/etc/passwd"]},
        {"ask": "counters", "folder": "/sys/kernel"},
        {"ask": "input", "size": -1},
    ],
    ids=str,
)
def test_a_question_that_makes_no_sense_is_answered_with_an_error(
    host: Host, asking: Asking, frame: dict[str, Any]
) -> None:
    attached(host, asking)
    assert "error" in asking.answers.answer({**frame, "number": 3})
