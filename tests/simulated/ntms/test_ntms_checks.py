"""The RSM functions: what refuses them, by which number, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cleaning.cleaner_library import CleanerLibrary
from users import import_everything

from changer import ntms

from .ntms_case import CONDITIONS, FUNCTIONS, Case, Condition, Function, fresh_case, pairs

MakeCase = Callable[[Function], Case]


@pytest.fixture(scope="module", autouse=True)
def _modules() -> None:
    import_everything()


@pytest.fixture
def make_case(folder: Path) -> MakeCase:
    """A call on a fresh demo library, in a folder that every user can enter."""
    return lambda function: fresh_case(CleanerLibrary(folder), function)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_nothing_speaks_against_it(make_case: MakeCase, function: Function) -> None:
    case = make_case(function)
    assert case.call() == ntms.ERROR_SUCCESS


@pytest.mark.parametrize(
    ("function", "condition"),
    [
        pytest.param(function, each, id=f"{function}-{each.id}")
        for each in CONDITIONS
        for function in each.functions
    ],
)
def test_refusal_has_the_number_of_its_row_and_changes_nothing(
    make_case: MakeCase, function: Function, condition: Condition
) -> None:
    case = make_case(function)
    state = case.library.state
    condition.arrange(case)
    given = case.operation.id if case.operation else None
    named, case.library.state = case.library.state, state
    before = case.library.everything_that_matters()
    case.library.state = named
    assert case.call() == condition.code == getattr(ntms, condition.name)
    case.library.state = state
    assert case.library.everything_that_matters() == before
    assert (case.operation.id if case.operation else None) == given


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
    assert case.call() == earlier.code
