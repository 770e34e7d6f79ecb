"""What an export is asked for: labels, and patterns of labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from changer.errors import UsageError
from changer.journal.find import is_pattern
from changer.library.addressing import PlaceKind, parse_place
from changer.library.inventory import Inventory
from changer.library.reserved_slots import ReservedSlots
from changer.smc.elements import Element
from changer.values import NamedTuple


class Word(NamedTuple):
    """A word of the request: a label, or a pattern of labels, as a shell matches names."""

    text: str
    label: str
    is_pattern: bool

    def matches(self, label: str) -> bool:
        """Whether a label is meant."""
        return fnmatchcase(label, self.label) if self.is_pattern else label == self.label


def parse_words(texts: Iterable[str]) -> tuple[Word, ...]:
    """The words of a request, each once. Raises UsageError for none, and for a place."""
    words = tuple(dict.fromkeys(_parse_word(each) for each in texts))
    if not words:
        raise UsageError(
            "no cartridge is named", hint="name labels or patterns of them, such as 'A000*'"
        )
    return words


def _parse_word(text: str) -> Word:
    stripped = text.strip()
    if is_pattern(stripped):
        return Word(stripped, stripped, is_pattern=True)
    place = parse_place(stripped)
    if place.kind is not PlaceKind.TAG:
        raise UsageError(
            f"{stripped!r} is a place, not a label",
            hint=f"to take out what is there: changer move {place} mail; as a label it is "
            f"written tag:{stripped}",
        )
    return Word(stripped, place.tag, is_pattern=False)


def labels_meant(
    words: Iterable[Word], inventory: Inventory, *, reserved: ReservedSlots, known: Iterable[str]
) -> Iterator[tuple[Word, str]]:
    """The labels that words mean, each once, in the order of the words and of the elements.

    A pattern leaves cleaning cartridges and reserved slots alone. ``known``: labels that a pattern
    may mean although the library does not show them. Raises UsageError for a pattern without any.
    """
    shown = [each for each in _in_order(inventory) if each.full and each.tag is not None]
    ordinary = [
        each for each in shown if each.address not in reserved and not reserved.is_cleaner(each)
    ]
    found: dict[str, Word] = {}
    for word in words:
        labels = [word.label]
        if word.is_pattern:
            labels = [each.tag for each in ordinary if each.tag and word.matches(each.tag)]
            if not labels and not any(word.matches(each) for each in known):
                raise _without_match(word, [each.tag or "" for each in shown])
        for label in labels:
            found.setdefault(label, word)
    yield from ((word, label) for label, word in found.items())


def _in_order(inventory: Inventory) -> list[Element]:
    return sorted(inventory.elements, key=lambda each: each.address)


def _without_match(word: Word, shown: Iterable[str]) -> UsageError:
    left_alone = any(word.matches(each) for each in shown)
    return UsageError(
        f"no cartridge has a label that matches {word.text!r}"
        + (", apart from cleaning cartridges and reserved slots" if left_alone else ""),
        hint="name those by their whole labels" if left_alone else "changer status shows labels",
    )
