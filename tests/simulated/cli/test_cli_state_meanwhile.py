"""What somebody says yes to is not done to a store that changed since the question."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from changer.host.clock import SystemClock
from changer.store.protocol import Store
from changer.store.sqlite import open_store

from .terminal import STORE_FAILED, Run, Terminal


class Answer(io.StringIO):
    """A person at a terminal who takes their time: something happens, then comes a yes."""

    def __init__(self, happens: Callable[[], object]) -> None:
        super().__init__()
        self._happens = happens

    def isatty(self) -> bool:
        return True

    def readline(self, _: int = -1) -> str:  # type: ignore[override]
        self._happens()
        return "yes\n"


@pytest.fixture
def library_id(terminal: Terminal) -> str:
    """The only library of the store."""
    known: str = terminal.done("status", "--json").json["library"]["id"]
    return known


@pytest.fixture
def backup(terminal: Terminal, library_id: str) -> Path:
    file = terminal.folder / "state.backup"
    terminal.done("state", "backup", str(file))
    return file


def reserve(store: Store, library_id: str) -> None:
    operation = store.begin_operation(library_id, "reserve")
    store.reserve(operation.id, slot_address=1004)


def move(store: Store, library_id: str) -> None:
    store.begin_move(library_id, source_address=1001, destination_address=500, volume_tag="A1")


def answered(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object], *words: str
) -> Run:
    monkeypatch.setattr(sys, "stdin", Answer(happens))
    return terminal.run(*words)


def changed(terminal: Terminal, change: Callable[[Store, str], None], library_id: str) -> None:
    with open_store(terminal.state, clock=SystemClock()) as store:
        change(store, library_id)


QUESTION = "its history, all that is kept? [yes/No] "


def test_a_library_that_is_used_meanwhile_is_not_forgotten(
    terminal: Terminal, library_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget = ("state", "forget", library_id)
    run = answered(terminal, monkeypatch, lambda: changed(terminal, reserve, library_id), *forget)
    assert (run.status, run.out) == (STORE_FAILED, "")
    assert run.err == (
        f"Forget {library_id}: {QUESTION}changer: {library_id} was used meanwhile\n  try again\n"
    )
    run = answered(terminal, monkeypatch, lambda: None, *forget)
    assert (run.status, run.out) == (0, f"{library_id} is forgotten\n")
    assert run.err == f"Forget {library_id}: the reservation of slot @1004, {QUESTION}"


def test_a_move_that_begins_meanwhile_keeps_a_library(
    terminal: Terminal, library_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = lambda: changed(terminal, move, library_id)  # noqa: E731
    run = answered(terminal, monkeypatch, begin, "state", "forget", library_id)
    assert "has open records: a move of A1 from @1001 to @500" in run.err
    run = answered(terminal, monkeypatch, begin, "state", "forget", library_id, "--force")
    assert run.status == STORE_FAILED and "was used meanwhile" in run.err


def test_a_store_that_changed_meanwhile_is_not_replaced(
    terminal: Terminal, library_id: str, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore = ("state", "restore", str(backup))
    run = answered(terminal, monkeypatch, lambda: changed(terminal, reserve, library_id), *restore)
    assert (run.status, run.out) == (STORE_FAILED, "")
    assert run.err == (
        f"The state store {terminal.state} becomes what {backup} holds:\n"
        f"  {library_id}: as it is: nothing reserved, no cleaner, 0 operations, 0 moves\n"
        "Restore it? [yes/No] changer: the state store changed meanwhile\n  try again\n"
    )
    with open_store(terminal.state, clock=SystemClock()) as store:
        assert len(store.reservations(library_id)) == 1
    run = answered(terminal, monkeypatch, lambda: None, *restore)
    assert run.status == 0 and "slot @1004 reserved -> nothing reserved" in run.err
    with open_store(terminal.state, clock=SystemClock()) as store:
        assert store.reservations(library_id) == ()


def test_who_says_yes_beforehand_means_whatever_is_there(
    terminal: Terminal, library_id: str, backup: Path
) -> None:
    changed(terminal, reserve, library_id)
    terminal.done("state", "restore", str(backup), "--yes")
    with open_store(terminal.state, clock=SystemClock()) as store:
        assert store.reservations(library_id) == ()
