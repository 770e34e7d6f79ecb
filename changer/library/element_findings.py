"""What wants attention in the elements of a library, by one reading of them (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from changer.library.findings import Finding, Looked
from changer.library.number_ranges import range_words, ranges_of, ranges_words
from changer.library.status import DriveStatus, LibraryStatus, PickerStatus, SlotStatus
from changer.values import NamedTuple


def duplicate_labels(looked: Looked) -> Iterator[Finding]:
    """Of each label that several cartridges have."""
    status = looked.status
    shown = [each for rows in _all_rows(status) for each in rows if each.full and each.volume_tag]
    if len({each.volume_tag for each in shown}) == len(shown):
        return
    places: dict[str, list[int]] = {}
    for each in shown:
        places.setdefault(each.volume_tag or "", []).append(each.address)
    twice = {tag: addresses for tag, addresses in places.items() if len(addresses) > 1}
    for tag, addresses in sorted(twice.items()):
        names = _joined([looked.numbering.name_of(each) for each in addresses])
        yield Finding(
            "duplicate-label",
            "warning",
            f"{len(addresses)} cartridges have the label {tag}: in {names}",
            "name the place instead of the label, and give one of them another label",
            tuple(place for each in addresses for place in looked.named(each)),
        )


def absent_elements(looked: Looked) -> Iterator[Finding]:
    """Slots, and mail slots unless someone is there; a bay without a drive is as it was built."""
    for kind in (_SLOTS, *(() if looked.facts.waiting else (_MAIL,))):
        yield from _by_reason(
            looked.status,
            kind,
            lambda row: row.present is False,
            code="not-present",
            words=lambda names, are: f"{names} {are} not present",
            hint="close the mail station" if kind is _MAIL else "put the magazine back",
        )


def unknown_elements(looked: Looked) -> Iterator[Finding]:
    """What may hold a cartridge or not, as far as the library tells."""
    for kind in (_SLOTS, _MAIL, _DRIVES):
        yield from _by_reason(
            looked.status,
            kind,
            lambda row: row.full is None and row.present is None,
            code="contents-unknown",
            words=lambda names, _: f"the library can't tell what is in {names}",
            hint="look at its panel, or have it take inventory: changer inventory",
        )
    picker = looked.status.picker
    if picker is not None and picker.full is None and not looked.facts.moves_under_way:
        yield Finding(
            "contents-unknown",
            "warning",
            f"the library can't tell what is in the picker{_reason_of(picker)}",
            "look at its panel",
            ("picker",),
        )


_Row = SlotStatus | DriveStatus


class _Kind(NamedTuple):
    """Elements of one type: in words, as a place begins, and their rows."""

    word: str
    beginning: str
    rows: Callable[[LibraryStatus], Sequence[_Row]]


_SLOTS = _Kind("slot", "", lambda status: status.slots)
_MAIL = _Kind("mail slot", "mail:", lambda status: status.mail)
_DRIVES = _Kind("drive", "drive:", lambda status: status.drives)


def _all_rows(status: LibraryStatus) -> tuple[Sequence[_Row | PickerStatus], ...]:
    return (status.drives, status.slots, status.mail, (status.picker,) if status.picker else ())


def _by_reason(
    status: LibraryStatus,
    kind: _Kind,
    applies: Callable[[_Row], bool],
    *,
    code: str,
    words: Callable[[str, str], str],
    hint: str,
) -> Iterator[Finding]:
    """A finding for the elements of one type that the library gives one reason for."""
    by_reason: dict[str, list[int]] = {}
    for row in kind.rows(status):
        if applies(row):
            by_reason.setdefault(_reason_of(row), []).append(row.number)
    for reason, numbers in by_reason.items():
        many = len(numbers) > 1
        names = f"{kind.word}{'s' if many else ''} {ranges_words(numbers)}"
        yield Finding(
            code,
            "warning",
            f"{words(names, 'are' if many else 'is')}{reason}",
            hint,
            tuple(_place_range(kind.beginning, each) for each in ranges_of(numbers)),
        )


def _place_range(beginning: str, numbers: tuple[int, int]) -> str:
    """``61-80``, ``mail:1-mail:2``."""
    first, last = numbers
    if not beginning or first == last:
        return f"{beginning}{range_words(numbers)}"
    return f"{beginning}{first}-{beginning}{last}"


def _reason_of(row: _Row | PickerStatus) -> str:
    shown = row.exception
    return f": {shown.text} ({shown.asc:02X}/{shown.ascq:02X})" if shown else ""


def _joined(names: Iterable[str]) -> str:
    *before, last = names
    return f"{', '.join(before)} and {last}" if before else last
