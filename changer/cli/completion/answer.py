"""The answer to one TAB: what may follow on a command line, a word and what it is on each line.

The scripts of the shells ask for it, as ``changer __complete SHELL ...``:

    bash LINE WORDBREAKS           the line up to the cursor, and $COMP_WORDBREAKS
    zsh WORD... CURRENT            the words before the cursor, and the one that is begun
    fish WORD... CURRENT           the same

The first line says what else holds: ``files`` may follow, no space follows (``nospace``), or
nothing. Whatever fails, nothing is offered: no error, no wait for a lock, no command to a device.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePath

from changer.cli.completion.bash_line import part_before, split
from changer.cli.completion.kinds import candidates_of, wants_files
from changer.cli.completion.programs import wanted_of
from changer.cli.completion.wanted import Candidate

# No shell expands these, whatever is quoted: labels and names are others' texts.
_PLAIN = re.compile(r"[A-Za-z0-9_@%+./][A-Za-z0-9_@%+=:,./-]*|-[A-Za-z0-9-]+=?")
_FILES, _NO_SPACE = "files", "nospace"
_COLON = "\\:"
_LONGEST = 60


def answer(arguments: Sequence[str]) -> str:
    """What may follow, for a shell and the line that it has."""
    shell, *rest = arguments
    return "\n".join(_SHELLS[shell](*rest)) + "\n"


def _for_bash(text: str, breaks: str) -> Iterator[str]:
    """Words alone, each without what bash does not replace of the word that is begun."""
    line = split(text)
    if line.is_redirected:
        yield _FILES
        return
    *words, current = line.words
    also, found = _find(words, current, str.startswith)
    yield also
    left = len(part_before(current, breaks))
    yield from (each.word[left:] for each in found if each.word.startswith(current))


def _for_zsh(*words: str) -> Iterator[str]:
    """As ``_describe`` has them: ``drive\\:0:drive 0``. Zsh itself finds what matches."""
    also, found = _find(words[:-1], words[-1], _contains)
    yield also
    yield from (f"{each.word.replace(':', _COLON)}:{_short(each.what)}" for each in found)


def _for_fish(*words: str) -> Iterator[str]:
    """Word and what it is, with a space between them. Fish itself finds what matches."""
    also, found = _find(words[:-1], words[-1], _contains)
    yield also
    yield from (f"{each.word} {_short(each.what)}".rstrip() for each in found)


def _contains(word: str, part: str) -> bool:
    return part.lower() in word.lower()


_SHELLS: dict[str, Callable[..., Iterator[str]]] = {
    "bash": _for_bash,
    "zsh": _for_zsh,
    "fish": _for_fish,
}


def _find(
    words: Sequence[str], current: str, matches: Callable[[str, str], bool]
) -> tuple[str, list[Candidate]]:
    """What else may follow the program's name and its words, and the words that may."""
    program, *before = words
    wanted = wanted_of(PurePath(program).name, before, current)
    value = current.removeprefix(wanted.prefix)
    if wants_files(wanted, value):
        return _FILES, []
    live = candidates_of(wanted, lambda word: matches(word, value))
    # Each once; a label may be in two places.
    plain = {each.word: each for each in (*live, *wanted.words) if _PLAIN.fullmatch(each.word)}
    found = [each._replace(word=f"{wanted.prefix}{each.word}") for each in plain.values()]
    return _NO_SPACE if {each.word[-1] for each in found} == {"="} else "", found


def _short(what: str) -> str:
    return what if len(what) <= _LONGEST else f"{what[: _LONGEST - 3]}..."
