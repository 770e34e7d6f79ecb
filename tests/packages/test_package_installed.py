"""Programs, manuals, completions, rules and units of the package, where each is looked for."""

from __future__ import annotations

import pytest
from documents import ROOT

from .conftest import OPERATOR, OUTSIDER
from .root import Root

PROGRAMS = ("changer", "changer-mtx", "changer-autochanger")
# Each has virtual libraries of their own, and a store and locks for them.
TRIED_BY = ("root", OPERATOR, OUTSIDER)


@pytest.mark.parametrize("user", TRIED_BY)
def test_first_commands_of_each_user(root: Root, user: str) -> None:
    root.run("changer", "--version", user=user)
    root.run("changer", "list", user=user)
    status = root.run("changer", "--library", "sim:demo", "status", user=user)
    assert "A00001L8" in status.out
    root.run("changer", "--library", "sim:demo", "load", "1", "0", user=user)
    root.run("changer", "--library", "sim:demo", "history", user=user)


def test_an_outsider_gets_no_store_of_their_own_for_the_libraries_of_the_host(root: Root) -> None:
    ended = root.run("changer", "state", "list", user=OUTSIDER, expected=None)
    assert ended.status != 0
    assert "tape" in ended.err, "what to do"


def test_state_and_locks_belong_to_the_group_of_the_devices(root: Root) -> None:
    for folder in ("/var/lib/changer", "/run/lock/changer"):
        root.run("systemd-tmpfiles", "--create", "changer.conf")  # /run is new at each start
        assert root.run("stat", "--format=%U:%G %a", folder).out == "root:tape 2770\n"


def test_library_of_the_host_is_shared_by_the_group(root: Root) -> None:
    root.run("systemd-tmpfiles", "--create", "changer.conf")
    root.run("changer", "state", "init")
    root.run("changer", "state", "check", user=OPERATOR)


@pytest.mark.parametrize("name", [*PROGRAMS, "changer.toml", "changer-json"])
def test_manuals_are_found(root: Root, name: str) -> None:
    page = root.run("man", name).out
    assert page.split("(")[0].lower() == name


def test_completions_are_found(root: Root) -> None:
    for name in PROGRAMS:
        load = f". /usr/share/bash-completion/bash_completion; _completion_loader {name}"
        assert name in root.run("bash", "-c", f"{load}; complete -p {name}").out
    folder = root.folder / "usr/share"
    assert (folder / "zsh/vendor-completions/_changer").is_file()
    for name in PROGRAMS:
        assert (folder / f"fish/vendor_completions.d/{name}.fish").is_file()


def test_udev_finds_its_rules(root: Root) -> None:
    (rules,) = root.folder.glob("usr/lib/udev/rules.d/*changer.rules")
    assert rules.name == "61-changer.rules"
    if "verify" in root.run("udevadm", "--help").out:  # from systemd 254 on
        root.run(
            "udevadm", "verify", "--no-style", f"/usr/lib/udev/rules.d/{rules.name}", expected=None
        )


def test_units_are_sound(root: Root) -> None:
    """Nothing that they name is missing, and no line is one that systemd does not know."""
    units = [each.name for each in root.folder.glob("usr/lib/systemd/system/changer-*")]
    assert len(units) >= 3
    instances = [each.replace("@.", "@demo.") for each in units]
    ended = root.run("systemd-analyze", "verify", "--man=yes", *instances)
    assert ended.err == ""


def test_recovery_is_enabled_and_the_others_wait_for_the_administrator(root: Root) -> None:
    wanted = root.folder.glob("etc/systemd/system/*.wants/changer-*")
    assert [each.name for each in wanted] == ["changer-recover.service"]


def test_user_of_the_units_is_in_the_group_of_the_devices_alone(root: Root) -> None:
    assert root.run("id", "--name", "--groups", "changer").out.split()[-1] == "tape"


def test_demo_of_the_project_runs_on_the_installed_program(root: Root) -> None:
    """debian/tests/demo, as autopkgtest runs it."""
    for name in ("demo", "debian"):
        root.copy(ROOT / name, "/source")
    root.run("bash", "-c", "cd /source && debian/tests/demo", user=OPERATOR)


def test_python_programs_import_the_installed_package(root: Root) -> None:
    """debian/tests/python, as autopkgtest runs it."""
    root.run("apt-get", "--quiet", "--no-install-recommends", "--yes", "install", "python3-all")
    root.copy(ROOT / "debian", "/source")
    root.run("mkdir", "--mode=1777", "/tmp/autopkgtest")
    environment = {"AUTOPKGTEST_TMP": "/tmp/autopkgtest"}
    root.run("/source/debian/tests/python", user=OPERATOR, environment=environment)
