"""Selection of rows of a status: by place, range, label, pattern, and what they hold (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fnmatch import translate
from functools import partial
from re import compile as compile_pattern
from typing import TypeVar

from changer.errors import UsageError, VolumeNotFound
from changer.library.addressing import Numbering, Place, PlaceKind, parse_place, parse_range
from changer.library.columns import Row, exception_words
from changer.library.findings import Finding
from changer.library.status import DriveStatus, LibraryStatus, MailStatus, SlotStatus
from changer.values import NamedTuple, replace

_PATTERN = "*?["


class Named(NamedTuple):
    """What a word names: the places from ``first`` to ``last``, or the labels of a pattern."""

    text: str
    first: Place | None = None
    last: Place | None = None
    label: str = ""

    @property
    def is_pattern(self) -> bool:
        """Whether it names labels by a pattern."""
        return any(letter in self.label for letter in _PATTERN)


class Selection(NamedTuple):
    """Which rows are wanted; without anything in it, all.

    ``named``: any of these. ``types``: of LibraryStatus, ``drives``, ``slots`` and ``mail``. Of
    ``full`` to ``problems`` any; a row has to fit each of the three.
    """

    named: tuple[Named, ...] = ()
    types: frozenset[str] = frozenset()
    full: bool = False
    empty: bool = False
    cleaners: bool = False
    problems: bool = False

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return self == Selection()


def parse_named(text: str) -> Named:
    """A place, a range of places, a label, or a pattern for labels. Raises UsageError."""
    if any(letter in text for letter in _PATTERN):
        return Named(text, label=text.removeprefix("tag:"))
    first, dash, last = text.partition("-")
    if dash and first and parse_place(first).kind is not PlaceKind.TAG:
        if not last:
            raise UsageError(f"{text!r} is not a valid range", hint="a range is 1-12")
        start, end = parse_range(text)
        return Named(text, start, end)
    place = parse_place(text)
    if place.kind is PlaceKind.TAG:
        return Named(text, label=place.tag)
    return Named(text, place, place)


def select(
    status: LibraryStatus,
    selection: Selection,
    attention: Iterable[Finding],
    *,
    numbering: Numbering,
) -> LibraryStatus:
    """The status with the rows that are wanted. ``attention``: all findings.

    Raises InvalidSlot and NoSuchDrive for a place that the library does not have, VolumeNotFound
    for a label or pattern that none of its labels fits.
    """
    if selection.is_everything:
        return status
    tests = []
    if selection.named:
        tests.append(_test_of_named(status, selection.named, numbering))
    if selection.full or selection.empty or selection.cleaners or selection.problems:
        tests.append(_test_of_contents(selection, _troubled(attention, numbering)))
    wanted = partial(_fits, tests)
    types = selection.types
    picker = status.picker if status.picker and not types and wanted(status.picker) else None
    return replace(
        status,
        drives=_chosen(status.drives, wanted) if not types or "drives" in types else (),
        slots=_chosen(status.slots, wanted) if not types or "slots" in types else (),
        mail=_chosen(status.mail, wanted) if not types or "mail" in types else (),
        picker=picker,
    )


def concerning(
    attention: Iterable[Finding], status: LibraryStatus, *, numbering: Numbering
) -> tuple[Finding, ...]:
    """The findings about the rows of a status, and those that keep everything from moving."""
    picker = (status.picker,) if status.picker else ()
    shown = {each.address for each in (*status.drives, *status.slots, *status.mail, *picker)}
    return tuple(
        each
        for each in attention
        if each.level == "critical" or not shown.isdisjoint(_addresses(each, numbering))
    )


_Test = Callable[[Row], bool]
_RowT = TypeVar("_RowT", SlotStatus, MailStatus, DriveStatus)


def _chosen(rows: tuple[_RowT, ...], wanted: _Test) -> tuple[_RowT, ...]:
    return tuple(each for each in rows if wanted(each))


def _fits(tests: list[_Test], row: Row) -> bool:
    return all(test(row) for test in tests)


def _test_of_contents(selection: Selection, troubled: frozenset[int]) -> _Test:
    def fits(row: Row) -> bool:
        is_reserved = isinstance(row, SlotStatus) and row.reserved
        has_trouble = row.address in troubled or exception_words(row) is not None
        return (
            (selection.full and row.full is True)
            or (selection.empty and row.full is False)
            or (selection.cleaners and (row.cleaner or is_reserved))
            or (selection.problems and has_trouble)
        )

    return fits


def _troubled(attention: Iterable[Finding], numbering: Numbering) -> frozenset[int]:
    return frozenset(
        address
        for each in attention
        if each.level != "note"
        for address in _addresses(each, numbering)
    )


def _addresses(finding: Finding, numbering: Numbering) -> set[int]:
    found: set[int] = set()
    for text in finding.places:
        start, end = map(numbering.address_of, parse_range(text))
        found.update(range(start, end + 1))
    return found


def _test_of_named(status: LibraryStatus, named: Iterable[Named], numbering: Numbering) -> _Test:
    labels = {each.volume_tag for each in _rows(status) if each.volume_tag}
    ranges: list[range] = []
    wanted: set[str] = set()
    for each in named:
        if each.first is not None and each.last is not None:
            ends = numbering.address_of(each.first), numbering.address_of(each.last)
            ranges.append(range(ends[0], ends[1] + 1))
        else:
            wanted |= _matching(each, labels)
    return lambda row: (
        row.volume_tag in wanted or any(row.address in addresses for addresses in ranges)
    )


def _rows(status: LibraryStatus) -> tuple[Row, ...]:
    picker = (status.picker,) if status.picker else ()
    return (*status.drives, *status.slots, *status.mail, *picker)


def _matching(named: Named, labels: set[str]) -> set[str]:
    """The labels that a word names. Raises VolumeNotFound."""
    fits = compile_pattern(translate(named.label)).match if named.is_pattern else None
    found = {each for each in labels if (fits(each) if fits else each == named.label)}
    if found:
        return found
    what = "no label fits the pattern" if named.is_pattern else "no element shows the label"
    raise VolumeNotFound(
        f"{what} {named.label!r}{_meant(named, labels)}",
        hint="changer status --full --all lists the labels"
        if named.is_pattern
        else f"changer find {named.text} shows where it was last seen",
    )


def _meant(named: Named, labels: set[str]) -> str:
    """``; did you mean A00001L8?``, as far as that is clear."""
    upper = named.label.upper()
    if upper in labels:
        return f"; did you mean {upper}?"
    pattern = upper if named.is_pattern else f"{upper}*"
    if any(map(compile_pattern(translate(pattern)).match, labels)):
        return f"; did you mean {pattern!r}?"
    if named.is_pattern:
        return ""
    if named.label in ("drives", "slots", *Selection._fields):
        return f"; did you mean --{named.label}?"
    from difflib import get_close_matches

    close = get_close_matches(upper, sorted(labels), n=1, cutoff=0.7)
    return f"; did you mean {close[0]}?" if close else ""
