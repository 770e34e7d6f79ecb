"""Delivery of events to programs by real processes: in order, at least once, held up by nobody."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from waiting import wait_until

from changer.events.delivery import Recipients, deliver_document
from changer.events.kinds import EventKind
from changer.events.news import Fact
from changer.events.telling import resume_delivery, tell, tell_store_damaged
from changer.host.clock import SystemClock
from changer.store.coordination import HostCoordination
from changer.store.protocol import Store
from changer.store.records import EventRecord

from . import emitter
from .emitter import LIBRARY, Listeners, no_log

EMITTERS, EACH = 8, 12


class Host:
    """A store that knows a library, a folder of programs, and what those were given."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state" / "state.db"
        self.locks = folder / "lock"
        self.hooks = folder / "hooks.d"
        self.given = folder / "given"
        self.hooks.mkdir()
        self.coordination = HostCoordination(self.state, self.locks, clock=SystemClock())
        with self.store() as store:
            store.remember_library(
                LIBRARY, vendor="IBM", product="3573-TL", revision="1", serial="1", device=None
            )

    def store(self) -> Store:
        return self.coordination.open_store()

    def program(self, *lines: str, name: str = "10-tell") -> None:
        file = self.hooks / name
        file.write_text("\n".join(["#!/bin/sh", *lines, ""]))
        file.chmod(0o755)

    def tell(self, subject: str, kind: EventKind = "cleaner-low") -> tuple[EventRecord, ...]:
        listeners = Listeners(self.coordination, str(self.hooks), no_log)
        with self.store() as store:
            return tell(LIBRARY, [Fact(kind, subject, subject)], store=store, listeners=listeners)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """A process that tells events."""
        argv = [sys.executable, emitter.__file__, str(self.state), str(self.locks)]
        return subprocess.Popen(
            [*argv, str(self.hooks), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def documents(self) -> list[dict[str, Any]]:
        text = self.given.read_text() if self.given.exists() else ""
        return [json.loads(line) for line in text.splitlines()]

    def subjects(self) -> list[str]:
        return [each["message"] for each in self.documents()]

    def is_delivered(self) -> bool:
        """Whether everything is, and nobody is at it any more."""
        with self.store() as store:
            left = store.events().undelivered(limit=1)
        return not left and not self.coordination.is_delivering()


@pytest.fixture
def host(folder: Path) -> Iterator[Host]:
    made = Host(folder)
    yield made
    for each in made.hooks.iterdir():
        each.unlink()
    wait_until(lambda: not made.coordination.is_delivering())


def test_eight_processes_tell_and_all_is_given_once_in_the_order_of_the_record(host: Host) -> None:
    host.program(f"cat >>{host.given}")
    processes = [host.start(f"p{number}", str(EACH)) for number in range(EMITTERS)]
    for each in processes:
        each.communicate(timeout=100)
        assert each.returncode == 0
    wait_until(host.is_delivered)
    ids = [each["id"] for each in host.documents()]
    assert ids == [*range(1, EMITTERS * EACH + 1)]
    by_emitter = Counter(each.partition(" ")[0] for each in host.subjects())
    assert by_emitter == {f"p{number}": EACH for number in range(EMITTERS)}


def test_document_says_what_happened(host: Host) -> None:
    host.program(f"cat >>{host.given}")
    (event,) = host.tell("CLN001")
    wait_until(host.is_delivered)
    (document,) = host.documents()
    assert document == {
        "schema": "changer.event/1",
        "id": event.id,
        "event": "cleaner-low",
        "severity": "warning",
        "at": document["at"],
        "host": os.uname().nodename,
        "library_id": LIBRARY,
        "message": "CLN001",
        "fields": {},
    }


def test_process_that_tells_does_not_wait_for_a_program_that_hangs(host: Host) -> None:
    host.program(f"echo $$ >{host.given}", "exec sleep 1000")
    (event,) = host.tell("CLN001")
    assert event.delivered_at is None
    wait_until(lambda: host.given.exists() and host.given.read_text().endswith("\n"))
    assert not host.is_delivered()
    os.kill(int(host.given.read_text()), signal.SIGKILL)
    wait_until(host.is_delivered)


def test_killed_emitter_leaves_its_events_to_the_next_one(host: Host) -> None:
    host.program(f"cat >>{host.given}")
    first = host.start("first", "1", "dies")
    first.communicate(timeout=100)
    assert first.returncode == -signal.SIGKILL
    assert host.documents() == [] and not host.is_delivered()
    host.tell("second")
    wait_until(host.is_delivered)
    assert host.subjects() == ["first 0", "second"]


def test_killed_emitter_leaves_its_events_to_whoever_watches(host: Host) -> None:
    host.program(f"cat >>{host.given}")
    host.start("first", "1", "dies").communicate(timeout=100)
    listeners = Listeners(host.coordination, str(host.hooks), no_log)
    with host.store() as store:
        resume_delivery(store, listeners)
    wait_until(host.is_delivered)
    assert host.subjects() == ["first 0"]


def test_killed_delivery_is_taken_up_again_with_the_event_that_was_under_way(host: Host) -> None:
    """The program kills the process that runs it, when it is given the second event."""
    host.program(f"cat >>{host.given}", f"[ $(wc -l <{host.given}) != 2 ] || kill -9 $PPID")
    for subject in ("1", "2", "3"):
        host.tell(subject)
        wait_until(lambda: not host.coordination.is_delivering())
    host.tell("4")
    wait_until(host.is_delivered)
    given = host.subjects()
    assert [*dict.fromkeys(given)] == ["1", "2", "3", "4"]
    assert given == sorted(given)
    assert Counter(given)["2"] == 2, "it was under way, and may not have been told"


def test_delivery_holds_neither_the_lock_of_the_library_nor_a_file_of_who_told(host: Host) -> None:
    own = host.given.with_name("own")
    host.program(f"readlink /proc/$PPID/fd/* >{host.given}", f"echo $$ >{own}", "exec sleep 1000")
    holder = host.start("p", "1", "holds")
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    wait_until(lambda: own.exists() and own.read_text().endswith("\n"))
    locked = [each for each in host.given.read_text().split() if each.endswith(".lock")]
    assert [Path(each).name.startswith("events") for each in locked] == [True]
    assert host.coordination.is_held(LIBRARY)
    holder.kill()
    holder.communicate()
    wait_until(lambda: not host.coordination.is_held(LIBRARY))
    assert host.coordination.is_delivering()
    with host.coordination.lock(LIBRARY, command="another"):
        pass  # free, while the program goes on
    os.kill(int(own.read_text()), signal.SIGKILL)


def test_program_that_comes_later_is_not_told_of_what_was_before(host: Host) -> None:
    (event,) = host.tell("before")
    assert event.delivered_at is not None
    host.program(f"cat >>{host.given}")
    host.tell("after")
    wait_until(host.is_delivered)
    assert host.subjects() == ["after"]


def test_program_that_fails_leaves_no_event_undelivered(host: Host) -> None:
    host.program("exit 1", name="1-bad")
    host.program(f"cat >>{host.given}", name="2-good")
    host.tell("a")
    host.tell("b")
    wait_until(host.is_delivered)
    assert host.subjects() == ["a", "b"]


def test_store_that_fails_fails_no_one_and_the_journal_is_told_all_the_same(host: Host) -> None:
    lines: list[tuple[str, str]] = []

    def log(text: str, _priority: int, fields: dict[str, str]) -> None:
        lines.append((text, fields["event"]))

    store = host.store()
    store.close()
    fact = Fact("move-open", "7", "the load of A00001L8 is open")
    listeners = Listeners(host.coordination, str(host.hooks), log)  # type: ignore[arg-type]
    assert tell(LIBRARY, [fact], store=store, listeners=listeners) == ()
    ((text, kind),) = lines
    assert text.startswith("the load of A00001L8 is open (not recorded: ")
    assert kind == "move-open"


def test_damage_of_the_store_is_given_to_programs_past_it(host: Host) -> None:
    host.program(f"cat >>{host.given}")
    listeners = Listeners(host.coordination, str(host.hooks), no_log)
    for _ in "12":  # a day has to pass
        tell_store_damaged("the state store is damaged", listeners=listeners)
    wait_until(lambda: host.given.exists() and host.given.read_text().endswith("\n"))
    (document,) = host.documents()
    told = (document["event"], document["message"], document["library_id"])
    assert told == ("store-damaged", "the state store is damaged", "")


def test_document_past_the_store_is_given_in_its_turn(host: Host) -> None:
    """Not while another process gives events to the programs."""
    host.program(f"cat >>{host.given}")
    recipients = Recipients(host.hooks, (), {}, no_log)
    deliver = partial(deliver_document, host.coordination, '{"event": "x"}', recipients)
    thread = threading.Thread(target=deliver)
    with host.coordination.delivery_lock():
        thread.start()
        thread.join(0.3)
        assert not host.given.exists()
    thread.join()
    assert host.documents() == [{"event": "x"}]


def test_store_in_memory_tells_nothing(host: Host) -> None:
    host.program(f"cat >>{host.given}")
    with host.store() as store, closing(store.scratch()) as scratch:
        listeners = Listeners(host.coordination, str(host.hooks), no_log)
        assert tell(LIBRARY, [Fact("move-open", "7")], store=scratch, listeners=listeners) == ()
    assert not host.given.exists()


def test_programs_of_another_store_are_delivered_to_at_the_same_time(
    host: Host, tmp_path: Path
) -> None:
    """Each store has a lock of its own, in one folder."""
    host.program(f"echo $$ >{host.given}", "exec sleep 1000")
    host.tell("hangs")
    wait_until(host.given.exists)
    other = Host(tmp_path)
    other.locks = host.locks
    other.coordination = HostCoordination(other.state, host.locks, clock=SystemClock())
    other.program(f"cat >>{other.given}")
    other.tell("b")
    wait_until(other.is_delivered)
    assert other.subjects() == ["b"]
    wait_until(lambda: host.given.read_text().endswith("\n"))
    os.kill(int(host.given.read_text()), signal.SIGKILL)
