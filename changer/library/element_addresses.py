"""Drives of a library that reports no identifiers, by the element address that each has itself.

A library may tell its drives their element addresses, and VPD page B4h has it (SSC-5). That names
no library, so it counts only where it is known to be this one: where drive and changer are logical
units of one SCSI target, or where the host sees no other library, nor a drive of one. An address
that two drives report names neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from typing import TYPE_CHECKING

from changer.errors import ChangerError
from changer.library.drive_map import keep_identities, reported_identities
from changer.library.element_state import find_condition
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.smc.command import Status
from changer.smc.elements import ElementRange, ElementType
from changer.smc.inquiry import data_transfer_element_address
from changer.store.records import DriveIdentity
from changer.transport.opening import REPLAYED, SIMULATED
from changer.values import NamedTuple

if TYPE_CHECKING:
    from changer.library.discovery import ScsiDevice

# A drive that no library told its address may report one of these.
_NOT_TOLD = (0x0000, 0xFFFF)


class Claim(NamedTuple):
    """A drive of this host, by its paths, and the element address that it reports, or why none."""

    paths: tuple[ScsiDevice, ...]
    address: int | None
    why_not: str = ""

    @property
    def targets(self) -> frozenset[str]:
        """The SCSI targets at which it is attached."""
        return _targets(self.paths)


class Neighbourhood(NamedTuple):
    """The SCSI targets at which this library is attached to the host, and other libraries are.

    ``others``: whether the host sees another library at all.
    """

    own_targets: frozenset[str]
    other_targets: frozenset[str]
    others: bool


class AddressMatches(NamedTuple):
    """Drives by element address, and for each other drive of the host the reason, as a clause."""

    drives: dict[int, tuple[ScsiDevice, ...]]
    refused: tuple[tuple[Claim, str], ...]


def identified_drives(library: Library, inventory: Inventory) -> dict[int, DriveIdentity]:
    """As drive_identities; of a library that reports no serial number, by what its drives report.

    The drives of this host are asked then, by INQUIRY, which disturbs none that is in use.
    """
    return identify_drives(library, inventory)[0]


def identify_drives(
    library: Library, inventory: Inventory
) -> tuple[dict[int, DriveIdentity], AddressMatches | None]:
    """As identified_drives, with what the drives reported; None where they were not asked."""
    reported = reported_identities(library, inventory) or []
    if any(each.serial for each in reported) or not _may_ask_drives(library):
        return keep_identities(library, reported) if reported else {}, None
    matches = match_by_address(library, inventory)
    found = {each.address: each for each in reported}
    for address, (path, *_) in matches.drives.items():
        own = path.identity
        found[address] = DriveIdentity(address, own.serial, own.vendor, own.product)
    library.store.replace_drives(library.id, [*found.values()])
    return found, matches


def has_devices(library: Library) -> bool:
    """Whether it is a library of this host's kernel, and neither a virtual one nor a recording."""
    return not library.device.startswith((SIMULATED, REPLAYED))


def _may_ask_drives(library: Library) -> bool:
    """Whether an address could tell a drive: not those of a host that may see other libraries."""
    from changer.library.discovery import tape_host

    return has_devices(library) and tape_host() is None


def match_by_address(library: Library, inventory: Inventory) -> AddressMatches:
    """Ask the tape drives of this host for their element addresses, and decide whose they are."""
    from changer.library.discovery import find_changers, find_tape_drives

    changers = find_changers()
    own = [each for each in changers if _is(library, each)]
    others = [each for each in changers if not _is(library, each)]
    around = Neighbourhood(_targets(own), _targets(others), others=bool(others))
    claims = [_ask(library, paths) for paths in paths_by_drive(find_tape_drives())]
    return judge(
        claims,
        around,
        inventory.assignment.data_transfer,
        absence=lambda address: _absence(inventory, address),
    )


def _is(library: Library, changer: ScsiDevice) -> bool:
    return changer.identity.id == library.id or str(changer.device) == library.device


def _targets(devices: Iterable[ScsiDevice]) -> frozenset[str]:
    return frozenset(each.target for each in devices if each.target is not None)


def _absence(inventory: Inventory, address: int) -> str | None:
    """Why no drive can be at an address, as the reading shows it; None: one may be."""
    if ElementType.DATA_TRANSFER not in inventory.types:
        return None
    condition = find_condition(inventory.at(address), address=address)
    return condition.reason if condition.is_bare else None


def paths_by_drive(devices: Iterable[ScsiDevice]) -> list[tuple[ScsiDevice, ...]]:
    """Several devices with one serial number are paths to one drive."""
    drives: dict[str, list[ScsiDevice]] = {}
    for each in devices:
        drives.setdefault(each.identity.serial or str(each.device), []).append(each)
    return [tuple(paths) for paths in drives.values()]


def _ask(library: Library, paths: tuple[ScsiDevice, ...]) -> Claim:
    """Read VPD page B4h of a drive, on its first path. A drive that can't be asked claims none."""
    first = paths[0]
    if first.identity.serial is None:
        return Claim(paths, None, "the kernel has no serial number of it")
    command = data_transfer_element_address()
    try:
        with closing(library.open_transport(str(first.device), str(first.device))) as transport:
            reply = transport.execute(command)
            if reply.status != Status.GOOD:
                return Claim(paths, None, "it does not report its element address (VPD page B4h)")
            address = command.parse(reply.data)
    except ChangerError as error:
        return Claim(paths, None, error.message)
    if address is None:
        return Claim(paths, None, "it reports no element address (VPD page B4h)")
    return Claim(paths, address)


def judge(
    claims: Iterable[Claim],
    around: Neighbourhood,
    addresses: ElementRange,
    *,
    absence: Callable[[int], str | None] = lambda _: None,
) -> AddressMatches:
    """Which drive is at which of the library's addresses, and why each other is at none."""
    told = [each for each in claims if each.address is not None]
    strangers = [
        each
        for each in told
        if each.address not in addresses
        and each.address not in _NOT_TOLD
        and not each.targets & around.own_targets
    ]
    drives: dict[int, tuple[ScsiDevice, ...]] = {}
    refused: list[tuple[Claim, str]] = []
    for claim in claims:
        reason = _doubt(claim, told, around, addresses, strangers)
        if reason is None and claim.address is not None and (gone := absence(claim.address)):
            reason = f"it reports element address {claim.address}, but {gone}"
        if reason is None and claim.address is not None:
            drives[claim.address] = claim.paths
        else:
            refused.append((claim, reason or claim.why_not))
    return AddressMatches(drives, tuple(refused))


def _doubt(
    claim: Claim,
    told: list[Claim],
    around: Neighbourhood,
    addresses: ElementRange,
    strangers: list[Claim],
) -> str | None:
    """Why a drive can't be taken for the library's at the address that it reports; None: it can."""
    if claim.address is None:
        return claim.why_not
    says = f"it reports element address {claim.address}"
    if claim.address not in addresses:
        return f"{says}, which is not a drive of this library"
    rivals = [each for each in told if each.address == claim.address and each is not claim]
    if rivals:
        also = ", ".join(str(each.paths[0].device) for each in rivals)
        return f"{says}, and so does {also}"
    if claim.targets & around.own_targets and not claim.targets & around.other_targets:
        return None
    if claim.targets & around.other_targets:
        return f"{says}, but is attached together with another library"
    if around.others:
        return f"{says}, but this host sees another library, which may have one, too"
    if strangers:
        device = strangers[0].paths[0].device
        return f"{says}, but {device} is a drive of a library that this host does not see"
    return None
