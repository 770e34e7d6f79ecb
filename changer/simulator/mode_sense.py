"""MODE SENSE (6) and (10); of the changer, pages 1Dh, 1Eh and 1Fh (SMC-3)."""

from __future__ import annotations

from changer.simulator.drive_modes import DRIVE_PAGES, drive_block_descriptor, drive_header
from changer.simulator.geometry import Kind
from changer.simulator.profile import Profile
from changer.simulator.request import Request
from changer.simulator.sense import INVALID_FIELD, SAVING_NOT_SUPPORTED, CheckCondition

__all__ = ["answer_mode_sense_6", "answer_mode_sense_10", "is_allowed"]

_NO_PAGE, _ALL_PAGES = 0x00, 0x3F
_CHANGEABLE, _SAVED = 1, 3
_BLOCK_DESCRIPTOR = bytes(8)


def answer_mode_sense_6(request: Request) -> bytes:
    """MODE SENSE (6) 1Ah."""
    pages = _pages(request)
    blocks = _blocks(request)
    # The mode data length does not count itself.
    length = min(3 + len(blocks) + len(pages), 0xFF)
    head = bytes([length]) + _medium(request) + bytes([len(blocks)])
    return (head + blocks + pages)[: request.cdb[4]]


def answer_mode_sense_10(request: Request) -> bytes:
    """MODE SENSE (10) 5Ah."""
    pages = _pages(request)
    blocks = _blocks(request)
    head = (6 + len(blocks) + len(pages)).to_bytes(2, "big") + _medium(request) + bytes(2)
    return (head + len(blocks).to_bytes(2, "big") + blocks + pages)[: request.uint(7, 2)]


def _medium(request: Request) -> bytes:
    """Medium type and device-specific parameter."""
    return bytes(2) if request.unit is None else drive_header(request)


def _blocks(request: Request) -> bytes:
    if request.unit is not None:
        return b"" if request.bit(1, 3) else drive_block_descriptor(request)
    profile = request.state.profile
    wanted = profile.ignores_dbd or not request.bit(1, 3)
    return _BLOCK_DESCRIPTOR if profile.block_descriptor and wanted else b""


def _pages(request: Request) -> bytes:
    wanted, control = request.cdb[2] & 0x3F, request.cdb[2] >> 6
    if control == _SAVED:
        raise CheckCondition(SAVING_NOT_SUPPORTED)
    if request.cdb[3] not in (0x00, 0xFF):
        raise CheckCondition(INVALID_FIELD)
    pages = DRIVE_PAGES
    if request.unit is None:
        pages = _changer_pages(request.state.profile)
    elif wanted == _NO_PAGE:  # how st asks for the header and the block descriptor alone
        return b""
    if wanted != _ALL_PAGES and wanted not in pages:
        raise CheckCondition(INVALID_FIELD)
    chosen = sorted(pages) if wanted == _ALL_PAGES else [wanted]
    return b"".join(_page(code, pages[code], control) for code in chosen)


def _page(code: int, content: bytes, control: int) -> bytes:
    if control == _CHANGEABLE:  # a mask of what MODE SELECT could change: nothing
        content = bytes(len(content))
    return bytes([code, len(content)]) + content


def _changer_pages(profile: Profile) -> dict[int, bytes]:
    pages = {0x1D: _address_assignment(profile)}
    if profile.geometry_page:
        # Per transport element: can't rotate; its member number.
        pages[0x1E] = b"".join(bytes([0, member & 0xFF]) for member in range(profile.transports))
    if profile.capabilities_page:
        pages[0x1F] = _capabilities(profile)
    return pages


def _address_assignment(profile: Profile) -> bytes:
    ranges = profile.geometry.ranges
    content = b""
    for kind in (Kind.TRANSPORT, Kind.STORAGE, Kind.MAIL, Kind.DRIVE):
        content += ranges[kind].start.to_bytes(2, "big") + len(ranges[kind]).to_bytes(2, "big")
    return content + bytes(2)


def _capabilities(profile: Profile) -> bytes:
    """Which elements store cartridges, and the moves and exchanges between each two types."""
    stores = 0b1110 if profile.mail else 0b1010
    moves = bytes(_destinations(profile, source) for source in Kind)
    exchanges = moves if 0xA6 in profile.opcodes else bytes(4)
    return bytes([stores, 0]) + moves + bytes(4) + exchanges + bytes(4)


def _destinations(profile: Profile, source: Kind) -> int:
    return sum(is_allowed(profile, source, to) << (to - 1) for to in Kind)


def is_allowed(profile: Profile, source: Kind, destination: Kind) -> bool:
    """The library can move from one element type to another. Nothing is put into the transport."""
    if destination is Kind.TRANSPORT or (source, destination) in profile.forbidden_moves:
        return False
    return bool(profile.mail) or Kind.MAIL not in (source, destination)
