"""Whatever is sent to a virtual library: it answers, and no cartridge is lost or doubled."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from changer.errors import SimulatorRefused
from changer.simulator.creation import new_state
from changer.simulator.fault_effects import apply_fault
from changer.simulator.fault_words import parse_fault
from changer.simulator.operator_actions import apply_action, parse_action
from changer.simulator.profiles.table import PROFILES
from changer.simulator.robot import ahead
from changer.simulator.state import State
from changer.simulator.state_format import dump_state, load_state
from changer.simulator.target import answer
from changer.smc.command import Status

SMALL = [name for name in PROFILES if name not in ("large", "huge")]
OPCODES = bytes.fromhex(
    "00 03 07 12 16 1A 1B 1E 2B 37 4D 5A A5 A6 B8 E7 A0 B501 05 08 0A 10 11 15 19 34 44 55 92"
)

profiles = st.sampled_from(SMALL)
units = st.sampled_from([None, 0])
cdbs = st.binary(max_size=16) | st.builds(
    lambda opcode, rest: bytes([opcode]) + rest,
    st.sampled_from(list(OPCODES)),
    st.binary(min_size=5, max_size=15),
)


@given(profiles, units, st.lists(cdbs, max_size=8))
@settings(deadline=None, max_examples=200)
def test_any_cdb_is_answered(profile: str, unit: int | None, commands: list[bytes]) -> None:
    state = new_state("x", PROFILES[profile])
    for cdb in commands:
        given_answer = answer(state, cdb, unit=unit, now=0.0)
        assert given_answer.loss is None
        reply = given_answer.reply
        assert (reply.status == Status.CHECK_CONDITION) is bool(reply.sense)
        assert len(reply.sense) in (0, 8, 18)


def tags(state: State) -> Counter[str]:
    """Every cartridge, in the library or in a magazine that is out."""
    inside = [cartridge.tag for cartridge in state.cartridges.values()]
    outside = [item.tag for removed in state.removed.values() for item in removed.values()]
    return Counter(inside + outside)


def addresses(state: State) -> list[int]:
    return [address for each in state.geometry.ranges.values() for address in each]


@given(profiles, st.data())
@settings(deadline=None, max_examples=100)
def test_no_cartridge_is_lost_or_doubled(profile: str, data: st.DataObject) -> None:
    transports = 2 if profile == "demo" else 1
    seconds = data.draw(st.sampled_from([0.0, 3.0, 12.0]))
    kind_of_library = replace(PROFILES[profile], transports=transports, move_seconds=seconds)
    state = new_state("x", kind_of_library)
    before, everywhere = tags(state), st.sampled_from(addresses(state))
    faults = st.sampled_from([
        "magazine-out 1", "magazine-in 1", "magazine-out 2", "magazine-in 2", "clear",
        "move-fails in-transport", "move-fails at-destination", "move-hangs in-transport",
        "move-fails at-source", "door open", "door closed", "unreadable 1", "occupancy-unknown 2",
        "cleaning-fails drive:0 error", "cleaning-fails drive:0 endless",
        "move-late 4s", "move-late 30s", "reply-lost at-source", "reply-lost in-transport",
    ])  # fmt: skip
    now = 0.0
    for _ in range(data.draw(st.integers(1, 15))):
        now += 5
        kind = data.draw(st.sampled_from(["move", "move", "move", "exchange", "fault", "swap"]))
        try:
            if kind == "fault":
                apply_fault(state, parse_fault(data.draw(faults).split()), now=now)
            elif kind == "swap":
                places = [f"@{data.draw(everywhere)}" for _ in range(2)]
                apply_action(state, parse_action(["swap", *places]), now=now)
            else:
                wanted = [data.draw(everywhere) for _ in range(3)]
                _carry(state, kind, data.draw(st.integers(0, 2)), wanted, now)
        except SimulatorRefused:
            pass
        assert tags(state) == before
    assert tags(ahead(state, now + 3600)) == before
    text = dump_state(state)
    assert dump_state(load_state("x", text)) == text


def _carry(state: State, kind: str, transport: int, wanted: list[int], now: float) -> None:
    opcode, count = (0xA5, 2) if kind == "move" else (0xA6, 3)
    places = b"".join(address.to_bytes(2, "big") for address in wanted[:count])
    answer(state, (bytes([opcode, 0, 0, transport]) + places).ljust(12, b"\0"), unit=None, now=now)
