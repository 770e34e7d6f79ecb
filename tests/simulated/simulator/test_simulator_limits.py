"""Limits of what a virtual library can be: the last value that it may have, and the next."""

from __future__ import annotations

import json
from typing import Any

import pytest

from changer.errors import SimulatorRefused
from changer.simulator.creation import changed, new_state
from changer.simulator.drive_model import DriveModel, cleaner_tag, family_of_cleaner
from changer.simulator.fault import Fault
from changer.simulator.fault_effects import apply_fault
from changer.simulator.geometry import Geometry, Kind
from changer.simulator.profiles.table import PROFILES
from changer.simulator.state import Cartridge, State
from changer.simulator.state_format import dump_state, load_state

TEXTS = {"vendor": 8, "product": 16, "revision": 4, "serial": 32}
OF_DRIVES = {"drive_vendor": 8, "drive_product": 16, "drive_revision": 4, "drive_serial": 7}
COUNTS = (
    *("data_cartridges", "cleaners", "cleans_allowed", "most_descriptors"),
    *("descriptors_per_page", "appended_serial", "identifier_field"),
)
TIMES = ("move_seconds", "inventory_seconds", "drive_load_seconds", "cleaning_seconds")
EXCESSES = ("transport_excess", "storage_excess", "mail_excess", "drive_excess")
LONG_DESCRIPTOR = "a descriptor can have 10 bytes less to 1000 bytes more"
LTO_8 = DriveModel(vendor="IBM", product="ULT3580-TD8", revision="HB82", density=0x5E)
PLAIN: dict[str, Any] = {
    "free_slots": (),
    "data_cartridges": 0,
    "cleaners": 0,
    "magazine_size": 0,
    "cleaner_in_mail": False,
}
CAN_BE: tuple[dict[str, Any], ...] = (
    *({name: "x" * most} for name, most in (TEXTS | OF_DRIVES).items()),
    *({name: 0} for name in (*COUNTS, *TIMES, *EXCESSES)),
    *({name: 86400} for name in TIMES),
    *({name: size} for name in EXCESSES for size in (-10, 1000)),
    *({"identifier_type": number} for number in (0, 15)),
    {"reservation_types": (1, 3, 5, 6, 7, 8)},
    {"transports": 1, "slots": 1, "mail": 0, "drives": 0},
    {"transports": 100},
    {"drives": 501},
    {"drives": 999, "drive_base": 2000},
    {"drive_base": 103},
    {"mail_base": 2},
    {"mail": 0, "mail_base": 501},
    {"drives": 0, "drive_base": 1005},
    {"transport_base": 0},
    {"storage_base": 65524},
    {"magazine_size": 12, "first_magazine_lacks": 11},
    {"magazine_size": 1, "first_magazine_lacks": 0},
    *({"drive_density": code} for code in (0x49, 0x5C, 0x5E)),
    {"drive_models": (LTO_8,)},
)
CAN_NOT_BE: tuple[tuple[dict[str, Any], str], ...] = (
    *(
        ({name: "x" * most + "y"}, f"{name} must be at most {most} ASCII characters")
        for name, most in (TEXTS | OF_DRIVES).items()
    ),
    *(({name: "x\x7f"}, f"{name} must be at most") for name in (*TEXTS, *OF_DRIVES)),
    *(({name: -1}, f"{name} can't be below 0") for name in COUNTS),
    *(
        ({name: seconds}, f"{name} must be 0 to 86400")
        for name in TIMES
        for seconds in (-0.5, 86400.5)
    ),
    *(({name: size}, LONG_DESCRIPTOR) for name in EXCESSES for size in (-11, 1001)),
    *(({"identifier_type": each}, "identifier_type must be 0 to 15") for each in (-1, 16)),
    *(({"reservation_types": (1, each)}, "reservation_types are of") for each in (0, 2, 4, 9)),
    ({"transports": 0}, "a library has at least one picker and one slot"),
    ({"slots": 0}, "a library has at least one picker and one slot"),
    ({"transports": 101}, "at most 100 pickers and 999 drives"),
    ({"drives": 1000, "drive_base": 2000}, "at most 100 pickers and 999 drives"),
    ({"drives": 502}, "storage elements (1001-1012) and drive elements (500-1001) overlap"),
    ({"drive_base": 102}, "mail elements (101-102) and drive elements (102-103) overlap"),
    ({"transport_base": -1}, "transport elements -1 to -1 are not within 0 to 65535"),
    ({"storage_base": 65525}, "storage elements 65525 to 65536 are not within 0 to 65535"),
    ({"mail": -1}, "mail elements 101 to 99 are not within 0 to 65535"),
    ({"magazine_size": -1}, "a magazine can't have fewer than 0 slots"),
    ({"first_magazine_lacks": -1}, "the first magazine has at least one slot"),
    ({"first_magazine_lacks": 1}, "the first magazine has at least one slot"),
    ({"magazine_size": 12, "first_magazine_lacks": 12}, "the first magazine has at least one slot"),
    ({"drive_density": 0x58}, "drive_density must be one of 73, 92, 94"),
)


def made(fields: dict[str, Any]) -> State:
    return new_state("bench", changed(PROFILES["demo"], PLAIN | fields))


def test_library_can_be_up_to_its_limits() -> None:
    for fields in CAN_BE:
        profile = made(fields).profile
        assert {name: getattr(profile, name) for name in fields} == fields


def test_library_beyond_its_limits_can_not_be() -> None:
    for fields, message in CAN_NOT_BE:
        with pytest.raises(SimulatorRefused) as caught:
            made(fields)
        assert message in caught.value.message, fields


def test_model_of_a_drive_has_limits_of_its_own() -> None:
    for fields, message in (
        ({"vendor": "x" * 9}, "drive_vendor must be at most 8 ASCII characters: 'xxxxxxxxx'"),
        ({"density": 0}, "drive_density must be one of 73, 92, 94"),
        ({"family": "dds"}, "no drive belongs to the family 'dds'"),
        ({"cleans_allowed": -1}, "cleans_allowed can't be below 0"),
    ):
        values: dict[str, Any] = {
            "vendor": "V",
            "product": "P",
            "revision": "R",
            "density": 0x49,
            **fields,
        }
        with pytest.raises(SimulatorRefused) as caught:
            DriveModel(**values).check()
        assert caught.value.message == message
    for family in ("", "lto", "dlt"):
        DriveModel(
            vendor="", product="", revision="", density=0x49, family=family, cleans_allowed=0
        ).check()


def test_label_of_a_cleaner_says_which_drives_it_fits() -> None:
    ends = ["CU", "C1", "C2", "C3", "L1", "S", "S1", "D", "V", "", "L8", "CUX", "cu"]
    families = [family_of_cleaner(f"CLN001{end}") for end in ends]
    assert families == ["lto"] * 5 + ["dlt"] * 4 + [""] * 4
    for given, labels in (
        ((), ["CLN001CU", "CLN002CU", "CLN010CU"]),
        (("dlt",), ["CLN001S", "CLN002S", "CLN010S"]),
        (("lto", "dlt"), ["CLN001CU", "CLN002S", "CLN010S"]),
    ):
        assert [cleaner_tag(number, given) for number in (1, 2, 10)] == labels


@pytest.mark.parametrize(
    ("size", "lacks", "magazines"),
    [
        (0, 0, []),
        (12, 0, [range(1001, 1013)]),
        (5, 0, [range(1001, 1006), range(1006, 1011), range(1011, 1013)]),
        (5, 3, [range(1001, 1003), range(1003, 1008), range(1008, 1013)]),
        (13, 0, [range(1001, 1013)]),
        (12, 1, [range(1001, 1012), range(1012, 1013)]),
    ],
)
def test_slots_are_divided_among_magazines(size: int, lacks: int, magazines: list[range]) -> None:
    geometry = made({"magazine_size": size, "first_magazine_lacks": lacks}).geometry
    assert [geometry.magazine(n + 1) for n in range(geometry.magazines)] == magazines
    of_each = {a: geometry.magazine_of(a) for a in (1000, 1013, 101, 500, *range(1001, 1013))}
    assert {a: n for a, n in of_each.items() if n is not None} == {
        address: number for number, there in enumerate(magazines, 1) for address in there
    }


def test_kinds_of_addresses_end_where_they_end() -> None:
    geometry = Geometry(
        {Kind.TRANSPORT: range(1), Kind.STORAGE: range(1, 3), Kind.DRIVE: range(4, 5)}, 0
    )
    kinds = [geometry.kind_of(address) for address in range(-1, 6)]
    transport, storage, drive = Kind.TRANSPORT, Kind.STORAGE, Kind.DRIVE
    assert kinds == [None, transport, storage, storage, None, drive, None]


# files

TAKEN: tuple[list[Any], ...] = (
    [1001, "", 0, None, False, 0, 0],
    [1001, "x" * 32, 7, 0, True, 5, 50],
    [101, "A", 1, 65535, False, 0, 0],
)
REFUSED: tuple[list[Any], ...] = (
    [1001, "x" * 33, 1, None, False, 0, 0],
    [1001, "é", 1, None, False, 0, 0],
    [1001, None, 1, None, False, 0, 0],
    [1001, "A", 8, None, False, 0, 0],
    [1001, "A", -1, None, False, 0, 0],
    [1001, "A", 1, 65536, False, 0, 0],
    [1001, "A", 1, -1, False, 0, 0],
    [1001, "A", 1, True, False, 0, 0],
    [1001, "A", 1, None, 0, 0, 0],
    [1001, "A", 1, None, False, True, 0],
    [1001, "A", 1, None, False, 0, 1.0],
    [1001.0, "A", 1, None, False, 0, 0],
)


def text_of(state: State, **values: Any) -> bytes:
    return json.dumps(json.loads(dump_state(state)) | values).encode()


def test_row_of_a_cartridge_is_taken_or_the_file_is_damaged() -> None:
    state = made({})
    for row in TAKEN:
        read = load_state("bench", text_of(state, cartridges=[row]))
        names = ("tag", "medium_type", "source_address", "operator_placed")
        fields = dict(zip((*names, "cleans_used", "cleans_allowed"), row[1:], strict=True))
        assert read.cartridges == {row[0]: Cartridge(**fields)}
        assert json.loads(dump_state(read))["cartridges"] == [row]
    damaged = "the file of virtual library 'bench' is damaged: "
    for row in REFUSED:
        with pytest.raises(SimulatorRefused) as caught:
            load_state("bench", text_of(state, cartridges=[row]))
        assert caught.value.message == f"{damaged}the cartridge at {row[0]!r} is not a cartridge"


ROW = ["A", 1, None, False, 0, 0]
CONTRADICTIONS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"drives": []}, "drives: 0 instead of 2"),
    ({"drives": [{}] * 3}, "drives: 3 instead of 2"),
    ({"drives": [{"serial": "x" * 11}, {}]}, "a drive's serial number has at most 10 ASCII"),
    ({"cartridges": [[1000, *ROW]]}, "a cartridge lies at 1000, where there is no element"),
    ({"cartridges": [[1013, *ROW]]}, "a cartridge lies at 1013, where there is no element"),
    ({"cartridges": [[1001, *ROW]]}, "a cartridge lies at 1001, where there is no element"),
    ({"removed": [[0, []]]}, "magazine 0 can't be out with what is in it"),
    ({"removed": [[3, []]]}, "magazine 3 can't be out with what is in it"),
    ({"removed": [[1, [[1007, *ROW]]]]}, "magazine 1 can't be out with what is in it"),
    ({"removed": []}, "the magazines that are out are not those that were pulled"),
    ({"removed": [[2, []]]}, "the magazines that are out are not those that were pulled"),
    ({"faults": []}, "the magazines that are out are not those that were pulled"),
    ({"version": 3}, "was written by a newer version of this program (format 3, known 2)"),
)


def test_file_that_contradicts_itself_is_damaged() -> None:
    state = made({"magazine_size": 6})
    apply_fault(state, Fault(name="magazine-out", magazine=1), now=0.0)
    for values in ({}, {"removed": [[1, [[1006, *ROW]]]]}, {"cartridges": [[1007, *ROW]]}):
        assert dump_state(load_state("bench", text_of(state, **values)))
    for values, message in CONTRADICTIONS:
        with pytest.raises(SimulatorRefused) as caught:
            load_state("bench", text_of(state, **values))
        assert message in caught.value.message
