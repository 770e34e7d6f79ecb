"""What recorded READ ELEMENT STATUS replies say of a library: geometry, labels, codes, lengths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from changer.simulator.exchange import BAD_ADDRESS, INVALID_FIELD, Exchange
from changer.simulator.fault import ElementOverride
from changer.simulator.from_trace import profile_of, state_of
from changer.simulator.geometry import Kind
from changer.simulator.profile_choices import (
    AlternateTags,
    Identifiers,
    MagazineOut,
    Unmatched,
    VolumeTags,
)
from changer.simulator.seen_drives import named_drive, seen_drives
from changer.simulator.seen_elements import (
    Query,
    SeenElement,
    SeenIdentifier,
    read_query,
    read_reply,
)
from changer.simulator.seen_identifiers import identifiers_of, lengths_of
from changer.simulator.seen_status import (
    geometry_of,
    is_cleaner,
    media_of,
    readings_of,
    requests_of,
    reserved_bits_of,
    tags_of,
    unmatched_of,
)
from changer.simulator.sense import Additional, Sense
from changer.simulator.state import CLEANING_MEDIUM, Cartridge
from changer.simulator.trace_creation import units_of

TRANSPORT, STORAGE, MAIL, DRIVE = 1, 2, 3, 4
FULL, EXCEPT, ACCESS = 0x01, 0x04, 0x08
SVALID, ED = 0x80, 0x08
BLANK_TAG, ZERO_TAG = b" " * 36, bytes(36)


def element(
    address: int,
    flags: int = ACCESS,
    *,
    asc: int = 0,
    ascq: int = 0,
    byte_6: int = 0,
    byte_9: int = 0,
    source: int = 0,
    rest: bytes = b"",
) -> bytes:
    head = address.to_bytes(2, "big") + bytes((flags, 0, asc, ascq, byte_6, 0, 0, byte_9))
    return head + source.to_bytes(2, "big") + rest


def label(text: str, filled: bytes = bytes(4)) -> bytes:
    return text.encode().ljust(32) + filled


def page(kind: int, *elements: bytes, tags: bool = False, alternate: bool = False) -> bytes:
    size = len(elements[0]) if elements else 12
    assert {*map(len, elements)} <= {size}
    flags = 0x80 * tags | 0x40 * alternate
    head = bytes((kind, flags)) + size.to_bytes(2, "big")
    return head + (size * len(elements)).to_bytes(4, "big") + b"".join(elements)


def report(*pages: bytes, number: int = 0) -> bytes:
    body = b"".join(pages)
    return bytes(2) + number.to_bytes(2, "big") + len(body).to_bytes(4, "big") + body


def cdb(
    kind: int = 0,
    *,
    tags: bool = False,
    start: int = 0,
    most: int = 0xFFFF,
    named: bool = False,
    current: bool = False,
    reserved: int = 0,
) -> bytes:
    byte_6 = named | current << 1 | reserved
    head = bytes((0xB8, 0x10 * tags | kind)) + start.to_bytes(2, "big") + most.to_bytes(2, "big")
    return head + bytes((byte_6, 0, 0xFF, 0xFF, 0, 0))


def told(query: bytes, *pages: bytes, number: int = 0) -> Exchange:
    return Exchange(None, query, 0, report(*pages, number=number))


def refused(query: bytes, code: tuple[int, int, int] = INVALID_FIELD) -> Exchange:
    return Exchange(None, query, 2, b"", bytes((0x72, *code)) + bytes(4))


# Bytes


def test_each_field_of_the_command_is_read() -> None:
    plain = Query(0, False, 0, 0, False, False)
    fields = {
        "b8 04 00 00 00 00 00 00 00 00 00 00": plain._replace(kind=4),
        "b8 ef 00 00 00 00 00 00 00 00 00 00": plain._replace(kind=15),
        "b8 10 00 00 00 00 00 00 00 00 00 00": plain._replace(volume_tags=True),
        "b8 00 12 34 00 00 00 00 00 00 00 00": plain._replace(start=0x1234),
        "b8 00 00 00 12 34 00 00 00 00 00 00": plain._replace(most=0x1234),
        "b8 00 00 00 00 00 01 00 00 00 00 00": plain._replace(identifiers=True),
        "b8 00 00 00 00 00 02 00 00 00 00 00": plain._replace(current_data=True),
        "b8 00 00 00 00 00 fc ff ff ff ff ff": plain,
    }
    assert {each: read_query(bytes.fromhex(each)) for each in fields} == fields
    for other in ("", "b8" + "00" * 10, "b9" + "00" * 11, "b7" + "00" * 11):
        assert read_query(bytes.fromhex(other)) is None


def only(one: bytes, *, tags: bool = False) -> SeenElement:
    (found,) = read_reply(report(page(STORAGE, one, tags=tags))).pages
    (seen,) = found.elements
    return seen


def test_each_field_of_a_descriptor_is_read() -> None:
    def shown(one: bytes) -> tuple[object, ...]:
        it = only(one)
        return it.address, it.full, it.additional, it.medium_type, it.source_address

    assert shown(element(0x1234, 0)) == (0x1234, False, None, 0, None)
    assert shown(element(1, 0xFF, asc=0x3B, ascq=0x12)) == (1, True, (0x3B, 0x12), 0, None)
    assert shown(element(1, 0xFA, asc=0x3B, ascq=0x12)) == (1, False, None, 0, None)
    assert shown(element(1, byte_9=0x7F, source=0x1234)) == (1, False, None, 7, None)
    assert shown(element(1, byte_9=0x80, source=0x1234)) == (1, False, None, 0, 0x1234)


def test_a_label_is_what_is_text_up_to_a_zero_without_the_blanks_around_it() -> None:
    labels = {
        label("A00001L8"): "A00001L8",
        label("  A1  "): "A1",
        b"A\x1f\x20~\x7fB".ljust(36): "A  ~ B",
        b"A1\0B".ljust(36): "A1",
        b"A" * 36: "A" * 32,
        ZERO_TAG: "",
    }
    assert {tag: only(element(1, rest=tag), tags=True).label for tag in labels} == labels
    with_more = only(element(1, rest=label("A1") + b"more"), tags=True)
    assert (len(with_more.tag), with_more.rest) == (36, b"more")
    short = only(element(1, rest=b"A" * 35), tags=True)
    assert (short.tag, short.rest) == (b"", b"A" * 35)


@pytest.mark.parametrize(
    ("rest", "identifier"),
    [
        ("02 00 00 01 41", SeenIdentifier(2, 0, b"A")),
        ("02 00 00 02 41 42 43", SeenIdentifier(2, 0, b"AB")),
        ("01 0f 00 01 41", SeenIdentifier(1, 15, b"A")),
        ("03 01 00 01 41", SeenIdentifier(3, 1, b"A")),
        ("00 01 00 01 41", None),
        ("04 01 00 01 41", None),
        ("02 10 00 01 41", None),
        ("02 01 01 01 41", None),
        ("02 01 00 00 41", None),
        ("02 01 00 02 41", None),
        ("02 01 00 01", None),
        ("", None),
    ],
)
def test_an_identifier_is_what_has_the_form_of_one(
    rest: str, identifier: SeenIdentifier | None
) -> None:
    assert only(element(1, rest=bytes.fromhex(rest))).identifier == identifier


def test_pages_are_read_as_far_as_they_came() -> None:
    two = page(DRIVE, element(1), element(2), tags=True)
    unknown, short = page(5, element(9)), bytes((2, 0, 0, 11, 0, 0, 0, 11)) + bytes(11)
    reply = read_reply(report(unknown, short, two, page(MAIL, alternate=True), number=0x1234))
    assert reply.number == 0x1234
    assert [(each.kind, each.tags, each.alternate, each.length) for each in reply.pages] == [
        (Kind.DRIVE, True, False, 12),
        (Kind.MAIL, False, True, 12),
    ]
    addresses = [[each.address for each in found.elements] for found in reply.pages]
    assert addresses == [[1, 2], []]
    whole = report(page(DRIVE, element(1, rest=b"abcd"), element(2, rest=b"efgh")))
    ends = {
        0: [b"abcd", b"efgh"],
        2: [b"abcd", b"ef\0\0"],
        4: [b"abcd", bytes(4)],
        5: [b"abcd"],
        32: [],
    }
    for missing, rests in ends.items():
        (found,) = read_reply(whole[: len(whole) - missing]).pages
        assert [each.rest for each in found.elements] == rests
    assert read_reply(whole[:15]).pages == ()


# Geometry and requests


def test_geometry_is_from_the_lowest_to_the_highest_that_was_reported() -> None:
    slots = page(STORAGE, element(7), element(5))
    found = geometry_of(readings_of([told(cdb(), slots, page(DRIVE, element(0)))]))
    assert found == {
        "storage_base": 5,
        "slots": 3,
        "drive_base": 0,
        "drives": 1,
        "transports": 0,
        "mail": 0,
    }
    assert geometry_of(readings_of([told(cdb(STORAGE), slots)])) == {"storage_base": 5, "slots": 3}
    assert geometry_of(readings_of([told(cdb(MAIL))])) == {"mail": 0}
    assert geometry_of(readings_of([refused(cdb(MAIL))])) == {}


def test_readings_are_those_that_say_something() -> None:
    unready = refused(cdb(), (0x02, 0x04, 0x01))
    exchanges = [
        told(cdb(), page(STORAGE, element(1))),
        Exchange(None, cdb(), 0),
        refused(cdb()),
        unready,
        refused(cdb(reserved=0x04)),
        refused(cdb(reserved=0x80)),
        told(cdb(reserved=0x04)),
        Exchange(None, cdb(), None),
        Exchange(None, cdb(), 2),
        Exchange(None, bytes(12), 0, bytes(8)),
    ]
    readings = readings_of(exchanges)
    assert [each.code for each in readings] == [None, None, INVALID_FIELD, unready.code, None]
    assert [each.reply is None for each in readings] == [False, True, True, True, False]
    assert [len(each.pages) for each in readings] == [1, 0, 0, 0, 0]


Fields = dict[str, Any]
SLOTS, DRIVES = page(STORAGE, element(1)), page(DRIVE, element(500))
REQUESTS: dict[str, tuple[list[Exchange], Fields]] = {
    "all types": ([told(cdb(), SLOTS)], {"all_types": True}),
    "all types, refused": ([refused(cdb())], {"all_types": False}),
    "all types, refused once": ([told(cdb(), SLOTS), refused(cdb())], {"all_types": True}),
    "all types, refused for once": ([refused(cdb()), told(cdb(), SLOTS)], {"all_types": True}),
    "not ready": ([refused(cdb(current=True), (0x02, 0x04, 0x01))], {}),
    "current data": ([told(cdb(STORAGE, current=True), SLOTS)], {"current_data": True}),
    "current data, refused": ([refused(cdb(STORAGE, current=True))], {"current_data": False}),
    "one type": ([told(cdb(STORAGE), SLOTS)], {}),
    "in the order of types": ([told(cdb(), SLOTS, DRIVES)], {"all_types": True}),
    "in the order of addresses": (
        [told(cdb(), page(DRIVE, element(0)), SLOTS)],
        {"all_types": True, "all_types_by_address": True},
    ),
    "in no order": ([told(cdb(), DRIVES, SLOTS)], {"all_types": True}),
    "pages of one type": (
        [told(cdb(), page(STORAGE, *[element(n) for n in range(3)]), page(STORAGE, element(3)))],
        {"all_types": True, "descriptors_per_page": 3},
    ),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_requests_that_are_answered_are_known(name: str) -> None:
    exchanges, fields = REQUESTS[name]
    assert requests_of(readings_of(exchanges), {}) == fields


@pytest.mark.parametrize(
    ("number", "slots", "start", "most", "limit"),
    [
        (100, 101, 0, 0xFFFF, 100),
        (99, 101, 0, 0xFFFF, None),
        (101, 101, 0, 0xFFFF, None),
        (100, 102, 11, 0xFFFF, 100),
        (100, 102, 12, 0xFFFF, None),
        (100, 200, 0, 101, 100),
        (100, 200, 0, 100, None),
    ],
)
def test_fewer_elements_than_there_are_are_a_limit_from_a_hundred_on(
    number: int, slots: int, start: int, most: int, limit: int | None
) -> None:
    one = told(cdb(STORAGE, start=start, most=most), SLOTS, number=number)
    found = requests_of(readings_of([one]), {"storage_base": 10, "slots": slots})
    assert found == ({} if limit is None else {"most_descriptors": limit})
    assert requests_of(readings_of([told(cdb(), SLOTS, number=number)]), {}) == {"all_types": True}


def test_reserved_bits_are_refused_or_not() -> None:
    assert reserved_bits_of([told(cdb(reserved=0x04))]) == {"refuses_reserved_bits": False}
    assert reserved_bits_of([refused(cdb(reserved=0x80))]) == {"refuses_reserved_bits": True}
    for other in (
        refused(cdb(reserved=0x80), (0x02, 0x04, 0x01)),
        told(cdb(named=True, current=True)),
        Exchange(None, bytes(6) + b"\xfc" + bytes(5), 0),
    ):
        assert reserved_bits_of([other]) == {}


def test_a_type_of_which_there_is_nothing_is_empty_or_refused() -> None:
    counts = {Kind.MAIL: 0, Kind.STORAGE: 3}
    for exchanges, fields in (
        ([told(cdb(MAIL))], {"unmatched": Unmatched.EMPTY}),
        ([refused(cdb(MAIL), BAD_ADDRESS)], {"unmatched": Unmatched.BAD_ADDRESS}),
        ([refused(cdb(MAIL))], {"unmatched": Unmatched.INVALID_FIELD}),
        ([refused(cdb(MAIL)), told(cdb(MAIL))], {"unmatched": Unmatched.EMPTY}),
        ([refused(cdb(MAIL), (0x02, 0x04, 0x01))], {}),
        ([told(cdb(MAIL), SLOTS)], {}),
        ([told(cdb(STORAGE))], {}),
        ([told(cdb(0)), told(cdb(5))], {}),
    ):
        assert unmatched_of(readings_of(exchanges), counts) == fields


# Labels


def labelled(*tags: bytes, flags: int = ACCESS | FULL, alternate: bool = False) -> bytes:
    elements = [element(number, flags, rest=tag) for number, tag in enumerate(tags)]
    return page(STORAGE, *elements, tags=True, alternate=alternate)


NO_ALTERNATE = {"alternate_tags": AlternateTags.NONE}
TAGS: dict[str, tuple[list[Exchange], Fields]] = {
    "labels": (
        [told(cdb(STORAGE, tags=True), labelled(label("A1")))],
        {"volume_tags": VolumeTags.REPORTED, "blanks_fill_tag_field": False, **NO_ALTERNATE},
    ),
    "labels that blanks follow": (
        [told(cdb(STORAGE, tags=True), labelled(label("A1", b" " * 4)))],
        {"volume_tags": VolumeTags.REPORTED, "blanks_fill_tag_field": True, **NO_ALTERNATE},
    ),
    "blank labels": (
        [told(cdb(STORAGE, tags=True), labelled(BLANK_TAG))],
        {"volume_tags": VolumeTags.BLANK, "undefined_tag_blanks": True, **NO_ALTERNATE},
    ),
    "labels of zeros": (
        [told(cdb(STORAGE, tags=True), labelled(ZERO_TAG))],
        {"volume_tags": VolumeTags.BLANK, "undefined_tag_blanks": False, **NO_ALTERNATE},
    ),
    "nothing that is full": (
        [told(cdb(STORAGE, tags=True), labelled(ZERO_TAG, flags=ACCESS))],
        {"undefined_tag_blanks": False, **NO_ALTERNATE},
    ),
    "no field": (
        [told(cdb(STORAGE, tags=True), SLOTS)],
        {"volume_tags": VolumeTags.IGNORED, **NO_ALTERNATE},
    ),
    "refused": (
        [refused(cdb(STORAGE, tags=True)), told(cdb(STORAGE), SLOTS)],
        {"volume_tags": VolumeTags.REFUSED},
    ),
    "refused without labels, too": ([refused(cdb(STORAGE, tags=True)), refused(cdb(STORAGE))], {}),
    "not ready": (
        [refused(cdb(STORAGE, tags=True), (0x02, 0x04, 0x01)), told(cdb(STORAGE), SLOTS)],
        {},
    ),
    "of the picker": ([told(cdb(TRANSPORT, tags=True), page(TRANSPORT, element(1)))], NO_ALTERNATE),
    "unasked": ([told(cdb(STORAGE), SLOTS)], {}),
    "alternate, with a field": (
        [told(cdb(STORAGE, tags=True), labelled(label("A1") + ZERO_TAG, alternate=True))],
        {
            "volume_tags": VolumeTags.REPORTED,
            "blanks_fill_tag_field": False,
            "alternate_tags": AlternateTags.FIELD,
        },
    ),
    "alternate, without one": (
        [told(cdb(STORAGE, tags=True), labelled(label("A1") + bytes(35), alternate=True))],
        {
            "volume_tags": VolumeTags.REPORTED,
            "blanks_fill_tag_field": False,
            "alternate_tags": AlternateTags.FLAG_ONLY,
        },
    ),
    "alternate, of drives": (
        [told(cdb(DRIVE), page(DRIVE, element(1), alternate=True))],
        {"alternate_tags": AlternateTags.DRIVES_FLAG},
    ),
}


@pytest.mark.parametrize("name", TAGS)
def test_what_becomes_of_labels_is_known(name: str) -> None:
    exchanges, fields = TAGS[name]
    assert tags_of(readings_of(exchanges)) == fields


# Media


def seen(kind: int, *elements: bytes, tags: bool = False) -> Sequence[SeenElement]:
    return read_reply(report(page(kind, *elements, tags=tags))).pages[0].elements


DATA = element(1, ACCESS | FULL, byte_9=0x01)
PLAIN = element(1, ACCESS | FULL)
AT_DRIVE = {"scsi2_addresses": False}
MEDIA: dict[str, tuple[Sequence[SeenElement], Fields]] = {
    "nothing": (seen(STORAGE, element(1)), {}),
    "data": (seen(STORAGE, DATA, PLAIN), {"medium_types": True}),
    "no types": (seen(STORAGE, PLAIN), {"medium_types": False}),
    "a cleaner": (
        seen(STORAGE, element(1, ACCESS | FULL, byte_9=0x02)),
        {"cleaner_medium_type": True, "cleaner_code": None},
    ),
    "a cleaner by its label, with a code": (
        seen(
            MAIL, element(1, FULL | EXCEPT, asc=0x30, ascq=0x03, rest=label("CLN001CU")), tags=True
        ),
        {"cleaner_medium_type": False, "cleaner_code": (0x30, 0x03)},
    ),
    "a cleaner in a drive": (
        seen(DRIVE, element(1, ACCESS | FULL, byte_9=0x02)),
        {"cleaner_medium_type": True, "drive_accessible_when_loaded": True, **AT_DRIVE},
    ),
    "disabled": (seen(STORAGE, element(1, byte_9=ED)), {"element_disabled_bit": True}),
    "a drive": (seen(DRIVE, element(1)), AT_DRIVE),
    "a drive on a bus": (seen(DRIVE, element(1, byte_6=0x20)), {"scsi2_addresses": True}),
    "loaded drives": (
        seen(DRIVE, element(1, ACCESS | FULL, byte_9=1), element(2)),
        {"medium_types": True, "drive_accessible_when_loaded": True, **AT_DRIVE},
    ),
    "loaded drives without access": (
        seen(DRIVE, element(1, FULL, byte_9=1), element(2)),
        {"medium_types": True, "drive_accessible_when_loaded": False, **AT_DRIVE},
    ),
    "no drive with access": (
        seen(DRIVE, element(1, FULL, byte_9=1), element(2, 0)),
        {"medium_types": True, "drive_accessible_when_loaded": True, **AT_DRIVE},
    ),
    "one of two without access": (
        seen(DRIVE, element(1, FULL, byte_9=1), element(2, FULL | ACCESS, byte_9=1)),
        {"medium_types": True, "drive_accessible_when_loaded": False, **AT_DRIVE},
    ),
    "a loaded drive with a code": (
        seen(DRIVE, element(1, FULL | EXCEPT, asc=0x83, byte_9=1)),
        {"medium_types": True, **AT_DRIVE},
    ),
    "a magazine that is out": (
        seen(STORAGE, element(1, EXCEPT, asc=0x3B, ascq=0x11)),
        {"magazine_out": MagazineOut.EXCEPT_3B11},
    ),
    "one by another code": (
        seen(STORAGE, element(1, EXCEPT, asc=0x83, ascq=0x02)),
        {"magazine_out": MagazineOut.EXCEPT_8302},
    ),
    "one that is disabled": (
        seen(STORAGE, element(1, EXCEPT, asc=0x3B, ascq=0x12, byte_9=ED)),
        {"magazine_out": MagazineOut.DISABLED, "element_disabled_bit": True},
    ),
    "a full slot with that code": (
        seen(STORAGE, element(1, EXCEPT | FULL, asc=0x3B, ascq=0x12, byte_9=1)),
        {"medium_types": True},
    ),
    "another code": (seen(STORAGE, element(1, EXCEPT, asc=0x3B, ascq=0x13)), {}),
    "a mail slot with that code": (seen(MAIL, element(1, EXCEPT, asc=0x3B, ascq=0x12)), {}),
    "a label that can't be read": (
        seen(STORAGE, element(1, FULL | EXCEPT, asc=0x83, ascq=1, rest=BLANK_TAG), tags=True),
        {"medium_types": False, "unreadable_code": (0x83, 1)},
    ),
    "a label with a code": (
        seen(STORAGE, element(1, FULL | EXCEPT, asc=0x83, ascq=1, rest=label("A")), tags=True),
        {"medium_types": False},
    ),
}


@pytest.mark.parametrize("name", MEDIA)
def test_what_elements_show_of_media_is_known(name: str) -> None:
    elements, fields = MEDIA[name]
    assert media_of(elements) == fields


def test_a_cleaner_is_known_by_its_medium_type_or_its_label() -> None:
    types = [is_cleaner(*seen(STORAGE, element(1, FULL, byte_9=each))) for each in range(8)]
    assert types == [each == 2 for each in range(8)]
    tags = {"CLN001CU": True, "CLN": True, "CL001CU": False, "XCLN01CU": False, "": False}
    for text, is_one in tags.items():
        (one,) = seen(STORAGE, element(1, FULL, rest=label(text)), tags=True)
        assert is_cleaner(one) is is_one


# Identifiers and lengths


def identifier(text: bytes, kind: int = 0, code_set: int = 2) -> bytes:
    return bytes((code_set, kind, 0, len(text))) + text


def named(rest: bytes, flags: int = ACCESS) -> bytes:
    return page(DRIVE, element(500, flags, rest=rest))


SERIAL = identifier(b"HU12345678")
FORM: Fields = {"identifier_type": 0, "identifier_length": 10, "identifier_ends_in_zeros": False}
WITH, WITHOUT = cdb(DRIVE, named=True), cdb(DRIVE)
TAGGED = cdb(DRIVE, named=True, tags=True)
IDENTIFIERS: dict[str, tuple[list[Exchange], Fields]] = {
    "always": ([told(WITHOUT, named(SERIAL))], {"identifiers": Identifiers.ALWAYS, **FORM}),
    "asked in one way": ([told(WITH, named(SERIAL))], FORM),
    "with labels, too": (
        [told(TAGGED, named(SERIAL))],
        {"identifiers": Identifiers.REPORTED, **FORM},
    ),
    "not with labels": (
        [told(WITH, named(SERIAL)), refused(TAGGED)],
        {"identifiers": Identifiers.NOT_WITH_VOLTAG, **FORM},
    ),
    "once with labels": (
        [told(TAGGED, named(SERIAL)), refused(TAGGED)],
        {"identifiers": Identifiers.REPORTED, **FORM},
    ),
    "of drives alone": (
        [told(WITH, named(SERIAL)), refused(cdb(STORAGE, named=True))],
        {"identifiers": Identifiers.DRIVES_ONLY, **FORM},
    ),
    "of drives, refused once": ([told(WITH, named(SERIAL)), refused(WITH)], FORM),
    "refused": ([refused(WITH)], {"identifiers": Identifiers.REFUSED}),
    "refused, and none": ([refused(WITH), told(WITH, DRIVES)], {}),
    "not ready": ([refused(WITH, (0x02, 0x04, 0x01))], {}),
    "vendor and product": (
        [told(WITH, named(identifier(b"IBM".ljust(8) + b"TD8".ljust(16) + b"HU1", 1)))],
        {"identifier_type": 1},
    ),
    "zeros at its end": (
        [told(WITH, named(identifier(b"HU1\0\0")))],
        {**FORM, "identifier_length": 5, "identifier_ends_in_zeros": True},
    ),
    "blanks after it": (
        [told(WITH, named(identifier(b"HU1") + b"  \0"))],
        {**FORM, "identifier_length": 3, "identifier_field": 5},
    ),
    "status hidden": (
        [told(WITH, named(SERIAL, EXCEPT)), told(WITHOUT, named(b"", ACCESS))],
        {**FORM, "identifier_hides_status": True},
    ),
    "status shown": (
        [told(WITH, named(SERIAL)), told(WITHOUT, named(b""))],
        {**FORM, "identifier_hides_status": False},
    ),
    "status as it is": (
        [told(WITH, named(SERIAL, EXCEPT)), told(WITHOUT, named(b"", EXCEPT))],
        {**FORM, "identifier_hides_status": False},
    ),
}


@pytest.mark.parametrize("name", IDENTIFIERS)
def test_what_becomes_of_identifiers_is_known(name: str) -> None:
    exchanges, fields = IDENTIFIERS[name]
    assert identifiers_of(readings_of(exchanges)) == fields


FIELD = {"alternate_tags": AlternateTags.FIELD}
LENGTHS: dict[str, tuple[list[Exchange], Fields, Fields]] = {
    "standard": ([told(WITHOUT, DRIVES)], {}, {"identifier_block": False, "drive_excess": 0}),
    "short of a block": (
        [told(WITHOUT, named(bytes(3)))],
        {},
        {"identifier_block": False, "drive_excess": 3},
    ),
    "a block": (
        [told(WITHOUT, named(bytes(4)))],
        {},
        {"identifier_block": True, "drive_excess": 0},
    ),
    "a block in one type alone": (
        [told(cdb(), page(STORAGE, element(1, rest=bytes(6))), DRIVES)],
        {},
        {"identifier_block": False, "storage_excess": 6, "drive_excess": 0},
    ),
    "labels": (
        [told(cdb(STORAGE, tags=True), labelled(label("A") + bytes(2)))],
        {},
        {"identifier_block": False, "storage_excess": 2},
    ),
    "alternate labels": (
        [told(cdb(STORAGE, tags=True), labelled(label("A") + ZERO_TAG + bytes(2)))],
        FIELD,
        {"identifier_block": False, "storage_excess": 2},
    ),
    "alternate labels of drives that have none": (
        [told(WITHOUT, named(bytes(2)))],
        FIELD,
        {"identifier_block": False, "drive_excess": 2},
    ),
    "identifiers": ([told(WITH, named(SERIAL + bytes(2)))], {}, {"drive_excess": 2}),
    "identifiers in a field": (
        [told(WITH, named(SERIAL + bytes(4)))],
        {"identifier_field": 12},
        {"drive_excess": 2},
    ),
    "identifiers with names": (
        [told(WITH, named(identifier(b"A" * 20, 1) + bytes(15)))],
        {},
        {"drive_excess": 1},
    ),
    "slots with the block of identifiers": (
        [told(cdb(STORAGE, named=True), page(STORAGE, element(1, rest=bytes(5))))],
        {},
        {"storage_excess": 1},
    ),
    "a serial number at the end": (
        [told(WITH, named(SERIAL + bytes(1))), told(WITHOUT, named(bytes(3) + b"HU1\0"))],
        {},
        {"identifier_block": True, "drive_excess": 1, "appended_serial": 2},
    ),
    "no text at the end": (
        [told(WITH, named(SERIAL + bytes(1))), told(WITHOUT, named(bytes(3) + b"H\0\0\0"))],
        {},
        {"identifier_block": True, "drive_excess": 3},
    ),
    "what is not ASCII at the end": (
        [told(WITH, named(SERIAL + bytes(1))), told(WITHOUT, named(bytes(5) + b"\xc3\xa9"))],
        {},
        {"identifier_block": True, "drive_excess": 3},
    ),
    "no more without identifiers": (
        [told(WITH, named(SERIAL + bytes(3))), told(WITHOUT, named(b"ABCDEFG"))],
        {},
        {"identifier_block": True, "drive_excess": 3},
    ),
}


@pytest.mark.parametrize("name", LENGTHS)
def test_bytes_that_descriptors_have_besides_are_counted(name: str) -> None:
    exchanges, known, fields = LENGTHS[name]
    assert lengths_of(readings_of(exchanges), known) == fields


# Drives


@pytest.mark.parametrize(
    ("rest", "fields"),
    [
        (identifier(b" HU1 "), {"serial": "HU1"}),
        (identifier(b"HU\x1f\x7f~1", code_set=3), {"serial": "HU  ~1"}),
        (identifier(b"HU1", code_set=1), {}),
        (b"", {}),
        (
            identifier(b"IBM     ULT3580-TD8     HU12345678", 1),
            {"vendor": "IBM", "product": "ULT3580-TD8", "serial": "HU12345678"},
        ),
        (identifier(b"IBM     ULT3580-TD8", 1), {"vendor": "IBM", "product": "ULT3580-TD8"}),
    ],
)
def test_a_drive_has_the_names_of_its_identifier(rest: bytes, fields: Fields) -> None:
    assert named_drive(*seen(DRIVE, element(500, rest=rest))) == fields
    assert named_drive(None) == {}


TWO = [element(500, FULL | ACCESS, rest=SERIAL), element(501, rest=identifier(b"HU00000002"))]
AT = {"drive_base": 500, "drives": 2}


def test_drives_are_matched_by_serial_number_address_or_number() -> None:
    def serials(asked: dict[str, Fields], *elements: bytes, drives: int = 2) -> list[str]:
        found: Fields = {"drive_base": 500, "drives": drives}
        at = seen(DRIVE, *elements) if elements else ()
        made = seen_drives(at, asked, found)
        return [f"{each.serial} {each.model.product if each.model else '-'}" for each in made]

    first: Fields = {"product": "ONE", "serial": "XHU12345678"}
    second: Fields = {"product": "TWO", "serial": "HU00000002"}
    assert serials({}, *TWO) == ["HU12345678 -", "HU00000002 -"]
    assert serials({"a": second, "b": first}, *TWO) == ["HU12345678 -", "HU00000002 TWO"]
    bare = [element(500), element(501)]
    assert serials({"a": second | {"address": 501}}, *bare) == [" -", "HU00000002 TWO"]
    assert serials({"a": second | {"number": 1}}, *bare) == [" -", "HU00000002 TWO"]
    assert serials({"a": second}, *bare) == [" -", " -"]
    assert serials({"a": second}, drives=1) == ["HU00000002 -"]
    assert serials({"a": second, "b": first}, drives=1) == [" -"]
    assert serials({"a": second | {"address": 500}}, *TWO) == ["HU12345678 -", "HU00000002 TWO"]


def test_a_drive_is_loaded_where_it_is_full_of_data() -> None:
    elements = [element(500, FULL | ACCESS, byte_9=1), element(501), element(502, FULL, byte_9=2)]
    made = seen_drives(seen(DRIVE, *elements), {}, {"drive_base": 500, "drives": 4})
    assert [each.mounted for each in made] == [True, False, False, False]


def test_the_first_drive_names_the_model_of_all() -> None:
    names = b"IBM     ULT3580-TD8     HU1", b"IBM     ULT3580-TD9     HU2"
    at = seen(DRIVE, *(element(500 + n, rest=identifier(each, 1)) for n, each in enumerate(names)))
    found: Fields = {**AT, "drive_density": 0x5C}
    one, other = seen_drives(at, {"a": {"serial": "HU2", "revision": "N1"}}, found)
    assert found == {
        **AT,
        "drive_density": 0x5C,
        "drive_vendor": "IBM",
        "drive_product": "ULT3580-TD8",
    }
    assert one.model is None and other.model is not None
    assert (other.model.vendor, other.model.product, other.model.revision) == (
        *("IBM", "ULT3580-TD9", "N1"),
    )
    assert other.model.density == 0x5C


def test_a_longer_serial_number_is_cut() -> None:
    at = seen(DRIVE, element(500, rest=identifier(b"HU1234567890")))
    (one,) = seen_drives(at, {}, {"drive_base": 500, "drives": 1})
    assert one.serial == "HU12345678"


def test_a_copy_is_filled_with_what_was_seen_and_nothing_else() -> None:
    slots = page(
        STORAGE,
        element(1000, FULL | ACCESS, byte_9=0x81, source=4, rest=label("A00001L8")),
        element(1001, FULL | ACCESS, byte_9=0x02, rest=label("X1")),
        element(1002, rest=ZERO_TAG),
        tags=True,
    )
    mail = page(
        MAIL,
        element(10, FULL | ACCESS | 0x02, rest=label("CLN001CU")),
        element(11, FULL | ACCESS, rest=label("A00002L8")),
        tags=True,
    )
    derived = profile_of([told(cdb(tags=True), slots, mail)])
    profile = derived.profile
    contents = ("data_cartridges", "cleaners", "free_slots", "cleaner_in_mail")
    assert [getattr(profile, each) for each in contents] == [0, 0, (), False]
    cleaner: dict[str, Any] = {
        "medium_type": CLEANING_MEDIUM,
        "cleans_allowed": profile.cleans_allowed,
    }
    assert derived.cartridges == {
        10: Cartridge(tag="CLN001CU", operator_placed=True, **cleaner),
        11: Cartridge(tag="A00002L8", medium_type=0),
        1000: Cartridge(tag="A00001L8", medium_type=1, source_address=4),
        1001: Cartridge(tag="X1", **cleaner),
    }
    assert profile.cleans_allowed == 50
    assert state_of("copy", derived).cartridges == derived.cartridges


def test_elements_that_no_state_explains_are_told_all_the_same() -> None:
    slots = page(
        STORAGE,
        element(1000),
        element(1001, EXCEPT, asc=0x83, ascq=0x07),
        element(1002, 0),
        element(1003, byte_9=ED),
    )
    mail = page(MAIL, element(10, ACCESS | 0x30), element(11, ACCESS | 0x10), element(12, ACCESS))
    picker = page(TRANSPORT, element(1, 0))
    derived = profile_of([told(cdb(), picker, slots, mail)])
    faults = {each.address: each.override for each in state_of("copy", derived).faults}
    assert faults == {
        11: ElementOverride(import_enabled=False),
        12: ElementOverride(import_enabled=False, export_enabled=False),
        1001: ElementOverride(additional=Additional(0x83, 0x07), exception=True, access=False),
        1002: ElementOverride(access=False),
        1003: ElementOverride(disabled=True),
    }


# Moves

GEOMETRY = told(
    cdb(), page(STORAGE, element(1000), element(1001)), page(DRIVE, element(500), element(501))
)


def moved(source: int, destination: int, *, code: tuple[int, int, int] | None = None) -> Exchange:
    ends = source.to_bytes(2, "big") + destination.to_bytes(2, "big")
    one = Exchange(None, b"\xa5\0\0\0" + ends + bytes(4), 0)
    return one if code is None else one._replace(status=2, sense=refused(cdb(), code).sense)


def reported(address: int, source: int | None, flags: int = FULL | ACCESS) -> Exchange:
    valid = 0 if source is None else SVALID
    return told(
        cdb(STORAGE), page(STORAGE, element(address, flags, byte_9=valid, source=source or 0))
    )


SOURCES: dict[str, tuple[list[Exchange], bool | None]] = {
    "the drive": ([moved(500, 1000), reported(1000, 500)], True),
    "the slot before": ([moved(500, 1000), reported(1000, 1001)], False),
    "the address 0": ([moved(500, 1000), reported(1000, 0)], False),
    "none": ([moved(500, 1000), reported(1000, None)], None),
    "another slot": ([moved(500, 1000), reported(1001, 500)], None),
    "an empty slot": ([moved(500, 1000), reported(1000, 500, ACCESS)], None),
    "no move": ([reported(1000, 500)], None),
    "a report before": ([reported(1000, 500), moved(500, 1000)], None),
    "a move that failed": ([moved(500, 1000, code=INVALID_FIELD), reported(1000, 500)], None),
    "the last move": ([moved(501, 1000), moved(500, 1000), reported(1000, 501)], False),
    "a move that is cut": (
        [moved(500, 1000)._replace(cdb=moved(500, 1000).cdb[:7]), reported(1000, 500)],
        None,
    ),
    "a move of eight bytes": (
        [moved(500, 1000)._replace(cdb=moved(500, 1000).cdb[:8]), reported(1000, 500)],
        True,
    ),
    "another command": (
        [moved(500, 1000)._replace(cdb=b"\xa6" + moved(500, 1000).cdb[1:]), reported(1000, 500)],
        None,
    ),
}


@pytest.mark.parametrize("name", SOURCES)
def test_an_unload_shows_which_element_is_named_as_the_source(name: str) -> None:
    exchanges, is_last = SOURCES[name]
    derived = profile_of([GEOMETRY, *exchanges])
    is_told = "source_is_last_element" not in derived.not_told
    assert (derived.profile.source_is_last_element if is_told else None) is is_last


EJECT = Exchange("/dev/nst0", bytes.fromhex("1b0000000000"), 0)
HELD = (0x05, 0x53, 0x03)
UNLOADS: dict[str, tuple[list[Exchange], bool | None]] = {
    "out of a drive": ([moved(501, 1000)], True),
    "out of a slot": ([moved(1000, 500), moved(499, 1000), moved(502, 1000)], None),
    "held": ([moved(500, 1000, code=HELD)], False),
    "held, as a maker says": ([moved(500, 1000, code=(0x05, 0x3B, 0x90))], False),
    "held, then let go": ([moved(500, 1000, code=HELD), moved(500, 1000)], False),
    "full": ([moved(500, 1000, code=(0x05, 0x3B, 0x0D))], None),
    "ejected before": ([EJECT, moved(500, 1000)], None),
    "ejected after": ([moved(500, 1000), EJECT], True),
    "asked before": ([EJECT._replace(cdb=bytes(6)), moved(500, 1000)], True),
    "a mail slot that was opened": ([EJECT._replace(drive=None), moved(500, 1000)], True),
    "cut": ([moved(500, 1000)._replace(cdb=moved(500, 1000).cdb[:7])], None),
}


@pytest.mark.parametrize("name", UNLOADS)
def test_a_move_out_of_a_drive_shows_whether_it_ejects(name: str) -> None:
    exchanges, unloads = UNLOADS[name]
    derived = profile_of([GEOMETRY, *exchanges])
    is_told = "unloads_drive" not in derived.not_told
    assert (derived.profile.unloads_drive if is_told else None) is unloads
    if unloads is False:
        code = exchanges[0].code
        assert code and derived.profile.held_by_drive_sense == Sense(*code)


def test_a_drive_that_was_asked_is_known_by_its_serial_number_or_as_the_only_one() -> None:
    def asked(device: str, serial: str) -> Exchange:
        data = b"\x01\x80\0" + bytes((len(serial),)) + serial.encode()
        return Exchange(device, bytes.fromhex("12018000ff00"), 0, data)

    def found(elements: list[bytes], *exchanges: Exchange) -> dict[str, int]:
        reply = told(WITH, page(DRIVE, *elements))
        return dict(units_of(exchanges, profile_of([reply, *exchanges])))

    first, second = asked("/dev/sg5", "XHU12345678"), asked("/dev/sg4", "HU00000002")
    assert found(TWO, first, second) == {"/dev/sg5": 0, "/dev/sg4": 1}
    assert found(TWO, second) == {"/dev/sg4": 1}
    assert found(TWO, asked("/dev/sg9", "OTHER")) == {}
    one = [element(500)]
    assert found(one, asked("/dev/sg9", "OTHER")) == {"/dev/sg9": 0}
    assert found(one, asked("/dev/sg9", "OTHER"), asked("/dev/sg8", "ANOTHER")) == {}
    assert found([element(500), element(501)], asked("/dev/sg9", "OTHER")) == {}
