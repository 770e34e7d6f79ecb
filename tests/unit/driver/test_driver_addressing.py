"""The grammar of a place, and the way from a place to an element address and back."""

from __future__ import annotations

import pytest
from driver_support import assignment, unhurried
from hypothesis import assume, given
from hypothesis import strategies as some

from changer.errors import InvalidSlot, NoSuchDrive, UsageError
from changer.library.addressing import (
    Numbering,
    Place,
    PlaceKind,
    as_destination,
    parse_destination,
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
