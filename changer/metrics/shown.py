"""Numbers of what a library showed: elements, drives, cleaners. Without a reading, none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import product
from typing import get_args

from changer.cleaning.stock import State as CleanerState
from changer.cleaning.stock import StockedCleaner
from changer.library.status import DriveStatus, MailStatus, SlotStatus
from changer.metrics.metric import Series, alone, counted
from changer.overview.overview import Overview, Reading
from changer.store.records import CleaningRequest

ELEMENT_STATES = ("full", "empty", "not-present", "unknown")
_REQUESTS = ("none", *get_args(CleaningRequest))
# Why a cartridge is in a mail slot, by IMPEXP.
_WAITING = {True: "brought-in", False: "to-take-out", None: "unknown"}
_CLEANER_STATES = get_args(CleanerState)

ElementStatus = SlotStatus | DriveStatus


def elements(overview: Overview) -> Iterator[Series]:
    """How many elements of each type are full, empty, not present, or not known."""
    for element_type, states in _states(overview.reading):
        for (state,), number in counted(Counter(states), *ELEMENT_STATES):
            yield (element_type, state), number


def exceptions(overview: Overview) -> Iterator[Series]:
    """How many elements of each type the library reports an exception of."""
    if overview.reading is None:
        return
    status = overview.reading.status
    rows: dict[str, tuple[ElementStatus, ...]] = {
        "slot": status.slots,
        "mail": status.mail,
        "drive": status.drives,
    }
    for element_type, found in rows.items():
        yield (element_type,), sum(each.exception is not None for each in found)
    if status.picker is not None:
        yield ("picker",), int(status.picker.exception is not None)


def drives(overview: Overview) -> Iterator[Series]:
    """How many drives are in each state, and request cleaning in each way."""
    if overview.reading is None:
        return
    found = Counter(
        (_state(each), each.cleaning_request or "none") for each in overview.reading.status.drives
    )
    for key in product(ELEMENT_STATES, _REQUESTS):
        yield key, found[key]


def drive_infos(overview: Overview) -> Iterator[Series]:
    """Which drive each one is."""
    for each in _drives(overview.reading):
        yield (str(each.number), each.serial or "", each.device or ""), 1


def full_drives(overview: Overview) -> Iterator[Series]:
    """Whether each drive holds a cartridge."""
    for each in _drives(overview.reading):
        if each.full is not None:
            yield (str(each.number), each.serial or ""), int(each.full)


def requesting_drives(overview: Overview) -> Iterator[Series]:
    """Whether each drive requests cleaning."""
    for each in _drives(overview.reading):
        yield (str(each.number), each.serial or ""), int(each.cleaning_request is not None)


def mail_slots_waiting(overview: Overview) -> Iterable[Series]:
    """How many mail slots hold a cartridge that waits there, and for what."""
    if overview.reading is None:
        return ()
    mail = [each for each in overview.reading.status.mail if each.full]
    return counted(Counter(_WAITING[_was_brought(each)] for each in mail), *_WAITING.values())


def removal_prevented(overview: Overview) -> Iterable[Series]:
    """Whether people are kept from taking media out."""
    reading = overview.reading
    return alone(None if reading is None else int(reading.status.removal_prevented))


def cleaners(overview: Overview) -> Iterator[Series]:
    """How many cleaning cartridges of each family are in each state."""
    found = Counter((each.family or "", each.state) for each in _cleaners(overview.reading))
    families = {family for family, _ in found} | {each for (each,), _ in families_usable(overview)}
    for key in product(sorted(families), _CLEANER_STATES):
        yield key, found[key]


def cleaner_cleanings_left(overview: Overview) -> Iterator[Series]:
    """How many cleanings each cartridge in the library still has, where that is known."""
    for each in _cleaners(overview.reading):
        place = each.home if each.address is None else each.address
        if each.cleans_left is None or place is None or overview.reading is None:
            continue
        where = str(overview.reading.numbering.place_of(place))
        yield (each.family or "", each.label or "", where), each.cleans_left


def families_usable(overview: Overview) -> Iterator[Series]:
    """How many cleaners can be used now, for each family of drives."""
    for each in () if overview.reading is None else overview.reading.stock.families:
        yield (each.family or "",), each.usable


def families_left(overview: Overview) -> Iterator[Series]:
    """How many cleanings are left, for each family of drives, where that is known."""
    for each in () if overview.reading is None else overview.reading.stock.families:
        if each.cleans_left is not None:
            yield (each.family or "",), each.cleans_left


def cleaning_slots(overview: Overview) -> Iterable[Series]:
    """How many reserved slots are full, empty, or not known."""
    if overview.reading is None:
        return ()
    states = Counter(_FULL[each.full] for each in overview.reading.stock.slots)
    return counted(states, *_FULL.values())


_FULL = {True: "full", False: "empty", None: "unknown"}


def _states(reading: Reading | None) -> Iterator[tuple[str, list[str]]]:
    if reading is None:
        return
    status = reading.status
    yield "slot", [_state(each) for each in status.slots]
    yield "mail", [_state(each) for each in status.mail]
    yield "drive", [_state(each) for each in status.drives]
    if status.picker is not None:
        yield "picker", [_FULL[status.picker.full]]


def _state(element: ElementStatus) -> str:
    return "not-present" if element.present is False else _FULL[element.full]


def _drives(reading: Reading | None) -> Iterable[DriveStatus]:
    """Those that may be there."""
    return [each for each in reading.status.drives if each.present is not False] if reading else ()


def _cleaners(reading: Reading | None) -> Iterable[StockedCleaner]:
    return () if reading is None else reading.stock.cleaners


def _was_brought(mail: MailStatus) -> bool | None:
    return None if mail.import_export is None else mail.import_export.operator_placed
