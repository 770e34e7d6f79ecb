"""docs/ntms.md says what the code has, and nothing that it has not."""

from __future__ import annotations

import inspect
import re
from itertools import groupby

import documents
import pytest
from documents import code

from changer import ntms
from changer.api import LibraryCleaner, TapeLibrary
from changer.cli.commands import COMMANDS
from changer.errors import error_classes
from changer.journal.operations import ntms_result
from changer.ntms import functions
from changer.ntms.identifiers import NAMESPACE

from .ntms_case import CONDITIONS, STOPS

DOCUMENT = documents.document("docs/ntms.md")
CONSTANTS = {
    name: value for name, value in vars(functions).items() if re.match("ERROR_|NTMS_", name)
}
FUNCTIONS = {
    name: function
    for name, function in vars(functions).items()
    if re.match("[A-Z][a-z]+Ntms", name)
}


def table(section: str) -> list[list[str]]:
    return documents.table("docs/ntms.md", section)


def test_functions_have_the_names_and_parameters_of_the_code() -> None:
    documented = {code(row[0])[0] for row in table("Functions")}
    assert documented == {f"{name}({', '.join(_positional(name))})" for name in FUNCTIONS}


def _positional(name: str) -> list[str]:
    return [
        each.name
        for each in inspect.signature(FUNCTIONS[name]).parameters.values()
        if each.kind is not inspect.Parameter.KEYWORD_ONLY
    ]


def test_a_function_that_it_does_not_have_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'MountNtmsMedia'"):
        _ = ntms.MountNtmsMedia


def test_parameters_are_those_of_the_functions() -> None:
    taken = {parameter for name in FUNCTIONS for parameter in _positional(name)}
    assert {code(row[0])[0] for row in table("Parameters")} == taken
    keywords = set(inspect.signature(ntms.OpenNtmsSession).parameters) - taken
    assert all(f"`{each}`" in DOCUMENT for each in keywords)


@pytest.mark.parametrize("row", table("Functions"), ids=lambda row: row[0])
def test_commands_and_methods_exist(row: list[str]) -> None:
    for command in code(row[1]):
        assert command.split()[1] in {entry.name for entry in COMMANDS}
    for call in code(row[2]):
        *owner, method = call.partition("(")[0].split(".")
        assert hasattr(_owner(owner), method), call


def _owner(path: list[str]) -> object:
    import changer

    return {"changer": changer, "library": TapeLibrary, "library.cleaner": LibraryCleaner}[
        ".".join(path)
    ]


def test_checks_are_in_the_order_that_the_tests_hold() -> None:
    documented = [
        (code(row[1])[0], set(row[2].split(", "))) for row in table("Checks, in their order")
    ]
    held = [
        (name, {"STOP" if each in STOPS else each for row in rows for each in row.functions})
        for name, rows in groupby(CONDITIONS, key=lambda row: row.name)
    ]
    assert documented == held


def test_names_numbers_and_classes_are_those_of_the_code() -> None:
    documented = {
        (code(row[0])[0], int(row[1])): set(code(row[2])) - FUNCTIONS.keys()
        for row in table("Names and numbers")
    }
    known: dict[tuple[str, int], set[str]] = {("ERROR_SUCCESS", 0): set()}
    for error in error_classes():
        for result in (error.ntms, ntms_result("clean", error("said"))):
            if result is not None:
                known.setdefault((result.name, result.code), set()).add(error.__name__)
    assert documented == known


def test_constants_are_the_documented_names_and_numbers() -> None:
    documented = {code(row[0])[0]: int(row[1]) for row in table("Names and numbers")}
    assert {
        name: code for name, code in CONSTANTS.items() if name.startswith("ERROR_")
    } == documented
    assert CONSTANTS.keys() <= set(ntms.__all__)


def test_actions_have_the_numbers_of_ntmsapi_h() -> None:
    assert (ntms.NTMS_INJECT_START, ntms.NTMS_INJECT_STOP) == (0, 1)
    assert (ntms.NTMS_EJECT_START, ntms.NTMS_EJECT_STOP) == (0, 1)


def test_namespace_is_that_of_the_code() -> None:
    namespaces = {each for row in table("Identifiers") for each in code(row[2])}
    assert namespaces == {NAMESPACE}


def test_example_uses_what_there_is() -> None:
    example = DOCUMENT.partition("```python\n")[2].partition("```")[0]
    for name in re.findall(r"ntms\.(\w+)", example):
        assert name in ntms.__all__
    compile(example, "docs/ntms.md", "exec")
