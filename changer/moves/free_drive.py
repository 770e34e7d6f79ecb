"""The drive for a load that names none: drive 0 if that will do, else the next one that will.

It is there, accessible and empty, no cleaning has claimed it, it is a drive of this host, and no
other program has its device open. A library with one drive has no choice. Where neither the library
nor the drives report which device is which, the host can't be told by, and any drive will do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from changer.drives.drive import KnownDrive, matched_drive
from changer.drives.drive_use import TapeUse
from changer.drives.matching import Match, match_drives
from changer.errors import BeingCleaned, ChangerError, MoveNotAllowed, NoFreeElement
from changer.library.addressing import Numbering
from changer.library.claims import Claims
from changer.library.drive_map import paths_of
from changer.library.element_addresses import has_devices, identified_drives
from changer.library.element_state import cartridge_name, find_condition
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.smc.elements import Element, ElementAddressAssignment, ElementType

# A drive and its match, as far as it is known; raises what speaks against the drive.
Check = Callable[[KnownDrive], None]

_MOST_REASONS = 8


class Reading(Protocol):
    """The elements of one plan, each read when it is asked for."""

    claims: Claims
    assignment: ElementAddressAssignment
    numbering: Numbering
    inventory: Inventory

    def at(self, address: int) -> Element | None:
        """One element."""
        ...

    def all_of(self, element_type: ElementType) -> tuple[Element, ...]:
        """All elements of a type."""
        ...


class DriveChoice:
    """Chooses the drive of one load, anew with each plan of it.

    ``check``: also raises nothing for the drive, which needs a device of this host then. ``known``,
    ``device``: of the drive that was chosen last, where they had to be found out.
    """

    def __init__(self, library: Library, *, check: Check | None = None) -> None:
        self._library = library
        self._check = check
        self.known: KnownDrive | None = None
        self.device: str | None = None

    def choose(self, reading: Reading, source: int) -> int:
        """The element address of the drive.

        Raises MoveNotAllowed for a cartridge that is in a drive already, NoFreeElement with what
        speaks against each drive, and BeingCleaned where a cleaning is all that is in the way.
        """
        drives = reading.assignment.data_transfer
        if source in drives and drives.count > 1:
            name = reading.numbering.name_of(source)
            raise MoveNotAllowed(
                f"the cartridge is in {name} already",
                hint="to move it to another drive, name that one",
            )
        self.known = self.device = None
        if drives.count == 1:
            if self._check is not None:
                self.known = matched_drive(self._library, reading.inventory, drives.first)
                self._check(self.known)
            return drives.first
        if self._first_will_do(reading):
            return drives.first
        self.known, self.device = _Search(self._library, reading, self._check).find()
        return self.known.address

    def _first_will_do(self, reading: Reading) -> bool:
        """Whether drive 0 is free, by its element, and a drive of this host, by what is known."""
        address = reading.assignment.data_transfer.first
        element = reading.at(address)
        if self._check is not None or address in reading.claims:
            return False
        if not find_condition(element, address=address).is_free:
            return False
        library = self._library
        if not has_devices(library):
            return True
        drives = library.store.drives(library.id)
        if drives is None:
            drives = tuple(identified_drives(library, reading.inventory).values())
        if not any(each.serial for each in drives):
            return True
        from changer.library.discovery import find_tape_drives

        serial = next((each.serial for each in drives if each.address == address), None)
        paths = paths_of(serial, find_tape_drives())
        use = TapeUse().of(paths)
        return bool(paths) and not use.users and use.activity is None


class _Search:
    """All drives of one reading, and what speaks against each."""

    def __init__(self, library: Library, reading: Reading, check: Check | None) -> None:
        self._library = library
        self._reading = reading
        self._check = check
        reading.all_of(ElementType.DATA_TRANSFER)
        self._matches = match_drives(library, reading.inventory).drives
        self._needs_device = check is not None or any(
            each.device is not None or (each.identity is not None and each.identity.serial)
            for each in self._matches.values()
        )

    def find(self) -> tuple[KnownDrive, str | None]:
        """The first drive that nothing speaks against, and its device."""
        reasons = []
        is_cleaned = False
        for address, match in self._matches.items():
            reason = self._reason(address, match)
            if reason is None:
                return self._known(address, match), match.opened_as
            is_cleaned = is_cleaned or address in self._reading.claims
            reasons.append(f"{self._reading.numbering.name_of(address)} {reason}")
        more = len(reasons) - _MOST_REASONS
        told = ", ".join(reasons[:_MOST_REASONS]) + (f", and {more} more" if more > 0 else "")
        what = f"no drive of this host is free: {told}"
        if is_cleaned:
            raise BeingCleaned(
                what, hint="try again when a drive is clean: changer operations shows that"
            )
        raise NoFreeElement(
            what, hint="unload one, or name the drive to use; changer drives shows them all"
        )

    def _known(self, address: int, match: Match) -> KnownDrive:
        number = self._reading.numbering.number_of(address)
        return KnownDrive(number, address, match.identity)

    def _reason(self, address: int, match: Match) -> str | None:
        """What speaks against a drive, after its name; None: nothing."""
        if address in self._reading.claims:
            return "is being cleaned"
        element = self._reading.inventory.at(address)
        condition = find_condition(element, address=address)
        if element is not None and element.full:
            return f"is full ({cartridge_name(element)})"
        if not condition.is_free:
            return f"can't be used ({condition.reason})"
        if match.device is None and self._needs_device:
            return "is not known to be on this host"
        use = TapeUse().of(match.paths)
        if use.users or use.activity is not None:
            return f"is {use.why_not_ask}"
        return self._checked(address, match)

    def _checked(self, address: int, match: Match) -> str | None:
        if self._check is None:
            return None
        try:
            self._check(self._known(address, match))
        except ChangerError as error:
            return f"can't be used ({error.message})"
        return None
