"""What an error about a library says of the name by which that was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from changer.errors import NoLibrary
from changer.library.given_name import explain
from changer.library.settings import load_configuration

TEXT = 'default_library = "nosuch"\n[library."HP_MSL_1"]\nalias = "msl"\n[library."B"]\n'
WAYS = ["line", "moved", "unreadable"]


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("name", "is_said", "variable", "words"),
    [
        ("nosuch", False, None, "default_library names it ({file}{default})"),
        ("nosuch", False, "nosuch", "$CHANGER names it"),
        ("MSL", False, "MSL", "$CHANGER names it; 'MSL' is the alias of HP_MSL_1 ({file}{alias})"),
        ("msl", True, None, "'msl' is the alias of HP_MSL_1 ({file}{alias})"),
    ],
)
def test_name_is_told_with_where_it_comes_from(
    tmp_path: Path, *, way: str, name: str, is_said: bool, variable: str | None, words: str
) -> None:
    """The line only where the file can still be read, and still has the key."""
    file = tmp_path / "changer.toml"
    file.write_text(TEXT)
    environment = {"CHANGER_CONFIG": str(file), **({"CHANGER": variable} if variable else {})}
    configuration = load_configuration(environment)
    lines = {"default": ":1", "alias": ":3"}
    if way == "moved":
        file.write_text(f"\n{TEXT}")
        lines = {"default": ":2", "alias": ":4"}
    if way == "unreadable":
        file.unlink()
        file.mkdir()
        lines = {"default": "", "alias": ""}
    error = NoLibrary("no such library", hint="look")
    explain(error, name, is_said=is_said, environment=environment, configuration=configuration)
    assert error.message == f"no such library; {words.format(file=file, **lines)}"
    assert error.hint == "look"


def test_name_that_was_said_is_answered_with_the_aliases_that_there_are(tmp_path: Path) -> None:
    file = tmp_path / "changer.toml"
    file.write_text(TEXT)
    environment = {"CHANGER_CONFIG": str(file)}
    configuration = load_configuration(environment)
    for name, hint in (("tyo", "look; aliases: msl"), (None, "look")):
        error = NoLibrary("no such library", hint="look")
        explain(error, name, is_said=True, environment=environment, configuration=configuration)
        assert (error.message, error.hint) == ("no such library", hint)
