"""Facts about a host and a library where all is well, to be spoiled one by one."""

from __future__ import annotations

from changer.doctor.diagnosis import NotTold
from changer.doctor.facts import (
    BackupSettings,
    Caller,
    CleanerFacts,
    ConfiguredChanger,
    DriveMatch,
    Facts,
    FolderFacts,
    LibraryFacts,
    Machine,
    Module,
    Node,
    ReservationFacts,
    RuleFile,
    SettingsState,
    SgRaw,
    StoreState,
    UdevRules,
)
from changer.library.known_model import KnownHabit
from changer.library.model import Identity

NOW = 1_700_000_000.0
TAPE = 26
IDENTITY = Identity("HPE", "MSL G3 Series", "8.70", "DEC12345")
DRIVE_IDENTITY = Identity("HPE", "Ultrium 9-SCSI", "R3G3", "CZ22001234")

CHANGER = Node(
    kind="changer",
    device="/dev/sg3",
    identity=IDENTITY,
    tape=None,
    exists=True,
    usable=True,
    owner="root",
    group="tape",
    group_id=TAPE,
    mode=0o660,
    users=(),
    all_seen=True,
    has_link=True,
)
DRIVE = CHANGER._replace(
    kind="drive", device="/dev/sg2", identity=DRIVE_IDENTITY, tape="/dev/nst0", has_link=None
)
FOLDER = FolderFacts(
    path="/var/lib/changer",
    exists=True,
    is_writable=True,
    file_system="ext4",
    free_bytes=1 << 34,
    read_only=False,
    problems=(),
)
STORE = StoreState(
    place="/var/lib/changer/state.db",
    is_missing=False,
    size=65536,
    problems=(),
    notes=(),
    latest_record=NOW - 3600,
    latest_what="a move",
    server_ahead=None,
    open_work=(),
    known_ids=frozenset((IDENTITY.id,)),
    undelivered=0,
    oldest_undelivered=None,
    has_event_programs=False,
    is_delivering=False,
)
CLEANING = CleanerFacts(
    signs=(),
    auto_clean="unknown",
    on_the_way="off",
    reserved=1,
    cleaners=1,
    usable=1,
    last_used_at=NOW - 86400 * 3,
    asking=(),
)
MATCH = DriveMatch(
    number=0,
    serial="CZ22001234",
    device="/dev/nst0",
    matched_by="serial-number",
    present=True,
    reason="",
    hint="",
)
LIBRARY = LibraryFacts(
    id=IDENTITY.id,
    device="/dev/sg3",
    identity=IDENTITY,
    is_enabled=True,
    is_virtual=False,
    error=None,
    error_code="",
    sense="",
    busy_with="",
    attentions=(),
    removal_prevented=False,
    move_timeout_seconds=900.0,
    changer_wait_seconds=300.0,
    habits=(KnownHabit("answers-at-rest", "a reading waits for the robot", "a manual"),),
    vendor_codes=("02/04/83 door open (a manual)",),
    known_drives=("drives 0 and 1: IBM LTO, generation 8",),
    drives=(MATCH,),
    strangers=(),
    reservation=ReservationFacts(is_supported=True, held_by=(), registered=(), foreign=False),
    cleaning=CLEANING,
)
BACULA = ConfiguredChanger(
    software="Bacula",
    file="/etc/bacula/bacula-sd.conf",
    line=12,
    device="/dev/tape/by-library/HPE_MSL_G3_Series_DEC12345",
    real_device="/dev/sg3",
    command="/usr/bin/changer-autochanger %c %o %S %a %d",
    longest_wait_seconds=1200.0,
)
FACTS = Facts(
    now=NOW,
    machine=Machine(
        kernel="6.1.0-18-amd64",
        machine="x86_64",
        python="3.11.2",
        changer="0.1.0",
        distribution="Debian GNU/Linux 12 (bookworm)",
        container=None,
        has_sys=True,
        has_kernel_modules=True,
        scsi_changers=1,
    ),
    caller=Caller("alice", 1000, frozenset((1000, TAPE)), frozenset((1000, TAPE))),
    modules=(Module("sg", True, True), Module("st", True, True), Module("lin_tape", False, False)),
    sg_raw=SgRaw("/usr/bin/sg_raw", "0.4.34", "2021-01-03"),
    nodes=(CHANGER, DRIVE),
    rules=UdevRules(
        (RuleFile("/usr/lib/udev/rules.d/61-changer.rules", is_empty=False, has_our_rule=True),),
        udev_runs=True,
        library_trouble=None,
    ),
    backup=BackupSettings((BACULA,), ("Bacula",), ()),
    settings=SettingsState("/etc/changer/changer.toml", True, None, frozenset(("sg_raw",)), ()),
    locks=FOLDER._replace(path="/run/lock/changer", file_system="tmpfs"),
    folder=FOLDER,
    store=STORE,
    leftovers=(),
    owners=(),
    libraries=(LIBRARY,),
)

# All of it is told.
assert not isinstance(FACTS.machine, NotTold)
assert not isinstance(FACTS.caller, NotTold)
assert not isinstance(FACTS.rules, NotTold)
assert not isinstance(FACTS.backup, NotTold)
assert not isinstance(FACTS.settings, NotTold)
assert not isinstance(FACTS.sg_raw, NotTold)
assert not isinstance(FACTS.locks, NotTold)
assert not isinstance(LIBRARY.reservation, NotTold)
MACHINE, CALLER, RULES, BACKUP = FACTS.machine, FACTS.caller, FACTS.rules, FACTS.backup
SETTINGS, SG_RAW, LOCKS = FACTS.settings, FACTS.sg_raw, FACTS.locks
RESERVATION = LIBRARY.reservation
UNTOLD = NotTold("it did not answer", "look at it")
OUTSIDER = CALLER._replace(groups=frozenset((1000,)), account_groups=frozenset((1000,)))
CLOSED = CHANGER._replace(usable=False)
