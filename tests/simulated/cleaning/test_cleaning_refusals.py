"""The cleaner functions: what refuses them, in which order, and that nothing changes by it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from driver.virtual_library import VirtualLibrary, error_of
from users import import_everything

from changer.cleaning.slot import release, reserve
from changer.journal.operations import ntms_result
from changer.library.addressing import parse_place

from .cleaner_library import ADDRESS, CleanerLibrary, LastOperation, refusal
from .refusals import CONDITIONS, EVERY, Case, Condition, Function, fresh_case, pairs

MakeCase = Callable[[Function], Case]


@pytest.fixture(scope="module", autouse=True)
def _modules() -> None:
    import_everything()


@pytest.fixture
def make_case(folder: Path) -> MakeCase:
    """A call that would succeed, on a fresh demo library, in a folder that every user can enter."""
    return lambda function: fresh_case(CleanerLibrary(folder), function)


@pytest.mark.parametrize("function", EVERY)
def test_call_succeeds_when_nothing_speaks_against_it(
    make_case: MakeCase, function: Function
) -> None:
    case = make_case(function)
    done = case.call()
    assert done.address == (500 if function == "clean" else ADDRESS)
    assert function == "clean" or done.slot == 4
    assert case.library.reserved == (None if function == "release" else ADDRESS)
    assert case.library.last == LastOperation(function, "completed", "ERROR_SUCCESS")
    (row,) = [row for row in case.library.rows("operations") if row["id"] == done.operation_id]
    assert (row["result_code"], row["slot_address"]) == (0, ADDRESS)


@pytest.mark.parametrize(
    ("function", "condition"),
    [
        pytest.param(function, each, id=f"{function}-{each.id}")
        for each in CONDITIONS
        for function in each.functions
    ],
)
def test_refusal_has_its_error_stands_in_the_history_and_changes_nothing(
    make_case: MakeCase, function: Function, condition: Condition
) -> None:
    case = make_case(function)
    state = case.library.state
    condition.arrange(case)
    case.library.state, named = state, case.library.state
    before = case.library.everything_that_matters()
    operations = len(case.library.rows("operations"))
    case.library.state = named
    error = refusal(case.call)
    case.library.state = state
    assert type(error) is condition.error
    assert error.message and error.ntms is not None
    assert case.library.everything_that_matters() == before
    new = case.library.rows("operations")[operations:]
    if CONDITIONS.index(condition) <= _LAST_BEFORE_OPERATIONS:
        assert not new, "what never reached the library is no operation of it"
        return
    result = ntms_result(function, error)
    assert result is not None
    assert [
        (each["kind"], each["state"], each["result_name"], each["result_code"]) for each in new
    ] == [(function, "failed", result.name, result.code)]


_LAST_BEFORE_OPERATIONS = [each.id for each in CONDITIONS].index("disabled")


@pytest.mark.rows(one_in=30)
@pytest.mark.parametrize(
    ("function", "earlier", "later"),
    [pytest.param(f, a, b, id=f"{f}-{a.id}-before-{b.id}") for f, a, b in pairs()],
)
def test_of_two_that_refuse_the_earlier_answers(
    make_case: MakeCase, function: Function, earlier: Condition, later: Condition
) -> None:
    case = make_case(function)
    # The later one first: what hides the library would be in the way of the other.
    later.arrange(case)
    earlier.arrange(case)
    assert type(refusal(case.call)) is earlier.error


def test_library_that_is_offline_answers_clean_as_rsm_does(make_case: MakeCase) -> None:
    case = make_case("clean")
    case.library.fault("offline")
    error_of(case.call)
    assert case.library.last.result == "ERROR_RESOURCE_NOT_PRESENT"


@pytest.mark.parametrize("function", ["insert", "eject", "clean"])
def test_slot_that_is_outside_the_library_now_is_not_present(
    make_case: MakeCase, function: Function
) -> None:
    case = make_case(function)
    case.library.execute("UPDATE reservations SET slot_address = 4711")
    assert refusal(case.call).code == "slot-not-present"


@pytest.mark.parametrize("place", ["drive:0", "mail:1", "picker", "A00001L8", "tag:12"])
def test_only_a_slot_or_an_address_can_be_reserved(demo: CleanerLibrary, place: str) -> None:
    commands = demo.commands.total()
    with demo.open() as library:
        assert refusal(lambda: reserve(library, parse_place(place))).code == "usage"
    assert demo.commands.total() == commands


@pytest.mark.parametrize("place", ["0", "13", "99999", "@0", "@500", "@101", "@1", "@1013"])
def test_address_of_no_storage_element_is_an_invalid_slot(demo: CleanerLibrary, place: str) -> None:
    with demo.open() as library:
        assert refusal(lambda: reserve(library, parse_place(place))).code == "invalid-slot"


def test_slot_can_be_reserved_by_its_address_and_not_twice(demo: CleanerLibrary) -> None:
    with demo.open() as library:
        assert reserve(library, parse_place("@0x3ec")).slot == 4
        assert refusal(lambda: reserve(library, parse_place("4"))).code == "already-reserved"
        release(library)
    assert demo.reserved is None


def test_each_library_has_a_reservation_of_its_own(folder: Path) -> None:
    one, other = VirtualLibrary(folder / "one"), VirtualLibrary(folder / "two", serial="OTHER")
    other.state = one.state
    one.reserve("4")
    with other.open() as library:
        reserve(library, parse_place("6"))
    assert (one.reserved, other.reserved) == (1004, 1006)
