"""Table of the parsers that read bytes of a device, of a program or of another user.

A new parser is tried by the tests, at night, and by the coverage-guided fuzzer once it has its row
here. A read returns a value or raises a ChangerError, whatever the bytes are, in little time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from random import Random

from changer.doctor.gathering.trace_sharing import SharedTrace
from changer.errors import ChangerError
from changer.hooks.mtx.failures import request_sense_lines
from changer.library.addressing import parse_drive, parse_place, parse_range
from changer.library.settings import configuration_of, load_configuration
from changer.library.settings_check import Facts, check_settings
from changer.library.settings_document import first_error, placed, read_document
from changer.lock.holder import HolderNews
from changer.owner.frames import decode
from changer.owner.values_sent import decode_value
from changer.simulator.exchange import Exchange
from changer.simulator.from_trace import profile_of, state_of
from changer.simulator.state_format import dump_state, load_state
from changer.smc.asc import describe
from changer.smc.command import Status
from changer.smc.drive_models import asks_for_cleaning
from changer.smc.element_status import parse_element_status
from changer.smc.inquiry import (
    parse_data_transfer_element_address,
    parse_device_identification,
    parse_standard_inquiry,
    parse_unit_serial_number,
)
from changer.smc.log_sense import (
    parse_data_transfer_device_status,
    parse_makers_parameter,
    parse_sequential_access_device,
    parse_tape_alert,
)
from changer.smc.mode_sense import (
    makers_page,
    parse_device_capabilities,
    parse_element_address_assignment,
)
from changer.smc.persistent_reserve import parse_capabilities, parse_keys, parse_reservations
from changer.smc.sense import parse_sense
from changer.transport.replay import ReplayTransport
from changer.transport.sg_raw_output import parse_output
from changer.transport.trace_record import parse_line

__all__ = ["CORPUS", "TARGETS", "Target", "attempt", "saved"]

CORPUS = Path(__file__).parent / "corpus"
_ALLOCATION_LENGTH = 0xFFFF
_READ_ELEMENTS = bytes.fromhex("b8100000ffff0000ffff0000")
_READ_ADDRESSES = bytes.fromhex("1a083f00ff00")


@dataclass(frozen=True)
class Target:
    """One parser. ``read``: bytes to a value.

    ``printable``: every text in the value is, because what parses it has seen to that. Texts of
    other values are made printable where they are shown.
    """

    name: str
    read: Callable[[bytes], object]
    printable: bool = True
    refusals: tuple[type[Exception], ...] = (ChangerError,)


def attempt(target: Target, data: bytes) -> bool:
    """Whether the bytes were read rather than refused; anything else raises."""
    try:
        value = target.read(data)
    except target.refusals as refusal:
        if not str(refusal).isprintable() and isinstance(refusal, ChangerError):
            raise AssertionError(f"{target.name} refuses unprintably: {refusal!r}") from refusal
        return False
    if target.printable:
        _require_printable(value)
    return True


def saved(target: Target) -> list[Path]:
    """What once failed, or leads to where nothing else does."""
    return sorted(path for path in (CORPUS / target.name).glob("*") if path.is_file())


def _require_printable(value: object) -> None:
    if isinstance(value, str):
        assert value.isprintable(), f"{value!r} came through"
    elif is_dataclass(value):
        for each in fields(value):
            _require_printable(getattr(value, each.name))
    elif isinstance(value, tuple | list | frozenset) and not isinstance(value, Enum):
        for each in value:
            _require_printable(each)


@contextmanager
def _file_of(content: bytes) -> Iterator[tuple[int, Path]]:
    """A file in memory: its descriptor, and a name that opens it."""
    descriptor = os.memfd_create("fuzz")
    try:
        os.fchmod(descriptor, 0o600)
        os.write(descriptor, content)
        yield descriptor, Path(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)


def _sense(data: bytes) -> object:
    sense = parse_sense(data)
    return sense, describe(sense)


def _sg_raw(data: bytes) -> object:
    """The first byte is the exit status (signals are negative); a NUL ends standard output."""
    status = int.from_bytes(data[:1], "big", signed=True)
    stdout, _, stderr = data[1:].partition(b"\0\0\0\0")
    reply = parse_output(status, stdout, stderr, allocation_length=_ALLOCATION_LENGTH)
    assert reply.data == (stdout if reply.status == Status.GOOD else b"")
    assert 0 <= reply.status <= 0xFF
    assert len(reply.data) <= _ALLOCATION_LENGTH
    return reply


def _trace_line(data: bytes) -> object:
    line = parse_line(data.decode())
    assert parse_line(line.to_line()).to_line() == line.to_line()
    return line


def _trace_file(data: bytes) -> object:
    with _file_of(data) as (_, path):
        return ReplayTransport(path).device


def _shared_trace(data: bytes) -> object:
    """Whatever is in a trace, what is shared is one, and is shared only once."""
    with _file_of(data) as (_, path):
        shared = SharedTrace(path, names=("tapehost",), host=(), draw=Random(1).randrange)
        text = b"".join(shared.pieces())
    lines = [parse_line(line.decode()) for line in text.splitlines()]
    with _file_of(text) as (_, path):
        again = SharedTrace(path, names=(), host=(), draw=Random(2).randrange)
        assert b"".join(again.pieces()) == text
    return len(lines)


def _recorded_library(cdb: bytes, data: bytes) -> object:
    """A library that is made of one reply."""
    derived = profile_of([Exchange(None, cdb, 0, data)])
    derived.profile.check()
    state = state_of("fuzz", derived)
    return load_state("fuzz", dump_state(state)).profile


def _place(data: bytes) -> object:
    place = parse_place(data.decode("utf-8", "surrogateescape"))
    assert parse_place(str(place)) == place
    return place


def _drive(data: bytes) -> object:
    return parse_drive(data.decode("utf-8", "surrogateescape"))


def _range(data: bytes) -> object:
    return parse_range(data.decode("utf-8", "surrogateescape"))


def _configuration(data: bytes) -> object:
    with _file_of(data) as (_, path):
        configuration = load_configuration({"CHANGER_CONFIG": str(path)})
    return [configuration.settings(each) for each in configuration.libraries]


def _settings_document(data: bytes) -> object:
    """Every mistake, at its line; what is left of the settings contradicts itself, or not."""
    document = read_document(data)
    remarks = check_settings(configuration_of(document), document.table, Facts())
    mistakes = [*document.mistakes, *(each.mistake for each in remarks)]
    found = placed(mistakes, document.lines())
    number = data.count(b"\n") + 1
    assert all(each.line is None or 1 <= each.line <= number for each in found)
    if document.mistakes:
        raise first_error(document, Path("changer.toml"))
    return len(found)


def _lock_holder(data: bytes) -> object:
    with _file_of(data) as (descriptor, path):
        told: list[tuple[str, int]] = []
        HolderNews(lambda *each: told.append(each), now=lambda: 0.0).look(
            descriptor, path, before=0
        )
    return told


def _owner_message(data: bytes) -> object:
    """What another host sends: a message, and the value in it."""
    return decode_value(decode(data).get("value"))


def _virtual_library(data: bytes) -> object:
    state = load_state("fuzz", data)
    assert dump_state(load_state("fuzz", dump_state(state))) == dump_state(state)
    return state.profile


TARGETS = {
    each.name: each
    for each in (
        Target("element-status", parse_element_status),
        Target("address-assignment", parse_element_address_assignment),
        Target("address-assignment-10", partial(parse_element_address_assignment, ten_byte=True)),
        Target("device-capabilities", parse_device_capabilities),
        Target("standard-inquiry", parse_standard_inquiry),
        Target("unit-serial-number", parse_unit_serial_number),
        Target("device-identification", parse_device_identification),
        Target("drive-element-address", parse_data_transfer_element_address),
        Target("tape-alert", parse_tape_alert),
        Target("drive-status", parse_data_transfer_device_status),
        Target("sequential-access-device", parse_sequential_access_device),
        Target("makers-log-page", partial(parse_makers_parameter, page_code=0x3E, parameter=1)),
        Target("makers-mode-page", makers_page(0x20).parse),
        Target("drive-sense", partial(asks_for_cleaning, "EXB-8505")),
        Target("registered-keys", parse_keys),
        Target("reservations", parse_reservations),
        Target("reservation-capabilities", parse_capabilities),
        Target("sense", _sense),
        Target("mtx-sense", request_sense_lines),
        Target("sg-raw", _sg_raw),
        Target("trace-line", _trace_line, printable=False, refusals=(ValueError,)),
        Target("trace-file", _trace_file, printable=False),
        Target("shared-trace", _shared_trace),
        Target("recorded-elements", partial(_recorded_library, _READ_ELEMENTS)),
        Target("recorded-addresses", partial(_recorded_library, _READ_ADDRESSES)),
        Target("place", _place),
        Target("drive", _drive),
        Target("range", _range),
        Target("configuration", _configuration, printable=False),
        Target("settings-document", _settings_document),
        Target("lock-holder", _lock_holder),
        Target("owner-message", _owner_message, printable=False),
        Target("virtual-library", _virtual_library),
    )
}
