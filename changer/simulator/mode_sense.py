"""MODE SENSE (6) and (10): pages 1Dh to 1Fh of a changer (SMC-3), pages of a drive (SSC-3)."""

from __future__ import annotations

from changer.simulator.auto_clean import cleans_itself, shows_its_work
from changer.simulator.drive_life import Phase, phase_of
from changer.simulator.drive_model import DENSITIES
from changer.simulator.geometry import Kind
from changer.simulator.profile import Profile
from changer.simulator.request import Request
from changer.simulator.sense import INVALID_FIELD, CheckCondition, Sense
from changer.simulator.state import State

_SAVING_NOT_SUPPORTED = Sense(0x05, 0x39, 0x00)
_NO_PAGE, _ALL_PAGES = 0x00, 0x3F
_CHANGEABLE, _SAVED = 1, 3
_BUFFERED, _WRITE_PROTECTED = 0x10, 0x80
_DRIVE_PAGES = {
    # Data compression: can compress, and does; decompresses; one algorithm (01h), which is used.
    0x0F: bytes([0xC0, 0x80, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0]),
    # Device configuration: writes out after 20 s (00C8h); knows where a block is (LOIS); writes an
    # end of data by itself (EEG), and stops writing at early warning (SEW); compresses.
    0x10: bytes([0, 0, 0, 0, 0, 0xC8, 0x40, 0, 0x18, 0, 0, 0, 1, 0]),
    # Informational exceptions: nothing by sense data (DEXCPT), all by TapeAlert in the log.
    0x1C: bytes([8, 3, 0, 0, 0, 0, 0, 0, 0, 0]),
}


def answer_mode_sense_6(request: Request) -> bytes:
    """MODE SENSE (6) 1Ah."""
    blocks, pages = _block_descriptor(request), _pages(request)
    # The mode data length does not count itself.
    length = min(3 + len(blocks) + len(pages), 0xFF)
    head = bytes([length]) + _medium(request) + bytes([len(blocks)])
    return (head + blocks + pages)[: request.cdb[4]]


def answer_mode_sense_10(request: Request) -> bytes:
    """MODE SENSE (10) 5Ah."""
    blocks, pages = _block_descriptor(request), _pages(request)
    head = (6 + len(blocks) + len(pages)).to_bytes(2, "big") + _medium(request) + bytes(2)
    return (head + len(blocks).to_bytes(2, "big") + blocks + pages)[: request.uint(7, 2)]


def _medium(request: Request) -> bytes:
    """Medium type, and the device-specific parameter: WP, buffered mode 1, speed 0."""
    if request.unit is None:
        return bytes(2)
    if phase_of(request.state, request.unit, request.now) is not Phase.READY:
        return bytes([0, _BUFFERED])
    medium_type = DENSITIES[request.state.model_of_drive(request.unit).density].medium_type
    return bytes([medium_type, _BUFFERED | _WRITE_PROTECTED])


def _block_descriptor(request: Request) -> bytes:
    """Density code; all blocks; block length 0, for it is variable. Zeros from a changer."""
    profile, disabled = request.state.profile, request.bit(1, 3)
    if request.unit is None:
        wanted = profile.block_descriptor and (profile.ignores_dbd or not disabled)
        return bytes(8) if wanted else b""
    density = request.state.model_of_drive(request.unit).density
    return b"" if disabled else bytes([density]) + bytes(7)


def _pages(request: Request) -> bytes:
    wanted, control = request.cdb[2] & 0x3F, request.cdb[2] >> 6
    if control == _SAVED:
        raise CheckCondition(_SAVING_NOT_SUPPORTED)
    if request.cdb[3] not in (0x00, 0xFF):
        raise CheckCondition(INVALID_FIELD)
    pages = _DRIVE_PAGES
    if request.unit is None:
        pages = _changer_pages(request.state)
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


def _changer_pages(state: State) -> dict[int, bytes]:
    profile = state.profile
    pages = {0x1D: _address_assignment(profile)}
    if shows_its_work(state):  # ATL: bit 1 tells whether it cleans by itself
        pages[0x20] = bytes([cleans_itself(state) << 1])
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
    moves = bytes(sum(profile.allows(source, to) << (to - 1) for to in Kind) for source in Kind)
    exchanges = moves if 0xA6 in profile.opcodes else bytes(4)
    return bytes([stores, 0]) + moves + bytes(4) + exchanges + bytes(4)
