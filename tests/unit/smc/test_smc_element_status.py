from __future__ import annotations

import pytest
from smc_samples import ELEMENT_STATUS, page, report, tag

from changer.errors import MalformedData
from changer.smc.element_status import (
    each_once,
    parse_element_status,
    read_element_status,
    require_nothing_announced,
    with_allocation_length,
)
from changer.smc.elements import (
    AdditionalSense,
    DeviceIdentifier,
    Element,
    ElementRange,
    ElementStatus,
    ElementType,
    MediumType,
    VolumeTag,
)
from changer.values import replace

MT, ST, IE, DT = ElementType
PVOLTAG, AVOLTAG = 0x80, 0x40
IDENTIFIER = DeviceIdentifier(2, 1, b"HP      Ultrium 6-SCSI  HU1234ABCD")
IDENTIFIER_FIELD = bytes.fromhex("02 01 00 22") + IDENTIFIER.identifier

EMPTY_SLOT = Element(ST, 1000, full=False, accessible=True)
EMPTY_SLOT_BYTES = bytes.fromhex("03e8 08 00 0000 0000 00 00 0000")
TRANSPORT = Element(MT, 1, full=False)
MAIL_SLOT = Element(
    IE, 10, full=False, accessible=False, operator_placed=False, import_enabled=False,
    export_enabled=False, connected_changer=False, operator_intervention=False,
)  # fmt: skip
DRIVE = Element(DT, 500, full=False, accessible=True)


def only_element(data: bytes) -> Element:
    (element,) = parse_element_status(data).elements
    return element


def with_flags(descriptor: bytes, flags: int) -> bytes:
    return descriptor[:2] + bytes((flags,)) + descriptor[3:]


def test_a_reply_of_all_types_says_what_is_where() -> None:
    assert parse_element_status(ELEMENT_STATUS) == ElementStatus(
        first_address=1,
        number_of_elements=5,
        byte_count=len(ELEMENT_STATUS) - 8,
        elements=(
            TRANSPORT,
            Element(
                ST, 1000, full=True, accessible=True, medium_type=MediumType.DATA,
                source_address=1000, volume_tag_field=tag("A00001L8"),
            ),
            Element(
                ST, 1001, full=True, accessible=True, exception=True,
                additional_sense=AdditionalSense(0x30, 0x03), medium_type=MediumType.CLEANING,
                source_address=1001, volume_tag_field=tag("CLNU01L1"),
            ),
            MAIL_SLOT._replace(
                full=True, accessible=True, operator_placed=True, import_enabled=True,
                export_enabled=True, volume_tag_field=tag("B00001L8"),
            ),
            DRIVE._replace(identifier=IDENTIFIER),
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("type_code", "flags", "expected"),
    [
        (1, 0x00, TRANSPORT),
        (1, 0x01, TRANSPORT._replace(full=True)),
        (1, 0xFA, TRANSPORT),  # reserved there
        (2, 0x00, EMPTY_SLOT._replace(address=1, accessible=False)),
        (2, 0x08, EMPTY_SLOT._replace(address=1)),
        (2, 0x09, EMPTY_SLOT._replace(address=1, full=True)),
        (2, 0xF2, EMPTY_SLOT._replace(address=1, accessible=False)),  # reserved there
        (3, 0x01, MAIL_SLOT._replace(address=1, full=True)),
        (3, 0x02, MAIL_SLOT._replace(address=1, operator_placed=True)),
        (3, 0x08, MAIL_SLOT._replace(address=1, accessible=True)),
        (3, 0x10, MAIL_SLOT._replace(address=1, export_enabled=True)),
        (3, 0x20, MAIL_SLOT._replace(address=1, import_enabled=True)),
        (3, 0x40, MAIL_SLOT._replace(address=1, connected_changer=True)),
        (3, 0x80, MAIL_SLOT._replace(address=1, operator_intervention=True)),
        (4, 0x08, DRIVE._replace(address=1)),
        (4, 0x01, DRIVE._replace(address=1, accessible=False, full=True)),
    ],
)
def test_each_flag_means_what_its_element_type_says(
    type_code: int, flags: int, expected: Element
) -> None:
    descriptor = with_flags(bytes.fromhex("0001") + bytes(10), flags)
    assert only_element(report(page(type_code, descriptor))) == expected


@pytest.mark.parametrize("type_code", [1, 2, 3, 4])
def test_sense_codes_count_only_with_an_exception(type_code: int) -> None:
    descriptor = bytes.fromhex("0001 04 00 3b12 0000 00 00 0000")
    element = only_element(report(page(type_code, descriptor)))
    assert (element.exception, element.additional_sense) == (True, AdditionalSense(0x3B, 0x12))
    element = only_element(report(page(type_code, with_flags(descriptor, 0x01))))
    assert (element.exception, element.additional_sense) == (False, None)


@pytest.mark.parametrize(
    ("byte_9", "changes"),
    [
        (0x00, {}),
        (0x80, {"source_address": 7}),
        (0x40, {"inverted": True}),
        (0x08, {"disabled": True}),
        (0x02, {"medium_type": MediumType.CLEANING}),
        (0x07, {"medium_type": 7}),
        (0x30, {}),
    ],
)
def test_source_medium_and_disabled_are_kept_as_said(byte_9: int, changes: dict[str, int]) -> None:
    descriptor = EMPTY_SLOT_BYTES[:9] + bytes((byte_9, 0, 7))
    element = only_element(report(page(2, descriptor)))
    assert element == Element(ST, 1000, full=False, accessible=True, **changes)  # type: ignore[arg-type]


def test_source_address_zero_is_an_address() -> None:
    descriptor = EMPTY_SLOT_BYTES[:9] + b"\x80\x00\x00"
    assert only_element(report(page(2, descriptor))).source_address == 0


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (tag("A00001L8"), VolumeTag("A00001L8")),
        (tag("A" * 32, sequence=2), VolumeTag("A" * 32, 2)),
        (b"A00001L8".ljust(36), VolumeTag("A00001L8")),  # mhVTL: blanks through byte 35
        (b"A00001L8".ljust(32) + b"\xff\xff\0\7", VolumeTag("A00001L8", 7)),
        (b"A00001L8".ljust(32) + b"\0\0  ", VolumeTag("A00001L8", 0x2020)),
        (b"A00001L8".ljust(36, b"\0"), VolumeTag("A00001L8")),
        (b"A\x1b[31m".ljust(36), VolumeTag("A?[31m")),
        (bytes(36), None),
        (b" " * 36, None),
        (bytes(32) + b"\0\0\0\1", None),
    ],
)
def test_a_tag_is_kept_without_padding_or_is_none(field: bytes, expected: VolumeTag | None) -> None:
    descriptor = EMPTY_SLOT_BYTES + field
    assert only_element(report(page(2, descriptor, tags=PVOLTAG))).volume_tag == expected
    alternate = only_element(report(page(2, descriptor, tags=AVOLTAG)))
    assert (alternate.volume_tag, alternate.alternate_volume_tag) == (None, expected)


# What follows the first 12 bytes; the lengths are those of real libraries.
LAYOUTS = [
    ("16: reserved bytes", 0, bytes(4), {}),
    ("12: nothing", 0, b"", {}),
    ("36: MSL without tags", 0, b"\2\0\0\x14" + b"SN1".ljust(20), {"id": (2, 0, b"SN1".ljust(20))}),
    ("48: tag alone", PVOLTAG, tag("T1"), {"tag": "T1"}),
    ("50: identifier alone", 0, IDENTIFIER_FIELD, {"id": (2, 1, IDENTIFIER.identifier)}),
    ("52: tag", PVOLTAG, tag("T1") + bytes(4), {"tag": "T1"}),
    ("52: mhVTL, AVOLTAG without the field", 0xC0, tag("T1") + bytes(4), {"tag": "T1"}),
    ("56: ACSLS", PVOLTAG, tag("T1") + bytes(4) + b"LT\0\0", {"tag": "T1"}),
    (
        "72: MSL, AVOLTAG without the field",
        0xC0,
        tag("T1") + b"\2\0\0\x14" + b"SN1".ljust(20),
        {"tag": "T1", "id": (2, 0, b"SN1".ljust(20))},
    ),
    (
        "84: Spectra, an identifier of 32 where the alternate tag would be",
        0xC0,
        tag("T1") + b"\2\0\0\x20" + b"SN1".ljust(32),
        {"tag": "T1", "id": (2, 0, b"SN1".ljust(32))},
    ),
    (
        "48: Spectra without tags, AVOLTAG set",
        AVOLTAG,
        b"\2\0\0\x20" + b"SN1".ljust(32),
        {"id": (2, 0, b"SN1".ljust(32))},
    ),
    (
        "84: an identifier of another code set and type where the alternate tag would be",
        0xC0,
        tag("T1") + b"\3\x0f\0\x20" + b"SN1".ljust(32),
        {"tag": "T1", "id": (3, 15, b"SN1".ljust(32))},
    ),
    ("84: both tags", 0xC0, tag("T1") + tag("T2"), {"tag": "T1", "alternate": "T2"}),
    ("88: both tags", 0xC0, tag("T1") + tag("T2") + bytes(4), {"tag": "T1", "alternate": "T2"}),
    (
        "86: tag and identifier",
        PVOLTAG,
        tag("T1") + IDENTIFIER_FIELD,
        {"tag": "T1", "id": (2, 1, IDENTIFIER.identifier)},
    ),
    (
        "122: everything",
        0xC0,
        tag("T1") + tag("T2") + IDENTIFIER_FIELD,
        {"tag": "T1", "alternate": "T2", "id": (2, 1, IDENTIFIER.identifier)},
    ),
    ("an identifier that runs past its descriptor", 0, IDENTIFIER_FIELD[:-4], {}),
    ("an identifier of one byte", 0, b"\2\1\0\1x\0\0\0", {"id": (2, 1, b"x")}),
    ("an identifier without a byte", 0, b"\2\1\0\x22", {}),
    ("a tag that does not fit", PVOLTAG, b"T1".ljust(35), {}),
    ("vendor bytes that are no identifier", 0, b"\1\0\2\1x", {}),
]


@pytest.mark.parametrize(
    ("tags", "rest", "expected"), [row[1:] for row in LAYOUTS], ids=[row[0] for row in LAYOUTS]
)
def test_tags_and_identifier_are_where_the_descriptor_length_allows(
    tags: int, rest: bytes, expected: dict[str, object]
) -> None:
    head = bytes.fromhex("01f4 08 00 0000 0000 00 00 0000")
    data = report(page(4, head + rest, head + rest, tags=tags))
    first, second = parse_element_status(data).elements
    assert first == second
    found: dict[str, object] = {}
    if first.volume_tag:
        found["tag"] = first.volume_tag.identifier
    if first.alternate_volume_tag:
        found["alternate"] = first.alternate_volume_tag.identifier
    if first.identifier:
        identifier = first.identifier
        found["id"] = (identifier.code_set, identifier.identifier_type, identifier.identifier)
    assert found == expected


@pytest.mark.parametrize("size", [12, 13, 16, 17, 47, 48, 52, 56, 83, 84, 88, 120])
@pytest.mark.parametrize("tags", [0, PVOLTAG, AVOLTAG, PVOLTAG | AVOLTAG])
@pytest.mark.parametrize(
    "head", ["03e8 09 00 0000 0000 00 81 03e9", "03e8 0d 00 3003 0000 00 4a 03e9"]
)
def test_a_descriptor_says_the_same_beside_one_with_an_identifier(
    head: str, tags: int, size: int
) -> None:
    rest = tag("A00001L8", sequence=2) + tag("B00001L8") + bytes(40)
    descriptor = (bytes.fromhex(head) + rest)[:size]
    identifier = bytes.fromhex("02 01 00 01") + b"X"
    other = (bytes.fromhex("03e9 08") + bytes(9) + identifier + bytes(120))[:size]
    first, second = parse_element_status(report(page(2, descriptor, other, tags=tags))).elements
    assert first == only_element(report(page(2, descriptor, tags=tags)))
    assert second.identifier == (DeviceIdentifier(2, 1, b"X") if size >= 17 else None)


def test_elements_are_equal_whatever_their_tags_are_padded_with() -> None:
    blanks, zeros, other = (
        EMPTY_SLOT._replace(volume_tag_field=each)
        for each in (b"A00001L8".ljust(36), b"A00001L8".ljust(36, b"\0"), tag("A00002L8"))
    )
    assert blanks == zeros
    assert (blanks != zeros) is False
    assert hash(blanks) == hash(zeros)
    assert blanks != other
    assert each_once([blanks, zeros]) == (blanks,)
    with pytest.raises(
        MalformedData, match="element 1000 is described twice, with different contents"
    ):
        each_once([blanks, other])
    with pytest.raises(MalformedData, match="element 1000 is described twice"):
        each_once([blanks, blanks._replace(alternate_volume_tag_field=tag("A00002L8"))])


def test_pages_may_have_different_lengths_and_repeat_a_type() -> None:
    data = report(
        page(2, EMPTY_SLOT_BYTES, EMPTY_SLOT_BYTES),
        page(4, bytes.fromhex("01f4 08") + bytes(9) + IDENTIFIER_FIELD),
        page(2, EMPTY_SLOT_BYTES + bytes(40), tags=PVOLTAG),
    )
    assert parse_element_status(data).elements == (
        EMPTY_SLOT,
        EMPTY_SLOT,
        DRIVE._replace(identifier=IDENTIFIER),
        EMPTY_SLOT,
    )


def test_an_empty_reply_has_no_elements() -> None:
    assert parse_element_status(bytes(8)) == ElementStatus(0, 0, 0, ())


def test_a_count_of_zero_in_the_header_does_not_hide_descriptors() -> None:
    assert len(parse_element_status(report(page(2, EMPTY_SLOT_BYTES), count=0)).elements) == 1


def test_a_byte_count_past_the_data_is_bounded_by_the_data() -> None:
    data = report(page(2, EMPTY_SLOT_BYTES), byte_count=0xFFFFFF)
    assert only_element(data) == EMPTY_SLOT
    huge = bytearray(report(page(2, EMPTY_SLOT_BYTES)))
    huge[13:16] = b"\xff\xff\xff"
    assert only_element(bytes(huge)) == EMPTY_SLOT


def test_bytes_after_the_report_are_not_read() -> None:
    data = report(page(2, EMPTY_SLOT_BYTES))
    assert only_element(data + page(2, EMPTY_SLOT_BYTES)) == EMPTY_SLOT


@pytest.mark.parametrize("padding", [0, 8, 500])
def test_tgt_counting_its_headers_in_does_no_harm(padding: int) -> None:
    pages = page(2, EMPTY_SLOT_BYTES + bytes(40), tags=PVOLTAG)
    data = report(pages, byte_count=len(pages) + 8) + bytes(padding)
    assert only_element(data) == EMPTY_SLOT


def test_a_page_that_counts_its_own_header_does_not_swallow_the_next() -> None:
    first = bytearray(page(2, EMPTY_SLOT_BYTES))
    first[7] += 8
    data = report(bytes(first), page(4, bytes.fromhex("01f4 08") + bytes(9)))
    assert parse_element_status(data).elements == (EMPTY_SLOT, DRIVE)


# tgt 1.0.85 (Debian 12) behind Linux 6.1: four bytes of tag and the sequence number are never sent.
TGT_LAST_SLOTS = bytes.fromhex(
    "03ee0002 00000070 02800034 00000068"
    "03ee0100 00000000 00000000" + b"A00007L8".ljust(32).hex() + "0000000000000000"
    "03ef0000 00000000 008003f0" + b" ".ljust(32).hex()
)


def test_a_last_descriptor_that_lacks_only_its_end_is_read() -> None:
    first, last = parse_element_status(TGT_LAST_SLOTS).elements
    assert (first.address, first.full, str(first.volume_tag)) == (1006, True, "A00007L8")
    assert (last.address, last.full, last.volume_tag) == (1007, False, None)
    assert last.source_address == 1008


def test_a_last_descriptor_whose_tag_is_cut_is_dropped() -> None:
    (only,) = parse_element_status(TGT_LAST_SLOTS[:-1]).elements
    assert only.address == 1006


def test_a_cut_descriptor_gives_no_identifier() -> None:
    data = report(page(4, bytes.fromhex("01f4 08 00 0000 0000 00 00 0000") + IDENTIFIER_FIELD))
    assert only_element(data[:-8]).identifier is None


def test_a_descriptor_cut_by_the_allocation_length_is_dropped() -> None:
    second = b"\x03\xe9" + EMPTY_SLOT_BYTES[2:]
    data = report(page(2, EMPTY_SLOT_BYTES, second))
    for cut in range(1, 12):
        assert only_element(data[:-cut]) == EMPTY_SLOT


@pytest.mark.parametrize("type_code", [0, 5, 0x0F, 0xFF])
def test_a_page_of_an_unknown_type_is_skipped(type_code: int) -> None:
    data = report(page(type_code, bytes(6)), page(2, EMPTY_SLOT_BYTES))
    assert only_element(data) == EMPTY_SLOT


@pytest.mark.parametrize("size", range(4))
def test_a_descriptor_without_address_and_flags_is_malformed(size: int) -> None:
    data = report(page(2, EMPTY_SLOT_BYTES, size=size))
    with pytest.raises(MalformedData, match=f"element descriptor length {size}, less than 4"):
        parse_element_status(data)


@pytest.mark.parametrize("size", range(4, 12))
def test_a_short_descriptor_has_an_address_and_flags(size: int) -> None:
    # mtx, CHANGES 1.2.6 and 1.2.8: 4 bytes of transports, and of slots of older changers.
    first, second = bytes.fromhex("03e8 08 00"), bytes.fromhex("03e9 09 00")
    rest = bytes(size - 4)
    elements = parse_element_status(report(page(2, first + rest, second + rest))).elements
    assert elements == (EMPTY_SLOT, EMPTY_SLOT._replace(address=1001, full=True))


@pytest.mark.parametrize("size", range(4, 12))
def test_a_code_that_a_short_descriptor_has_no_room_for_is_not_told(size: int) -> None:
    descriptor = bytes.fromhex("03e8 0c 00 3b12 000000 00 0000")[:size]
    element = only_element(report(page(2, descriptor)))
    assert element.exception
    assert element.additional_sense == (AdditionalSense(0x3B, 0x12) if size >= 6 else None)


@pytest.mark.parametrize("flags", [PVOLTAG, AVOLTAG])
def test_a_short_descriptor_with_volume_tags_is_malformed_but_of_a_transport(flags: int) -> None:
    descriptor = bytes.fromhex("0001 00 00")
    assert only_element(report(page(1, descriptor, tags=flags))) == TRANSPORT
    with pytest.raises(MalformedData, match="element descriptor length 4, less than 12"):
        parse_element_status(report(page(2, descriptor, tags=flags)))


@pytest.mark.parametrize("size", [0, 52])
def test_a_page_without_descriptors_is_no_error(size: int) -> None:
    data = report(page(3, size=size), page(2, EMPTY_SLOT_BYTES))
    assert only_element(data) == EMPTY_SLOT


def test_half_a_page_header_ends_the_reply() -> None:
    data = report(page(2, EMPTY_SLOT_BYTES), page(4, EMPTY_SLOT_BYTES)[:7])
    assert only_element(data) == EMPTY_SLOT


@pytest.mark.parametrize("length", range(8))
def test_half_a_header_is_malformed(length: int) -> None:
    with pytest.raises(MalformedData, match=r"^element status: .* cut short"):
        parse_element_status(ELEMENT_STATUS[:length])


def test_addresses_run_from_0_to_65535() -> None:
    last = b"\xff\xff" + EMPTY_SLOT_BYTES[2:]
    first = b"\0\0" + EMPTY_SLOT_BYTES[2:]
    elements = parse_element_status(report(page(2, first, last))).elements
    assert [element.address for element in elements] == [0, 65535]


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("count", "byte_count", "more", "is_plain"),
    [
        (0, 0, False, True),
        (0, 8, False, True),  # an empty page
        (0, 9, False, False),
        (0, 9, True, False),
        (1, 0, False, False),
        (1, 8, True, True),  # of what came before
        (1, 9, True, False),
    ],
)
def test_reply_without_elements_is_plain_if_it_announces_none(
    count: int, byte_count: int, *, more: bool, is_plain: bool
) -> None:
    status = ElementStatus(0, count, byte_count, ())
    if is_plain:
        require_nothing_announced(status, IE, more=more)
        return
    with pytest.raises(MalformedData) as refused:
        require_nothing_announced(status, IE, more=more)
    assert refused.value.message == (
        f"element status: the reply counts {count} elements in {byte_count} bytes, but describes "
        "no import export element"
    )
    assert refused.value.hint is not None and "--trace FILE" in refused.value.hint


def test_other_number_of_bytes_leaves_the_rest_of_the_command() -> None:
    command = read_element_status(DT, starting_address=500, number_of_elements=2)
    other = with_allocation_length(command, 0x010203)
    assert other.cdb == bytes.fromhex("b8 14 01f4 0002 00 010203 0000")
    assert other == replace(command, cdb=other.cdb, allocation_length=0x010203)
    with pytest.raises(ValueError, match="allocation length"):
        with_allocation_length(command, 1 << 24)


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("told", "names"),
    [
        ((2, 1, b"IBM     ULT3580-TD8     1"), ("IBM", "ULT3580-TD8", "1")),
        ((3, 1, b"IBM     ULT3580-TD8     S1  "), ("IBM", "ULT3580-TD8", "S1")),
        ((2, 1, b"        ULT3580-TD8      "), (None, "ULT3580-TD8", None)),
        ((2, 1, b"IBM     ULT3580-TD8     "), (None, None, "IBM     ULT3580-TD8")),
        ((2, 0, b"IBM     ULT3580-TD8     S1"), (None, None, "IBM     ULT3580-TD8     S1")),
        ((2, 0, b" S1 "), (None, None, "S1")),
        ((2, 0, b"    "), (None, None, None)),
        ((1, 1, b"IBM     ULT3580-TD8     S1"), (None, None, None)),
        ((1, 3, bytes(8)), (None, None, None)),
    ],
)
def test_names_of_a_drive_are_where_its_identifier_has_them(
    told: tuple[int, int, bytes], names: tuple[str | None, ...]
) -> None:
    found = DeviceIdentifier(*told)
    assert (found.vendor, found.product, found.serial) == names


def test_a_range_ends_with_its_last_element_or_with_the_last_address() -> None:
    for (first, count), last, words in (
        ((1000, 40), 1039, "1000 to 1039"),
        ((0, 1), 0, "0 to 0"),
        ((5, 0), 4, "5 to 4"),
        ((65535, 1), 65535, "65535 to 65535"),
        ((65000, 65535), 65535, "65000 to 65535"),
    ):
        found = ElementRange(first, count)
        assert (found.last, str(found)) == (last, words)
        assert [each in found for each in (first - 1, last + 1, str(first))] == [False] * 3
        assert (first in found, last in found) == (count > 0, count > 0)
