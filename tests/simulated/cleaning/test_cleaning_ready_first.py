"""A library has said that it is ready, and that nothing changed, before its elements are read."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from driver.virtual_library import READ_ELEMENT_STATUS, TEST_UNIT_READY

from changer.cleaning.clean_drive import clean
from changer.cleaning.eject import eject
from changer.cleaning.insert import InsertionRequest, insert
from changer.cleaning.look import look
from changer.cleaning.slot import release, reserve
from changer.errors import OperatorTimeout
from changer.library.addressing import parse_place
from changer.library.library import Library
from changer.library.settings import LibrarySettings

from .cleaner_library import CLEANER, SLOT, CleanerLibrary

NOBODY_COMES = LibrarySettings(operator_timeout_seconds=1.0)


def insert_from_mail(library: Library) -> object:
    return insert(library, InsertionRequest(source=parse_place("mail:1")))


def insert_of_a_person(library: Library) -> object:
    with pytest.raises(OperatorTimeout):
        insert(library, InsertionRequest())
    return None


def eject_to_a_person(library: Library) -> object:
    with pytest.raises(OperatorTimeout):
        eject(library)
    return None


FUNCTIONS: dict[str, Callable[[Library], object]] = {
    "reserve": lambda library: reserve(library, parse_place("6")),
    "release": release,
    "insert": insert_from_mail,
    "insert of a person": insert_of_a_person,
    "eject": eject_to_a_person,
    "clean": lambda library: clean(library, parse_place("drive:0")),
    "look": lambda library: look(library, whole=True),
    "short look": lambda library: look(library, whole=False),
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_elements_are_read_when_the_library_is_ready(demo: CleanerLibrary, function: str) -> None:
    if function in ("eject", "clean"):
        demo.with_cleaner(CLEANER)
    else:
        demo.reserve(SLOT)
        demo.operate(f"put {CLEANER} mail:1", noticed=False)
    if function == "insert of a person":
        demo.empty_mail()
    demo.settings = NOBODY_COMES
    with demo.watched() as (opened, sent):
        sent.clear()
        FUNCTIONS[function](opened)
    asked = [each[0] for each in sent if each[0] in (TEST_UNIT_READY, READ_ELEMENT_STATUS)]
    assert asked[0] == TEST_UNIT_READY and READ_ELEMENT_STATUS in asked
