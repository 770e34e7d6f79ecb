"""Whose drive reports an element address: what may be another library's does not count."""

from __future__ import annotations

from pathlib import Path

import pytest

from changer.library.discovery import ScsiDevice
from changer.library.element_addresses import Claim, Neighbourhood, judge, paths_by_drive
from changer.library.model import Identity
from changer.smc.elements import ElementRange

DRIVES = ElementRange(256, 2)
HERE, THERE = "0000:03:00.0-0:0:1", "0000:03:00.0-0:0:7"
ALONE = Neighbourhood(frozenset({HERE}), frozenset(), others=False)
WITH_OTHERS = Neighbourhood(frozenset({HERE}), frozenset({THERE}), others=True)


def device(number: int, *, target: str | None = None, serial: str = "") -> ScsiDevice:
    port = f"{target}:0" if target else None
    identity = Identity("IBM", "ULT3580-TD8", "HB82", serial or f"S{number}", port=port)
    return ScsiDevice(Path(f"/dev/sg{number}"), 1, identity)


def claim(number: int, address: int | None, *targets: str) -> Claim:
    paths = tuple(device(number, target=each) for each in targets) or (device(number),)
    return Claim(paths, address, "" if address is not None else "it does not say")


def matched(claims: list[Claim], around: Neighbourhood = ALONE) -> dict[int, str]:
    found = judge(claims, around, DRIVES).drives
    return {address: str(paths[0].device) for address, paths in found.items()}


def reasons(claims: list[Claim], around: Neighbourhood = ALONE) -> list[str]:
    return [reason for _, reason in judge(claims, around, DRIVES).refused]


def test_drives_of_the_only_library_are_where_they_say() -> None:
    assert matched([claim(1, 257), claim(2, 256)]) == {256: "/dev/sg2", 257: "/dev/sg1"}


def test_address_that_two_drives_report_is_of_neither() -> None:
    claims = [claim(1, 256), claim(2, 256), claim(3, 257)]
    assert matched(claims) == {257: "/dev/sg3"}
    one, other = reasons(claims)
    assert "so does /dev/sg2" in one and "so does /dev/sg1" in other


def test_even_the_drive_at_the_changer_s_own_target_is_not_believed_against_another() -> None:
    assert matched([claim(1, 256, HERE), claim(2, 256)]) == {}


@pytest.mark.parametrize("address", [0, 255, 258, 0xFFFF])
def test_address_that_is_no_drive_of_the_library_is_no_match(address: int) -> None:
    claims = [claim(1, address)]
    assert matched(claims) == {}
    assert f"element address {address}, which is not a drive" in reasons(claims)[0]


def test_drive_without_an_address_says_why() -> None:
    assert reasons([claim(1, None)]) == ["it does not say"]
    assert matched([claim(1, None), claim(2, 256)]) == {256: "/dev/sg2"}


def test_beside_another_library_only_the_changer_s_own_target_counts() -> None:
    claims = [claim(1, 256, HERE), claim(2, 257, "0000:03:00.0-0:0:9")]
    assert matched(claims, WITH_OTHERS) == {256: "/dev/sg1"}
    assert "this host sees another library" in reasons(claims, WITH_OTHERS)[0]


def test_drive_at_the_target_of_another_library_is_that_one_s() -> None:
    claims = [claim(1, 256, THERE)]
    assert matched(claims, WITH_OTHERS) == {}
    assert "attached together with another library" in reasons(claims, WITH_OTHERS)[0]


def test_drive_with_paths_at_both_targets_is_nobody_s() -> None:
    assert matched([claim(1, 256, HERE, THERE)], WITH_OTHERS) == {}


def test_drive_of_a_library_that_is_not_seen_puts_the_others_in_doubt() -> None:
    """Its changer may be zoned to another host; the next one may be of that library, too."""
    claims = [claim(1, 256), claim(2, 700)]
    assert matched(claims) == {}
    assert "/dev/sg2 is a drive of a library that this host does not see" in reasons(claims)[0]
    assert matched([claim(1, 256, HERE), claim(2, 700)]) == {256: "/dev/sg1"}


def test_drive_of_the_changer_s_own_target_is_of_no_other_library_whatever_it_says() -> None:
    assert matched([claim(1, 256), claim(2, 700, HERE)]) == {256: "/dev/sg1"}


@pytest.mark.parametrize("address", [0, 0xFFFF])
def test_drive_that_no_library_told_its_address_puts_none_in_doubt(address: int) -> None:
    assert matched([claim(1, 256), claim(2, address)]) == {256: "/dev/sg1"}


def test_bay_that_the_library_shows_without_a_drive_has_none() -> None:
    def absence(address: int) -> str | None:
        return "no drive is installed there" if address == 256 else None

    found = judge([claim(1, 256), claim(2, 257)], ALONE, DRIVES, absence=absence)
    assert list(found.drives) == [257]
    assert [reason for _, reason in found.refused] == [
        "it reports element address 256, but no drive is installed there"
    ]


def test_target_of_a_device_is_its_port_without_the_logical_unit() -> None:
    assert device(1, target=HERE).target == HERE
    assert device(1).target is None


def test_devices_with_one_serial_number_are_paths_to_one_drive() -> None:
    one, other, third = device(1, serial="A"), device(2, serial="B"), device(3, serial="A")
    assert paths_by_drive([one, other, third]) == [(one, third), (other,)]
