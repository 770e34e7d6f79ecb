"""Where people put cartridges in: mail slots, or the slots that the settings name."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from driver_support import IE, ST, assignment, said

from changer.errors import InvalidSlot, UsageError
from changer.library.inventory import Inventory
from changer.library.mail_slots import mail_slots, slots_acting_as_mail
from changer.library.settings import LibrarySettings

WITH_MAIL, WITHOUT = assignment(), assignment(mail=(0, 0))


def library(export_slots: range = range(0)) -> Any:
    return SimpleNamespace(settings=LibrarySettings(export_slots=export_slots))


def test_mail_slots_are_import_export_elements_whatever_the_settings_name() -> None:
    for settings in (range(0), range(1, 3), range(1, 100)):
        found = mail_slots(library(settings), WITH_MAIL)
        assert (found.addresses, found.are_slots, found.element_type) == (range(10, 12), False, IE)
        assert slots_acting_as_mail(library(settings), WITH_MAIL) == range(0)
    assert [each in found for each in (9, 10, 11, 12, 1000)] == [False, True, True, False, False]
    assert found.names([11]) == "mail slot 2"
    assert found.names([11, 10, 11]) == "mail slots 1 and 2"


@pytest.mark.parametrize(
    ("slots", "addresses"),
    [
        (range(1, 2), range(1000, 1001)),
        (range(3, 6), range(1002, 1005)),
        (range(12, 13), range(1011, 1012)),
        (range(1, 13), range(1000, 1012)),
    ],
)
def test_slots_that_the_settings_name_act_as_such_in_a_library_without(
    slots: range, addresses: range
) -> None:
    found = mail_slots(library(slots), WITHOUT)
    assert (found.addresses, found.are_slots, found.element_type) == (addresses, True, ST)
    assert slots_acting_as_mail(library(slots), WITHOUT) == addresses


def test_slots_that_act_as_such_are_called_slots() -> None:
    found = mail_slots(library(range(3, 7)), WITHOUT)
    assert found.names([1005]) == "slot 6"
    assert found.names([1005, 1002, 1004]) == "slots 3, 5 and 6"


def test_slots_that_the_library_has_not_are_a_mistake_in_the_settings() -> None:
    for find in (mail_slots, slots_acting_as_mail):
        with pytest.raises(UsageError) as raised:
            find(library(range(12, 14)), WITHOUT)
        assert raised.value.message == (
            "export_slots in the settings ends with slot 13, and the library's last slot is 12"
        )
        assert raised.value.hint == "correct it in the configuration file"


def test_library_without_any_says_what_may_act_as_such() -> None:
    with pytest.raises(InvalidSlot) as raised:
        mail_slots(library(), WITHOUT)
    assert raised.value.message == "the library has no mail slots"
    assert raised.value.hint == 'slots act as such with export_slots = "RANGE" in its settings'
    assert slots_acting_as_mail(library(), WITHOUT) == range(0)


def test_of_a_reading_those_are_told_that_it_shows() -> None:
    elements = [said(words) for words in ("@1001", "@1004", "@1003 full A", "mail @11", "mail @10")]
    shown = Inventory(WITH_MAIL, tuple(elements))
    mail = mail_slots(library(), WITH_MAIL).of(shown)
    assert [each.address for each in mail] == [10, 11]
    acting = mail_slots(library(range(4, 6)), WITHOUT).of(shown)
    assert [each.address for each in acting] == [1003, 1004]
