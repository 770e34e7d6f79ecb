"""The file of tokens: what it may hold, and who may read and change it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from users import IS_ROOT, NOBODY

from changer.errors import AccessDenied, ChangerError, OutputFailed, SettingsWrong
from changer.web.token import read_tokens

GOOD = "0123456789abcdef0123456789abcdef"


def file_of(folder: Path, content: str, mode: int = 0o600) -> Path:
    file = folder / "token"
    file.write_text(content)
    file.chmod(mode)
    return file


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640])
def test_each_line_is_a_token(folder: Path, mode: int) -> None:
    tokens = read_tokens(file_of(folder, f"{GOOD}\n\n  {GOOD[::-1]}  \n", mode))
    assert tokens.admit(f"Bearer {GOOD}") and tokens.admit(f"Bearer {GOOD[::-1]}")
    assert not tokens.admit("Bearer ")


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o602, 0o622, 0o666])
def test_what_others_can_read_or_change_is_refused(folder: Path, mode: int) -> None:
    with pytest.raises(AccessDenied):
        read_tokens(file_of(folder, GOOD, mode))


def test_what_others_can_replace_is_refused(folder: Path) -> None:
    place = folder / "open"
    place.mkdir()
    file = file_of(place, GOOD)
    place.chmod(0o777)
    with pytest.raises(AccessDenied, match="world-writable"):
        read_tokens(file)


@pytest.mark.skipif(not IS_ROOT, reason="gives a file to another user")
def test_what_belongs_to_another_user_is_refused(folder: Path) -> None:
    file = file_of(folder, GOOD)
    os.chown(file, NOBODY, -1)
    with pytest.raises(AccessDenied, match="another user"):
        read_tokens(file)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("", "no tokens"),
        ("\n \n", "no tokens"),
        ("short", "shorter than 16"),
        (f"{GOOD}\nshort", "shorter than 16"),
        (f"{GOOD} {GOOD}", "not a token"),
        (f"{GOOD}\x00", "not a token"),
        ("ä" * 20, "not a token"),
        (f"{GOOD}\n" * 101, "too many tokens"),
    ],
)
def test_what_is_not_tokens_is_refused_without_showing_it(
    folder: Path, content: str, error: str
) -> None:
    with pytest.raises(SettingsWrong, match=error) as raised:
        read_tokens(file_of(folder, content))
    assert GOOD not in raised.value.message


@pytest.mark.parametrize("what", ["nothing", "folder", "pipe"])
def test_what_is_not_a_file_is_refused(folder: Path, what: str) -> None:
    place = folder / "token"
    if what == "folder":
        place.mkdir(0o700)
    elif what == "pipe":
        os.mkfifo(place, 0o600)
    with pytest.raises((OutputFailed, AccessDenied)) as raised:
        read_tokens(place)
    assert isinstance(raised.value, ChangerError) and str(place) in raised.value.message
