"""A virtual library of a model answers as the real one did, where bytes of one are kept."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from mhvtl.fields import differences

from changer.simulator.profiles.table import PROFILES

from .captured_library import FOLDER, READ_ELEMENT_STATUS, Captured, CapturedLibrary, captured

UNIT_ATTENTION = 6
PARTITIONS = ["hpe-msl3040-partition-ll02-remanence", "hpe-msl3040-partition-ll03-remanence"]
# Of a capture: the profile, how many replies show all of its elements, and what is not imitated.
CAPTURES: dict[str, tuple[str, int, set[str]]] = {
    **{name: ("msl3040", 1, set()) for name in PARTITIONS},
    # ACCESS of the medium transport, which SMC-3 has no such bit for.
    "quadstor-msl-g3-remanence": ("msl-g3", 2, {"element 0x0: flags"}),
}
# Pages of the partition with LTO-7 drives, as printed in the source of its capture, mode-sense.
PAGES = {
    0x1D: "9d 12 00 00 00 01 03 e9 00 28 00 65 00 00 00 01 00 02 00 00",
    0x1E: "1e 02 00 00",
    0x1F: "1f 12 0a 07 0a 0a 00 0a 00 00 00 00 00 0a 00 0a 00 00 00 00",
}
# Not imitated: PS of page 1Dh; byte 3 of page 1Fh, and that nothing is exchanged by the transport.
OWN = {(0x1D, 0), (0x1F, 3), (0x1F, 12)}


def made(folder: Path, file: str) -> tuple[CapturedLibrary, list[Captured]]:
    profile, replies, _ = CAPTURES[file]
    asked = [each for each in captured(file) if each.cdb[0] == READ_ELEMENT_STATUS]
    shown = tuple(each.data for each in asked[:replies])
    return CapturedLibrary(folder, profile, shown), asked


@pytest.mark.parametrize("file", CAPTURES)
def test_the_simulator_reports_elements_as_a_real_library_did(folder: Path, file: str) -> None:
    library, asked = made(folder, file)
    kept = [each for each in asked if each.expect.get("key") != UNIT_ATTENTION]
    assert len(kept) >= 2
    for each in kept:
        found = differences(each.line, library.answer(each.cdb))
        assert {name for name, *_ in found} <= CAPTURES[file][2], (each.cdb.hex(" "), found)


@pytest.mark.parametrize("file", CAPTURES)
def test_a_profile_has_the_names_of_the_library_that_was_caught(file: str) -> None:
    profile = PROFILES[CAPTURES[file][0]]
    kept = tomllib.loads((FOLDER / f"{file}.toml").read_text())["exchange"]
    named = next(each["expect"] for each in kept if "product" in each["expect"])
    found = (profile.vendor, profile.product, profile.revision)
    assert found == tuple(named[field] for field in ("vendor", "product", "revision"))


def test_the_simulator_has_the_mode_pages_of_a_real_library(folder: Path) -> None:
    library, _ = made(folder, PARTITIONS[1])
    for code, text in PAGES.items():
        real, page = bytes.fromhex(text), library.mode_page(code)
        assert len(page) == len(real)
        pairs = enumerate(zip(page, real, strict=True))
        assert {(code, at) for at, (ours, theirs) in pairs if ours != theirs} <= OWN
