"""docs/backup.md says what the programs take, are called, and can be set to."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from changer.cli.parser import parse_command_line
from changer.library.settings import load_configuration

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "backup.md").read_text()
PROGRAMS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]

COMMANDS = re.findall(r"^    changer (.*?)$", DOCUMENT, re.MULTILINE)
COMMANDS += re.findall(r"`changer ([a-z][^`]*)`", DOCUMENT)


@pytest.mark.parametrize("line", COMMANDS)
def test_command_line_is_taken(line: str) -> None:
    entry, _, _ = parse_command_line(line.split())
    assert entry is not None


def test_command_lines_were_found() -> None:
    assert len(COMMANDS) >= 8


def test_settings_are_read(tmp_path: Path) -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    file = tmp_path / "changer.toml"
    file.write_text(block)
    ((library, table),) = tomllib.loads(block)["library"].items()
    settings = load_configuration({"CHANGER_CONFIG": str(file)}).settings(library)
    assert {key: getattr(settings, key) for key in table} == table
    assert len(table) == 3


def test_every_choice_of_cleaning_on_the_way_is_explained() -> None:
    for choice in ("off", "after-unload", "idle"):
        assert f'"{choice}"' in DOCUMENT


def test_programs_are_the_installed_ones_and_have_manuals() -> None:
    named = set(re.findall(r"/bin/(changer-[a-z]+)", DOCUMENT))
    assert named == {"changer-autochanger", "changer-mtx"}
    assert named <= set(PROGRAMS)
    for program in named:
        assert f"man/{program}.1" in DOCUMENT and (ROOT / "man" / f"{program}.1").exists()


def test_documents_that_it_points_to_are_there() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", DOCUMENT):
        assert (ROOT / "docs" / target).exists(), target
