"""What readings show of labels is on record: of what each covered, when it changed, and no more."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from changer.errors import IdentityChanged
from changer.library.addressing import parse_place
from changer.library.library import Library
from changer.library.library_settings import LibrarySettings
from changer.moves.execute import load, move, unload
from changer.simulator.profile_choices import VolumeTags
from changer.smc.elements import ElementType
from changer.store.records import LabelSighting
from changer.transport.dry_run import DryRun

from .conftest import MakeLibrary
from .virtual_library import READ_ELEMENT_STATUS, VirtualLibrary, Wire

TAG, OTHER = "A00001L8", "A00002L8"
HOUR = 3600.0


def read(library: VirtualLibrary) -> None:
    with library.open() as opened:
        opened.read()


def where(library: VirtualLibrary, tag: str = TAG) -> list[tuple[str, float | None]]:
    """The places on record of a label, and since when each is missed."""
    places = {each.address: each.place for each in library.truth.elements}
    return [(places[each.address], each.missed_at) for each in sightings(library, tag)]


def sightings(library: VirtualLibrary, tag: str = TAG) -> tuple[LabelSighting, ...]:
    with library.store() as store:
        return store.sightings(library.id, tag)


@contextmanager
def writing_nothing(library: VirtualLibrary) -> Iterator[None]:
    """What is done inside leaves the file as it is, by what SQLite says of it."""
    with closing(sqlite3.connect(library.state)) as connection:
        before = connection.execute("PRAGMA data_version").fetchone()
        yield
        assert connection.execute("PRAGMA data_version").fetchone() == before


def test_labels_are_on_record_where_a_reading_shows_them(demo: VirtualLibrary) -> None:
    read(demo)
    assert where(demo) == [("1", None)]
    assert where(demo, "CLN001CU") == [("mail:1", None)]
    (seen,) = sightings(demo)
    assert seen.seen_since_at == seen.seen_at == demo.clock.time


def test_a_start_that_tells_of_every_element_is_on_record(demo: VirtualLibrary) -> None:
    with demo.open(settings=LibrarySettings(single_query=True)) as opened:
        opened.reader.start_reading(opened.reader.assignment())
    assert where(demo) == [("1", None)]
    assert where(demo, "CLN001CU") == [("mail:1", None)]


@pytest.mark.parametrize("profile", ["demo", "autoloader", "exabyte", "superloader"])
def test_a_reading_that_shows_the_same_writes_nothing(
    make_library: MakeLibrary, profile: str
) -> None:
    library = make_library(profile)
    read(library)
    library.clock.time += HOUR / 2
    with library.open() as opened, writing_nothing(library):
        opened.read()
        opened.read([ElementType.STORAGE])
        opened.reader.read_element(opened.reader.assignment(), library.address_of("1"))


def test_once_an_hour_it_is_recorded_that_all_was_read(make_library: MakeLibrary) -> None:
    library = make_library("autoloader")
    library.operate("put B00001L8", noticed=False)
    read(library)
    began = library.clock.time
    library.clock.time += HOUR
    with library.open() as opened, writing_nothing(library):
        opened.read([ElementType.STORAGE])
    assert sightings(library)[0].seen_at == began, "the mail slot was not read"
    with library.open() as opened:
        opened.read([ElementType.STORAGE, ElementType.IMPORT_EXPORT])
    (seen,) = sightings(library)
    assert (seen.seen_since_at, seen.seen_at) == (began, began + HOUR)
    library.clock.time += HOUR / 2
    with writing_nothing(library):
        read(library)


def test_what_a_magazine_took_away_is_missed_and_not_forgotten(demo: VirtualLibrary) -> None:
    read(demo)
    seen_at = demo.clock.time
    demo.pull_magazine(1)
    demo.clock.time += 60
    read(demo)
    assert where(demo) == [("1", seen_at + 60)]
    assert sightings(demo)[0].seen_at == seen_at
    demo.fault("magazine-in 1")
    demo.clock.time += 60
    read(demo)
    assert where(demo) == [("1", None)]


def test_a_move_tells_of_the_elements_that_it_read_alone(make_library: MakeLibrary) -> None:
    library = make_library("autoloader")
    read(library)
    library.move_behind_our_back("2", "5")
    library.clock.time += 60
    with library.open() as opened:
        load(opened, parse_place("1"), parse_place("drive:0"))
    assert where(library) == [("drive:0", None), ("1", library.clock.time)]
    assert where(library, OTHER) == [("2", None)], "nobody looked there since"
    read(library)
    assert where(library, OTHER) == [("5", None), ("2", library.clock.time)]


def sightings_at(library: VirtualLibrary, place: str) -> list[LabelSighting]:
    """The labels on record that an element shows."""
    address = library.address_of(place)
    with library.store() as store:
        labels = store.shown_labels(library.id, address, address)
        return [store.sightings(library.id, tag)[0] for tag, _ in labels]


def test_each_move_writes_once_what_it_changed(
    demo: VirtualLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside intent and outcome in the journal."""
    read(demo)
    said: list[str] = []
    connect = sqlite3.connect

    def traced(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)
        connection.set_trace_callback(said.append)
        return connection

    monkeypatch.setattr("_sqlite3.connect", traced)
    with demo.open() as opened:
        moved_through(opened, "1", "drive:0", "1")  # what the library is capable of is learned
        said.clear()
        load(opened, parse_place("1"), parse_place("drive:0"))
        assert said.count("COMMIT") == 3
        said.clear()
        unload(opened, parse_place("drive:0"))
        assert said.count("COMMIT") == 3


def test_a_label_that_two_elements_show_is_on_record_twice(demo: VirtualLibrary) -> None:
    demo.operate(f"insert {TAG} 4", noticed=False)
    read(demo)
    assert sorted(where(demo)) == [("1", None), ("4", None)]
    demo.operate("remove 4", noticed=False)
    read(demo)
    assert sorted(where(demo)) == [("1", None), ("4", demo.clock.time)]


def test_a_library_without_labels_has_none_that_are_missed(make_library: MakeLibrary) -> None:
    library = make_library("autoloader")
    read(library)
    before = where(library)
    assert before[0][1] is None
    with library.open() as opened:
        opened.memory.learn_refusal("volume-tags-2")  # as one says it whose reader failed
        opened.read()
    assert where(library) == before


def test_a_reading_that_a_unit_attention_interrupted_tells_nothing(
    make_library: MakeLibrary,
) -> None:
    library = make_library("autoloader")
    read(library)
    library.move_behind_our_back("1", "5")
    storage: list[bytes] = []

    def after(_: int, cdb: bytes) -> None:
        if cdb[0] == READ_ELEMENT_STATUS and cdb[1] & 0xF == ElementType.STORAGE:
            storage.append(cdb)
            if len(storage) == 1:
                library.move_behind_our_back("5", "1")
                library.fault("unit-attention 28/00")

    library.clock.time += 60
    with library.open(wire=partial(Wire, after=after)) as opened:
        opened.read()
    assert len(storage) == 2
    assert where(library) == [("1", None)], "that it was in slot 5 is of no whole reading"


def test_another_library_at_the_same_device_is_not_this_one(demo: VirtualLibrary) -> None:
    read(demo)
    with demo.open() as opened:
        demo.become_another_library()
        demo.operate("remove 1", noticed=False)
        demo.fault("unit-attention 3F/03")
        with pytest.raises(IdentityChanged):
            opened.read()
    assert where(demo) == [("1", None)]


def test_a_dry_run_records_nothing(demo: VirtualLibrary) -> None:
    read(demo)
    demo.move_behind_our_back("1", "4")
    with writing_nothing(demo), demo.open(dry_run=DryRun()) as opened:
        load(opened, parse_place("2"), parse_place("drive:0"))
    assert where(demo) == [("1", None)]
    assert sightings_at(demo, "drive:0") == []


def test_a_store_that_can_not_take_it_fails_no_reading(
    demo: VirtualLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(demo)
    demo.move_behind_our_back("1", "4")
    with closing(sqlite3.connect(demo.state)) as other, demo.open() as opened:
        other.execute("BEGIN IMMEDIATE")
        assert opened.read().at(demo.address_of("4")) is not None
        other.rollback()
        assert demo.warnings == []
        assert where(demo) == [("1", None)]
        opened.read()
        assert where(demo)[0] == ("4", None), "the next reading tells it"


def test_a_library_whose_records_were_deleted_meanwhile_is_read_and_nothing_is_recorded(
    demo: VirtualLibrary,
) -> None:
    """As ``changer state forget`` does, while a program has it open."""
    with demo.open() as opened:
        opened.read()
        with demo.store() as store:
            assert store.forget_library(demo.id)
        assert opened.read().holding(TAG)
    assert demo.rows("sightings") == demo.rows("libraries") == []


def test_labels_of_a_library_with_another_geometry_are_missed(make_library: MakeLibrary) -> None:
    library = make_library("demo")
    read(library)
    with library.store() as store:
        store.record_labels(
            library.id,
            shown=[("Z00001L8", 60_000, 5)],
            missed=[],
            read_at=library.clock.time,
            is_whole=False,
            element_addresses="0+1 60000+1 10+1 500+2",
        )
    library.clock.time += 1
    read(library)
    (seen,) = sightings(library, "Z00001L8")
    assert seen.missed_at == library.clock.time
    with library.store() as store:
        known = store.library(library.id)
    assert known is not None and known.element_addresses is not None
    assert "60000" not in known.element_addresses


def moved_through(library: Library, *places: str) -> None:
    for source, destination in pairwise(places):
        move(library, parse_place(source), parse_place(destination))


def test_a_cartridge_that_goes_round_has_one_row_for_each_place(demo: VirtualLibrary) -> None:
    read(demo)
    with demo.open() as opened:
        for _ in range(3):
            moved_through(opened, "1", "drive:0", "4", "1")
    assert sorted(place for place, _ in where(demo)) == ["1", "4", "drive:0"]
    assert [place for place, missed_at in where(demo) if missed_at is None] == ["1"]


def test_labels_are_refused_with_volume_tags(make_library: MakeLibrary) -> None:
    library = make_library("autoloader", volume_tags=VolumeTags.REFUSED)
    read(library)
    with library.store() as store:
        assert store.labels(library.id) == ()


def test_what_was_read_twice_does_not_count_for_what_was_not_read(
    make_library: MakeLibrary,
) -> None:
    library = make_library("autoloader")
    library.operate("put B00001L8", noticed=False)
    read(library)
    began = library.clock.time
    library.clock.time += HOUR
    one = library.address_of("1")
    with library.open() as opened, writing_nothing(library):
        opened.reader.consistently(
            lambda assignment: (
                opened.reader.read_type(
                    opened.reader.start_reading(assignment), ElementType.STORAGE
                ),
                opened.reader.read_element(assignment, one),
            )
        )
    assert sightings(library)[0].seen_at == began


def test_nothing_is_recorded_of_a_library_that_was_forgotten_meanwhile(
    demo: VirtualLibrary,
) -> None:
    with demo.open() as library:
        with demo.store() as store:
            store.forget_library(demo.id)
        assert library.read().holding(TAG)
    assert sightings(demo) == ()
    with demo.store() as store:
        assert store.library(demo.id) is None
