"""Habits that recorded replies show, as fields of a profile: identity, commands and drives.

Each function returns the fields that it found out; what the replies do not show is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from changer.simulator.drive_model import DENSITIES
from changer.simulator.exchange import INVALID_FIELD, INVALID_OPCODE, Exchange
from changer.simulator.geometry import Kind
from changer.simulator.profile import Profile

_INQUIRY, _RESERVE_IN, _LOG_SENSE = 0x12, 0x5E, 0x4D
_OPTIONAL = (0x07, 0x37, 0xE7, 0x2B, 0xA6, 0x1B, 0x1E, 0x4D)
EXCHANGE_MEDIUM = 0xA6
_WITH_RANGE = (0x37, 0xE7)
_ADDRESSES, _GEOMETRY, _CAPABILITIES = 0x1D, 0x1E, 0x1F
_DRIVE_LOG_PAGES = (0x0C, 0x11, 0x2E)
_TYPE_BITS = {0x8000: 7, 0x4000: 6, 0x2000: 5, 0x0800: 3, 0x0200: 1, 0x0001: 8}

_NUMBERED = re.compile(r"/drive:([0-9]{1,3})$")

Fields = dict[str, Any]


def identity_of(exchanges: Iterable[Exchange]) -> Fields:
    """Vendor, product, revision and serial number, and which pages say so."""
    found: Fields = {}
    for each in exchanges:
        page = _vital_page(each)
        if page is None and each.opcode == _INQUIRY and each.is_good and len(each.data) >= 36:
            found |= model_of(each.data)
        elif page == 0x80:
            found["serial_page"] = each.is_good
            if each.is_good:
                found["serial"] = _text(each.data[4:])[:32]
        elif page == 0x83 and each.is_good:
            found["port_designators"] = any(
                association == 1 for association in _associations(each.data)
            )
    return found


def model_of(data: bytes) -> Fields:
    """Vendor, product and revision of standard INQUIRY data."""
    return {
        "vendor": _text(data[8:16]),
        "product": _text(data[16:32]),
        "revision": _text(data[32:36]),
    }


def _vital_page(exchange: Exchange) -> int | None:
    """The vital product data page that it asks for; None for standard data, or not INQUIRY."""
    is_vital = exchange.opcode == _INQUIRY and len(exchange.cdb) >= 6 and exchange.cdb[1] & 0x01
    return exchange.cdb[2] if is_vital else None


def _associations(data: bytes) -> Iterator[int]:
    at = 4
    while at + 4 <= len(data):
        yield data[at + 1] >> 4 & 0x03
        at += 4 + data[at + 3]


def commands_of(exchanges: Iterable[Exchange]) -> tuple[Fields, frozenset[int]]:
    """Fields about commands, and the optional commands of which nothing is known."""
    found: Fields = {}
    has: dict[int, bool] = {}
    for each in exchanges:
        if each.status is None:
            continue
        exists = each.code != INVALID_OPCODE
        if each.opcode in _OPTIONAL:
            has[each.opcode] = exists
            found |= _scanning(each)
        elif each.opcode == 0x5A:
            found["mode_sense_10"] = exists
        elif each.opcode == _RESERVE_IN:
            found |= _reservations(each, exists=exists)
        if each.is_described:
            found["descriptor_sense"] = True
        elif each.code is not None:
            found.setdefault("descriptor_sense", False)
    default = Profile().opcodes
    found["opcodes"] = tuple(code for code in _OPTIONAL if has.get(code, code in default))
    return found, frozenset(_OPTIONAL) - has.keys()


def _scanning(exchange: Exchange) -> Fields:
    """Whether a range can be scanned."""
    if exchange.opcode not in _WITH_RANGE or len(exchange.cdb) < 10 or not exchange.cdb[1] & 0x01:
        return {}
    if exchange.is_good or exchange.code == INVALID_FIELD:
        return {"scans_ranges": exchange.is_good}
    return {}


def refuses(exchanges: Iterable[Exchange], opcode: int) -> bool:
    """Whether a command was refused as one that does not exist."""
    return any(each.opcode == opcode and each.code == INVALID_OPCODE for each in exchanges)


def _reservations(exchange: Exchange, *, exists: bool) -> Fields:
    if not exists or len(exchange.cdb) < 2:
        return {} if exists else {"reservation_types": ()}
    data = exchange.data
    if exchange.cdb[1] & 0x1F != 2 or not exchange.is_good or len(data) < 8:
        return {}
    mask = int.from_bytes(data[4:6], "big") if data[3] & 0x80 else 0
    types = tuple(sorted(kind for bit, kind in _TYPE_BITS.items() if mask & bit))
    persist = {"reservations_persist": bool(data[2] & 0x01)}
    return {"reservation_types": types, **persist} if types else persist


def mode_pages_of(exchanges: Iterable[Exchange]) -> Fields:
    """Addresses, and what the pages of a changer say that can be moved."""
    found: Fields = {}
    for each in exchanges:
        if each.opcode not in (0x1A, 0x5A) or len(each.cdb) < 6 or each.code == INVALID_OPCODE:
            continue
        page = each.cdb[2] & 0x3F
        names = {_GEOMETRY: "geometry_page", _CAPABILITIES: "capabilities_page"}
        if page in names and (each.is_good or each.code is not None):
            found[names[page]] = each.is_good
        if each.is_good:
            found |= _blocks(each) | _of_pages(each)
    return found


def _blocks(exchange: Exchange) -> Fields:
    has_any = bool(_block_size(exchange))
    if not exchange.cdb[1] & 0x08:
        return {"block_descriptor": has_any}
    return {"block_descriptor": True, "ignores_dbd": True} if has_any else {}


def _block_size(exchange: Exchange) -> int:
    data = exchange.data
    if exchange.opcode == 0x1A:
        return data[3] if len(data) > 3 else 0
    return int.from_bytes(data[6:8], "big")


def _of_pages(exchange: Exchange) -> Fields:
    found: Fields = {}
    at = (4 if exchange.opcode == 0x1A else 8) + _block_size(exchange)
    data = exchange.data
    while at + 2 <= len(data):
        code, content = data[at] & 0x3F, data[at + 2 : at + 2 + data[at + 1]]
        at += 2 + len(content)
        if code == _ADDRESSES and len(content) >= 16:
            found |= _addresses(content)
        elif code == _CAPABILITIES and len(content) >= 14:
            found["forbidden_moves"] = _forbidden(content[2:6])
            found["exchanges"] = any(content[10:14])
        if not content:
            break
    return found


def _addresses(content: bytes) -> Fields:
    names = ("transport", "storage", "mail", "drive")
    counts = ("transports", "slots", "mail", "drives")
    numbers = [int.from_bytes(content[at : at + 2], "big") for at in range(0, 16, 2)]
    found: Fields = {}
    for name, count, base, size in zip(names, counts, numbers[::2], numbers[1::2], strict=True):
        found |= {f"{name}_base": base, count: size}
    return found


def _forbidden(moves: bytes) -> tuple[tuple[int, int], ...]:
    """Pairs of types between which nothing is moved, as far as a profile has a word in it."""
    to = [kind for kind in Kind if kind is not Kind.TRANSPORT]
    return tuple(
        (int(source), int(kind))
        for source in Kind
        for kind in to
        if not moves[source - 1] >> (kind - 1) & 1
    )


def drives_of(exchanges: Iterable[Exchange]) -> Fields:
    """What the drives' own replies show, the same of all of them."""
    found: Fields = {}
    logs: dict[int, bool] = {}
    for each in exchanges:
        if _vital_page(each) == 0xB4 and each.status is not None:
            found["drive_element_address"] = each.is_good and len(each.data) > 4
        elif each.opcode == _LOG_SENSE and len(each.cdb) > 2 and _is_told(each):
            page = each.cdb[2] & 0x3F
            logs |= {page: each.is_good} if page else _listed(each)
        elif each.opcode == 0x1A and each.is_good and _density(each) in DENSITIES:
            found["drive_density"] = _density(each)
    if {*logs} & {*_DRIVE_LOG_PAGES}:
        found["drive_log_pages"] = tuple(page for page in _DRIVE_LOG_PAGES if logs.get(page, True))
    return found


def _is_told(exchange: Exchange) -> bool:
    """Whether the reply says what there is: not one that met a unit attention, or the like."""
    return exchange.is_good or exchange.code in (INVALID_FIELD, INVALID_OPCODE)


def _density(exchange: Exchange) -> int | None:
    """That of the first block descriptor; None without any."""
    return exchange.data[4] if _block_size(exchange) and len(exchange.data) > 4 else None


def _listed(exchange: Exchange) -> dict[int, bool]:
    return {page: page in exchange.data[4:] for page in _DRIVE_LOG_PAGES}


def drive_models_of(exchanges: Iterable[Exchange]) -> dict[str, Fields]:
    """Model, serial number and place of each drive that was asked, by its device."""
    found: dict[str, Fields] = {}
    for each in exchanges:
        if each.drive is None or each.opcode != _INQUIRY or not each.is_good:
            continue
        of_drive = found.setdefault(each.drive, {})
        if numbered := _NUMBERED.search(each.drive):
            of_drive["number"] = int(numbered[1])
        page = _vital_page(each)
        if page is None and len(each.data) >= 36:
            of_drive |= model_of(each.data)
        elif page == 0x80:
            of_drive["serial"] = _text(each.data[4:])
        elif page == 0xB4 and len(each.data) >= 6:
            of_drive["address"] = int.from_bytes(each.data[4:6], "big")
    return found


def _text(field: bytes) -> str:
    shown = bytes(byte if 0x20 <= byte < 0x7F else 0x20 for byte in field.partition(b"\0")[0])
    return shown.decode("ascii").strip()
