"""Elements as the library reports them, which is not always the truth."""

from __future__ import annotations

from changer.simulator.auto_clean import (
    cleaners_at_rest,
    cleaners_at_work,
    drives_at_work,
    shows_its_work,
)
from changer.simulator.fault import ELEMENT_FLAGS, ElementOverride, Fault
from changer.simulator.geometry import Kind
from changer.simulator.profile_choices import MagazineOut, VolumeTags
from changer.simulator.sense import Additional
from changer.simulator.state import CLEANING_MEDIUM, Cartridge, State
from changer.values import dataclass

_OUT = {
    MagazineOut.DISABLED: Additional(0x3B, 0x12),
    MagazineOut.EXCEPT_3B11: Additional(0x3B, 0x11),
    MagazineOut.EXCEPT_3B12: Additional(0x3B, 0x12),
    MagazineOut.EXCEPT_8302: Additional(0x83, 0x02),
}

_CLEANER = Additional(0x30, 0x03)


@dataclass(slots=True, eq=False, repr=False)
class ReportedElement:
    """The fields of an element descriptor, before they are bytes."""

    kind: Kind
    address: int
    full: bool = False
    exception: bool = False
    additional: Additional | None = None
    access: bool = True
    disabled: bool = False
    listed: bool = True
    import_enabled: bool = True
    export_enabled: bool = True
    medium_type: int = 0
    source_address: int | None = None
    operator_placed: bool = False
    tag: str = ""

    def set_exception(self, additional: Additional | None) -> None:
        """EXCEPT and its code; None is neither."""
        self.exception, self.additional = additional is not None, additional

    def override(self, override: ElementOverride) -> None:
        """Report the fields that it names."""
        if override.additional is not None:
            self.set_exception(override.additional)
        for field in ELEMENT_FLAGS.values():
            if (value := getattr(override, field)) is not None:
                setattr(self, field, value)


class ElementReport:
    """Reports the elements of one state. Made for one command: it gathers the faults once."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._profile = state.profile
        self._faults: dict[int, list[Fault]] = {}
        for fault in state.faults:
            if fault.address is not None:
                self._faults.setdefault(fault.address, []).append(fault)
        self._cleaner_homes = self._homes_of_cleaners()
        self._at_work = cleaners_at_work(state)
        self._shows_its_work = shows_its_work(state)
        self._kept = cleaners_at_rest(state)
        self._cleaned = drives_at_work(state)

    def is_listed(self, address: int) -> bool:
        """The element has a descriptor at all."""
        for fault in self._faults.get(address, ()):
            if fault.override is not None and fault.override.listed is not None:
                return fault.override.listed
        omitted = self._profile.magazine_out is MagazineOut.OMITTED
        return not (omitted and self._state.is_out(address))

    def element(self, kind: Kind, address: int) -> ReportedElement:
        """An element as the library believes it to be."""
        element = ReportedElement(kind, address)
        if self._state.is_out(address):
            element.set_exception(_OUT.get(self._profile.magazine_out))
            element.disabled = self._profile.magazine_out is MagazineOut.DISABLED
            element.access = False
        elif address in self._at_work or not (cartridge := self._state.cartridges.get(address)):
            self._report_empty(element)
        else:
            self._report_cartridge(element, cartridge)
        self._report_access(element)
        self._report_auto_clean(element)
        for fault in self._faults.get(address, ()):
            self._report_fault(element, fault)
        element.disabled &= self._profile.element_disabled_bit
        return element

    def _report_cartridge(self, element: ReportedElement, cartridge: Cartridge) -> None:
        profile = self._profile
        element.full = True
        shows_tag = profile.volume_tags is VolumeTags.REPORTED and not self._state.labels_unknown
        element.tag = cartridge.tag if shows_tag else ""
        element.source_address = cartridge.source_address
        placed = cartridge.operator_placed and element.kind is Kind.MAIL
        element.operator_placed = placed and profile.tells_operator_placed
        element.medium_type = self._medium_type(cartridge)
        if cartridge.is_cleaner and element.kind in (Kind.STORAGE, Kind.MAIL):
            spent = profile.cleaner_spent_sense if cartridge.is_spent else None
            element.set_exception(spent or profile.cleaner_sense)

    def _medium_type(self, cartridge: Cartridge) -> int:
        if cartridge.is_cleaner:
            return CLEANING_MEDIUM if self._profile.cleaner_medium_type else 0
        return cartridge.medium_type if self._profile.medium_types else 0

    def _report_empty(self, element: ReportedElement) -> None:
        if element.address in self._cleaner_homes | self._at_work:
            element.set_exception(self._profile.cleaner_home_sense)
            element.access = False
        elif gone := self._state.remains.get(element.address):
            # mhVTL: a mail slot that was emptied by hand keeps these.
            element.source_address = gone.source_address
            element.medium_type = self._medium_type(gone)

    def _report_access(self, element: ReportedElement) -> None:
        if element.kind is Kind.MAIL and self._state.mail_open:
            element.access = False
        if element.kind is Kind.DRIVE and not self._profile.drive_accessible_when_loaded:
            drive = self._state.drives[self._state.drive_at(element.address)]
            element.access = not drive.mounted

    def _report_auto_clean(self, element: ReportedElement) -> None:
        """IBM: the slot of a cleaner that is the library's own. ATL: the drive that it is in."""
        if self._shows_its_work and element.address in self._cleaned:
            element.full = True
        elif self._shows_its_work or element.address not in self._kept:
            return
        element.set_exception(_CLEANER)
        element.access = False

    def _report_fault(self, element: ReportedElement, fault: Fault) -> None:
        if fault.name == "unreadable":
            element.tag = ""
            if element.full and self._profile.unreadable_sense is not None:
                element.set_exception(self._profile.unreadable_sense)
        elif fault.name == "occupancy-unknown":
            # FULL is not to be trusted: the worst that it can be is wrong.
            element.full = not element.full
            element.tag, element.source_address = "", None
            element.set_exception(self._profile.occupancy_unknown_sense)
        elif fault.override is not None:
            element.override(fault.override)

    def _homes_of_cleaners(self) -> frozenset[int]:
        """Empty slots whose cleaner is out in a drive, where the library flags them."""
        if self._profile.cleaner_home_sense is None:
            return frozenset()
        drives = self._state.geometry.ranges[Kind.DRIVE]
        return frozenset(
            cartridge.source_address
            for address, cartridge in self._state.cartridges.items()
            if address in drives and cartridge.is_cleaner and cartridge.source_address is not None
        )
