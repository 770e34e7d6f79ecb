"""What another user may have laid in wait: links, pipes, files that everyone may write to."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from pathlib import Path

import pytest
from open_files import none_left_open
from strangers import give_to_stranger
from users import shared_group

from changer.errors import (
    AccessDenied,
    ChangerError,
    NotAChanger,
    OutputFailed,
    SimulatorRefused,
    UsageError,
)
from changer.host.atomic_file import place_file
from changer.host.clock import SystemClock
from changer.host.shared_files import prepare_file
from changer.library.opening import Request, open_library
from changer.library.settings import Configuration, load_configuration
from changer.lock.flock import LibraryLock
from changer.lock.holder import holding_process
from changer.simulator.catalogue import profile_of
from changer.simulator.creation import create
from changer.store.sqlite import open_store
from changer.transport.traced import TraceFile

PRECIOUS = "precious\n"


@pytest.fixture
def precious(tmp_path: Path) -> Path:
    """What a trap is laid for. It is empty where the trap is one of its mode."""
    file = tmp_path / "precious"
    file.write_text(PRECIOUS)
    file.chmod(0o600)
    return file


def state_of(path: Path) -> tuple[str, int, int]:
    status = path.stat()
    return path.read_text(), stat.S_IMODE(status.st_mode), status.st_nlink


def trace(path: Path) -> None:
    TraceFile(path, device="/dev/sg3", warn=lambda _: None).close()


# Traces


def test_trace_is_not_written_through_the_link_of_a_stranger(
    precious: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "trace").symlink_to(precious)
    give_to_stranger(tmp_path / "trace", monkeypatch)
    with pytest.raises(AccessDenied, match="another user's link"):
        trace(tmp_path / "trace")
    assert precious.read_text() == PRECIOUS


@pytest.fixture
def stranger_s_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that a stranger's link leads to, which is on the way to a file."""
    folder, link = tmp_path / "folder/below", tmp_path / "link"
    folder.mkdir(parents=True)
    link.symlink_to(tmp_path / "folder")
    (tmp_path / "root's").symlink_to("link/below")
    give_to_stranger(link, monkeypatch)
    return tmp_path


@pytest.mark.parametrize("way", ["link/below", "link/below/../below", "root's"])
@pytest.mark.parametrize("is_there", [True, False])
def test_trace_is_written_through_no_stranger_s_link_on_the_way(
    stranger_s_way: Path, way: str, is_there: bool
) -> None:
    file = stranger_s_way / "folder/below/trace"
    if is_there:
        file.write_text(PRECIOUS)
    with pytest.raises(AccessDenied, match=f"{stranger_s_way}/(link|root's) is another user's"):
        trace(stranger_s_way / way / "trace")
    assert (file.read_text() == PRECIOUS) if is_there else not file.exists()
    trace(file.with_name("other"))


@pytest.mark.parametrize("way", ["link/below", "root's"])
def test_file_is_placed_through_no_stranger_s_link_on_the_way(
    stranger_s_way: Path, way: str
) -> None:
    """A backup, an exported document."""
    file = stranger_s_way / "folder/below/backup"
    file.write_text(PRECIOUS)
    for name in ("backup", "new"):
        with pytest.raises(AccessDenied, match=f"{stranger_s_way}/(link|root's) is another user's"):
            place_file(stranger_s_way / way / name, b"content", replace=True)
    assert [each.name for each in file.parent.iterdir()] == ["backup"]
    assert file.read_text() == PRECIOUS
    place_file(file, b"content", replace=True)
    assert file.read_bytes() == b"content"


def test_names_that_lead_to_a_file_are_followed_as_the_kernel_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "absolute").symlink_to(tmp_path / "a")
    (tmp_path / "a/relative").symlink_to("../absolute/b")
    (tmp_path / "a/b/last").symlink_to("file")
    (tmp_path / "endless").symlink_to("endless")
    monkeypatch.chdir(tmp_path / "a")
    for name in ("relative/last", "b/../b/./file", str(tmp_path / "absolute/relative/file")):
        trace(Path(name))
    assert (tmp_path / "a/b/file").read_text().count("schema") == 3
    for wrong in ("endless", "endless/x", "a/b/file/x", "none/x", "", ".", "..", "/", "a/b"):
        with pytest.raises(OutputFailed, match="can't be written"):
            trace(tmp_path / wrong)


def test_trace_is_written_to_what_the_shell_opened(tmp_path: Path) -> None:
    """``--trace /dev/fd/63``, of ``>(command)``: a link that the kernel alone can follow."""
    reading, writing = os.pipe()
    trace(Path(f"/dev/fd/{writing}"))
    assert b"schema" in os.read(reading, 1000)
    os.close(reading)
    os.close(writing)


def test_folder_that_takes_the_place_of_another_meanwhile_is_not_entered(
    tmp_path: Path, precious: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name is looked at and used in one step."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other/trace").symlink_to(precious)
    look = os.open

    def replace_after(path: str, flags: int, *more: int, dir_fd: int | None = None) -> int:
        opened = look(path, flags, *more, dir_fd=dir_fd)
        if path == "folder":
            (tmp_path / "folder").rename(tmp_path / "moved")
            (tmp_path / "folder").symlink_to(tmp_path / "other")
        return opened

    monkeypatch.setattr("os.open", replace_after)
    trace(tmp_path / "folder/trace")
    assert (tmp_path / "moved/trace").exists()
    assert precious.read_text() == PRECIOUS


def test_trace_is_not_written_to_a_second_name_of_a_file(precious: Path, tmp_path: Path) -> None:
    (tmp_path / "trace").hardlink_to(precious)
    with pytest.raises(AccessDenied, match="hard link"):
        trace(tmp_path / "trace")
    assert precious.read_text() == PRECIOUS


def test_trace_is_not_written_to_a_strangers_file_in_a_folder_of_everyone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "public"
    folder.mkdir()
    folder.chmod(0o1777)
    (folder / "trace").write_text("")
    give_to_stranger(folder / "trace", monkeypatch)
    # A kernel may refuse it by itself: /proc/sys/fs/protected_regular.
    with pytest.raises(AccessDenied):
        trace(folder / "trace")
    assert (folder / "trace").read_text() == ""


def test_trace_that_is_refused_leaves_no_file_open(precious: Path, tmp_path: Path) -> None:
    """A daemon that is refused again and again would run out of them."""
    (tmp_path / "trace").hardlink_to(precious)
    with none_left_open(), pytest.raises(AccessDenied):
        trace(tmp_path / "trace")


def test_trace_waits_for_no_reader_of_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "trace")
    with pytest.raises(OutputFailed, match="no program is reading from that pipe"):
        trace(tmp_path / "trace")


def test_trace_is_written_through_a_link_of_ones_own_and_to_a_pipe_that_is_read(
    tmp_path: Path,
) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "trace")
    trace(tmp_path / "link")
    assert (tmp_path / "trace").read_text().startswith('{"schema": "changer.trace/2"')
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    trace(tmp_path / "pipe")
    assert os.read(reader, 100).startswith(b'{"schema": "changer.trace/2"')
    os.close(reader)


@pytest.mark.parametrize(("umask", "mode"), [(0o000, 0o664), (0o022, 0o644), (0o077, 0o600)])
def test_trace_is_never_for_everyone_to_write_to(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        trace(tmp_path / "trace")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "trace").stat().st_mode) == mode


# The configuration


def configured(file: Path) -> str | None:
    return load_configuration({"CHANGER_CONFIG": str(file)}).library


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    folder = tmp_path / "etc"
    folder.mkdir(0o755)
    file = folder / "changer.toml"
    file.write_text('default_library = "L"\n')
    return file


def test_configuration_of_ones_own_is_read(settings: Path) -> None:
    assert configured(settings) == "L"
    (settings.parent / "link").symlink_to(settings)
    assert configured(settings.parent / "link") == "L"


@pytest.fixture(params=["file", "folder", "folder above"])
def place(settings: Path, request: pytest.FixtureRequest) -> Path:
    """Each place by which others could change the configuration."""
    folder = settings.parent
    return {"file": settings, "folder": folder, "folder above": folder.parent}[request.param]


def test_configuration_that_everyone_may_write_is_refused(settings: Path, place: Path) -> None:
    place.chmod(0o777)
    with pytest.raises(AccessDenied, match=f"{place} is world-writable$") as denied:
        configured(settings)
    assert denied.value.hint == f"chmod o-w {place}"


def test_configuration_that_a_group_may_write_is_refused(
    settings: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A private group, of this user's name and with nobody else in it, is none."""
    number, user = shared_group().gr_gid, pwd.getpwuid(os.geteuid())
    os.chown(place, -1, number)
    place.chmod(0o770)
    group = grp.struct_group(("changers", "x", number, []))
    monkeypatch.setattr("grp.getgrgid", lambda _: group)
    with pytest.raises(AccessDenied, match=f"group changers can write to {place}$") as denied:
        configured(settings)
    assert denied.value.hint == f"chmod g-w {place}"
    group = grp.struct_group((user.pw_name, "x", number, []))
    user = pwd.struct_passwd((*user[:3], number, *user[4:]))
    monkeypatch.setattr("pwd.getpwuid", lambda _: user)
    assert configured(settings) == "L"


def test_configuration_of_a_stranger_is_refused(
    settings: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_to_stranger(place, monkeypatch)
    with pytest.raises(AccessDenied, match="belongs to ") as denied:
        configured(settings)
    assert "chown" in (denied.value.hint or "")


def test_link_in_a_good_folder_does_not_make_a_bad_one_good(settings: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.mkdir()
    bad.chmod(0o777)
    (bad / "changer.toml").write_text("")
    (settings.parent / "link").symlink_to(bad / "changer.toml")
    with pytest.raises(AccessDenied, match=f"{bad} is world-writable$"):
        configured(settings.parent / "link")


def test_folder_of_each_link_on_the_way_counts(settings: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "etc").symlink_to(settings.parent)
    (tmp_path / "link").symlink_to("bad/../bad/etc")
    assert configured(tmp_path / "link/changer.toml") == "L"
    bad.chmod(0o777)
    with pytest.raises(AccessDenied, match=f"{bad} is world-writable$"):
        configured(tmp_path / "link/changer.toml")


def test_link_of_a_stranger_on_the_way_counts(
    settings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder such as /tmp it can lead elsewhere at any time."""
    public = tmp_path / "public"
    public.mkdir()
    public.chmod(0o1777)
    (public / "link").symlink_to(settings.parent)
    assert configured(public / "link/changer.toml") == "L"
    give_to_stranger(public / "link", monkeypatch)
    with pytest.raises(AccessDenied, match="belongs to "):
        configured(public / "link/changer.toml")


def test_configuration_of_ones_own_where_everyone_may_write_but_not_replace_is_read(
    settings: Path,
) -> None:
    settings.parent.chmod(0o1777)
    assert configured(settings) == "L"


def test_pipe_is_no_configuration_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "changer.toml")
    with pytest.raises(UsageError, match="a pipe can't be the configuration file"):
        configured(tmp_path / "changer.toml")


def test_configuration_without_a_name_is_judged_by_its_own_mode(settings: Path) -> None:
    """As of a shell's ``<<<``: a file that was deleted once it was open."""
    with settings.open() as opened:
        settings.unlink()
        named = Path(f"/proc/{os.getpid()}/fd/{opened.fileno()}")
        assert configured(named) == "L"
        os.fchmod(opened.fileno(), 0o666)
        with pytest.raises(AccessDenied, match=f"{named} is world-writable$"):
            configured(named)


def test_no_configuration_is_the_null_device() -> None:
    assert configured(Path(os.devnull)) is None, "it is world-writable, and it says nothing"


# Locks


def lock_of(folder: Path, name: str = "L") -> LibraryLock:
    return LibraryLock(name, folder=folder, command="test", clock=SystemClock(), group=None)


@pytest.mark.parametrize("make", [Path.symlink_to, Path.hardlink_to])
def test_lock_does_not_change_the_mode_of_what_its_name_leads_to(
    tmp_path: Path, make: object
) -> None:
    """An empty file of this user is what a new lock looks like."""
    assert callable(make)
    with lock_of(tmp_path / "lock"):
        pass
    empty = tmp_path / "empty"
    empty.touch()
    empty.chmod(0o600)
    (tmp_path / "lock/L.lock").unlink()
    make(tmp_path / "lock/L.lock", empty)
    with pytest.raises(AccessDenied, match="trap"), lock_of(tmp_path / "lock"):
        pass
    assert stat.S_IMODE(empty.stat().st_mode) == 0o600


@pytest.mark.parametrize("is_looked_up", [True, False])
def test_shared_file_of_another_user_keeps_its_mode(
    tmp_path: Path, is_looked_up: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root would open a member's lock, or a file that is no lock, to the group."""
    tmp_path.chmod(0o700)
    own, foreign = tmp_path / "own.lock", tmp_path / "foreign.lock"
    for each in (own, foreign):
        each.touch()
        each.chmod(0o600)
    folder = os.open(tmp_path, os.O_PATH)
    try:
        prepare_file(own, folder=folder if is_looked_up else None)
        give_to_stranger(foreign, monkeypatch)
        prepare_file(foreign, folder=folder if is_looked_up else None)
    finally:
        os.close(folder)
    assert stat.S_IMODE(own.stat().st_mode) == 0o660
    assert stat.S_IMODE(foreign.stat().st_mode) == 0o600


def test_shared_file_that_is_in_use_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "own.lock").write_text("holder")
    (tmp_path / "own.lock").chmod(0o640)
    prepare_file(tmp_path / "own.lock")
    assert stat.S_IMODE((tmp_path / "own.lock").stat().st_mode) == 0o640


def test_lock_is_made_in_the_folder_that_was_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name is put to another folder between the look and the lock."""
    folder, other = tmp_path / "lock", tmp_path / "other"
    folder.mkdir(0o700)
    other.mkdir(0o700)
    make = os.mknod

    def replace_first(path: Path, mode: int, *, dir_fd: int | None) -> None:
        if not folder.is_symlink():
            folder.rename(tmp_path / "moved")
            folder.symlink_to(other)
        make(path, mode, dir_fd=dir_fd)

    monkeypatch.setattr("os.mknod", replace_first)
    with pytest.raises(AccessDenied, match="trap"), lock_of(folder):
        pass
    assert list(other.iterdir()) == []
    assert [each.name for each in (tmp_path / "moved").iterdir()] == ["L.lock"]


def test_lock_is_not_made_in_a_folder_of_everyone_that_was_there_for_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another folder has its name when the folders on the way are looked at."""
    folder, good = tmp_path / "lock", tmp_path / "good"
    good.mkdir(0o700)
    folder.mkdir()
    folder.chmod(0o777)
    look = os.open

    def replace_after(path: Path, flags: int, *more: int, dir_fd: int | None = None) -> int:
        opened = look(path, flags, *more, dir_fd=dir_fd)
        if Path(path) == folder and good.exists():
            folder.rename(tmp_path / "public")
            good.rename(folder)
        return opened

    monkeypatch.setattr("os.open", replace_after)
    with pytest.raises(AccessDenied, match="is world-writable"), lock_of(folder):
        pass
    assert list((tmp_path / "public").iterdir()) == []


@pytest.mark.parametrize("make", [Path.symlink_to, Path.hardlink_to])
def test_nobody_is_taken_for_the_holder_by_a_link_to_what_they_hold(
    tmp_path: Path, make: object
) -> None:
    """``sim detach`` ends the holder: another file's must not be mistaken for it."""
    assert callable(make)
    with lock_of(tmp_path / "elsewhere") as held:
        assert holding_process(held.path) == os.getpid()
        make(tmp_path / "attached.lock", held.path)
        assert holding_process(tmp_path / "attached.lock") is None


def test_lock_is_named_by_the_library_alone_and_stays_in_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "lock"
    for name in ("../../etc/passwd", "..", ".", "a/b", "-rf", "a\nb", "$(id)", "a b", "\udcff"):
        with lock_of(folder, name):
            pass
    made = {each.name for each in folder.iterdir()}
    assert len(made) == 9
    assert all(each.endswith(".lock") and each.isascii() and each.isprintable() for each in made)
    assert {each.name for each in tmp_path.iterdir()} == {"lock"}


# Virtual libraries


@pytest.mark.parametrize("make", [Path.symlink_to, Path.hardlink_to])
def test_side_file_of_a_virtual_library_is_not_written_through_a_link(
    tmp_path: Path, precious: Path, make: object
) -> None:
    assert callable(make)
    create("it", folder=tmp_path / "sim")
    (tmp_path / "sim/it.lock").unlink()
    make(tmp_path / "sim/it.lock", precious)
    with pytest.raises(ChangerError):
        profile_of("it", folder=tmp_path / "sim")
    assert precious.read_text() == PRECIOUS


@pytest.mark.parametrize("name", ["it.json", "it.lock"])
def test_pipe_in_the_place_of_a_virtual_library_is_not_waited_for(
    tmp_path: Path, name: str
) -> None:
    create("it", folder=tmp_path)
    (tmp_path / name).unlink()
    os.mkfifo(tmp_path / name)
    with pytest.raises(ChangerError):
        profile_of("it", folder=tmp_path)


@pytest.mark.parametrize(
    "name", ["../it", "..", "", "-it", "/etc/x", "a/b", "a\nb", "a b", "$(id)", "a\0b", "é"]
)
def test_virtual_library_has_no_name_that_could_lead_elsewhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(SimulatorRefused, match="can't be the name"):
        create(name, folder=tmp_path / "sim")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_what_virtual_libraries_are_kept_in_is_not_for_everyone(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        create("it", folder=tmp_path / "a/b")
    finally:
        os.umask(before)
    made = list(tmp_path.rglob("*"))
    assert {path.name for path in made} == {"a", "b", "it.json", "it.lock"}
    assert not any(path.stat().st_mode & stat.S_IWOTH for path in made)


# Devices


@pytest.mark.parametrize("node", ["/dev/null", "/dev/zero", "/dev/full", "/dev/urandom"])
def test_node_that_is_no_scsi_device_is_not_opened(
    node: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A watchdog would start to count, a tape would be rewound: no program is let near it."""
    program = tmp_path / "sg_raw"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    link = tmp_path / "sg0"
    link.symlink_to(node)
    open_store(tmp_path / "lib/state.db", clock=SystemClock()).close()
    for name in (node, str(link)):
        request = Request(
            "test",
            {"CHANGER_LOCK_DIR": str(tmp_path / "lock")},
            Configuration(),
            SystemClock(),
            library=name,
            state=tmp_path / "lib/state.db",
        )
        with pytest.raises(NotAChanger, match="not a SCSI generic device"):
            open_library(request)
    assert not (tmp_path / "ran").exists()
