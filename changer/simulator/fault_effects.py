"""Effects of a fault on the library when it is set; the rest of them comes with a command."""

from __future__ import annotations

from collections.abc import Callable

from changer.errors import SimulatorRefused
from changer.simulator.drive_life import want_cleaning
from changer.simulator.fault import Fault
from changer.simulator.sense import Sense
from changer.simulator.state import State
from changer.simulator.words import address_of
from changer.values import replace

CARTRIDGES_CHANGED = Sense(0x06, 0x28, 0x00)
_POWER_ON = Sense(0x06, 0x29, 0x01)
MAIL_CHANGED = Sense(0x06, 0x28, 0x01)
_MAGAZINE_REMOVED = Sense(0x06, 0x3B, 0x12)
_MAGAZINE_INSERTED = Sense(0x06, 0x3B, 0x13)


def apply_fault(state: State, fault: Fault, *, now: float) -> None:
    """Set a fault, or undo one. Raises SimulatorRefused for what this library can't have."""
    if fault.drive is not None and fault.drive >= state.profile.drives:
        raise SimulatorRefused(f"{state.name} has no drive {fault.drive}")
    if fault.place is not None and fault.name != "clear":
        fault = replace(fault, address=address_of(state, fault.place))
    _EFFECTS.get(fault.name, _add)(state, fault, now)


def queue_attention(state: State, sense: Sense) -> None:
    """The next command to the changer meets this unit attention."""
    state.add_fault(Fault(name="unit-attention", sense=sense, times=1))
    if state.profile.labels_after_scan:  # whatever is announced may be of a cartridge that came
        state.change(labels_unknown=True)


def _add(state: State, fault: Fault, now: float) -> None:
    if fault.seconds is not None:
        fault = replace(fault, until=now + fault.seconds)
    state.add_fault(fault)


def _element_address(state: State, fault: Fault, now: float) -> None:
    _drop(state, fault.name, lambda old: old.drive == fault.drive)
    _add(state, fault, now)


def _add_one(state: State, fault: Fault, now: float) -> None:
    """There can be only one of its name for a unit or an element: the last one."""
    _drop(state, fault.name, lambda old: (old.drive, old.address) == (fault.drive, fault.address))
    _add(state, fault, now)


def _drop(state: State, name: str, chosen: Callable[[Fault], bool] = lambda _: True) -> None:
    for fault in state.faults_named(name):
        if chosen(fault):
            state.replace_fault(fault, None)


def _magazine_out(state: State, fault: Fault, _now: float) -> None:
    remove_magazine(state, fault.magazine or 0)


def _magazine_in(state: State, fault: Fault, now: float) -> None:
    insert_magazine(state, fault.magazine or 0, now)


def remove_magazine(state: State, number: int) -> None:
    """Pull a magazine; the library notices."""
    if not 1 <= number <= state.geometry.magazines:
        raise SimulatorRefused(f"{state.name} has no magazine {number}: {state.geometry.magazines}")
    if number in state.removed:
        raise SimulatorRefused(f"magazine {number} of {state.name} is out already")
    state.take_magazine(number)
    state.add_fault(Fault(name="magazine-out", magazine=number))
    queue_attention(state, _MAGAZINE_REMOVED)


def insert_magazine(state: State, number: int, now: float) -> None:
    """Put a pulled magazine back; the library notices, and looks what is in it."""
    if number not in state.removed:
        raise SimulatorRefused(f"magazine {number} of {state.name} is not out")
    _restore_magazine(state, number)
    queue_attention(state, _MAGAZINE_INSERTED)
    _scan(state, now)


def _restore_magazine(state: State, number: int) -> None:
    state.put_magazine(number)
    _drop(state, "magazine-out", lambda fault: fault.magazine == number)


def _scan(state: State, now: float) -> None:
    if state.profile.inventory_seconds:
        state.change(scanning_until=now + state.profile.inventory_seconds)


def _online(state: State, _fault: Fault, _now: float) -> None:
    _drop(state, "offline")


def _door(state: State, fault: Fault, now: float) -> None:
    was_open = bool(state.faults_named("door"))
    _drop(state, "door")
    if fault.value:
        state.add_fault(fault)
    elif was_open:
        queue_attention(state, CARTRIDGES_CHANGED)
        _scan(state, now)


def _robot_delay(state: State, fault: Fault, _now: float) -> None:
    _drop(state, fault.name)
    if fault.seconds:
        state.add_fault(fault)


def _move_late(state: State, fault: Fault, _now: float) -> None:
    state.add_fault(fault)  # its seconds are the robot's, not its own


def _plugged(state: State, fault: Fault, _now: float) -> None:
    _drop(state, "unplugged", lambda old: old.drive == fault.drive)


def _tape_alert(state: State, fault: Fault, _now: float) -> None:
    flags = {*state.flags_of(fault.drive), fault.value or 0}
    state.change_unit(fault.drive, flags=tuple(sorted(flags)))


def _wants_cleaning(state: State, fault: Fault, _now: float) -> None:
    want_cleaning(state, fault.drive or 0, fault.value or 0)


def _reserved(state: State, fault: Fault, _now: float) -> None:
    from changer.simulator.reservation_state import reserve_for_another

    kind = fault.times or 0
    if kind not in state.profile.reservation_types:
        raise SimulatorRefused(f"{state.name} has no reservations of type {kind}")
    reserve_for_another(state, key=fault.value or 0, kind=kind)


def _power_cycle(state: State, _fault: Fault, _now: float) -> None:
    """Every unit of the library starts anew; registrations persist where they were to."""
    if state.reservations:
        from changer.simulator.reservation_state import lose_power

        lose_power(state)
    for unit in (None, *range(len(state.drives))):
        state.reset_unit(unit)
    queue_attention(state, _POWER_ON)


def _clear(state: State, fault: Fault, _now: float) -> None:
    """As if it had never been: nothing is announced, and magazines are back."""
    for old in list(state.faults):
        if fault.place in (None, old.name):
            if old.magazine is not None:
                _restore_magazine(state, old.magazine)
            else:
                state.replace_fault(old, None)
    if fault.place in (None, "reserved"):
        state.change(reservations=())
    if fault.place in (None, "becoming-ready"):
        state.change(scanning_until=0.0)
    drives = range(len(state.drives))
    if fault.place in (None, "tape-alert"):
        for unit in (None, *drives):
            state.change_unit(unit, flags=())
    for number in drives:
        if fault.place in (None, "wants-cleaning"):
            want_cleaning(state, number, 0)
        if fault.place in (None, "cleaning-fails"):
            state.change_drive(number, cleaning_failed=False)


_EFFECTS: dict[str, Callable[[State, Fault, float], None]] = {
    "magazine-out": _magazine_out,
    "magazine-in": _magazine_in,
    "offline": _add_one,
    "online": _online,
    "door": _door,
    "becoming-ready": _add_one,
    "unreadable": _add_one,
    "occupancy-unknown": _add_one,
    "element": _add_one,
    "robot-delay": _robot_delay,
    "move-late": _move_late,
    "unplugged": _add_one,
    "plugged": _plugged,
    "reserved": _reserved,
    "power-cycle": _power_cycle,
    "tape-alert": _tape_alert,
    "wants-cleaning": _wants_cleaning,
    "element-address": _element_address,
    "cleaning-fails": _add_one,
    "auto-clean": _add_one,
    "clear": _clear,
}
