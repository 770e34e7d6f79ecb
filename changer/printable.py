"""Text of any origin as a terminal may have it: nothing in it can steer one, or hide."""

from __future__ import annotations

__all__ = ["printable", "printable_lines"]


def printable(text: str) -> str:
    """The text on one line: ``?`` stands for each letter that prints as none.

    Those are control characters (escape codes and C1 among them, and ends of lines), marks that
    change the direction of text or are invisible, halves of surrogate pairs (bytes that were no
    text), blanks but the common one, and what Unicode has not assigned.
    """
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def printable_lines(text: str) -> str:
    """The same of a text whose lines stay lines."""
    return "\n".join(map(printable, text.split("\n")))
