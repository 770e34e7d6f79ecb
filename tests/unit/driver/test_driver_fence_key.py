"""A key of a reservation tells which host it is of, and the epoch of its lease."""

import pytest

from changer.library.reservation import FenceKey, Seen, key_words, parse_key
from changer.smc.persistent_reserve import Reservation


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (FenceKey(0, 1), "6368000000000001"),
        (FenceKey(0x1234, 0x01020304), "6368123401020304"),
        (FenceKey(0xFFFF, 0xFFFFFFFF), "6368ffffffffffff"),
    ],
)
def test_a_key_has_its_host_and_its_epoch(key: FenceKey, expected: str) -> None:
    assert key.to_bytes() == bytes.fromhex(expected)
    assert parse_key(key.to_bytes()) == key


@pytest.mark.parametrize(
    "key", [FenceKey(-1, 1), FenceKey(0x10000, 1), FenceKey(0, 0), FenceKey(0, 0x100000000)]
)
def test_a_host_or_an_epoch_without_room_has_no_key(key: FenceKey) -> None:
    with pytest.raises(ValueError, match=f"host {key.host} and epoch {key.epoch}"):
        key.to_bytes()


@pytest.mark.parametrize(
    "key", ["6368123400000000", "6369123400000001", "63681234000001", "00000000deadbeef"]
)
def test_a_key_of_another_program_is_no_host_of_ours(key: str) -> None:
    assert parse_key(bytes.fromhex(key)) is None
    assert key_words(bytes.fromhex(key)) == f"another program, key {key}"


def test_what_a_library_shows_is_told_apart_by_whose_it_is() -> None:
    first, second = FenceKey(1, 7), FenceKey(2, 9)
    foreign = bytes.fromhex("00000000deadbeef")
    of_elements, of_unit = Reservation(foreign, 2, 3), Reservation(first.to_bytes(), 0, 3)
    shown = Seen(
        (second.to_bytes(), first.to_bytes(), foreign, second.to_bytes()), (of_elements, of_unit)
    )
    assert shown.holder == of_unit
    assert shown.foreign == (foreign,)
    assert shown.fences == (first, second)
    assert shown.highest_epoch == 9
    nothing = Seen((), ())
    assert (nothing.holder, nothing.foreign, nothing.fences) == (None, (), ())
    assert nothing.highest_epoch is None
