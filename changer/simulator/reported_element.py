"""What the library believes of one element, which is not always the truth."""

from __future__ import annotations

from dataclasses import dataclass

from changer.simulator.fault import ElementOverride, Fault
from changer.simulator.geometry import Kind
from changer.simulator.profile import MagazineOut, VolumeTags
from changer.simulator.sense import Additional
from changer.simulator.state import CLEANING_MEDIUM, Cartridge, State

__all__ = ["ElementView", "Shown"]

_OCCUPANCY_UNKNOWN = Additional(0x83, 0x03)
_OUT = {
    MagazineOut.DISABLED: Additional(0x3B, 0x12),
    MagazineOut.EXCEPT_3B11: Additional(0x3B, 0x11),
    MagazineOut.EXCEPT_3B12: Additional(0x3B, 0x12),
    MagazineOut.EXCEPT_8302: Additional(0x83, 0x02),
}


@dataclass(slots=True, eq=False, repr=False)
class Shown:
    """The fields of an element descriptor, before they are bytes."""

    kind: Kind
    address: int
    full: bool = False
    exception: bool = False
    additional: Additional | None = None
    access: bool = True
    disabled: bool = False
    medium_type: int = 0
    source_address: int | None = None
    operator_placed: bool = False
    tag: str = ""


class ElementView:
    """Shows the elements of one state. Made for one command: it gathers the faults once."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._profile = state.profile
        self._faults: dict[int, list[Fault]] = {}
        for fault in state.faults:
            if fault.address is not None:
                self._faults.setdefault(fault.address, []).append(fault)
        self._cleaner_homes = self._homes_of_cleaners()

    def is_listed(self, address: int) -> bool:
        """The element has a descriptor at all."""
        omitted = self._profile.magazine_out is MagazineOut.OMITTED
        return not (omitted and self._state.is_out(address))

    def show(self, kind: Kind, address: int) -> Shown:
        """An element as the library believes it to be."""
        shown = Shown(kind, address)
        if self._state.is_out(address):
            self._show_out(shown)
        elif cartridge := self._state.cartridges.get(address):
            self._show_cartridge(shown, cartridge)
        else:
            self._show_empty(shown)
        self._show_access(shown)
        for fault in self._faults.get(address, ()):
            self._show_fault(shown, fault)
        shown.disabled &= self._profile.element_disabled_bit
        return shown

    def _show_out(self, shown: Shown) -> None:
        shown.additional = _OUT.get(self._profile.magazine_out)
        shown.exception = shown.additional is not None
        shown.disabled = self._profile.magazine_out is MagazineOut.DISABLED
        shown.access = False

    def _show_cartridge(self, shown: Shown, cartridge: Cartridge) -> None:
        profile = self._profile
        shown.full = True
        shown.tag = cartridge.tag if profile.volume_tags is VolumeTags.REPORTED else ""
        shown.source_address = cartridge.source_address
        shown.operator_placed = cartridge.operator_placed and shown.kind is Kind.MAIL
        self._show_medium_type(shown, cartridge)
        if cartridge.is_cleaner and shown.kind in (Kind.STORAGE, Kind.MAIL):
            spent = profile.cleaner_spent_sense if cartridge.is_spent else None
            shown.additional = spent or profile.cleaner_sense
            shown.exception = shown.additional is not None

    def _show_medium_type(self, shown: Shown, cartridge: Cartridge) -> None:
        if cartridge.is_cleaner:
            shown.medium_type = CLEANING_MEDIUM if self._profile.cleaner_medium_type else 0
        elif self._profile.medium_types:
            shown.medium_type = cartridge.medium_type

    def _show_empty(self, shown: Shown) -> None:
        if shown.address in self._cleaner_homes:
            shown.additional = self._profile.cleaner_home_sense
            shown.exception = True
            shown.access = False
        elif gone := self._state.remains.get(shown.address):
            # mhVTL: a mail slot that was emptied by hand keeps these.
            shown.source_address = gone.source_address
            self._show_medium_type(shown, gone)

    def _show_access(self, shown: Shown) -> None:
        if shown.kind is Kind.MAIL and self._state.mail_open:
            shown.access = False
        if shown.kind is Kind.DRIVE and not self._profile.drive_accessible_when_loaded:
            drive = self._state.drives[self._state.drive_at(shown.address)]
            shown.access = not drive.mounted

    def _show_fault(self, shown: Shown, fault: Fault) -> None:
        if fault.name == "unreadable":
            self._show_unreadable(shown)
        elif fault.name == "occupancy-unknown":
            # FULL is not to be trusted: the worst that it can be is wrong.
            shown.full = not shown.full
            shown.tag, shown.source_address = "", None
            shown.exception, shown.additional = True, _OCCUPANCY_UNKNOWN
        elif fault.override is not None:
            _override(shown, fault.override)

    def _show_unreadable(self, shown: Shown) -> None:
        shown.tag = ""
        if shown.full and self._profile.unreadable_sense is not None:
            shown.exception, shown.additional = True, self._profile.unreadable_sense

    def _homes_of_cleaners(self) -> frozenset[int]:
        """Empty slots whose cleaner is out in a drive, where the library flags them."""
        if self._profile.cleaner_home_sense is None:
            return frozenset()
        cartridges = self._state.cartridges.items()
        drives = self._state.geometry.ranges[Kind.DRIVE]
        return frozenset(
            cartridge.source_address
            for address, cartridge in cartridges
            if address in drives and cartridge.is_cleaner and cartridge.source_address is not None
        )


def _override(shown: Shown, override: ElementOverride) -> None:
    if override.additional is not None:
        shown.exception, shown.additional = True, override.additional
    if override.exception is not None:
        shown.exception = override.exception
    if override.full is not None:
        shown.full = override.full
    if override.access is not None:
        shown.access = override.access
    if override.disabled is not None:
        shown.disabled = override.disabled
