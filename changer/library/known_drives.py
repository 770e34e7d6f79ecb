"""Everything that the tables know of a kind of tape drive, with evidence. Pure.

For people: what acts on a row looks it up where it matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from changer.library.known_model import KnownHabit, evidence_text
from changer.smc.atlas.drive_row import CleaningSign
from changer.smc.atlas.drive_signs import CLEANING_BITS, CLEANING_CODES, CLEANING_PAGES
from changer.smc.drive_models import generation_of, habits_of, kinds_of, rows_about
from changer.values import NamedTuple

_SLUGS = {CleaningSign.REQUESTED: "asks-by-code", CleaningSign.CLEANED: "cleaned-by-code"}


class DriveKnown(NamedTuple):
    """What is known of drives of one product identification.

    ``name``: of the first row that is about them, with the LTO generation; empty: none is.
    """

    name: str
    habits: tuple[KnownHabit, ...]

    def line(self, *, with_evidence: bool = False) -> str:
        """All of it as one line: ``IBM LTO, generation 8; asks-by-code (00/82/82: ...)``."""
        told = (_habit_text(each, with_evidence=with_evidence) for each in self.habits)
        return "; ".join((self.name, *told)) if self.name else "nothing special is known of it"


def known_drive(product: str | None) -> DriveKnown:
    """What the rows say of a drive, by its product identification."""
    name = next((each.name for each in kinds_of(product)), "")
    generation = generation_of(product)
    if name and generation is not None:
        name += f", generation {generation}"
    return DriveKnown(name, (*_habits(product), *_signs(product)) if name else ())


def drive_lines(
    products: Iterable[tuple[int, str | None]], *, with_evidence: bool = False
) -> Iterator[str]:
    """A line for each kind of the drives of a library: ``drives 0 and 2: IBM LTO, ...``.

    ``products``: number and product identification of each drive that has one.
    """
    numbers: dict[str, list[int]] = {}
    for number, product in products:
        line = known_drive(product).line(with_evidence=with_evidence)
        numbers.setdefault(line, []).append(number)
    for line, alike in numbers.items():
        drives = f"{', '.join(map(str, alike[:-1]))} and {alike[-1]}" if alike[1:] else alike[0]
        yield f"drive{'s' if alike[1:] else ''} {drives}: {line}"


def _habits(product: str | None) -> Iterator[KnownHabit]:
    for row in habits_of(product):
        yield KnownHabit(row.habit.slug, row.habit.value, evidence_text(row.evidence))


def _signs(product: str | None) -> Iterator[KnownHabit]:
    for page in rows_about(product, CLEANING_PAGES):
        words = f"{page} says whether it asks for cleaning, and is read first"
        yield KnownHabit("asks-by-page", words, evidence_text(page.evidence))
    for bit in rows_about(product, CLEANING_BITS):
        yield KnownHabit("asks-by-bit", f"{bit}: it asks for cleaning", evidence_text(bit.evidence))
    for code in rows_about(product, CLEANING_CODES):
        if code.drives:
            words = f"{code}: it {code.sign.value}"
            yield KnownHabit(_SLUGS[code.sign], words, evidence_text(code.evidence))


def _habit_text(habit: KnownHabit, *, with_evidence: bool) -> str:
    evidence = f"; {habit.evidence}" if with_evidence else ""
    return f"{habit.name} ({habit.words}{evidence})"
