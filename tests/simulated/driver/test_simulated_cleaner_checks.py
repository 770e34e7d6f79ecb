"""Reserve and release: what refuses them, by which name and number, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from users import import_everything

from changer.cleaning.slot import release, reserve
from changer.errors import ChangerError, NtmsResult
from changer.library.addressing import parse_place

from .cleaner_case import CONDITIONS, Case, Condition, Function, fresh_case, pairs
from .virtual_library import VirtualLibrary, error_of

MakeCase = Callable[[Function], Case]
ROWS = [
    pytest.param(function, each, id=f"{function}-{each.id}")
    for each in CONDITIONS
    for function in each.functions
]


@pytest.fixture(scope="module", autouse=True)
def _modules() -> None:
    import_everything()


@pytest.fixture
def make_case(folder: Path) -> MakeCase:
    """A call on a fresh demo library, in a folder that every user can enter."""
    return lambda function: fresh_case(VirtualLibrary(folder), function)


def refusal_of(case: Case) -> ChangerError:
    error = error_of(case.call)
    assert error is not None, "it was not refused"
    return error


def test_slot_is_reserved_when_nothing_speaks_against_it(make_case: MakeCase) -> None:
    case = make_case("reserve")
    done = case.call()
    assert (done.slot, done.address) == (4, 1004)
    assert case.library.reserved == 1004


def test_slot_is_released_when_nothing_speaks_against_it(make_case: MakeCase) -> None:
    case = make_case("release")
    done = case.call()
    assert (done.slot, done.address) == (4, 1004)
    assert case.library.reserved is None


@pytest.mark.parametrize(("function", "condition"), ROWS)
def test_refusal_has_the_name_and_number_of_its_row(
    make_case: MakeCase, function: Function, condition: Condition
) -> None:
    case = make_case(function)
    condition.arrange(case)
    assert refusal_of(case).ntms == NtmsResult(condition.name, condition.code)


@pytest.mark.parametrize(("function", "condition"), ROWS)
def test_refusal_changes_nothing(
    make_case: MakeCase, function: Function, condition: Condition
) -> None:
    case = make_case(function)
    state = case.library.state
    condition.arrange(case)
    case.library.state, named = state, case.library.state
    before = case.library.everything_that_matters()
    case.library.state = named
    refusal_of(case)
    case.library.state = state
    assert case.library.everything_that_matters() == before


@pytest.mark.parametrize(
    ("function", "earlier", "later"),
    [pytest.param(f, a, b, id=f"{f}-{a.id}-before-{b.id}") for f, a, b in pairs()],
)
def test_of_two_that_refuse_the_earlier_answers(
    make_case: MakeCase, function: Function, earlier: Condition, later: Condition
) -> None:
    case = make_case(function)
    # The later one first: what hides the library would be in the way of the other.
    for condition in sorted((earlier, later), key=CONDITIONS.index, reverse=True):
        condition.arrange(case)
    assert refusal_of(case).ntms == NtmsResult(earlier.name, earlier.code)


@pytest.mark.parametrize("place", ["drive:0", "mail:1", "picker", "A00001L8", "tag:12"])
def test_only_a_slot_or_an_address_can_be_reserved(demo: VirtualLibrary, place: str) -> None:
    with demo.open() as library:
        error = error_of(lambda: reserve(library, parse_place(place)))
    assert error is not None
    assert error.ntms == NtmsResult("ERROR_INVALID_PARAMETER", 87)
    assert demo.commands.total() == 0


@pytest.mark.parametrize("place", ["0", "13", "99999", "@0", "@500", "@101", "@1", "@1013"])
def test_address_of_no_storage_element_is_an_invalid_slot(demo: VirtualLibrary, place: str) -> None:
    with demo.open() as library:
        error = error_of(lambda: reserve(library, parse_place(place)))
    assert error is not None
    assert error.ntms == NtmsResult("ERROR_INVALID_SLOT", 487)


def test_slot_can_be_reserved_by_its_address(demo: VirtualLibrary) -> None:
    with demo.open() as library:
        assert reserve(library, parse_place("@0x3ec")).slot == 4


@pytest.mark.parametrize(("function", "condition"), ROWS)
def test_refused_operation_stands_in_the_history(
    make_case: MakeCase, function: Function, condition: Condition
) -> None:
    case = make_case(function)
    state = case.library.state
    condition.arrange(case)
    before = len(_operations(case, state))
    refusal_of(case)
    new = _operations(case, state)[before:]
    if condition.code in (6, 87, 2250, 4301, 5, 4309):
        assert not new, "what never reached the library is no operation of it"
        return
    assert [(each["kind"], each["state"], each["result_code"]) for each in new] == [
        (function, "failed", condition.code)
    ]


def _operations(case: Case, state: Path) -> list[dict[str, object]]:
    named, case.library.state = case.library.state, state
    rows = case.library.rows("operations")
    case.library.state = named
    return rows


def test_done_operations_stand_in_the_history(demo: VirtualLibrary) -> None:
    with demo.open() as library:
        reserve(library, parse_place("4"))
        release(library)
    told = [
        (row["kind"], row["state"], row["result_name"], row["result_code"], row["slot_address"])
        for row in demo.rows("operations")
    ]
    assert told == [
        ("reserve", "completed", "ERROR_SUCCESS", 0, 1004),
        ("release", "completed", "ERROR_SUCCESS", 0, 1004),
    ]


def test_reserving_again_the_same_slot_is_refused(demo: VirtualLibrary) -> None:
    demo.reserve("4")
    with demo.open() as library:
        error = error_of(lambda: reserve(library, parse_place("4")))
    assert error is not None
    assert error.code == "already-reserved"


def test_each_library_has_a_reservation_of_its_own(folder: Path) -> None:
    one, other = VirtualLibrary(folder / "one"), VirtualLibrary(folder / "two", serial="OTHER")
    other.state = one.state
    one.reserve("4")
    with other.open() as library:
        reserve(library, parse_place("6"))
    assert (one.reserved, other.reserved) == (1004, 1006)
