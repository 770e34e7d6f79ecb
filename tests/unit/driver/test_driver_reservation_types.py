"""Types of reservations by model, and what a fence needs; each row is said, and none is idle."""

from __future__ import annotations

import pytest

from changer.library import known_model
from changer.library.fence_type import find_lack, lack_words
from changer.library.known_model import known_habits
from changer.library.model import Identity
from changer.smc.atlas import reservations
from changer.smc.atlas.evidence import SIMULATOR
from changer.smc.atlas.reservations import RESERVATION_TYPES, RESERVATIONS, ReservationRow
from changer.smc.elements import Model
from changer.smc.makers import Maker
from changer.smc.persistent_reserve import ReservationCapabilities, ReservationType

CASES = {
    "QUANTUM:Scalar i500": "types 3h and 6h",
    "DELL:ML6000": "types 3h and 6h",
    "STK:SL500": "types 3h and 6h",
    "STK:SL150": "types 3h, 6h and 8h",
    "QUANTUM:UHDL": "types 1h, 3h, 5h and 6h",
    "IBM:03584L32": "RESERVE alone",
    "EXABYTE:LTO 1x7 2U": "RESERVE alone",
    "EXABYTE:MAGNUM 224": "",
    "STK:L700": "",
    "ACME:TAPEBOX": "",
}
ACME = Model("ACME", "TAPEBOX")
# As a manual might list them: two types, and none of them the one that a fence takes.
SHARED = frozenset({ReservationType(5), ReservationType(6)})
ROW = ReservationRow(SHARED, (Maker("Acme", "ACME"),), SIMULATOR.at())


def model_of(inquiry: str) -> Model:
    vendor, _, product = inquiry.partition(":")
    return Model(vendor, product)


def said(inquiry: str) -> str:
    vendor, product, _ = model_of(inquiry)
    told = known_habits(Identity(vendor, product, "1.0", "S1"))
    return "; ".join(each.words for each in told if each.name == RESERVATION_TYPES)


@pytest.mark.parametrize(("inquiry", "expected"), CASES.items())
def test_the_types_of_its_model_are_said_of_a_library(inquiry: str, expected: str) -> None:
    assert said(inquiry).endswith(expected)
    assert bool(said(inquiry)) == bool(expected)


def test_no_row_is_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    idle = []
    for row in RESERVATIONS:
        left = tuple(each for each in RESERVATIONS if each is not row)
        monkeypatch.setattr(known_model, "RESERVATIONS", left)
        if all(said(inquiry).endswith(expected) for inquiry, expected in CASES.items()):
            idle.append(row)
    assert idle == []


def test_every_row_has_evidence_and_is_the_only_one_of_its_makers() -> None:
    makers = [maker for row in RESERVATIONS for maker in row.makers]
    assert len(makers) == len({*makers})
    assert all(row.evidence for row in RESERVATIONS)


# What a fence needs


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reservations, "RESERVATIONS", (ROW,))


def reports(types: frozenset[ReservationType] | None) -> ReservationCapabilities:
    return ReservationCapabilities(persists=True, types=types)


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize("capabilities", [None, reports(None)])
def test_a_model_that_lists_other_types_alone_has_no_fence_where_the_library_is_silent(
    capabilities: ReservationCapabilities | None,
) -> None:
    lack = find_lack(capabilities, ACME)
    assert lack is not None
    assert lack.endswith("(Exclusive Access, 3h): it has types 5h and 6h")


@pytest.mark.usefixtures("listed")
def test_what_a_library_reports_goes_before_what_its_model_lists() -> None:
    assert find_lack(reports(frozenset({ReservationType(3)})), ACME) is None
    lack = find_lack(reports(frozenset({ReservationType(1)})), Model("QUANTUM", "Scalar i500"))
    assert lack is not None and lack.endswith("it has type 1h")


def test_a_library_that_reports_no_type_has_no_fence() -> None:
    lack = find_lack(reports(frozenset()), ACME)
    assert lack is not None and lack.endswith("it has no type at all")


@pytest.mark.parametrize("inquiry", ["ACME:TAPEBOX", "QUANTUM:Scalar i500", "IBM:03584L32"])
def test_where_nothing_speaks_against_it_the_reservation_will_tell(inquiry: str) -> None:
    """An IBM lists none: but a drive that is its control path may have answered."""
    assert find_lack(None, model_of(inquiry)) is None


@pytest.mark.parametrize(
    ("inquiry", "words"),
    [
        ("ACME:TAPEBOX", "the library has no persistent reservations"),
        ("IBM:03584L32", ", and none are listed for its model"),
        ("STK:SL150", ", although types 3h, 6h and 8h are listed for its model"),
    ],
)
def test_a_library_without_them_is_held_against_its_model(inquiry: str, words: str) -> None:
    assert lack_words(model_of(inquiry)).endswith(words)
