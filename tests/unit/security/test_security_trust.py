"""Who shares a file with this user, and with whose rights root uses it then."""

from __future__ import annotations

import errno
import grp
import os
import pwd
from pathlib import Path

import pytest
from strangers import STRANGER
from users import IS_ROOT, NOBODY, shared_group

from changer.errors import AccessDenied
from changer.host.clock import SystemClock
from changer.host.shared_files import access_hint, prepare_folder
from changer.host.trust import others_who_may_change, user_name
from changer.store.sqlite import open_store

GROUP = shared_group()


# Who may change a file


@pytest.mark.parametrize("number", [1, 39, 40, 41])
def test_as_many_links_are_followed_as_the_kernel_follows(folder: Path, number: int) -> None:
    """Else a file that the kernel opens can't be judged, or one is judged that it never opens."""
    (folder / "0").touch()
    for each in range(number):
        (folder / f"{each + 1}").symlink_to(f"{each}")
    follow = (Path.stat, lambda path: [*others_who_may_change(path)])
    ends = []
    for each_way in follow:
        try:
            each_way(folder / f"{number}")
            ends.append(0)
        except OSError as error:
            ends.append(error.errno or -1)
    assert ends == ([0, 0] if number <= 40 else [errno.ELOOP] * 2)


@pytest.mark.parametrize(
    ("primary", "name", "members", "is_own"),
    [
        (True, "me", [], True),
        (True, "me", ["me"], True),
        (True, "me", ["me", "another"], False),
        (True, "me", ["another"], False),
        (True, "staff", [], False),
        (False, "me", [], False),
    ],
)
def test_group_of_this_user_alone_is_no_other(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    primary: bool,
    name: str,
    members: list[str],
    is_own: bool,
) -> None:
    number = GROUP.gr_gid
    os.chown(folder, -1, number)
    folder.chmod(0o770)
    user = pwd.getpwuid(os.geteuid())
    user = pwd.struct_passwd(("me", *user[1:3], number if primary else number + 1, *user[4:]))
    monkeypatch.setattr("pwd.getpwuid", lambda _: user)
    monkeypatch.setattr("grp.getgrgid", lambda _: grp.struct_group((name, "x", number, members)))
    found = [(each.place, each.group_id) for each in others_who_may_change(folder)]
    assert found == ([] if is_own else [(folder, number)])


def test_users_and_groups_that_have_no_name_are_called_by_their_numbers(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(_: int) -> None:
        raise KeyError

    os.chown(folder, -1, GROUP.gr_gid)
    folder.chmod(0o770)
    monkeypatch.setattr("pwd.getpwuid", unknown)
    monkeypatch.setattr("grp.getgrgid", unknown)
    (found,) = others_who_may_change(folder)
    assert found.refusal().message == f"group {GROUP.gr_gid} can write to {folder}"
    assert found._replace(user_id=STRANGER).refusal().message == (
        f"{folder} belongs to {STRANGER}, another user"
    )
    assert user_name() == str(os.getuid())


# Rights of root that are reduced to those of who shares a store


@pytest.mark.parametrize(
    ("mode", "is_the_group_s", "is_shared"),
    [
        (0o700, False, False),
        (0o710, False, not IS_ROOT),  # root's own group has nobody else in it
        (0o700, True, False),
        (0o710, True, True),
        (0o701, False, True),
    ],
)
def test_store_is_shared_with_a_group_only_where_that_can_reach_it(
    folder: Path, mode: int, is_the_group_s: bool, is_shared: bool
) -> None:
    """What SQLite makes beside it shows with whose rights root opened it."""
    above = folder / "above"
    above.mkdir()
    prepare_folder(above / "changer", group=GROUP.gr_name)
    if is_the_group_s:
        os.chown(above, -1, GROUP.gr_gid)
    above.chmod(mode)
    path = above / "changer/state.db"
    with open_store(path, clock=SystemClock(), group=GROUP.gr_name) as store:
        store.libraries()
        owners = {path.with_name(f"state.db{each}").stat().st_uid for each in ("-wal", "-shm")}
    assert owners == {NOBODY if is_shared and IS_ROOT else os.geteuid()}


@pytest.mark.parametrize("by_link", [False, True])
def test_store_that_the_group_of_its_folder_may_not_use_is_named_to_root(
    folder: Path, by_link: bool
) -> None:
    """That others may replace the folder is not what is wrong there."""
    prepare_folder(folder / "changer", group=GROUP.gr_name)
    path = real = folder / "changer/state.db"
    open_store(real, clock=SystemClock(), group=GROUP.gr_name).close()
    os.chown(real, -1, os.getegid())
    real.chmod(0o600)
    if by_link:
        path = folder / "link.db"
        path.symlink_to(real)
    if not IS_ROOT:  # it is this user's own
        open_store(path, clock=SystemClock()).close()
        return
    with pytest.raises(AccessDenied) as refused:
        open_store(path, clock=SystemClock())
    assert refused.value.message == f"no permission to read and write {real}"
    assert refused.value.hint == access_hint(real)
