"""Profile of a virtual library: identity, geometry, and the quirks of its model."""

from __future__ import annotations

from changer.errors import SimulatorRefused
from changer.simulator.drive_model import DriveModel, check_texts
from changer.simulator.geometry import Geometry, Kind
from changer.simulator.profile_choices import (
    AlternateTags,
    Identifiers,
    MagazineOut,
    Unmatched,
    VolumeTags,
)
from changer.simulator.sense import Additional, Sense
from changer.values import dataclass

# The library, and the profile, that are there without any set-up.
DEMO = "demo"


_NOT_NEGATIVE = (
    "data_cartridges",
    "cleaners",
    "cleans_allowed",
    "most_descriptors",
    "descriptors_per_page",
    "appended_serial",
    "identifier_field",
)
_ANSWERS_AT_REST = ("CHANGER", "VIRTUAL")
_LABEL_UNREADABLE = Additional(0x83, 0x01)
_OCCUPANCY_UNKNOWN = Additional(0x83, 0x03)
_DOOR_OPEN = Additional(0x04, 0x83)
_MAIL_OPEN = Sense(0x02, 0x3A, 0x02)
_HELD_BY_DRIVE = Sense(0x05, 0x53, 0x03)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Profile:
    """A kind of library. Kept whole in each library's file, so that it never changes under one.

    Addresses and counts per element type; ``magazine_size`` slots to a magazine, 0 for none, and
    so many less in the first as ``first_magazine_lacks``.
    ``drive_models``: of drive 0, 1 and so on, and again from the first; without any, all are what
    the other fields say, and take every cleaner.
    ``*_excess``: vendor bytes after the standard ones of a descriptor, negative where the device
    stops short. ``appended_serial``: bytes for the serial number of a drive after all of these,
    where DVCID=0. ``refuses_reserved_bits``: of byte 6 of READ ELEMENT STATUS. ``opcodes``: the
    optional commands that exist. ``drive_log_pages``: what LOG SENSE of a drive has.
    ``drive_element_address``: drives have VPD page B4h. ``identifier_length``: of a drive's, where
    it is a serial number alone; ``identifier_field``: with the blanks after it, not counted there.
    ``identifier_ends_in_zeros``: instead of blanks that are counted. ``forbidden_moves``: pairs of
    element type codes.
    ``reservation_types``: of PERSISTENT RESERVE OUT; without any, the library has neither command.
    ``reservations_by_port``: they bind only who comes through the same port. ``reservations_spare``
    and ``reservations_refuse``: opcodes that a reservation of another initiator lets pass, and does
    not, unlike the standard. ``port_designators``: VPD page 83h names the target port.
    ``answers_while_moving``: READ ELEMENT STATUS does; otherwise it waits until the robot stands
    still. Times in seconds.

    Habits that the driver heeds: ``scans_ranges``: 37h and E7h take RANGE=1. ``exchange_works``:
    A6h does what mode page 1Fh offers. ``tells_operator_placed``: IMPEXP is set where it is due.
    ``allows_for_all``: ALLOW of one initiator ends the prevention of all. ``marks_cleaners``: a
    cleaner goes to a drive only with bit 6 of the control byte. ``labels_after_scan``: labels are
    reported from an INITIALIZE ELEMENT STATUS on.
    """

    # identity
    vendor: str = "CHANGER"
    product: str = "VIRTUAL"
    revision: str = "0100"
    serial: str = ""
    serial_page: bool = True
    drive_vendor: str = "HPE"
    drive_product: str = "Ultrium 8-SCSI"
    drive_revision: str = "R3G3"
    drive_serial: str = ""
    drive_models: tuple[DriveModel, ...] = ()

    # geometry
    slots: int = 8
    drives: int = 1
    mail: int = 1
    transports: int = 1
    transport_base: int = 1
    mail_base: int = 101
    drive_base: int = 500
    storage_base: int = 1001
    magazine_size: int = 0
    first_magazine_lacks: int = 0

    # what is in it when new, as far as it fits
    data_cartridges: int = 6
    free_slots: tuple[int, ...] = ()
    cleaners: int = 0
    cleaner_in_mail: bool = False
    cleans_allowed: int = 50

    # element status
    volume_tags: VolumeTags = VolumeTags.REPORTED
    alternate_tags: AlternateTags = AlternateTags.NONE
    undefined_tag_blanks: bool = False
    blanks_fill_tag_field: bool = False
    medium_types: bool = True
    element_disabled_bit: bool = True
    identifiers: Identifiers = Identifiers.REPORTED
    identifier_type: int = 1
    identifier_length: int = 10
    identifier_field: int = 0
    identifier_ends_in_zeros: bool = False
    identifier_block: bool = True
    identifier_hides_status: bool = False
    identifiers_when_not_ready: bool = False
    current_data: bool = True
    all_types: bool = True
    refuses_reserved_bits: bool = False
    all_types_by_address: bool = False
    unmatched: Unmatched = Unmatched.EMPTY
    most_descriptors: int = 0
    descriptors_per_page: int = 0
    allocation_low_16_bits: bool = False
    transport_excess: int = 0
    storage_excess: int = 0
    mail_excess: int = 0
    drive_excess: int = 0
    appended_serial: int = 0
    scsi2_addresses: bool = False
    source_is_last_element: bool = False
    remains_in_mail: bool = False
    tells_operator_placed: bool = True

    # how it reports what is wrong
    magazine_out: MagazineOut = MagazineOut.EXCEPT_3B12
    no_magazine_not_ready: Additional | None = None
    cleaner_medium_type: bool = True
    cleaner_sense: Additional | None = None
    cleaner_spent_sense: Additional | None = None
    cleaner_home_sense: Additional | None = None
    unreadable_sense: Additional | None = _LABEL_UNREADABLE
    occupancy_unknown_sense: Additional = _OCCUPANCY_UNKNOWN
    door_open_sense: Additional = _DOOR_OPEN
    mail_open_sense: Sense = _MAIL_OPEN
    held_by_drive_sense: Sense = _HELD_BY_DRIVE
    spent_cleaner_move_sense: Sense | None = None
    descriptor_sense: bool = False

    # commands
    opcodes: tuple[int, ...] = (0x07, 0x37, 0xE7, 0x2B, 0xA6, 0x1B, 0x1E, 0x4D)
    mode_sense_10: bool = True
    block_descriptor: bool = False
    ignores_dbd: bool = False
    geometry_page: bool = True
    capabilities_page: bool = True
    forbidden_moves: tuple[tuple[int, int], ...] = ()
    initialize_scans: bool = True
    scans_ranges: bool = True
    exchange_works: bool = True
    marks_cleaners: bool = False
    labels_after_scan: bool = False
    allows_for_all: bool = False

    # persistent reservations
    reservation_types: tuple[int, ...] = (1, 3, 5, 6, 8)
    reservations_persist: bool = True
    reservations_by_port: bool = False
    reservations_spare: tuple[int, ...] = ()
    reservations_refuse: tuple[int, ...] = ()
    port_designators: bool = True

    # drives
    drive_density: int = 0x5E
    drive_element_address: bool = False
    drive_accessible_when_loaded: bool = True
    unloads_drive: bool = True
    ejects_cleaner: bool = True
    drive_log_pages: tuple[int, ...] = (0x0C, 0x11, 0x2E)

    # the robot
    answers_while_moving: bool = False

    # seconds
    move_seconds: float = 0.0
    inventory_seconds: float = 0.0
    drive_load_seconds: float = 0.0
    cleaning_seconds: float = 0.0

    @property
    def geometry(self) -> Geometry:
        """Which addresses are which elements."""
        return Geometry(
            {
                Kind.TRANSPORT: range(self.transport_base, self.transport_base + self.transports),
                Kind.STORAGE: range(self.storage_base, self.storage_base + self.slots),
                Kind.MAIL: range(self.mail_base, self.mail_base + self.mail),
                Kind.DRIVE: range(self.drive_base, self.drive_base + self.drives),
            },
            self.magazine_size,
            self.first_magazine_lacks,
        )

    def excess(self, kind: Kind) -> int:
        """Bytes that the descriptors of this type are longer than those of the standard."""
        excess: int = getattr(self, f"{kind.name.lower()}_excess")
        return excess

    def allows(self, source: Kind, destination: Kind) -> bool:
        """The library can move between these element types. Nothing is put into the transport."""
        if destination is Kind.TRANSPORT or (source, destination) in self.forbidden_moves:
            return False
        return bool(self.mail) or Kind.MAIL not in (source, destination)

    def serial_of_drive(self, number: int) -> str:
        """Serial number of the drive that bay ``number`` has at first: at most ten characters."""
        return f"{self.drive_serial}{number:03d}"

    def model_of_drive(self, number: int) -> DriveModel:
        """What the drive is that bay ``number`` has at first."""
        if self.drive_models:
            return self.drive_models[number % len(self.drive_models)]
        return DriveModel(
            vendor=self.drive_vendor,
            product=self.drive_product,
            revision=self.drive_revision,
            density=self.drive_density,
            cleans_allowed=self.cleans_allowed,
        )

    def check(self) -> None:
        """Raise SimulatorRefused for a library that can't be."""
        self.geometry.check()
        self._check_texts()
        self._check_numbers()
        self._check_product()

    def _check_product(self) -> None:
        # The driver takes what this one reports as the end of a motion, by its name.
        if self.answers_while_moving and (self.vendor, self.product) == _ANSWERS_AT_REST:
            vendor, product = _ANSWERS_AT_REST
            raise SimulatorRefused(
                f"{vendor} {product} answers only while its robot stands still",
                hint="answers_while_moving needs another profile, or another product",
            )

    def _check_texts(self) -> None:
        check_texts(self, {"vendor": 8, "product": 16, "revision": 4, "serial": 32})
        check_texts(self, {"drive_serial": 7})
        for number in range(max(1, len(self.drive_models))):
            self.model_of_drive(number).check()

    def _check_numbers(self) -> None:
        for field in _NOT_NEGATIVE:
            if getattr(self, field) < 0:
                raise SimulatorRefused(f"{field} can't be below 0")
        if not set(self.reservation_types) <= {1, 3, 5, 6, 7, 8}:
            raise SimulatorRefused("reservation_types are of 1, 3, 5, 6, 7 and 8")
        if not 0 <= self.identifier_type <= 0xF:
            raise SimulatorRefused("identifier_type must be 0 to 15")
        if not all(-10 <= self.excess(kind) <= 1000 for kind in Kind):
            raise SimulatorRefused("a descriptor can have 10 bytes less to 1000 bytes more")
        for field in ("move", "inventory", "drive_load", "cleaning"):
            if not 0 <= getattr(self, f"{field}_seconds") <= 86400:
                raise SimulatorRefused(f"{field}_seconds must be 0 to 86400")
