"""Changing a virtual library from outside: faults, and what a person does."""

from __future__ import annotations

from pathlib import Path

from changer.host.clock import Clock
from changer.simulator.actions import Action, apply_action, parse_action
from changer.simulator.catalogue import changing
from changer.simulator.fault import Fault
from changer.simulator.fault_effects import apply_fault
from changer.simulator.faults import parse_fault
from changer.simulator.timers import settle

__all__ = ["operate", "set_fault"]


def set_fault(name: str, fault: Fault | str, *, folder: Path, clock: Clock) -> Fault:
    """Set a fault, or undo one: ``set_fault("demo", "magazine-out 2", ...)``. What was set."""
    asked = parse_fault(fault.split()) if isinstance(fault, str) else fault
    with changing(name, folder=folder) as state:
        settle(state, clock.now())
        apply_fault(state, asked, now=clock.now())
    return asked


def operate(name: str, action: Action | str, *, folder: Path, clock: Clock) -> Action:
    """Do what a person does: ``operate("demo", "put A00099L8 mail:1", ...)``. What was done."""
    asked = parse_action(action.split()) if isinstance(action, str) else action
    with changing(name, folder=folder) as state:
        settle(state, clock.now())
        apply_action(state, asked, now=clock.now())
    return asked
