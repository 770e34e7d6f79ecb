from __future__ import annotations

import pytest
from smc_samples import ADDRESS_PAGE, CAPABILITIES_PAGE, mode_data

from changer.errors import MalformedData
from changer.smc.elements import ElementAddressAssignment, ElementRange, ElementType
from changer.smc.mode_sense import (
    DeviceCapabilities,
    parse_device_capabilities,
    parse_element_address_assignment,
)
from changer.values import replace

MT, ST, IE, DT = ElementType

ASSIGNMENT = ElementAddressAssignment(
    medium_transport=ElementRange(1, 1),
    storage=ElementRange(1000, 40),
    import_export=ElementRange(10, 4),
    data_transfer=ElementRange(500, 2),
)
OTHER_PAGE = bytes.fromhex("02 0a") + bytes.fromhex("1d12") + bytes(8)
SUBPAGE = bytes.fromhex("5d 01 0004 ffffffff")


@pytest.mark.parametrize("block_descriptor", [b"", bytes(8), bytes(16)])
@pytest.mark.parametrize("ten_byte", [False, True])
def test_addresses_are_found_after_block_descriptors_of_any_length(
    ten_byte: bool, block_descriptor: bytes
) -> None:
    data = mode_data(ADDRESS_PAGE, ten_byte=ten_byte, block_descriptor=block_descriptor)
    assert parse_element_address_assignment(data, ten_byte=ten_byte) == ASSIGNMENT


@pytest.mark.parametrize(
    "pages",
    [
        (OTHER_PAGE, ADDRESS_PAGE),
        (SUBPAGE, ADDRESS_PAGE),
        (OTHER_PAGE, SUBPAGE, ADDRESS_PAGE, OTHER_PAGE),
        (b"\x9d" + ADDRESS_PAGE[1:],),  # PS bit
        (ADDRESS_PAGE, bytes(100)),
    ],
)
def test_the_page_is_found_among_other_pages_and_subpages(pages: tuple[bytes, ...]) -> None:
    assert parse_element_address_assignment(mode_data(*pages)) == ASSIGNMENT


def test_a_mode_data_length_of_zero_does_not_hide_the_page() -> None:
    assert parse_element_address_assignment(bytes(4) + ADDRESS_PAGE) == ASSIGNMENT


@pytest.mark.parametrize(
    ("ranges", "accepted"),
    [
        ((1, 1, 1000, 40, 10, 4, 500, 2), True),
        ((0, 1, 1, 10, 11, 4, 15, 2), True),  # one after the other
        ((5, 0, 0, 40, 7, 0, 500, 2), True),  # of none there is no address
        ((65000, 1, 65001, 65535, 10, 4, 500, 2), True),  # addresses end at 65535
        ((1, 1, 1, 40, 50, 4, 500, 2), False),
        ((1, 1, 1000, 40, 1039, 4, 500, 2), False),
        ((1, 1, 1000, 40, 10, 65535, 500, 2), False),
        ((1, 1, 0, 65535, 65535, 1, 500, 2), False),
        ((7, 9, 7, 9, 7, 9, 7, 9), False),
    ],
)
def test_no_address_is_of_two_types(ranges: tuple[int, ...], accepted: bool) -> None:
    page = b"\x1d\x12" + b"".join(each.to_bytes(2, "big") for each in ranges) + bytes(2)
    if accepted:
        assignment = parse_element_address_assignment(mode_data(page))
        assert assignment.storage == ElementRange(*ranges[2:4])
    else:
        with pytest.raises(MalformedData, match="overlap"):
            parse_element_address_assignment(mode_data(page))


def test_reserved_bytes_at_the_end_may_be_missing() -> None:
    assert parse_element_address_assignment(mode_data(ADDRESS_PAGE)[:-2]) == ASSIGNMENT


@pytest.mark.parametrize(
    "data",
    [
        mode_data(OTHER_PAGE),
        mode_data(SUBPAGE),
        mode_data(),
        mode_data(ADDRESS_PAGE)[:-3],
        mode_data(b"\x1d\x0f" + ADDRESS_PAGE[2:]),
        b"\x03\x00\x10\x00" + ADDRESS_PAGE,  # the mode data end before the page
        b"\x17\x00\x10\xff" + ADDRESS_PAGE,  # block descriptors past the data
    ],
)
def test_a_page_that_is_absent_or_cut_short_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedData, match=r"^mode page 1Dh: "):
        parse_element_address_assignment(data)


def test_capabilities_say_which_types_store() -> None:
    assert parse_device_capabilities(mode_data(CAPABILITIES_PAGE)).stores == {ST, IE, DT}


def test_capabilities_say_which_moves_and_exchanges_exist() -> None:
    capabilities = parse_device_capabilities(mode_data(CAPABILITIES_PAGE))
    assert capabilities.moves == {
        (ST, ST), (ST, IE), (ST, DT),
        (IE, ST), (IE, DT),
        (DT, ST), (DT, IE), (DT, DT),
    }  # fmt: skip
    assert capabilities.exchanges == {(ST, ST)}


@pytest.mark.parametrize("source", range(4))
@pytest.mark.parametrize("destination", range(4))
def test_each_capability_bit_is_one_pair(source: int, destination: int) -> None:
    page = bytearray.fromhex("1f 12") + bytes(18)
    page[4 + source] = page[12 + source] = 1 << destination
    capabilities = parse_device_capabilities(mode_data(bytes(page)))
    pair = ((MT, ST, IE, DT)[source], (MT, ST, IE, DT)[destination])
    assert capabilities.moves == capabilities.exchanges == {pair}
    assert capabilities.stores == set()


def test_vendor_bits_beside_the_types_are_ignored() -> None:
    capabilities = parse_device_capabilities(mode_data(b"\x1f\x12" + b"\xf0" * 18))
    assert not capabilities.stores
    assert not capabilities.moves
    assert not capabilities.exchanges


@pytest.mark.parametrize("length", [6, 14])
def test_capabilities_may_be_short_pages(length: int) -> None:
    page = b"\x1f" + bytes((length,)) + CAPABILITIES_PAGE[2 : 2 + length]
    capabilities = parse_device_capabilities(mode_data(page))
    assert (ST, DT) in capabilities.moves
    assert capabilities.exchanges == ({(ST, ST)} if length == 14 else set())


@pytest.mark.parametrize("length", [0, 2, 5, 7, 13])
def test_capabilities_that_end_inside_a_matrix_are_malformed(length: int) -> None:
    page = b"\x1f" + bytes((length,)) + CAPABILITIES_PAGE[2 : 2 + length]
    with pytest.raises(MalformedData, match=r"^mode page 1Fh: "):
        parse_device_capabilities(mode_data(page))


NO_ELEMENTS = ElementRange(0, 0)


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("moves", "counted", "contradicts"),
    [
        ({(ST, DT), (DT, ST), (ST, IE)}, {}, False),
        ({(ST, DT), (DT, ST)}, {}, True),  # no move from or to mail slots
        ({(ST, DT), (DT, ST)}, {"import_export": NO_ELEMENTS}, False),
        ({(ST, ST)}, {"import_export": NO_ELEMENTS, "data_transfer": NO_ELEMENTS}, False),
        ({(DT, IE)}, {}, True),
        ({(DT, IE)}, {"storage": NO_ELEMENTS, "medium_transport": NO_ELEMENTS}, False),
        (set(), {}, False),  # it says nothing
    ],
)
def test_page_that_moves_nothing_of_a_type_with_elements_contradicts_their_number(
    moves: set[tuple[ElementType, ElementType]],
    counted: dict[str, ElementRange],
    *,
    contradicts: bool,
) -> None:
    capabilities = DeviceCapabilities(frozenset(), frozenset(moves), frozenset())
    assert capabilities.contradicts(replace(ASSIGNMENT, **counted)) is contradicts


def test_a_move_is_allowed_if_the_page_has_it_or_has_none() -> None:
    capabilities = DeviceCapabilities(frozenset(), frozenset({(ST, DT)}), frozenset({(DT, ST)}))
    assert capabilities.allow(ST, DT)
    assert not capabilities.allow(DT, ST) and not capabilities.allow(None, DT)
    assert capabilities._replace(moves=frozenset()).allow(DT, ST)
