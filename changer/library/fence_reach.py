"""Reach of a fence: which hosts a reservation in a library would stop (pure but for its reading).

A reservation binds every initiator of a logical unit. But some libraries keep one for each of their
ports, so that it stops nobody who comes through another one; and where the library names its ports,
hosts can see whether they share one.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from changer.errors import ChangerError, MalformedData, UnsupportedByLibrary
from changer.library.fence_type import find_lack, lack_words
from changer.library.model import RESERVES_BY_PORT, Identity, has_quirk
from changer.library.reservation import Seen, key_words, seen
from changer.library.session import Session
from changer.smc.inquiry import Designator, device_identification
from changer.smc.persistent_reserve import (
    ReservationCapabilities,
    read_keys,
    read_reservation,
    report_capabilities,
)
from changer.values import NamedTuple

_RELATIVE_PORT = 4
# EUI-64, NAA and SCSI name: of one port in the world (SPC-4, 7.8.6). Others count within a device.
_NAMES = (2, 3, 8)

Port = frozenset[tuple[int, bytes]]
"""Names of a target port: type and identifier of each. Empty: the library does not name it."""


class Reach(Enum):
    """Hosts that a reservation stops."""

    EFFECTIVE = "effective"
    ONLY_THIS_PATH = "only this path"
    NONE = "none"


class Probe(NamedTuple):
    """Answer of a probe: the reach of a fence, and why, in words; ``seen``: None if not told.

    ``port``: through which this host reaches the library.
    """

    reach: Reach
    reasons: tuple[str, ...]
    seen: Seen | None
    port: Port


def target_port(designators: tuple[Designator, ...]) -> Port:
    """Names of the port, of VPD page 83h; its number in the device where it has no name."""
    own = [each for each in designators if each.names_target_port]
    names = [each for each in own if each.designator_type in _NAMES]
    numbers = [each for each in own if each.designator_type == _RELATIVE_PORT]
    return frozenset((each.designator_type, each.identifier) for each in names or numbers)


def port_text(port: Port) -> str:
    """A port as hosts note it for each other."""
    return ",".join(sorted(f"{kind}:{identifier.hex()}" for kind, identifier in port))


def parse_port(text: str) -> Port:
    """The port that a host has noted; one that can't be read is not known."""
    try:
        pairs = [each.split(":") for each in text.split(",") if each]
        return frozenset((int(kind), bytes.fromhex(identifier)) for kind, identifier in pairs)
    except ValueError:
        return frozenset()


def port_words(port: Port) -> str:
    """A port's names, for people."""
    return ", ".join(sorted(identifier.hex() for _, identifier in port)) or "a port without a name"


def probe(session: Session, identity: Identity, *, others: Mapping[str, Port]) -> Probe:
    """Ask the library what a fence would do here. Changes nothing.

    ``others``: the ports of the other hosts, by name. Raises what the session raises, but for what
    a library does not support.
    """
    port = read_port(session)
    try:
        now = seen(session.send(read_keys()), session.send(read_reservation()))
    except UnsupportedByLibrary:
        return Probe(Reach.NONE, (lack_words(session.model),), None, port)
    except MalformedData as error:
        return Probe(Reach.NONE, (f"its reservations can't be read: {error.message}",), None, port)
    lack = find_lack(_capabilities(session), session.model)
    used = (f"{key_words(key)} uses its reservations" for key in now.foreign)
    reasons = (*filter(None, (lack,)), *used)
    if reasons:
        return Probe(Reach.NONE, reasons, now, port)
    reasons = find_apart(identity, port, others)
    return Probe(Reach.ONLY_THIS_PATH if reasons else Reach.EFFECTIVE, reasons, now, port)


def read_port(session: Session) -> Port:
    """The port through which this host reaches the library, as that names it."""
    try:
        return target_port(session.send(device_identification()))
    except (UnsupportedByLibrary, MalformedData):
        return frozenset()


def _capabilities(session: Session) -> ReservationCapabilities | None:
    try:
        return session.send(report_capabilities())
    except ChangerError:
        return None  # older than SPC-3; the reservation itself will tell


def find_apart(identity: Identity, port: Port, others: Mapping[str, Port]) -> tuple[str, ...]:
    """Why a reservation of this host may not stop the others."""
    reasons = []
    if has_quirk(RESERVES_BY_PORT, identity) and not others:
        reasons.append("this model keeps reservations for each port by itself")
    if not port:
        reasons.append("the library does not name the port through which this host reaches it")
    for name, other in sorted(others.items()):
        if not other:
            reasons.append(f"it is not known through which port {name} reaches the library")
        elif port and not other & port:
            reasons.append(
                f"{name} reaches the library through another port ({port_words(other)}) than this "
                f"host ({port_words(port)})"
            )
    return tuple(reasons)
