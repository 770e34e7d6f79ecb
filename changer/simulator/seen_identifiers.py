"""Identifiers of drives and lengths of descriptors that recorded replies show, as profile fields.

Each function returns the fields that it found out; what the replies do not show is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from changer.simulator.exchange import INVALID_FIELD
from changer.simulator.geometry import Kind
from changer.simulator.profile_choices import AlternateTags, Identifiers
from changer.simulator.seen_elements import SeenElement
from changer.simulator.seen_status import Answered

_STANDARD, _TAG, _BLOCK = 12, 36, 4
_NAMES = 24  # vendor and product, before the serial number of an identifier of type 1
_SERIAL = 10
_HIDDEN = 0x04

Fields = dict[str, Any]


def identifiers_of(readings: Sequence[Answered]) -> Fields:
    """What becomes of DVCID, and the form of identifiers."""
    found: Fields = {}
    asked = [one for one in readings if one.query.identifiers]
    unasked = [one for one in readings if not one.query.identifiers]
    drives = [each for one in asked for each in one.elements if each.kind is Kind.DRIVE]
    named = [each for each in drives if each.identifier is not None]
    refused = [one for one in asked if one.code == INVALID_FIELD]
    if any(each.identifier for one in unasked for each in one.elements if each.kind is Kind.DRIVE):
        found["identifiers"] = Identifiers.ALWAYS
    elif named and (how := _with_refusals(asked, refused)) is not None:
        found["identifiers"] = how
    elif refused and not any(one.reply for one in asked):
        found["identifiers"] = Identifiers.REFUSED
    everywhere = [each for one in readings for each in one.elements if each.kind is Kind.DRIVE]
    with_one = next((each for each in everywhere if each.identifier), None)
    if with_one is not None:
        found |= _form(with_one)
    plain = [each for one in unasked for each in one.elements if each.kind is Kind.DRIVE]
    if drives and plain:
        hides = all(each.flags == _HIDDEN for each in drives)
        found["identifier_hides_status"] = hides and any(each.flags != _HIDDEN for each in plain)
    return found


def _form(element: SeenElement) -> Fields:
    """Of an identifier: its type, its length, and the blanks or zeros that follow the text."""
    identifier = element.identifier
    assert identifier is not None
    found: Fields = {"identifier_type": identifier.kind}
    length = len(identifier.content)
    if identifier.kind != 1:
        found["identifier_length"] = length
        found["identifier_ends_in_zeros"] = identifier.content.endswith(b"\0")
    after = element.rest[_BLOCK + length :]
    blanks = len(after) - len(after.lstrip(b" "))
    if blanks:
        found["identifier_field"] = length + blanks
    return found


def _with_refusals(asked: Sequence[Answered], refused: Sequence[Answered]) -> Identifiers | None:
    """None where it was asked for in one way alone."""
    if any(one.query.volume_tags for one in refused) and not any(
        one.reply and one.query.volume_tags for one in asked
    ):
        return Identifiers.NOT_WITH_VOLTAG
    if any(one.query.kind != Kind.DRIVE for one in refused):
        return Identifiers.DRIVES_ONLY
    is_with_tags = any(one.reply and one.query.volume_tags for one in asked)
    return Identifiers.REPORTED if is_with_tags else None


# lengths


def lengths_of(readings: Sequence[Answered], known: Fields) -> Fields:
    """The bytes that descriptors have besides tags and identifiers. ``known``: these."""
    alternate, field = known.get("alternate_tags"), known.get("identifier_field", 0)
    spare: dict[tuple[Kind, bool], int] = {}
    for one in readings:
        for page in one.pages:
            tags = _TAG * (page.tags + (alternate is AlternateTags.FIELD and page.tags))
            rest = page.length - _STANDARD - tags
            identifier = next((each.identifier for each in page.elements if each.identifier), None)
            if identifier is not None:
                rest -= _BLOCK + max(field, _natural(identifier.kind, len(identifier.content)))
            key = page.kind, one.query.identifiers or identifier is not None
            spare.setdefault(key, rest)
    found: Fields = {}
    plain = [rest for (_, has_identifiers), rest in spare.items() if not has_identifiers]
    if plain:
        found["identifier_block"] = all(rest >= _BLOCK for rest in plain)
    block = _BLOCK if found.get("identifier_block", True) else 0
    for kind in Kind:
        if (kind, False) in spare:
            found[f"{kind.name.lower()}_excess"] = spare[kind, False] - block
        elif (kind, True) in spare:
            less = 0 if kind is Kind.DRIVE else _BLOCK
            found[f"{kind.name.lower()}_excess"] = spare[kind, True] - less
    with_identifier = spare.get((Kind.DRIVE, True))
    if with_identifier is not None:
        appended = found["drive_excess"] - with_identifier
        if appended > 0 and _ends_in_text(readings, appended):
            found |= {"drive_excess": with_identifier, "appended_serial": appended}
    return found


def _ends_in_text(readings: Sequence[Answered], size: int) -> bool:
    """Whether the drives' descriptors end in text where no identifier was asked for."""
    plain = [each for one in readings if not one.query.identifiers for each in one.elements]
    ends = [each.rest[-size:] for each in plain if each.kind is Kind.DRIVE]
    return any(end[0] > ord(" ") and end.isascii() for end in ends if end)


def _natural(kind: int, length: int) -> int:
    """As long as the identifier of a virtual drive is."""
    return _NAMES + _SERIAL if kind == 1 else length
