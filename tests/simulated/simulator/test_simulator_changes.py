"""What changes the state of a virtual library, so that it is saved; and what leaves it as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from changer.errors import CommandTimedOut
from changer.simulator.creation import new_state
from changer.simulator.fault import Fault
from changer.simulator.motion import Motion
from changer.simulator.operator_api import reset
from changer.simulator.profile import Profile
from changer.simulator.profiles.table import PROFILES
from changer.simulator.state import Cartridge, State
from changer.simulator.state_format import dump_state
from changer.simulator.target import answer
from changer.values import replace

from .simulator_bench import INITIALIZE, READY, Bench, exchange_cdb, move_cdb

TAPE = Cartridge(tag="X00001L8")
ALWAYS, TWICE = Fault(name="busy"), Fault(name="hang", times=2)
IN_TURN = Fault(name="sense", every=1)
MOTION = Motion(source=1001, destination=1012, transport=1)
CHANGES: dict[str, Callable[[State], object]] = {
    "put": lambda state: state.put(1004, TAPE),
    "take": lambda state: state.take(1001),
    "leave remains": lambda state: state.leave_remains(101, TAPE),
    "forget remains": lambda state: state.forget_remains(range(102, 103)),
    "take magazine": lambda state: state.take_magazine(1),
    "put magazine": lambda state: state.put_magazine(2),
    "swap drives": lambda state: state.swap_drives(0, 1),
    "change drive": lambda state: state.change_drive(1, mounted=True),
    "flags of the changer": lambda state: state.change_unit(None, flags=(3,)),
    "flags of a drive": lambda state: state.change_unit(0, flags=(3,)),
    "reset": lambda state: state.reset_unit(None),
    "reset of a drive": lambda state: state.reset_unit(1),
    "add fault": lambda state: state.add_fault(Fault(name="offline")),
    "end fault": lambda state: state.replace_fault(state.faults[0], None),
    "replace fault": lambda state: state.replace_fault(state.faults[0], Fault(name="offline")),
    "strike": lambda state: state.strike(state.faults[1]),
    "strike in turn": lambda state: state.strike(state.faults[2]),
    "begin": lambda state: state.begin(MOTION),
    "end motion": lambda state: state.replace_motion(None),
    "replace motion": lambda state: state.replace_motion(replace(MOTION, done=1)),
    "change": lambda state: state.change(mail_open=True),
}
NO_CHANGES: dict[str, Callable[[State], object]] = {
    "forget remains": lambda state: state.forget_remains(range(103, 200)),
    "change drive": lambda state: state.change_drive(1, mounted=False),
    "flags": lambda state: state.change_unit(None, flags=()),
    "reset": lambda state: state.reset_unit(0),
    "strike": lambda state: state.strike(state.faults[0]),
    "change": lambda state: state.change(prevented=True, mail_open=False),
    "look": lambda state: (state.flags_of(0), state.faults_named("busy"), state.is_out(1001)),
}


def a_state() -> State:
    """Prevented, with a magazine out, remains, faults and a motion; and saved."""
    state = new_state("bench", PROFILES["demo"])
    for fault in (ALWAYS, TWICE, IN_TURN):
        state.add_fault(fault)
    state.take_magazine(2)
    state.leave_remains(102, TAPE)
    state.change(prevented=True, preventers=("host",))
    state.change_drive(1, prevented=True)
    state.begin(MOTION)
    state.changed = False
    return state


def test_each_change_is_noted_and_a_copy_is_left_alone_by_it() -> None:
    for name, change in CHANGES.items():
        state = a_state()
        before, copy = dump_state(state), state.copy()
        change(copy)
        assert (name, dump_state(state), state.changed) == (name, before, False)
        assert (name, copy.changed) == (name, True)
        change(state)
        assert (name, dump_state(copy)) == (name, dump_state(state))
        assert dump_state(state) != before, name


def test_what_changes_nothing_is_not_saved() -> None:
    for name, change in NO_CHANGES.items():
        state = a_state()
        before = dump_state(state)
        change(state)
        assert (name, state.changed, dump_state(state)) == (name, False, before)


def test_file_of_a_new_library_has_what_is_not_as_usual() -> None:
    state = new_state("bench", Profile(serial="L1", drive_serial="D", slots=2, data_cartridges=1))
    assert dump_state(state) == (
        b'{"version":2,"profile":{"serial":"L1","drive_serial":"D","slots":2,"data_cartridges":1},"drives":[{}],"faults":[],"motions":[],"removed":[],'
        b'"remains":[],"cartridges":[[1001,"A00001L8",1,null,false,0,0]],"prevented":false,'
        b'"mail_open":false,"scanning_until":0.0,"robot_busy_until":0.0,"flags":[]}'
    )


def test_nothing_is_under_way_in_a_library_that_is_new() -> None:
    """Not even at the beginning of time."""
    state = new_state("bench", PROFILES["demo"])
    state.cartridges[500] = TAPE
    state.change_drive(0, mounted=True)
    for unit, status in ((None, 0), (0, 0), (1, 2)):
        given = answer(state, bytes.fromhex(READY), unit=unit, now=0.0)
        assert (given.reply.status, given.seconds) == (status, 0.0)
    for cdb in (move_cdb(1001, 1012), exchange_cdb(1002, 1001, 1002), INITIALIZE):
        given = answer(state, bytes.fromhex(cdb), unit=None, now=0.0)
        assert given.seconds == 0.0


def test_reset_takes_back_all_that_became_of_it(tmp_path: Path) -> None:
    for profile in ("demo", "l700", "no-identifiers"):
        bench = Bench(tmp_path / profile, profile, labels_after_scan=True, move_seconds=60.0)
        path = bench.folder / "bench.json"
        new = path.read_bytes()
        kind = bench.truth.profile
        bench.fault("move-hangs in-transport")
        for words in ("put A99999L8", "take", "swap-drives 0 1", "insert CLN007CU drive:0"):
            bench.operate(words)
        for words in ("reserved AB", "door open", "door closed", "tape-alert 3", "offline"):
            bench.fault(words)
        bench.fault("clear unit-attention")
        bench.fault("clear offline")
        bench.fault("clear reserved")
        bench.sense("1E 000000 01 00")
        bench.sense("1E 000000 01 00", unit=1)
        with pytest.raises(CommandTimedOut):
            bench.send(move_cdb(kind.storage_base, kind.drive_base + 1))
        bench.fault("reserved AB")
        assert path.read_bytes() != new
        reset("bench", folder=bench.folder)
        assert path.read_bytes() == new
