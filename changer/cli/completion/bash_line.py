"""A command line as bash has it, split into words, without what bash would expand."""

from __future__ import annotations

from changer.values import NamedTuple

_BLANKS = " \t\n"
_QUOTES = "'\""
_REDIRECTIONS = "<>"
# Of those, bash ends the word with; what is completed is the rest. An @ stays with the rest.
_BREAKS = "=:"


class Line(NamedTuple):
    """Words, the last of which is to be completed; ``is_redirected``: it is a file's name."""

    words: tuple[str, ...]
    is_redirected: bool = False


def split(text: str) -> Line:
    """Split a line up to the cursor as a shell does; an open quote ends with the line."""
    words: list[str] = []
    word, quote, begun, redirected = "", "", False, False
    letters = iter(text)
    for letter in letters:
        if quote:
            if letter == quote:
                quote = ""
            elif letter == "\\" and quote == '"':
                word += next(letters, "")
            else:
                word += letter
        elif letter in _BLANKS:
            if begun:
                words += [] if redirected else [word]
                word, begun, redirected = "", False, False
        elif letter in _REDIRECTIONS:
            is_descriptor = word.isdecimal()  # 2>errors
            words += [word] if begun and not redirected and not is_descriptor else []
            word, begun, redirected = "", False, True
        else:
            begun = True
            if letter in _QUOTES:
                quote = letter
            else:
                word += next(letters, "") if letter == "\\" else letter
    return Line((*words, word), redirected)


def part_before(word: str, breaks: str) -> str:
    """What of a word bash leaves alone when it completes it: ``drive:`` of ``drive:0``.

    ``breaks``: $COMP_WORDBREAKS.
    """
    ends = [word.rfind(each) for each in _BREAKS if each in breaks]
    return word[: max(ends, default=-1) + 1]
