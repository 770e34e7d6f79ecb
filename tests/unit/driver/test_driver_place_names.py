"""Places of a library that is not read: by the numbers that it had last."""

from __future__ import annotations

from typing import Any

from driver_support import assignment

from changer.library.place_names import PlaceNames
from changer.library.sightings import addresses_text
from changer.store.records import LibraryRecord


class Store:
    """Knows one library with its elements, and another without; counts how often it is asked."""

    def __init__(self) -> None:
        known = addresses_text(assignment())
        self._records = {
            "LIB": LibraryRecord("LIB", "V", "P", "1", None, None, 1.0, 1.0, None, None, known),
            "BARE": LibraryRecord("BARE", "V", "P", "1", None, None, 1.0, 1.0),
        }
        self.asked: list[str] = []

    def library(self, library_id: str) -> LibraryRecord | None:
        self.asked.append(library_id)
        return self._records.get(library_id)


def test_places_have_their_names_where_the_library_s_elements_are_on_record() -> None:
    store: Any = Store()
    names = PlaceNames(store)
    told = {
        address: (names.name("LIB", address), names.place("LIB", address))
        for address in (1000, 1011, 10, 501, 1, 1012)
    }
    assert told == {
        1000: ("slot 1", "1"),
        1011: ("slot 12", "12"),
        10: ("mail slot 1", "mail:1"),
        501: ("drive 1", "drive:1"),
        1: ("the picker", "picker"),
        1012: ("@1012", "@1012"),
    }
    assert names.place("LIB", None) is None
    assert store.asked == ["LIB"]


def test_places_are_addresses_where_they_are_not() -> None:
    store: Any = Store()
    names = PlaceNames(store)
    for library_id in ("BARE", "NONE"):
        for _ in range(2):
            assert names.numbering(library_id) is None
            assert names.name(library_id, 1000) == "@1000"
            assert names.place(library_id, 1000) == "@1000"
            assert names.place(library_id, None) is None
    assert store.asked == ["BARE", "NONE"]
