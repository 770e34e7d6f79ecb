"""The witnesses of tests/hosts see what they are there for: late moves, in whatever frames."""

from __future__ import annotations

import struct

import pytest
from hosts.observed import Observer
from hosts.turns import overtaken

HOST, KEEPER = b"\xc0\x00\x02\x0b", b"\xc0\x00\x02\x0a"
PORT = 3260
MOVE = bytes((0xA5, 0, 0, 1, 3, 0xE9, 1, 0xF4, 0, 0, 0, 0))
REGISTER = bytes((0x5F, 0x06, 0, 0, 0, 0, 0, 0, 24, 0))


class Line:
    """One direction of a host's connection: octets become frames that the observer sees."""

    def __init__(self, observer: Observer, host: str, *, to_target: bool) -> None:
        self._see = observer.see
        self._ends = (host, "keeper") if to_target else ("keeper", host)
        # Each host has a port of its own, so that this needs no addresses of theirs.
        own = 40000 + ord(host)
        self._ports = (own, PORT) if to_target else (PORT, own)
        self._addresses = (HOST, KEEPER) if to_target else (KEEPER, HOST)
        self.number = 0xFFFFFFF0  # it passes zero soon
        self.frame(self.number, b"", flags=2)
        self.number += 1

    def frame(self, number: int, payload: bytes, *, flags: int = 16) -> None:
        tcp = struct.pack(">HHII", *self._ports, number & 0xFFFFFFFF, 0)
        tcp += bytes((5 << 4, flags, 0, 0, 0, 0, 0, 0)) + payload
        header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0)
        packet = header + b"".join(self._addresses) + tcp
        self._see(*self._ends, bytes(12) + b"\x08\x00" + packet)

    def send(self, octets: bytes, sizes: tuple[int, ...] = ()) -> None:
        for size in (*sizes, len(octets)):
            part, octets = octets[:size], octets[size:]
            if part:
                self.frame(self.number, part)
                self.number += len(part)


def command(tag: int, cdb: bytes, data: bytes = b"") -> bytes:
    header = bytes((1, 0x80, 0, 0, 0)) + len(data).to_bytes(3, "big") + bytes(8)
    return header + struct.pack(">I", tag) + bytes(12) + cdb.ljust(16, b"\0") + data


def response(tag: int, status: int) -> bytes:
    return bytes((0x21, 0x80, 0, status)) + bytes(12) + struct.pack(">I", tag) + bytes(28)


@pytest.fixture
def observer() -> Observer:
    return Observer()


class Host:
    """What a host asks for, and what it is answered."""

    def __init__(self, observer: Observer, name: str) -> None:
        self.asks = Line(observer, name, to_target=True)
        self.is_told = Line(observer, name, to_target=False)
        self._tag = 0

    def do(self, cdb: bytes, data: bytes = b"", *, status: int = 0) -> None:
        self._tag += 1
        self.asks.send(command(self._tag, cdb, data))
        self.is_told.send(response(self._tag, status))

    def take(self, epoch: int) -> None:
        self.do(REGISTER, bytes(8) + b"ch\0\1" + epoch.to_bytes(4, "big") + bytes(8))


def test_move_of_a_lower_epoch_after_a_higher_one_is_found(observer: Observer) -> None:
    a, b = Host(observer, "a"), Host(observer, "b")
    a.take(7)
    a.do(MOVE)
    b.take(8)
    b.do(MOVE)
    assert overtaken(observer.commands) == []
    a.do(MOVE, status=0x18)
    assert overtaken(observer.commands) == [], "the library refused it"
    a.do(MOVE)
    (late,) = overtaken(observer.commands)
    assert late.turn is not None
    assert (late.move.host, late.turn.epoch) == ("a", 7)


def test_commands_are_seen_once_in_whatever_frames_they_come(observer: Observer) -> None:
    a = Host(observer, "a")
    octets = command(1, MOVE) + command(2, MOVE)
    first = a.asks.number
    a.asks.frame(first + 60, octets[60:])
    assert observer.moves() == []
    a.asks.frame(first, octets[:40])
    a.asks.frame(first + 20, octets[20:60])
    a.asks.frame(first, octets[:48])
    assert [each.places for each in observer.moves()] == [(1001, 500)] * 2
    assert [each.status for each in observer.moves()] == [None, None]
    a.is_told.send(response(2, 0) + response(1, 2), sizes=(10, 50))
    assert [each.status for each in observer.moves()] == [2, 0]
