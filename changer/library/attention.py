"""What wants attention in a library: by one reading of it, and by what is on record (pure).

The one answer to that: ``changer status`` shows it first, and monitoring is told of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from changer.library.addressing import Numbering
from changer.library.element_findings import absent_elements, duplicate_labels, unknown_elements
from changer.library.element_state import USED_UP
from changer.library.findings import Finding, Looked, StoreFacts
from changer.library.status import LibraryStatus, PickerStatus
from changer.store.records import Move


def _open_moves(looked: Looked) -> Iterator[Finding]:
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


def _interrupted(looked: Looked) -> Iterator[Finding]:
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


def _full_picker(looked: Looked) -> Iterator[Finding]:
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


def _waiting(looked: Looked) -> Iterator[Finding]:
    for each in looked.facts.waiting:
        what = f" of {each.volume_tag}" if each.volume_tag else ""
        yield Finding(
            "operator-wanted",
            "warning",
            f"an operation is waiting for someone at the library: {each.kind}{what}",
            f"changer operations shows it; to stop it: changer operations stop {each.id}",
            looked.named(each.slot_address),
        )


def _cleaning_requests(looked: Looked) -> Iterator[Finding]:
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


def _used_cleaners(looked: Looked) -> Iterator[Finding]:
    """Those on record, and those that the library itself shows as used up."""
    told = set()
    for each in looked.facts.cleaners:
        spent = each.condition == "spent" or each.cleans_left == 0
        if each.slot_address is None or not (spent or each.condition == "rejected"):
            continue
        told.add(each.slot_address)
        name, slot = each.volume_tag or "the cleaner without a label", each.slot_address
        what = "is used up" if spent else "was rejected"
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


def _removal_prevented(looked: Looked) -> Iterator[Finding]:
    if looked.status.removal_prevented:
        yield Finding(
            "removal-prevented",
            "note",
            "people are prevented from removing media",
            "changer unlock lets them",
            (),
        )


def _moves_under_way(looked: Looked) -> Iterator[Finding]:
    for move in looked.facts.moves_under_way:
        yield Finding(
            "move-under-way",
            "note",
            f"process {move.process_id} is making the {move.kind} of {looked.way(move)}",
            None,
            (*looked.named(move.source_address), *looked.named(move.destination_address)),
        )


_FINDERS: tuple[Callable[[Looked], Iterator[Finding]], ...] = (
    _open_moves,
    _interrupted,
    _full_picker,
    _waiting,
    _cleaning_requests,
    _used_cleaners,
    duplicate_labels,
    absent_elements,
    unknown_elements,
    _removal_prevented,
    _moves_under_way,
)


def find_attention(
    status: LibraryStatus, facts: StoreFacts, *, numbering: Numbering
) -> tuple[Finding, ...]:
    """All findings, the most urgent first."""
    return tuple(finding for find in _FINDERS for finding in find(Looked(status, facts, numbering)))
