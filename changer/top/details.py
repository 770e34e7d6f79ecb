"""One element in full, with the history of its cartridge. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from changer.library.columns import TITLES, Row, content_words, plain_text
from changer.printable import printable
from changer.top.elements import name_of
from changer.top.head import finding_lines
from changer.top.lines import BLANK, Line, Look, Part, cut, words, wrapped
from changer.top.shown import Shown
from changer.values import NamedTuple

_TITLE_COLUMNS = 9  # of the longest of TITLES


class Past(NamedTuple):
    """Something that was done: when, with which cartridge, from where to where, how it ended."""

    at: float
    label: str
    way: str
    result: str
    user: str
    message: str


class History(NamedTuple):
    """What is on record, the newest first; ``trouble``: why that can't be told."""

    past: tuple[Past, ...] = ()
    trouble: str = ""
    is_read: bool = True


NOT_READ = History(is_read=False)


def detail_lines(row: Row, shown: Shown, history: History, columns: int) -> Iterator[Line]:
    """All that is known of an element."""
    yield (Part(name_of(row), Look.HEADING), Part(f"  {printable(content_words(row))}"))
    if shown.is_old:
        age = shown.age_seconds
        yield words(
            "not read yet" if age is None else f"AS IT WAS {shown.ago(shown.now - age)} AGO",
            Look.URGENT,
        )
    for title in TITLES:
        value = plain_text(row, title)
        if value != "-" and title != "place":
            yield from _fact(title, printable(value), columns)
    yield from _findings(row, shown, columns)
    yield BLANK
    yield from _history(row, shown, history, columns)


def _fact(title: str, value: str, columns: int) -> Iterator[Line]:
    indent = " " * (_TITLE_COLUMNS + 4)
    for number, each in enumerate(wrapped(value, max(columns - len(indent), 1))):
        yield (Part(f"  {title:<{_TITLE_COLUMNS}}  " if number == 0 else indent), Part(each))


def _findings(row: Row, shown: Shown, columns: int) -> Iterator[Line]:
    reading = shown.overview.reading
    if reading is None:
        return
    place = str(reading.numbering.place_of(row.address))
    for each in shown.attention:
        if place in each.places:
            yield from finding_lines(each, columns)


def _history(row: Row, shown: Shown, history: History, columns: int) -> Iterator[Line]:
    of = row.volume_tag or name_of(row)
    yield words(f"history of {printable(of)}", Look.HEADING)
    if history.trouble:
        yield from (words(f"  {each}", Look.WARNING) for each in _in(history.trouble, columns))
    elif not history.is_read:
        yield words("  being read", Look.QUIET)
    elif not history.past:
        yield words("  none on record", Look.QUIET)
    yield from (line for each in history.past for line in _past(each, shown, columns))


def _in(text: str, columns: int) -> Iterable[str]:
    return wrapped(printable(text), max(columns - 2, 1))


def _past(past: Past, shown: Shown, columns: int) -> Iterator[Line]:
    said = filter(None, (past.label, past.way, past.result, past.user))
    line = f"  {shown.local_time(past.at)}  {printable('  '.join(said))}"
    if len(line) <= columns:
        yield words(line)
    else:
        yield words(f"  {shown.local_time(past.at)}  {printable(past.label)}")
        rest = "  ".join(filter(None, (past.way, past.result, past.user)))
        yield cut(words(f"      {printable(rest)}"), columns)
    if past.message:
        yield from (words(f"      {each}") for each in _in(past.message, columns - 4))
