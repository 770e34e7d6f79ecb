"""A virtual library made from a recording: its profile, and what is in it (pure).

What the recording does not tell has the default, and is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from changer.simulator.exchange import Exchange
from changer.simulator.fault import ElementOverride, Fault
from changer.simulator.geometry import Kind
from changer.simulator.profile import Profile
from changer.simulator.profile_choices import AlternateTags
from changer.simulator.reported_element import ElementReport
from changer.simulator.seen_drives import LONGEST_SERIAL, named_drive, seen_drives
from changer.simulator.seen_elements import SeenElement
from changer.simulator.seen_habits import (
    EXCHANGE_MEDIUM,
    commands_of,
    drive_models_of,
    drives_of,
    identity_of,
    mode_pages_of,
    refuses,
)
from changer.simulator.seen_identifiers import identifiers_of, lengths_of
from changer.simulator.seen_status import (
    Answered,
    geometry_of,
    is_cleaner,
    media_of,
    readings_of,
    requests_of,
    reserved_bits_of,
    tags_of,
    unmatched_of,
)
from changer.simulator.sense import Additional, Sense
from changer.simulator.state import CLEANING_MEDIUM, DATA_MEDIUM, Cartridge, Drive, State
from changer.values import NamedTuple, fields

_MOVE_MEDIUM = 0xA5
_LOAD_UNLOAD = 0x1B
# How libraries refuse a cartridge that its drive still holds: T10 first, then their makers.
_HELD_BY_DRIVE = (
    (0x05, 0x53, 0x03),
    (0x05, 0x53, 0x01),
    (0x05, 0x3A, 0x00),
    (0x05, 0x3B, 0x90),
    (0x05, 0x44, 0x81),
)
# What is in it is told by its elements; what no recording can show.
_UNTOLD_BY_NATURE = ("data_cartridges", "free_slots", "cleaners", "cleaner_in_mail", "drive_models")


class Derived(NamedTuple):
    """What a recording makes. ``not_told``: fields of the profile that have the default.

    ``drives``: serial number and model of each, by number. ``unlike``: what was seen, and no
    virtual library does, in words.
    """

    profile: Profile
    cartridges: dict[int, Cartridge]
    drives: tuple[Drive, ...]
    elements: tuple[SeenElement, ...]
    not_told: tuple[str, ...]
    unlike: tuple[str, ...]


def profile_of(exchanges: Sequence[Exchange]) -> Derived:
    """The profile, and the contents as they were first seen."""
    library = [each for each in exchanges if each.drive is None]
    of_drives = [each for each in exchanges if each.drive is not None]
    readings = readings_of(library)
    first = _first_seen(readings)
    found: dict[str, Any] = geometry_of(readings) | mode_pages_of(library)
    found |= identity_of(library)
    commands, unknown = commands_of(library)
    found |= commands | requests_of(readings, found) | tags_of(readings) | identifiers_of(readings)
    found |= lengths_of(readings, found) | media_of(_seen(readings))
    found |= drives_of(of_drives)
    found |= _sources(library) | _unloading(exchanges, found) | reserved_bits_of(library)
    counts = {Kind.TRANSPORT: "transports", Kind.STORAGE: "slots", Kind.MAIL: "mail"}
    found |= unmatched_of(readings, {k: found.get(counts.get(k, "drives"), 1) for k in Kind})
    unlike = [*_unlike(first, found)]
    unknown -= _exchanging(found, is_refused=refuses(library, EXCHANGE_MEDIUM))
    for name in ("cleaner", "unreadable"):
        code = found.pop(f"{name}_code", None)
        if code is not None:
            found[f"{name}_sense"] = Additional(*code)
    drives = seen_drives(first, drive_models_of(of_drives), found)
    profile = _profile(found)
    not_told = [each.name for each in fields(Profile) if each.name not in found]
    not_told = [
        each for each in not_told if each not in (*_UNTOLD_BY_NATURE, *_unused(found, drives))
    ]
    not_told += [f"opcode {code:02X}h" for code in sorted(unknown)]
    cartridges = {each.address: _cartridge(each, profile) for each in first if each.full}
    return Derived(profile, cartridges, drives, first, tuple(not_told), tuple(unlike))


def _unused(found: dict[str, Any], drives: Sequence[Drive]) -> tuple[str, ...]:
    """Fields that have no effect: each drive has its own serial number; the type has a length."""
    named = ("drive_serial",) if drives and all(each.serial for each in drives) else ()
    return (*named, "identifier_length") if found.get("identifier_type") == 1 else named


def _exchanging(found: dict[str, Any], *, is_refused: bool) -> frozenset[int]:
    """Make one of what the capabilities offer and what was refused; what is known by that."""
    is_offered = found.pop("exchanges", None)
    if is_offered is None:
        return frozenset()
    opcodes = {*found["opcodes"]} - {EXCHANGE_MEDIUM}
    found["opcodes"] = tuple(sorted(opcodes | ({EXCHANGE_MEDIUM} if is_offered else frozenset())))
    if is_offered and is_refused:
        found["exchange_works"] = False
    return frozenset({EXCHANGE_MEDIUM})


def _first_seen(readings: Sequence[Answered]) -> tuple[SeenElement, ...]:
    """Each element as it was reported first, where its status was not hidden."""
    found: dict[int, SeenElement] = {}
    named: dict[int, SeenElement] = {}
    for one in readings:
        for each in one.elements:
            (named if one.query.identifiers else found).setdefault(each.address, each)
    both = []
    for address in sorted({*found, *named}):
        element = found.get(address) or named[address]
        if element.identifier is None and address in named:
            element = element._replace(rest=named[address].rest)
        both.append(element)
    return tuple(both)


def _seen(readings: Sequence[Answered]) -> tuple[SeenElement, ...]:
    """All that was reported, where the status was not hidden; else whatever was."""
    plain = [each for one in readings if not one.query.identifiers for each in one.elements]
    return tuple(plain or [each for one in readings for each in one.elements])


def _profile(found: dict[str, Any]) -> Profile:
    empty = {"data_cartridges": 0, "cleaners": 0, "free_slots": (), "cleaner_in_mail": False}
    known = {each.name for each in fields(Profile)}
    return Profile(**{name: value for name, value in (found | empty).items() if name in known})


# contents


def _cartridge(element: SeenElement, profile: Profile) -> Cartridge:
    cleans, told = is_cleaner(element), profile.medium_types
    return Cartridge(
        tag=element.label,
        medium_type=CLEANING_MEDIUM if cleans else element.medium_type if told else DATA_MEDIUM,
        source_address=element.source_address,
        operator_placed=element.kind is Kind.MAIL and bool(element.flags & 0x02),
        cleans_allowed=profile.cleans_allowed if cleans else 0,
    )


def _sources(exchanges: Iterable[Exchange]) -> dict[str, Any]:
    """Whether SVALID names the last element of any type, from an unload that was seen."""
    source = destination = None
    for each in exchanges:
        if each.opcode == _MOVE_MEDIUM and len(each.cdb) >= 8 and each.is_good:
            source, destination = (int.from_bytes(each.cdb[at : at + 2], "big") for at in (4, 6))
        for one in readings_of((each,)):
            for element in one.elements:
                is_it = element.address == destination and element.full
                if is_it and element.kind is Kind.STORAGE and element.source_address is not None:
                    return {"source_is_last_element": element.source_address == source}
    return {}


def _unloading(exchanges: Sequence[Exchange], found: dict[str, Any]) -> dict[str, Any]:
    """Whether a move out of a drive makes it eject, where no command to a drive did."""
    base = found.get("drive_base", 0)
    drives = range(base, base + found.get("drives", 0))
    for each in exchanges:
        if each.drive is not None and each.opcode == _LOAD_UNLOAD:
            return {}
        if each.opcode == _MOVE_MEDIUM and len(each.cdb) >= 8:
            is_from_drive = int.from_bytes(each.cdb[4:6], "big") in drives
            if is_from_drive and each.is_good:
                return {"unloads_drive": True}
            if is_from_drive and each.code in _HELD_BY_DRIVE:
                return {"unloads_drive": False, "held_by_drive_sense": Sense(*each.code)}
    return {}


def _unlike(elements: Iterable[SeenElement], found: dict[str, Any]) -> Iterator[str]:
    """What a virtual library can't have."""
    elements = tuple(elements)
    for each in elements:
        serial = named_drive(each).get("serial", "")
        if len(serial) > LONGEST_SERIAL:
            yield f"serial numbers of drives have {len(serial)} characters, here {LONGEST_SERIAL}"
            break
    if any(each.identifier and each.identifier.code_set not in (2, 3) for each in elements):
        yield "identifiers of drives are not text"
    has_field = found.get("alternate_tags") is AlternateTags.FIELD
    for each in elements if not has_field else ():
        length = len(each.identifier.content) if each.identifier else 0
        used = 4 + max(length, found.get("identifier_field", 0)) if each.identifier else 0
        is_appended = each.kind is Kind.DRIVE and not used and found.get("appended_serial")
        if any(each.rest[used:]) and not is_appended:
            yield "descriptors have bytes of the vendor, here zeros"
            break


def overrides(state: State, elements: Iterable[SeenElement]) -> Iterator[Fault]:
    """Faults that make the virtual library report what its state does not explain."""
    report = ElementReport(state)
    for each in elements:
        if state.geometry.kind_of(each.address) is not each.kind:
            continue
        told = report.element(each.kind, each.address)
        seen = {
            "exception": each.additional is not None,
            "full": each.full,
            "access": bool(each.flags & 0x08) if each.kind is not Kind.TRANSPORT else told.access,
            "disabled": bool(each.fixed[9] & 0x08),
        }
        if each.kind is Kind.MAIL:
            seen |= {
                "import_enabled": bool(each.flags & 0x20),
                "export_enabled": bool(each.flags & 0x10),
            }
        differ: dict[str, Any] = {
            name: value for name, value in seen.items() if value != getattr(told, name)
        }
        if each.additional is not None and told.additional != Additional(*each.additional):
            differ["additional"] = Additional(*each.additional)
            differ["exception"] = True
        if differ:
            yield Fault(name="element", address=each.address, override=ElementOverride(**differ))


def state_of(name: str, derived: Derived) -> State:
    """A library of the profile, with what was in it."""
    profile = derived.profile
    state = State(name, profile, drives=list(derived.drives) or [Drive()] * profile.drives)
    for address, cartridge in derived.cartridges.items():
        if state.geometry.kind_of(address) is not None:
            state.put(address, cartridge)
    for fault in [*overrides(state, derived.elements)]:
        state.add_fault(fault)
    return state
