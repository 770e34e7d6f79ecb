"""Changes to a virtual library from outside: faults, an operator's actions, a reset."""

from __future__ import annotations

from pathlib import Path

from changer.host.clock import Clock
from changer.simulator.catalogue import changing
from changer.simulator.creation import new_state
from changer.simulator.fault_effects import apply_fault
from changer.simulator.fault_words import parse_fault
from changer.simulator.operator_actions import apply_action, parse_action
from changer.simulator.robot import advance


def set_fault(name: str, words: str, *, folder: Path, clock: Clock) -> None:
    """Set a fault, or undo one: ``set_fault("demo", "magazine-out 2", ...)``."""
    fault = parse_fault(words.split())
    with changing(name, folder=folder) as state:
        advance(state, clock.now())
        apply_fault(state, fault, now=clock.now())


def operate(name: str, words: str, *, folder: Path, clock: Clock) -> None:
    """Do what an operator does: ``operate("demo", "put A00099L8 mail:1", ...)``."""
    action = parse_action(words.split())
    with changing(name, folder=folder) as state:
        advance(state, clock.now())
        apply_action(state, action, now=clock.now())


def reset(name: str, *, folder: Path) -> None:
    """Put a virtual library back to how it was when it was new, faults and all."""
    with changing(name, folder=folder) as state:
        fresh = new_state(name, state.profile)
        for field in ("cartridges", "removed", "remains", "drives", "faults", "motions", "flags"):
            state.change(**{field: getattr(fresh, field)})
        state.change(prevented=False, mail_open=False, scanning_until=0.0, robot_busy_until=0.0)
        state.change(reservations=(), preventers=(), labels_unknown=fresh.labels_unknown)
