"""The process that gives events to programs: what its words mean, and how it fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from changer.cli.deliver import main
from changer.errors import StoreFailed
from changer.events.news import Fact, find_news
from changer.host.clock import SystemClock
from changer.store.coordination import HostCoordination

from .emitter import LIBRARY


class Told:
    """A store with one event, and a program that keeps what it is given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state, self.locks, self.given = folder / "state.db", folder / "lock", folder / "given"
        coordination = HostCoordination(self.state, self.locks, clock=SystemClock())
        with coordination.open_store() as store:
            store.remember_library(
                LIBRARY, vendor="IBM", product="3573-TL", revision="1", serial="1", device=None
            )
            facts = [Fact("cleaner-low", "x", "few left")]
            store.events().record(
                LIBRARY, lambda lasting: find_news(lasting, facts, now=0.0), to_deliver=True
            )

    def program(self, name: str) -> str:
        file = self.folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\ncat >>'{self.given}'\necho >>'{self.given}'\n")
        file.chmod(0o755)
        return str(file)

    @property
    def messages(self) -> list[str]:
        text = self.given.read_text() if self.given.exists() else ""
        return [json.loads(line)["message"] for line in text.splitlines() if line]


@pytest.fixture
def told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Told:
    monkeypatch.setenv("CHANGER_CONFIG", "")
    return Told(folder)


def test_programs_of_a_folder_are_given_the_events_of_the_store(told: Told) -> None:
    told.program("hooks.d/10-tell")
    words = [str(told.state), str(told.locks), str(told.folder / "hooks.d"), ""]
    assert main(words) == 0
    assert told.messages == ["few left"]
    assert main(words) == 0
    assert told.messages == ["few left"], "once"


def test_a_command_is_given_them_without_a_folder(told: Told) -> None:
    assert main([str(told.state), str(told.locks), "", "", told.program("tell")]) == 0
    assert told.messages == ["few left"]


def test_a_document_is_given_and_the_store_left_alone(told: Told) -> None:
    document = json.dumps({"message": "the store is damaged"})
    program = told.program("tell")
    assert main([str(told.state), str(told.locks), "", document, program]) == 0
    assert told.messages == ["the store is damaged"]
    assert main([str(told.state), str(told.locks), "", "", program]) == 0
    assert told.messages == ["the store is damaged", "few left"]


def test_a_store_that_can_not_be_used_is_told_to_the_host(
    told: Told, mocker: MockerFixture
) -> None:
    log = mocker.patch("syslog.syslog")
    told.state.write_bytes(b"no store " * 100)
    assert main([str(told.state), str(told.locks), "", "", told.program("tell")]) == (
        StoreFailed.exit_status
    )
    ((_, text),) = [each.args for each in log.call_args_list]
    assert "events are not delivered now: " in text and "file is not a database" in text
    assert told.messages == []
