"""What the bytes of commands are, part by part: for each, who it is for, and where it ends.

A case of ``trace_parts.txt`` has a command and its data in hexadecimal digits, then the parts.
"""

from __future__ import annotations

from pathlib import Path

from kept_files import read_cases

from changer.doctor.traces.commands import is_known, reply_parts, sent_parts, words_of
from changer.doctor.traces.pages import sense_parts

TABLE = Path(__file__).parents[2] / "data" / "trace_parts.txt"


def told(lines: list[str]) -> list[str]:
    """The lines of a case, with what its bytes are found to be."""
    cdb, data = (bytes.fromhex(each.partition(":")[2]) for each in lines[:2])
    found = lines[:2]
    for name, parts in (
        ("data", reply_parts(cdb, data)),
        ("sent", sent_parts(cdb, data)),
        ("sense", () if cdb else sense_parts(data)),
    ):
        found += [f"{name} {each.role.name.lower()} {each.start}-{each.stop}" for each in parts]
    return [*found, f"{words_of(cdb)}, {'known' if is_known(cdb) else 'not known'}"]


def test_bytes_of_each_command_are_these() -> None:
    cases = read_cases(TABLE)
    assert len(cases) > 60
    found = {name: told(lines) for name, lines in cases.items()}
    assert {name: lines for name, lines in found.items() if lines != cases[name]} == {}
