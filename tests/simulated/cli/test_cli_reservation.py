"""changer reservation, and what a conflict says of who has reserved the library."""

from __future__ import annotations

import pytest

from changer.host.clock import SystemClock
from changer.simulator.transport import SharedLibrary, SimulatedTransport
from changer.smc.persistent_reserve import (
    ReservationType,
    register_and_ignore_existing_key,
    reserve,
)

from .terminal import USAGE, Terminal

NBU = "4e42550000000001"
CONFLICT = 18
MOVE_MEDIUM, RESERVE_IN = 0xA5, 0x5E


def reserve_as(terminal: Terminal, initiator: str, key: bytes, *, name: str = "demo") -> None:
    """As another host would, with a fence."""
    shared = SharedLibrary(name, folder=terminal.simulated, initiator=initiator)
    transport = SimulatedTransport(shared, clock=SystemClock())
    for command in (
        register_and_ignore_existing_key(key, persist=False),
        reserve(key, ReservationType.EXCLUSIVE_ACCESS),
    ):
        assert transport.execute(command).status == 0
    transport.close()


def test_a_library_that_nobody_reserved_says_so(terminal: Terminal) -> None:
    lines = terminal.done("reservation").out.splitlines()
    assert [line.split() for line in lines[:2]] == [
        ["reserved", "by", "nobody"],
        ["registered", "nobody"],
    ]
    assert lines[2].split()[0] == "port"
    assert [line.split() for line in lines[3:]] == [["reach", "effective"]]


def test_another_program_is_told_by_its_key(terminal: Terminal) -> None:
    terminal.done("status")
    terminal.fault(f"reserved {NBU}")
    out = terminal.done("reservation").out
    assert f"reserved by  another program, key {NBU} (Exclusive Access)\n" in out
    assert f"registered   another program, key {NBU}\n" in out
    assert "reach        none\n" in out
    document = terminal.done("reservation", "--json").json
    assert document["schema"] == "changer.reservation/1"
    another = {"key": NBU, "host": None, "epoch": None}
    assert document["registered"] == [another]
    assert document["reserved_by"] == [{**another, "type": 3, "whole_library": True}]
    assert document["reach"] == "none"
    assert document["why"] == [f"another program, key {NBU} uses its reservations"]


def test_a_host_of_ours_is_told_by_its_number_and_epoch(terminal: Terminal) -> None:
    terminal.done("status")
    reserve_as(terminal, "other", b"ch\0\x2a\0\0\0\7")
    assert "host 002a of changer, epoch 7 (Exclusive Access)" in terminal.done("reservation").out
    (holder,) = terminal.done("reservation", "--json").json["reserved_by"]
    assert (holder["host"], holder["epoch"]) == (42, 7)


def test_a_library_without_reservations_shows_none(terminal: Terminal) -> None:
    terminal.create("it", "bare")
    out = terminal.done("-l", "sim:it", "reservation").out
    assert out.splitlines()[0].split(maxsplit=1) == ["port", "not named by the library"]
    assert "the library has no persistent reservations" in out
    document = terminal.done("-l", "sim:it", "reservation", "--json").json
    assert (document["reserved_by"], document["registered"], document["port"]) == (None, None, [])


def test_processes_of_one_host_are_told_apart_as_hosts_where_that_is_asked(
    terminal: Terminal,
) -> None:
    terminal.done("status")
    reserve_as(terminal, "first", b"ch\0\1\0\0\0\1")
    terminal.variables["CHANGER_SIM_INITIATOR"] = "first"
    terminal.done("move", "1", "12")
    terminal.variables["CHANGER_SIM_INITIATOR"] = "second"
    assert terminal.run("move", "12", "1").status == CONFLICT
    terminal.variables["CHANGER_SIM_INITIATOR"] = "first@0"
    assert "initiator" in terminal.run("status").err


@pytest.mark.parametrize("words", [("status",), ("move", "1", "12"), ("inventory",)])
def test_a_conflict_names_whoever_has_reserved_the_library(
    terminal: Terminal, words: tuple[str, ...]
) -> None:
    terminal.done("status")
    terminal.fault(f"reserved {NBU}")
    error = terminal.run(*words, "--json").error
    assert error["code"] == "reservation-conflict"
    assert error["message"].endswith(
        f"it is reserved by another program, key {NBU} (Exclusive Access)"
    )
    assert error["hint"] == "changer reservation shows whose reservation it is"


def test_a_move_that_alone_meets_the_conflict_names_it_too(terminal: Terminal) -> None:
    """As on IBM's, which let everyone read."""
    terminal.create("it", "ts3500")
    terminal.done("-l", "sim:it", "status")
    reserve_as(terminal, "other", b"ch\0\x2a\0\0\0\7", name="it")
    terminal.done("-l", "sim:it", "status")
    error = terminal.run("-l", "sim:it", "move", "1", "60", "--json").error
    assert error["code"] == "reservation-conflict"
    assert "reserved by host 002a of changer, epoch 7" in error["message"]
    assert "that host uses the library" in error["hint"]
    assert terminal.done("-l", "sim:it", "history").out.count("failed") <= 1
    assert terminal.truth("it").place_of("A00001L8") == "1"


def test_the_holder_is_asked_for_only_after_a_conflict(terminal: Terminal) -> None:
    for words in (("status",), ("move", "1", "12"), ("load", "12", "0")):
        terminal.done(*words)
    assert RESERVE_IN not in terminal.truth().commands
    terminal.fault("reservation-conflict on move")
    error = terminal.run("move", "2", "10", "--json").error
    assert error["message"].endswith("RESERVATION CONFLICT)"), "an older one has no name"
    assert terminal.truth().commands[RESERVE_IN] == 1


def test_a_fence_is_for_hosts_that_share_a_store(terminal: Terminal) -> None:
    library = terminal.done("status", "--json").json["library"]["id"]
    file = terminal.folder / "changer.toml"
    file.write_text(f'[library."{library}"]\nfence = true\n')
    terminal.variables["CHANGER_CONFIG"] = str(file)
    ran = terminal.run("move", "1", "12")
    assert ran.status == USAGE
    assert "fence = true is for hosts that share a state store" in ran.err
    assert terminal.truth().place_of("A00001L8") == "1"
    terminal.done("status")
