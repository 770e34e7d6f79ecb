"""LOG SENSE: TapeAlert (2Eh) of changer and drives, drive status (11h), cleaning wanted (0Ch)."""

from __future__ import annotations

from collections.abc import Callable

from changer.simulator.drive_life import Phase, phase_of
from changer.simulator.request import Request
from changer.simulator.sense import INVALID_FIELD, CheckCondition

_TAPE_ALERT = 0x2E
_HEADER = 4


def answer_log_sense(request: Request) -> bytes:
    """LOG SENSE 4Dh."""
    page, subpage = request.cdb[2] & 0x3F, request.cdb[3]
    pages = _CHANGER_PAGES if request.unit is None else _pages_of_drive(request)
    if subpage or (page and page not in pages):
        raise CheckCondition(INVALID_FIELD)
    content = pages[page](request) if page else bytes([0, *sorted(pages)])
    header = bytes([page, 0]) + len(content).to_bytes(2, "big")
    return (header + content)[: request.uint(7, 2)]


def _pages_of_drive(request: Request) -> dict[int, _Page]:
    known = request.state.profile.drive_log_pages
    return {page: answer for page, answer in _DRIVE_PAGES.items() if page in known}


def _parameter(code: int, value: bytes) -> bytes:
    # Control byte 03h: binary, in list format.
    return code.to_bytes(2, "big") + bytes([0x03, len(value)]) + value


def _tape_alert(request: Request) -> bytes:
    """All 64 flags. Reading clears them, as the standard wants."""
    flags = _take_flags(request)
    return b"".join(_parameter(flag, bytes([flag in flags])) for flag in range(1, 65))


def _take_flags(request: Request) -> tuple[int, ...]:
    flags = request.state.flags_of(request.unit)
    if request.uint(7, 2) > _HEADER:  # sg_logs asks for the length first, and has read no flag
        request.state.change_unit(request.unit, flags=())
    return flags


def _cleaning_wanted(request: Request) -> bytes:
    """Sequential access device page: bytes written and read, and whether cleaning is wanted."""
    counters = b"".join(_parameter(code, bytes(8)) for code in range(4))
    wanted = request.state.drives[request.unit or 0].wants_cleaning
    return counters + _parameter(0x0100, bool(wanted).to_bytes(8, "big"))


def _drive_status(request: Request) -> bytes:
    """Very high frequency data (ADC-3): cleaning wanted, medium, activity."""
    number = request.unit or 0
    drive = request.state.drives[number]
    phase = phase_of(request.state, number, request.now)
    mounted = drive.mounted and phase is Phase.READY
    # RAA; MPRSNT; medium seated, threaded, mounted.
    reachable = phase in (Phase.EMPTY, Phase.UNLOADED)
    seated = phase in (Phase.CLEANING, Phase.CLEANED)
    medium = reachable << 5 | (phase is not Phase.EMPTY) << 4
    medium |= 0x07 if mounted else seated << 2
    # WRTP, CRQST, CRQRD; data initialized.
    wants = mounted << 3 | (drive.wants_cleaning > 0) << 2 | (drive.wants_cleaning > 1) << 1
    activity = {Phase.CLEANING: 0x01, Phase.LOADING: 0x02}.get(phase, 0x00)
    return _parameter(0x0000, bytes([wants | 0x01, medium, activity, 0]))


_Page = Callable[[Request], bytes]
_CHANGER_PAGES: dict[int, _Page] = {_TAPE_ALERT: _tape_alert}
_DRIVE_PAGES: dict[int, _Page] = {
    0x0C: _cleaning_wanted,
    0x11: _drive_status,
    _TAPE_ALERT: _tape_alert,
}
