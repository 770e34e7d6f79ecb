"""Virtual libraries of several kinds as devices of the kernel, for programs that are not ours."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kernel.attached_library import AttachedLibrary, attached

from .furnishing import furnish
from .kernel_log import KernelLog

# Kinds that differ in what they report, and how. Few drives: udev takes half a second for each.
KINDS: dict[str, dict[str, Any]] = {
    "demo": {},
    "autoloader": {},
    "superloader": {},
    "l700": {"drives": 2},
    "scalar": {"drives": 1},
    "p3000": {"drives": 2},
    "bare": {},
}


@pytest.fixture(scope="package", autouse=True)
def kernel_log() -> Iterator[KernelLog]:
    log = KernelLog()
    yield log
    log.close()


@pytest.fixture(autouse=True)
def _kernel_finds_nothing_wrong(kernel_log: KernelLog) -> Iterator[None]:
    """Nor while the libraries came that the test is the first to use, and others went."""
    yield
    assert kernel_log.take_suspicious() == []


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("libraries")


@pytest.fixture(scope="package", params=KINDS)
def library(request: pytest.FixtureRequest, folder: Path) -> Iterator[AttachedLibrary]:
    """One of each kind, with things in it that could be misread. Tests leave them where they are.

    Slot 1's cartridge is in drive 0.
    """
    profile: str = request.param
    with attached(f"kind-{profile}", folder, profile=profile, **KINDS[profile]) as library:
        furnish(library)
        yield library


@pytest.fixture(scope="package")
def tapes(folder: Path) -> Iterator[AttachedLibrary]:
    """A library whose drives take their time. Tests put back what they move."""
    with attached("tapes", folder, drive_load_seconds=2, cleaning_seconds=0) as library:
        yield library


@pytest.fixture(scope="module")
def keeper(folder: Path) -> Iterator[AttachedLibrary]:
    """A library whose drive keeps a cleaner that is done."""
    with attached("keeper", folder, drives=1, cleaning_seconds=0, ejects_cleaner=False) as library:
        yield library
