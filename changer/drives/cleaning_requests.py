"""Cleaning requests of drives, and cleanings on record.

Requests are stored, since reading TapeAlert flags clears them in the drive (SSC-4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from changer.drives.drive import KnownDrive, linked_drive
from changer.errors import ChangerError
from changer.library.drive_conditions import drive_name, is_shown_requesting, request_on_record
from changer.library.element_addresses import identified_drives
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.smc.elements import ElementType
from changer.store.records import CleaningRequest, DriveCondition, DriveIdentity
from changer.values import dataclass

if TYPE_CHECKING:
    from changer.events.news import Fact


@dataclass(frozen=True, slots=True)
class DriveCleaningRequest:
    """Whether a drive of the library requests or requires cleaning, and when it was cleaned.

    ``name``: its key in the store. ``product``: by the library, or by the drive. ``request``: by
    what it reports now and reported before, and by what the library shows.
    ``asked``: it could be asked now; else ``why_not`` has the reason. ``cleaned_at``: seconds since
    the epoch, None without a cleaning on record.
    """

    number: int
    address: int
    name: str
    serial: str | None
    product: str | None
    request: CleaningRequest | None
    asked: bool
    why_not: str | None
    cleaned_at: float | None
    cleanings: int
    tape_alerts: frozenset[int]


def cleaning_requests(
    library: Library, inventory: Inventory | None = None
) -> tuple[DriveCleaningRequest, ...]:
    """Ask every drive of the library, in order of its number. Holds no lock.

    ``inventory``: the drives, if they were just read.
    """
    inventory = inventory or library.read([ElementType.DATA_TRANSFER])
    identities = identified_drives(library, inventory)
    drives = inventory.assignment.data_transfer
    return tuple(
        _ask(library, inventory, address, identities.get(address))
        for address in range(drives.first, drives.last + 1)
    )


def cleaning_request(library: Library, address: int) -> DriveCleaningRequest:
    """Ask the drive at an element address. Holds no lock."""
    inventory = library.read([ElementType.DATA_TRANSFER])
    return _ask(library, inventory, address, identified_drives(library, inventory).get(address))


def _ask(
    library: Library, inventory: Inventory, address: int, identity: DriveIdentity | None
) -> DriveCleaningRequest:
    """The drive's own answer, and the library's: it may show that a drive requests cleaning."""
    number = inventory.numbering.number_of(address)
    known = KnownDrive(number, address, identity)
    name = drive_name(library, identity, address)
    told, why_not, product = _told(library, inventory, known)
    shown = is_shown_requesting(inventory.at(address))
    condition = note_request(library, known, told, shown=shown)
    return DriveCleaningRequest(
        number=number,
        address=address,
        name=name,
        serial=known.serial,
        product=product,
        request=request_on_record(condition),
        asked=why_not is None,
        why_not=why_not,
        cleaned_at=condition.cleaned_at if condition else None,
        cleanings=condition.cleanings if condition else 0,
        tape_alerts=condition.tape_alerts if condition else frozenset(),
    )


def note_request(
    library: Library,
    drive: KnownDrive,
    told: tuple[CleaningRequest | None, frozenset[int]] | None,
    *,
    shown: bool,
) -> DriveCondition | None:
    """Record what a drive reported of cleaning, tell of it, and return all that is on record.

    ``told``: its request, and TapeAlert flags that were read; None where it reported neither.
    ``shown``: the library shows that it requests cleaning.
    """
    name = drive_name(library, drive.identity, drive.address)
    condition: DriveCondition | None
    if told is None and not shown:
        condition = library.store.drive_condition(name)
    else:
        request, flags = told or (None, frozenset[int]())
        if request is None and shown:
            request = "requested"
        condition = library.store.note_drive(
            name, library_id=library.id, cleaning_request=request, flags=flags
        )
    _tell(library, drive, name, request_on_record(condition), is_known=told is not None)
    return condition


def _tell(
    library: Library,
    drive: KnownDrive,
    name: str,
    request: CleaningRequest | None,
    *,
    is_known: bool,
) -> None:
    """Tell that a drive requests cleaning; or that it does not any more, if it said so."""
    if request is None:
        if is_known:
            library.tell_over("cleaning-requested", subject=name)
        return
    library.tell(cleaning_request_fact(library, drive.number, name, request, serial=drive.serial))


def cleaning_request_fact(
    library: Library, number: int, name: str, request: CleaningRequest, *, serial: str | None
) -> Fact:
    """That a drive requests cleaning, or requires it. ``name``: its key in the store."""
    from changer.events.news import Fact

    verb = "requires" if request == "required" else "requests"
    text = f"drive {number} of {library.id} {verb} cleaning"
    fields = {"drive": number, "serial": serial, "request": request}
    return Fact("cleaning-requested", name, text, state=request, fields=fields)


def _told(
    library: Library, inventory: Inventory, known: KnownDrive
) -> tuple[tuple[CleaningRequest | None, frozenset[int]] | None, str | None, str | None]:
    """The drive's request and flags, why it could not be asked, and its product identification."""
    product = known.identity.product if known.identity else None
    try:
        with linked_drive(library, inventory, known.address, known) as drive:
            product = drive.product()
            told = drive.cleaning_request()
    except ChangerError as error:
        return None, error.message, product
    return told, "the drive does not report it" if told is None else None, product
