"""Tokens that admit to the data: read from a file that others can't read."""

from __future__ import annotations

import os
import re
import stat
from hmac import compare_digest
from pathlib import Path

from changer.errors import AccessDenied, OutputFailed, SettingsWrong
from changer.host.guarded_files import read_file
from changer.host.trust import others_who_may_change

SHORTEST = 16
_MOST_BYTES = 65536
_MOST_TOKENS = 100
_TOKEN = re.compile(rb"[A-Za-z0-9._~+/=-]+")
_HINT = "one token on each line, such as openssl rand -hex 32 prints"


class Tokens:
    """Tokens, each of which admits. They are compared in a time that does not tell of them."""

    def __init__(self, tokens: tuple[bytes, ...]) -> None:
        self._tokens = tokens

    def admit(self, authorization: str | None) -> bool:
        """Whether an Authorization header has one of them."""
        scheme, _, told = (authorization or "").partition(" ")
        given = told.strip().encode("latin-1", "replace")
        found = False
        for each in self._tokens:
            found = compare_digest(each, given) or found
        return found and scheme.lower() == "bearer"


def read_tokens(path: Path) -> Tokens:
    """Read the tokens of a file.

    Raises AccessDenied where others can read or change it, OutputFailed where it can't be read,
    SettingsWrong where it holds none, or too much.
    """
    try:
        status = path.stat()
        if stat.S_ISREG(status.st_mode):
            for others in others_who_may_change(path):
                raise others.refusal()
        if status.st_mode & stat.S_IRWXO:
            raise AccessDenied(
                f"everyone can read the tokens in {path}", hint=f"chmod o-rwx {path}"
            )
        content = read_file(path, most=_MOST_BYTES + 1)
    except OSError as error:
        raise OutputFailed(
            f"the tokens in {path} can't be read: {error.strerror or error}",
            hint=f"is it there, and readable to user {os.geteuid()}?",
        ) from error
    if len(content) > _MOST_BYTES:  # what is left of a token that is cut would admit
        raise SettingsWrong(f"{path} is longer than {_MOST_BYTES // 1024} KiB", hint=_HINT)
    tokens = tuple(each.strip() for each in content.splitlines() if each.strip())
    if not tokens or len(tokens) > _MOST_TOKENS:
        raise SettingsWrong(f"{path} has {'too many' if tokens else 'no'} tokens", hint=_HINT)
    if not all(_TOKEN.fullmatch(each) for each in tokens):
        raise SettingsWrong(f"a line of {path} is not a token", hint=_HINT)
    if any(len(each) < SHORTEST for each in tokens):
        raise SettingsWrong(f"a token in {path} is shorter than {SHORTEST} characters", hint=_HINT)
    return Tokens(tokens)
