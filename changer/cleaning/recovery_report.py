"""What recovery found and did, and what of it is still open."""

from __future__ import annotations

from changer.errors import ChangerError, RecoveryNeeded
from changer.journal.open_moves import OpenTransfer, refusal
from changer.journal.recovery_words import outcome_words
from changer.library.addressing import Place
from changer.values import dataclass


@dataclass(frozen=True, slots=True)
class PutAway:
    """A cartridge that was moved: its name, and the places; ``way`` has them in words."""

    cartridge: str
    source: Place
    destination: Place
    way: str


@dataclass(frozen=True, slots=True)
class RecoveryReport:
    """What recovery found and did.

    cleaners  the cleaners that were out, and are in their slots.
    picked   what a picker held although no move was open, and what became of it.
    left     the error that says what is still in a picker, without a word where it is to go.
    moved    what needs a motion got it.
    """

    findings: tuple[OpenTransfer, ...]
    cleaners: tuple[PutAway, ...] = ()
    picked: PutAway | None = None
    left: RecoveryNeeded | None = None
    moved: bool = True

    @property
    def told(self) -> tuple[str, ...]:
        """What was found and done, a sentence for each cartridge."""
        return (
            *map(self.words, self.findings),
            *(f"brought the cleaning cartridge back: {each.way}" for each in self.cleaners),
            *(() if self.picked is None else (f"moved {self.picked.way}",)),
        )

    def words(self, finding: OpenTransfer) -> str:
        """What became of one cartridge of an open move, as a sentence."""
        if finding.needs_motion and (error := self._error(finding)) is not None:
            return error.message
        return outcome_words(finding)

    def _error(self, finding: OpenTransfer) -> ChangerError | None:
        """What says that a cartridge is still to be seen to, or None."""
        stays_open = finding.stays_open or (finding.needs_motion and not self.moved)
        return refusal(finding) if stays_open else None

    def errors(self) -> tuple[tuple[OpenTransfer, ChangerError], ...]:
        """What is still open of moves, each with the error that says so."""
        found = ((each, self._error(each)) for each in self.findings)
        return tuple((each, error) for each, error in found if error is not None)

    def raise_for_open(self) -> None:
        """Raise RecoveryNeeded or CartridgeMissing for what is still open, if anything is."""
        for _, error in self.errors():
            raise error
        if self.left is not None:
            raise self.left
