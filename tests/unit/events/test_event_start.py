"""Who starts the process that gives events to programs: when, and with what."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from clocks import HandClock
from pytest_mock import MockerFixture

import changer
from changer.events.delivery import Recipients, deliver
from changer.events.kinds import EventKind
from changer.events.news import Fact
from changer.events.telling import resume_delivery, start, tell, tell_store_damaged
from changer.store.coordination import HostCoordination
from changer.store.records import EventRecord

from .event_programs import script

LIBRARY = "IBM_3573-TL_1"
PACKAGE = str(Path(changer.__file__).parents[1])
RUN = "from changer.cli.programs import deliver_events; deliver_events()"


class Started:
    """What was started in place of a process, and how."""

    def __init__(self) -> None:
        self.processes: list[tuple[list[str], dict[str, Any]]] = []
        self.polled: list[int] = []
        self.error: OSError | None = None

    def __call__(self, argv: list[str], **how: Any) -> Started.Process:
        if self.error is not None:
            raise self.error
        self.processes.append((argv, how))
        return Started.Process(self, len(self.processes))

    @dataclass
    class Process:
        """One that ends when it is asked for the second time."""

        started: Started
        number: int

        def poll(self) -> int | None:
            self.started.polled.append(self.number)
            return 0 if self.started.polled.count(self.number) > 1 else None


@dataclass
class Listeners:
    """As a command has them."""

    coordination: HostCoordination
    hooks: str | None = None
    on_event: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.lines: list[tuple[str, int, Mapping[str, str]]] = []

    def log_event(self, text: str, priority: int, fields: Mapping[str, str]) -> None:
        self.lines.append((text, priority, fields))


class OfAServer(HostCoordination):
    """Whose store needs a driver that lies elsewhere."""

    driver_folder = "/drivers"  # type: ignore[assignment]


@pytest.fixture
def started(mocker: MockerFixture) -> Started:
    return mocker.patch("subprocess.Popen", Started())


@pytest.fixture
def coordination(tmp_path: Path) -> HostCoordination:
    made = HostCoordination(tmp_path / "state/state.db", tmp_path / "lock", clock=HandClock())
    with made.open_store() as store:
        store.remember_library(
            LIBRARY, vendor="IBM", product="3573-TL", revision="1", serial="1", device=None
        )
    return made


def test_process_is_detached_and_gets_little_of_the_environment(
    coordination: HostCoordination, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [*os.environ]:
        monkeypatch.delenv(name)
    for name in ("HOME", "CHANGER_STATE", "PGPASSWORD", "SECRET"):
        monkeypatch.setenv(name, name.lower())
    environment = {
        "LC_ALL": "C",
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "home",
        "CHANGER_STATE": "changer_state",
        "PYTHONPATH": PACKAGE,
    }
    start(Listeners(coordination, "hooks.d", ("/bin/mail", "-x")), {"event": "it"})
    start(Listeners(OfAServer(coordination.state, Path("/lock"), clock=HandClock())))
    (argv, how), (of_a_server, environment_of_a_server) = started.processes
    places = [coordination.name, str(coordination.locks), f"{Path.cwd()}/hooks.d"]
    assert argv == [
        *(sys.executable, "-S", "-P", "-c", RUN),
        *(*places, '{"event": "it"}', "/bin/mail", "-x"),
    ]
    assert how == {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
        "env": environment,
        "start_new_session": True,
        "cwd": "/",
    }
    assert of_a_server == [
        *(sys.executable, "-S", "-P", "-c"),
        f"import sys; sys.path.append(sys.argv.pop(1)); {RUN}",
        *("/drivers", coordination.name, "/lock", "", ""),
    ]
    assert environment_of_a_server["env"] == {**environment, "PGPASSWORD": "pgpassword"}


def test_processes_that_ended_are_looked_for_until_they_have(
    coordination: HostCoordination, started: Started
) -> None:
    for _ in range(4):
        start(Listeners(coordination))
    assert started.polled == [1, 1, 2, 2, 3]


def test_what_can_not_be_started_is_left_to_the_next_one(
    coordination: HostCoordination, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    started.error = BlockingIOError("no more processes")
    start(Listeners(coordination))
    started.error = None
    monkeypatch.setattr(sys, "executable", "")
    start(Listeners(coordination))
    assert started.processes == []


@pytest.mark.parametrize(
    ("on_event", "is_news", "starts"),
    [(("/bin/mail",), True, 1), ((), True, 0), (("/bin/mail",), False, 0)],
)
def test_programs_are_told_of_news_if_there_are_any(
    coordination: HostCoordination,
    started: Started,
    on_event: tuple[str, ...],
    starts: int,
    *,
    is_news: bool,
) -> None:
    listeners = Listeners(coordination, on_event=on_event)
    fact = Fact("cleaner-rejected", "7", "it is", fields={"drive": 0, "user": None})
    with coordination.open_store() as store:
        if not is_news:
            tell(LIBRARY, [fact], store=store, listeners=Listeners(coordination))
        told = tell(LIBRARY, [fact], store=store, listeners=listeners)
        assert len(told) == is_news
        assert bool(store.events().undelivered(limit=9)) is bool(starts)
    assert len(started.processes) == starts
    about = {"library": LIBRARY, "event": "cleaner-rejected", "event_id": "1", "drive": "0"}
    assert listeners.lines == [("it is", 3, about)] * is_news


def test_store_that_fails_is_told_past_it_of_what_began_alone(
    coordination: HostCoordination, started: Started
) -> None:
    listeners = Listeners(coordination, on_event=("/bin/mail",))
    with coordination.open_store() as store:
        pass
    facts: list[tuple[EventKind, bool]] = [("cleaner-low", True), ("move-open", False)]
    seen = [Fact(kind, "7", f"it is {kind}", holds=holds) for kind, holds in facts]
    assert tell(LIBRARY, seen, store=store, listeners=listeners) == ()
    ((text, priority, fields),) = listeners.lines
    assert text.startswith("it is cleaner-low (not recorded: ")
    assert (priority, fields) == (4, {"library": LIBRARY, "event": "cleaner-low"})
    assert started.processes == []


def test_what_nobody_delivers_is_taken_up_and_nothing_else(
    coordination: HostCoordination, started: Started
) -> None:
    listeners = Listeners(coordination, on_event=("/bin/mail",))
    with coordination.open_store() as store:
        resume_delivery(store, listeners)
        assert started.processes == [], "there is nothing"
        tell(LIBRARY, [Fact("move-open", "7")], store=store, listeners=listeners)
        with coordination.delivery_lock():
            resume_delivery(store, listeners)
        assert len(started.processes) == 1, "somebody does"
        resume_delivery(store, listeners)
        assert len(started.processes) == 2


@pytest.mark.parametrize("on_event", [(), ("/bin/mail",)])
def test_damage_of_the_store_is_told_to_the_journal_and_to_programs(
    coordination: HostCoordination, started: Started, on_event: tuple[str, ...]
) -> None:
    listeners = Listeners(coordination, on_event=on_event)
    for _ in range(2):
        tell_store_damaged("it is damaged", listeners=listeners)
    fields = {"event": "store-damaged", "event_id": "0", "library": ""}
    assert listeners.lines == [("it is damaged", 2, fields)]
    documents = [json.loads(argv[-2]) for argv, _ in started.processes]
    assert [each["message"] for each in documents] == ["it is damaged"] * len(on_event)


class Events:
    """Of a store, so many of which are to be given to a program."""

    def __init__(self, coordination: HostCoordination, subjects: int) -> None:
        listeners = Listeners(coordination, on_event=("/bin/mail",))
        facts = [Fact("cleaner-low", str(number), str(number)) for number in range(subjects)]
        with coordination.open_store() as store:
            tell(LIBRARY, facts, store=store, listeners=listeners)

    @staticmethod
    def left(coordination: HostCoordination) -> tuple[EventRecord, ...]:
        with coordination.open_store() as store:
            return store.events().undelivered(limit=1000)


def test_one_process_at_a_time_delivers(
    coordination: HostCoordination, started: Started, tmp_path: Path, mocker: MockerFixture
) -> None:
    Events(coordination, 3)
    mocker.stop(started)  # type: ignore[arg-type]
    program = script(tmp_path / "it", f"cat >>{tmp_path}/given")
    log: list[tuple[str, int, Mapping[str, str]]] = []
    recipients = Recipients(None, [str(program)], {}, lambda *line: log.append(line))
    with coordination.delivery_lock():
        deliver(coordination, recipients)
    assert len(Events.left(coordination)) == 3 and log == []
    deliver(coordination, recipients)
    given = [json.loads(each) for each in (tmp_path / "given").read_text().splitlines()]
    assert [each["message"] for each in given] == ["0", "1", "2"]
    assert Events.left(coordination) == () and log == []
