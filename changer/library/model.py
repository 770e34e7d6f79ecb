"""Identity of a library, the quirks of its model, and what the library itself was seen to lack."""

from __future__ import annotations

import re
from typing import Protocol

from changer.smc.elements import ElementAddressAssignment, ElementType
from changer.smc.mode_sense import DeviceCapabilities
from changer.values import NamedTuple, dataclass

ANSWERS_TYPE_ZERO = "answers-type-zero"
ACCESS_NOT_REPORTED = "access-not-reported"
# READ ELEMENT STATUS is answered only while the robot stands still.
ANSWERS_AT_REST = "answers-at-rest"
# A reservation binds those alone who come through the same port.
RESERVES_BY_PORT = "reserves-by-port"
# Of a volume tag only so many bytes are valid, whatever follows.
TAGS_OF_EIGHT = "tags-of-eight"

_UNSAFE = "[^A-Za-z0-9.+-]+"
_MOVES = "moves"
_EXCHANGES = "exchanges"
_NOT_OFFERED = "not-offered"
_GEOMETRY = "geometry"


@dataclass(frozen=True, slots=True)
class Identity:
    """Identity as a library reports it; with a serial number, independent of where it is attached.

    INQUIRY strings and the unit serial number (VPD page 80h), all without padding.

    Without a page 80h ``serial`` is the designator of page 83h, or None where there is neither.
    ``port``: where it is attached, which alone tells it from others of its model that report no
    serial number; None: not known.
    ``t10_vendor``: the T10 vendor identification of page 83h, which names the maker of the target
    even where its INQUIRY strings imitate another's.
    """

    vendor: str
    product: str
    revision: str
    serial: str | None
    t10_vendor: str | None = None
    port: str | None = None

    @property
    def id(self) -> str:
        """``VENDOR_PRODUCT_SERIAL``, with ``_`` for each run of other than ``A-Za-z0-9.+-``.

        Without a serial number ``VENDOR_PRODUCT_at_PORT``.
        """
        if self.serial or not self.port:
            return _joined(self.vendor, self.product, self.serial or "")
        return _joined(self.vendor, self.product, "at", self.port)

    @property
    def model_id(self) -> str:
        """``VENDOR_PRODUCT``, which all of a model share."""
        return _joined(self.vendor, self.product)

    @property
    def name(self) -> str:
        """Vendor and product, for people."""
        return f"{self.vendor} {self.product}".strip()

    def as_document(self, *, alias: str | None, device: str | None) -> dict[str, str | None]:
        """The ``library`` object of every document about one; ``device``: as it was opened."""
        return {
            "id": self.id,
            "alias": alias,
            "vendor": self.vendor,
            "product": self.product,
            "revision": self.revision,
            "serial": self.serial,
            "device": device,
        }


class Found(NamedTuple):
    """A device, and the identity of its library; None where the device has to be asked.

    ``port``: as Identity has it.
    """

    device: str
    identity: Identity | None
    port: str | None = None


def _joined(*parts: str) -> str:
    return "_".join(filter(None, (re.sub(_UNSAFE, "_", part).strip("_") for part in parts)))


class Quirk(NamedTuple):
    """Row of the table: by INQUIRY and VPD page 83h (None: any) and the start of the revision.

    These matter whenever a library is opened; all others are rows of ``smc.atlas``. ``known_from``:
    the value of a ``Kind`` of evidence there, which is not imported for that.
    """

    name: str
    known_from: str
    evidence: str
    vendor: str | None = None
    product: str | None = None
    revision: str = ""
    t10_vendor: str | None = None

    def fits(self, identity: Identity) -> bool:
        """Whether the row is about this model."""
        return (
            self.vendor in (None, identity.vendor)
            and self.product in (None, identity.product)
            and self.t10_vendor in (None, identity.t10_vendor)
            and identity.revision.startswith(self.revision)
        )


QUIRKS = (
    Quirk(
        name=ANSWERS_TYPE_ZERO,
        vendor="CHANGER",
        product="VIRTUAL",
        known_from="virtual",
        evidence="the virtual libraries of changer/simulator say so by this product name; "
        "their tests hold the reply against SMC-3",
    ),
    Quirk(
        name=ANSWERS_AT_REST,
        vendor="CHANGER",
        product="VIRTUAL",
        known_from="virtual",
        evidence="the virtual libraries of changer/simulator of this product name let a reading "
        "wait for the robot; their tests hold it",
    ),
    Quirk(
        name=ACCESS_NOT_REPORTED,
        t10_vendor="IET",
        known_from="virtual",
        evidence="tgt 1.0.85 (Debian 12), whatever its INQUIRY imitates, leaves ACCESS=0 in every "
        "element of every type, and moves to and from each of them",
    ),
    Quirk(
        name=ANSWERS_AT_REST,
        t10_vendor="IET",
        known_from="virtual",
        evidence="tgt (f0dc199, usr/smc.c, smc_move_medium; usr/target.c, target_cmd_perform): the "
        "only event loop of the daemon carries out a whole move before it takes the next command",
    ),
    Quirk(
        name=ANSWERS_AT_REST,
        vendor="EXABYTE",
        product="LTO 1x7 2U",
        known_from="manual",
        evidence="Magnum 1x7 LTO, SCSI reference 1012975, pages 2-10 and 3-1: during a move, all "
        "but INQUIRY and REQUEST SENSE end in BUSY, not ready or overlapped commands; no queuing",
    ),
    *(
        Quirk(
            name=TAGS_OF_EIGHT,
            vendor="EXABYTE",
            product=product,
            known_from="manual",
            evidence=f"{evidence}: only the first eight bytes of a volume tag are valid",
        )
        for product, evidence in (
            ("LTO 1x7 2U", "Magnum 1x7 LTO, SCSI reference 1012975, pages 15-11, 15-14 and 19-11"),
            ("MAGNUM 224", "Magnum 224, SCSI reference 1014826, page 19-11"),
            ("MAGNUM 448", "Magnum 448, SCSI reference 1014826, page 19-11"),
        )
    ),
    *(
        Quirk(
            name=RESERVES_BY_PORT,
            vendor="IBM",
            product=product,
            known_from="manual",
            evidence="IBM, library sharing (TS3500, TS4500, Diamondback): a reservation affects "
            "one device port; hosts on another control path are not affected by it",
        )
        for product in ("03584L32", "03584L22")
    ),
)


def has_quirk(name: str, identity: Identity) -> bool:
    """Whether a model has a quirk."""
    return any(row.name == name and row.fits(identity) for row in QUIRKS)


class CapabilityStore(Protocol):
    """The part of the state store that keeps capabilities, by library."""

    def capabilities(self, library_id: str) -> dict[str, str]:
        """Name to value."""
        ...

    def learn_capability(self, library_id: str, name: str, value: str) -> None:
        """Keep one."""
        ...

    def forget_capabilities(self, library_id: str) -> None:
        """Drop them all."""
        ...


class UnitMemory:
    """What one library was seen to refuse, and its mode page 1Fh; not what others of its model do.

    Its bar code reader, its drives and its mail slots are options, so that all of this is true for
    the geometry with which it was learned, until the library reports that it changed. Without a
    store it is kept for this process only.
    """

    def __init__(self, library_id: str, store: CapabilityStore | None = None) -> None:
        self._library_id = library_id
        self._store = store
        self._known: dict[str, str] | None = None
        self._geometry: str | None = None

    def note_geometry(self, assignment: ElementAddressAssignment) -> None:
        """Drop what was learned with other numbers of elements: something was added or removed."""
        self._geometry = " ".join(str(assignment.range_of(each).count) for each in ElementType)
        if self._load() and self._load().get(_GEOMETRY) != self._geometry:
            self.forget()

    def lacks(self, feature: str) -> bool:
        """Whether the library was seen to refuse a feature."""
        return self._load().get(feature) == _NOT_OFFERED

    def learn_refusal(self, feature: str) -> None:
        """Remember that the library refuses a feature."""
        self._learn(feature, _NOT_OFFERED)

    def device_capabilities(self) -> DeviceCapabilities | None:
        """Mode page 1Fh as it was read before; None when it was not, or there is none."""
        known = self._load()
        if _MOVES not in known:
            return None
        try:
            moves, exchanges = _pairs(known[_MOVES]), _pairs(known.get(_EXCHANGES, ""))
        except KeyError:
            return None
        return DeviceCapabilities(stores=frozenset(), moves=moves, exchanges=exchanges)

    def learn_device_capabilities(self, capabilities: DeviceCapabilities) -> None:
        """Remember which moves and exchanges mode page 1Fh allows."""
        self._learn(_EXCHANGES, _text(capabilities.exchanges))
        self._learn(_MOVES, _text(capabilities.moves))

    def forget(self) -> None:
        """Drop everything, so that it is asked anew."""
        if self._load() and self._store is not None:
            self._store.forget_capabilities(self._library_id)
        self._known = None

    def recall(self) -> None:
        """Have it read from the store anew: another host may have dropped what is kept there."""
        self._known = None

    def _load(self) -> dict[str, str]:
        if self._known is None:
            kept = self._store.capabilities(self._library_id) if self._store is not None else {}
            self._known = kept
        return self._known

    def _learn(self, name: str, value: str) -> None:
        if self._geometry not in (None, self._load().get(_GEOMETRY)):
            self._keep(_GEOMETRY, self._geometry or "")  # first: a process may die in between
        self._keep(name, value)

    def _keep(self, name: str, value: str) -> None:
        self._load()[name] = value
        if self._store is not None:
            self._store.learn_capability(self._library_id, name, value)


def _text(pairs: frozenset[tuple[ElementType, ElementType]]) -> str:
    return " ".join(f"{source:d}{destination:d}" for source, destination in sorted(pairs))


def _pairs(text: str) -> frozenset[tuple[ElementType, ElementType]]:
    """Inverse of ``_text``. Raises KeyError."""
    known = {f"{here:d}{there:d}": (here, there) for here in ElementType for there in ElementType}
    return frozenset(known[each] for each in text.split())
