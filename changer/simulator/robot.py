"""The robot at work: its motions go on as time passes, whoever looks and whoever sent them."""

from __future__ import annotations

from changer.simulator.drive_life import end_timers, lay, lift
from changer.simulator.geometry import Kind
from changer.simulator.motion import Motion
from changer.simulator.motion_checks import check_changed_over, check_laid_down, check_taken_up
from changer.simulator.sense import CheckCondition
from changer.simulator.state import Cartridge, State
from changer.values import replace


def advance(state: State, now: float) -> None:
    """Do what has happened until now: the steps of motions, the ends of cleanings and faults."""
    while state.motions:
        motion = state.motions[0]
        at = motion.next_at
        if at is not None and at > now:
            break
        if at is None:
            state.replace_motion(None)
        else:
            end_timers(state, at)
            _take_step(state, motion)
    end_timers(state, now)


def ahead(state: State, at: float) -> State:
    """The library as it will be then, if nobody interferes."""
    then = state.copy()
    advance(then, at)
    return then


def _take_step(state: State, motion: Motion) -> None:
    """One step, unless somebody made it impossible: then the motion ends where it is."""
    step = _lay_down if motion.done == motion.steps - 1 else (_take_up, _change_over)[motion.done]
    try:
        step(state, motion)
    except CheckCondition:
        state.replace_motion(None)
    else:
        state.replace_motion(replace(motion, done=motion.done + 1))


def _take_up(state: State, motion: Motion) -> None:
    check_taken_up(state, motion)
    if motion.source != motion.transport:
        lay(state, motion.transport, _lift(state, motion.source), motion.ends_at)


def _change_over(state: State, motion: Motion) -> None:
    check_changed_over(state, motion)
    held = _lift(state, motion.destination)
    lay(state, motion.destination, _held(state, motion), motion.ends_at)
    lay(state, motion.transport, held, motion.ends_at)


def _lay_down(state: State, motion: Motion) -> None:
    destination = motion.destination if motion.second is None else motion.second
    check_laid_down(state, motion, destination)
    # A drive begins to draw it in when the robot has let go.
    lay(state, destination, _held(state, motion), motion.ends_at)


def _held(state: State, motion: Motion) -> Cartridge:
    """Out of the robot's hand; it may have been the source as well."""
    if motion.source == motion.transport:
        return _lift(state, motion.transport)
    return state.take(motion.transport)


def _lift(state: State, source: int) -> Cartridge:
    """Take the cartridge out; a drive lets go of it, and it remembers where it came from."""
    kind = state.geometry.kind_of(source)
    cartridge = replace(lift(state, source), operator_placed=False)
    # SVALID: the last storage element; some libraries name whatever element it came from.
    if kind in (Kind.STORAGE, Kind.MAIL) or state.profile.source_is_last_element:
        return replace(cartridge, source_address=source)
    return cartridge
