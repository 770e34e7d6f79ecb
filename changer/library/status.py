"""Status of a library: what each element holds; what the library did not report is None."""

from __future__ import annotations

from collections.abc import Callable

from changer.library.drive_conditions import drive_name, is_shown_requesting, request_on_record
from changer.library.drive_map import drive_identities
from changer.library.element_state import find_condition
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.library.reserved_slots import ReservedSlots
from changer.smc.asc import additional_sense_text
from changer.smc.elements import Element, ElementType
from changer.store.records import CleaningRequest, DriveIdentity
from changer.values import dataclass


@dataclass(frozen=True, slots=True)
class ExceptionStatus:
    """EXCEPT=1: the additional sense code of an element, and what it means."""

    asc: int
    ascq: int
    text: str


@dataclass(frozen=True, slots=True)
class SlotStatus:
    """A storage element. ``full`` is None where it is not present or not known."""

    number: int
    address: int
    full: bool | None
    present: bool | None
    volume_tag: str | None
    medium_type: int | None
    cleaner: bool
    source_slot: int | None
    exception: ExceptionStatus | None
    reserved: bool


@dataclass(frozen=True, slots=True)
class ImportExportStatus:
    """IMPEXP, INENAB, EXENAB of an import/export element."""

    operator_placed: bool | None
    import_enabled: bool | None
    export_enabled: bool | None


@dataclass(frozen=True, slots=True)
class MailStatus(SlotStatus):
    """An import/export element."""

    import_export: ImportExportStatus | None


@dataclass(frozen=True, slots=True)
class DriveStatus:
    """A data transfer element. ``device``: the tape device with its serial number on this host.

    ``full`` is None where it is not present or not known. ``source_slot``, ``source_mail``: number
    of the element that its cartridge belongs to, by its type.
    """

    number: int
    address: int
    full: bool | None
    present: bool | None
    volume_tag: str | None
    medium_type: int | None
    cleaner: bool
    source_slot: int | None
    source_mail: int | None
    accessible: bool | None
    exception: ExceptionStatus | None
    serial: str | None
    device: str | None
    cleaning_request: CleaningRequest | None


@dataclass(frozen=True, slots=True)
class PickerStatus:
    """A medium transport element."""

    address: int
    full: bool | None
    volume_tag: str | None
    cleaner: bool
    exception: ExceptionStatus | None


@dataclass(frozen=True, slots=True)
class CleanerStatus:
    """A reserved slot, and the cleaning cartridge that was brought in."""

    slot: int
    address: int
    volume_tag: str | None
    cleans_left: int | None


@dataclass(frozen=True, slots=True)
class LibraryStatus:
    """All elements of a library. ``picker``: the first medium transport element.

    ``cleaner``: of the slot that was reserved first; ``cleaners``: of each, in that order.
    ``removal_prevented``: whether ``changer lock`` keeps people from taking media out.
    """

    cleaner: CleanerStatus | None
    cleaners: tuple[CleanerStatus, ...]
    drives: tuple[DriveStatus, ...]
    slots: tuple[SlotStatus, ...]
    mail: tuple[MailStatus, ...]
    picker: PickerStatus | None
    removal_prevented: bool


def library_status(
    library: Library,
    inventory: Inventory,
    *,
    find_device: Callable[[int, DriveIdentity | None], str | None],
    find_home: Callable[[Element], int | None],
) -> LibraryStatus:
    """What a reading of all element types says, with what the store adds to it.

    ``find_device``: drive number and identity to its tape device, or None. ``find_home``: a full
    drive to the address of the element where its cartridge belongs, or None.
    """
    identities = drive_identities(library, inventory)
    reserved = ReservedSlots.for_(library)
    view = _View(inventory, reserved, find_home)
    conditions = {each.drive: each for each in library.store.drive_conditions(library.id)}

    def find_request(address: int) -> CleaningRequest | None:
        name = drive_name(library, identities.get(address), address)
        shown = is_shown_requesting(inventory.at(address))
        return request_on_record(conditions.get(name)) or ("requested" if shown else None)

    cleaners = _cleaner_statuses(reserved, inventory)
    return LibraryStatus(
        cleaner=cleaners[0] if cleaners else None,
        cleaners=cleaners,
        drives=tuple(
            view.drive(address, identities.get(address), find_device, find_request(address))
            for address in view.addresses(ElementType.DATA_TRANSFER)
        ),
        slots=tuple(view.slot(address) for address in view.addresses(ElementType.STORAGE)),
        mail=tuple(view.mail(address) for address in view.addresses(ElementType.IMPORT_EXPORT)),
        picker=view.picker(),
        removal_prevented=library.prevention.is_wanted(library.store),
    )


def cleaner_status(library: Library, inventory: Inventory) -> CleanerStatus | None:
    """The primary slot; its cartridge as the store knows it, else as the reading shows it."""
    return next(iter(_cleaner_statuses(ReservedSlots.for_(library), inventory)), None)


def _cleaner_statuses(reserved: ReservedSlots, inventory: Inventory) -> tuple[CleanerStatus, ...]:
    statuses = []
    for address in reserved:
        cleaner, element = reserved.cleaner_of(address), inventory.at(address)
        shown = element.tag if element else None
        statuses.append(
            CleanerStatus(
                slot=inventory.numbering.number_of(address),
                address=address,
                volume_tag=cleaner.volume_tag if cleaner and cleaner.volume_tag else shown,
                cleans_left=cleaner.cleans_left if cleaner else None,
            )
        )
    return tuple(statuses)


def read_cleaner_status(library: Library) -> CleanerStatus | None:
    """The reserved slot, freshly read; None, without a reading, where none is reserved."""
    if not ReservedSlots.for_(library):
        return None
    return cleaner_status(library, library.read([ElementType.STORAGE]))


class _View:
    """One reading, with what the store adds to it."""

    def __init__(
        self,
        inventory: Inventory,
        reserved: ReservedSlots,
        find_home: Callable[[Element], int | None],
    ) -> None:
        self.inventory = inventory
        self._reserved = reserved
        self._find_home = find_home

    def addresses(self, element_type: ElementType) -> range:
        """Every address of a type, listed by the library or not."""
        elements = self.inventory.assignment.range_of(element_type)
        return range(elements.first, elements.last + 1)

    def slot(self, address: int) -> SlotStatus:
        """A storage element."""
        element = self.inventory.at(address)
        condition = find_condition(element, address=address)
        source = element.source_address if element and element.full else None
        return SlotStatus(
            number=self.inventory.numbering.number_of(address),
            address=address,
            full=condition.full,
            present=condition.present,
            volume_tag=tag_of(element),
            medium_type=_medium_type(element),
            cleaner=self._holds_cleaner(element),
            source_slot=self._number(source, ElementType.STORAGE),
            exception=exception_of(element),
            reserved=address in self._reserved,
        )

    def mail(self, address: int) -> MailStatus:
        """An import/export element: a slot, and how it serves the operator."""
        element = self.inventory.at(address)
        slot = self.slot(address)
        values = {name: getattr(slot, name) for name in SlotStatus.__slots__}
        import_export = (
            ImportExportStatus(
                element.operator_placed, element.import_enabled, element.export_enabled
            )
            if element
            else None
        )
        return MailStatus(**values, import_export=import_export)

    def drive(
        self,
        address: int,
        identity: DriveIdentity | None,
        find_device: Callable[[int, DriveIdentity | None], str | None],
        cleaning_request: CleaningRequest | None,
    ) -> DriveStatus:
        """A data transfer element, and the drive that is there."""
        element = self.inventory.at(address)
        condition = find_condition(element, address=address)
        number = self.inventory.numbering.number_of(address)
        home = self._find_home(element) if element and element.full else None
        return DriveStatus(
            number=number,
            address=address,
            full=condition.full,
            present=condition.present,
            volume_tag=tag_of(element),
            medium_type=_medium_type(element),
            cleaner=self._holds_cleaner(element),
            source_slot=self._number(home, ElementType.STORAGE),
            source_mail=self._number(home, ElementType.IMPORT_EXPORT),
            accessible=element.accessible if element else None,
            exception=exception_of(element),
            serial=identity.serial if identity else None,
            device=find_device(number, identity),
            cleaning_request=cleaning_request,
        )

    def picker(self) -> PickerStatus | None:
        """The first medium transport element that the library shows."""
        pickers = self.inventory.of_type(ElementType.MEDIUM_TRANSPORT)
        if not pickers:
            return None
        first = pickers[0]
        return PickerStatus(
            address=first.address,
            full=find_condition(first, address=first.address).full,
            volume_tag=first.tag,
            cleaner=self._holds_cleaner(first),
            exception=exception_of(first),
        )

    def _holds_cleaner(self, element: Element | None) -> bool:
        return element is not None and element.full and self._reserved.is_cleaner(element)

    def _number(self, address: int | None, element_type: ElementType) -> int | None:
        """The number of an element of that type; None for one of another type."""
        if address is None or address not in self.inventory.assignment.range_of(element_type):
            return None
        return self.inventory.numbering.number_of(address)


def _medium_type(element: Element | None) -> int | None:
    return element.medium_type if element and element.medium_type else None


def tag_of(element: Element | None) -> str | None:
    """The volume tag as text."""
    return element.tag if element else None


def exception_of(element: Element | None) -> ExceptionStatus | None:
    """The exception of an element, in words."""
    if element is None or not element.exception:
        return None
    sense = element.additional_sense
    if sense is None:
        return ExceptionStatus(0, 0, "no reason given")
    return ExceptionStatus(sense.asc, sense.ascq, additional_sense_text(sense) or str(sense))
