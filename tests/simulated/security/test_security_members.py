"""What a member of the group may lay in wait harms nobody, root neither."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from users import IS_ROOT

from changer.host.clock import SystemClock
from changer.lock.flock import LibraryLock

from .host import Host, do_as_member

ACCESS_DENIED = 5
STRANGER = 61001


@pytest.fixture
def victim(host: Host) -> Path:
    """A file in a folder of this user's alone."""
    folder = host.folder / "private"
    folder.mkdir(0o700)
    file = folder / "victim"
    file.write_text("precious\n")
    file.chmod(0o600)
    return file


@pytest.fixture
def used(host: Host) -> Host:
    """It has a store with something in it, and a lock."""
    assert host.as_root("load", "1").status == 0
    assert host.as_root("unload").status == 0
    return host


def test_lock_that_is_a_link_is_refused_and_what_it_leads_to_is_untouched(
    used: Host, victim: Path
) -> None:
    victim.write_text("")
    (lock,) = used.locks.glob("*.lock")

    def replace() -> None:
        lock.unlink()
        lock.symlink_to(victim)

    do_as_member(replace)
    run = used.as_root("load", "1")
    assert (run.status, "trap" in run.err) == (ACCESS_DENIED, True), run
    assert (victim.read_text(), victim.stat().st_mode & 0o777) == ("", 0o600)


@pytest.mark.parametrize("side", ["-journal", "-wal", "-shm"])
def test_link_beside_the_store_is_refused(used: Host, victim: Path, side: str) -> None:
    beside = used.state.with_name(used.state.name + side)
    do_as_member(lambda: beside.symlink_to(victim))
    run = used.as_root("status")
    assert (run.status, "trap" in run.err) == (ACCESS_DENIED, True), run
    assert victim.read_text() == "precious\n"


def test_member_is_refused_while_another_users_journal_lies_there(
    used: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = used.state.with_name("state.db-journal")
    journal.write_bytes(b"\xd9\xd5\x05\xf9")
    if IS_ROOT:
        os.chown(journal, STRANGER, -1)
    else:
        monkeypatch.setattr("os.geteuid", lambda: STRANGER)
    run = used.as_member("status")
    assert (run.status, "may be a trap" in run.err) == (ACCESS_DENIED, True), run
    assert "run changer once" in run.err
    assert journal.exists()


def test_store_that_is_another_file_is_refused(used: Host, victim: Path) -> None:
    """A link of root's own would be followed; where there is but one user, any is."""
    victim.write_text("")

    def replace() -> None:
        used.state.unlink()
        used.state.symlink_to(victim)

    do_as_member(replace)
    run = used.as_root("status")
    if IS_ROOT:
        assert (run.status, "trap" in run.err) == (ACCESS_DENIED, True), run
        assert victim.read_text() == ""
    else:
        assert run.status == 0


def test_store_with_a_trigger_of_a_members_is_no_way_to_other_files(
    used: Host, victim: Path
) -> None:
    """SQL that a member leaves in the store runs with the rights of whoever writes next."""

    def lay() -> None:
        import sqlite3

        connection = sqlite3.connect(used.state)
        connection.execute(
            "CREATE TRIGGER trap AFTER UPDATE ON libraries BEGIN SELECT load_extension('x'); END"
        )
        connection.commit()
        connection.close()

    do_as_member(lay)
    run = used.as_root("status")
    assert "Traceback" not in run.err
    assert victim.read_text() == "precious\n"


def test_holder_of_another_file_is_not_ended_as_one_who_shows_a_library(used: Host) -> None:
    """``sim detach`` ends the process that holds a lock: a link must not make it this one."""
    with LibraryLock(
        "other", folder=used.folder / "private-lock", command="", clock=SystemClock()
    ) as held:
        do_as_member(lambda: (used.locks / "attached%3Ademo.lock").symlink_to(held.path))
        run = used.as_root("sim", "list")
    assert run.status == 0
    assert "attached" not in run.out


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_nothing_that_commands_make_is_for_everyone_to_write_to(host: Host, umask: int) -> None:
    before = os.umask(umask)
    try:
        words: tuple[str, ...]
        for words in (
            ("sim", "create", "it"),
            ("load", "1", "--trace", str(host.folder / "trace")),
            ("cleaner", "reserve", "4"),
            ("state", "backup", str(host.folder / "backup")),
            ("state", "export", str(host.folder / "export")),
        ):
            assert host.as_root(*words).status == 0, words
    finally:
        os.umask(before)
    made = [path for path in host.folder.rglob("*") if not path.is_symlink()]
    assert {"it.json", "trace", "state.db", "backup"} <= {path.name for path in made}
    assert [path for path in made if path.stat().st_mode & 0o002] == []
