"""Files that the user names: how they are opened, and where they can't be found."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from open_files import none_left_open

from changer.errors import ChangerError, OutputFailed, StoreUnreachable
from changer.host.atomic_file import place_file
from changer.host.guarded_files import open_folder, open_to_append, opened_to_read, read_file
from changer.host.trust import real_path


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (read_file, OutputFailed),
        (open_to_append, OutputFailed),
        (lambda path: place_file(path, b"", replace=True), OutputFailed),
        (lambda path: real_path(path, StoreUnreachable), StoreUnreachable),
    ],
    ids=["read", "append", "place", "store"],
)
def test_relative_name_in_a_folder_that_was_deleted_leads_nowhere(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    function: Callable[[Path], object],
    error: type[ChangerError],
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with none_left_open(), pytest.raises(error) as refused:
        function(Path("below/file"))
    assert refused.value.hint == "change to another folder, or give the path from / on"
    assert refused.value.message.endswith("can't be found: the current folder was deleted")


def test_what_the_shell_gives_to_read_is_waited_for() -> None:
    """``<(command)``: what it prints may come later."""
    reading, writing = os.pipe()
    with opened_to_read(Path(f"/dev/fd/{reading}")) as opened:
        assert os.get_blocking(opened.fileno())
        os.write(writing, b"late")
        os.close(writing)
        assert opened.read() == b"late"
    os.close(reading)


def test_file_is_waited_for_and_a_reader_of_a_pipe_is_not(tmp_path: Path) -> None:
    """A trace must not stop a move because nobody reads it any more."""
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    for name, is_waited_for in (("file", True), ("pipe", False)):
        descriptor = open_to_append(tmp_path / name)
        assert os.get_blocking(descriptor) is is_waited_for
        os.close(descriptor)
    os.close(reader)


@pytest.mark.parametrize(("most", "content"), [(-1, b"12345"), (5, b"12345"), (4, b"1234")])
def test_no_more_of_a_file_is_read_than_is_wanted(
    tmp_path: Path, most: int, content: bytes
) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert read_file(tmp_path / "file", most=most) == content


def test_named_pipe_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    for name in ("pipe", "link"):
        with none_left_open(), pytest.raises(OutputFailed, match="is a named pipe") as refused:
            read_file(tmp_path / name)
        assert refused.value.hint == "name a file"


def test_path_of_as_many_names_as_a_path_may_have_is_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is a step, and so is the folder itself; links may lead on without end."""
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path)
    names = ["a", ".."] * 2048
    with none_left_open():
        os.close(open_folder(Path(*names[:4095])))
    with none_left_open(), pytest.raises(OSError, match=os.strerror(errno.ELOOP)):
        open_folder(Path(*names))
