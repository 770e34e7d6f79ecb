"""The grammar of a place, and the way from a place to an element address and back."""

from __future__ import annotations

from typing import Any

import pytest
from driver_support import assignment, unhurried
from hypothesis import assume, given
from hypothesis import strategies as some

from changer.errors import ChangerError, InvalidSlot, NoSuchDrive, UsageError
from changer.library.addressing import (
    Numbering,
    Place,
    PlaceKind,
    as_destination,
    as_drive,
    as_place,
    as_range,
    parse_destination,
    parse_drive,
    parse_place,
    parse_range,
)
from changer.smc.elements import ElementAddressAssignment, ElementType

SLOT, DRIVE, MAIL = PlaceKind.SLOT, PlaceKind.DRIVE, PlaceKind.MAIL
PICKER, ADDRESS, TAG = PlaceKind.PICKER, PlaceKind.ADDRESS, PlaceKind.TAG


def tag(text: str) -> Place:
    return Place(TAG, tag=text)


def listed(text: str) -> list[str]:
    """The words of a line."""
    return text.split()


# How each place may be written; a text of any other form is a volume tag.
PLACES: dict[Place, list[str]] = {
    Place(SLOT, 12): ["12", " 12 ", "\t12\n", "slot:12", "SLOT:12"],
    Place(SLOT, 1): ["1"],
    Place(SLOT, 0): ["0"],
    Place(SLOT, 7): ["007"],
    Place(SLOT, 65535): ["65535"],
    Place(SLOT, 99999): ["99999"],
    Place(DRIVE, 0): ["drive:0", "Drive:0", "drive:00"],
    Place(MAIL, 1): ["mail:1", "MAIL:1"],
    Place(PICKER): ["picker", "PICKER", "picker:0"],
    Place(PICKER, 1): ["picker:1"],
    Place(ADDRESS, 1012): ["@1012", "@0x3f4", "@0X3F4"],
    Place(ADDRESS, 0): ["@0", "@0x0"],
    Place(ADDRESS, 65535): ["@65535", "@0xffff"],
    Place(ADDRESS, 10): ["@010"],
    tag("000012"): ["tag:000012", "TAG:000012"],
    **{tag(text): [f"tag:{text}"] for text in ("drive0", "picker", "@12", "A:B", "tag:A")},
}
TAGS = listed("A00001L8 a00001l8 CLNU01CU A 1A 12-14 -1 +1 1.5 0x12 12,13 drives D IE")


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_place_is_what_its_form_says(place: Place) -> None:
    assert [parse_place(text) for text in PLACES[place]] == [place] * len(PLACES[place])


@pytest.mark.parametrize("text", [*TAGS, "ABC 123", "X" * 36])
def test_a_text_of_no_other_form_is_a_volume_tag(text: str) -> None:
    assert parse_place(text) == tag(text)


# What was meant by what was mistyped.
MISTYPED = {
    "drive:0": "drive0,drive 0,drive=0,drive-0,drive#0,drive: 0,d0,d:0,D0,drv0,drv:0",
    "drive:1": "Drive_1",
    "drive:NUMBER": "drv,drive,drive:",
    "slot:12": "slot12,slot 12,s12",
    "slot:NUMBER": "slot",
    "mail:1": "mail1,m1,ie1,IE:1",
    "mail:NUMBER": "mail",
    "picker:0": "picker0",
    "picker:1": "picker 1",
}


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize("meant", MISTYPED)
def test_a_mistyped_place_is_told_what_was_meant(meant: str) -> None:
    for text in MISTYPED[meant].split(","):
        with pytest.raises(UsageError, match=f"did you mean {meant}") as caught:
            parse_place(text)
        assert caught.value.hint is not None and f"tag:{text}" in caught.value.hint


NO_PLACES = listed(
    "drive:123456 drive:-1 drive:x slot: mail:1.5 picker:x @ @-1 @65536 @0x10000 @0x @x12 @1e3 "
    "@999999 tag: other:1 :1 1: 123456 \u0661\u0662 \uff11\uff12 ² Ⅷ drive:٣ @١٢ A0001Ł8 tag:\u00e9"
)
NO_PLACES += ["", " ", "\t\n", "A\x00B", "A\x1b[31m", "A\nB", "9" * 5000, "@ 12", "tag: "]
NO_PLACES += ["X" * 37, "tag:" + "X" * 37]


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize("text", NO_PLACES)
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_place(text)
    assert caught.value.hint


def test_a_long_number_is_told_how_to_be_a_volume_tag() -> None:
    with pytest.raises(UsageError) as caught:
        parse_place("000012345")
    assert caught.value.hint is not None and "tag:000012345" in caught.value.hint


@unhurried
@given(some.text(max_size=40) | some.from_regex(r"(drive|slot|tag|@|picker)?:?[0-9a-fx]{0,8}"))
def test_every_text_is_a_place_that_reads_back_or_a_usage_error(text: str) -> None:
    try:
        place = parse_place(text)
    except UsageError as error:
        assert error.message
        return
    assert parse_place(str(place)) == place


@unhurried
@given(some.sampled_from([SLOT, DRIVE, MAIL, PICKER]), some.integers(0, 99999))
def test_every_numbered_place_reads_back(kind: PlaceKind, number: int) -> None:
    place = Place(kind, number)
    assert parse_place(str(place)) == place


@unhurried
@given(some.from_regex(r"\A[\x21-\x7e]([\x20-\x7e]{0,30}[\x21-\x7e])?\Z"))
def test_every_volume_tag_can_be_written_as_a_place(label: str) -> None:
    assert parse_place(str(tag(label))) == tag(label)
    assert parse_place(f"tag:{label}") == tag(label)


def test_a_destination_may_be_whatever_is_free_and_reads_back() -> None:
    for text, kind in {"slot": PlaceKind.FREE_SLOT, " Mail ": PlaceKind.FREE_MAIL}.items():
        assert parse_destination(text) == as_destination(text) == Place(kind)
        assert parse_destination(str(Place(kind))) == Place(kind)
        with pytest.raises(UsageError, match="did you mean"):
            parse_place(text)
    assert as_destination(3) == parse_destination("3") == Place(SLOT, 3)


def test_a_volume_tag_that_looks_like_another_place_is_marked() -> None:
    for label in ("000012", "drive0", "picker", "@12", "A:B", "tag:A", "0123456789"):
        assert str(tag(label)) == f"tag:{label}"
    assert str(tag("A00001L8")) == "A00001L8"


# Ranges


RANGES = {
    **dict.fromkeys(["1-12", "1 - 12", "slot:1-12"], (Place(SLOT, 1), Place(SLOT, 12))),
    **dict.fromkeys(["7", "7-7"], (Place(SLOT, 7), Place(SLOT, 7))),
    "mail:1-mail:2": (Place(MAIL, 1), Place(MAIL, 2)),
    "drive:0-drive:3": (Place(DRIVE, 0), Place(DRIVE, 3)),
    "drive:0": (Place(DRIVE, 0), Place(DRIVE, 0)),
    "@1000-@1011": (Place(ADDRESS, 1000), Place(ADDRESS, 1011)),
    "@0x3e8-@1011": (Place(ADDRESS, 1000), Place(ADDRESS, 1011)),
    "picker": (Place(PICKER), Place(PICKER)),
}
NO_RANGES = listed(
    "- 1- -12 12-1 1-2-3 drive:0-1 1-drive:1 mail:1-2 @1000-1011 1-@1011 A00001L8 "
    "A00001L8-A00009L8 d0-d1 1..12"
)


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(("text", "expected"), RANGES.items())
def test_a_range_is_two_places_of_one_kind(text: str, expected: tuple[Place, Place]) -> None:
    assert parse_range(text) == expected


@pytest.mark.parametrize("text", ["", *NO_RANGES])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_range(text)
    assert caught.value.hint


# Addresses


@pytest.mark.parametrize(
    ("place", "address"),
    [
        (Place(SLOT, 1), 1000),
        (Place(SLOT, 12), 1011),
        (Place(DRIVE, 0), 500),
        (Place(DRIVE, 1), 501),
        (Place(MAIL, 1), 10),
        (Place(MAIL, 2), 11),
        (Place(PICKER), 1),
    ],
)
def test_numbers_count_from_the_first_address_of_their_type(place: Place, address: int) -> None:
    numbering = Numbering(assignment())
    assert numbering.address_of(place) == address
    assert numbering.place_of(address) == place
    assert numbering.number_of(address) == place.number
    assert numbering.address_of(Place(ADDRESS, address)) == address


OUTSIDE = listed("0 13 99999 drive:2 drive:99999 mail:0 mail:3 picker:1 @999 @1012 @0 @65535")


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize("text", OUTSIDE)
def test_a_place_that_the_library_has_not_says_what_it_has(text: str) -> None:
    with pytest.raises((InvalidSlot, NoSuchDrive)) as caught:
        Numbering(assignment()).address_of(parse_place(text))
    assert type(caught.value) is (NoSuchDrive if text.startswith("drive") else InvalidSlot)
    assert caught.value.hint is not None
    for words in ("slots 1 to 12 (@1000 to @1011)", "drives 0 to 1", "mail slots 1 to 2"):
        assert words in caught.value.hint


@pytest.mark.parametrize(
    ("text", "word"),
    [("1", "slots"), ("drive:0", "drives"), ("mail:1", "mail slots"), ("picker", "pickers")],
)
def test_a_type_without_elements_is_said_so(text: str, word: str) -> None:
    nothing = assignment(transports=(0, 0), slots=(0, 0), mail=(0, 0), drives=(0, 0))
    with pytest.raises(NoSuchDrive if text == "drive:0" else InvalidSlot, match=f"no {word}"):
        Numbering(nothing).address_of(parse_place(text))


def test_elements_have_names() -> None:
    names = {1000: "slot 1", 1011: "slot 12", 500: "drive 0", 10: "mail slot 1", 1: "the picker"}
    names[4711] = "element 4711"
    numbering = Numbering(assignment())
    assert {address: numbering.name_of(address) for address in names} == names


def test_several_pickers_are_told_apart() -> None:
    numbering = Numbering(assignment(transports=(1, 2)))
    assert [numbering.name_of(address) for address in (1, 2)] == ["picker 0", "picker 1"]
    assert [str(numbering.place_of(address)) for address in (1, 2)] == ["picker", "picker:1"]


def test_address_0_is_an_element() -> None:
    numbering = Numbering(assignment(mail=(0, 1)))
    assert numbering.address_of(parse_place("mail:1")) == 0
    assert numbering.place_of(0) == Place(MAIL, 1)
    assert numbering.address_of(parse_place("@0")) == 0


ranges = some.tuples(
    some.sampled_from([0, 1, 1000, 0xFFFF]) | some.integers(0, 0xFFFF),
    some.sampled_from([0, 1, 0xFFFF]) | some.integers(0, 0xFFFF),
)
assignments = some.builds(assignment, transports=ranges, slots=ranges, mail=ranges, drives=ranges)


@unhurried
@given(page=assignments, kind=some.sampled_from([SLOT, DRIVE, MAIL, PICKER]), data=some.data())
def test_from_place_to_address_and_back(
    page: ElementAddressAssignment, kind: PlaceKind, data: some.DataObject
) -> None:
    numbering = Numbering(page)
    number = data.draw(some.integers(0, 99999))
    place = Place(kind, number)
    try:
        address = numbering.address_of(place)
    except (InvalidSlot, NoSuchDrive) as error:
        assert isinstance(error, NoSuchDrive) == (kind is DRIVE)
        assert error.message
        return
    assert 0 <= address <= 0xFFFF
    shared = [each for each in ElementType if address in page.range_of(each)]
    assume(len(shared) == 1)
    assert numbering.place_of(address) == place
    assert parse_place(str(place)) == place


@unhurried
@given(page=assignments, address=some.integers(0, 0xFFFF))
def test_from_address_to_place_and_back(page: ElementAddressAssignment, address: int) -> None:
    numbering = Numbering(page)
    place = numbering.place_of(address)
    assert numbering.name_of(address)
    if page.type_of(address) is None:
        assert place == Place(ADDRESS, address)
        with pytest.raises(InvalidSlot):
            numbering.address_of(place)
    else:
        assert numbering.address_of(place) == address
        assert numbering.address_of(Place(ADDRESS, address)) == address


def test_a_library_that_counts_past_the_last_address_has_none_there() -> None:
    numbering = Numbering(assignment(slots=(0xFFF0, 0x100)))
    assert numbering.address_of(Place(SLOT, 16)) == 0xFFFF
    with pytest.raises(InvalidSlot, match="no slot 17"):
        numbering.address_of(Place(SLOT, 17))


# What Python calls are given


NOT_A_PLACE = "is not a place"
NUMBERS = "a place is a number, a string, or a Place"


def test_what_is_given_for_a_place_is_a_number_a_text_or_a_place() -> None:
    place = Place(MAIL, 1)
    for read, kind in ((as_place, SLOT), (as_destination, SLOT), (as_drive, DRIVE)):
        assert (read(place), read("@10")) == (place, Place(ADDRESS, 10))
        assert [read(each) for each in (0, 7)] == [Place(kind, 0), Place(kind, 7)]
    assert as_drive("3") == as_drive("drive:3") == Place(DRIVE, 3)
    assert as_place("3") == Place(SLOT, 3)


@pytest.mark.parametrize("value", [-1, True, 1.0, None, b"1"])
def test_what_is_given_for_a_place_and_is_none_is_refused(value: Any) -> None:
    for read in (as_place, as_destination, as_drive):
        with pytest.raises(UsageError) as caught:
            read(value)
        assert (caught.value.message, caught.value.hint) == (f"{value!r} {NOT_A_PLACE}", NUMBERS)


@pytest.mark.parametrize("text", ["mail:1", "slot:1", "picker", "A00001L8"])
def test_place_that_is_given_for_a_drive_is_refused(text: str) -> None:
    for read in (as_drive, parse_drive):
        with pytest.raises(UsageError) as caught:
            read(text)
        assert caught.value.message == f"{text!r} is not a drive"
        assert caught.value.hint == "a drive is 0, drive:0 or an address, @500"


def test_range_is_from_the_first_to_the_last_or_the_first_alone() -> None:
    one, two = Place(SLOT, 1), Place(SLOT, 2)
    assert as_range(None, None) is None
    assert (as_range(1, None), as_range(1, "2")) == ((one, one), (one, two))
    assert as_range(2, 2) == (two, two)
    for first, last, message, hint in (
        (None, 2, "a range must have a first place", "name the first place, too"),
        (2, 1, "2 to 1 is not a valid range", "such as 1 and 12, or mail:1 and mail:2"),
        (1, "mail:2", "1 to mail:2 is not a valid range", "such as 1 and 12, or mail:1 and mail:2"),
        ("A1", "A1", "A1 to A1 is not a valid range", "such as 1 and 12, or mail:1 and mail:2"),
    ):
        with pytest.raises(UsageError) as caught:
            as_range(first, last)
        assert (caught.value.message, caught.value.hint) == (message, hint)


# What is said of a place that a library has not


ALL_THERE_IS = (
    "it has slots 1 to 12 (@1000 to @1011), drives 0 to 1 (@500 to @501), "
    "mail slots 1 to 2 (@10 to @11)"
)
FEW = "it has slot 1 (@1000), drive 0 (@500)"


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("place", "is_small", "error", "message", "hint"),
    [
        ("13", False, InvalidSlot, "the library has no slot 13", ALL_THERE_IS),
        ("drive:2", False, NoSuchDrive, "the library has no drive 2", ALL_THERE_IS),
        ("mail:3", False, InvalidSlot, "the library has no mail slot 3", ALL_THERE_IS),
        ("picker:1", False, InvalidSlot, "the library has no picker 1", ALL_THERE_IS),
        ("@999", False, InvalidSlot, "there is no element at address 999", ALL_THERE_IS),
        ("2", True, InvalidSlot, "the library has no slot 2", FEW),
        ("mail:1", True, InvalidSlot, "the library has no mail slots", None),
    ],
)
def test_place_that_is_not_there_is_told_with_all_that_is(
    place: str, *, is_small: bool, error: type[ChangerError], message: str, hint: str | None
) -> None:
    small = assignment(slots=(1000, 1), drives=(500, 1), mail=(0, 0))
    with pytest.raises(error) as caught:
        Numbering(small if is_small else assignment()).address_of(parse_place(place))
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_what_is_free_is_no_place_of_its_own() -> None:
    for text in ("slot", "mail"):
        with pytest.raises(UsageError) as caught:
            Numbering(assignment()).address_of(parse_destination(text))
        assert "which only a move or unload can go to" in caught.value.message
        assert caught.value.hint == f"name one: {text}:1"


def test_drive_is_an_element_that_is_one() -> None:
    numbering = Numbering(assignment())
    for text, address in {"drive:0": 500, "drive:1": 501, "@500": 500}.items():
        assert numbering.address_of_drive(parse_place(text)) == address
    others = {"@1000": "slot 1", "1": "slot 1", "@7": "element 7", "mail:1": "mail slot 1"}
    for text, name in others.items():
        with pytest.raises(NoSuchDrive) as caught:
            numbering.address_of_drive(parse_place(text))
        assert caught.value.message == f"{name} is not a drive"
        assert caught.value.hint == "to move a cartridge between any two places: changer move"
