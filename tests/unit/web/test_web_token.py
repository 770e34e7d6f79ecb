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


def test_as_many_tokens_as_may_be_and_as_short_ones(folder: Path) -> None:
    tokens = read_tokens(file_of(folder, "".join(f"{number:016}\n" for number in range(100))))
    for number in (0, 57, 99):
        assert tokens.admit(f"Bearer {number:016}"), "each of them, wherever it stands"
    assert not tokens.admit(f"Bearer {100:016}")


@pytest.mark.parametrize(("size", "is_read"), [(65536, True), (65537, False), (65800, False)])
def test_a_file_that_is_too_long_is_refused_and_no_token_of_it_is_cut(
    folder: Path, size: int, *, is_read: bool
) -> None:
    token = "a" * 600
    file = file_of(folder, f"{token:>{size}}")
    if is_read:
        assert read_tokens(file).admit(f"Bearer {token}")
        return
    with pytest.raises(SettingsWrong, match=f"{file} is longer than 64 KiB"):
        read_tokens(file)


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
        ("a" * 15, "shorter than 16"),
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
