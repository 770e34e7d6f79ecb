"""A store that a group shares: what its members make can harm neither root nor each other."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
from contextlib import suppress
from pathlib import Path

import pytest
from pytest_mock import MockerFixture
from strangers import STRANGER, give_to_stranger, journal_that_names
from users import NOBODY, as_nobody, shared_group

import changer.store
from changer.errors import AccessDenied, ChangerError, StoreFull, StoreUnreachable
from changer.host.clock import SystemClock
from changer.host.shared_files import prepare_folder
from changer.host.trust import others_who_may_change
from changer.lock.flock import LibraryLock
from changer.store import schema
from changer.store.glance import open_at_a_glance
from changer.store.maintenance.backup import back_up
from changer.store.maintenance.inspection import inspect_store
from changer.store.sqlite import open_store

GROUP = shared_group()
SIDES = ("-journal", "-wal", "-shm")


def use(path: Path) -> None:
    with open_store(path, clock=SystemClock(), group=GROUP.gr_name) as store:
        store.remember_library(
            "L", vendor="V", product="P", revision="R", serial="S", device="/dev/sg3"
        )


@pytest.fixture
def shared(folder: Path) -> Path:
    """The store, in a folder that a group may write to."""
    prepare_folder(folder / "changer", group=GROUP.gr_name)
    path = folder / "changer/state.db"
    use(path)
    return path


@pytest.fixture
def victim(folder: Path) -> Path:
    """A file that only this user may change or delete."""
    folder = folder / "private"
    folder.mkdir(0o700)
    file = folder / "victim"
    file.write_text("precious\n")
    file.chmod(0o600)
    return file


def test_journal_of_another_user_deletes_no_file(
    shared: Path, victim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the protection SQLite itself deletes it: see the next test."""
    journal = shared.with_name("state.db-journal")
    journal.write_bytes(journal_that_names(victim, shared))
    give_to_stranger(journal, monkeypatch)
    with suppress(ChangerError):  # an ordinary user is refused at once
        use(shared)
    assert victim.read_text() == "precious\n"


def test_journal_of_another_user_is_not_played_back_by_an_ordinary_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "state.db"
    use(path)
    path.chmod(0o666)
    journal = path.with_name("state.db-journal")
    journal.write_bytes(b"pages")
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, -1)
    give_to_stranger(journal, monkeypatch)
    code, text = as_nobody(lambda: use(path))
    assert code == "access-denied"
    assert f"{journal} belongs to" in text and "run changer once as root" in text
    assert journal.read_bytes() == b"pages"


def test_that_journal_is_one_that_deletes(shared: Path, victim: Path) -> None:
    """As this user's own, where nobody else may write: if this fails, the other proves nothing."""
    shared.parent.chmod(0o700)
    shared.with_name("state.db-journal").write_bytes(journal_that_names(victim, shared))
    use(shared)
    assert not victim.exists()


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("make", [Path.symlink_to, Path.hardlink_to])
def test_link_beside_the_store_is_not_followed(
    shared: Path, victim: Path, side: str, make: object
) -> None:
    assert callable(make)
    beside = shared.with_name(shared.name + side)
    beside.unlink(missing_ok=True)
    make(beside, victim)
    for function in (
        use,
        lambda path: back_up(path, victim.with_name("b"), replace=False),
        lambda path: open_at_a_glance(path, clock=SystemClock()),
    ):
        with pytest.raises(AccessDenied, match=f"{beside} is a link, and may be a trap"):
            function(shared)
    assert victim.read_text() == "precious\n"


def test_link_of_another_user_in_the_place_of_the_store_is_not_followed(
    shared: Path, victim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty file is what becomes a new store."""
    victim.write_text("")
    shared.unlink()
    shared.symlink_to(victim)
    give_to_stranger(shared, monkeypatch)
    with pytest.raises(AccessDenied, match="another user's link"):
        use(shared)
    assert (victim.read_bytes(), stat.S_IMODE(victim.stat().st_mode)) == (b"", 0o600)


def test_link_of_a_member_shows_nothing_of_a_store_of_root(shared: Path, victim: Path) -> None:
    """Whoever looks at a store has no more rights than those who may have laid the link."""
    back_up(shared, victim, replace=True)
    shared.unlink()
    shared.symlink_to(victim)
    inspection = inspect_store(shared)
    assert (inspection.contents is None) == (os.geteuid() == 0)
    if os.geteuid() == 0:
        assert f"no permission to use {victim}" in [each.message for each in inspection.problems]


def test_link_of_ones_own_in_the_place_of_the_store_is_followed(shared: Path, folder: Path) -> None:
    elsewhere = folder / "elsewhere"
    prepare_folder(elsewhere, group=GROUP.gr_name)
    shared.rename(elsewhere / "state.db")
    shared.symlink_to(elsewhere / "state.db")
    use(shared)
    assert [each.name for each in shared.parent.iterdir()] == ["state.db"]


@pytest.mark.parametrize("mode", [0o777, 0o1777])
def test_link_of_ones_own_to_a_folder_of_everyone_is_refused(
    shared: Path, folder: Path, mode: int
) -> None:
    """Others can put what they like beside the store, or in its place."""
    public = folder / "public"
    public.mkdir()
    public.chmod(mode)
    shared.rename(public / "state.db")
    shared.symlink_to(public / "state.db")
    with pytest.raises(AccessDenied, match=f"{public} is world-writable, "):
        use(shared)
    assert [each.name for each in public.iterdir()] == ["state.db"]


def test_folder_that_another_user_put_in_the_place_of_a_new_one_is_left_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root would open a folder of theirs to everyone, or give it to the group."""
    make, new = os.mkdir, folder / "new"

    def made_by_another(path: Path, mode: int = 0o777, **where: int) -> None:
        make(path, mode, **where)
        if Path(path) == new:
            new.chmod(0o700)
            give_to_stranger(new, monkeypatch)

    monkeypatch.setattr(os, "mkdir", made_by_another)
    with pytest.raises(ChangerError):
        prepare_folder(new / "changer", group=None)
    assert stat.S_IMODE(new.stat().st_mode) == 0o700
    assert not any(new.iterdir())


def test_what_is_made_beside_a_shared_store_is_the_groups(shared: Path) -> None:
    with open_store(shared, clock=SystemClock(), group=GROUP.gr_name) as store:
        store.remember_library(
            "M", vendor="V", product="P", revision="R", serial="S", device="/dev/sg3"
        )
        made = {each.name: each.stat() for each in shared.parent.iterdir()}
    assert set(made) == {"state.db", "state.db-wal", "state.db-shm"}
    group = GROUP.gr_gid
    assert {(stat.S_IMODE(each.st_mode), each.st_gid) for each in made.values()} == {(0o660, group)}


def test_rights_are_whole_again_once_the_store_is_open(shared: Path, victim: Path) -> None:
    use(shared)
    (victim.parent / "made").touch()
    assert (victim.parent / "made").stat().st_uid == os.geteuid()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_nothing_of_a_store_is_for_everyone_whatever_the_umask(folder: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        with open_store(folder / "a/b/state.db", clock=SystemClock(), group=GROUP.gr_name):
            made = [path.stat().st_mode for path in folder.rglob("*")]
    finally:
        os.umask(before)
    assert len(made) >= 3
    assert not any(mode & stat.S_IWOTH for mode in made)
    reachable = (folder / "a").stat().st_mode & 0o777
    assert reachable == (0o755 if os.geteuid() == 0 else 0o700)


def test_root_that_cannot_lower_its_rights_opens_no_shared_store(
    shared: Path, mocker: MockerFixture
) -> None:
    """Without CAP_SETUID and CAP_SETGID, setfsuid(2) changes nothing, and reports no failure."""
    host = mocker.patch("ctypes.CDLL").return_value
    host.setfsuid.return_value = host.setfsgid.return_value = 0
    mocker.patch("os.geteuid", return_value=0)
    with pytest.raises(
        StoreUnreachable, match="with the permissions of the users that share it"
    ) as refused:
        use(shared)
    assert refused.value.hint == "use a folder that only root can write to"


def test_root_opens_a_shared_store_with_a_program_that_only_root_can_read(
    shared: Path, victim: Path, mocker: MockerFixture
) -> None:
    """It is installed in a folder of root, say."""
    private = victim.parent / "migrations"
    shutil.copytree(Path(changer.store.__file__).with_name("migrations"), private)
    mocker.patch.object(schema, "_MIGRATIONS", private)
    schema.migration_scripts.cache_clear()
    shared.unlink()
    use(shared)
    schema.migration_scripts.cache_clear()


def test_folders_of_root_are_used_whatever_their_group_is(folder: Path) -> None:
    """Of this user's, where that is not root."""
    prepare_folder(folder / "lib", group=GROUP.gr_name)
    prepare_folder(folder / "lock", group=GROUP.gr_name)
    use(folder / "lib/state.db")
    lock = LibraryLock(
        "L", folder=folder / "lock", command="test", clock=SystemClock(), group="no-such-group"
    )
    with lock:
        made = (folder / "lib/state.db").stat(), lock.path.stat()
    group = GROUP.gr_gid
    assert [each.st_gid for each in made] == [group, group]


def test_folder_that_only_root_can_reach_is_used_as_it_is(folder: Path) -> None:
    folder.chmod(0o700)
    use(folder / "a/state.db")
    use(folder / "a/state.db")
    assert (folder / "a/state.db").stat().st_size > 0


def test_folder_of_another_user_is_used_with_the_rights_of_that_user(
    folder: Path, victim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root looks into a user's own store, where the user has laid a journal in wait."""
    folder = folder / "theirs"
    folder.mkdir(0o755)
    path = folder / "state.db"
    use(path)
    journal = path.with_name("state.db-journal")
    journal.write_bytes(journal_that_names(victim, path))
    if os.geteuid() == 0:
        for place in (folder, path, journal):
            os.chown(place, STRANGER, STRANGER)
    else:
        give_to_stranger(journal, monkeypatch)
    with suppress(ChangerError):
        use(path)
    assert victim.exists()


@pytest.mark.parametrize("how", ["user", "group", "link"])
def test_folder_that_others_may_replace_but_not_use_is_refused_to_root(
    folder: Path, how: str
) -> None:
    """Else they might put a folder with a journal in its place, just before it is opened."""
    above = folder / "above"
    path = above / "roots/state.db"
    path.parent.mkdir(parents=True)
    words = {"user": f"{above} belongs to", "group": f"group {GROUP.gr_name} can write to {above}"}
    if how == "user" and os.geteuid() == 0:
        os.chown(above, STRANGER, STRANGER)
    elif how == "group":
        os.chown(above, -1, GROUP.gr_gid)
        above.chmod(0o775)
    elif how == "link":
        (folder / "public").mkdir()
        (folder / "public").chmod(0o1777)
        link = folder / "public/link"
        link.symlink_to(path.parent)
        path = link / "state.db"
        # Where that is switched on, the kernel itself follows no link of another user there.
        is_followed = Path("/proc/sys/fs/protected_symlinks").read_text().strip() == "0"
        words["link"] = f"{link} belongs to" if is_followed else f"{link} is another user's link"
        if os.geteuid() == 0:
            os.chown(link, STRANGER, STRANGER, follow_symlinks=False)
    if os.geteuid() != 0:  # an ordinary user has no more rights than these
        use(path)
        return
    with pytest.raises(AccessDenied, match=words[how]) as refused:
        use(path)
    assert re.match("chown root|chmod g-w|remove", refused.value.hint or "")


def test_link_of_another_user_that_the_kernel_does_not_follow_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = folder / "link"
    link.symlink_to(folder)
    give_to_stranger(link, monkeypatch)

    def refuse(_: Path) -> bool:  # as with protected_symlinks (proc(5))
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "is_dir", refuse)
    with pytest.raises(AccessDenied, match=f"{link} is another user's link"):
        prepare_folder(link, group=None)


def test_links_that_lead_in_a_circle_lead_to_no_file(folder: Path) -> None:
    """Nobody knows then who may change what is at their end."""
    (folder / "there").symlink_to("back")
    (folder / "back").symlink_to("there")
    with pytest.raises(OSError, match=os.strerror(errno.ELOOP)):
        list(others_who_may_change(folder / "there"))


def test_group_is_not_given_to_what_takes_the_place_of_a_new_folder(
    folder: Path, victim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between mkdir(2) and chown(2), in a folder in which others may rename."""
    make, before = os.mkdir, victim.parent.stat()

    def replace_first(path: Path, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
        make(path, mode, dir_fd=dir_fd)
        path.rename(folder / "moved")
        path.symlink_to(victim.parent)

    monkeypatch.setattr("os.mkdir", replace_first)
    with pytest.raises(ChangerError):
        prepare_folder(folder / "changer", group=GROUP.gr_name)
    after = victim.parent.stat()
    assert (after.st_gid, after.st_mode) == (before.st_gid, before.st_mode)


@pytest.mark.parametrize(("name", "number"), [("fchown", errno.EPERM), ("rename", errno.ENOSPC)])
def test_folder_that_the_host_refuses_to_give_to_the_group_is_not_made(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, number: int
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, name, refuse)
    with pytest.raises(AccessDenied if number == errno.EPERM else StoreFull, match="changer"):
        prepare_folder(folder / "changer", group=GROUP.gr_name)
    assert list(folder.iterdir()) == []
