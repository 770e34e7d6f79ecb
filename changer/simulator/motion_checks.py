"""Checks of a motion that a real robot makes when it comes to the elements."""

from __future__ import annotations

from changer.simulator.auto_clean import (
    cleaners_at_rest,
    cleaners_at_work,
    drives_at_work,
    shows_its_work,
)
from changer.simulator.geometry import Kind
from changer.simulator.motion import Motion
from changer.simulator.profile_choices import MagazineOut
from changer.simulator.sense import (
    BAD_ELEMENT_ADDRESS,
    INVALID_FIELD,
    REMOVAL_PREVENTED,
    CheckCondition,
    Sense,
)
from changer.simulator.state import State

_MAGAZINE_NOT_ACCESSIBLE = Sense(0x05, 0x3B, 0x11)
_SOURCE_EMPTY = Sense(0x05, 0x3B, 0x0E)
_DESTINATION_FULL = Sense(0x05, 0x3B, 0x0D)
_TRANSPORT_FULL = Sense(0x05, 0x3B, 0xA0)  # IBM; SMC-3 has no code for it
_MAGAZINE_REMOVED = Sense(0x02, 0x3B, 0x12)
_NO_CODE = Sense(0x00, 0x00, 0x00)
# Tandberg SLR: source, destination not installed.
_SOURCE_NOT_INSTALLED = Sense(0x05, 0x80, 0x03)
_DESTINATION_NOT_INSTALLED = Sense(0x05, 0x80, 0x04)


def check_motion(state: State, motion: Motion) -> None:
    """The robot can carry it out, as the library is. Raises CheckCondition."""
    _check_transport(state, motion)
    _check_way(state, motion.source, motion.destination)
    if motion.second is None:
        _check_source(state, motion.source)
        _check_cleaner(state, motion)
        _check_destination(state, motion.destination)
    else:
        _check_exchange(state, motion, motion.second)


def _check_exchange(state: State, motion: Motion, second: int) -> None:
    source, first = motion.source, motion.destination
    _check_way(state, first, second)
    _check_source(state, source)
    _check_source(state, first)
    _check_removal(state, second)
    if first == source or (second in state.cartridges and second != source):
        raise CheckCondition(_DESTINATION_FULL)


def check_element(state: State, address: int, not_installed: Sense = _NO_CODE) -> None:
    """The element exists, its magazine is in, and it is not open to the operator."""
    kind = state.geometry.kind_of(address)
    if kind is None:
        raise CheckCondition(BAD_ELEMENT_ADDRESS)
    if state.is_out(address):
        raise CheckCondition(
            {
                MagazineOut.OMITTED: BAD_ELEMENT_ADDRESS,
                MagazineOut.EXCEPT_3B12: _MAGAZINE_REMOVED,
                MagazineOut.EXCEPT_8302: not_installed,
            }.get(state.profile.magazine_out, _MAGAZINE_NOT_ACCESSIBLE)
        )
    if kind is Kind.MAIL and state.mail_open:
        raise CheckCondition(state.profile.mail_open_sense)


def _check_transport(state: State, motion: Motion) -> None:
    """The transport holds nothing but what is to be moved."""
    if motion.transport != motion.source and motion.transport in state.cartridges:
        raise CheckCondition(_TRANSPORT_FULL)


def _check_way(state: State, source: int, destination: int) -> None:
    kinds = [state.geometry.kind_of(address) for address in (source, destination)]
    if kinds[0] is None or kinds[1] is None:
        raise CheckCondition(BAD_ELEMENT_ADDRESS)
    check_element(state, source, _SOURCE_NOT_INSTALLED)
    check_element(state, destination, _DESTINATION_NOT_INSTALLED)
    if not state.profile.allows(kinds[0], kinds[1]):
        raise CheckCondition(INVALID_FIELD)


def _check_source(state: State, address: int) -> None:
    if address not in state.cartridges or address in cleaners_at_work(state):
        raise CheckCondition(_SOURCE_EMPTY)
    # Which code IBM's libraries have for that is not told.
    if address in cleaners_at_rest(state) and not shows_its_work(state):
        raise CheckCondition(_MAGAZINE_NOT_ACCESSIBLE)
    if state.geometry.kind_of(address) is Kind.DRIVE and not _lets_go(state, address):
        raise CheckCondition(state.profile.held_by_drive_sense)


def _check_cleaner(state: State, motion: Motion) -> None:
    """The library does not load a cleaning cartridge that it knows to be used up, if it tells."""
    sense = state.profile.spent_cleaner_move_sense
    to_drive = state.geometry.kind_of(motion.destination) is Kind.DRIVE
    if sense is not None and to_drive and state.cartridges[motion.source].is_spent:
        raise CheckCondition(sense)


def _lets_go(state: State, address: int) -> bool:
    drive = state.drives[state.drive_at(address)]
    if drive.prevented or drive.cleaning_until is not None:
        return False
    return state.profile.unloads_drive or not drive.mounted


def _check_destination(state: State, address: int) -> None:
    if address in state.cartridges or address in drives_at_work(state):
        raise CheckCondition(_DESTINATION_FULL)
    _check_removal(state, address)


def _check_removal(state: State, address: int) -> None:
    """Nothing may go where a hand can take it while medium removal is prevented."""
    if state.prevented and state.geometry.kind_of(address) is Kind.MAIL:
        raise CheckCondition(REMOVAL_PREVENTED)


# for each step: a hand may have changed something since the robot began


def check_taken_up(state: State, motion: Motion) -> None:
    """The cartridge is still there, and the robot's hand is empty."""
    _check_transport(state, motion)
    check_element(state, motion.source)
    _check_source(state, motion.source)


def check_changed_over(state: State, motion: Motion) -> None:
    """Both cartridges of an exchange are still where they were."""
    check_element(state, motion.destination)
    _check_source(state, motion.transport)
    _check_source(state, motion.destination)


def check_laid_down(state: State, motion: Motion, destination: int) -> None:
    """The robot still has it, and the place is still free."""
    _check_source(state, motion.transport)
    check_element(state, destination)
    _check_destination(state, destination)
