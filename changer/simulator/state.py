"""State of a virtual library: where every cartridge is, its drives, its faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from changer.simulator.drive_model import DriveModel, family_of_cleaner
from changer.simulator.fault import Fault
from changer.simulator.geometry import Geometry, Kind
from changer.simulator.motion import Motion
from changer.simulator.profile import Profile
from changer.values import dataclass, field, replace

if TYPE_CHECKING:
    from changer.simulator.reservation import PortReservations

DATA_MEDIUM = 1
CLEANING_MEDIUM = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Cartridge:
    """A cartridge, wherever it is. ``source_address``: as the library remembers it (SVALID).

    ``operator_placed``: IMPEXP, while it lies in a mail slot.
    """

    tag: str
    medium_type: int = DATA_MEDIUM
    source_address: int | None = None
    operator_placed: bool = False
    cleans_used: int = 0
    cleans_allowed: int = 0

    @property
    def is_cleaner(self) -> bool:
        """A cleaning cartridge."""
        return self.medium_type == CLEANING_MEDIUM

    def fits(self, model: DriveModel) -> bool:
        """Not a cleaning cartridge for drives of another family."""
        family = family_of_cleaner(self.tag) if self.is_cleaner else ""
        return "" in (family, model.family) or family == model.family

    @property
    def is_spent(self) -> bool:
        """A cleaning cartridge without cleans left."""
        return self.is_cleaner and self.cleans_used >= self.cleans_allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """A drive. The cartridge in it is the one in its element.

    ``mounted``: the cartridge is drawn in. ``ready_at``, ``cleaning_until``: seconds since the
    epoch; cleaning is None when it does not clean. ``flags``: TapeAlert flags that are set.
    ``announce_at``: from when on a command is to meet the unit attention of a medium that became
    ready; None after one did. ``cleaning_failed``: one command is still to meet that sense.
    ``serial``, ``model``: where they are not those of the drive that its bay had at first.
    """

    mounted: bool = False
    prevented: bool = False
    ready_at: float = 0.0
    cleaning_until: float | None = None
    cleaned: int = 0
    wants_cleaning: int = 0
    flags: tuple[int, ...] = ()
    announce_at: float | None = None
    cleaning_failed: bool = False
    serial: str = ""
    model: DriveModel | None = None


def check_serial(serial: str) -> None:
    """Raise ValueError unless a DVCID reply has room for it, and its characters."""
    if len(serial) > 10 or not (serial.isascii() and serial.isprintable()):
        raise ValueError(f"a drive's serial number has at most 10 ASCII characters: {serial!r}")


@dataclass(slots=True, eq=False, repr=False)
class State:
    """A virtual library. Change it only through its methods: they note that it must be saved.

    ``motions``: what the robot does and is to do, in this order. ``robot_busy_until``: seconds
    since the epoch, as ``scanning_until``. ``preventers``: the initiators that prevented medium
    removal and have not allowed it. ``labels_unknown``: no label is reported before a scan.
    ``reservations``: persistent ones, by port where the library keeps them so.
    """

    name: str
    profile: Profile
    cartridges: dict[int, Cartridge] = field(default_factory=dict)
    removed: dict[int, dict[int, Cartridge]] = field(default_factory=dict)
    remains: dict[int, Cartridge] = field(default_factory=dict)
    drives: list[Drive] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    motions: list[Motion] = field(default_factory=list)
    prevented: bool = False
    preventers: tuple[str, ...] = ()
    mail_open: bool = False
    scanning_until: float = 0.0
    robot_busy_until: float = 0.0
    flags: tuple[int, ...] = ()
    labels_unknown: bool = False
    reservations: tuple[PortReservations, ...] = ()
    changed: bool = False
    geometry: Geometry = field(init=False)

    def __post_init__(self) -> None:
        self.geometry = self.profile.geometry

    # cartridges

    def put(self, address: int, cartridge: Cartridge) -> None:
        """Lay a cartridge into an element."""
        self.cartridges[address] = cartridge
        self.remains.pop(address, None)
        self.changed = True

    def take(self, address: int) -> Cartridge:
        """Take the cartridge out of an element. The element must be full."""
        self.changed = True
        return self.cartridges.pop(address)

    def leave_remains(self, address: int, cartridge: Cartridge) -> None:
        """Keep what an emptied element still reports of a cartridge."""
        self.remains[address] = cartridge
        self.changed = True

    def forget_remains(self, addresses: range) -> None:
        """Have emptied elements report nothing any more."""
        self.change(remains={a: gone for a, gone in self.remains.items() if a not in addresses})

    def take_magazine(self, number: int) -> None:
        """Pull a magazine, with what is in it."""
        inside = {a: self.take(a) for a in self.geometry.magazine(number) if a in self.cartridges}
        self.removed[number] = inside
        self.changed = True

    def put_magazine(self, number: int) -> None:
        """Put a pulled magazine back, with what was in it."""
        self.cartridges.update(self.removed.pop(number))
        self.changed = True

    def is_out(self, address: int) -> bool:
        """The element is part of a magazine that is out."""
        return bool(self.removed) and self.geometry.magazine_of(address) in self.removed

    # drives

    def drive_at(self, address: int) -> int:
        """The number of the drive at a data transfer element."""
        return address - self.geometry.ranges[Kind.DRIVE].start

    def address_of_drive(self, number: int) -> int:
        """The data transfer element of a drive."""
        return self.geometry.ranges[Kind.DRIVE].start + number

    def serial_of_drive(self, number: int) -> str:
        """The serial number of the drive in a bay."""
        return self.drives[number].serial or self.profile.serial_of_drive(number)

    def model_of_drive(self, number: int) -> DriveModel:
        """What the drive in a bay is."""
        return self.drives[number].model or self.profile.model_of_drive(number)

    def swap_drives(self, one: int, other: int) -> None:
        """Let two drives change bays, each with what is in it and what is wrong with it."""
        bays = {one: other, other: one}
        serials = {bay: self.serial_of_drive(bay) for bay in bays}
        models = {bay: self.model_of_drive(bay) for bay in bays if self.profile.drive_models}
        drives = {
            bay: replace(self.drives[bay], serial=serials[bay], model=models.get(bay))
            for bay in bays
        }
        inside = {bay: self.cartridges.pop(self.address_of_drive(bay), None) for bay in bays}
        for old, new in bays.items():
            self.drives[new] = drives[old]
            if (cartridge := inside[old]) is not None:
                self.cartridges[self.address_of_drive(new)] = cartridge
        for fault in list(self.faults):
            if fault.drive in bays:
                self.replace_fault(fault, replace(fault, drive=bays[fault.drive]))
        self.changed = True

    def change_drive(self, number: int, **values: Any) -> None:
        """Set attributes of a drive, noting whether that changed anything."""
        drive = replace(self.drives[number], **values)
        if drive != self.drives[number]:
            self.drives[number] = drive
            self.changed = True

    # of the changer (``unit`` None) or of a drive

    def flags_of(self, unit: int | None) -> tuple[int, ...]:
        """The TapeAlert flags that are set."""
        return self.flags if unit is None else self.drives[unit].flags

    def change_unit(self, unit: int | None, **values: Any) -> None:
        """Set ``flags`` or ``prevented``, which both have."""
        if unit is None:
            self.change(**values)
        else:
            self.change_drive(unit, **values)

    def reset_unit(self, unit: int | None) -> None:
        """LOGICAL UNIT RESET (SAM-5, 6.3.3): medium removal is allowed again; nothing moves.

        Its unit attention (29/xx) is a fault of its own.
        """
        self.change_unit(unit, prevented=False)
        if unit is None:
            self.change(preventers=())

    # faults and conditions

    def faults_named(self, *names: str) -> list[Fault]:
        """The faults of these names, oldest first."""
        return [fault for fault in self.faults if fault.name in names]

    def add_fault(self, fault: Fault) -> None:
        """Set a fault."""
        self.faults.append(fault)
        self.changed = True

    def replace_fault(self, old: Fault, new: Fault | None) -> None:
        """Put another fault in the place of one, or none."""
        index = next(i for i, fault in enumerate(self.faults) if fault is old)
        self.faults[index : index + 1] = [new] if new else []
        self.changed = True

    def strike(self, fault: Fault) -> None:
        """Count one strike of a fault; it ends with its last one."""
        left = None if fault.times is None else fault.times - 1
        if left == 0:
            self.replace_fault(fault, None)
        elif left is not None or fault.every:
            self.replace_fault(fault, replace(fault, times=left, after=fault.every))

    # motions

    def begin(self, motion: Motion) -> None:
        """Have the robot do this after what it is to do already."""
        self.motions.append(motion)
        self.changed = True

    def replace_motion(self, new: Motion | None) -> None:
        """Put another motion in the place of the first, or none."""
        self.motions[:1] = [new] if new else []
        self.changed = True

    def copy(self) -> State:
        """One to change without this one."""
        return replace(
            self,
            cartridges=dict(self.cartridges),
            removed=dict(self.removed),
            remains=dict(self.remains),
            drives=list(self.drives),
            faults=list(self.faults),
            motions=list(self.motions),
        )

    def change(self, **values: Any) -> None:
        """Set attributes, noting whether that changed anything."""
        for name, value in values.items():
            if getattr(self, name) != value:
                setattr(self, name, value)
                self.changed = True
