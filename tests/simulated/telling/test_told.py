"""What is told of a virtual library, once: each kind of event, by the commands that meet it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from cleaning.cleaner_library import CLEANER, SLOT, CleanerLibrary

from changer.cleaning.look import look
from changer.cleaning.recover import settle_without_motion
from changer.drives.cleaning_mark import mark_library_drive
from changer.drives.cleaning_requests import cleaning_requests
from changer.errors import ChangerError, LibraryOffline, StoreFailed, TransportFailed
from changer.journal.open_moves import NO_OPTIONS
from changer.library.addressing import parse_place
from changer.library.opening import open_library
from changer.moves.execute import move
from changer.smc.command import Command, Reply
from changer.transport import Transport
from changer.transport.dry_run import DryRun

DAY = 86_400.0


@pytest.fixture
def library(folder: Path) -> CleanerLibrary:
    library = CleanerLibrary(folder)
    library.empty_mail()
    return library


def kinds(library: CleanerLibrary) -> list[str]:
    return [kind for kind, _ in library.events]


def only(library: CleanerLibrary, kind: str) -> str:
    """The message of the one event of a kind."""
    (said,) = library.told(kind)
    return said


def fields(library: CleanerLibrary, kind: str) -> dict[str, object]:
    """The fields of the last event of a kind, as they are kept."""
    rows = [row for row in library.rows("events") if row["kind"] == kind]
    content: dict[str, object] = json.loads(rows[-1]["fields"])
    return content


def ask(library: CleanerLibrary) -> None:
    with library.open() as opened:
        cleaning_requests(opened)


def read(library: CleanerLibrary, *, whole: bool = True) -> None:
    """As one who watches does."""
    with suppress(ChangerError), library.open() as opened:
        look(opened, whole=whole)


# Cleaning


def test_drive_that_asks_is_told_once_until_it_was_cleaned(library: CleanerLibrary) -> None:
    library.with_cleaner()
    library.fault("wants-cleaning drive:0 requested")
    ask(library)
    ask(library)
    assert only(library, "cleaning-requested") == f"drive 0 of {library.id} requests cleaning"
    serial = library.truth.drives[0].serial
    assert fields(library, "cleaning-requested") == {
        "drive": 0,
        "serial": serial,
        "request": "requested",
    }
    library.clean()
    library.fault("wants-cleaning drive:0 requested")
    ask(library)
    assert len(library.told("cleaning-requested")) == 2


def test_drive_that_does_not_ask_any_more_asks_anew_later(library: CleanerLibrary) -> None:
    for fault in ("wants-cleaning drive:0 requested", "clear") * 2:
        library.fault(fault)
        ask(library)
    assert len(library.told("cleaning-requested")) == 2
    with library.store() as store:
        assert store.events().lasting(library.id) == ()


def test_drive_that_asks_more_urgently_is_told_again(library: CleanerLibrary) -> None:
    for how in ("requested", "required"):
        library.fault(f"wants-cleaning drive:0 {how}")
        ask(library)
    assert library.told("cleaning-requested")[1] == f"drive 0 of {library.id} requires cleaning"


def test_drive_that_was_cleaned_by_hand_asks_anew(library: CleanerLibrary) -> None:
    library.fault("wants-cleaning drive:0 requested")
    ask(library)
    with library.open() as opened:
        mark_library_drive(opened, parse_place("drive:0"))
    ask(library)
    assert len(library.told("cleaning-requested")) == 2


def test_cleaner_that_runs_low_is_told_at_each_count(library: CleanerLibrary) -> None:
    library.with_cleaner(cleans=5)
    for _ in range(3):
        library.clean()
    assert [each.partition(" has ")[2] for each in library.told("cleaner-low")] == [
        "3 cleanings left; have a new one ready",
        "2 cleanings left; have a new one ready",
    ]
    assert fields(library, "cleaner-low") == {
        "volume_tag": "CLN001CU",
        "slot_address": 1004,
        "cleans_left": 2,
        "uses": 3,
    }


def test_spent_cleaner_is_told_and_that_the_drive_was_not_cleaned(library: CleanerLibrary) -> None:
    library.operate(f"insert {CLEANER} {SLOT} cleans=0", noticed=False)
    library.with_cleaner(lying=True)
    with pytest.raises(ChangerError):
        library.clean()
    assert "CLN001CU" in only(library, "cleaner-spent")
    assert "used up" in only(library, "cleaner-spent")
    assert "drive 0 was not cleaned" in only(library, "cleaning-failed")
    assert fields(library, "cleaning-failed")["code"] == "cleaner-spent"


def test_rejected_cleaner_is_told(library: CleanerLibrary) -> None:
    library.with_cleaner()
    library.fault("cleaning-fails drive:0 invalid")
    with pytest.raises(ChangerError):
        library.clean()
    assert "CLN001CU" in only(library, "cleaner-rejected")


def test_failure_of_a_cleaning_is_told_once_a_day_and_over_when_it_is_clean(
    library: CleanerLibrary,
) -> None:
    library.with_cleaner()
    for wait in (0, 3600, DAY):
        library.clock.sleep(wait)
        library.fault("cleaning-fails drive:0 error")
        with pytest.raises(ChangerError):
            library.clean()
    assert len(library.told("cleaning-failed")) == 2
    library.clean()
    library.fault("cleaning-fails drive:0 error")
    with pytest.raises(ChangerError):
        library.clean()
    assert len(library.told("cleaning-failed")) == 3


@pytest.mark.parametrize("fault", ["", "unload-first"])
def test_refusal_that_is_no_failure_is_not_told(library: CleanerLibrary, fault: str) -> None:
    """A drive that is in use, or another process's turn."""
    library.with_cleaner()
    if fault:
        library.operate("insert A00099L8 drive:0", noticed=False)
        with pytest.raises(ChangerError):
            library.clean()
    else:
        with library.lock_of_another(), pytest.raises(ChangerError):
            library.clean()
    assert library.told("cleaning-failed") == []


def test_cleaner_that_is_told_to_be_new_runs_low_anew(library: CleanerLibrary) -> None:
    library.with_cleaner(cleans=4)
    library.clean()
    library.insert(SLOT, cleans_left=4)
    library.clean()
    assert len(library.told("cleaner-low")) == 2


# Moves


class Lossy:
    """A transport whose reply to a motion is lost, and after it everything."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self._is_lost = False

    def execute(self, command: Command[object]) -> Reply:
        if self._is_lost:
            raise TransportFailed("the path is lost")
        if command.moves_medium:
            self._is_lost = True
            raise TransportFailed("the path is lost")
        return self._inner.execute(command)

    def close(self) -> None:
        self._inner.close()


def lose_a_move(library: CleanerLibrary) -> None:
    with pytest.raises(ChangerError), library.open(wire=Lossy) as opened:
        move(opened, parse_place("1"), parse_place("drive:0"))


def test_open_move_is_told_once_and_that_the_library_is_not_reached(
    library: CleanerLibrary,
) -> None:
    lose_a_move(library)
    assert "slot 1" in only(library, "move-open")
    assert only(library, "library-offline").endswith("the path is lost")
    assert fields(library, "move-open")["volume_tag"] == "A00001L8"
    with suppress(ChangerError), library.open() as opened:
        move(opened, parse_place("2"), parse_place("drive:1"))
    assert len(library.told("move-open")) == 1
    assert len(library.told("library-back")) == 1


def test_move_that_failed_and_left_its_cartridge_is_not_open(library: CleanerLibrary) -> None:
    library.fault("move-fails at-source")
    with pytest.raises(ChangerError), library.open() as opened:
        move(opened, parse_place("1"), parse_place("drive:0"))
    assert library.told("move-open") == []


def test_settled_move_does_not_last(library: CleanerLibrary) -> None:
    lose_a_move(library)
    library.clock.sleep(3600)
    with library.open() as opened:
        move(opened, parse_place("2"), parse_place("drive:1"))
    read(library)
    library.fault("wants-cleaning drive:0 requested")
    ask(library)
    with library.store() as store:
        assert "move-open" not in {each.kind for each in store.events().lasting(library.id)}


def test_open_move_of_a_process_that_died_is_told_by_who_watches(library: CleanerLibrary) -> None:
    read(library)
    with library.store() as store:
        store.begin_move(
            library.id, source_address=1001, destination_address=500, volume_tag="A00001L8"
        )
    with closing(sqlite3.connect(library.state)) as connection, connection:
        connection.execute("UPDATE moves SET process_id = 4194300")
    read(library)
    read(library)
    assert "from slot 1 to drive 0 was interrupted" in only(library, "move-open")


def test_open_move_that_only_a_motion_settles_is_told_by_who_makes_none(
    library: CleanerLibrary,
) -> None:
    with library.open() as opened:
        opened.store.begin_move(
            library.id, source_address=1001, destination_address=500, volume_tag="A00001L8"
        )
    library.execute("UPDATE moves SET process_id = 4194300")
    library.fault("move-fails in-transport")
    library.move_behind_our_back("1", "drive:0", fails=True)
    for _ in range(2):
        with library.open() as opened:
            settle_without_motion(opened, NO_OPTIONS)
    assert "A00001L8" in only(library, "move-open")


# The library


@pytest.mark.parametrize(
    ("fault", "back"),
    [("offline", "online"), ("door open", "door closed"), ("unplugged", "plugged")],
)
def test_library_that_is_away_and_back_is_told_once_each(
    library: CleanerLibrary, fault: str, back: str
) -> None:
    library.fault(fault)
    read(library)
    read(library)
    assert kinds(library) == ["library-offline"]
    library.fault(back)
    read(library)
    read(library)
    assert [each for each in kinds(library) if each.startswith("library")] == [
        "library-offline",
        "library-back",
    ]


def test_library_on_record_whose_device_is_gone_is_told_as_offline(library: CleanerLibrary) -> None:
    known, device = "ACME_CHANGER_1", str(library.folder / "sg5")
    with library.store() as store:
        store.remember_library(
            known, vendor="ACME", product="CHANGER", revision="1", serial="1", device=device
        )
    for name in (device, known):
        with pytest.raises(ChangerError):
            open_library(library.request(name=name))
    said = only(library, "library-offline")
    assert said.startswith(f"{known} can't be used: ")
    assert "sg5" in said
    with library.store() as store:
        assert [each.kind for each in store.events().lasting(known)] == ["library-offline"]


def test_library_that_failed_and_answered_within_one_command_is_not_offline(
    library: CleanerLibrary,
) -> None:
    library.fault("no-reply")
    with library.open() as opened:
        for _ in range(2):
            with suppress(ChangerError):
                opened.read()
    assert library.events == []


def test_full_mail_slot_is_told_by_cartridge_and_by_who_put_it_there(
    library: CleanerLibrary,
) -> None:
    library.operate("put A00099L8 mail:1", noticed=False)
    read(library, whole=False)
    read(library, whole=False)
    said = only(library, "mail-slot-filled")
    assert said == f"mail slot 1 of {library.id} holds A00099L8, put there by a person"
    assert fields(library, "mail-slot-filled") == {
        "mail_slot": 1,
        "volume_tag": "A00099L8",
        "placed_by": "operator",
    }
    library.operate("take mail:1", noticed=False)
    read(library, whole=False)
    with library.open() as opened:
        move(opened, parse_place("1"), parse_place("mail:1"))
    read(library, whole=False)
    assert library.told("mail-slot-filled")[1].endswith("holds A00001L8, put there by the robot")


def test_other_cartridge_in_a_mail_slot_is_told(library: CleanerLibrary) -> None:
    for tag in ("A00098L8", "A00099L8"):
        library.operate(f"put {tag} mail:1", noticed=False)
        read(library)
        library.operate("take mail:1", noticed=False)
    assert len(library.told("mail-slot-filled")) == 2


def test_magazine_is_told_out_and_in(library: CleanerLibrary) -> None:
    read(library)
    library.fault("magazine-out 2")
    read(library)
    read(library)
    library.fault("magazine-in 2")
    read(library)
    read(library)
    assert kinds(library) == ["magazine-out", "magazine-in"]
    assert only(library, "magazine-out").startswith("slots 7 to 12 of ")
    assert fields(library, "magazine-in") == {"first_slot": 7, "last_slot": 12}


def test_second_magazine_is_told_beside_the_first_and_back_alone(library: CleanerLibrary) -> None:
    library.fault("magazine-out 2")
    read(library)
    library.fault("magazine-out 1")
    read(library)
    library.fault("magazine-in 2")
    read(library)
    assert [each.partition(" of ")[0] for _, each in library.events] == [
        "slots 7 to 12",
        "slots 1 to 6",
        "slots 7 to 12",
    ]


def test_of_two_magazines_that_went_together_the_one_that_stays_out_is_told_again(
    library: CleanerLibrary,
) -> None:
    for number in (1, 2):
        library.fault(f"magazine-out {number}")
    read(library)
    library.fault("magazine-in 1")
    read(library)
    read(library)
    assert [(kind, said.partition(" of ")[0]) for kind, said in library.events] == [
        ("magazine-out", "slots 1 to 12"),
        ("magazine-in", "slots 1 to 6"),
        ("magazine-out", "slots 7 to 12"),
    ]


# Where nothing is told


def test_dry_run_tells_nothing(library: CleanerLibrary) -> None:
    library.fault("offline")
    with suppress(ChangerError), library.open(dry_run=DryRun()) as opened:
        look(opened, whole=True)
    assert library.events == []
    assert library.rows("events") == []


def test_looking_at_a_status_tells_nothing(library: CleanerLibrary) -> None:
    library.fault("offline")
    request = replace(library.request(), purpose="look")
    with suppress(ChangerError), open_library(request) as opened:
        opened.read()
    assert library.events == []


# The store


def test_damaged_store_is_told_once_a_day_past_it(library: CleanerLibrary) -> None:
    content = library.state.read_bytes()
    library.state.write_bytes(content[:100] + b"\xff" * (len(content) - 100))
    for wait in (0, 60, DAY):
        library.clock.sleep(wait)
        with pytest.raises(StoreFailed):
            library.open()
    said = library.told("store-damaged")
    assert len(said) == 2
    assert f"the state store {library.state} is damaged" in said[0]


def test_store_that_is_damaged_under_a_command_is_told(library: CleanerLibrary) -> None:
    content = library.state.read_bytes()
    with pytest.raises(StoreFailed), library.open() as opened:
        library.state.write_bytes(content[:100] + b"\xff" * (len(content) - 100))
        opened.store.cleaners(opened.id)
    (said,) = library.told("store-damaged")
    assert f"the state store {library.state} is damaged" in said


@pytest.mark.long
def test_store_that_is_busy_is_not_damaged(library: CleanerLibrary) -> None:
    with closing(sqlite3.connect(library.state, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with suppress(ChangerError), library.open() as opened:
            opened.read()
    assert library.told("store-damaged") == []


def test_spent_cleaner_is_told_each_day_to_who_watches(library: CleanerLibrary) -> None:
    library.operate(f"insert {CLEANER} {SLOT} cleans=0", noticed=False)
    library.with_cleaner(lying=True)
    with pytest.raises(ChangerError):
        library.clean()
    for _ in range(49):
        library.clock.sleep(3600)
        read(library)
    assert len(library.told("cleaner-spent")) == 3


def test_drive_that_the_library_shows_as_asking_is_told_to_who_watches(
    library: CleanerLibrary,
) -> None:
    library.fault("element drive:0 00/17")
    read(library)
    read(library)
    assert only(library, "cleaning-requested") == f"drive 0 of {library.id} requests cleaning"


def test_events_of_a_library_go_with_it_to_another_id(library: CleanerLibrary) -> None:
    library.fault("offline")
    read(library)
    with library.store() as store:
        store.rename_library(library.id, "ANOTHER_1")
        assert [each.kind for each in store.events().lasting("ANOTHER_1")] == ["library-offline"]
        assert store.events().lasting(library.id) == ()
        store.forget_library("ANOTHER_1")
        assert store.events().last_id() == 0


@pytest.mark.parametrize("whole", [False, True])
def test_library_that_shows_its_elements_and_is_not_ready_does_not_serve(
    library: CleanerLibrary, whole: bool
) -> None:
    """Some answer each reading from what they remember."""
    library.fault("sense 02/04/03 always on 00")
    with library.open() as opened, pytest.raises(LibraryOffline):
        look(opened, whole=whole)
    with library.open() as opened:
        assert opened.read().elements
