"""Debian's mtx-changer, the script of Bacula's package, and what stands in for it: every byte."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from kernel.conftest import DEVICE
from kernel.contents import Contents
from kernel.daemon import NOWHERE, Daemon
from kernel.mtx_status import read_mtx_status
from kernel.program import environment_in

pytestmark = pytest.mark.guest_only

QUERIES = (("list",), ("listall",), ("slots",), ("loaded", 1, NOWHERE, 0))


@pytest.fixture
def script() -> Path:
    """Where it looks for its settings; the guest's /etc is its own."""
    there = Path("/etc/bacula")
    if not there.exists():
        shutil.copytree(f"{os.environ['CHANGER_TEST_PEERS']}{there}", there)
    Path("/var/lib/bacula").mkdir(parents=True, exist_ok=True)
    return there / "scripts" / "mtx-changer"


def test_answers_are_those_of_debian_s_mtx_changer(script: Path, tmp_path: Path) -> None:
    def theirs(*words: object) -> str:
        return subprocess.run(
            ["sh", script, DEVICE, *map(str, words)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=True,
        ).stdout

    daemon = Daemon(DEVICE, environment_in(tmp_path))
    full, _, _ = Contents(read_mtx_status(DEVICE)).two_full_and_one_empty()
    for words in QUERIES:
        assert daemon.ask(*words) == theirs(*words)
    daemon.call("load", full.number, NOWHERE, 0)
    try:
        for words in QUERIES:
            assert daemon.ask(*words) == theirs(*words)
    finally:
        daemon.ask("unload", full.number, NOWHERE, 0)
