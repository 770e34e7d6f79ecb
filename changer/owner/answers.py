"""Answers of a client to its owner: about tape drives of this host, and what is typed here.

The owner may send a tape drive only what a robot's program needs: nothing that reads, writes or
rewinds a tape.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from changer.errors import AccessDenied, ChangerError, MalformedData
from changer.host.device_use import tape_counters, users_of
from changer.library.discovery import SEQUENTIAL_ACCESS, device_at, find_tape_drives
from changer.owner.devices import device_frame
from changer.owner.errors_sent import error_frame
from changer.owner.frames import Frame, bytes_of, number_of, text_of, texts_of
from changer.smc.cdb import raw
from changer.transport.opening import open_transport
from changer.values import replace

if TYPE_CHECKING:
    from changer.library.discovery import ScsiDevice
    from changer.library.opening import Request

# TEST UNIT READY, REQUEST SENSE, INQUIRY, LOAD UNLOAD, LOG SENSE: all that is sent to drives.
_ALLOWED = (0x00, 0x03, 0x12, 0x1B, 0x4D)
_LARGEST_TRANSFER = 0xFFFF
_LONGEST_SECONDS = 86400.0


class Answers:
    """What this host answers; ``read_input``: up to a number of characters, or a line for 0."""

    def __init__(self, request: Request, read_input: Callable[[int], str]) -> None:
        self._request = request
        self._read_input = read_input
        self._held = ExitStack()
        self._kinds: dict[str, Callable[[Frame], object]] = {
            "tape-drives": lambda _: [device_frame(each) for each in find_tape_drives()],
            "tape-device": self._tape_device,
            "users": self._users,
            "counters": self._counters,
            "hold": self._hold,
            "release": lambda _: self._held.close(),
            "execute": self._execute,
            "input": self._input,
        }

    def answer(self, frame: Frame) -> Frame:
        """The answer to one question, or the error."""
        answer: Frame = {"answer": frame.get("number")}
        try:
            kind = self._kinds.get(text_of(frame, "ask"))
            if kind is None:
                raise MalformedData(f"unknown question {frame['ask']!r}")
            answer["value"] = kind(frame)
        except ChangerError as error:
            answer["error"] = error_frame(error)
        return answer

    def close(self) -> None:
        """Let go of what the owner had held."""
        self._held.close()

    def _tape_device(self, frame: Frame) -> Frame | None:
        found = device_at(Path(text_of(frame, "path")))
        if found is None:
            return None
        known = (each for each in find_tape_drives() if each.device == found.device)
        return device_frame(next(known, found))  # with what udev knows of it, too

    def _users(self, frame: Frame) -> Frame:
        users, all_seen = users_of(_folders(texts_of(frame, "folders")))
        return {"users": [[each.process_id, each.name] for each in users], "all_seen": all_seen}

    def _counters(self, frame: Frame) -> list[int]:
        (folder,) = _folders([text_of(frame, "folder")])
        return [*tape_counters(folder)]

    def _hold(self, frame: Frame) -> Frame | None:
        """Keep tape nodes open; the first that can't be, and why."""
        nodes = [Path(each) for each in texts_of(frame, "nodes")]
        known = {each.tape for each in find_tape_drives()}
        with ExitStack() as opened:
            for node in nodes:
                if node not in known:
                    raise _not_a_drive(node)
                try:
                    # Without waiting for the drive to be ready; closing does not rewind.
                    descriptor = os.open(node, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
                except OSError as error:
                    return {"node": str(node), "errno": error.errno or 0}
                opened.callback(os.close, descriptor)
            self._held.push(opened.pop_all())
        return None

    def _execute(self, frame: Frame) -> Frame:
        device = _drive(text_of(frame, "device"))
        cdb = bytes_of(frame, "cdb")
        if not cdb or cdb[0] not in _ALLOWED:
            raise AccessDenied(
                f"{device.device} is not sent {text_of(frame, 'name')}: the owner of a library may "
                "not send it to a drive of another host",
                hint="it may be of another version than this host's changer",
            )
        command = raw(
            cdb,
            allocation_length=int(number_of(frame, "length", most=_LARGEST_TRANSFER)),
            timeout_seconds=number_of(frame, "timeout", most=_LONGEST_SECONDS),
        )
        command = replace(command, name=text_of(frame, "name"))
        with closing(open_transport(str(device.device), self._request.wiring())) as transport:
            reply = transport.execute(command)
        return {"status": reply.status, "data": reply.data.hex(), "sense": reply.sense.hex()}

    def _input(self, frame: Frame) -> str:
        return self._read_input(int(number_of(frame, "size")))


def _drive(name: str) -> ScsiDevice:
    """The tape drive of this host with an sg node. Raises AccessDenied."""
    device = Path(name)
    for each in find_tape_drives():
        if each.device == device and each.peripheral_device_type == SEQUENTIAL_ACCESS:
            return each
    raise _not_a_drive(device)


def _folders(names: Iterable[str]) -> list[Path]:
    known = {each.folder for each in find_tape_drives()}
    folders = [Path(each) for each in names]
    for each in folders:
        if each not in known:
            raise _not_a_drive(each)
    return folders


def _not_a_drive(path: Path) -> AccessDenied:
    return AccessDenied(
        f"{path} is not a tape drive of this host, and the owner of a library may ask for no other",
        hint="it may have been removed: lsscsi -g lists the tape drives",
    )
