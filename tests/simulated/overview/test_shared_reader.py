"""The one reader of a library: what it costs, what it shows, and what it does not take as told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from driver.virtual_library import VirtualLibrary, Wire
from waiting import wait_until

from changer.documents.overview import overview_document
from changer.library.addressing import parse_place
from changer.library.settings import LibrarySettings
from changer.moves.execute import load
from changer.overview.overview import Overview
from changer.overview.reader import SharedReader
from changer.overview.watched import Watched
from changer.store.records import MoveTotal

INTERVAL_SECONDS = 30.0


class Watching:
    """A virtual library, its reader, and the commands that the reader sends."""

    def __init__(self, folder: Path) -> None:
        self.library = VirtualLibrary(folder)
        self.sent: list[bytes] = []
        wire = partial(Wire, before=lambda _, cdb: self.sent.append(cdb))
        watched = Watched(self.library.id, self.library.request(wire=wire))
        self.reader = SharedReader(watched, interval_seconds=INTERVAL_SECONDS)
        self.reader.turn()

    def turn(self, *, after: float = 0.0) -> int:
        """How many commands a turn sends."""
        self.library.clock.sleep(after)
        before = len(self.sent)
        self.reader.turn()
        return len(self.sent) - before


@pytest.fixture
def watching(folder: Path) -> Watching:
    return Watching(folder)


def test_the_first_turn_shows_the_library(watching: Watching) -> None:
    overview = watching.reader.overview()
    assert overview.reading is not None and overview.records is not None
    assert len(overview.reading.status.drives) == 2
    assert overview.reading.at == watching.library.clock.now()
    assert (overview.trouble, overview.records_trouble) == (None, None)
    assert overview.identity is not None and overview.identity.id == watching.library.id
    assert watching.reader.version == 1
    assert watching.reader.alive_at == overview.records.at == watching.library.clock.now()


def test_before_the_first_turn_nothing_is_known(folder: Path) -> None:
    library = VirtualLibrary(folder)
    reader = SharedReader(Watched(library.id, library.request()), interval_seconds=7.0)
    assert reader.overview() == Overview(library.id, None, None, None, 7.0)
    assert (reader.version, reader.alive_at, reader.library_id) == (0, 0.0, library.id)


def test_what_is_on_record_names_a_library_that_can_not_be_read(folder: Path) -> None:
    library = VirtualLibrary(folder)
    with library.open() as opened:
        known = (opened.identity, opened.device)
    library.fault("offline")
    reader = SharedReader(Watched(library.id, library.request()), interval_seconds=30.0)
    reader.turn()
    overview = reader.overview()
    assert overview.reading is None and overview.identity is not None
    named = ("id", "vendor", "product", "revision", "serial")
    assert [getattr(overview.identity, each) for each in named] == [
        getattr(known[0], each) for each in named
    ]
    assert overview.device == known[1]


def test_looking_costs_no_command_however_many_look(watching: Watching) -> None:
    told: list[int] = []
    for number in range(50):
        watching.reader.subscribe(partial(told.append, number))
    assert watching.turn(after=1.0) == 0
    assert {id(watching.reader.overview()) for _ in range(50)} == {id(watching.reader.overview())}
    assert told == [] and watching.reader.version == 1
    one_reading = watching.turn(after=INTERVAL_SECONDS)
    assert 0 < one_reading <= 8
    assert told == list(range(50)) and watching.reader.version == 2


def test_whoever_ended_is_not_called_any_more(watching: Watching) -> None:
    told: list[str] = []
    end = watching.reader.subscribe(lambda: told.append("called"))
    end()
    end()
    watching.turn(after=INTERVAL_SECONDS)
    assert told == []


def test_one_who_ends_when_called_or_fails_keeps_no_other_from_being_called(
    watching: Watching,
) -> None:
    told: list[str] = []
    watching.reader.subscribe(lambda: [][0])

    def once() -> None:
        told.append("once")
        end()

    end = watching.reader.subscribe(once)
    watching.reader.subscribe(lambda: told.append("again"))
    for _ in range(2):
        watching.turn(after=INTERVAL_SECONDS)
    assert told == ["once", "again", "again"]


def test_what_can_not_be_read_is_shown_as_the_past(watching: Watching) -> None:
    before = watching.reader.overview()
    watching.library.fault("offline")
    watching.turn(after=INTERVAL_SECONDS)
    overview = watching.reader.overview()
    assert overview.trouble is not None and overview.trouble.code
    assert overview.reading == before.reading
    assert overview.state == "unknown"
    since = overview.trouble.since
    watching.turn(after=10 * INTERVAL_SECONDS)
    again = watching.reader.overview().trouble
    assert again is not None and again.since == since
    watching.library.fault("clear")
    watching.library.fault("unplugged")
    watching.turn(after=10 * INTERVAL_SECONDS)
    another = watching.reader.overview().trouble
    assert another is not None and another.code != again.code
    assert another.since == watching.library.clock.now() > since

    watching.library.fault("clear")
    watching.turn(after=10 * INTERVAL_SECONDS)
    overview = watching.reader.overview()
    assert overview.trouble is None and overview.state != "unknown"
    assert overview.reading is not None and before.reading is not None
    assert overview.reading.at > before.reading.at


def test_another_library_at_the_same_device_is_not_shown_as_this_one(watching: Watching) -> None:
    before = watching.reader.overview()
    watching.library.become_another_library()
    watching.turn(after=INTERVAL_SECONDS)
    overview = watching.reader.overview()
    assert overview.trouble is not None and overview.trouble.code == "identity-changed"
    assert (overview.reading, overview.identity) == (before.reading, before.identity)
    watching.library.become_itself_again()
    watching.turn(after=10 * INTERVAL_SECONDS)
    assert watching.reader.overview().trouble is None


def test_a_library_that_was_never_read_shows_nothing_as_empty(folder: Path) -> None:
    library = VirtualLibrary(folder)
    library.fault("offline")
    reader = SharedReader(Watched(library.id, library.request()), interval_seconds=30.0)
    reader.turn()
    overview = reader.overview()
    assert overview.reading is None and overview.trouble is not None
    document = overview_document(overview)
    assert (document["status"], document["state"]) == (None, "unknown")


def test_a_move_of_another_process_has_the_library_read_soon(watching: Watching) -> None:
    assert watching.turn(after=2.0) == 0
    with watching.library.open() as library:
        load(library, parse_place("1"), parse_place("drive:0"))
    watching.turn(after=2.0)
    overview = watching.reader.overview()
    assert overview.reading is not None
    assert overview.reading.status.drives[0].full is True
    assert watching.turn(after=2.0) == 0


def totals_of(watching: Watching) -> tuple[MoveTotal, ...]:
    records = watching.reader.overview().records
    assert records is not None
    return records.totals


def test_totals_are_added_up_again_only_after_something_was_done(watching: Watching) -> None:
    library, before = watching.library, totals_of(watching)
    assert before == ()
    with library.store() as store:
        moves = [
            store.begin_move(library.id, source_address=each, destination_address=9)
            for each in (1, 2)
        ]
        watching.turn()
        assert totals_of(watching) == ()
        store.finish_move(moves[0].id, outcome="not-executed")  # and not the newest
        watching.turn()
        after = totals_of(watching)
        assert [(each.outcome, each.moves) for each in after] == [("not-executed", 1)]
        watching.turn()
        assert totals_of(watching) is after
        store.prune_history(library.id, before=library.clock.now() + 1)
        watching.turn(after=INTERVAL_SECONDS)
        assert totals_of(watching) == after


def test_a_move_that_is_under_way_is_shown(watching: Watching) -> None:
    library = watching.library
    with library.store() as store:
        store.begin_move(
            library.id,
            kind="move",
            source_address=library.address_of("1"),
            destination_address=library.address_of("drive:0"),
            volume_tag="A00001L8",
        )
    watching.turn()
    (move,) = overview_document(watching.reader.overview())["moves"]
    assert (move["source"], move["destination"], move["is_running"]) == ("1", "drive:0", True)


def test_a_library_that_another_process_uses_is_left_in_peace(watching: Watching) -> None:
    library = watching.library
    with library.coordination.lock(library.id, command="the other"):
        assert watching.turn(after=INTERVAL_SECONDS) == 0
        records = watching.reader.overview().records
        assert records is not None and records.lock is not None and records.lock.held
        assert "the other" in (records.lock.holder or "")
        assert watching.turn(after=119.0) == 0
        assert watching.turn(after=1.0) > 0  # nobody moves anything for so long
    assert watching.turn(after=INTERVAL_SECONDS) > 0


def test_what_a_person_has_to_do_is_shown(watching: Watching) -> None:
    library = watching.library
    with library.coordination.under_way(library.id) as mark, library.store() as store:
        begun = store.begin_operation(library.id, "insert", mark=mark)
        store.set_waiting(begun.id, waiting_for="put a cleaning cartridge into mail slot 1")
        watching.turn()
        (task,) = watching.reader.overview().tasks
        assert (task.kind, task.words) == ("insert", "put a cleaning cartridge into mail slot 1")
        store.set_waiting(begun.id, waiting_for=None)
        watching.turn()
        assert watching.reader.overview().tasks == ()


def test_records_that_can_not_be_read_are_not_taken_for_none(watching: Watching) -> None:
    before = watching.reader.overview().records
    watching.library.state.write_bytes(b"not a database" * 1000)
    watching.turn()
    overview = watching.reader.overview()
    assert overview.records_trouble is not None and overview.records == before
    assert overview.state == "unknown"


@pytest.mark.parametrize(
    "happens",
    [
        lambda library: None,
        lambda library: library.fault("magazine-out 1"),
        lambda library: library.fault("wants-cleaning drive:0 required"),
        lambda library: library.reserve("4"),
    ],
    ids=["nothing", "magazine-out", "wants-cleaning", "reserved"],
)
def test_the_document_is_json(
    watching: Watching, happens: Callable[[VirtualLibrary], object]
) -> None:
    happens(watching.library)
    watching.turn(after=INTERVAL_SECONDS)
    document = overview_document(watching.reader.overview())
    assert json.loads(json.dumps(document)) == document
    assert document["library"]["id"] == watching.library.id
    assert document["status"]["slots"]


def test_the_thread_reads_and_ends(folder: Path) -> None:
    library = VirtualLibrary(folder)
    reader = SharedReader(Watched(library.id, library.request()), interval_seconds=30.0)
    read = []
    reader.subscribe(lambda: read.append(reader.version))
    reader.start()
    reader.stop(timeout_seconds=60.0)
    assert read == [1] and reader.alive_at > 0


def test_the_thread_rests_between_its_turns_and_no_end_waits_for_that(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[float] = []

    class Counting(SharedReader):
        def turn(self) -> None:
            turns.append(1)

    monkeypatch.setattr("changer.overview.reader.TURN_SECONDS", 3600.0)
    library = VirtualLibrary(folder)
    reader = Counting(Watched(library.id, library.request()), interval_seconds=30.0)
    reader.start()
    wait_until(lambda: turns)
    reader.stop(timeout_seconds=60.0)
    assert turns == [1]
    assert not any(library.id in each.name for each in threading.enumerate())


def test_a_library_that_takes_long_to_get_ready_is_waited_for_a_minute(watching: Watching) -> None:
    """Its settings may allow for more; what is on record is looked at again after that."""
    clock = watching.library.clock
    watching.library.fault("becoming-ready 7200s")
    clock.sleep(INTERVAL_SECONDS)
    began = clock.now()
    watching.turn()
    assert 55 <= clock.now() - began <= 61
    trouble = watching.reader.overview().trouble
    assert trouble is not None and trouble.code == "not-ready"


def test_a_library_that_is_to_be_given_less_time_is_given_that(folder: Path) -> None:
    library = VirtualLibrary(folder)
    library.fault("becoming-ready 7200s")
    request = library.request(settings=LibrarySettings(ready_timeout_seconds=10.0))
    reader = SharedReader(Watched(library.id, request), interval_seconds=30.0)
    began = library.clock.now()
    reader.turn()
    assert 9 <= library.clock.now() - began <= 11


def test_a_library_whose_readings_take_long_is_read_less_often(folder: Path) -> None:
    """They take a fortieth of the time at most, and what is shown is of their end."""
    library, sent = VirtualLibrary(folder), list[bytes]()

    def take_long(_: int, cdb: bytes) -> None:
        sent.append(cdb)
        library.clock.sleep(2.0)

    request = library.request(wire=partial(Wire, before=take_long))
    reader = SharedReader(Watched(library.id, request), interval_seconds=30.0)
    began = library.clock.now()
    reader.turn()
    reading = reader.overview().reading
    assert reading is not None and len(sent) == 5
    assert (reading.took_seconds, reading.at) == (6.0, began + 6.0), "then drives are identified"
    before, pause = len(sent), 39 * 2.0 * len(sent)
    for seconds, is_read in ((pause - 1.0, False), (1.0, True)):
        library.clock.sleep(seconds)
        reader.turn()
        assert (len(sent) > before) is is_read


def test_a_library_that_is_offline_is_not_read_though_it_answers(watching: Watching) -> None:
    """Some tell where everything was, whatever may have been done to them meanwhile."""
    watching.library.fault("sense 02/04/12 always on test-unit-ready")
    watching.turn(after=INTERVAL_SECONDS)
    overview = watching.reader.overview()
    assert overview.trouble is not None and overview.state == "unknown"


def lasting_kinds(watching: Watching) -> list[str]:
    records = watching.reader.overview().records
    assert records is not None
    return [each.kind for each in records.lasting]


def test_what_a_reading_shows_for_the_first_time_is_an_event(watching: Watching) -> None:
    assert lasting_kinds(watching) == ["mail-slot-filled"]
    watching.library.operate("take mail:1")
    watching.turn(after=INTERVAL_SECONDS)
    assert lasting_kinds(watching) == []
    assert [each["kind"] for each in watching.library.rows("events")] == ["mail-slot-filled"]


def test_a_mistake_of_the_reader_is_shown_and_it_goes_on(folder: Path) -> None:
    library = VirtualLibrary(folder)
    broken = [True]

    def fail(_: int, cdb: bytes) -> None:
        if broken:
            raise RuntimeError("a mistake")

    request = library.request(wire=partial(Wire, before=fail))
    reader = SharedReader(Watched(library.id, request), interval_seconds=30.0)
    reader.start()
    try:
        wait_until(lambda: reader.overview().records_trouble is not None)
        trouble = reader.overview().records_trouble
        assert trouble is not None and trouble.code == "bug"
        assert reader.overview().state == "unknown"
        broken.clear()
        wait_until(lambda: reader.overview().reading is not None)
        assert reader.overview().records_trouble is None
    finally:
        reader.stop(timeout_seconds=60.0)
