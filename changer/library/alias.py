"""Aliases: short names that the settings give to libraries, and what may be one (pure).

An alias stands for one library whatever else is there, so it must not be another name of anything:
of a device, of a virtual library, of another library, or a part of its id, which names it too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from changer.values import NamedTuple

LONGEST = 64
# What systemd takes as an instance, a shell as a word, and a file system as a name, as it is.
_ALIAS = re.compile(rf"[A-Za-z](?:[A-Za-z0-9_.-]{{0,{LONGEST - 2}}}[A-Za-z0-9])?")
_NODE = re.compile(r"(?:sg|sch|n?st|tape|changer)[0-9]*[alm]?", re.IGNORECASE)


class Clash(NamedTuple):
    """An alias that may mean two libraries: ``other_id`` as well as its own.

    ``how``: what it is besides, before the other id: ``a part of``.
    """

    alias: str
    library_id: str
    other_id: str
    how: str


def is_alias(text: str) -> bool:
    """Whether a text can be an alias, as far as its letters go."""
    return _ALIAS.fullmatch(text) is not None


def looks_like_device(text: str) -> bool:
    """Whether it is what people call a device without its folder: ``sg3``, ``nst0``."""
    return _NODE.fullmatch(text) is not None


def means(alias: str | None, name: str) -> bool:
    """Whether a name is this alias, in capitals or not, as parts of ids are."""
    return alias is not None and alias.lower() == name.lower()


def with_aliases(text: str, aliases: Mapping[str, str]) -> str:
    """A message that names each library by its alias, too; ``aliases``: by ids."""
    for library_id, alias in aliases.items():
        if library_id in text and f"'{alias}'" not in text:
            whole = rf"(?<![\w.+-]){re.escape(library_id)}(?![\w+-]|\.\w)"
            text = re.sub(whole, f"{library_id} ({alias})", text, count=1)
    return text


def find_clashes(aliases: Mapping[str, str | None]) -> Iterator[Clash]:
    """What the tables of a settings file say of one name; ``aliases``: by the ids of the tables."""
    owners: dict[str, str] = {}
    for library_id, alias in aliases.items():
        if alias is None:
            continue
        owner = owners.setdefault(alias.lower(), library_id)
        if owner != library_id:
            yield Clash(alias, library_id, owner, "the alias of")
        yield from clashes_with(alias, library_id, aliases)


def clashes_with(alias: str, library_id: str, ids: Iterable[str]) -> Iterator[Clash]:
    """The other libraries, by their ids, that the alias of one may mean, too."""
    for other in ids:
        if other != library_id and alias.lower() in other.lower():
            how = "the id of" if means(alias, other) else "a part of"
            yield Clash(alias, library_id, other, how)
