"""What a fence would do at a library: asked of virtual ones, by hosts at one port and others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from clocks import HandClock
from hypothesis import given
from hypothesis import strategies as st

from changer.library.fence_reach import (
    Port,
    Probe,
    Reach,
    parse_port,
    port_text,
    probe,
    target_port,
)
from changer.library.model import Identity
from changer.library.reservation import FenceKey, key_words, parse_key, reservation_words
from changer.library.session import Session
from changer.simulator.creation import create
from changer.simulator.operator_api import set_fault
from changer.simulator.transport import SharedLibrary, SimulatedTransport
from changer.smc.command import Command, Reply
from changer.smc.inquiry import Designator, device_identification
from changer.smc.persistent_reserve import Reservation
from changer.transport import Transport

VIRTUAL = Identity("CHANGER", "VIRTUAL", "0100", "X")
TS3500 = Identity("IBM", "03584L32", "D480", "X")

Ask = Callable[..., Probe]
NAA, RELATIVE, SCSI_NAME = 3, 4, 8


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Callable[..., Session]]:
    opened: list[SimulatedTransport] = []

    def open_session(initiator: str = "a", **profile: Any) -> Session:
        if not opened:
            create("it", folder=tmp_path, profile="demo", **profile)
        shared = SharedLibrary("it", folder=tmp_path, initiator=initiator)
        opened.append(SimulatedTransport(shared, clock=HandClock()))
        return Session(opened[-1], clock=HandClock(), may_initialize=lambda: False)

    yield open_session
    for each in opened:
        each.close()


def port_of(session: Session) -> Port:
    return target_port(session.send(device_identification()))


def test_hosts_at_one_port_are_all_stopped(sessions: Callable[..., Session]) -> None:
    here, other = sessions("a@1"), sessions("b@1")
    told = probe(here, VIRTUAL, others={"second": port_of(other)})
    assert (told.reach, told.reasons) == (Reach.EFFECTIVE, ())
    assert told.port == port_of(other)


def test_a_host_at_another_port_may_not_be_stopped(sessions: Callable[..., Session]) -> None:
    here, other = sessions("a@1"), sessions("b@2")
    told = probe(here, VIRTUAL, others={"second": port_of(other), "third": port_of(here)})
    assert told.reach is Reach.ONLY_THIS_PATH
    (reason,) = told.reasons
    assert reason.startswith("second reaches the library through another port (")


def test_a_host_whose_port_is_not_known_may_not_be_stopped(
    sessions: Callable[..., Session],
) -> None:
    told = probe(sessions(), VIRTUAL, others={"second": frozenset()})
    assert told.reach is Reach.ONLY_THIS_PATH
    assert told.reasons == ("it is not known through which port second reaches the library",)


def test_a_library_that_names_no_port_leaves_it_open(sessions: Callable[..., Session]) -> None:
    told = probe(sessions(port_designators=False), VIRTUAL, others={})
    assert told.reach is Reach.ONLY_THIS_PATH
    assert "does not name the port" in told.reasons[0]


@pytest.mark.parametrize(
    ("identity", "reach"), [(VIRTUAL, Reach.EFFECTIVE), (TS3500, Reach.ONLY_THIS_PATH)]
)
def test_a_model_that_reserves_by_port_says_so_where_no_host_is_named(
    sessions: Callable[..., Session], identity: Identity, reach: Reach
) -> None:
    session = sessions()
    assert probe(session, identity, others={}).reach is reach
    assert probe(session, identity, others={"b": port_of(session)}).reach is Reach.EFFECTIVE


@pytest.mark.parametrize(
    ("profile", "reason"),
    [
        ({"reservation_types": ()}, "the library has no persistent reservations"),
        ({"reservation_types": (1, 6)}, "can't be reserved for one host alone"),
    ],
)
def test_a_library_that_can_not_has_none(
    sessions: Callable[..., Session], profile: dict[str, Any], reason: str
) -> None:
    told = probe(sessions(**profile), VIRTUAL, others={})
    assert told.reach is Reach.NONE
    assert reason in told.reasons[0]


def test_a_library_that_does_not_tell_its_types_may_have_the_one(
    sessions: Callable[..., Session], tmp_path: Path
) -> None:
    session = sessions()
    set_fault("it", "sense 05/24/00 on 5E after 2", folder=tmp_path, clock=HandClock())
    assert probe(session, VIRTUAL, others={}).reach is Reach.EFFECTIVE


def test_where_another_program_reserves_there_is_none(
    sessions: Callable[..., Session], tmp_path: Path
) -> None:
    session = sessions()
    set_fault("it", "reserved 4E42550000000001", folder=tmp_path, clock=HandClock())
    told = probe(session, VIRTUAL, others={})
    assert told.reach is Reach.NONE
    assert told.reasons == ("another program, key 4e42550000000001 uses its reservations",)
    assert told.seen is not None and told.seen.highest_epoch is None


@dataclass
class Unreadable:
    """Carries commands, and cuts the reply to one short: by the first bytes of its CDB."""

    inner: Transport
    cut: bytes

    def execute(self, command: Command[Any]) -> Reply:
        reply = self.inner.execute(command)
        return reply._replace(data=reply.data[:3]) if command.cdb.startswith(self.cut) else reply

    def close(self) -> None:
        self.inner.close()


@pytest.mark.parametrize("cut", [b"\x5e\x00", b"\x5e\x01"], ids=["keys", "reservation"])
def test_reservations_that_can_not_be_read_are_no_fence(
    sessions: Callable[..., Session], cut: bytes
) -> None:
    session = sessions()
    session.transport = Unreadable(session.transport, cut)
    told = probe(session, VIRTUAL, others={})
    assert (told.reach, told.seen, told.port) == (Reach.NONE, None, port_of(session))
    (reason,) = told.reasons
    assert reason.startswith("its reservations can't be read: ")


def test_port_that_can_not_be_read_is_not_known(sessions: Callable[..., Session]) -> None:
    session = sessions()
    session.transport = Unreadable(session.transport, b"\x12\x01\x83")
    told = probe(session, VIRTUAL, others={})
    assert (told.reach, told.port) == (Reach.ONLY_THIS_PATH, frozenset())


# Ports, by VPD page 83h


def designator(kind: int, identifier: bytes, *, association: int = 1) -> Designator:
    return Designator(association, kind, 1, identifier)


def test_a_port_is_known_by_its_names_in_the_world() -> None:
    told = (
        designator(NAA, b"unit", association=0),
        designator(NAA, b"port"),
        designator(RELATIVE, b"\0\0\0\1"),
        designator(SCSI_NAME, b"iqn.2003-01.org:x,t,0x0001"),
        designator(NAA, b"device", association=2),
    )
    assert target_port(told) == {(NAA, b"port"), (SCSI_NAME, b"iqn.2003-01.org:x,t,0x0001")}


def test_a_port_without_a_name_is_known_by_its_number() -> None:
    assert target_port((designator(RELATIVE, b"\0\0\0\2"),)) == {(RELATIVE, b"\0\0\0\2")}
    assert target_port((designator(0, b"vendor"), designator(5, b"group"))) == frozenset()


@given(
    port=st.frozensets(
        st.tuples(st.integers(0, 15), st.binary(min_size=1, max_size=20)), max_size=4
    )
)
def test_a_port_is_noted_for_other_hosts_as_text(port: Port) -> None:
    assert parse_port(port_text(port)) == port


@pytest.mark.parametrize("text", ["x", "3:zz", "3:00:00", "a:00", ",,3"])
def test_a_port_that_can_not_be_read_is_not_known(text: str) -> None:
    assert parse_port(text) == frozenset()


# Keys


@given(host=st.integers(0, 0xFFFF), epoch=st.integers(1, 0xFFFF_FFFF))
def test_a_key_holds_host_and_epoch(host: int, epoch: int) -> None:
    key = FenceKey(host, epoch).to_bytes()
    assert (len(key), key[:2]) == (8, b"ch")
    assert parse_key(key) == (host, epoch)


@pytest.mark.parametrize("key", [bytes(8), b"chr00001"[::-1], b"ch\0\1\0\0\0\0", b"ch\0\1\0\0\1"])
def test_other_keys_are_of_other_programs(key: bytes) -> None:
    assert parse_key(key) is None
    assert key_words(key) == f"another program, key {key.hex()}"


@pytest.mark.parametrize(
    ("reservation", "words"),
    [
        (
            Reservation(b"ch\0\x2a\0\0\0\7", 0, 3),
            "host 002a of changer, epoch 7 (Exclusive Access)",
        ),
        (Reservation(bytes(8), 0, 8), "all registered hosts (Exclusive Access, All Registrants)"),
        (
            Reservation(b"\1" * 8, 2, 0xF),
            "another program, key 0101010101010101 (type Fh, of elements)",
        ),
    ],
)
def test_a_reservation_is_put_into_words(reservation: Reservation, words: str) -> None:
    assert reservation_words(reservation) == words
