"""Recovery of open moves in words: what was to be done, what will be, and what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from changer.journal.open_moves import OpenTransfer, RecoveryAction
from changer.library.addressing import Numbering
from changer.smc.elements import ElementType

if TYPE_CHECKING:
    from changer.library.inventory import Transfer

_OUTCOMES = {
    "completed": "was completed nonetheless",
    "not-executed": "did not take place",
    "misplaced": "ended elsewhere",
}
_BY_HAND = {
    RecoveryAction.BY_HAND: "neither place can take it; it has to be moved elsewhere",
    RecoveryAction.TAKE_OUT: "the library can't move it from there; it has to be taken out by hand",
    RecoveryAction.WAIT: "the robot may still move it",
}


def job_of(transfer: Transfer, cartridge: str, numbering: Numbering) -> str:
    """``the load of A00004L8 into drive 0``: a transfer, as those name it who ask for it."""
    source = numbering.name_of(transfer.source_address)
    destination = numbering.name_of(transfer.destination_address)
    type_of = numbering.assignment.type_of
    drive = ElementType.DATA_TRANSFER
    from_drive = type_of(transfer.source_address) is drive
    into_drive = type_of(transfer.destination_address) is drive
    if into_drive and not from_drive:
        return f"the load of {cartridge} into {destination}"
    if from_drive and type_of(transfer.destination_address) is ElementType.STORAGE:
        return f"the unload of {cartridge} from {source} to {destination}"
    return f"the move of {cartridge} from {source} to {destination}"


def plan_words(opened: OpenTransfer) -> str | None:
    """What recovery will do, as an order: ``finish the load of A00004L8 into drive 0``.

    None where it does nothing to settle it.
    """
    if opened.action is RecoveryAction.CARRY_ON:
        return f"finish {opened.job}"
    if opened.action is RecoveryAction.PUT_BACK:
        return f"undo {opened.job}: put it back into {opened.target}"
    if opened.action is RecoveryAction.PUT_ASIDE:
        return f"move {opened.cartridge} from {opened.where} to {opened.target}"
    if opened.action is RecoveryAction.GIVE_UP:
        return f"write off {opened.cartridge} as missing"
    if opened.action is RecoveryAction.RECORD and opened.overtaken_by is not None:
        return f"settle {opened.job} with a later move of {opened.cartridge}"
    if opened.action is RecoveryAction.RECORD:
        return f"record what became of {opened.job}: {opened.whereabouts}"
    return None


def outcome_words(opened: OpenTransfer) -> str:
    """What recovery did, or why it did nothing, as a sentence."""
    if opened.action is RecoveryAction.CARRY_ON:
        return f"finished {opened.job}; it was in {opened.where}"
    if opened.action is RecoveryAction.PUT_BACK:
        return f"undid {opened.job}: it was in {opened.where} and is back in {opened.target}"
    if opened.action is RecoveryAction.PUT_ASIDE:
        return f"moved {opened.cartridge} from {opened.where} to {opened.target}"
    if opened.action is RecoveryAction.GIVE_UP:
        return f"wrote off {opened.cartridge} as missing"
    if opened.action is RecoveryAction.RECORD and opened.overtaken_by is not None:
        return f"{opened.job} was interrupted; a later move of {opened.cartridge} settles it"
    if opened.action is RecoveryAction.RECORD:
        end = _OUTCOMES[opened.outcome]
        return f"{opened.job} was interrupted, and {end}: {opened.whereabouts}"
    if opened.action is RecoveryAction.SEARCH:
        return f"{opened.job} was interrupted: {opened.cartridge} can't be found"
    return f"{opened.job} was interrupted: {opened.whereabouts}; {_BY_HAND[opened.action]}"
