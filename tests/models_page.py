"""The tables of docs/models.md, from the rows and the captures: ``python tests/models_page.py``.

The page's own text stays; each table is replaced, by its heading.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from changer.library.known_model import QUIRK_WORDS, count_text, evidence_text
from changer.library.model import QUIRKS, Quirk
from changer.simulator.profile import Profile
from changer.simulator.profiles.table import PROFILES, sources_of
from changer.smc.atlas.auto_clean_pages import AUTO_CLEAN_PAGE, AUTO_CLEAN_PAGES
from changer.smc.atlas.code_row import VendorCode
from changer.smc.atlas.drive_row import DriveHabitRow, DriveKind
from changer.smc.atlas.drive_signs import (
    CLEANING_BITS,
    CLEANING_CODES,
    CLEANING_PAGES,
    DRIVE_HABITS,
)
from changer.smc.atlas.drives import DRIVES
from changer.smc.atlas.evidence import Kind
from changer.smc.atlas.habits import HABITS
from changer.smc.atlas.media import MEDIA
from changer.smc.atlas.reservations import RESERVATION_TYPES, RESERVATIONS
from changer.smc.atlas.traits import TRAITS
from changer.smc.makers import VIRTUAL, Maker
from changer.smc.sense import Action, SenseAction
from changer.smc.vendor_codes import VENDOR_CODES

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "models.md"
CAPTURES = ROOT / "tests" / "data" / "captures"
_CAPTURED = {"real": Kind.TRACE, "manual": Kind.MANUAL, "virtual": Kind.VIRTUAL}
_ACTIONS = {
    Action.FAIL: "refused",
    Action.RETRY: "sent again, up to 30 s",
    Action.WAIT: "waited for",
    Action.ATTENTION: "everything is read anew",
    Action.UNKNOWN: "looked at first: it may have moved",
}

Row = tuple[str, ...]


def libraries() -> Iterator[Row]:
    """Each maker or model, how its INQUIRY begins, what is known of it, and from where."""
    known: dict[Maker, list[VendorCode]] = {}
    for row in VENDOR_CODES:
        for maker in row.makers:
            known.setdefault(maker, []).append(row)
    having = {maker for row in (*HABITS, *RESERVATIONS, *TRAITS) for maker in row.makers}
    makers = sorted(
        {*known, *having} - {*VIRTUAL}, key=lambda each: (each.name, each.vendor, each.product)
    )
    for maker in makers:
        codes, own = known.get(maker, []), [row for row in HABITS if maker in row.makers]
        reserved = [row for row in RESERVATIONS if maker in row.makers]
        traits = [row for row in TRAITS if maker in row.makers]
        sources = [each for row in codes for each in row.evidence]
        sources += [each for row in own for each in row.evidence]
        sources += [each for row in reserved for each in row.evidence]
        sources += [each for row in traits for each in row.evidence]
        kinds = dict.fromkeys(each.document.kind.value for each in sources)
        slugs = [*(row.habit.slug for row in own), *(RESERVATION_TYPES for _ in reserved)]
        words = ", ".join((*slugs, *(row.trait.slug for row in traits)))
        count = count_text(codes).removesuffix(" of its maker") if codes else ""
        yield maker.name, _inquiry(maker), "; ".join(filter(None, (count, words))), ", ".join(kinds)


def captured() -> Iterator[Row]:
    """Devices whose replies are kept, byte for byte, and tried by tests."""
    for path in sorted(CAPTURES.glob("*.toml")):
        kept = tomllib.loads(path.read_text())
        device, firmware = kept["device"], kept.get("firmware", "")
        yield device, firmware, _CAPTURED[kept["kind"]].value, f"`{path.name}`"


def profiles() -> Iterator[Row]:
    """Profiles of virtual libraries that bear a model's names, and what each is made from."""
    for name, profile in PROFILES.items():
        if profile.vendor != Profile().vendor:
            names = f"`{profile.vendor}` `{profile.product}`"
            yield f"`{name}`", names, evidence_text(sources_of(name))


def habits() -> Iterator[Row]:
    """Each habit, whose it is, what follows, and who says so."""
    for row in QUIRKS:
        yield row.name, _whose(row), QUIRK_WORDS[row.name], f"{row.evidence} ({row.known_from})"
    for page in AUTO_CLEAN_PAGES:
        yield AUTO_CLEAN_PAGE, _names(page.makers), page.words, evidence_text(page.evidence)
    for types in RESERVATIONS:
        yield RESERVATION_TYPES, _names(types.makers), types.words, evidence_text(types.evidence)
    for habit in HABITS:
        evidence = evidence_text(habit.evidence)
        yield habit.habit.slug, _names(habit.makers), habit.habit.value, evidence


def traits() -> Iterator[Row]:
    """Each trait, whose it is, what follows, and who says so."""
    for row in TRAITS:
        yield row.trait.slug, _names(row.makers), row.trait.value, evidence_text(row.evidence)


def codes() -> Iterator[Row]:
    """Each code of a maker, or of T10's list in an element: whose, what it means, what follows."""
    for row in VENDOR_CODES:
        if row.makers == VIRTUAL:
            continue
        means = row.words or "as T10 has it"
        yield str(row), _names(row.makers), means, _follows(row), evidence_text(row.evidence)


def drives() -> Iterator[Row]:
    """Each kind of drives, what its product identification is found by, and who says so."""
    for kind in DRIVES:
        told = [row for row in DRIVE_HABITS if kind in row.drives and _may_be_of(row, kind)]
        words = [_with_generations(row) for row in told] + _cleaning_signs(kind)
        family = f"{kind.family}-{kind.generation}" if kind.generation else kind.family
        product = f"<code>{kind.product.replace('|', '&#124;')}</code>"
        yield kind.name, product, family, ", ".join(words), evidence_text(kind.evidence)


def _may_be_of(row: DriveHabitRow, kind: DriveKind) -> bool:
    return not row.generations or kind.generation in (None, *row.generations)


def _with_generations(row: DriveHabitRow) -> str:
    generations = " and ".join(map(str, row.generations))
    return f"{row.habit.slug} (generation {generations})" if generations else row.habit.slug


def _cleaning_signs(kind: DriveKind) -> list[str]:
    tables = (*CLEANING_PAGES, *CLEANING_BITS, *CLEANING_CODES)
    return [str(row) for row in tables if kind in row.drives]


def cleaning() -> Iterator[Row]:
    """Each sign of drives about cleaning, and each habit of theirs; whose, and who says so."""
    for page in CLEANING_PAGES:
        bits = [f"{page.required:02X}h required"]
        bits += [f"{page.requested:02X}h requested"] if page.requested else []
        says = f"the first byte has the bits {' and '.join(bits)}; read before all other pages"
        yield str(page), _names(page.drives), says, evidence_text(page.evidence)
    for bit in CLEANING_BITS:
        says = "it asks for cleaning"
        yield str(bit), _names(bit.drives), says, evidence_text(bit.evidence)
    for code in CLEANING_CODES:
        yield str(code), _names(code.drives), f"it {code.sign.value}", evidence_text(code.evidence)
    for row in DRIVE_HABITS:
        whose = _names(row.drives)
        if row.generations:
            whose += f": generation {' and '.join(map(str, row.generations))}"
        yield row.habit.slug, whose, row.habit.value, evidence_text(row.evidence)


def media() -> Iterator[Row]:
    """How often a new cleaning cartridge of each family cleans."""
    for row in MEDIA:
        yield row.family, str(row.cleanings), evidence_text(row.evidence)


def _follows(row: VendorCode) -> str:
    if row.element is not None:
        return f"element: {row.element.value}"
    if row.not_ejected:
        return "the drive is made to eject, where that is asked for"
    return "" if row.action is None else _action(row.action)


def _action(action: SenseAction) -> str:
    words = _ACTIONS[action.action]
    return words if action.action is Action.ATTENTION else f"{words}; `{action.error.code}`"


def _inquiry(maker: Maker) -> str:
    return f"`{maker.vendor}` `{maker.product}`" if maker.product else f"`{maker.vendor}`"


def _names(makers: Iterable[Maker | DriveKind]) -> str:
    named = dict.fromkeys(each.name for each in makers if each not in VIRTUAL)
    return ", ".join(named) or "any"


def _whose(row: Quirk) -> str:
    if row.t10_vendor:
        return f"VPD page 83h names `{row.t10_vendor}`"
    return f"`{row.vendor}` `{row.product}`"


TABLES = {
    "Libraries": (("library", "INQUIRY begins", "rows", "known from"), libraries),
    "Captured devices": (("device", "firmware", "known from", "file"), captured),
    "Virtual libraries": (("profile", "INQUIRY", "made from"), profiles),
    "Habits": (("habit", "whose", "what follows", "evidence"), habits),
    "Traits": (("trait", "whose", "what follows", "evidence"), traits),
    "Drives": (("drives", "product identification", "format", "rows", "known from"), drives),
    "Cleaning of drives": (("sign or habit", "whose", "means", "evidence"), cleaning),
    "Cleaning cartridges": (("format", "cleanings of a new one", "evidence"), media),
    "Sense codes": (("code", "whose", "means", "so", "evidence"), codes),
}


def table(heading: str) -> str:
    """A table in Markdown."""
    titles, rows = TABLES[heading]
    lines = [titles, tuple("---" for _ in titles), *rows()]
    return "".join(f"| {' | '.join(line)} |\n".replace("|  |", "| |") for line in lines)


def page(text: str) -> str:
    """The page, with its tables as the rows have them."""
    for heading in TABLES:
        pattern = re.compile(rf"(^## {heading}\n.*?\n\n)\|.*?(?=\n\n|\Z)", re.DOTALL | re.MULTILINE)
        made = table(heading).rstrip("\n")
        found = pattern.search(text)
        assert found, heading
        text = text[: found.start()] + found[1] + made + text[found.end() :]
    return text


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
