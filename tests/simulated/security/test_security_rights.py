"""A user without a right is denied access, and told which right it is and who can give it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from figures import FIGURES
from users import IS_ROOT, shared_group

from .host import Host, error_of

A_BUG, ACCESS_DENIED = 1, 5
ACTING = ("load 1", "cleaner reserve 4", "move 1 5", "lock")
READING = ("status", "history", "inventory", "cleaner status", "operations", "state list")


def denied(host: Host, words: str, **changes: str) -> tuple[str, str]:
    """The message and the hint of ERROR_ACCESS_DENIED."""
    run = host.as_nobody(*words.split(), "--json", **changes)
    error = error_of(run)
    assert (run.status, error["code"]) == (ACCESS_DENIED, "access-denied"), error
    assert error["ntms"] == {"name": "ERROR_ACCESS_DENIED", "code": 5}
    return error["message"], error["hint"]


@contextmanager
def shut(path: Path, mode: int) -> Iterator[None]:
    before = path.stat().st_mode & 0o7777
    path.chmod(mode)
    try:
        yield
    finally:
        path.chmod(before)


@pytest.mark.parametrize("words", [*READING, *ACTING])
def test_store_folder_that_is_closed_names_the_group_to_join(host: Host, words: str) -> None:
    assert host.as_root("status").status == 0
    with shut(host.state.parent, 0o2770 if IS_ROOT else 0o070):
        message, hint = denied(host, words)
    assert str(host.state.parent) in message
    assert f"to group {shared_group().gr_name} (usermod -aG)" in hint


def own_store(host: Host) -> dict[str, str]:
    """A state store of the ordinary user's own, as the environment names it."""
    own = {"CHANGER_STATE": str(host.folder / "nobody/state/state.db")}
    assert host.as_nobody("state", "init", **own).status == 0
    return own


@pytest.mark.parametrize("words", ACTING[:3])
def test_lock_folder_that_is_closed_is_named_and_readers_need_none(host: Host, words: str) -> None:
    own = own_store(host)
    with shut(host.locks, 0o2770 if IS_ROOT else 0o070):
        message, hint = denied(host, words, **own)
        assert host.as_nobody("status", **own).status == 0
    assert str(host.locks) in message
    assert f"to group {shared_group().gr_name} (usermod -aG)" in hint


@pytest.mark.parametrize(("closed", "right"), [("file", "o+r"), ("folder", "o+x")])
def test_configuration_that_is_closed_is_named_and_who_can_open_it(
    host: Host, closed: str, right: str
) -> None:
    folder = host.folder / "etc"
    folder.mkdir(0o755)
    file = folder / "changer.toml"
    file.write_text("")
    place = file if closed == "file" else folder
    with shut(place, 0o700 if IS_ROOT else 0o000):
        message, hint = denied(host, "status", CHANGER_CONFIG=str(file))
    assert str(file) in message
    assert hint.endswith(f"chmod {right} {place}")


@pytest.mark.parametrize("words", ["status", "sim create it", "sim show demo", "load 1"])
def test_folder_of_virtual_libraries_that_is_closed_is_named(host: Host, words: str) -> None:
    own = own_store(host)
    closed = host.folder / "closed"
    closed.mkdir(0o700)
    with shut(closed, 0o700 if IS_ROOT else 0o000):
        message, hint = denied(host, words, CHANGER_SIM_DIR=str(closed / "simulated"), **own)
    assert str(closed) in message
    assert "$CHANGER_SIM_DIR" in hint


@pytest.mark.parametrize("what", ["file", "folder"])
def test_trace_that_is_closed_is_named(host: Host, what: str) -> None:
    own = own_store(host)
    closed = host.folder / "closed"
    closed.mkdir()
    file = closed / "trace"
    if what == "file":
        file.write_text("")
    with shut(file if what == "file" else closed, 0o400 if what == "file" else 0o555):
        message, hint = denied(host, f"load 1 --trace {file}", **own)
    assert str(file) in message or f"make trace in {closed}" in message
    assert "--trace" in hint


def test_device_of_a_group_names_the_group_and_of_root_alone_the_udev_rules(host: Host) -> None:
    """A character device that this user may not open; what is behind it does not come to that."""
    own = own_store(host)
    closed = host.folder / "closed"
    closed.mkdir()
    with shut(closed, 0o700 if IS_ROOT else 0o000):
        message, hint = denied(host, f"--library {closed}/sg0 status", **own)
    assert f"{closed}/sg0" in message
    assert "you have no access" in hint


@pytest.mark.parametrize("words", ["sim attach demo", "sim detach demo", "sim detach --cleanup"])
def test_attaching_is_for_root(host: Host, words: str) -> None:
    message, hint = denied(host, words)
    assert "only root" in message
    assert "sudo" in hint


def test_denied_access_changes_nothing(host: Host) -> None:
    assert host.as_root("cleaner", "reserve", "4").status == 0
    before, history = _slots(host), host.as_root("history", "--json").out
    with shut(host.state.parent, 0o2770 if IS_ROOT else 0o070):
        for words in (
            "cleaner release",
            "cleaner reserve 5",
            "load 1",
            "state forget virtual --yes",
        ):
            denied(host, words)
    now = _slots(host)
    FIGURES.cartridges(before=_tags(before), now=_tags(now))
    reserved = [slot["number"] for slot in now if slot["reserved"]]
    FIGURES.reservation(expected=4, found=reserved[0] if reserved else None)
    assert host.as_root("history", "--json").out == history


def _slots(host: Host) -> list[dict[str, Any]]:
    slots: list[dict[str, Any]] = json.loads(host.as_root("status", "--json").out)["slots"]
    return slots


def _tags(slots: list[dict[str, Any]]) -> list[str]:
    return [slot["volume_tag"] for slot in slots if slot["volume_tag"]]


MEMBER_DOES: tuple[str, ...] = (
    "cleaner reserve 4",
    "status",
    "load 1",
    "cleaner status",
    "unload",
    "cleaner release",
    "history",
    "operations",
    "state list",
)


@pytest.mark.parametrize("first", ["as_root", "as_member"])
def test_member_of_the_group_does_all_of_it_whoever_comes_first(host: Host, first: str) -> None:
    """Nothing that one of them makes is closed to the other, whatever the umask."""
    begin: Callable[..., object] = getattr(host, first)
    before = os.umask(0o077)
    for each in host.state.parent.iterdir():
        each.unlink()
    try:
        begin("state", "init")
        for words in MEMBER_DOES:
            assert host.as_member(*words.split()).status == 0, words
            # What is reserved already, or no longer, is so for both.
            assert host.as_root(*words.split()).status not in (A_BUG, ACCESS_DENIED), words
    finally:
        os.umask(before)


def test_trace_of_a_command_as_member_and_their_own_virtual_libraries(host: Host) -> None:
    own = host.folder / "member/trace"
    assert host.as_member("status", "--trace", str(own)).status == 0
    assert own.read_text().startswith('{"schema": "changer.trace/2"')
    assert host.as_member("sim", "create", "it").status == 0
    assert host.as_member("--library", "sim:it", "load", "1").status == 0
