"""State of an element: whether it is there, full or empty, by its descriptor alone (pure).

The one answer to that: status, planning, the proof of an empty slot, recovery and the hooks ask it.
FULL=1 is believed, except of an element that is not there, and of one other than a drive whose
occupancy the library itself doubts; FULL=0 is believed only of an element that is accessible, and
under no exception that puts it in doubt. (A label that was left behind does not: drives show those.
The proof of an empty slot counts it, see occupancy.) What cannot be told is neither empty nor a
place for anything (SMC-3 element descriptors, and the vendors' additional sense codes).
"""

from __future__ import annotations

from enum import Enum

from changer.errors import (
    DestinationFull,
    ElementNotPresent,
    ElementUnknown,
    MoveNotAllowed,
    SourceEmpty,
)
from changer.library.addressing import Numbering
from changer.smc.asc import additional_sense_text
from changer.smc.elements import (
    AdditionalSense,
    Element,
    ElementAddressAssignment,
    ElementException,
    ElementType,
    MediumType,
)
from changer.values import NamedTuple

# CLR is what some makers of labels print for CLN; CLEAN is SAM-QFS's.
CLEANER_PREFIXES = ("CLN", "CLR", "CLEAN")
UNLABELLED = "the cartridge without a label"
# What ATL libraries show of a cleaning cartridge that is used up.
USED_UP = AdditionalSense(0x5A, 0x01)

OUT_TYPES = frozenset({ElementType.MEDIUM_TRANSPORT, ElementType.DATA_TRANSFER})
_OF_DRIVES = (ElementException.CLEANING_REQUESTED, ElementException.NO_DRIVE)
# What these say leaves the label of a full element as it is.
_LABEL_STANDS = (
    ElementException.INFORMATIONAL,
    ElementException.CLEANING_REQUESTED,
    ElementException.CLEANER,
)


class Presence(Enum):
    """Whether an element is there."""

    PRESENT = "present"
    ABSENT = "not present"
    UNKNOWN = "unknown"


class Contents(Enum):
    """What an element says that it holds."""

    EMPTY = "empty"
    FULL = "full"
    UNKNOWN = "unknown"


class Remedy(Enum):
    """What would tell the state of an element, for a hint."""

    RETRY = "put its magazine back, or close what is open, then try again"
    INVENTORY = "have the library take inventory (this moves the robot): changer inventory"
    EJECT = (
        "have the drive eject what it may hold: mt -f /dev/nstN offline; if the library reports "
        "this code whatever the drive holds, add it to informational_codes of its settings"
    )
    SETTING = (
        "look at the library's panel; if the library reports this code whatever the element "
        "holds, add it to informational_codes of its settings"
    )


class ElementCondition(NamedTuple):
    """Whether an element is there and what it holds, by one descriptor, and the reason.

    ``remedy``: what would tell more. ``transient``: reading again shortly could tell it.
    ``tells_label``: nothing puts the label of a full one in doubt, or that it has none.
    ``is_bare``: the library says that no drive is installed there.
    """

    presence: Presence
    contents: Contents
    reason: str
    remedy: Remedy = Remedy.RETRY
    transient: bool = False
    tells_label: bool = True
    is_bare: bool = False

    @property
    def full(self) -> bool | None:
        """True or False where the element says so, else None."""
        return None if self.contents is Contents.UNKNOWN else self.contents is Contents.FULL

    @property
    def present(self) -> bool | None:
        """True or False where the library says so, else None."""
        if self.presence is Presence.UNKNOWN:
            return True if self.full else None
        return self.presence is Presence.PRESENT

    @property
    def is_free(self) -> bool:
        """It is there, accessible and empty: a place for a cartridge."""
        return self.presence is Presence.PRESENT and self.contents is Contents.EMPTY

    @property
    def tells_empty(self) -> bool:
        """The library says plainly that nothing is in it, be it that no drive is there."""
        return self.is_free or self.is_bare

    @property
    def inventory_may_tell(self) -> bool:
        """An INITIALIZE ELEMENT STATUS could tell it, and moves the robot."""
        return self.remedy is Remedy.INVENTORY


def exception_meaning(element: Element) -> ElementException | None:
    """The meaning of the exception of an element; None where there is none, or it is not known."""
    sense = element.additional_sense
    if not element.exception or sense is None:
        return None
    if sense in sense.model.informational:
        return ElementException.INFORMATIONAL
    from changer.smc.vendor_codes import element_meaning

    meaning = element_meaning(sense)
    if meaning is ElementException.ABSENT_IF_EMPTY:
        full = element.full
        return ElementException.LABEL_QUESTIONABLE if full else ElementException.ABSENT
    is_drive = element.element_type is ElementType.DATA_TRANSFER
    # Said of anything but a drive that is not understood.
    return None if meaning in _OF_DRIVES and not is_drive else meaning


def find_presence(
    element: Element | None, *, address: int, assignment: ElementAddressAssignment
) -> ElementCondition:
    """The condition of the storage element at ``address``.

    ``element``: the first descriptor of a READ ELEMENT STATUS that starts there, None for an empty
    reply. The start is a minimum, so a descriptor of another address says that this one is absent.
    """
    if address not in assignment.storage:
        return _absent("its address is outside the storage elements")
    return find_condition(element, address=address)


def find_condition(element: Element | None, *, address: int) -> ElementCondition:
    """The condition of an element of any type, by its descriptor alone.

    ``element``: its descriptor, or the one of a higher address, or None where it was left out.
    """
    if element is None or element.address != address:
        return _absent("the library omits it from its element status")
    meaning = exception_meaning(element)
    is_drive = element.element_type is ElementType.DATA_TRANSFER
    is_bare = meaning is ElementException.NO_DRIVE and not element.full
    if element.disabled:
        return _absent(
            f"the library reports it as disabled{_because(element)}",
            full=is_drive and element.full,
            is_bare=is_bare,
        )
    if element.full and is_drive:
        return _full(element, meaning)
    if is_bare:
        return _absent(f"no drive is installed there{_because(element)}", is_bare=True)
    if meaning is ElementException.ABSENT:
        return _absent(f"the library reports it as missing{_because(element)}")
    if element.exception and meaning in _REASONS:
        return _exceptional(element, meaning)
    if element.accessible is False:
        return _absent("it is not accessible (ACCESS=0)", transient=True)
    if element.full:
        return _full(element, meaning)
    return ElementCondition(Presence.PRESENT, Contents.EMPTY, "the library lists it as accessible")


def _absent(
    reason: str, *, transient: bool = False, full: bool = False, is_bare: bool = False
) -> ElementCondition:
    contents = Contents.FULL if full else Contents.UNKNOWN
    return ElementCondition(Presence.ABSENT, contents, reason, transient=transient, is_bare=is_bare)


def _full(element: Element, meaning: ElementException | None) -> ElementCondition:
    is_drive = element.element_type is ElementType.DATA_TRANSFER
    if element.exception and meaning in _IN_DOUBT and not is_drive:
        presence, reason, remedy = Presence.UNKNOWN, _REASONS[meaning], _REMEDIES[meaning]
    else:
        presence, reason = Presence.PRESENT, "the library lists it as full"
        remedy = Remedy.RETRY
    return ElementCondition(
        presence,
        Contents.UNKNOWN if remedy is Remedy.INVENTORY else Contents.FULL,
        f"{reason}{_because(element)}",
        remedy=remedy,
        tells_label=not element.exception or meaning in _LABEL_STANDS,
    )


_REASONS = {
    ElementException.CLEANER: "it is flagged as a cleaner's place",
    ElementException.LABEL_QUESTIONABLE: "it reads as empty with a questionable label",
    ElementException.LABEL_UNREADABLE: "it reads as empty with an unreadable label",
    ElementException.CONTENTS_UNKNOWN: "the library does not know what it holds",
    None: "the library reports an exception there",
}


# What may not even be there; and what would tell.
_IN_DOUBT = (None, ElementException.CONTENTS_UNKNOWN)
_REMEDIES = {
    ElementException.CONTENTS_UNKNOWN: Remedy.INVENTORY,
    ElementException.LABEL_QUESTIONABLE: Remedy.INVENTORY,
    None: Remedy.SETTING,
}


def _exceptional(element: Element, meaning: ElementException | None) -> ElementCondition:
    """The condition by an exception that puts FULL=0 in doubt."""
    if element.full:  # ACCESS need not be valid with EXCEPT=1 (Quantum SuperLoader 3)
        return _full(element, meaning)
    remedy = _REMEDIES.get(meaning, Remedy.SETTING)
    if element.element_type is ElementType.DATA_TRANSFER:
        remedy = Remedy.EJECT
    is_there = meaning is ElementException.CLEANER
    return ElementCondition(
        Presence.PRESENT if is_there else Presence.UNKNOWN,
        Contents.UNKNOWN,
        f"{_REASONS[meaning]}{_because(element)}",
        remedy=remedy,
    )


def _because(element: Element) -> str:
    if not element.exception or element.additional_sense is None:
        return ""
    text = additional_sense_text(element.additional_sense)
    return f" ({element.additional_sense}{f', {text}' if text else ''})"


def cartridge_name(element: Element) -> str:
    """The cartridge of an element in words: its volume tag, or that it shows none."""
    return element.tag or UNLABELLED


def is_cleaner(element: Element, *, prefixes: tuple[str, ...] = CLEANER_PREFIXES) -> bool:
    """Whether the cartridge in an element is a cleaning cartridge.

    Medium type, then the exception codes, then the prefix of the bar code; a medium type that
    says anything else overrules a bar code. Where a site has no prefixes of its own, the media
    identifier of an LTO cleaner makes one of any label, as Scalar libraries take it.
    """
    if element.medium_type == MediumType.CLEANING:
        return True
    if exception_meaning(element) is ElementException.CLEANER:
        return True
    if element.medium_type != MediumType.UNSPECIFIED:
        return False
    tag = element.tag or ""
    return tag.startswith(prefixes) or (prefixes == CLEANER_PREFIXES and _is_universal(tag))


def _is_universal(tag: str) -> bool:
    """Six characters and CU, or C1 to C9 (Quantum Scalar i40 and i80, user's guide, page 164)."""
    return len(tag) == 8 and tag[6] == "C" and tag[7] in "123456789U"


def check_source(element: Element | None, *, address: int, numbering: Numbering) -> Element:
    """The source, when it is there and full.

    Raises ElementNotPresent, ElementUnknown or SourceEmpty. A loaded drive may say ACCESS=0 until
    it has ejected, which libraries do by themselves on a move; so that is for them to judge.
    """
    name = numbering.name_of(address)
    finding = find_condition(element, address=address)
    if element is None or finding.presence is Presence.ABSENT:
        raise _not_there(name, finding, element)
    if element.full:  # where that is in doubt, the library refuses the move if it is not so
        return element
    if finding.contents is Contents.UNKNOWN:
        raise _unknown(name, finding)
    raise SourceEmpty(f"{name} is empty", hint="see the inventory with: changer status")


def takes_media(element: Element) -> bool:
    """Whether media can be moved there: not to a mail slot that media only come in by.

    SMC-3, EXENAB and INENAB. A mail slot with neither, which makes no sense, tells neither (tgt).
    """
    return not (element.export_enabled is False and element.import_enabled)


def check_destination(
    element: Element | None, *, address: int, numbering: Numbering, is_home: bool = False
) -> Element:
    """The destination, when it is there, accessible and empty, and media can be moved there.

    ``is_home``: the cartridge came from there; the empty home of a cleaner that is in use may be
    flagged as a cleaner's, and not accessible to anything else (ATL P3000).

    Raises ElementNotPresent, ElementUnknown, DestinationFull or MoveNotAllowed.
    """
    name = numbering.name_of(address)
    finding = find_condition(element, address=address)
    if element is not None and finding.full:
        raise DestinationFull(
            f"{name} is full ({cartridge_name(element)})", hint="changer status shows what is free"
        )
    if element is None or finding.presence is Presence.ABSENT:
        raise _not_there(name, finding, element)
    is_cleaners_home = is_home and exception_meaning(element) is ElementException.CLEANER
    if not (finding.is_free or is_cleaners_home):
        raise _unknown(name, finding)
    if not takes_media(element):
        raise MoveNotAllowed(
            f"media can enter through {name}, but not leave (EXENAB=0)",
            hint="name another mail slot; changer status --json shows export_enabled of each",
        )
    return element


def _not_there(name: str, finding: ElementCondition, element: Element | None) -> ElementNotPresent:
    is_drive = element is not None and element.element_type is ElementType.DATA_TRANSFER
    return ElementNotPresent(
        f"{name} is not available: {finding.reason}",
        hint="choose another drive, or look at the library's panel"
        if is_drive
        else f"{finding.remedy.value}",
    )


def _unknown(name: str, finding: ElementCondition) -> ElementUnknown:
    return ElementUnknown(
        f"can't tell what is in {name}: {finding.reason}", hint=finding.remedy.value
    )
