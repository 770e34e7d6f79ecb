"""What a library is, what single models do differently, and what a model has shown once."""

from __future__ import annotations

import string
from dataclasses import dataclass, field

import pytest
from driver_support import DT, IE, MT, ST, assignment, unhurried
from hypothesis import given
from hypothesis import strategies as some

from changer.library.model import (
    ACCESS_NOT_REPORTED,
    ANSWERS_AT_REST,
    ANSWERS_TYPE_ZERO,
    QUIRKS,
    TAGS_OF_EIGHT,
    Identity,
    UnitMemory,
    has_quirk,
)
from changer.smc.elements import ElementType
from changer.smc.mode_sense import DeviceCapabilities

SAFE = set(string.ascii_letters + string.digits + ".+-_")


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("vendor", "product", "serial", "expected"),
    [
        ("IBM", "3573-TL", "00L4U78K1234_LL0", "IBM_3573-TL_00L4U78K1234_LL0"),
        ("HP", "MSL G3 Series", "DE61200123", "HP_MSL_G3_Series_DE61200123"),
        ("STK", "L700", None, "STK_L700"),
        ("STK", "L700", "", "STK_L700"),
        ("", "L700", "1", "L700_1"),
        ("ADIC", "Scalar i500", "ADICA0C0011222_LLA", "ADIC_Scalar_i500_ADICA0C0011222_LLA"),
        ("A/B", "..", "x/../y", "A_B_.._x_.._y"),
        ("A  B", "C", "D", "A_B_C_D"),
        (" A ", "_C_", "D", "A_C_D"),
        ("V", "P", "naa.5001", "V_P_naa.5001"),
        ("V", "P", "é\x00\x1b", "V_P"),
    ],
)
def test_an_id_is_what_the_library_says_of_itself(
    vendor: str, product: str, serial: str | None, expected: str
) -> None:
    assert Identity(vendor, product, "R", serial).id == expected


@unhurried
@given(some.text(max_size=12), some.text(max_size=20), some.none() | some.text(max_size=20))
def test_an_id_is_safe_in_paths_and_on_command_lines(
    vendor: str, product: str, serial: str | None
) -> None:
    found = Identity(vendor, product, "R", serial).id
    assert set(found) <= SAFE
    assert not found.startswith("_") and not found.endswith("_")


def test_the_firmware_is_no_part_of_the_id() -> None:
    assert Identity("V", "P", "1.0", "S").id == Identity("V", "P", "2.0", "S").id


@pytest.mark.parametrize(
    ("vendor", "product", "name"),
    [("IBM", "3573-TL", "IBM 3573-TL"), ("", "L700", "L700"), ("STK", "", "STK"), ("", "", "")],
)
def test_a_library_has_a_name_for_people(vendor: str, product: str, name: str) -> None:
    assert Identity(vendor, product, "R", "S").name == name


def test_every_quirk_has_its_evidence_and_says_whose_it_is() -> None:
    for row in QUIRKS:
        assert row.evidence and row.name
        said = [value for value in (row.vendor, row.product, row.t10_vendor) if value]
        assert said, "a row for every model is no quirk"


def test_only_listed_models_answer_type_0() -> None:
    virtual = Identity("CHANGER", "VIRTUAL", "0100", "SIM1")
    assert has_quirk(ANSWERS_TYPE_ZERO, virtual)
    for other in (
        Identity("CHANGER", "AUTOLOADER", "0100", "SIM1"),
        Identity("STK", "VIRTUAL", "0100", "SIM1"),
        Identity("STK", "L700", "0107", "1"),
        Identity("IET", "VIRTUAL-CHANGER", "0001", "1"),
        Identity("", "", "", None),
    ):
        assert not has_quirk(ANSWERS_TYPE_ZERO, other)
    assert not has_quirk("no such quirk", virtual)


def test_only_listed_models_answer_at_rest_alone() -> None:
    assert has_quirk(ANSWERS_AT_REST, Identity("CHANGER", "VIRTUAL", "0100", "SIM1"))
    assert has_quirk(ANSWERS_AT_REST, Identity("STK", "L700", "0107", "1", t10_vendor="IET"))
    assert has_quirk(ANSWERS_AT_REST, Identity("EXABYTE", "LTO 1x7 2U", "0001", "1"))
    for other in (
        Identity("CHANGER", "AUTOLOADER", "0100", "SIM1"),
        Identity("STK", "L700", "0107", "1", t10_vendor="STK"),
        Identity("IET", "VIRTUAL-CHANGER", "0001", "1"),
        Identity("IBM", "03584L22", "A480", "1"),
        Identity("", "", "", None),
    ):
        assert not has_quirk(ANSWERS_AT_REST, other)


def test_only_listed_models_have_tags_of_eight_bytes() -> None:
    for product in ("LTO 1x7 2U", "MAGNUM 224", "MAGNUM 448"):
        assert has_quirk(TAGS_OF_EIGHT, Identity("EXABYTE", product, "0001", "1"))
    for vendor, product in (("EXABYTE", "Exabyte X80"), ("HP", "MAGNUM 224"), ("", "")):
        assert not has_quirk(TAGS_OF_EIGHT, Identity(vendor, product, "0001", "1"))


def test_a_quirk_can_be_known_by_who_made_the_target() -> None:
    imitates = Identity("STK", "L700", "0107", "1", t10_vendor="IET")
    assert has_quirk(ACCESS_NOT_REPORTED, imitates)
    assert not has_quirk(ACCESS_NOT_REPORTED, Identity("STK", "L700", "0107", "1"))
    assert not has_quirk(ACCESS_NOT_REPORTED, Identity("IET", "L700", "0107", "1"))
    assert not has_quirk(ANSWERS_TYPE_ZERO, imitates)


@dataclass
class FakeStore:
    """Keeps text by library, as the state store does, and counts how often it is asked."""

    kept: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: int = 0

    def capabilities(self, library_id: str) -> dict[str, str]:
        self.asked += 1
        return dict(self.kept.get(library_id, {}))

    def learn_capability(self, library_id: str, name: str, value: str) -> None:
        self.kept.setdefault(library_id, {})[name] = value

    def forget_capabilities(self, library_id: str) -> None:
        self.kept.pop(library_id, None)


def remember(store: FakeStore | None, library_id: str = "V_P_1") -> UnitMemory:
    return UnitMemory(library_id, store)


pairs = some.frozensets(some.tuples(some.sampled_from(ElementType), some.sampled_from(ElementType)))


def test_nothing_is_refused_at_first() -> None:
    assert not remember(FakeStore()).lacks("volume-tags")
    assert remember(FakeStore()).device_capabilities() is None


@pytest.mark.parametrize("store", [None, FakeStore()])
def test_a_refusal_is_known_from_then_on(store: FakeStore | None) -> None:
    memory = remember(store)
    memory.learn_refusal("volume-tags")
    assert memory.lacks("volume-tags")
    assert not memory.lacks("device-identifiers")


def test_a_refusal_outlives_the_process_and_is_the_units_own() -> None:
    # A bar code reader, for one, is an option: loaderinfo (mtx), "Bar Code Reader"; Dell ML6000,
    # INQUIRY, BarC.
    store = FakeStore()
    remember(store).learn_refusal("volume-tags")
    assert remember(store).lacks("volume-tags")
    assert not remember(store, "V_P_2").lacks("volume-tags"), "another of its model"
    assert not remember(None).lacks("volume-tags")


def test_what_was_learned_is_true_for_the_numbers_of_elements_that_there_were() -> None:
    store = FakeStore()
    memory = remember(store)
    memory.note_geometry(assignment(mail=(0, 0)))
    memory.learn_refusal("volume-tags")
    memory.learn_device_capabilities(
        DeviceCapabilities(frozenset(), frozenset({(ST, DT)}), frozenset())
    )
    again = remember(store)
    again.note_geometry(assignment(mail=(0, 0), slots=(2000, 12)))
    assert again.lacks("volume-tags"), "addresses alone say nothing of what it can"
    again.note_geometry(assignment())
    for each in (again, remember(store)):
        assert not each.lacks("volume-tags")
        assert each.device_capabilities() is None


def test_what_was_learned_without_the_numbers_of_elements_is_asked_anew() -> None:
    store = FakeStore()
    remember(store).learn_refusal("volume-tags")
    memory = remember(store)
    assert memory.lacks("volume-tags")
    memory.note_geometry(assignment())
    assert not memory.lacks("volume-tags")


def test_the_store_is_asked_once() -> None:
    store = FakeStore()
    memory = remember(store)
    for _ in range(5):
        memory.lacks("volume-tags")
        memory.device_capabilities()
    assert store.asked == 1


def test_the_store_is_not_asked_before_something_is_to_be_known() -> None:
    store = FakeStore()
    remember(store)
    assert store.asked == 0


@unhurried
@given(moves=pairs, exchanges=pairs, stores=some.frozensets(some.sampled_from(ElementType)))
def test_moves_and_exchanges_are_kept_as_they_were_said(
    moves: frozenset[tuple[ElementType, ElementType]],
    exchanges: frozenset[tuple[ElementType, ElementType]],
    stores: frozenset[ElementType],
) -> None:
    store = FakeStore()
    remember(store).learn_device_capabilities(DeviceCapabilities(stores, moves, exchanges))
    known = remember(store).device_capabilities()
    assert known is not None
    assert (known.moves, known.exchanges) == (moves, exchanges)


def test_a_page_that_allows_nothing_is_known_too() -> None:
    store = FakeStore()
    nothing = DeviceCapabilities(frozenset(), frozenset(), frozenset())
    remember(store).learn_device_capabilities(nothing)
    assert remember(store).device_capabilities() == nothing


def test_half_a_record_is_no_record() -> None:
    # A process may die between the two.
    store = FakeStore({"V_P_1": {"exchanges": "22"}})
    assert remember(store).device_capabilities() is None


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize("value", ["9", "99", "x", "2", "24 2", "\u0664\u0664", "2x", "24,22"])
def test_a_record_that_cannot_be_read_is_no_record(value: str) -> None:
    store = FakeStore({"V_P_1": {"moves": value}})
    assert remember(store).device_capabilities() is None


def test_everything_is_dropped_when_the_device_changed() -> None:
    store = FakeStore()
    other = remember(store, "V_P_2")
    other.learn_refusal("volume-tags")
    memory = remember(store)
    memory.learn_refusal("volume-tags")
    memory.learn_device_capabilities(
        DeviceCapabilities(frozenset(), frozenset({(ST, DT), (MT, IE)}), frozenset())
    )
    memory.forget()
    assert not memory.lacks("volume-tags")
    assert memory.device_capabilities() is None
    assert not remember(store).lacks("volume-tags")
    assert remember(store, "V_P_2").lacks("volume-tags")


def test_forgetting_without_a_store_is_forgetting() -> None:
    memory = remember(None)
    memory.learn_refusal("volume-tags")
    memory.forget()
    assert not memory.lacks("volume-tags")
