"""What single models do differently: one row each, with the evidence for it."""

from __future__ import annotations

from dataclasses import dataclass

from changer.library.identity import Identity

__all__ = ["ACCESS_NOT_REPORTED", "ANSWERS_TYPE_ZERO", "Quirk", "has_quirk"]

ANSWERS_TYPE_ZERO = "answers-type-zero"
ACCESS_NOT_REPORTED = "access-not-reported"


@dataclass(frozen=True, slots=True)
class Quirk:
    """A row: what INQUIRY and VPD page 83h say, None for whatever, and a revision's beginning."""

    name: str
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
        evidence="the virtual libraries of changer/simulator say so by this product name; "
        "their tests hold the reply against SMC-3",
    ),
    Quirk(
        name=ACCESS_NOT_REPORTED,
        t10_vendor="IET",
        evidence="tgt 1.0.85 (Debian 12), whatever its INQUIRY imitates, leaves ACCESS=0 in every "
        "element of every type, and moves to and from each of them",
    ),
)


def has_quirk(name: str, identity: Identity) -> bool:
    """Whether a model has a quirk."""
    return any(row.name == name and row.fits(identity) for row in QUIRKS)
