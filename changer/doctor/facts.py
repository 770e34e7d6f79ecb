"""Facts about a host and its libraries: frozen values, each of which may not have been told."""

from __future__ import annotations

from changer.doctor.diagnosis import NotTold
from changer.errors import ChangerError
from changer.library.known_model import KnownHabit
from changer.library.model import Identity
from changer.values import NamedTuple


class Module(NamedTuple):
    """A driver of the kernel. ``is_installed``: it could be loaded; None: not known."""

    name: str
    is_active: bool
    is_installed: bool | None


class Caller(NamedTuple):
    """The user that asks: groups of this process, and those that the account is a member of now."""

    name: str
    user_id: int
    groups: frozenset[int]
    account_groups: frozenset[int]

    @property
    def is_root(self) -> bool:
        """Whether no right is missing."""
        return self.user_id == 0


class Machine(NamedTuple):
    """The host. ``container``: what kind it runs in, or None; ``has_sys``: /sys shows devices.

    ``scsi_changers``: how many the kernel knows, with or without a driver for them.
    """

    kernel: str
    machine: str
    python: str
    changer: str
    distribution: str
    container: str | None
    has_sys: bool
    has_kernel_modules: bool
    scsi_changers: int


class SgRaw(NamedTuple):
    """The program sg_raw. ``version``: ``0.4.34``; ``dated``: ``2021-01-03``; empty: not said."""

    path: str
    version: str
    dated: str


class Node(NamedTuple):
    """A node of a SCSI device, and who may use it.

    kind        ``changer`` or ``drive``.
    device      its sg node; ``tape`` the node of a drive's st driver, or None.
    exists      a node is there, and it is the one of this device.
    usable      this user may read and write it.
    users       other processes that have it open, as ``name (pid)``; ``all_seen``: none was hidden.
    has_link    udev made the link by the library's id; None: no udev runs, or it is a drive.
    """

    kind: str
    device: str
    identity: Identity
    tape: str | None
    exists: bool
    usable: bool
    owner: str
    group: str
    group_id: int
    mode: int
    users: tuple[str, ...]
    all_seen: bool
    has_link: bool | None = None

    @property
    def open_to_group(self) -> bool:
        """Whether its group may read and write it."""
        return self.mode & 0o060 == 0o060


class RuleFile(NamedTuple):
    """A file of udev's that is named as our rules. ``is_empty``: it switches them off."""

    path: str
    is_empty: bool
    has_our_rule: bool


class UdevRules(NamedTuple):
    """Those files in udev's order: the first one counts. ``udev_runs``: in this system."""

    files: tuple[RuleFile, ...]
    udev_runs: bool
    library_trouble: str | None


class ConfiguredChanger(NamedTuple):
    """A changer in the settings of backup software.

    ``command``: what it calls to control it; None: it sends SCSI commands itself.
    ``longest_wait_seconds``: before it kills that; None: not set there.
    """

    software: str
    file: str
    line: int
    device: str
    real_device: str
    command: str | None
    longest_wait_seconds: float | None = None


class BackupSettings(NamedTuple):
    """What backup software is set to, ``unread``: files that could not be read."""

    changers: tuple[ConfiguredChanger, ...]
    daemons: tuple[str, ...]
    unread: tuple[str, ...]


class FolderFacts(NamedTuple):
    """A folder of ours.

    ``file_system``: its type as the kernel names it; empty: not known. ``problems``: of its rights.
    ``free_bytes``: for this user; ``is_writable``: by this user.
    """

    path: str
    exists: bool
    is_writable: bool
    file_system: str
    free_bytes: int | None
    read_only: bool
    problems: tuple[tuple[str, str], ...]


class Problem(NamedTuple):
    """A problem in words, and the hint that came with it."""

    message: str
    hint: str | None

    @classmethod
    def of(cls, error: ChangerError) -> Problem:
        """That of an error."""
        return cls(error.message, error.hint)


class OpenWork(NamedTuple):
    """What has no end on record. ``is_running``: its process lives."""

    library: str
    what: str
    is_running: bool


class StoreState(NamedTuple):
    """The state store.

    place            its file, or the URL of its server.
    is_missing       nothing was ever stored.
    latest_record    the latest time that is on record, seconds since the epoch; None: none.
    server_ahead     how much the clock of the server is ahead, in seconds; None: a file.
    known_ids        of the libraries on record.
    undelivered      how many events no program was given yet, and when the oldest happened.
    """

    place: str
    is_missing: bool
    size: int
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]
    latest_record: float | None
    latest_what: str
    server_ahead: float | None
    open_work: tuple[OpenWork, ...]
    known_ids: frozenset[str]
    undelivered: int
    oldest_undelivered: float | None
    has_event_programs: bool
    is_delivering: bool


class SettingsState(NamedTuple):
    """The settings file.

    problem   why commands can't use it; None: they can.
    problems  what ``changer config check`` finds, the same included; ``notes``: how many it has.
    ids       of the tables.
    """

    path: str
    exists: bool
    problem: Problem | None
    transports: frozenset[str]
    owners: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...] = ()
    notes: int = 0
    ids: tuple[str, ...] = ()


class OwnerAnswer(NamedTuple):
    """What the host that owns a library answered. ``problem``: None: it can be asked."""

    library: str
    owner: str
    problem: Problem | None


class DriveMatch(NamedTuple):
    """A drive of a library. ``device`` None: this host has none for it, for ``reason``."""

    number: int
    serial: str | None
    device: str | None
    matched_by: str | None
    present: bool | None
    reason: str
    hint: str
    paths: int = 1


class CleanerFacts(NamedTuple):
    """What is known of cleaning in a library.

    signs           what shows that it cleans by itself, in words.
    auto_clean      the setting; ``on_the_way``: the setting of the hooks.
    reserved        how many slots are; ``usable``: cleaners on record that can be used.
    last_used_at    of any cleaner of ours, seconds since the epoch; None: never.
    asking          drives on record that requested cleaning, and were not cleaned since.
    """

    signs: tuple[str, ...]
    auto_clean: str
    on_the_way: str
    reserved: int
    cleaners: int
    usable: int
    last_used_at: float | None
    asking: tuple[str, ...]


class ReservationFacts(NamedTuple):
    """SCSI reservations. ``held_by``: in words; ``foreign``: whether another program holds it."""

    is_supported: bool
    held_by: tuple[str, ...]
    registered: tuple[str, ...]
    foreign: bool


class LibraryFacts(NamedTuple):
    """A library: how it was reached, and what it and the records of it show.

    error       why it could not be used, with its sense data; None: it answered.
    sense       key, ASC and ASCQ of that, as ``02/04/8E``; empty: none.
    busy_with   the process that uses it now, in words; empty: none.
    attentions  kinds of the unit attentions that were met: no later command will meet them.
    removal_prevented  by ``changer lock``, as far as is on record.
    vendor_codes       sense codes that its maker uses in its own way, each with its evidence.
    known_drives       what is known of its drives, a line for each kind.
    """

    id: str
    device: str
    identity: Identity | None
    is_enabled: bool
    is_virtual: bool
    error: Problem | None
    error_code: str
    sense: str
    busy_with: str
    attentions: tuple[str, ...]
    removal_prevented: bool
    move_timeout_seconds: float
    changer_wait_seconds: float
    habits: tuple[KnownHabit, ...]
    vendor_codes: tuple[str, ...]
    known_drives: tuple[str, ...]
    drives: tuple[DriveMatch, ...] | NotTold
    strangers: tuple[str, ...] | NotTold
    reservation: ReservationFacts | NotTold
    cleaning: CleanerFacts | NotTold


class Facts(NamedTuple):
    """Everything, as of ``now`` (seconds since the epoch). ``folder`` None: the store is none."""

    now: float
    machine: Machine | NotTold
    caller: Caller | NotTold
    modules: tuple[Module, ...] | NotTold
    sg_raw: SgRaw | NotTold
    nodes: tuple[Node, ...] | NotTold
    rules: UdevRules | NotTold
    backup: BackupSettings | NotTold
    settings: SettingsState | NotTold
    locks: FolderFacts | NotTold
    folder: FolderFacts | NotTold | None
    store: StoreState | NotTold
    leftovers: tuple[str, ...] | NotTold
    owners: tuple[OwnerAnswer, ...] | NotTold
    libraries: tuple[LibraryFacts, ...]
