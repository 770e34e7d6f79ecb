"""Records of the store, as frozen values. Times are seconds since the epoch, UTC."""

from __future__ import annotations

from typing import Literal

from changer.values import NamedTuple, dataclass

OperationKind = Literal["reserve", "release", "insert", "eject", "clean", "export", "import"]
FinalState = Literal["completed", "failed", "cancelled"]
OperationState = Literal["submitted", "in-progress", "waiting", "completed", "failed", "cancelled"]
CleaningRequest = Literal["requested", "required"]
CleanerCondition = Literal["usable", "spent", "rejected"]
MoveKind = Literal["move", "exchange"]
TransferOutcome = Literal["done", "not-done"]
MoveOutcome = Literal["completed", "not-executed", "misplaced", "unknown"]


class LibraryRecord(NamedTuple):
    """A library that was seen on this host; ``device``: where it was last.

    ``removal_prevented_at``: when medium removal was prevented; None: it is allowed.
    ``labels_read_at``: when all elements with a label on record were last read, within the hour;
    None: not known.
    ``element_addresses``: the first address and the number of elements of each element type, by its
    code, as ``0+1 1000+24 10+1 500+2``; None: not known.
    """

    id: str
    vendor: str
    product: str
    revision: str
    serial: str | None
    device: str | None
    first_seen_at: float
    last_seen_at: float
    removal_prevented_at: float | None = None
    labels_read_at: float | None = None
    element_addresses: str | None = None


class DriveIdentity(NamedTuple):
    """The drive at a data transfer element address; None: not reported by the library."""

    address: int
    serial: str | None
    vendor: str | None = None
    product: str | None = None


class Reservation(NamedTuple):
    """A slot that is reserved for a cleaning cartridge."""

    library_id: str
    slot_address: int
    reserved_at: float


class Cleaner(NamedTuple):
    """A cleaning cartridge that was brought into a reserved slot.

    ``slot_address``: of that slot, its home; None: it left the library, at ``left_at``. ``family``:
    a MediaFamily. ``cleans_left``: 0 and up. ``uses``: those that were counted here. ``why``: it is
    not usable. ``first_seen_at``: None: by an older version. None elsewhere: not known.
    """

    id: int
    library_id: str
    volume_tag: str | None
    slot_address: int | None
    family: str | None
    cleans_left: int | None
    uses: int
    condition: CleanerCondition
    why: str | None
    first_seen_at: float | None
    last_used_at: float | None
    left_at: float | None


class LabelSighting(NamedTuple):
    """An element where a label was shown, from ``seen_since_at`` until ``seen_at`` at least.

    ``missed_at``: when the element was first read without showing it; None: it was not.
    """

    library_id: str
    volume_tag: str
    address: int
    seen_since_at: float
    seen_at: float
    missed_at: float | None


class Claim(NamedTuple):
    """An element that an operation under way needs while it does not hold the library's lock."""

    library_id: str
    address: int
    operation_id: str


class TransferRecord(NamedTuple):
    """A cartridge of an export or import. ``position``: in the order of the operation, from 1.

    ``word``: the label or pattern by which an export was asked for it. ``outcome`` None: it is
    still to be done; ``why``: it was not done.
    """

    operation_id: str
    library_id: str
    position: int
    word: str | None
    volume_tag: str | None
    outcome: TransferOutcome | None
    why: str | None
    ended_at: float | None


class DriveCondition(NamedTuple):
    """Cleaning record of a drive. ``library_id`` None: a stand-alone drive.

    ``drive``: its serial number, or LIBRARY@ADDRESS. ``cleaning_request`` (SSC): when it was last
    read, at ``seen_at``. ``flags``: TapeAlert flags read since the last cleaning, as
    ``20,21``. ``cleaned_at``, ``cleanings``: the last successful cleaning, and their number.
    """

    drive: str
    library_id: str | None
    cleaning_request: CleaningRequest | None
    flags: str
    seen_at: float | None
    cleaned_at: float | None
    cleanings: int

    @property
    def tape_alerts(self) -> frozenset[int]:
        """Return the flags as numbers."""
        return frozenset(int(flag) for flag in self.flags.split(",") if flag.isdecimal())


@dataclass(frozen=True, slots=True)
class Operation:
    """A request of cleaner management, from its start to its result (RSM: library request).

    ``process_identity``, ``host_id``: the process, with the number of the operation's mark, and
    where it runs; None: not recorded, by an older version on this host. ``stop_requested_at``: when
    its end was requested. ``cleans_left``: of the cartridge that an insert brings in.
    ``use_counted``: 1 once a clean has counted its use of the cleaner. ``sequence``: its number, in
    order of their beginnings: clocks go back. ``command``: the command line that it was asked
    for by; None: not recorded.

    ``cleans_told``: 1 where a person said the number of an insert. ``drive``: the name of the drive
    of a clean, as ``DriveCondition`` has it. ``still_requested``: 1 where that drive had requested
    cleaning, and still did when the cleaning was over, 0 where it no longer did; None: it had not,
    or did not report it.
    """

    id: str
    library_id: str
    kind: OperationKind
    state: OperationState
    started_at: float
    finished_at: float | None
    slot_address: int | None
    drive_address: int | None
    volume_tag: str | None
    result_name: str | None
    result_code: int | None
    message: str | None
    process_id: int
    user: str
    process_identity: str | None
    stop_requested_at: float | None
    cleans_left: int | None
    use_counted: int
    host_id: str | None
    sequence: int
    cleans_told: int = 0
    drive: str | None = None
    still_requested: int | None = None
    command: str | None = None

    @property
    def process(self) -> tuple[str | None, int | None]:
        """Return the identity of its process, and the number of its mark, or None for either."""
        parts = (self.process_identity or "").split(":")
        if len(parts) == 4 and parts[3].isdecimal() and len(parts[3]) < 20:
            return ":".join(parts[:3]), int(parts[3])
        return self.process_identity, None


class Move(NamedTuple):
    """An entry of the journal: an intended move, and its outcome.

    ``outcome`` None: under way, or its process died. An exchange moves the cartridge at
    ``source_address`` to ``destination_address``, and the one there (``second_volume_tag``) to
    ``second_destination_address``. ``final_address``: where the first cartridge was found; of
    a completed move None when it left the library by its destination; of an unknown one the
    destination when that is a mail slot, and the library reported that it was done.
    ``id``: in order of their beginnings. ``operations_before``: the ``sequence`` of the last
    operation that began before it. ``command``: as of Operation.
    """

    id: int
    library_id: str
    operation_id: str | None
    kind: MoveKind
    source_address: int
    destination_address: int
    second_destination_address: int | None
    volume_tag: str | None
    second_volume_tag: str | None
    started_at: float
    process_id: int
    user: str
    outcome: MoveOutcome | None
    final_address: int | None
    finished_at: float | None
    message: str | None
    host_id: str | None
    operations_before: int
    command: str | None = None


class EventRecord(NamedTuple):
    """Something that somebody wants to be told of.

    ``kind``: of ``changer.events.kinds``, or of a newer version. ``subject``: what of the library
    it is about, by a key; ``state``: in which that is. ``fields``: a JSON object.
    ``delivered_at``: to the programs of the host; None: not yet. ``over_at``: None: it still is so.
    """

    id: int
    library_id: str
    kind: str
    subject: str
    state: str
    happened_at: float
    message: str
    fields: str
    delivered_at: float | None
    over_at: float | None


class JournalQuery(NamedTuple):
    """Which moves and operations are meant; None means any.

    volume_tag    of either cartridge.
    addresses     elements that take part, each of them.
    since, until  when they began, in seconds since the epoch.
    is_failed     those that were not completed, also because they are not over yet.
    """

    library_id: str | None = None
    volume_tag: str | None = None
    addresses: tuple[int, ...] = ()
    since: float | None = None
    until: float | None = None
    user: str | None = None
    is_failed: bool = False


class MoveTotal(NamedTuple):
    """How many settled moves of one kind and outcome took that long, of all time.

    ``seconds``: whole ones, to the nearest; None: not known, as of a move that was settled late.
    """

    kind: MoveKind
    outcome: MoveOutcome
    seconds: int | None
    moves: int


class OperationTotal(NamedTuple):
    """How many operations of one kind ended in that state, of all time."""

    kind: OperationKind
    state: FinalState
    operations: int


class Pruned(NamedTuple):
    """How many records were deleted because they were old."""

    moves: int
    operations: int
    sightings: int
