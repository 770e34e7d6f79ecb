"""Which sg_raw runs, and what it is given: no shell, and nothing that others may change."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from strangers import STRANGER, give_to_stranger
from users import no_right_to

from changer.errors import AttachFailed, ToolMissing, TransportFailed
from changer.host.guarded_files import find_program
from changer.smc.cdb import test_unit_ready as unit_ready_command
from changer.tcmu import kernel_modules
from changer.transport.sg_raw import SgRaw

NOTE_WHAT_IS_GIVEN = """\
import json, os, sys
open_files = [os.readlink(f"/proc/self/fd/{{n}}") for n in os.listdir("/proc/self/fd") if int(n) > 2
              and os.path.exists(f"/proc/self/fd/{{n}}")]
given = {{"argv": sys.argv, "environment": dict(os.environ), "files": open_files,
         "input": os.readlink("/proc/self/fd/0"), "folder": os.getcwd()}}
with open({target!r}, "w") as file:
    json.dump(given, file)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Alone in PATH; in it a program that does nothing."""
    made = tmp_path / "bin"
    made.mkdir(0o755)
    install(made / "sg_raw", "exit 0")
    monkeypatch.setenv("PATH", str(made))
    return made


def install(program: Path, script: str) -> None:
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_program_is_found_in_the_path_and_run_by_its_full_name(folder: Path) -> None:
    assert find_program("sg_raw") == str(folder / "sg_raw")


@pytest.mark.parametrize("entry", ["", ".", "bin", "./bin", ":", "bin:"])
def test_program_of_the_current_folder_is_not_run(
    folder: Path, entry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder if entry in ("", ".", ":") else folder.parent)
    monkeypatch.setenv("PATH", entry)
    with pytest.raises(FileNotFoundError):
        find_program("sg_raw")
    with pytest.raises(ToolMissing, match="sg_raw is missing"):
        SgRaw(Path(os.devnull)).execute(unit_ready_command())


def test_program_in_a_folder_that_this_user_may_not_enter_is_not_found(folder: Path) -> None:
    with no_right_to(folder), pytest.raises(FileNotFoundError):
        find_program("sg_raw")
    assert find_program("sg_raw") == str(folder / "sg_raw")


@pytest.mark.parametrize("which", ["program", "folder", "folder above"])
@pytest.mark.parametrize("how", ["of a stranger", "for everyone to write to", "for a group"])
def test_root_runs_no_program_that_others_may_change(
    folder: Path, which: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    places = {"program": folder / "sg_raw", "folder": folder, "folder above": folder.parent}
    place = places[which]
    if how == "for everyone to write to":
        place.chmod(0o777)
    elif how == "for a group":
        place.chmod(0o775)
        if os.getuid() == 0:
            os.chown(place, -1, STRANGER)
    elif os.getuid() == 0:
        give_to_stranger(place, monkeypatch)  # what is another user's own is that already
    with pytest.raises(
        ToolMissing, match=r"root does not run .*/sg_raw, which users other"
    ) as missing:
        SgRaw(Path(os.devnull)).execute(unit_ready_command())
    assert re.search(f" {place} .*(chmod [og]-w|chown root) {place}", missing.value.message)
    assert "apt install sg3-utils" in (missing.value.hint or "")


def test_root_goes_on_to_the_next_folder_of_the_path(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.chmod(0o777)
    install(folder / "sh", "exit 0")
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert find_program("sh") in ("/usr/bin/sh", "/bin/sh")


def test_modules_are_loaded_by_no_program_that_others_may_change(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("modprobe", "mount"):
        install(folder / name, f"touch {folder}/ran")
    folder.chmod(0o777)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(kernel_modules, "_LOADED", folder / "no-such-folder")
    monkeypatch.setattr(kernel_modules, "_REQUIRED", ("no_such_module_anywhere",))
    with pytest.raises(AttachFailed, match="no_such_module_anywhere can't be loaded"):
        kernel_modules.prepare_kernel()
    assert not (folder / "ran").exists()


@pytest.mark.parametrize(
    "name",
    ["sg", "-R", "--help", "two words", "a\nb", "$(touch ran)", ";touch ran", "*", "é", "\\"],
)
def test_device_of_any_name_is_one_argument_and_no_option(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).symlink_to(os.devnull)
    given = given_to_sg_raw(tmp_path, Path(name))
    words = given["argv"][1:]
    assert words == ["-v", "-b", "-t", words[3], str(tmp_path / name), *["00"] * 6]
    assert not (tmp_path / "ran").exists()


def test_nothing_of_the_environment_but_where_libraries_are_is_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "SG3_UTILS_INVOCATION",
        "BASH_ENV",
        "ENV",
        "IFS",
        "PYTHONPATH",
        "SECRET",
        "LC_ALL",
    ):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/sg3/lib")
    environment = given_to_sg_raw(tmp_path, Path(os.devnull))["environment"]
    environment.pop("LC_CTYPE", None)  # Python's own
    assert environment == {
        "LC_ALL": "C",
        "LD_LIBRARY_PATH": "/opt/sg3/lib",
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    }


def test_no_open_file_and_no_input_is_passed_on(tmp_path: Path) -> None:
    kept = os.open(tmp_path, os.O_RDONLY)
    os.set_inheritable(kept, True)
    given = given_to_sg_raw(tmp_path, Path(os.devnull))
    os.close(kept)
    assert given["input"] == os.devnull
    assert str(tmp_path) not in given["files"]


def given_to_sg_raw(folder: Path, device: Path) -> dict[str, Any]:
    """What a program finds that is run in the place of sg_raw."""
    program, target = folder / "sg_raw.py", folder / "given"
    script = NOTE_WHAT_IS_GIVEN.format(target=str(target))
    program.write_text(f"#!{sys.executable} -ISB\n{script}")
    program.chmod(0o755)
    with pytest.raises(TransportFailed):  # it prints nothing
        SgRaw(device, program=str(program)).execute(unit_ready_command())
    content: dict[str, Any] = json.loads(target.read_text())
    return content
