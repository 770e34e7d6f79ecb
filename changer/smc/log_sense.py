"""LOG SENSE pages of a drive: TapeAlert (2Eh), status (11h), cleaning required (0Ch), makers'."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from changer.errors import MalformedData
from changer.smc.cdb import unsigned
from changer.smc.command import Command
from changer.smc.reader import Reader
from changer.values import dataclass

ResultT = TypeVar("ResultT")

_SEQUENTIAL_ACCESS_DEVICE = 0x0C
_DATA_TRANSFER_DEVICE_STATUS = 0x11
_TAPE_ALERT = 0x2E
_CUMULATIVE_VALUES = 0x40  # PC 01b
_VERY_HIGH_FREQUENCY_DATA = 0x0000
_CLEANING_REQUIRED = 0x0100
_ALLOCATION_LENGTH = 4096
_TIMEOUT_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class DataTransferDeviceStatus:
    """Very high frequency data of a drive (ADC-3, log page 11h, parameter 0000h).

    ``medium_present``, ``medium_seated``, ``medium_threaded``: MPRSNT, MSTD, MTHRD.
    ``robot_may_access``: RAA. ``in_transition``: INXTN; these four are not valid while it is set.
    ``activity``: 00h none, 01h cleaning, 02h loading, 03h unloading, 04h and up others.
    ``initialized``: DINIT; without it the rest is not valid.
    ``raw``: the parameter's value, 3 bytes or more.
    """

    cleaning_requested: bool
    cleaning_required: bool
    in_transition: bool
    robot_may_access: bool
    medium_present: bool
    medium_seated: bool
    medium_threaded: bool
    activity: int
    initialized: bool
    raw: bytes


@dataclass(frozen=True, slots=True)
class SequentialAccessDevice:
    """Sequential access device log page 0Ch (SSC-4), as far as it is used.

    ``cleaning_required``: parameter 0100h is not zero; None where the drive has none.
    """

    cleaning_required: bool | None


def tape_alert_response() -> Command[frozenset[int]]:
    """The TapeAlert flags that are set, 1 to 64 (SSC-4, log page 2Eh).

    Reading usually clears them: keep what comes back.
    """
    return _log_sense(_TAPE_ALERT, parse=parse_tape_alert)


def data_transfer_device_status() -> Command[DataTransferDeviceStatus]:
    """Activity of the drive, and whether it requests cleaning (ADC-3, log page 11h)."""
    return _log_sense(_DATA_TRANSFER_DEVICE_STATUS, parse=parse_data_transfer_device_status)


def sequential_access_device() -> Command[SequentialAccessDevice]:
    """Whether the drive requires cleaning (SSC-4, log page 0Ch)."""
    return _log_sense(_SEQUENTIAL_ACCESS_DEVICE, parse=parse_sequential_access_device)


def makers_parameter(page_code: int, parameter: int) -> Command[int | None]:
    """The first byte of a parameter of a log page of the maker's own; None: it is not there."""

    def parse(data: bytes) -> int | None:
        return parse_makers_parameter(data, page_code, parameter)

    return _log_sense(page_code, parse=parse)


def _log_sense(page_code: int, *, parse: Callable[[bytes], ResultT]) -> Command[ResultT]:
    """One whole page, cumulative values (SPC-4, LOG SENSE, 4Dh)."""
    cdb = bytes((0x4D, 0, _CUMULATIVE_VALUES | page_code, 0, 0, 0, 0))
    cdb += unsigned(_ALLOCATION_LENGTH, 2, "allocation length") + b"\x00"
    return Command(
        name="LOG SENSE",
        cdb=cdb,
        allocation_length=_ALLOCATION_LENGTH,
        timeout_seconds=_TIMEOUT_SECONDS,
        parse=parse,
    )


def parse_tape_alert(data: bytes) -> frozenset[int]:
    """Parse page 2Eh: parameter code = flag number; bit 0 of the first byte = its value."""
    return frozenset(
        code
        for code, value in _parameters(data, _TAPE_ALERT)
        if 1 <= code <= 64 and value[:1] and value[0] & 0x01
    )


def parse_data_transfer_device_status(data: bytes) -> DataTransferDeviceStatus:
    """Parse parameter 0000h; MalformedData where it is absent or shorter than 3 bytes."""
    for code, value in _parameters(data, _DATA_TRANSFER_DEVICE_STATUS):
        if code == _VERY_HIGH_FREQUENCY_DATA:
            return _very_high_frequency_data(value)
    raise MalformedData("log page 11h: no parameter 0000h")


def _very_high_frequency_data(value: bytes) -> DataTransferDeviceStatus:
    reader = Reader(value, "log page 11h, parameter 0000h")
    wants = reader.uint(1, "cleaning bits")
    medium = reader.uint(1, "medium bits")
    return DataTransferDeviceStatus(
        cleaning_requested=bool(wants & 0x04),
        cleaning_required=bool(wants & 0x02),
        in_transition=bool(medium & 0x80),
        robot_may_access=bool(medium & 0x20),
        medium_present=bool(medium & 0x10),
        medium_seated=bool(medium & 0x04),
        medium_threaded=bool(medium & 0x02),
        activity=reader.uint(1, "activity"),
        initialized=bool(wants & 0x01),
        raw=value,
    )


def parse_sequential_access_device(data: bytes) -> SequentialAccessDevice:
    """Parse parameter 0100h of any length; None where it is absent or empty."""
    for code, value in _parameters(data, _SEQUENTIAL_ACCESS_DEVICE):
        if code == _CLEANING_REQUIRED and value:
            return SequentialAccessDevice(cleaning_required=any(value))
    return SequentialAccessDevice(cleaning_required=None)


def parse_makers_parameter(data: bytes, page_code: int, parameter: int) -> int | None:
    """Parse it; None where it is absent or empty."""
    values = (value for code, value in _parameters(data, page_code) if code == parameter)
    value = next(values, b"")
    return value[0] if value else None


def _parameters(data: bytes, page_code: int) -> Iterator[tuple[int, bytes]]:
    """Code and value of each whole log parameter (SPC-4); one cut short ends them."""
    reader = Reader(data, f"log page {page_code:02X}h")
    received = reader.uint(1, "page code") & 0x3F
    if received != page_code:
        raise MalformedData(f"log page {page_code:02X}h: the device sent page {received:02X}h")
    reader.skip(1, "subpage code")
    length = reader.uint(2, "page length")
    page = reader.sub(min(length, reader.remaining), "log parameters")
    while page.remaining >= 4:
        code = page.uint(2, "parameter code")
        page.skip(1, "parameter control byte")
        size = page.uint(1, "parameter length")
        if size > page.remaining:
            return
        yield code, page.take(size, "parameter value")
