"""A virtual library of a model answers as the real one did, where bytes of one are kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from mhvtl.fields import differences

from .captured_library import READ_ELEMENT_STATUS, Captured, CapturedLibrary, captured

UNIT_ATTENTION = 6
PARTITIONS = [f"hpe-msl3040-partition-{name}-remanence" for name in ("ll02", "ll03")]
# Pages of the partition with LTO-7 drives, as printed in the source of its capture, mode-sense.
PAGES = {
    0x1D: "9d 12 00 00 00 01 03 e9 00 28 00 65 00 00 00 01 00 02 00 00",
    0x1E: "1e 02 00 00",
    0x1F: "1f 12 0a 07 0a 0a 00 0a 00 00 00 00 00 0a 00 0a 00 00 00 00",
}
# Not imitated: PS of page 1Dh; byte 3 of page 1Fh, and that nothing is exchanged by the transport.
OWN = {(0x1D, 0), (0x1F, 3), (0x1F, 12)}


def made(folder: Path, file: str) -> tuple[CapturedLibrary, list[Captured]]:
    exchanges = list(captured(file))
    serial = next(each.expect["serial"] for each in exchanges if "serial" in each.expect)
    shown = next(each for each in exchanges if each.cdb[0] == READ_ELEMENT_STATUS)
    return CapturedLibrary(folder, "msl3040", shown.data, serial), exchanges


@pytest.mark.parametrize("file", PARTITIONS)
def test_the_simulator_reports_elements_as_a_real_library_did(folder: Path, file: str) -> None:
    library, exchanges = made(folder, file)
    asked = [
        each
        for each in exchanges
        if each.cdb[0] == READ_ELEMENT_STATUS and each.expect.get("key") != UNIT_ATTENTION
    ]
    assert len(asked) >= 5
    for each in asked:
        assert differences(each.line, library.answer(each.cdb)) == [], each.cdb.hex(" ")


def test_the_simulator_has_the_mode_pages_of_a_real_library(folder: Path) -> None:
    library, _ = made(folder, PARTITIONS[1])
    for code, text in PAGES.items():
        real, page = bytes.fromhex(text), library.mode_page(code)
        assert len(page) == len(real)
        own = {
            (code, at) for at, pair in enumerate(zip(page, real, strict=True)) if len({*pair}) > 1
        }
        assert own <= OWN
