"""What may follow the names of the programs: of ``changer``, and of those that stand in for others.

The words of those others are listed here, since nothing else says what each of them is of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from changer.cli.completion.wanted import NOTHING, Candidate, Wanted, find_wanted

# The kinds of the numbers that follow each command of mtx.
MTX: dict[str, tuple[str, ...]] = {
    "inquiry": (),
    "status": (),
    "inventory": (),
    "load": ("MTX-SLOT", "MTX-DRIVE"),
    "unload": ("MTX-SLOT", "MTX-DRIVE"),
    "transfer": ("MTX-SLOT", "MTX-SLOT"),
    "exchange": ("MTX-SLOT", "MTX-SLOT", "MTX-SLOT"),
    "first": ("MTX-DRIVE",),
    "last": ("MTX-DRIVE",),
    "previous": ("MTX-DRIVE",),
    "next": ("MTX-DRIVE",),
    "position": ("MTX-SLOT",),
    "eject": (),
    "erase": (),
    "eepos": ("N",),
    "invert": (),
    "invert2": (),
    "nobarcode": (),
    "noattach": (),
    "altres": (),
    "--version": (),
}
_DEVICE = "-f"

# The kinds of the words that follow each command of mtx-changer: slot, archive device, drive.
_OF_A_DRIVE = ("MTX-SLOT", "FILE", "MTX-DRIVE")
AUTOCHANGER: dict[str, tuple[str, ...]] = {
    "list": (),
    "listall": (),
    "slots": (),
    "drives": (),
    "loaded": _OF_A_DRIVE,
    "load": _OF_A_DRIVE,
    "unload": _OF_A_DRIVE,
    "transfer": ("MTX-SLOT", "MTX-SLOT"),
}


def wanted_of(program: str, words: Sequence[str], current: str) -> Wanted:
    """What may follow the words of a program; one of any other name is ``changer``."""
    return _PROGRAMS.get(program, find_wanted)(words, current)


def _of_mtx(words: Sequence[str], current: str) -> Wanted:
    """Commands follow each other, each with its numbers, which may be left out."""
    device: dict[str, str] = {}
    kinds: tuple[str, ...] = ()
    left = list(words)
    while left:
        word = left.pop(0)
        kinds = kinds[1:] if word.isdecimal() else MTX.get(word, ())
        if word == _DEVICE:
            if not left:
                return Wanted("LIBRARY")
            device = {"library": left.pop(0)}
    options = [] if device else [Candidate(_DEVICE, "the device, or the library's name")]
    begins = current[:1].isdecimal()
    names = () if begins else (*options, *map(Candidate, MTX))
    return Wanted(kinds[0] if kinds else "", tuple(names), options=device)


def _of_autochanger(words: Sequence[str], _current: str) -> Wanted:
    if not words:
        return Wanted("LIBRARY")
    device, *rest = words
    if not rest:
        return Wanted(words=tuple(map(Candidate, AUTOCHANGER)))
    command, *given = rest
    kinds = AUTOCHANGER.get(command, ())[len(given) :]
    return Wanted(kinds[0], options={"library": device}) if kinds else NOTHING


_PROGRAMS: dict[str, Callable[[Sequence[str], str], Wanted]] = {
    "changer-mtx": _of_mtx,
    "changer-autochanger": _of_autochanger,
}
