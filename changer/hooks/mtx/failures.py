"""Errors of the driver in the words of mtx, wherever it has words for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from changer.errors import (
    CartridgeMisplaced,
    ChangerError,
    CommandTimedOut,
    DestinationFull,
    MoveNotAllowed,
    NotReady,
    OutcomeUnknown,
    ReservationConflict,
    SourceEmpty,
    TransportFailed,
)
from changer.hooks.mtx.sense import request_sense_lines

__all__ = ["MtxFailure", "MtxUsage", "motion_failure", "reading", "reports_device"]

# The device gave no sense data, and mtx prints what it has of them: zeros.
_WITHOUT_SENSE = (CommandTimedOut, NotReady, ReservationConflict, TransportFailed)
# Where the cartridge is, or that nobody knows, is said in full: the sense data of the move would
# have some callers send it again.
_WHEREABOUTS = (CartridgeMisplaced, OutcomeUnknown)
# ASC and ASCQ of a failed move, and what mtx says instead of the sense data.
_CLEANED = (0x30, 0x03)
_NOT_EJECTED = (0x3A, 0x00)
_DESTINATION_FULL = (0x3B, 0x0D)
_SOURCE_EMPTY = (0x3B, 0x0E)


class MtxFailure(Exception):
    """What mtx writes to standard error before it ends with 1."""

    def __init__(self, *lines: str) -> None:
        super().__init__(*lines)
        self.lines = lines


class MtxUsage(Exception):
    """A word is no command, or the version was asked for: the usage, after its heading."""

    def __init__(self, heading: str = "") -> None:
        super().__init__(heading)
        self.heading = heading


def reports_device(error: ChangerError) -> bool:
    """Whether an error is a device's answer, or that none came, and not a judgement of ours."""
    if isinstance(error, _WHEREABOUTS):
        return False
    return error.sense is not None or isinstance(error, _WITHOUT_SENSE)


@contextmanager
def reading() -> Iterator[None]:
    """While the library is read: what it answers to that is told as mtx does."""
    try:
        yield
    except ChangerError as error:
        if not reports_device(error) or isinstance(error, SourceEmpty | DestinationFull):
            raise
        sense = request_sense_lines(error.sense)
        lines = [*sense, "READ ELEMENT STATUS Command Failed"]
        if error.message.startswith("MODE SENSE"):
            lines = [*sense, "Mode sense (0x1A) for Page 0x1D failed", *lines]
        raise MtxFailure(*lines) from error


def motion_failure(
    error: ChangerError, *, command: str, source: int, destination: int
) -> MtxFailure | None:
    """As mtx tells a failed MOVE or EXCHANGE MEDIUM, by element addresses; None: it can't have it.

    What the driver refused beforehand is told as what the device would have answered.
    """
    codes = tuple((error.sense or b"").ljust(18, b"\0")[12:14])
    if codes == _CLEANED:
        return MtxFailure("Cleaning Cartridge Installed and Ejected")
    if codes == _NOT_EJECTED:
        return MtxFailure("Drive needs offline before move")
    in_place = isinstance(error, MoveNotAllowed) and source == destination  # which is full, then
    if codes == _DESTINATION_FULL or in_place or _refused_as(error, DestinationFull):
        return MtxFailure(f"Destination Element Address {destination} is Already Full")
    if codes == _SOURCE_EMPTY or _refused_as(error, SourceEmpty):
        return MtxFailure(f"Source Element Address {source} is Empty")
    if not reports_device(error):
        return None
    return MtxFailure(
        *request_sense_lines(error.sense),
        f"{command} from Element Address {source} to {destination} Failed",
    )


def _refused_as(error: ChangerError, kind: type[ChangerError]) -> bool:
    return not error.sense and isinstance(error, kind)
