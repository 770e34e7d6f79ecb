"""What is said, and done, where files are to be shared."""

from __future__ import annotations

import errno
import grp
import os
import stat
from pathlib import Path

import pytest
from users import IS_ROOT, called_in_environment, shared_group

from changer.errors import AccessDenied, ChangerError, StoreFull, StoreUnreachable
from changer.host.shared_files import (
    access_hint,
    open_shared_folder,
    prepare_file,
    prepare_folder,
    refusal,
)
from changer.host.trust import user_name

GROUP = shared_group()


# What is said


@pytest.mark.parametrize(
    ("number", "kind", "message", "hint"),
    [
        (errno.EACCES, AccessDenied, "no permission to open PLACE", "ask root"),
        (errno.EPERM, AccessDenied, "no permission to open PLACE", "ask root"),
        *(
            (each, StoreFull, "no space left to open PLACE", "free some space, then try again")
            for each in (errno.ENOSPC, errno.EDQUOT)
        ),
        (
            errno.EROFS,
            StoreUnreachable,
            "can't open PLACE: its file system is read-only",
            "mount it read-write, or name another place",
        ),
        (errno.EIO, StoreUnreachable, "can't open PLACE: Input/output error", None),
    ],
)
def test_refusal_of_the_host_says_what_helps(
    folder: Path, number: int, kind: type[ChangerError], message: str, hint: str | None
) -> None:
    error = OSError(number, os.strerror(number))
    found = refusal(error, folder, doing="open", hint="ask root")
    assert (type(found), found.message, found.hint) == (
        kind,
        message.replace("PLACE", str(folder)),
        hint,
    )
    if kind is AccessDenied:
        assert refusal(error, folder, doing="open").hint == access_hint(folder)


@pytest.mark.parametrize("name", ["folder", "folder/file", "folder/missing/file"])
@pytest.mark.parametrize("is_the_group_s", [False, True])
def test_hint_to_a_right_that_is_missing_names_who_has_it(
    folder: Path, name: str, is_the_group_s: bool
) -> None:
    (folder / "folder").mkdir()
    (folder / "folder/file").touch()
    place = folder / name.removesuffix("/missing/file")
    os.chown(place, -1, GROUP.gr_gid)
    place.chmod(0o770 if is_the_group_s else 0o750)
    me, mode = user_name(), 660 if name == "folder/file" else 2770
    assert access_hint(folder / name) == (
        f"add user {me} to group {GROUP.gr_name} (usermod -aG), then log in again; "
        "see udev/README.md"
        if is_the_group_s
        else f"it belongs to {me}:{GROUP.gr_name}; chgrp tape {place} and chmod {mode} {place}; "
        "see udev/README.md"
    )
    if IS_ROOT:  # nobody is to join that group
        os.chown(place, -1, 0)
        assert access_hint(folder / name).startswith(f"it belongs to {me}:{grp.getgrgid(0)[0]}; ")


# Folders and files that are made


@pytest.mark.parametrize("is_member", [True, False])
def test_folder_is_the_group_s_if_its_maker_is_a_member(folder: Path, is_member: bool) -> None:
    folder.chmod(0o777)
    place = folder / "changer"

    def make() -> int:
        prepare_folder(place, group=GROUP.gr_name)
        return 0

    called_in_environment(make, {}, [GROUP.gr_gid] if is_member else [])
    is_given = is_member or not IS_ROOT
    assert stat.S_IMODE(place.stat().st_mode) == (0o2770 if is_given else 0o700)
    assert (place.stat().st_gid == GROUP.gr_gid) is is_given


@pytest.mark.parametrize("name", ["changer", "above/changer"])
def test_folder_that_another_process_makes_first_is_taken_as_it_is(
    folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, make, rename = folder / name, os.mkdir, os.rename

    def made_first(path: Path, mode: int = 0o777, **where: int) -> None:
        make(path, 0o750 if path == folder / "above" else mode, **where)
        if path == folder / "above":
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))

    def renamed_first(source: Path, target: Path, **where: int) -> None:
        make(target, 0o711)
        (target / "file").touch()
        rename(source, target, **where)

    monkeypatch.setattr("os.mkdir", made_first)
    monkeypatch.setattr("os.rename", renamed_first)
    prepare_folder(place, group=GROUP.gr_name)
    assert stat.S_IMODE(place.stat().st_mode) == 0o711
    assert [each.name for each in place.parent.iterdir()] == ["changer"], "no draft is left"
    assert place.parent == folder or stat.S_IMODE(place.parent.stat().st_mode) == 0o750


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [("", 0o666, 0o660), ("", 0o600, 0o660), ("", 0o660, 0o660), ("x", 0o666, 0o666)],
)
def test_empty_file_that_was_there_is_the_group_s_whatever_its_mode(
    folder: Path, text: str, before: int, after: int
) -> None:
    (folder / "file").write_text(text)
    (folder / "file").chmod(before)
    prepare_file(folder / "file")
    assert stat.S_IMODE((folder / "file").stat().st_mode) == after


def test_no_file_is_made_in_a_folder_that_was_deleted(folder: Path) -> None:
    place = folder / "changer"
    place.mkdir()
    descriptor = os.open(place, os.O_PATH)
    place.rmdir()
    try:
        with pytest.raises(StoreUnreachable) as refused:
            prepare_file(place / "file", folder=descriptor)
    finally:
        os.close(descriptor)
    assert refused.value.message == f"can't make or open {place}/file: No such file or directory"


def test_folder_that_was_opened_is_judged_and_not_what_took_its_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, look = folder / "lock", os.open
    place.mkdir()
    place.chmod(0o777)

    def replace_after(path: Path, flags: int, *more: int, dir_fd: int | None = None) -> int:
        opened = look(path, flags, *more, dir_fd=dir_fd)
        if path == place:
            place.rename(folder / "moved")
            place.mkdir(0o700)
        return opened

    monkeypatch.setattr("os.open", replace_after)
    with pytest.raises(AccessDenied, match="world-writable"):
        open_shared_folder(place, group=None)


def test_folders_above_are_made_too_for_their_maker_alone(folder: Path) -> None:
    """Root's are for everyone to pass, but not to write to."""
    prepare_folder(folder / "a/b/changer", group=GROUP.gr_name)
    modes = [stat.S_IMODE((folder / each).stat().st_mode) for each in ("a", "a/b", "a/b/changer")]
    assert modes == [*([0o755] if IS_ROOT else [0o700]) * 2, 0o2770]


@pytest.mark.parametrize(
    ("mode", "hint"),
    [
        (0o777, "chmod o-w {folder}"),
        (
            0o1777,
            "chmod o-w {folder}, or name a file in a folder of its own, which is then created",
        ),
    ],
)
def test_no_file_is_made_where_everyone_may_write(folder: Path, mode: int, hint: str) -> None:
    place = folder / "public"
    place.mkdir()
    place.chmod(mode)
    with pytest.raises(AccessDenied) as refused:
        prepare_file(place / "file")
    assert refused.value.message == (
        f"{place} is world-writable, so the state store would be unsafe there"
    )
    assert refused.value.hint == hint.format(folder=place)
    assert [*place.iterdir()] == []


def test_path_that_no_host_can_have_is_said_to_be_none(folder: Path) -> None:
    with pytest.raises(StoreUnreachable) as refused:
        prepare_folder(folder / "a\0b", group=None)
    place = str(folder / "a\0b")
    assert refused.value.message == f"{place!r} is not a valid path: embedded null byte"
