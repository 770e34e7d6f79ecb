"""What judges a history sees each fault that it is there for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hosts.chronicle import Chronicle
from hosts.database import Database, Databases
from hosts.exported import Move
from hosts.guest import Guest
from hosts.history import Done, History
from hosts.nemesis import Nemesis, Strike
from hosts.observed import Observed, Observer
from hosts.register import Call, Effect, Loss, first_contradiction, is_possible
from hosts.switch import Switch
from hosts.turns import Turn, intruders, late, overtaken, refused_late, with_record
from hosts.verdict import Evidence, faults, figures, replayed

RESERVE, RELEASE, RESERVED, FREE = Effect.RESERVE, Effect.RELEASE, Effect.RESERVED, Effect.FREE
LOSS = Loss(since=10.0, until=20.0)


# Reservations


@pytest.mark.parametrize(
    "calls",
    [
        [],
        [Call(RESERVE, 1, 2), Call(RELEASE, 3, 4), Call(FREE, 5, 6)],
        [Call(RESERVE, 1, 5), Call(RELEASE, 2, 4), Call(FREE, 6, 7)],
        [Call(RESERVE, 1, 9), Call(FREE, 2, 3), Call(RESERVED, 4, 5)],
        [Call(RESERVE, 1, None), Call(FREE, 2, 3), Call(RESERVED, 4, 5)],
        [Call(RESERVE, 1, 2), Call(RELEASE, 3, None), Call(RESERVED, 8, 9)],
    ],
    ids=["nothing", "in turn", "at once", "while it goes on", "late", "never"],
)
def test_what_some_order_explains_is_possible(calls: list[Call]) -> None:
    assert is_possible(calls, at_first=False)


@pytest.mark.parametrize(
    "calls",
    [
        [Call(RESERVE, 1, 2), Call(FREE, 3, 4)],
        [Call(RESERVE, 1, 2), Call(RESERVE, 3, 4)],
        [Call(RELEASE, 1, 2)],
        [Call(RESERVE, 1, 2), Call(RELEASE, 3, 4), Call(RESERVED, 5, 6)],
        [Call(RESERVE, 1, None), Call(RESERVED, 2, 3), Call(FREE, 4, 5)],
        [Call(RESERVE, 1, 2), Call(RELEASE, 3, None), Call(FREE, 4, 5), Call(RESERVED, 6, 7)],
    ],
    ids=["lost", "twice", "of none", "back again", "late and lost", "released, and back again"],
)
def test_what_no_order_explains_is_not_possible(calls: list[Call]) -> None:
    assert first_contradiction(calls, at_first=False) is calls[-1]


def test_a_failover_may_lose_what_was_reported_just_before_and_no_more() -> None:
    reserved = [Call(RESERVE, 11, 12), Call(FREE, 21, 22)]
    assert is_possible(reserved, at_first=False, losses=[LOSS])
    assert not is_possible([Call(RESERVE, 8, 9), Call(FREE, 21, 22)], at_first=False, losses=[LOSS])
    assert not is_possible(
        [Call(RESERVE, 21, 22), Call(FREE, 23, 24)], at_first=False, losses=[LOSS]
    )
    assert not is_possible([Call(RESERVED, 21, 22)], at_first=False, losses=[LOSS])


# Moves


def move(host: str, at: float, *, status: int = 0) -> Observed:
    return Observed(host, 0, bytes([0xA5]), at, status=status, ended_at=at + 0.5)


def reserve_out(host: str, action: int, epoch: int, at: float) -> Observed:
    key = b"ch" + bytes(2) + epoch.to_bytes(4, "big")
    return Observed(host, 0, bytes([0x5F, action]), at, key + key, status=0, ended_at=at)


def turn(host: str, epoch: int, at: float) -> list[Observed]:
    return [reserve_out(host, 6, epoch, at), reserve_out(host, 5, epoch, at)]


def test_a_move_of_a_lower_epoch_is_seen() -> None:
    seen = [*turn("a", 1, 1), move("a", 2), *turn("b", 2, 3), move("b", 4), move("a", 5)]
    assert [each.move.at for each in overtaken(seen)] == [5]
    assert [each.at for each in intruders(seen)] == [5]
    refused = [*seen[:-1], move("a", 5, status=0x18)]
    assert (overtaken(refused), intruders(refused)) == ([], [])
    assert [each.at for each in refused_late(refused)] == [5]


def test_an_epoch_that_was_lost_may_be_given_again() -> None:
    seen = [*turn("a", 7, 11), move("a", 12), *turn("b", 6, 21), move("b", 22)]
    assert overtaken(seen, [LOSS]) == []
    assert [each.move.at for each in overtaken(seen)] == [22]
    known = [*turn("a", 7, 8), move("a", 9), *turn("b", 6, 21), move("b", 22)]
    assert [each.move.at for each in overtaken(known, [LOSS])] == [22]
    late_one = [*seen, move("a", 23)]
    assert [each.at for each in intruders(late_one)] == [23]


def test_a_move_after_the_library_was_given_back_is_seen() -> None:
    seen = [*turn("b", 2, 1), reserve_out("b", 2, 2, 2), move("a", 3)]
    assert [each.at for each in intruders(seen)] == [3]


def test_a_move_after_a_later_turn_of_another_host_is_late_without_a_fence() -> None:
    turns = [Turn("a", 1, 1.0), Turn("b", 2, 3.0), Turn("a", 3, 6.0)]
    moves = [move("a", 2), move("b", 4), move("a", 5), move("a", 7), move("b", 8, status=2)]
    assert [(each.at, then.epoch) for each, then in late(moves, turns)] == [(5, 2)]


def test_a_move_without_a_reply_is_as_the_library_has_it_on_record() -> None:
    cdb = bytes((0xA5, 0, 0, 1, 3, 0xE9, 1, 0xF4, 0, 0, 0, 0))
    seen = [
        Observed("a", 0, cdb, at, status=status) for at, status in ((1, 0), (3, None), (5, None))
    ]
    moves = [Move(f"1970-01-01T00:00:0{at}Z", 1001, 500, 0) for at in (1, 5)]
    assert [each.status for each in with_record(seen, moves, ahead=0.0)] == [0, None, 0]


# Cartridges


def test_a_move_that_was_taken_back_came_about_if_the_library_looks_like_it() -> None:
    taken_back = [Move("", 1, 2, None), Move("", 1, 3, None)]
    assert replayed({1: "A"}, taken_back, after={3: "A"}) == (("A", 1, 3),)
    assert replayed({1: "A"}, taken_back, after={1: "A"}) == ()
    assert replayed({1: "A"}, taken_back, after={4: "A"}) is None


# Whole histories


PLACES = {f"slot {number}": number for number in range(1, 13)} | {"drive 0": 500}


def done(words: str, *, status: int | None = 0, out: str = "", at: float = 1.0) -> Done:
    return Done("a", tuple(words.split()), status, out, "", at, at + 1)


@pytest.fixture
def evidence(folder: Path) -> Iterator[Evidence]:
    """Of a history in which nothing is wrong."""
    chronicle = Chronicle(folder / "chronicle")
    operations = [
        done("move A00001L8 slot", out="moved A00001L8 from slot 1 to slot 2\n"),
        done("cleaner reserve 4", at=3.0),
        done("clean 0", at=5.0),
        done("clean 0", status=40, at=7.0),
    ]
    with Switch(see) as switch:
        guest = Guest("database", 13, switch)
        databases = Databases(Database(guest))
        yield Evidence(
            history=History([], 1, 4, 1, 60.0, chronicle, done=operations),
            nemesis=Nemesis(switch, Observer(), [], guest, databases, 1, (), 20.0, chronicle),
            commands=[*turn("a", 1, 1.1), moved(1, 2, at=1.2)],
            places=PLACES,
            before={1: "A00001L8", 11: "CLN001CU"},
            after={2: "A00001L8", 11: "CLN001CU"},
            moves=[Move("", 1, 2, 0)],
            cleanings={"CLN001CU": 1},
            uses={"CLN001CU": 1},
            at_first=frozenset({11}),
            reserved=frozenset({4, 11}),
            turns=(),
            judged_at=100.0,
        )


def see(_sender: str, _receiver: str, _frame: bytes) -> None:
    pass


def moved(source: int, destination: int, *, at: float) -> Observed:
    places = source.to_bytes(2, "big") + destination.to_bytes(2, "big")
    return Observed("a", 0, bytes((0xA5, 0, 0, 1)) + places, at, status=0, ended_at=at + 0.1)


def test_a_history_in_which_nothing_is_wrong_has_no_fault(evidence: Evidence) -> None:
    assert faults(evidence) == []
    assert figures(evidence)["moves"] == 1
    assert faults(replace(evidence, uses={"CLN001CU": 2})) == [], "one had no known end"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"after": {11: "CLN001CU"}}, "a cartridge is lost"),
        ({"after": {3: "A00001L8", 11: "CLN001CU"}}, "do not account for"),
        ({"moves": [], "after": {1: "A00001L8", 11: "CLN001CU"}}, "a move that was none"),
        ({"reserved": frozenset({11})}, "slot 4: no order"),
        ({"reserved": frozenset({4, 6, 11})}, "slot 6: no order"),
        ({"uses": {}}, "1 cleanings, 0 counted"),
        ({"uses": {"CLN001CU": 3}}, "1 cleanings, 3 counted"),
        ({"cleanings": {}, "uses": {}}, "the drives know of 0"),
        ({"commands": [*turn("a", 1, 1.1), moved(1, 4, at=9.0)]}, "slot 4: no order"),
        ({"commands": [*turn("a", 1, 1.1), *turn("b", 2, 2.0), moved(1, 2, at=9.0)]}, "a move of"),
        ({"turns": (Turn("a", 1, 0.5), Turn("b", 2, 1.1))}, "a host that was not stopped"),
    ],
    ids=[
        "gone", "elsewhere", "invented", "reservation lost", "reserved by nobody", "use lost",
        "used too often", "never cleaned", "moved into", "past a fence", "late",
    ],
)  # fmt: skip
def test_each_fault_is_seen(evidence: Evidence, changes: dict[str, Any], words: str) -> None:
    assert any(words in each for each in faults(replace(evidence, **changes)))


def test_a_cartridge_in_the_place_of_a_cleaner_is_seen(evidence: Evidence) -> None:
    changed = replace(evidence, moves=[Move("", 1, 12, 0)], after={12: "A00001L8", 11: "CLN001CU"})
    assert any("which is a cleaner's" in each for each in faults(changed))


def test_one_late_move_of_a_host_that_was_stopped_until_it_was_replaced_is_none(
    evidence: Evidence,
) -> None:
    evidence.nemesis.struck.append(Strike("stop_host", "a", began=0.9, ended=1.15))
    turns = (Turn("a", 1, 0.5), Turn("b", 2, 1.1))
    late_one = replace(evidence, turns=turns)
    assert faults(late_one) == []
    assert figures(late_one)["late_moves_carried_out"] == 1
    again = replace(late_one, commands=[*evidence.commands, moved(2, 3, at=1.3)])
    assert any("was not stopped" in each for each in faults(again)), "it is one for each"


def test_what_a_failover_may_have_lost_is_no_fault(evidence: Evidence) -> None:
    evidence.nemesis.losses.append(Loss(since=4.5, until=7.5))
    lost = replace(evidence, uses={}, reserved=frozenset({4, 11}))
    assert faults(lost) == []
    assert any("slot 4" in each for each in faults(replace(evidence, reserved=frozenset({11})))), (
        "it was reserved before"
    )


def test_a_cleaner_that_was_loaded_late_is_not_counted_without_a_fence(evidence: Evidence) -> None:
    evidence.nemesis.struck.append(Strike("stop_host", "a", began=0.9, ended=1.15))
    late_one = replace(
        evidence,
        history=replace(evidence.history, done=[]),
        turns=(Turn("a", 1, 0.5), Turn("b", 2, 1.1)),
        commands=[moved(11, 500, at=1.2)],
        moves=[Move("", 11, 500, 0)],
        after={1: "A00001L8", 500: "CLN001CU"},
        reserved=frozenset({11}),
    )
    assert faults(replace(late_one, uses={})) == []
    assert any(
        "2 cleanings, 0 counted" in each
        for each in faults(replace(late_one, uses={}, cleanings={"CLN001CU": 2}))
    )
