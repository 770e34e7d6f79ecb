"""Which programs are given events, and in which order."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from changer.events.delivery import Recipients
from changer.events.programs import has_programs, programs_in

from .event_programs import script

Log = list[tuple[str, int, Mapping[str, str]]]


@pytest.fixture
def hooks(tmp_path: Path) -> Path:
    folder = tmp_path / "hooks.d"
    folder.mkdir()
    return folder


def recipients(folder: Path | None, log: Log, *on_event: str) -> Recipients:
    return Recipients(
        folder,
        on_event,
        {"HOME": "/home/me", "CHANGER_STATE": "/s", "SECRET": "1"},
        lambda *line: log.append(line),
    )


def writing(file: Path, into: Path) -> Path:
    return script(file, f'echo "$(basename "$0") $*" >>{into}; cat >>{into}.documents')


def test_programs_come_in_the_order_of_their_names(hooks: Path) -> None:
    for name in ("20-mail", "10-webhook", "b.sh", "A_1"):
        script(hooks / name)
    assert [each.name for each in programs_in(hooks)] == ["10-webhook", "20-mail", "A_1", "b.sh"]


@pytest.mark.parametrize(
    "name", [".hidden", "tell~", "tell.rpmsave", "tell.dpkg-old", "tell.bak", "#tell#", "tell.swp"]
)
def test_what_editors_and_packages_leave_is_no_program(hooks: Path, name: str) -> None:
    script(hooks / name)
    assert programs_in(hooks) == ()
    assert not has_programs(hooks, ())


def test_what_is_not_executable_and_what_is_no_file_is_skipped(hooks: Path) -> None:
    (hooks / "README").write_text("how to")
    (hooks / "folder").mkdir()
    (hooks / "gone").symlink_to("nowhere")
    os.mkfifo(hooks / "pipe", 0o755)
    assert programs_in(hooks) == ()


def test_folder_that_is_not_there_holds_no_program(tmp_path: Path) -> None:
    assert programs_in(tmp_path / "nothing") == programs_in(None) == ()
    assert has_programs(None, ["/bin/true"])


def test_all_get_the_document_that_of_the_settings_first(hooks: Path, tmp_path: Path) -> None:
    into = tmp_path / "into"
    for name in ("2", "1"):
        writing(hooks / name, into)
    setting = writing(tmp_path / "setting", into)
    log: Log = []
    recipients(hooks, log, str(setting), "--mail", "a b").give({"event": "move-open"})
    assert into.read_text().splitlines() == ["setting --mail a b", "1 ", "2 "]
    documents = Path(f"{into}.documents").read_text().splitlines()
    assert [json.loads(each) for each in documents] == 3 * [{"event": "move-open"}]
    assert log == []


def test_one_that_fails_is_logged_once_and_the_next_one_follows(
    hooks: Path, tmp_path: Path
) -> None:
    script(hooks / "1-bad", "echo broken >&2; exit 1")
    writing(hooks / "2-good", tmp_path / "into")
    log: Log = []
    recipients(hooks, log).give({"event": "move-open"})
    assert (tmp_path / "into").read_text() == "2-good \n"
    ((text, priority, fields),) = log
    assert text == f"{hooks}/1-bad failed with status 1: broken (event move-open)"
    assert priority == 4
    assert fields == {"event": "move-open", "program": f"{hooks}/1-bad"}


def test_missing_program_of_the_settings_is_logged(tmp_path: Path) -> None:
    log: Log = []
    recipients(None, log, str(tmp_path / "missing")).give({"event": "move-open"})
    ((text, *_),) = log
    assert "missing can't be run: No such file or directory" in text


@pytest.mark.parametrize("where", ["file", "folder"])
def test_program_that_everyone_may_change_is_not_run(
    hooks: Path, tmp_path: Path, where: str
) -> None:
    file = writing(hooks / "1", tmp_path / "into")
    (file if where == "file" else hooks).chmod(0o777)
    log: Log = []
    recipients(hooks, log).give({"event": "move-open"})
    assert not (tmp_path / "into").exists()
    ((text, *_),) = log
    assert "is world-writable" in text and "chmod o-w" in text


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("where", ["file", "folder"])
def test_program_of_a_stranger_is_not_run(hooks: Path, tmp_path: Path, where: str) -> None:
    file = writing(hooks / "1", tmp_path / "into")
    os.chown(file if where == "file" else hooks, 12345, -1)
    log: Log = []
    recipients(hooks, log).give({"event": "move-open"})
    assert not (tmp_path / "into").exists()
    assert "belongs to 12345" in log[0][0]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_link_to_a_program_of_a_stranger_is_not_run(hooks: Path, tmp_path: Path) -> None:
    file = writing(tmp_path / "elsewhere" / "1", tmp_path / "into")
    os.chown(file, 12345, -1)
    (hooks / "1").symlink_to(file)
    log: Log = []
    recipients(hooks, log).give({"event": "move-open"})
    assert not (tmp_path / "into").exists()
    assert "belongs to 12345" in log[0][0]


def test_programs_get_little_of_the_environment(hooks: Path, tmp_path: Path) -> None:
    script(hooks / "1", f"env >{tmp_path}/into")
    recipients(hooks, []).give({})
    got = dict(line.split("=", 1) for line in (tmp_path / "into").read_text().splitlines())
    assert got.items() >= {"HOME": "/home/me", "CHANGER_STATE": "/s", "LC_ALL": "C"}.items()
    assert "SECRET" not in got
