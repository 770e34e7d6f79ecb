"""The parsers against bytes that real and virtual devices sent (tests/data/captures/README.md)."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from changer.errors import MalformedData
from changer.smc import element_status, inquiry, log_sense, mode_sense
from changer.smc.elements import Element, ElementType
from changer.smc.sense import SenseData, parse_sense

FOLDER = Path(__file__).parents[2] / "data" / "captures"
WHOLE_LIST_UP_TO = 20
STANDARD_INQUIRY_FIELDS = (
    "peripheral_qualifier",
    "peripheral_device_type",
    "removable",
    "version",
    "vendor",
    "product",
    "revision",
)

Expect = dict[str, Any]


@dataclass(frozen=True)
class Exchange:
    """One command of a capture and what the source says of its reply."""

    name: str
    data: bytes
    sense: bytes
    expect: Expect


def read_exchanges() -> list[Any]:
    parameters = []
    for path in sorted(FOLDER.glob("*.toml")):
        capture = tomllib.loads(path.read_text(encoding="utf-8"))
        for number, entry in enumerate(capture["exchange"]):
            exchange = Exchange(
                name=entry["name"],
                data=bytes.fromhex(entry.get("data", "")),
                sense=bytes.fromhex(entry.get("sense", "")),
                expect=entry["expect"],
            )
            parameters.append(pytest.param(exchange, id=f"{path.stem}-{number}-{entry['name']}"))
    return parameters


EXCHANGES = read_exchanges()


def test_there_are_captures_of_five_devices_or_more() -> None:
    assert len(list(FOLDER.glob("*.toml"))) >= 5
    assert len(EXCHANGES) >= 20


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_capture_is_read_as_its_source_says(exchange: Exchange) -> None:
    expect = dict(exchange.expect)
    if exchange.sense:
        check_sense(parse_sense(exchange.sense), expect)
    if exchange.data:
        CHECKS[exchange.name](exchange.data, expect)
    assert expect == {}, "keys of expect that no check knows"


def test_an_unknown_key_of_expect_is_an_error() -> None:
    expect = {"key": 5, "asc": 0x24, "ascq": 0, "colour": "blue"}
    check_sense(parse_sense(bytes.fromhex("7000050000000006000000002400")), expect)
    assert expect == {"colour": "blue"}


def compare(expect: Expect, found: Expect) -> None:
    """Take each key that is both expected and found out of ``expect``; it must agree."""
    for key in [key for key in expect if key in found]:
        assert found[key] == expect.pop(key), key


def check_sense(sense: SenseData, expect: Expect) -> None:
    additional = sense.additional
    compare(
        expect,
        {
            "format": "descriptor" if sense.descriptor_format else "fixed",
            "deferred": sense.deferred,
            "key": sense.key,
            "asc": additional and additional.asc,
            "ascq": additional and additional.ascq,
            "information": sense.information,
            "filemark": sense.filemark,
            "eom": sense.end_of_medium,
            "ili": sense.incorrect_length,
        },
    )


def check_inquiry(data: bytes, expect: Expect) -> None:
    if "product" in expect:
        standard = inquiry.parse_standard_inquiry(data)
        compare(expect, {name: getattr(standard, name) for name in STANDARD_INQUIRY_FIELDS})
        return
    compare(expect, {"peripheral_device_type": data[0] & 0x1F})
    if "serial" in expect:
        compare(expect, {"serial": inquiry.parse_unit_serial_number(data)})
    elif "designators" in expect:
        compare(expect, {"designators": [
            {
                "association": designator.association,
                "type": designator.designator_type,
                "code_set": designator.code_set,
                "value": designator.text,
            }
            for designator in inquiry.parse_device_identification(data)
        ]})  # fmt: skip
    else:
        check_refused(data, expect, page_code=data[1], page_length=int.from_bytes(data[2:4], "big"))


def check_refused(data: bytes, expect: Expect, *, page_code: int, page_length: int) -> None:
    """A page that no parser is for: each refuses it rather than read another page's fields."""
    compare(expect, {"page_code": page_code, "page_length": page_length})
    for parse in (inquiry.parse_unit_serial_number, inquiry.parse_device_identification):
        with pytest.raises(MalformedData):
            parse(data)


def check_mode_sense(data: bytes, expect: Expect) -> None:
    if "page_code" in expect:
        # A page that lost its mode header: page 1Dh is not found in it.
        compare(expect, {"page_code": data[0] & 0x3F, "page_length": data[1]})
        with pytest.raises(MalformedData):
            mode_sense.parse_element_address_assignment(data)
        return
    addresses = mode_sense.parse_element_address_assignment(data)
    compare(
        expect,
        {
            "first_transport": addresses.medium_transport.first,
            "transports": addresses.medium_transport.count,
            "first_storage": addresses.storage.first,
            "storages": addresses.storage.count,
            "first_import_export": addresses.import_export.first,
            "import_exports": addresses.import_export.count,
            "first_data_transfer": addresses.data_transfer.first,
            "data_transfers": addresses.data_transfer.count,
        },
    )


def check_log_sense(data: bytes, expect: Expect) -> None:
    page_code = data[0] & 0x3F
    compare(expect, {"page_code": page_code, "page_length": int.from_bytes(data[2:4], "big")})
    if page_code == 0x2E:
        flags = log_sense.parse_tape_alert(data)
        # No parser counts the parameters; five bytes each.
        compare(expect, {"flags_set": sorted(flags), "parameters": (len(data) - 4) // 5})
    elif page_code == 0x11:
        status = log_sense.parse_data_transfer_device_status(data)
        names = ("cleaning_requested", "cleaning_required", "medium_present", "activity")
        compare(expect, {name: getattr(status, name) for name in names})
    elif page_code == 0x0C:
        required = log_sense.parse_sequential_access_device(data).cleaning_required
        expected = expect.pop("cleaning_action_required", None)
        assert required == (None if expected is None else expected != 0)
    else:
        expect.pop("supported", None)
        expect.pop("parameters", None)
        with pytest.raises(MalformedData):
            log_sense.parse_tape_alert(data)


def check_element_status(data: bytes, expect: Expect) -> None:
    status = element_status.parse_element_status(data)
    compare(
        expect,
        {
            "first_address": status.first_address,
            "number_of_elements": status.number_of_elements,
            "byte_count": int.from_bytes(data[5:8], "big"),
        },
    )
    listed = expect.pop("element", [])
    found = {(element.element_type, element.address): element for element in status.elements}
    assert len(found) == len(status.elements)
    if len(found) <= WHOLE_LIST_UP_TO:
        assert len(listed) == len(found)
    assert listed or not found
    for entry in listed:
        element = found[ElementType(entry["type"]), entry["address"]]
        check_element(element, dict(entry))


def check_element(element: Element, expect: Expect) -> None:
    # No parser reports it; where it is wrong, so are the addresses.
    expect.pop("page_descriptor_length", None)
    additional = element.additional_sense
    fields: Expect = {
        "type": element.element_type,
        "address": element.address,
        "full": element.full,
        "exception": element.exception,
        "accessible": element.accessible,
        "disabled": element.disabled,
        "inverted": element.inverted,
        "medium_type": element.medium_type,
        "source_address": element.source_address,
        "asc": additional and additional.asc,
        "ascq": additional and additional.ascq,
        "volume_tag": element.volume_tag and element.volume_tag.identifier,
        "alternate_volume_tag": element.alternate_volume_tag
        and element.alternate_volume_tag.identifier,
        "identifier": element.identifier and element.identifier.identifier.decode(),
        "operator_placed": element.operator_placed,
        "import_enabled": element.import_enabled,
        "export_enabled": element.export_enabled,
    }
    absent_means_none = (
        "accessible", "source_address", "asc", "volume_tag", "alternate_volume_tag", "identifier",
    )  # fmt: skip
    for key in absent_means_none:
        expect.setdefault(key, None)
    compare(expect, fields)
    assert expect == {}, "keys of element that no check knows"


CHECKS: dict[str, Callable[[bytes, Expect], None]] = {
    "INQUIRY": check_inquiry,
    "MODE SENSE(6)": check_mode_sense,
    "MODE SENSE(10)": check_mode_sense,
    "LOG SENSE": check_log_sense,
    "READ ELEMENT STATUS": check_element_status,
}
