"""What the doctor gathers of this host: its nodes and rules, container, drivers, and folders."""

from __future__ import annotations

import os
import platform
import stat
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest
from children import captured
from clocks import HandClock
from pytest_mock import MockerFixture
from users import become_nobody, no_right_to

from changer.doctor.checks import diagnose
from changer.doctor.diagnosis import NotTold
from changer.doctor.facts import Caller, Module, Node, OpenWork, Problem, SettingsState, SgRaw
from changer.doctor.gathering import backup, devices, kept, machine, programs
from changer.doctor.gathering.bounded import within
from changer.doctor.gathering.libraries import unanswered
from changer.doctor.gathering.origin import origin
from changer.doctor.gathering.owners import owners
from changer.errors import OutputFailed, TransportFailed
from changer.host import device_use
from changer.host.trust import user_name
from changer.library import discovery, settings
from changer.library.opening import Request
from changer.library.owner_address import OwnerAddress
from changer.library.settings import Configuration, LibrarySettings
from changer.store.sqlite import open_store

from .healthy import CHANGER, FACTS, LIBRARY

NODE, NUMBER = "/dev/zero", "1:5"  # a character device that every host has
ID = "HPE_MSL_DEC12345"


@pytest.fixture
def by_library(folder: Path, mocker: MockerFixture) -> Path:
    """The folder of the links that our rules make, on a host where udev runs."""
    links = folder / "by-library"
    links.mkdir()
    mocker.patch.object(devices, "_BY_LIBRARY", links)
    mocker.patch.object(devices, "_UDEV", folder)
    return links


@pytest.fixture
def other(folder: Path, mocker: MockerFixture) -> int:
    """On a host where nothing but init runs beside sleep, which has the node open: its number."""
    processes, number = folder / "proc", 4711
    for each, name in {1: "init", number: "sleep"}.items():
        (processes / f"{each}/fd").mkdir(parents=True)
        (processes / f"{each}/comm").write_text(f"{name}\n")
    (processes / f"{number}/fd/0").symlink_to(NODE)
    mocker.patch.object(device_use, "_PROC", processes)
    return number


def node(
    folder: Path,
    mocker: MockerFixture,
    *,
    kind: str = "8",
    path: str = NODE,
    number: str | None = NUMBER,
    links: tuple[Path, ...] = (),
) -> Node:
    """The only one that udev lists, with the number that the kernel has of it."""
    at = folder / "device"
    (at / "scsi_generic" / Path(path).name).mkdir(parents=True)
    for name, text in {"type": kind, "vendor": "HPE", "model": "MSL", "rev": "1"}.items():
        (at / name).write_text(f"{text}\n")
    (at / "vpd_pg80").write_bytes(b"\x08\x80\x00\x08DEC12345")
    if number is not None:
        (at / "scsi_generic" / Path(path).name / "dev").write_text(f"{number}\n")
    listed = SimpleNamespace(
        sys_number="3",
        parent=SimpleNamespace(sys_path=str(at)),
        device_node=path,
        device_links=[str(each) for each in links],
        properties={},
    )
    by = {"subsystem": [listed], "parent": []}
    context = SimpleNamespace(list_devices=lambda **asked: by[next(iter(asked))])
    mocker.patch("pyudev.Context", return_value=context)
    (found,) = devices.nodes()
    return found


def test_node_is_shown_with_its_rights_and_the_programs_that_have_it_open(
    folder: Path, mocker: MockerFixture, by_library: Path, other: int
) -> None:
    found = node(folder, mocker)
    status = Path(NODE).stat()
    assert (found.kind, found.device, found.identity.id) == ("changer", NODE, ID)
    assert (found.exists, found.usable) == (True, True)
    assert (found.mode, found.group_id) == (stat.S_IMODE(status.st_mode), status.st_gid)
    assert (found.owner, found.group) == ("root", "root")
    assert (found.users, found.all_seen) == ((f"sleep (pid {other})",), True)


@pytest.mark.usefixtures("other")
@pytest.mark.parametrize(
    ("path", "number", "exists"),
    [
        (NODE, None, True),
        (NODE, "1:7", False),
        ("/dev/missing", None, False),
        ("/tmp", None, False),
    ],
)
def test_node_of_another_device_is_none(
    folder: Path, mocker: MockerFixture, path: str, number: str | None, *, exists: bool
) -> None:
    assert node(folder, mocker, path=path, number=number).exists is exists


@pytest.mark.usefixtures("by_library", "other")
def test_drive_s_users_and_links_are_no_matter(folder: Path, mocker: MockerFixture) -> None:
    found = node(folder, mocker, kind="1")
    assert (found.kind, found.users, found.all_seen, found.has_link) == ("drive", (), True, None)


@pytest.mark.usefixtures("other")
def test_link_by_library_may_be_to_another_path(
    folder: Path, mocker: MockerFixture, by_library: Path
) -> None:
    assert node(folder / "none", mocker).has_link is False
    assert node(folder / "own", mocker, links=(by_library / "OTHER",)).has_link is True
    (by_library / ID).touch()
    assert node(folder / "path", mocker).has_link is True
    mocker.patch.object(devices, "_BY_LIBRARY", folder / "missing")
    assert node(folder / "folder", mocker).has_link is False
    mocker.patch.object(devices, "_UDEV", folder / "missing")
    assert node(folder / "udev", mocker).has_link is None


@pytest.mark.parametrize("is_merged", [True, False])
def test_rules_are_read_in_udev_s_order_and_each_file_once(
    folder: Path, mocker: MockerFixture, *, is_merged: bool
) -> None:
    contents = {
        "run": b"# ours \xff\n\n",
        "usr/lib": b'SUBSYSTEM=="scsi_generic", ATTRS{type} == "8", GROUP="tape"\n',
    }
    (folder / "usr/lib").mkdir(parents=True)
    if is_merged:
        (folder / "lib").symlink_to("usr/lib")
    else:
        contents["lib"] = b'GROUP="disk"\n'
    for name, content in contents.items():
        (folder / name / "udev/rules.d").mkdir(parents=True)
        (folder / name / "udev/rules.d/61-changer.rules").write_bytes(content)
    (folder / "etc/udev/rules.d").mkdir(parents=True)
    (folder / "etc/udev/rules.d/61-changer.rules").symlink_to("/dev/null")
    packaged = tuple(str(folder / each / "udev/rules.d") for each in ("usr/lib", "lib"))
    own = tuple(str(folder / each / "udev/rules.d") for each in ("etc", "run", "none"))
    mocker.patch.object(devices, "_PACKAGED", packaged)
    mocker.patch.object(devices, "_RULES_FOLDERS", own)
    expected = [("etc", True, False), ("run", True, False), ("usr", False, True)]
    assert [
        (Path(each.path).relative_to(folder).parts[0], each.is_empty, each.has_our_rule)
        for each in devices.rules().files
    ] == expected + ([] if is_merged else [("lib", False, False)])


def test_rules_that_can_not_be_read_are_not_known(folder: Path, mocker: MockerFixture) -> None:
    """An empty file would hide the rules of the package, and be to be removed."""
    (folder / "61-changer.rules").write_bytes(b"# ours\n")
    mocker.patch.object(devices, "_RULES_FOLDERS", (str(folder),))
    with no_right_to(folder / "61-changer.rules"):
        found = within(60, "the udev rules", devices.rules)
    assert isinstance(found, NotTold)
    assert "Permission denied" in found.why


@pytest.mark.parametrize(
    ("files", "environment", "name"),
    [
        ({}, None, None),
        ({}, b"HOME=/\0PATH=/bin", None),
        ({"systemd": "systemd-nspawn\n"}, b"container=lxc", "systemd-nspawn"),
        ({"sign": ""}, b"container=lxc", "podman"),
        ({}, b"HOME=/\0container=lxc\0", "lxc"),
        ({}, b"container=", "unknown"),
        ({}, b"container=a\nb\xff", "a?b\ufffd"),
    ],
)
def test_container_is_known_by_what_its_maker_left(
    folder: Path,
    mocker: MockerFixture,
    files: dict[str, str],
    environment: bytes | None,
    name: str | None,
) -> None:
    for each, text in files.items():
        (folder / each).write_text(text)
    (folder / "1").mkdir()
    if environment is not None:
        (folder / "1/environ").write_bytes(environment)
    mocker.patch.object(machine, "_PROC", folder)
    mocker.patch.object(machine, "_SYSTEMD", folder / "systemd")
    mocker.patch.object(machine, "_SIGNS", ((folder / "sign", "podman"),))
    assert machine.machine().container == name


@pytest.mark.parametrize("folder_of_sys", ["class/scsi_generic", "bus/scsi"])
def test_changers_are_counted_by_sysfs_where_it_is_there(
    folder: Path, mocker: MockerFixture, folder_of_sys: str
) -> None:
    mocker.patch.object(machine, "_SYS", folder / "sys")
    mocker.patch.object(machine, "_MODULES", folder / "modules")
    found = machine.machine()
    assert (found.has_sys, found.has_kernel_modules, found.scsi_changers) == (False, False, 0)
    (folder / "sys" / folder_of_sys).mkdir(parents=True)
    for device, kind in {"0:0:0:0": 8, "0:0:1:0": 1, "10:0:0:1": 8, "host0": 8}.items():
        (folder / "sys/bus/scsi/devices" / device).mkdir(parents=True)
        (folder / "sys/bus/scsi/devices" / device / "type").write_text(f"{kind}\n")
    (folder / "modules" / platform.release()).mkdir(parents=True)
    found = machine.machine()
    assert (found.has_sys, found.has_kernel_modules, found.scsi_changers) == (True, True, 2)
    assert (found.kernel, found.machine) == (platform.release(), platform.machine())
    assert (found.python, found.changer) == (platform.python_version(), version("changer"))


def test_user_has_the_groups_of_the_process_and_those_of_the_account(mocker: MockerFixture) -> None:
    entry = SimpleNamespace(pw_name="alice", pw_gid=1000)
    mocker.patch.object(os, "geteuid", return_value=1234)
    mocker.patch.object(os, "getegid", return_value=7)
    mocker.patch.object(os, "getgroups", return_value=[26])
    mocker.patch.object(os, "getgrouplist", side_effect=lambda name, group: [len(name), group])
    mocker.patch("pwd.getpwuid", side_effect=KeyError)
    assert machine.caller() == Caller("1234", 1234, frozenset({7, 26}), frozenset({7, 26}))
    mocker.patch("pwd.getpwuid", return_value=entry)
    assert machine.caller() == Caller("alice", 1234, frozenset({7, 26}), frozenset({5, 1000}))


def test_system_without_a_name_is_linux(mocker: MockerFixture) -> None:
    mocker.patch.object(platform, "freedesktop_os_release", side_effect=OSError)
    assert machine.machine().distribution == "Linux"


def test_driver_is_there_by_its_number_or_folder_and_installed_by_the_kernel_s_lists(
    folder: Path, mocker: MockerFixture
) -> None:
    lists, text = folder / platform.release(), "kernel/drivers/scsi/{}.ko.zst: kernel/a.ko\n"
    for name in ("_PROC", "_SYS", "_MODULES"):
        mocker.patch.object(machine, name, folder)
    assert machine.modules() == tuple(
        Module(each, False, None) for each in ("sg", "st", "lin_tape")
    )
    (folder / "devices").write_text("Character devices:\n\n 21 sg\n")
    (folder / "module/st").mkdir(parents=True)
    lists.mkdir()
    (lists / "modules.builtin").write_text(text.format("st"))
    (lists / "modules.dep").write_text(text.format("sg"))
    assert machine.modules() == (
        Module("sg", True, True),
        Module("st", True, True),
        Module("lin_tape", False, False),
    )


def test_folder_is_on_the_mount_that_is_nearest_to_it(folder: Path, mocker: MockerFixture) -> None:
    own = folder / "my state"
    own.mkdir()
    escaped = str(own).replace(" ", r"\040")
    (folder / "mounts").write_text(
        "1 0 0:1 / / rw - ext4 a rw\n"
        f"2 1 0:2 / {escaped} rw shared:1 - nfs4 b rw\n"
        f"3 1 0:3 / {folder} rw - xfs c rw\n"
        "cut off\n"
        f"4 1 0:4 / {own}s rw - tmpfs d rw\n"
    )
    mocker.patch.object(kept, "_MOUNTS", folder / "mounts")
    assert kept.folder(own).file_system == "nfs4"
    assert kept.folder(folder / "none").file_system == "xfs"


def test_folder_that_is_not_there_has_the_space_and_rights_of_the_one_above(
    folder: Path, mocker: MockerFixture
) -> None:
    asked: list[Path] = []

    def space(path: Path) -> SimpleNamespace:
        asked.append(path)
        flags = os.ST_RDONLY | os.ST_NOSUID if path == folder else os.ST_NOSUID
        return SimpleNamespace(f_bavail=3, f_bfree=9, f_frsize=512, f_bsize=4096, f_flag=flags)

    mocker.patch("os.statvfs", side_effect=space)
    mocker.patch("os.access", side_effect=lambda path, mode: (path, mode) == (folder, 3))
    missing = kept.folder(folder / "none/below")
    assert (missing.path, missing.exists) == (str(folder / "none/below"), False)
    assert (missing.is_writable, missing.read_only, missing.free_bytes) == (True, True, 1536)
    (folder / "own").mkdir(0o777)
    (folder / "own").chmod(0o777)
    own = kept.folder(folder / "own")
    assert (own.exists, own.is_writable, own.read_only) == (True, False, False)
    assert len(own.problems) == 1 and missing.problems == ()
    assert asked == [folder, folder / "own"]


def test_folder_that_everyone_may_change_is_told_and_one_of_a_group_is_not(folder: Path) -> None:
    for mode, count in ((0o2770, 0), (0o777, 1)):
        (folder / "own").mkdir(exist_ok=True)
        (folder / "own").chmod(mode)
        assert len(kept.folder(folder / "own").problems) == count


def test_settings_of_backup_software_that_can_not_be_read_are_named_once(folder: Path) -> None:
    closed, file = folder / "etc/amanda", folder / "etc/bacula/bacula-sd.conf"
    for each in (closed, file.parent, folder / "etc/bareos"):
        each.mkdir(parents=True)
    file.touch()
    (folder / "etc/bareos/bareos-sd.conf").write_text("Device { Changer Device = /dev/sg907 }")
    closed.chmod(0)
    file.chmod(0)

    def call() -> int:
        become_nobody()
        found = backup.backup(folder)
        os.write(1, repr((found.unread, [each.real_device for each in found.changers])).encode())
        return 0

    assert captured(call) == (0, repr(((str(file), str(closed)), ["/dev/sg907"])), "")


def test_device_that_backup_software_names_is_known_whatever_leads_to_it(
    folder: Path, mocker: MockerFixture
) -> None:
    (folder / "sys/dev/char/1:5/device/scsi_generic/sg5").mkdir(parents=True)
    mocker.patch.object(discovery, "_SYS", folder / "sys")
    (folder / "link").symlink_to("/dev/null")
    (folder / "etc/proxmox-backup").mkdir(parents=True)
    (folder / "etc/proxmox-backup/tape.cfg").write_text(
        "".join(
            f"changer: x\n\tpath {each}\n\n"
            for each in (NODE, folder / "link", "/dev/gone", "gone")
        )
    )
    found = backup.backup(folder).changers
    assert [each.real_device for each in found] == ["/dev/sg5", "/dev/null", "/dev/gone", "gone"]


def test_daemons_that_control_robots_are_known_by_their_names(
    folder: Path, mocker: MockerFixture
) -> None:
    for process, name in {"7": "ltid", "8": "bacula-sd", "9": "bacula-fd", "self": "uma"}.items():
        (folder / process).mkdir()
        (folder / process / "comm").write_text(f"{name}\n")
    mocker.patch.object(backup, "_PROC", folder)
    assert backup.backup(folder).daemons == ("Bacula", "NetBackup")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TransportFailed("no path", hint="try again"), "no path (try again)"),
        (OutputFailed("it is large"), "it is large"),
        (PermissionError(13, "Permission denied"), "Permission denied"),
        (OSError("odd"), "odd"),
        (ZeroDivisionError("a mistake"), "ZeroDivisionError: a mistake"),
    ],
)
def test_what_fails_is_not_told_and_says_why(error: Exception, words: str) -> None:
    def fails() -> str:
        raise error

    assert within(10.0, "the store", fails) == NotTold(f"the store can't be read: {words}")


def test_sg_raw_that_may_not_be_run_is_not_told_and_one_that_fails_has_no_version(
    folder: Path, mocker: MockerFixture
) -> None:
    refused = PermissionError(13, "others may change /opt/sg_raw")
    mocker.patch.object(programs, "find_program", side_effect=refused)
    assert programs.sg_raw() == NotTold("others may change /opt/sg_raw")
    mocker.patch.object(programs, "find_program", return_value=str(folder))
    assert programs.sg_raw() == SgRaw(str(folder), "", "")


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("said", "version", "dated"),
    [
        ("echo 'version: 0.4.34 (2021-01-03)' >&2", "0.4.34", "2021-01-03"),
        ("echo 'sg_raw 1.42 20160217'; exit 9", "1.42", "2016-02-17"),
        ("printf 'sg_raw \\377 0.4.9'", "0.4.9", ""),
        ("echo 'of 2016-02-17, version 4'", "", "2016-02-17"),
        ("env | grep -q '^SECRET=' && echo 6.6; read line || echo 0.4.2", "0.4.2", ""),
        ("exit 0", "", ""),
    ],
)
def test_version_of_sg_raw_is_what_it_says_of_itself(
    folder: Path, mocker: MockerFixture, said: str, version: str, dated: str
) -> None:
    program = folder / "sg_raw"
    program.write_text(f'#!/bin/sh\n[ "$*" = --version ] || exit\n{said}\n')
    program.chmod(0o755)
    mocker.patch.object(programs, "find_program", return_value=str(program))
    mocker.patch.dict(os.environ, {"SECRET": "1"})
    assert programs.sg_raw() == SgRaw(str(program), version, dated)


def test_library_without_an_owner_has_none_to_ask() -> None:
    libraries = {"HERE": LibrarySettings()}
    request = Request("doctor", {}, Configuration(libraries=libraries), HandClock())
    assert owners(request) == ()


def test_each_owner_is_asked_once_for_all_of_its_libraries(
    folder: Path, mocker: MockerFixture
) -> None:
    ssh, asked = folder / "ssh", folder / "asked"
    ssh.write_text(f'#!/bin/sh\necho "$@" >> {asked}\necho no way >&2\nexit 255\n')
    ssh.chmod(0o755)
    mocker.patch("changer.owner.ssh.find_program", return_value=str(ssh))
    near, far = (LibrarySettings(manager=OwnerAddress(host)) for host in ("near7", "far7"))
    libraries = {"A": near, "HERE": LibrarySettings(), "B": far, "C": near}
    configuration = Configuration(libraries=libraries, manager=far.manager)
    answers = owners(Request("doctor", {}, configuration, HandClock()))
    assert [(each.library, each.owner) for each in answers] == [
        *(("A", "ssh://near7"), ("B", "ssh://far7"), ("C", "ssh://near7"), ("", "ssh://far7"))
    ]
    assert all(each.problem is not None for each in answers)
    assert answers[0].problem is answers[2].problem and answers[1].problem is answers[3].problem
    assert [words.split(" -- ")[1].split()[0] for words in asked.read_text().splitlines()] == [
        *("near7", "far7")
    ]


def test_names_of_users_and_groups_of_nodes_are_hidden(folder: Path) -> None:
    request = Request("doctor", {}, Configuration(), HandClock(), state=folder / "state.db")
    facts = FACTS._replace(nodes=(CHANGER._replace(owner="hugo", group="robots"),))
    assert {"hugo", "robots", "alice"} <= {*origin(request, facts).names}


def test_library_that_did_not_answer_in_time_has_trouble_and_no_facts() -> None:
    seen = unanswered(ID, NotTold(f"{ID} did not answer within 180 s"))
    found = diagnose(FACTS._replace(libraries=(seen.facts,)))
    (answers,) = (each for each in found if each.check == "library-answers")
    assert (answers.level, answers.library) == ("problem", ID)
    assert "within 180 s" in answers.seen and "dmesg" in (answers.advice or "")
    assert {each.level for each in found if each.check in ("drives", "cleaning")} == {"unknown"}


def test_of_a_library_that_did_not_open_nothing_is_claimed() -> None:
    untold = NotTold("the library has to answer first")
    assert unanswered("sim:x", NotTold("it hung", "look at it")).facts == LIBRARY._replace(
        id="sim:x",
        device="",
        identity=None,
        is_virtual=True,
        error=Problem("it hung", "look at it"),
        move_timeout_seconds=0.0,
        changer_wait_seconds=0.0,
        habits=(),
        vendor_codes=(),
        known_drives=(),
        drives=untold,
        strangers=untold,
        reservation=untold,
        cleaning=untold,
    )
    assert unanswered(ID, NotTold("it hung")).facts.error == Problem(
        "it hung", "is its device hung? dmesg says more"
    )
    assert unanswered(ID, untold).facts.is_virtual is False


def test_operation_under_way_is_open_work(folder: Path) -> None:
    clock, at = HandClock(), folder / "state.db"
    with open_store(at, clock=clock) as store:
        store.remember_library(
            ID, vendor="HPE", product="MSL", revision="1", serial="DEC12345", device="/dev/sg3"
        )
        store.begin_operation(ID, "clean", volume_tag="CLN001CU")
        store.begin_operation(ID, "reserve")
    environment = {"CHANGER_LOCK_DIR": str(folder)}
    request = Request("doctor", environment, Configuration(), clock, state=at)
    assert {*kept.store(request).open_work} == {
        OpenWork(ID, "the operation clean of CLN001CU", True),
        OpenWork(ID, "the operation reserve", True),
    }


class Told(NamedTuple):
    """An event that is over at once."""

    kind: str = "door-open"
    subject: str = "1"
    state: str = "open"
    message: str = "its door is open"
    lasts: bool = False
    fields: Mapping[str, object] = {}


def test_events_that_were_not_given_to_programs_yet_are_counted(folder: Path) -> None:
    clock, at, hooks = HandClock(), folder / "state.db", folder / "hooks.d"
    environment = {"CHANGER_LOCK_DIR": str(folder), "CHANGER_HOOKS": str(hooks)}
    request = Request("doctor", environment, Configuration(), clock, state=at)
    with open_store(at, clock=clock) as store:
        store.remember_library(
            ID, vendor="HPE", product="MSL", revision="1", serial="DEC12345", device="/dev/sg3"
        )
        clock.sleep(5)
        times = []
        for to_deliver in (True, False, True, True):
            told = store.events().record(ID, lambda _: ((Told(),), ()), to_deliver=to_deliver)
            times.append(clock.now())
            clock.sleep(60)
            if len(times) == 1:
                store.events().delivered(told[0].id)
    found = kept.store(request)
    assert (found.undelivered, found.oldest_undelivered) == (2, times[2])
    assert (found.latest_record, found.latest_what) == (times[0] - 5, f"a look at {ID}")
    assert (found.has_event_programs, found.is_delivering) == (False, False)
    hooks.mkdir()
    (hooks / "tell").touch(0o755)
    with request.coordination.delivery_lock():
        found = kept.store(request)
    assert (found.has_event_programs, found.is_delivering) == (True, True)
    on_event = Configuration(on_event=("/bin/tell",))
    request = Request("doctor", {}, on_event, clock, state=at)
    assert kept.store(request).has_event_programs is True


MANAGED = """\
manager = "ssh://far7"
transport = "sg_io"
[library."A"]
manager = "ssh://joe@near7"
transport = "sg_raw"
[library."B"]
manager = "here"
"""


def test_settings_are_told_with_whose_libraries_they_are(folder: Path) -> None:
    file, remark = folder / "changer.toml", Problem("B is not here", None)
    request = Request("doctor", {"CHANGER_CONFIG": str(file)}, Configuration(), HandClock())
    remarks = kept.Remarks((remark,), 3)
    missing = SettingsState(
        path=str(file),
        exists=False,
        problem=Problem(f"{file}: no such configuration file ($CHANGER_CONFIG)", None),
        transports=frozenset({"sg_raw"}),
        owners=(),
        problems=(remark,),
        notes=3,
    )
    assert kept.settings(request, lambda: remarks) == missing
    file.write_text(MANAGED)
    assert kept.settings(request, lambda: remarks) == missing._replace(
        exists=True,
        problem=None,
        transports=frozenset({"sg_raw", "sg_io"}),
        owners=(("A", "ssh://joe@near7"), ("", "ssh://far7")),
        ids=("A", "B"),
    )


def test_names_of_hosts_and_users_are_hidden_wherever_they_are_said(
    folder: Path, mocker: MockerFixture
) -> None:
    uname = os.uname_result(("Linux", "tape9", "6", "", ""))
    mocker.patch.object(os, "uname", return_value=uname)
    libraries = {"A": LibrarySettings(manager=OwnerAddress("near7", "joe")), "B": LibrarySettings()}
    configuration = Configuration(libraries=libraries, manager=OwnerAddress("far7"))
    environment = {
        "USER": "ann",
        "LOGNAME": "bob",
        "SUDO_USER": "carl",
        "HOME": "/home/dora/",
        "CHANGER_LOCK_DIR": "/run/x",
    }
    request = Request(
        "doctor", environment, configuration, HandClock(), state=folder / "s.db", library="sim:it"
    )
    found = origin(request, FACTS._replace(nodes=NotTold("no"), caller=NotTold("no")))
    assert found.names == (
        "tape9",
        user_name(),
        *["ann", "bob", "carl", "dora", "far7", "near7", "joe"],
    )
    assert found.texts == (str(folder / "s.db"), "/run/x", "sim:it")
    everything = origin(request, FACTS)
    assert {*everything.names} == {*found.names, "alice", "root", "tape"}


def test_store_that_was_not_made_yet_is_missing_and_stays_so(
    folder: Path, mocker: MockerFixture
) -> None:
    mocker.patch.object(settings, "DEFAULT_STORE", folder / "changer/state.db")
    found = kept.store(Request("doctor", {}, Configuration(), HandClock()))
    assert (found.place, found.is_missing) == (str(folder / "changer/state.db"), True)
    assert (found.open_work, found.problems) == ((), ())
    assert not (folder / "changer").exists()
