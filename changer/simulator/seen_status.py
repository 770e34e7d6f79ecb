"""Habits in reporting elements that recorded replies show, as fields of a profile.

Each function returns the fields that it found out; what the replies do not show is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from changer.simulator.exchange import BAD_ADDRESS, INVALID_FIELD, Exchange
from changer.simulator.geometry import Kind
from changer.simulator.profile_choices import AlternateTags, MagazineOut, Unmatched, VolumeTags
from changer.simulator.seen_elements import (
    Query,
    SeenElement,
    SeenPage,
    SeenReply,
    read_query,
    read_reply,
)
from changer.values import NamedTuple

_TAG = 36
_MAGAZINES = {
    (0x3B, 0x11): MagazineOut.EXCEPT_3B11,
    (0x3B, 0x12): MagazineOut.EXCEPT_3B12,
    (0x83, 0x02): MagazineOut.EXCEPT_8302,
}
_FEWEST_AT_ONCE = 100  # where it is more likely a limit than elements that are left out
_COUNTS = {
    Kind.TRANSPORT: "transports",
    Kind.STORAGE: "slots",
    Kind.MAIL: "mail",
    Kind.DRIVE: "drives",
}
_RESERVED = 0xFC  # of byte 6 of the command
_REFUSED = {BAD_ADDRESS: Unmatched.BAD_ADDRESS, INVALID_FIELD: Unmatched.INVALID_FIELD}

Fields = dict[str, Any]


class Answered(NamedTuple):
    """A READ ELEMENT STATUS: what was asked, how it ended, and the reply where it was GOOD."""

    query: Query
    code: tuple[int, int, int] | None
    reply: SeenReply | None

    @property
    def pages(self) -> tuple[SeenPage, ...]:
        """Of the reply."""
        return self.reply.pages if self.reply else ()

    @property
    def elements(self) -> Iterator[SeenElement]:
        """Of all pages."""
        return (element for page in self.pages for element in page.elements)


def readings_of(exchanges: Iterable[Exchange]) -> tuple[Answered, ...]:
    """Those of the library, in their order; none that was refused for its reserved bits."""
    found = []
    for each in exchanges:
        query = read_query(each.cdb)
        if query is not None and (each.is_good or not each.cdb[6] & _RESERVED):
            reply = read_reply(each.data) if each.is_good and each.data else None
            if each.is_good or each.code is not None:
                found.append(Answered(query, each.code, reply))
    return tuple(found)


def geometry_of(readings: Sequence[Answered]) -> Fields:
    """Addresses, from the elements that were reported; for where no mode page says them."""
    found: Fields = {}
    for kind in Kind:
        seen = {each.address for one in readings for each in one.elements if each.kind is kind}
        if seen:
            found[f"{kind.name.lower()}_base"] = min(seen)
            found[_COUNTS[kind]] = max(seen) - min(seen) + 1
        elif any(one.reply and one.query.kind in (0, kind) for one in readings):
            found[_COUNTS[kind]] = 0
    return found


def requests_of(readings: Sequence[Answered], known: Fields) -> Fields:
    """Which requests are answered, and in pieces of what size. ``known``: the addresses."""
    found: Fields = {}
    for query, code, reply in readings:
        if query.kind == 0 and (reply or code == INVALID_FIELD):
            found["all_types"] = found.get("all_types", False) or reply is not None
        if query.current_data and (reply or code == INVALID_FIELD):
            found["current_data"] = found.get("current_data", False) or reply is not None
        if query.kind == 0 and reply and len(reply.pages) > 1:
            firsts = [page.elements[0].address for page in reply.pages if page.elements]
            kinds = [page.kind for page in reply.pages]
            if kinds != sorted(kinds) and firsts == sorted(firsts):
                found["all_types_by_address"] = True
    return found | _sizes(readings, known)


def reserved_bits_of(exchanges: Iterable[Exchange]) -> Fields:
    """Whether a request with reserved bits is refused."""
    for each in exchanges:
        has_them = read_query(each.cdb) is not None and each.cdb[6] & _RESERVED
        if has_them and (each.is_good or each.code == INVALID_FIELD):
            return {"refuses_reserved_bits": not each.is_good}
    return {}


def _sizes(readings: Sequence[Answered], known: Fields) -> Fields:
    found: Fields = {}
    for query, _, reply in readings:
        if reply is None or not reply.pages:
            continue
        for page, following in zip(reply.pages, reply.pages[1:], strict=False):
            if page.kind is following.kind and page.elements:
                found["descriptors_per_page"] = len(page.elements)
        if query.kind in {*Kind}:
            kind = Kind(query.kind)
            base = known.get(f"{kind.name.lower()}_base", 0)
            number = known.get(_COUNTS[kind], 0)
            there = range(max(base, query.start), base + number)[: query.most]
            if _FEWEST_AT_ONCE <= reply.number < len(there):
                found["most_descriptors"] = reply.number
    return found


def unmatched_of(readings: Sequence[Answered], counts: dict[Kind, int]) -> Fields:
    """The reply for a type of which there is no element."""
    codes = []
    for query, code, reply in readings:
        if query.kind in {*Kind} and not counts.get(Kind(query.kind), 0):
            if reply is not None and not reply.pages:
                return {"unmatched": Unmatched.EMPTY}
            codes.append(code)
    refused = [_REFUSED[each] for each in codes if each in _REFUSED]
    return {"unmatched": refused[0]} if refused else {}


# tags


def tags_of(readings: Sequence[Answered]) -> Fields:
    """What becomes of VOLTAG, and how a field without a label is filled."""
    asked = [one for one in readings if one.query.volume_tags and one.query.kind != Kind.TRANSPORT]
    pages = [page for one in asked for page in one.pages]
    found: Fields = {}
    full = [each for page in pages for each in page.elements if each.full]
    if any(page.tags for page in pages):
        has_label = any(each.label for each in full)
        found["volume_tags"] = VolumeTags.REPORTED if has_label or not full else VolumeTags.BLANK
        if not full:
            del found["volume_tags"]  # it may be either
        for each in (each for page in pages for each in page.elements if len(each.tag) == _TAG):
            if each.label:
                found["blanks_fill_tag_field"] = each.tag[32:] == b" " * 4
            else:
                found["undefined_tag_blanks"] = each.tag[:1] == b" "
    elif pages:
        found["volume_tags"] = VolumeTags.IGNORED
    elif any(one.code == INVALID_FIELD for one in asked) and _works_without_tags(readings):
        found["volume_tags"] = VolumeTags.REFUSED
    return found | _alternate_tags(readings)


def _works_without_tags(readings: Sequence[Answered]) -> bool:
    return any(one.reply and not one.query.volume_tags for one in readings)


def _alternate_tags(readings: Sequence[Answered]) -> Fields:
    pages = [(one.query, page) for one in readings for page in one.pages]
    flagged = [page for _, page in pages if page.alternate]
    if not flagged:
        tagged = [page for query, page in pages if query.volume_tags]
        return {"alternate_tags": AlternateTags.NONE} if tagged else {}
    if {page.kind for page in flagged} == {Kind.DRIVE}:
        return {"alternate_tags": AlternateTags.DRIVES_FLAG}
    has_field = all(
        len(each.rest) >= _TAG and each.identifier is None
        for page in flagged
        for each in page.elements
    )
    return {"alternate_tags": AlternateTags.FIELD if has_field else AlternateTags.FLAG_ONLY}


# media


def media_of(elements: Sequence[SeenElement]) -> Fields:
    """Medium types, cleaning cartridges, addresses of SCSI-2, and access to drives."""
    found: Fields = {}
    full = [each for each in elements if each.full]
    data = [each for each in full if not is_cleaner(each)]
    cleaners = [each for each in full if is_cleaner(each)]
    if data:
        found["medium_types"] = any(each.medium_type for each in data)
    if cleaners:
        found["cleaner_medium_type"] = any(each.medium_type for each in cleaners)
    at_rest = [each for each in cleaners if each.kind in (Kind.STORAGE, Kind.MAIL)]
    if at_rest:
        found["cleaner_code"] = at_rest[0].additional
    found |= _exceptions(elements)
    if any(each.fixed[9] & 0x08 for each in elements):
        found["element_disabled_bit"] = True
    drives = [each for each in elements if each.kind is Kind.DRIVE]
    if drives:
        found["scsi2_addresses"] = any(each.fixed[6] for each in drives)
    loaded = [bool(each.flags & 0x08) for each in drives if each.full and not each.additional]
    if loaded:
        has_any = any(each.flags & 0x08 for each in drives)
        found["drive_accessible_when_loaded"] = all(loaded) or not has_any
    return found


def _exceptions(elements: Sequence[SeenElement]) -> Fields:
    """Codes of slots that are not there, and of labels that can't be read."""
    found: Fields = {}
    slots = [each for each in elements if each.kind is Kind.STORAGE and each.additional]
    for each in slots:
        if not each.full and each.additional in _MAGAZINES:
            is_disabled = bool(each.fixed[9] & 0x08)
            code = _MAGAZINES[each.additional]
            found["magazine_out"] = MagazineOut.DISABLED if is_disabled else code
        elif each.full and not is_cleaner(each) and each.tag and not each.label:
            found["unreadable_code"] = each.additional
    return found


def is_cleaner(element: SeenElement) -> bool:
    """By its medium type, or its label."""
    return element.medium_type == 2 or element.label.startswith("CLN")
