"""What single models do differently: one row each, with the evidence for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["ANSWERS_TYPE_ZERO", "Quirk", "has_quirk"]

ANSWERS_TYPE_ZERO = "answers-type-zero"


@dataclass(frozen=True, slots=True)
class Quirk:
    """A row: vendor and product as INQUIRY says them, and the beginning of the revision."""

    vendor: str
    product: str
    revision: str
    name: str
    evidence: str


QUIRKS = (
    Quirk(
        vendor="CHANGER",
        product="VIRTUAL",
        revision="",
        name=ANSWERS_TYPE_ZERO,
        evidence="the virtual libraries of changer/simulator say so by this product name; "
        "their tests hold the reply against SMC-3",
    ),
)


def has_quirk(name: str, *, vendor: str, product: str, revision: str) -> bool:
    """Whether a model has a quirk."""
    return any(row.name == name for row in _rows(vendor, product, revision))


def _rows(vendor: str, product: str, revision: str) -> Iterator[Quirk]:
    for row in QUIRKS:
        if (row.vendor, row.product) == (vendor, product) and revision.startswith(row.revision):
            yield row
