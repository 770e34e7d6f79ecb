"""Settings of backup software, as its own documents have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from changer.doctor.backup_settings import (
    Configured,
    amanda_changers,
    bacula_changers,
    proxmox_changers,
)
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


@pytest.mark.parametrize(
    ("text", "seconds"), [("300", 300.0), ("5 min", 300.0), ("1 hour 30 m", 5400.0), ("", None)]
)
def test_times_are_read_with_their_units(text: str, seconds: float | None) -> None:
    block = f"Device {{\nChanger Device = /dev/sg1\nMaximum Changer Wait = {text}\n}}"
    assert [each.longest_wait_seconds for each in bacula_changers(block)] == [seconds]


def test_robots_of_amanda_are_read_with_what_they_call() -> None:
    assert [*amanda_changers(AMANDA)] == [
        Configured(2, "/dev/sg4", "/usr/bin/changer-mtx"),
        Configured(7, "/dev/sg5", "mtx"),
    ]


def test_changers_of_proxmox_are_read_and_no_drive_is() -> None:
    assert [*proxmox_changers(PROXMOX)] == [Configured(3, "/dev/tape/by-id/scsi-CC2C52", None)]


def test_files_are_found_where_the_distributions_put_them(tmp_path: Path) -> None:
    files = {
        "etc/bacula/bacula-sd.conf": BACULA,
        "etc/bareos/bareos-sd.d/autochanger/robot.conf": BACULA,
        "etc/amanda/daily/amanda.conf": AMANDA,
        "etc/proxmox-backup/tape.cfg": PROXMOX,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
    found = backup(tmp_path)
    assert [(each.software, each.device) for each in found.changers] == [
        ("Bacula", "/dev/sg0"),
        ("Bacula", "/dev/tape/by-id/scsi-1"),
        ("Bareos", "/dev/sg0"),
        ("Bareos", "/dev/tape/by-id/scsi-1"),
        ("Amanda", "/dev/sg4"),
        ("Amanda", "/dev/sg5"),
        ("Proxmox Backup Server", "/dev/tape/by-id/scsi-CC2C52"),
    ]
    assert found.unread == ()


@pytest.mark.parametrize("text", ["", "{", "}}}", "Changer Device", "a = b = c", "\0" * 50, "path"])
def test_nonsense_is_no_changer(text: str) -> None:
    assert [*bacula_changers(text), *amanda_changers(text), *proxmox_changers(text)] == []
