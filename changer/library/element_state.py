"""State of an element: present, empty, full, or not known, by its descriptor alone (pure).

The rows are those of the decision "present" and the decision "empty" for removed magazines
(SMC-3 element descriptors, and the vendors' additional sense codes). Whatever contradicts itself
cannot be told, and what cannot be told is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from changer.errors import (
    DestinationFull,
    ElementNotPresent,
    ElementUnknown,
    MoveNotAllowed,
    SourceEmpty,
)
from changer.library.addressing import Numbering, PlaceKind
from changer.smc.asc import additional_sense_text
from changer.smc.elements import (
    AdditionalSense,
    Element,
    ElementAddressAssignment,
    ElementException,
    ElementType,
    MediumType,
)

CLEANER_PREFIXES = ("CLN",)
UNLABELLED = "the cartridge without a label"

# T10's codes; those of vendors are rows of smc/vendor_codes.
STANDARD_EXCEPTIONS = {
    AdditionalSense(0x3B, 0x11): ElementException.ABSENT,
    AdditionalSense(0x3B, 0x12): ElementException.ABSENT,
    AdditionalSense(0x3B, 0x18): ElementException.ABSENT,
    AdditionalSense(0x30, 0x03): ElementException.CLEANER,
    AdditionalSense(0x5A, 0x01): ElementException.CLEANER,
    AdditionalSense(0x53, 0x08): ElementException.CONTENTS_UNKNOWN,
}
OUT_TYPES = frozenset({ElementType.MEDIUM_TRANSPORT, ElementType.DATA_TRANSFER})


class Presence(Enum):
    """Whether an element is there."""

    PRESENT = "present"
    ABSENT = "not present"
    UNKNOWN = "unknown"


class Occupancy(Enum):
    """What a present element holds."""

    EMPTY = "empty"
    FULL = "full"
    OUT = "its cartridge is out"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ElementCondition:
    """Whether an element is there, by one reading, and the reason.

    ``inventory_may_tell``: an INITIALIZE ELEMENT STATUS could settle it, and moves the robot.
    ``transient``: reading again shortly could settle it.
    """

    presence: Presence
    reason: str
    inventory_may_tell: bool = False
    transient: bool = False


def _exception(element: Element) -> ElementException | None:
    """The meaning of the exception of an element; None where there is none, or it is not known."""
    sense = element.additional_sense
    if not element.exception or sense is None:
        return None
    from changer.smc.vendor_codes import vendor_code

    row = vendor_code(sense)
    return row.element if row else STANDARD_EXCEPTIONS.get(sense)


def find_presence(
    element: Element | None, *, address: int, assignment: ElementAddressAssignment
) -> ElementCondition:
    """Whether the storage element at ``address`` is present.

    ``element``: the first descriptor of a READ ELEMENT STATUS that starts there, None for an empty
    reply. The start is a minimum, so a descriptor of another address says that this one is absent.
    """
    if address not in assignment.storage:
        return ElementCondition(Presence.ABSENT, "its address is outside the storage elements")
    return find_element_presence(element, address=address)


def find_element_presence(element: Element | None, *, address: int) -> ElementCondition:
    """Whether an element of any type is present, by its descriptor alone."""
    if element is None or element.address != address:
        return ElementCondition(Presence.ABSENT, "the library leaves it out of its element status")
    if element.disabled:
        return ElementCondition(
            Presence.ABSENT, f"the library says that it is disabled{_because(element)}"
        )
    if element.exception:
        return _find_by_exception(element)
    if element.accessible is False:
        return ElementCondition(Presence.ABSENT, "it is not accessible (ACCESS=0)", transient=True)
    return ElementCondition(Presence.PRESENT, "the library lists it as accessible")


# What an exception says of presence, but for an unreadable label of an empty element.
_EXCEPTIONS = {
    ElementException.ABSENT: (Presence.ABSENT, "the library says that it is not there"),
    ElementException.CLEANER: (Presence.PRESENT, "it is flagged as a cleaner's"),
    ElementException.LABEL_UNREADABLE: (Presence.PRESENT, "its label can't be read"),
    ElementException.CONTENTS_UNKNOWN: (
        Presence.UNKNOWN,
        "the library does not know what it holds",
    ),
    None: (Presence.UNKNOWN, "the library reports an exception there"),
}


def _find_by_exception(element: Element) -> ElementCondition:
    exception = _exception(element)
    presence, reason = _EXCEPTIONS[exception]
    if exception is ElementException.LABEL_UNREADABLE and not element.full:
        presence, reason = Presence.UNKNOWN, "it reads as empty with an unreadable label"
    return ElementCondition(
        presence,
        f"{reason}{_because(element)}",
        inventory_may_tell=exception is ElementException.CONTENTS_UNKNOWN,
    )


def _because(element: Element) -> str:
    if element.additional_sense is None:
        return ""
    text = additional_sense_text(element.additional_sense)
    return f" ({element.additional_sense}{f', {text}' if text else ''})"


def find_occupancy(
    element: Element, elements: Iterable[Element], *, cleaner_tag: str | None = None
) -> Occupancy:
    """What a present storage element holds, given every other element of the library.

    FULL=0 alone proves nothing: the home slot of a cartridge in a drive reads so, too.
    ``cleaner_tag``: the tag of the cartridge that belongs here, if one is known.
    """
    if element.full:
        return Occupancy.FULL
    others = [other for other in elements if other.address != element.address]
    if cartridge_out(element.address, others, cleaner_tag=cleaner_tag):
        return Occupancy.OUT
    contradiction = (
        element.exception
        or element.volume_tag is not None
        or element.alternate_volume_tag is not None
        or any(
            other.exception
            and other.source_address == element.address
            and other.element_type in OUT_TYPES
            for other in others
        )
    )
    return Occupancy.UNKNOWN if contradiction else Occupancy.EMPTY


def cartridge_out(
    address: int, others: Iterable[Element], *, cleaner_tag: str | None = None
) -> Element | None:
    """The drive or transport whose cartridge came from this address, or bears this tag.

    Only those: libraries keep SVALID on cartridges that have long been stored elsewhere, so a
    storage element that names this one as its source says nothing of it (seen: HPE MSL3040).
    """
    for other in others:
        if other.element_type not in OUT_TYPES or not other.full:
            continue
        if other.source_address == address:
            return other
        if cleaner_tag is not None and other.tag == cleaner_tag:
            return other
    return None


def cartridge_name(element: Element) -> str:
    """The cartridge of an element in words: its volume tag, or that it shows none."""
    return element.tag or UNLABELLED


def is_cleaner(element: Element, *, prefixes: tuple[str, ...] = CLEANER_PREFIXES) -> bool:
    """Whether the cartridge in an element is a cleaning cartridge.

    Medium type, then the exception codes, then the prefix of the bar code; a medium type that
    says anything else overrules a bar code.
    """
    if element.medium_type == MediumType.CLEANING:
        return True
    if _exception(element) is ElementException.CLEANER:
        return True
    if element.medium_type != MediumType.UNSPECIFIED:
        return False
    return element.tag is not None and element.tag.startswith(prefixes)


def check_source(element: Element | None, *, address: int, numbering: Numbering) -> Element:
    """The source, when it is there and full.

    Raises ElementNotPresent, ElementUnknown or SourceEmpty. A loaded drive may say ACCESS=0 until
    it has ejected, which libraries do by themselves on a move; so that is for them to judge.
    """
    name = numbering.name_of(address)
    is_drive = numbering.place_of(address).kind is PlaceKind.DRIVE
    finding = find_element_presence(element, address=address)
    ejects_by_itself = is_drive and finding.transient
    if element is None or (finding.presence is Presence.ABSENT and not ejects_by_itself):
        raise _not_there(name, finding)
    if element.full:
        return element
    if finding.presence is Presence.UNKNOWN:
        raise _unknown(name, finding)
    raise SourceEmpty(f"{name} is empty", hint="changer status shows what is where")


def takes_media(element: Element) -> bool:
    """Whether media can be moved there: not to a mail slot that media only come in by.

    SMC-3, EXENAB and INENAB. A mail slot with neither, which makes no sense, tells neither (tgt).
    """
    return not (element.export_enabled is False and element.import_enabled)


def check_destination(element: Element | None, *, address: int, numbering: Numbering) -> Element:
    """The destination, when it is there, accessible and empty, and media can be moved there.

    Raises ElementNotPresent, ElementUnknown, DestinationFull or MoveNotAllowed.
    """
    name = numbering.name_of(address)
    if element is not None and element.full:
        raise DestinationFull(
            f"{name} is full ({cartridge_name(element)})", hint="changer status shows what is free"
        )
    finding = find_element_presence(element, address=address)
    if element is None or finding.presence is Presence.ABSENT:
        raise _not_there(name, finding)
    if finding.presence is Presence.UNKNOWN:
        raise _unknown(name, finding)
    if not takes_media(element):
        raise MoveNotAllowed(
            f"media only come in by {name} (EXENAB=0)",
            hint="name another mail slot; changer status --json shows export_enabled of each",
        )
    return element


def _not_there(name: str, finding: ElementCondition) -> ElementNotPresent:
    return ElementNotPresent(
        f"{name} is not there: {finding.reason}",
        hint="put its magazine back, or close what is open, then try again",
    )


def _unknown(name: str, finding: ElementCondition) -> ElementUnknown:
    return ElementUnknown(
        f"can't tell what is in {name}: {finding.reason}",
        hint="changer inventory lets the library look (it moves the robot)",
    )
