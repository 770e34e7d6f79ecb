"""What the doctor sees of a library and of the records about it, whole.

A scene of ``doctor_looks.txt`` has what happens behind ``%``, and what is seen otherwise than of
the library as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from driver.virtual_library import VirtualLibrary
from kept_files import read_cases
from open_files import none_left_open

from changer.cleaning.clean_drive import clean
from changer.cleaning.insert import InsertionRequest, insert
from changer.doctor.gathering import kept
from changer.doctor.gathering.libraries import look_at
from changer.drives.cleaning_requests import cleaning_requests
from changer.library.addressing import parse_place
from changer.library.settings import LibrarySettings
from changer.moves.execute import load

TABLE = Path(__file__).parents[2] / "data" / "doctor_looks.txt"
# Of the run, and of the tables of models.
NOT_TOLD = ("size", "place", "habits", "vendor_codes")
SETTINGS = LibrarySettings(auto_clean="host", cleanings_per_week=2, move_timeout_seconds=77.0)


def happen(library: VirtualLibrary, what: str, words: str = "") -> None:
    if what in ("fault", "operate", "reserve"):
        getattr(library, what)(words)
        return
    if what == "sleep":
        library.clock.sleep(float(words))
        return
    if what == "begin":
        with library.store() as store:
            operation = store.begin_operation(library.id, "clean", volume_tag="CLN001CU")
            store.claim(operation.id, 500)
            for label in ("A00003L8", None):
                store.begin_move(
                    library.id,
                    kind="move",
                    source_address=1003,
                    destination_address=500,
                    volume_tag=label,
                )
        return
    places = [parse_place(each) for each in words.split()]
    with library.open() as opened:
        if what == "load":
            load(opened, *places)
        elif what == "insert":
            insert(opened, InsertionRequest(source=places[0], cleans_left=20))
        elif what == "clean":
            clean(opened, places[0])
        elif what == "ask":
            cleaning_requests(opened)
        elif what == "lock":
            opened.prevent_removal(prevent=True)
        else:
            assert what == "look", what
            opened.read()


def seen_by(library: VirtualLibrary, settings: LibrarySettings | None = None) -> dict[str, Any]:
    request = library.request(settings=settings)
    seen = look_at(request, f"sim:{library.truth.name}", thoroughly=False)
    store = kept.store(request)
    return {
        **dict(zip(seen.facts._fields, seen.facts, strict=True)),
        "known_drives": [each.partition(";")[0] for each in seen.facts.known_drives],
        "settings": seen.settings,
        "labels": sorted(seen.labels),
        "models": seen.models,
        **dict(zip(store._fields, store, strict=True)),
    }


def told(library: VirtualLibrary, lines: list[str]) -> Iterator[str]:
    before: dict[str, Any] = {}
    settings = None
    for line in ("", *(each for each in lines if each.startswith("% "))):
        if line == "% settings":
            settings = SETTINGS
        elif line:
            happen(library, *line[2:].split(" ", 1))
        now = seen_by(library, settings)
        yield from [line] if line else []
        for name, value in now.items():
            if (name not in before or value != before[name]) and name not in NOT_TOLD:
                yield f"{name}: {value!r}".replace(library.id, "ID")
        before = now


@pytest.mark.parametrize("name", read_cases(TABLE))
def test_library_is_seen_so(folder: Path, name: str) -> None:
    lines = read_cases(TABLE)[name]
    assert [*told(VirtualLibrary(folder), lines)] == lines


def test_look_lets_go_of_the_library(folder: Path) -> None:
    library = VirtualLibrary(folder)
    with none_left_open():
        look_at(library.request(), f"sim:{library.truth.name}", thoroughly=False)


def test_report_has_pages_that_no_check_needs(folder: Path) -> None:
    library = VirtualLibrary(folder)
    brief, thorough = (
        [
            each.cdb.hex(" ")
            for each in look_at(
                library.request(), f"sim:{library.truth.name}", thoroughly=thoroughly
            ).exchanges
        ]
        for thoroughly in (False, True)
    )
    assert thorough[: len(brief)] == brief
    assert [each[:8] for each in thorough[len(brief) :]] == [
        *("12 00 00", "12 01 80", "12 01 83", "1a 08 1d", "1a 08 1f")
    ]
