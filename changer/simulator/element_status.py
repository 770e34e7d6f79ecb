"""READ ELEMENT STATUS (SMC-3, 6.11): which elements are in the reply, in which pages, cut where."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from changer.simulator.element_descriptor import DescriptorLayout
from changer.simulator.geometry import Kind
from changer.simulator.profile import Profile
from changer.simulator.profile_choices import Identifiers, Unmatched, VolumeTags
from changer.simulator.reported_element import ElementReport
from changer.simulator.request import Request
from changer.simulator.robot import ahead
from changer.simulator.sense import BAD_ELEMENT_ADDRESS, INVALID_FIELD, CheckCondition
from changer.simulator.state import State
from changer.values import dataclass

_HEADER = 8
_PAGE_HEADER = 8
_UNMATCHED = {Unmatched.BAD_ADDRESS: BAD_ELEMENT_ADDRESS, Unmatched.INVALID_FIELD: INVALID_FIELD}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Query:
    """The fields of the CDB."""

    kind: Kind | None
    volume_tags: bool
    start: int
    count: int
    current_data: bool
    identifiers: bool
    allocation: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Page:
    """An element status page: which descriptors it has, and what they look like."""

    layout: DescriptorLayout
    addresses: list[int]

    @property
    def byte_count(self) -> int:
        return self.layout.length * len(self.addresses)

    @property
    def header(self) -> bytes:
        flags = self.layout.volume_tags << 7 | self.layout.alternate_flag << 6
        length = self.layout.length.to_bytes(2, "big")
        return bytes([self.layout.kind, flags]) + length + self.byte_count.to_bytes(4, "big")


def answer_read_element_status(request: Request) -> bytes:
    """READ ELEMENT STATUS B8h."""
    state, profile = request.state, request.state.profile
    query = _read_query(request)
    if _refuses(query, profile):
        raise CheckCondition(INVALID_FIELD)
    state = _state_that_is_told(request)
    report = ElementReport(state)
    pages = list(_pages(state, report, query))
    if not pages and profile.unmatched in _UNMATCHED:
        raise CheckCondition(_UNMATCHED[profile.unmatched])
    return _encode(pages, state, report, query.allocation)


def _state_that_is_told(request: Request) -> State:
    """As it is; a library that answers only at rest answers later, as it will be then."""
    state, at = request.state, request.robot_comes_at
    if state.profile.answers_while_moving or at <= request.now:
        return state
    request.seconds = at - request.now
    return ahead(state, at)


def _read_query(request: Request) -> _Query:
    code = request.cdb[1] & 0x0F
    if code > max(Kind):
        raise CheckCondition(INVALID_FIELD)
    if request.state.profile.refuses_reserved_bits and request.cdb[6] >> 2:
        raise CheckCondition(INVALID_FIELD)
    allocation = request.uint(7, 3)
    if request.state.profile.allocation_low_16_bits:
        allocation &= 0xFFFF
    return _Query(
        kind=Kind(code) if code else None,
        volume_tags=request.bit(1, 4),
        start=request.uint(2, 2),
        count=request.uint(4, 2),
        current_data=request.bit(6, 1),
        identifiers=request.bit(6, 0),
        allocation=allocation,
    )


def _refuses(query: _Query, profile: Profile) -> bool:
    return (
        (query.kind is None and not profile.all_types)
        or (query.volume_tags and profile.volume_tags is VolumeTags.REFUSED)
        or (query.current_data and not profile.current_data)
        or (query.identifiers and _refuses_identifiers(query, profile.identifiers))
    )


def _refuses_identifiers(query: _Query, identifiers: Identifiers) -> bool:
    if identifiers is Identifiers.NOT_WITH_VOLTAG:
        return query.volume_tags
    if identifiers is Identifiers.DRIVES_ONLY:
        return query.kind is not Kind.DRIVE
    return identifiers is Identifiers.REFUSED


def _pages(state: State, report: ElementReport, query: _Query) -> Iterator[_Page]:
    """The elements that meet the request, by type; several pages of a type if the profile wants."""
    profile = state.profile
    left = query.count
    if profile.most_descriptors:
        left = min(left, profile.most_descriptors)
    for kind in _kinds(state, query):
        there = state.geometry.ranges[kind]
        # The starting address is a minimum, and need not be an element's.
        matching = filter(report.is_listed, range(max(query.start, there.start), there.stop))
        addresses = list(islice(matching, left))
        left -= len(addresses)
        layout = DescriptorLayout(
            profile, kind, volume_tags=query.volume_tags, identifiers=query.identifiers
        )
        step = profile.descriptors_per_page or max(1, len(addresses))
        for first in range(0, len(addresses), step):
            yield _Page(layout, addresses[first : first + step])


def _kinds(state: State, query: _Query) -> list[Kind]:
    if query.kind is not None:
        return [query.kind]
    if state.profile.all_types_by_address:
        return sorted(Kind, key=lambda kind: state.geometry.ranges[kind].start)
    return list(Kind)


def _encode(pages: list[_Page], state: State, report: ElementReport, allocation: int) -> bytes:
    """Header and pages, cut at the last whole descriptor; byte counts are not adjusted for that."""
    number = sum(len(page.addresses) for page in pages)
    byte_count = sum(_PAGE_HEADER + page.byte_count for page in pages)
    first = min((page.addresses[0] for page in pages), default=0)
    header = first.to_bytes(2, "big") + number.to_bytes(2, "big")
    parts = [header + byte_count.to_bytes(4, "big")]
    room = allocation - _HEADER
    for page in pages:
        if room < _PAGE_HEADER:
            break
        fitting = (room - _PAGE_HEADER) // page.layout.length
        parts.append(page.header)
        for address in page.addresses[:fitting]:
            parts.append(page.layout.encode(report.element(page.layout.kind, address), state))
        if fitting < len(page.addresses):
            break
        room -= _PAGE_HEADER + page.byte_count
    return b"".join(parts)[:allocation]
