"""Words of additional sense codes, beside those that sg3-utils has from T10's list."""

import re
import subprocess

import pytest

from changer.smc.asc import additional_sense_text
from changer.smc.elements import AdditionalSense

_STEM_LETTERS = 5


def stems(text: str) -> set[str]:
    """The beginnings of its words: ``unloading`` is ``unloa``, as ``unload`` is."""
    return {word[:_STEM_LETTERS] for word in re.findall(r"[a-z0-9]+", text.lower())}


def words_of_sg3_utils(additional: AdditionalSense) -> str | None:
    """What it has for the code; None for one that it does not know."""
    sense = f"72 05 {additional.asc:02x} {additional.ascq:02x} 0 0 0 0".split()
    decoded = subprocess.run(
        ["sg_decode_sense", *sense], capture_output=True, text=True, check=True
    )
    found = re.search(r"Additional sense: (.*)", decoded.stdout)
    return found.group(1) if found else None


@pytest.mark.parametrize("asc", range(0x80), ids=lambda asc: f"{asc:02X}h")
def test_a_condition_is_called_much_as_t10_calls_it(asc: int) -> None:
    for ascq in (*range(0x80), 0xFF):
        additional = AdditionalSense(asc, ascq)
        text = additional_sense_text(additional)
        # The words of some codes are those of ASC alone, with ASCQ as a number.
        if text in (None, "vendor-specific condition") or f"{ascq:02X}h" in text:
            continue
        standard = words_of_sg3_utils(additional)
        assert standard is not None, additional
        assert len(stems(text) & stems(standard)) >= 0.4 * len(stems(text)), additional
