"""What wants attention in a library: by one reading of it, and by what is on record (pure).

The one answer to that: ``changer status`` shows it first, and monitoring is told of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

from changer.library.addressing import Numbering
from changer.library.element_state import USED_UP
from changer.library.number_ranges import range_words, ranges_of, ranges_words
from changer.library.status import DriveStatus, LibraryStatus, PickerStatus, SlotStatus
from changer.store.records import Cleaner, Move, Operation
from changer.values import NamedTuple

# critical  a cartridge is not where it belongs, and nothing else is moved until that is settled.
# warning   something is to be done about it.
# note      it is as someone wanted it, or will pass.
Level = Literal["critical", "warning", "note"]


class Finding(NamedTuple):
    """One thing that wants attention.

    code    the kind, which stays: ``picker-full``.
    words   what it is, as a sentence without its full stop; ``hint``: what to do, or None.
    places  as the command line takes them: ``12``, ``61-80``, ``drive:0``, ``mail:1``, ``picker``.
    """

    code: str
    level: Level
    words: str
    hint: str | None
    places: tuple[str, ...]


class StoreFacts(NamedTuple):
    """What is on record of a library.

    open_moves  those whose end is not known; ``moves_under_way``: those of processes that live.
    interrupted  operations of processes that died; ``waiting``: those that wait for an operator.
    cleaners  the cleaning cartridges that belong to reserved slots.
    cleans_itself  the library does, by its settings: drives that ask for it are its own matter.
    """

    open_moves: tuple[Move, ...] = ()
    moves_under_way: tuple[Move, ...] = ()
    interrupted: tuple[Operation, ...] = ()
    waiting: tuple[Operation, ...] = ()
    cleaners: tuple[Cleaner, ...] = ()
    cleans_itself: bool = False


NO_FACTS = StoreFacts()


def find_attention(
    status: LibraryStatus, facts: StoreFacts, *, numbering: Numbering
) -> tuple[Finding, ...]:
    """All findings, the most urgent first."""
    return tuple(
        finding for find in _FINDERS for finding in find(_Looked(status, facts, numbering))
    )


class _Looked(NamedTuple):
    """What findings are made from."""

    status: LibraryStatus
    facts: StoreFacts
    numbering: Numbering

    def named(self, address: int | None) -> tuple[str, ...]:
        """A place as the command line takes it; none for None."""
        return () if address is None else (str(self.numbering.place_of(address)),)

    def way(self, move: Move) -> str:
        """``A00001L8 from slot 1 to drive 0``."""
        name, tag = self.numbering.name_of, move.volume_tag or "a cartridge without a label"
        to = f"from {name(move.source_address)} to {name(move.destination_address)}"
        if move.second_destination_address is None:
            return f"{tag} {to}"
        other = move.second_volume_tag or "a cartridge without a label"
        return f"{tag} {to}, and of {other} to {name(move.second_destination_address)}"


def _open_moves(looked: _Looked) -> Iterator[Finding]:
    for move in looked.facts.open_moves:
        what = f"the {move.kind} of {looked.way(move)} was interrupted, or its end was not seen"
        shown = "; it is in the picker" if _is_of(looked.status.picker, move) else ""
        yield Finding(
            "open-move",
            "critical",
            f"{what}{shown}",
            "changer recover settles it; with --dry-run it shows how",
            (*looked.named(move.source_address), *looked.named(move.destination_address)),
        )


def _interrupted(looked: _Looked) -> Iterator[Finding]:
    for each in looked.facts.interrupted:
        what = f" of {each.volume_tag}" if each.volume_tag else ""
        yield Finding(
            "interrupted-operation",
            "critical",
            f"a process died during an operation: {each.kind}{what}",
            "changer recover settles it; with --dry-run it shows how",
            (*looked.named(each.slot_address), *looked.named(each.drive_address)),
        )


def _is_of(picker: PickerStatus | None, move: Move) -> bool:
    """Whether the picker shows the cartridge of a move."""
    return (
        picker is not None
        and picker.full is True
        and picker.volume_tag is not None
        and picker.volume_tag in (move.volume_tag, move.second_volume_tag)
    )


def _full_picker(looked: _Looked) -> Iterator[Finding]:
    """While a move is under way, that is what is expected; of an open one it is said already."""
    picker, facts = looked.status.picker, looked.facts
    if any(_is_of(picker, each) for each in facts.open_moves):
        return
    if picker is not None and picker.full and not facts.moves_under_way:
        yield Finding(
            "picker-full",
            "critical",
            f"the picker holds {picker.volume_tag or 'a cartridge without a label'}",
            "changer recover settles it; with --dry-run it shows how",
            ("picker",),
        )


def _waiting(looked: _Looked) -> Iterator[Finding]:
    for each in looked.facts.waiting:
        what = f" of {each.volume_tag}" if each.volume_tag else ""
        yield Finding(
            "operator-wanted",
            "warning",
            f"an operation is waiting for someone at the library: {each.kind}{what}",
            f"changer operations shows it; to stop it: changer operations stop {each.id}",
            looked.named(each.slot_address),
        )


def _duplicate_labels(looked: _Looked) -> Iterator[Finding]:
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


def _cleaning_requests(looked: _Looked) -> Iterator[Finding]:
    if looked.facts.cleans_itself:
        return
    for code, words in (("required", "needs cleaning now"), ("requested", "asks for cleaning")):
        for drive in looked.status.drives:
            if drive.cleaning_request == code:
                yield Finding(
                    f"cleaning-{code}",
                    "warning",
                    f"drive {drive.number} {words}",
                    f"changer clean {drive.number}",
                    (f"drive:{drive.number}",),
                )


def _used_cleaners(looked: _Looked) -> Iterator[Finding]:
    """Those on record, and those that the library itself shows as used up."""
    told = set()
    for each in looked.facts.cleaners:
        spent = each.condition == "spent" or each.cleans_left == 0
        if each.slot_address is None or not (spent or each.condition == "rejected"):
            continue
        told.add(each.slot_address)
        name, slot = each.volume_tag or "the cleaner without a label", each.slot_address
        what = "is used up" if spent else "was rejected by a drive"
        why = f" ({each.why})" if each.why else ""
        yield Finding(
            "cleaner-spent" if spent else "cleaner-rejected",
            "warning",
            f"{name}, the cleaner of {looked.numbering.name_of(slot)}, {what}{why}",
            f"replace it: changer cleaner eject {looked.named(slot)[0]}",
            looked.named(slot),
        )
    for row in looked.status.slots:
        shown = row.exception
        is_used_up = shown is not None and (shown.asc, shown.ascq) == (USED_UP.asc, USED_UP.ascq)
        if is_used_up and row.full and row.address not in told:
            yield Finding(
                "cleaner-spent",
                "warning",
                f"{row.volume_tag or 'the cleaner'} in slot {row.number} is used up",
                "replace it",
                (str(row.number),),
            )


def _absent(looked: _Looked) -> Iterator[Finding]:
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


def _unknown(looked: _Looked) -> Iterator[Finding]:
    for kind in (_SLOTS, _MAIL, _DRIVES):
        yield from _by_reason(
            looked.status,
            kind,
            lambda row: row.full is None and row.present is None,
            code="contents-unknown",
            words=lambda names, _: f"the library can't tell what is in {names}",
            hint="look at its panel, or let it look into the slots: changer inventory",
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


def _removal_prevented(looked: _Looked) -> Iterator[Finding]:
    if looked.status.removal_prevented:
        yield Finding(
            "removal-prevented",
            "note",
            "people are prevented from removing media",
            "changer unlock lets them",
            (),
        )


def _moves_under_way(looked: _Looked) -> Iterator[Finding]:
    for move in looked.facts.moves_under_way:
        yield Finding(
            "move-under-way",
            "note",
            f"process {move.process_id} is making the {move.kind} of {looked.way(move)}",
            None,
            (*looked.named(move.source_address), *looked.named(move.destination_address)),
        )


_FINDERS: tuple[Callable[[_Looked], Iterator[Finding]], ...] = (
    _open_moves,
    _interrupted,
    _full_picker,
    _waiting,
    _cleaning_requests,
    _used_cleaners,
    _duplicate_labels,
    _absent,
    _unknown,
    _removal_prevented,
    _moves_under_way,
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
