"""What became of the cartridges of an import."""

from __future__ import annotations

from changer.errors import (
    ChangerError,
    ImportIncomplete,
    NtmsResult,
    OperationStopped,
    OperatorTimeout,
)
from changer.journal.operations import CANCELLED, SUCCESS, UNEXPECTED, ntms_result
from changer.library.addressing import Place
from changer.store.records import FinalState
from changer.values import dataclass


@dataclass(frozen=True, slots=True)
class ImportedCartridge:
    """What became of a cartridge in a mail slot.

    ``slot``: where it is now; None: it is in ``source`` still, and ``why``. ``is_left_alone``: as a
    cleaning cartridge, or since there were enough.
    """

    volume_tag: str | None
    source: Place
    slot: Place | None
    why: str | None
    is_left_alone: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of each cartridge. ``error``: what ended the import before it was done."""

    cartridges: tuple[ImportedCartridge, ...]
    operation_id: str
    error: ChangerError | None

    @property
    def in_slots(self) -> tuple[ImportedCartridge, ...]:
        """Those that are in slots."""
        return tuple(each for each in self.cartridges if each.slot is not None)

    @property
    def not_in(self) -> tuple[ImportedCartridge, ...]:
        """Those that were to be, and are not."""
        return tuple(it for it in self.cartridges if it.slot is None and not it.is_left_alone)

    @property
    def is_complete(self) -> bool:
        """All are in slots that were to be."""
        return self.error is None and not self.not_in

    def require_all_in(self) -> None:
        """Raise the error that ended it; ImportIncomplete where a cartridge is not in a slot."""
        if self.error is not None and not isinstance(self.error, OperatorTimeout):
            raise self.error
        if not self.is_complete:
            told = f"{len(self.in_slots)} imported, {len(self.not_in)} not"
            raise ImportIncomplete(
                told + (f": {self.error.message}" if self.error is not None else ""),
                hint="run changer import again for what is in the mail slots",
            ) from self.error


def final_state(imported: Imported) -> tuple[FinalState, NtmsResult]:
    """The end of the operation on record."""
    try:
        imported.require_all_in()
    except OperationStopped:
        return "cancelled", CANCELLED
    except ChangerError as error:
        return "failed", ntms_result("import", error) or UNEXPECTED
    return "completed", SUCCESS
