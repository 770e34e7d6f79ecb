"""The installed program at a library behind /dev/sg, in the guest of the kernel's tests."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from documents import ROOT

from .built import Built
from .conftest import install
from .root import Layers, Root

BUILD = ROOT / "build"
GUEST = ROOT / "tests/kernel/guest/launch.py"
IN_GUEST = ROOT / "tests/packages/in-guest"


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the guest sees, too."""
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        yield Path(folder)


def test_status_and_moves_of_a_library_behind_sg(
    clean: Layers, packages: Built, place: Path
) -> None:
    """debian/tests/on-device, as autopkgtest runs it in a machine of its own."""

    def change(root: Root) -> None:
        install(root, packages)
        root.run("apt-get", "--quiet", "--no-install-recommends", "--yes", "install", "mtx")

    with clean.changed(change, place) as layers:
        folders = ":".join(map(str, layers.folders))
        done = subprocess.run(
            [GUEST, "--machine", "uml", "--timeout", "300", "--", IN_GUEST, folders],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=360,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "STK_L700_CHGR0001" in done.stdout
