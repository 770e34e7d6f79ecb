"""Printable text, of any origin: nothing in it can steer a terminal, or hide."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text on one line, with ``?`` for each character that does not print.

    Those are control characters (escape codes, C1, ends of lines), direction marks and invisible
    characters, surrogates (bytes that were not text), spaces but the common one, and code points
    that Unicode has not assigned.
    """
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def printable_lines(text: str) -> str:
    """The text, printable, with its line ends kept."""
    return "\n".join(map(printable, text.split("\n")))
