"""Insert, eject and clean: what refuses them, in which order, and that nothing changes by it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from driver.virtual_library import error_of
from users import import_everything

from changer.journal.operations import ntms_result

from .cleaner_library import CleanerLibrary
from .refusals import CONDITIONS, Case, Condition, Function, fresh_case, pairs

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
    """A call that would succeed, on a fresh demo library."""
    return lambda function: fresh_case(CleanerLibrary(folder), function)


@pytest.mark.parametrize("function", ["insert", "eject", "clean"])
def test_call_succeeds_when_nothing_speaks_against_it(
    make_case: MakeCase, function: Function
) -> None:
    make_case(function).call()


@pytest.mark.parametrize(("function", "condition"), ROWS)
def test_refusal_has_its_code_stands_in_the_history_and_changes_nothing(
    make_case: MakeCase, function: Function, condition: Condition
) -> None:
    case = make_case(function)
    state = case.library.state
    condition.arrange(case)
    case.library.state, named = state, case.library.state
    before = case.library.everything_that_matters()
    operations = len(case.library.rows("operations"))
    case.library.state = named
    error = error_of(case.call)
    case.library.state = state
    assert error is not None, "it was not refused"
    assert error.code == condition.code
    assert error.message and error.ntms is not None
    assert case.library.everything_that_matters() == before
    new = case.library.rows("operations")[operations:]
    if CONDITIONS.index(condition) <= _last_before_operations():
        assert not new, "what never reached the library is no operation of it"
        return
    result = ntms_result(function, error)
    assert result is not None
    assert [(each["kind"], each["state"], each["result_code"]) for each in new] == [
        (function, "failed", result.code)
    ]


def _last_before_operations() -> int:
    return next(index for index, each in enumerate(CONDITIONS) if each.id == "disabled")


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
    error = error_of(case.call)
    assert error is not None, "it was not refused"
    assert error.code == earlier.code


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
    error = error_of(case.call)
    assert error is not None and error.code == "slot-not-present"
