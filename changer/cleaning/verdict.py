"""Whether all is well with a library, for monitoring: findings, and figures. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from changer.cleaning.family_stock import FamilyStock
from changer.errors import CleanerLow, NoSlotSet
from changer.library.findings import Finding
from changer.library.status import LibraryStatus
from changer.values import NamedTuple

State = Literal["ok", "warning", "critical", "unknown"]


class Figures(NamedTuple):
    """Numbers of a library. Absent: the library shows that it is not there."""

    open_moves: int
    picker_full: bool | None
    drives: int
    drives_full: int
    drives_asking: int
    slots: int
    slots_full: int
    slots_absent: int
    mail_slots: int
    mail_full: int


class Verdict(NamedTuple):
    """The judgement of a library. ``findings``: the most urgent first, and no notes."""

    state: State
    findings: tuple[Finding, ...]
    figures: Figures
    families: tuple[FamilyStock, ...]


def judge(
    status: LibraryStatus, attention: Iterable[Finding], families: tuple[FamilyStock, ...]
) -> Verdict:
    """Judge a library by one reading. ``attention``: of ``find_attention``."""
    found = [each for each in attention if each.level != "note"]
    is_asked = any(each.cleaning_request for each in status.drives)
    found += _of_families(families, is_asked=is_asked)
    found.sort(key=lambda each: each.level != "critical")
    state: State = "ok"
    if found:
        state = "critical" if found[0].level == "critical" else "warning"
    return Verdict(state, tuple(found), _figures(status, found), families)


def _of_families(families: Iterable[FamilyStock], *, is_asked: bool) -> Iterable[Finding]:
    """What is wrong with the cleaners; a library without a reserved slot needs none until asked."""
    for each in families:
        trouble = each.trouble
        if trouble is None or (isinstance(trouble, NoSlotSet) and not is_asked):
            continue
        is_low = isinstance(trouble, CleanerLow)
        yield Finding(
            trouble.code,
            "critical" if is_asked and not is_low else "warning",
            trouble.message,
            trouble.hint,
            (),
        )


def _figures(status: LibraryStatus, found: Iterable[Finding]) -> Figures:
    return Figures(
        open_moves=sum(each.code == "open-move" for each in found),
        picker_full=None if status.picker is None else status.picker.full,
        drives=len(status.drives),
        drives_full=sum(each.full is True for each in status.drives),
        drives_asking=sum(each.cleaning_request is not None for each in status.drives),
        slots=len(status.slots),
        slots_full=sum(each.full is True for each in status.slots),
        slots_absent=sum(each.present is False for each in status.slots),
        mail_slots=len(status.mail),
        mail_full=sum(each.full is True for each in status.mail),
    )


def performance_data(figures: Figures, families: Iterable[FamilyStock], *, warning: int) -> str:
    """The figures as Nagios plugins print them: label=value;warn;crit;min;max.

    ``warning``: this many cleanings left, or fewer, are worth a warning.
    """
    picker = "U" if figures.picker_full is None else str(int(figures.picker_full))
    data = [
        f"open_moves={figures.open_moves};;0;0;",
        f"picker_full={picker};;0;0;1",
        f"drives={figures.drives};;;0;",
        f"drives_full={figures.drives_full};;;0;{figures.drives}",
        f"drives_asking={figures.drives_asking};0;;0;{figures.drives}",
        f"slots_full={figures.slots_full};;;0;{figures.slots}",
        f"slots_absent={figures.slots_absent};0;;0;{figures.slots}",
        f"mail_full={figures.mail_full};;;0;{figures.mail_slots}",
    ]
    for each in families:
        name = "".join(letter for letter in each.family or "unknown" if letter.isalnum()).lower()
        left = "U" if each.cleans_left is None else str(each.cleans_left)
        data.append(f"cleaners_{name}={each.usable};;;0;")
        data.append(f"cleanings_{name}={left};{warning + 1}:;1:;0;")
    return " ".join(data)
