"""An export from a drive of this host that another program has open."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from .host import Host
from .stand_in import Cartridge
from .test_told_drives import DRIVE_0, two_drives
from .test_told_drives_report import in_use

EXPORT_INCOMPLETE = 90
TAG = "A00002L8"


@pytest.fixture
def processes(tmp_path: Path, mocker: MockerFixture) -> Path:
    """A host of which every process is seen: there is only the first one."""
    folder = tmp_path / "proc"
    (folder / "1/fd").mkdir(parents=True)
    mocker.patch("changer.host.device_use._PROC", folder)
    return folder


@pytest.mark.parametrize("is_used", [True, False])
def test_cartridge_in_a_drive_that_is_in_use_stays_there(
    host: Host, processes: Path, is_used: bool
) -> None:
    library = two_drives()
    library.at[DRIVE_0] = Cartridge(3, TAG)
    host.attach(library)
    if is_used:
        in_use(host, processes, 0)
    answer = host.changer("export", TAG, "--timeout", 0)
    assert answer.status == EXPORT_INCOMPLETE
    (cartridge,) = answer.json["cartridges"]
    assert (DRIVE_0 in library.at) is is_used
    assert ("drive 0 is in use by bareos-sd" in cartridge["why"]) is is_used
    assert (cartridge["place"] == "mail:1") is not is_used
