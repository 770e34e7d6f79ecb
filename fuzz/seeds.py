"""Seeds of fuzzing: replies of real devices, output of programs (tests/data), a few texts."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from changer.simulator.creation import new_state
from changer.simulator.profiles.table import PROFILES
from changer.simulator.state_format import dump_state

__all__ = ["seeds"]

_TESTS = Path(__file__).parents[1] / "tests"
_CAPTURES = _TESTS / "data" / "captures"
_SG_RAW = _TESTS / "unit" / "transport" / "test_transport_sg_raw_output.jsonl"

_PLACES = ("12", "drive:0", "mail:1", "picker", "@1012", "@0x3f4", "A00001L8", "tag:000012", "s 3")
_RANGES = ("1-12", "3", "drive:0-drive:1", "mail:1-mail:2", "@1000-@1011", "picker")
_CONFIGURATION = b"""\
default_library = "IBM_3573-TL_00L4U78A1234_LL0"
transport = "sg_io"
[library."IBM_3573-TL_00L4U78A1234_LL0"]
move_timeout_seconds = 900
single_query = true
answers_at_rest = true
cleaner_prefixes = ["CLN", "UUU"]
cleans_left_warning = 3
enabled = false
"""
_HOLDER = b'{"process_id": 1, "command": "changer load 1", "user": "root", "since": 1.7e9}\n'
_TRACE = (
    '{"schema": "changer.trace/2", "device": "/dev/sg3", "program": "changer 0.1.0"}',
    '{"at": "2026-03-01T12:00:00.250Z", "device": "/dev/sg3", "name": "TEST UNIT READY", '
    '"cdb": "000000000000", "status": 2, "data": "", "sense": "7000060000000000", '
    '"milliseconds": 1.25}',
    '{"at": "2026-03-01T12:00:01.250Z", "name": "INQUIRY", "cdb": "120000006000", "data": "", '
    '"sense": "", "milliseconds": 60000, "error": "timed-out", "message": "no reply in time"}',
)
_ADDRESSES_10 = bytes.fromhex(
    "001a 0000 0000 0000 1d12 0001 0001 03e8 0028 000a 0004 01f4 0002 0000"
)
_CAPABILITIES = bytes.fromhex(
    "17 00 10 00 1f 12 0e 00 00 0e 0a 0e 00 00 00 00 00 02 00 00 00 00 00 00"
)
# VPD page B4h, by SSC-5: of two bytes, and of a drive outside any library.
_ELEMENT_ADDRESSES = (bytes.fromhex("01b40002 0101"), bytes.fromhex("01b40000"))
# Of a DLT drive that asks for cleaning, by its manual; of an ATL P3000 that cleans by itself.
_DRIVE_STATUS = bytes.fromhex("3e000010 0000 4004 00010000 0001 4004 02000000")
_CLEANING_MODE = bytes.fromhex("07000000 2002 0200")
_KEY = bytes.fromhex("6368 0001 00000007")
_KEYS = (bytes.fromhex("00000011 00000010") + _KEY + bytes(8), bytes.fromhex("00000002 00000000"))
_RESERVATIONS = (
    bytes.fromhex("00000005 00000010") + _KEY + bytes.fromhex("00000000 00 03 0000"),
    bytes.fromhex("00000005 00000000"),
)
_RESERVATION_CAPABILITIES = bytes.fromhex("0008 01 80 ea01 0000")
_MESSAGES = (
    '{"value": {"object": "changer.smc.elements:Model", "fields": {"vendor": "V"}}}',
    '{"value": {"tuple": [{"enum": "changer.smc.elements:ElementType", "value": 2}]}}',
    '{"value": {"error": {"code": "slot-unknown", "message": "m", "hint": null, "sense": ""}}}',
    '{"value": {"dict": [["a", {"range": [1, 2, 1]}], ["b", {"path": "/dev/sg3"}]]}}',
)


def seeds(target: str) -> Iterator[bytes]:
    """Valid data, and some that is almost so, for the target of that name."""
    yield from _SOURCES[target]()


def _captured(*names: str) -> Callable[[], Iterator[bytes]]:
    """The data of every captured command of these names; without a name, all sense data."""

    def found() -> Iterator[bytes]:
        for path in sorted(_CAPTURES.glob("*.toml")):
            for exchange in tomllib.loads(path.read_text(encoding="utf-8"))["exchange"]:
                field = "data" if exchange["name"] in names else "" if names else "sense"
                if field in exchange:
                    yield bytes.fromhex(exchange[field])

    return found


def _texts(*texts: str) -> Callable[[], Iterator[bytes]]:
    return lambda: (text.encode() for text in texts)


def _and(first: Callable[[], Iterator[bytes]], *more: bytes) -> Callable[[], Iterator[bytes]]:
    def both() -> Iterator[bytes]:
        yield from first()
        yield from more

    return both


def _sg_raw() -> Iterator[bytes]:
    """What each version printed, as the target takes it apart."""
    for line in _SG_RAW.read_text().splitlines():
        run = json.loads(line)
        status = run["exit_status"].to_bytes(1, "big", signed=True)
        yield status + bytes.fromhex(run["stdout"]) + bytes(4) + run["stderr"].encode()


def _virtual_libraries() -> Iterator[bytes]:
    # The larger ones are only longer.
    for name in ("demo", "superloader", "exabyte"):
        yield dump_state(new_state("fuzz", PROFILES[name]))


_INQUIRY = _captured("INQUIRY")
_MODE_6, _MODE_10 = _captured("MODE SENSE(6)"), _captured("MODE SENSE(10)")
_LOG = _captured("LOG SENSE")
_SOURCES: dict[str, Callable[[], Iterator[bytes]]] = {
    "element-status": _captured("READ ELEMENT STATUS"),
    "recorded-elements": _captured("READ ELEMENT STATUS"),
    "recorded-addresses": _and(_MODE_6, _CAPABILITIES),
    "address-assignment": _MODE_6,
    "address-assignment-10": _and(_MODE_10, _ADDRESSES_10),
    "device-capabilities": _and(_MODE_6, _CAPABILITIES),
    "standard-inquiry": _INQUIRY,
    "unit-serial-number": _INQUIRY,
    "device-identification": _INQUIRY,
    "drive-element-address": _and(_INQUIRY, *_ELEMENT_ADDRESSES),
    "tape-alert": _LOG,
    "drive-status": _LOG,
    "sequential-access-device": _LOG,
    "makers-log-page": _and(_LOG, _DRIVE_STATUS),
    "makers-mode-page": _and(_MODE_6, _CLEANING_MODE),
    "drive-sense": _captured(),
    "registered-keys": _and(_texts(), *_KEYS),
    "reservations": _and(_texts(), *_RESERVATIONS),
    "reservation-capabilities": _and(_texts(), _RESERVATION_CAPABILITIES),
    "sense": _captured(),
    "mtx-sense": _captured(),
    "sg-raw": _sg_raw,
    "trace-line": _texts(*_TRACE),
    "trace-file": _texts("\n".join(_TRACE)),
    "shared-trace": _texts("\n".join(_TRACE)),
    "place": _texts(*_PLACES),
    "drive": _texts(*_PLACES),
    "range": _texts(*_RANGES),
    "configuration": _and(_texts(), _CONFIGURATION),
    "settings-document": _and(_texts(), _CONFIGURATION),
    "lock-holder": _and(_texts(), _HOLDER),
    "owner-message": _texts(*_MESSAGES),
    "virtual-library": _virtual_libraries,
}
