"""What ``changer top`` shows of the past of a place: its cartridge's moves, else its own."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from driver.virtual_library import VirtualLibrary

from changer.cli.top_source import LibrarySource
from changer.errors import ChangerError
from changer.events.news import Fact, find_news
from changer.library.addressing import parse_place
from changer.library.status import DriveStatus, SlotStatus
from changer.moves.execute import load
from changer.overview.watched import Watched


@pytest.fixture
def virtual(folder: Path) -> VirtualLibrary:
    """A library whose slot 1 was loaded into drive 0."""
    virtual = VirtualLibrary(folder)
    with virtual.open() as library:
        load(library, parse_place("1"), parse_place("drive:0"))
    return virtual


def source_of(virtual: VirtualLibrary) -> LibrarySource:
    source = LibrarySource(Watched(virtual.id, virtual.request()), interval_seconds=30.0)
    source.read_once()
    return source


def rows(source: LibrarySource) -> tuple[SlotStatus, SlotStatus, DriveStatus]:
    """Slots 1 and 2, and drive 0."""
    reading = source.overview().reading
    assert reading is not None
    return (*reading.status.slots[:2], reading.status.drives[0])  # type: ignore[return-value]


def test_history_follows_the_cartridge_and_where_there_is_none_the_place(
    virtual: VirtualLibrary,
) -> None:
    source = source_of(virtual)
    emptied, untouched, loaded = rows(source)
    (past,) = source.history(loaded).past
    assert (past.label, past.way) == (loaded.volume_tag, "slot 1 -> drive 0")
    assert source.history(emptied).past == (past,), "it left from there"
    assert source.history(untouched).past == (), "nothing was done with its cartridge"


def test_history_says_why_an_event_failed_and_how_it_ended(virtual: VirtualLibrary) -> None:
    virtual.fault("move-fails at-source")
    with virtual.open() as library, pytest.raises(ChangerError):
        load(library, parse_place("2"), parse_place("drive:1"))
    source = source_of(virtual)
    (past,) = source.history(rows(source)[1]).past
    assert past.result == "not moved" and "mechanical positioning error" in past.message
    assert all(each.message == "" for each in source.history(rows(source)[2]).past)


def test_history_that_can_not_be_read_says_why(virtual: VirtualLibrary) -> None:
    source = source_of(virtual)
    emptied, _, _ = rows(source)
    virtual.state.write_bytes(b"no store " * 100)
    assert "file is not a database" in (source.history(emptied).trouble or "")


def test_of_many_events_the_last_hundred_are_shown_the_newest_first(
    virtual: VirtualLibrary,
) -> None:
    with virtual.store() as store:
        for number in range(101):
            facts = [Fact("cleaner-low", f"x{number}", f"event {number}")]
            decide = partial(find_news, facts=facts, now=float(number))
            store.events().record(virtual.id, decide, to_deliver=False)
    own, *told = [each.message for each in source_of(virtual).events()]
    assert "CLN001CU, put there by a person" in own, "which the reading has just found"
    assert told == [f"event {number}" for number in range(100, 1, -1)]
