"""Settings of backup software, as its own documents have them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from changer.doctor.backup_settings import (
    Configured,
    amanda_changers,
    bacula_changers,
    proxmox_changers,
)
from changer.doctor.gathering import backup as gathering
from changer.doctor.gathering.backup import backup

BACULA = """\
Autochanger {
  Name = Autochanger
  Device = Drive-1, Drive-2
  Changer Command = "/etc/bacula/scripts/mtx-changer %c %o %S %a %d"
  Changer Device = /dev/sg0   # the robot
}
Device {
  Name = Drive-1
  ChangerDevice = "/dev/tape/by-id/scsi-1"; Maximum Changer Wait = 15 minutes
  changer command = /usr/bin/changer-autochanger %c %o %S %a %d
}
#  Changer Device = /dev/sg7
Autochanger { Name = Virtual; Changer Device = /dev/null; Changer Command = "" }
Device { Name = File; Archive Device = /backup }
"""
ODD_BACULA = """\
Changer Device = /dev/sg1  # above all resources
Device{ Name = a
  # Changer Device = /dev/sg2
  Changer   Device = "/dev/sg3"; Changer Command = ""
}
Device { Name = b; Changer Device = "" }
Device { Name = c; Changer Command = /usr/bin/changer-mtx }
Device { CHANGERDEVICE=/dev/sg4;Maximum Changer Wait=1 min;Name=d }
"""
AMANDA = """\
define changer robot {
    tpchanger "chg-robot:/dev/sg4"
    property "tape-device" "0=tape:/dev/nst0"
    property "mtx" "/usr/bin/changer-mtx"
}
define changer other { tpchanger "chg-disk:/disk" }
tpchanger "chg-robot:/dev/sg5"
"""
PROXMOX = """\
changer: sl3
\texport-slots 15,16
\tpath /dev/tape/by-id/scsi-CC2C52

lto: drive1
\tchanger sl3
\tpath /dev/tape/by-id/scsi-12345-sg
"""


def test_changers_of_bacula_are_read_resource_by_resource() -> None:
    assert [*bacula_changers(BACULA)] == [
        Configured(5, "/dev/sg0", "/etc/bacula/scripts/mtx-changer %c %o %S %a %d", None),
        Configured(
            9, "/dev/tape/by-id/scsi-1", "/usr/bin/changer-autochanger %c %o %S %a %d", 900.0
        ),
    ]


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("300", 300.0),
        ("0", 0.0),
        ("90 seconds", 90.0),
        ("5 min", 300.0),
        ("5MINUTES", 300.0),
        ("1.5 hours", 5400.0),
        ("1 hour 30 m 15", 5415.0),
        ("2 days", 2 * 86400.0),
        ("2 weeks", 14 * 86400.0),
        ("2 months", 60 * 86400.0),
        ("1 year", 365 * 86400.0),
        ("", None),
        ("forever", None),
    ],
)
def test_times_are_read_with_their_units(text: str, seconds: float | None) -> None:
    block = f"Device {{\nChanger Device = /dev/sg1\nMaximum Changer Wait = {text}\n}}"
    assert [each.longest_wait_seconds for each in bacula_changers(block)] == [seconds]


def test_a_resource_ends_with_the_next_and_an_empty_value_is_none() -> None:
    assert [*bacula_changers(ODD_BACULA)] == [
        Configured(1, "/dev/sg1", None, None),
        Configured(4, "/dev/sg3", None, None),
        Configured(8, "/dev/sg4", None, 60.0),
    ]


def test_robots_of_amanda_are_read_with_what_they_call() -> None:
    assert [*amanda_changers(AMANDA)] == [
        Configured(2, "/dev/sg4", "/usr/bin/changer-mtx"),
        Configured(7, "/dev/sg5", "mtx"),
    ]


def test_robot_of_amanda_calls_what_is_set_below_it_and_no_other_property() -> None:
    text = """\
property "mtx" "of no robot"
changerdev "chg-robot:/dev/sg1"
property "mtx" "one" "two"
property "mtx-old" "/usr/bin/other"
# property "mtx" "/usr/bin/commented"
TPCHANGER "chg-robot:/dev/sg2" # the second
PROPERTY "MTX" "/usr/bin/changer-mtx"
tapedev "chg-robot:/dev/sg3"
"""
    assert [*amanda_changers(text)] == [
        Configured(2, "/dev/sg1", "mtx"),
        Configured(6, "/dev/sg2", "/usr/bin/changer-mtx"),
    ]


def test_path_of_proxmox_is_two_words_below_a_changer() -> None:
    text = "changer: a\n\n \n\tpath /dev/sg1 more\n\tpath /dev/sg2\nlto: b\n\tpath /dev/sg3\n"
    assert [*proxmox_changers(text)] == [Configured(5, "/dev/sg2", None)]


def test_changers_of_proxmox_are_read_and_no_drive_is() -> None:
    assert [*proxmox_changers(PROXMOX)] == [Configured(3, "/dev/tape/by-id/scsi-CC2C52", None)]


def test_files_are_found_where_the_distributions_put_them(tmp_path: Path) -> None:
    files = {
        "etc/bacula/bacula-sd.conf": BACULA,
        "opt/bacula/etc/bacula-sd.conf": BACULA,
        "etc/bareos/bareos-sd.conf": ODD_BACULA,
        "etc/bareos/bareos-sd.d/autochanger/robot.conf": BACULA,
        "etc/amanda/daily/amanda.conf": AMANDA,
        "etc/amanda/robot.conf": 'tpchanger "chg-robot:/dev/sg6"',
        "etc/proxmox-backup/tape.cfg": PROXMOX,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = backup(tmp_path)
    assert [(each.software, each.device) for each in found.changers] == [
        ("Bacula", "/dev/sg0"),
        ("Bacula", "/dev/tape/by-id/scsi-1"),
        ("Bacula", "/dev/sg0"),
        ("Bacula", "/dev/tape/by-id/scsi-1"),
        ("Bareos", "/dev/sg1"),
        ("Bareos", "/dev/sg3"),
        ("Bareos", "/dev/sg4"),
        ("Bareos", "/dev/sg0"),
        ("Bareos", "/dev/tape/by-id/scsi-1"),
        ("Amanda", "/dev/sg4"),
        ("Amanda", "/dev/sg5"),
        ("Amanda", "/dev/sg6"),
        ("Proxmox Backup Server", "/dev/tape/by-id/scsi-CC2C52"),
    ]
    assert found.unread == ()


def test_first_files_are_read_as_far_as_they_are_not_long(
    folder: Path, mocker: MockerFixture
) -> None:
    mocker.patch.object(gathering, "_MOST_FILES", 2)
    mocker.patch.object(gathering, "_LARGEST", 40)
    for name in ("bareos-sd.d/a/z.conf", "bareos-sd.d/b.conf", "bareos-sd.d/c.conf"):
        file = folder / "etc/bareos" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        first = f"ChangerDevice = /dev/{file.stem}"
        file.write_text(f"{first:40}\nDevice {{ Changer Device = x }}")
    (folder / "etc/amanda/daily/amanda.conf").mkdir(parents=True)
    found = backup(folder)
    assert [each.device for each in found.changers] == ["/dev/z", "/dev/b"]
    assert found.changers[0].file == str(folder / "etc/bareos/bareos-sd.d/a/z.conf")
    assert found.unread == ()


@pytest.mark.parametrize("text", ["", "{", "}}}", "Changer Device", "a = b = c", "\0" * 50, "path"])
def test_nonsense_is_no_changer(text: str) -> None:
    assert [*bacula_changers(text), *amanda_changers(text), *proxmox_changers(text)] == []
