"""Elements of a library as marks of one letter, which differ without colours. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from changer.library.addressing import Numbering
from changer.library.columns import Row, text_cells
from changer.library.findings import Finding
from changer.library.selection import Selection, select
from changer.library.status import DriveStatus, LibraryStatus, MailStatus, PickerStatus, SlotStatus
from changer.top.lines import Look
from changer.values import NamedTuple


class Sign(NamedTuple):
    """How what is known of an element is drawn: a letter, its word in the legend, its look."""

    letter: str
    word: str
    look: Look | None = None


class Mark(Enum):
    """What is known of an element."""

    FULL = Sign("#", "full")
    EMPTY = Sign(".", "empty", Look.QUIET)
    CLEANER = Sign("C", "cleaner", Look.CLEANER)
    RESERVED = Sign("r", "reserved, empty", Look.CLEANER)
    ABSENT = Sign("x", "not present", Look.WARNING)
    UNKNOWN = Sign("?", "unknown", Look.WARNING)
    PROBLEM = Sign("!", "see problems", Look.URGENT)

    @property
    def letter(self) -> str:
        """Its letter, which differs from every other's."""
        return self.value.letter

    @property
    def word(self) -> str:
        """Its meaning."""
        return self.value.word

    @property
    def look(self) -> Look | None:
        """Its look."""
        return self.value.look


class Cell(NamedTuple):
    """An element, as it is drawn.

    ``mark``: what it holds; ``has_problem``: a finding names it, or the library an exception.
    """

    row: Row
    mark: Mark
    has_problem: bool

    @property
    def shown_mark(self) -> Mark:
        """The one letter where there is no room for two."""
        is_told = self.mark not in (Mark.ABSENT, Mark.UNKNOWN)
        return Mark.PROBLEM if self.has_problem and is_told else self.mark


class Cells(NamedTuple):
    """All elements of a library, or those that are chosen of them."""

    drives: tuple[Cell, ...] = ()
    picker: tuple[Cell, ...] = ()
    mail: tuple[Cell, ...] = ()
    slots: tuple[Cell, ...] = ()

    @property
    def all(self) -> tuple[Cell, ...]:
        """In the order in which they are drawn."""
        return (*self.drives, *self.picker, *self.mail, *self.slots)


class Filter(Enum):
    """Which elements are drawn: the word for it, and the choice of rows."""

    ALL = ("everything", Selection())
    DRIVES = ("drives", Selection(types=frozenset({"drives"})))
    FULL = ("full", Selection(full=True))
    EMPTY = ("empty", Selection(empty=True))
    CLEANERS = ("cleaners", Selection(cleaners=True))
    PROBLEMS = ("problems", Selection(problems=True))

    @property
    def word(self) -> str:
        """As the screen names it."""
        return self.value[0]

    @property
    def next(self) -> Filter:
        """The one that a key brings next."""
        known = list(Filter)
        return known[(known.index(self) + 1) % len(known)]

    def chosen(
        self, status: LibraryStatus, attention: Iterable[Finding], numbering: Numbering
    ) -> LibraryStatus:
        """The status with the rows that are drawn."""
        return select(status, self.value[1], attention, numbering=numbering)


def mark_of(row: Row) -> Mark:
    """What an element holds, as the library told it: what it did not tell is never empty."""
    if row.full is None:
        absent = not isinstance(row, PickerStatus) and row.present is False
        return Mark.ABSENT if absent else Mark.UNKNOWN
    if row.full:
        return Mark.CLEANER if row.cleaner else Mark.FULL
    return Mark.RESERVED if isinstance(row, SlotStatus) and row.reserved else Mark.EMPTY


def cells_of(
    status: LibraryStatus,
    attention: tuple[Finding, ...],
    numbering: Numbering,
    *,
    shown: Filter = Filter.ALL,
) -> Cells:
    """The elements of a reading that are drawn."""
    troubled = Filter.PROBLEMS.chosen(status, attention, numbering)
    problems = {each.address for each in rows_of_status(troubled)}
    drawn = shown.chosen(status, attention, numbering)

    def cells(rows: Iterable[Row]) -> tuple[Cell, ...]:
        return tuple(Cell(each, mark_of(each), each.address in problems) for each in rows)

    return Cells(
        drives=cells(drawn.drives),
        picker=cells([drawn.picker] if drawn.picker else []),
        mail=cells(drawn.mail),
        slots=cells(drawn.slots),
    )


def rows_of_status(status: LibraryStatus) -> tuple[Row, ...]:
    """All elements."""
    picker = (status.picker,) if status.picker else ()
    return (*status.drives, *picker, *status.mail, *status.slots)


def name_of(row: Row) -> str:
    """``drive 0``, ``mail slot 1``, ``slot 12``, ``picker``."""
    if isinstance(row, PickerStatus):
        return "picker"
    word = "drive" if isinstance(row, DriveStatus) else "slot"
    word = "mail slot" if isinstance(row, MailStatus) else word
    return f"{word} {row.number}"


def notes_of(row: Row) -> str:
    """What else there is to say of an element."""
    return text_cells(row, short=True)[-1]


def is_match(row: Row, wanted: str) -> bool:
    """Whether a search means an element: by a part of its label, or by its name or number."""
    text = wanted.lower()
    if not text:
        return False
    label = row.volume_tag or ""
    number = "" if isinstance(row, PickerStatus) else str(row.number)
    return text in label.lower() or text in (number, name_of(row))


def counts(cells: Iterable[Cell]) -> dict[Mark, int]:
    """How many elements have each mark, in the order of the legend."""
    found = dict.fromkeys(Mark, 0)
    for each in cells:
        found[each.shown_mark] += 1
    return {mark: number for mark, number in found.items() if number}
