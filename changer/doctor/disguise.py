"""Disguise: values that name a machine or a person, replaced by others of the same form (pure).

A value and what contains it, or is part of it, are replaced alike wherever they occur: in text of
either case, in bytes, and in hexadecimal digits of those bytes. Digits become digits, letters
letters of their case, hexadecimal digits such; everything else stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from changer.values import NamedTuple, dataclass, field

Kind = Literal["text", "label", "hex", "name"]

SHORTEST = 4
"""Shorter values may be part of any word, and are replaced only where they stand alone."""
_TRIES = 200
WORD = re.compile(r"[A-Za-z0-9]+")
_HEX_RUN = re.compile(r"(?<![0-9A-Za-z])(?:0x)?([0-9a-f]{8,}|[0-9A-F]{8,})(?![0-9A-Za-z])")
_DIGIT_PAIRS = re.compile(r"(?:[0-9a-f]{2}){4,}")
_HEX_DIGITS = re.compile(r"[0-9A-Fa-f]+")
_MEDIA_TYPE = re.compile(r"[A-Z][A-Z0-9]")
_LABEL_LENGTH = 8
_CLEANER = "CLN"
_UPPER, _LOWER, _DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789"
_HEX = "0123456789abcdef"


class Secret(NamedTuple):
    """A value to hide. ``kept``: how many characters at its beginning, and at its end, stay."""

    value: str
    kind: Kind = "text"
    kept: tuple[int, int] = (0, 0)


def label_secret(tag: str) -> Secret:
    """That of a bar code label: CLN stays, and the media type at the end, such as L8."""
    begin = len(_CLEANER) if tag.startswith(_CLEANER) else 0
    end = 2 if len(tag) >= _LABEL_LENGTH and _MEDIA_TYPE.fullmatch(tag[-2:]) else 0
    if len(tag) - begin - end < SHORTEST - 1:
        begin = end = 0
    return Secret(tag, "label", (begin, end))


def binary_secret(identifier: bytes) -> Secret:
    """That of a binary designator, as hexadecimal digits: the maker's part of a name stays.

    NAA 2, 5 and 6, and EUI-64, have the IEEE company id at a fixed place (SPC-4, 7.8.6).
    """
    digits = identifier.hex()
    maker = {"5": 7, "6": 7}.get(digits[:1], 1) if len(identifier) in (8, 16) else 0
    return Secret(digits, "hex", (maker, 0))


@dataclass(frozen=True, slots=True)
class Disguise:
    """Replacements for values: made by ``disguise``, and used on all of a report."""

    _replacements: dict[str, str]
    _names: dict[str, str]
    _lengths: tuple[int, ...]
    _odd: re.Pattern[str] | None
    _binary: tuple[tuple[bytes, bytes], ...] = field(default=())

    def text(self, text: str) -> str:
        """The text, with each value replaced."""
        if self._odd is not None:
            text = self._odd.sub(self._replaced, text)
        text = _HEX_RUN.sub(self._hex_replaced, text)
        return WORD.sub(lambda match: self._word(match[0]), text)

    def data(self, data: bytes) -> bytes:
        """The bytes, as many, with each value replaced."""
        for value, other in self._binary:
            data = data.replace(value, other)
        text = data.decode("latin-1")
        if self._odd is not None:
            text = self._odd.sub(self._replaced, text)
        text = WORD.sub(lambda match: self._inside(match[0]), text)
        return text.encode("latin-1")

    def survivors(self, text: str, blobs: Iterable[bytes] = ()) -> tuple[str, ...]:
        """Values that are still there, in whatever form; ``blobs``: what hex dumps of it show."""
        found = dict.fromkeys(self._in_text(text))
        compact = re.sub(r"\s+", "", text)
        found.update(dict.fromkeys(self._in_text(compact)))
        for run in re.findall(r"[0-9a-f]{8,}", compact.lower()):
            for start in (0, 1):
                even = run[start : start + (len(run) - start) // 2 * 2]
                found.update(dict.fromkeys(self._in_data(bytes.fromhex(even))))
        for blob in blobs:
            found.update(dict.fromkeys(self._in_data(blob)))
        return tuple(found)

    def _in_text(self, text: str) -> Iterator[str]:
        if self._odd is not None:
            yield from (each[0].lower() for each in self._odd.finditer(text))
        for word in WORD.findall(text):
            low = word.lower()
            if low in self._names:
                yield low
            yield from (low[at:end] for at, end in self._places(low))

    def _in_data(self, data: bytes) -> Iterator[str]:
        yield from (value.hex() for value, _ in self._binary if value in data)
        text = data.decode("latin-1")
        if self._odd is not None:
            yield from (each[0].lower() for each in self._odd.finditer(text))
        for word in WORD.findall(text):
            yield from (word.lower()[at:end] for at, end in self._places(word.lower()))

    def _places(self, low: str) -> Iterator[tuple[int, int]]:
        """Where values stand in a word, the longest first, none within another."""
        at = 0
        while at < len(low):
            for length in self._lengths:
                if at + length <= len(low) and low[at : at + length] in self._replacements:
                    yield at, at + length
                    at += length - 1
                    break
            at += 1

    def _word(self, word: str) -> str:
        name = self._names.get(word.lower())
        return _in_case(word, name) if name is not None else self._inside(word)

    def _inside(self, word: str) -> str:
        low, parts, done = word.lower(), [], 0
        for at, end in self._places(low):
            parts += [word[done:at], _in_case(word[at:end], self._replacements[low[at:end]])]
            done = end
        return "".join([*parts, word[done:]])

    def _replaced(self, match: re.Match[str]) -> str:
        return _in_case(match[0], self._replacements[match[0].lower()])

    def _hex_replaced(self, match: re.Match[str]) -> str:
        """Hexadecimal digits of bytes in which there is a value."""
        digits = match[1]
        if len(digits) % 2:
            return match[0]
        before = bytes.fromhex(digits)
        after = self.data(before)
        if after == before:
            return match[0]
        shown = after.hex().upper() if digits.isupper() else after.hex()
        return match[0].replace(digits, shown)


def _in_case(original: str, replacement: str) -> str:
    """The replacement, each letter in the case that the original has there."""
    pairs = zip(original, replacement, strict=True)
    return "".join(
        new.lower() if old.islower() else new.upper() if old.isupper() else new
        for old, new in pairs
    )


def disguise(secrets: Iterable[Secret], draw: Callable[[int], int]) -> Disguise:
    """Make up replacements. ``draw``: a number below the one that it is given, by chance.

    No replacement is, or contains, one of the values, nor another replacement.
    """
    known = _unique(secrets)
    maker = _Maker(frozenset(known), draw)
    made: dict[str, str] = {}
    for size in sorted({len(each) for each in known}, reverse=True):
        parts = _parts_of_longer(made, size)
        same = [each for each in sorted(known) if len(each) == size]
        made |= {each: _fitting(known[each], parts) or maker.make(known[each]) for each in same}
    long = {low: made[low] for low in made if len(low) >= SHORTEST}
    plain = {low: new for low, new in long.items() if WORD.fullmatch(low)}
    odd = sorted((low for low in long if low not in plain), key=len, reverse=True)
    short = {
        low: made[low]
        for low in made
        if len(low) < SHORTEST and not low.isdigit() and known[low].kind != "hex"
    }
    binary = [
        (bytes.fromhex(low), bytes.fromhex(made[low]))
        for low in made
        if known[low].kind == "hex" and _DIGIT_PAIRS.fullmatch(low)
    ]
    return Disguise(
        {**plain, **{low: long[low] for low in odd}},
        short,
        tuple(sorted({len(low) for low in plain}, reverse=True)),
        re.compile("|".join(map(re.escape, odd)), re.IGNORECASE) if odd else None,
        tuple(binary),
    )


def _unique(secrets: Iterable[Secret]) -> dict[str, Secret]:
    """Each value once, by its lower case, without blanks around it."""
    known: dict[str, Secret] = {}
    for each in secrets:
        value = each.value.strip()
        if value and any(letter.isalnum() and letter.isascii() for letter in value):
            known.setdefault(value.lower(), each._replace(value=value))
    return known


def _parts_of_longer(longer: dict[str, str], size: int) -> dict[str, str]:
    """Each part of so many characters of longer values, and that of the replacement."""
    parts: dict[str, str] = {}
    if size < SHORTEST:
        return parts
    for value, replacement in longer.items():
        for at in range(len(value) - size + 1):
            part, other = value[at : at + size], replacement[at : at + size]
            if other.lower() != part:
                parts.setdefault(part, other)
    return parts


def _fitting(secret: Secret, parts: dict[str, str]) -> str | None:
    """That of a value that is part of a longer one; digits of bytes stay such."""
    other = parts.get(secret.value.lower())
    if other is not None and secret.kind == "hex":
        return other if _HEX_DIGITS.fullmatch(other) else None
    return other


def _became_cleaner(secret: Secret, made: str) -> bool:
    """Whether the label of a data cartridge would be that of a cleaning cartridge."""
    is_label = secret.kind == "label" and not secret.value.upper().startswith(_CLEANER)
    return is_label and made.upper().startswith(_CLEANER)


class _Maker:
    """Makes replacements that no value is, and no value is part of."""

    def __init__(self, values: frozenset[str], draw: Callable[[int], int]) -> None:
        self._values = values
        self._lengths = sorted({len(each) for each in values if len(each) >= SHORTEST})
        self._draw = draw
        self._used: set[str] = set()

    def make(self, secret: Secret) -> str:
        """A replacement. What has too few others of its form gets one of another form."""
        for number in range(_TRIES):
            kept = secret.kept if number < _TRIES // 2 else (0, 0)
            made = self._made(secret._replace(kept=kept))
            if self._is_new(made.lower()) and not _became_cleaner(secret, made):
                break
        else:
            alphabet = _HEX if secret.kind == "hex" else _UPPER + _DIGITS
            made = "".join(self._one_of(alphabet) for _ in secret.value)
        self._used.add(made.lower())
        return made

    def _made(self, secret: Secret) -> str:
        begin, end = secret.kept
        value = secret.value
        middle = value[begin : len(value) - end]
        made = "".join(self._other(each, secret.kind) for each in middle)
        return f"{value[:begin]}{made}{value[len(value) - end :] if end else ''}"

    def _other(self, letter: str, kind: Kind) -> str:
        if kind == "hex" and letter.lower() in _HEX:
            return self._one_of(_HEX)
        for alphabet in (_DIGITS, _UPPER, _LOWER):
            if letter in alphabet:
                return self._one_of(alphabet)
        return self._one_of(_LOWER) if letter.isalnum() else letter

    def _one_of(self, alphabet: str) -> str:
        return alphabet[self._draw(len(alphabet))]

    def _is_new(self, low: str) -> bool:
        if low in self._used or low in self._values:
            return False
        return not any(
            low[at : at + length] in self._values
            for length in self._lengths
            for at in range(len(low) - length + 1)
        )
