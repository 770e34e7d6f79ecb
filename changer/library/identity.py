"""Who a library is: what it says of itself, never where it is plugged in."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Identity"]

_UNSAFE = re.compile(r"[^A-Za-z0-9.+-]+")


@dataclass(frozen=True, slots=True)
class Identity:
    """INQUIRY strings and the unit serial number (VPD page 80h), all without padding.

    Without a page 80h ``serial`` is the designator of page 83h, or None where there is neither.
    ``t10_vendor``: the T10 vendor identification of page 83h, which names who made the target even
    where its INQUIRY strings imitate another's.
    """

    vendor: str
    product: str
    revision: str
    serial: str | None
    t10_vendor: str | None = None

    @property
    def id(self) -> str:
        """``VENDOR_PRODUCT_SERIAL``, with ``_`` for each run of other than ``A-Za-z0-9.+-``."""
        parts = (self.vendor, self.product, self.serial or "")
        return "_".join(filter(None, (_UNSAFE.sub("_", part).strip("_") for part in parts)))

    @property
    def name(self) -> str:
        """Vendor and product, as a person says it."""
        return f"{self.vendor} {self.product}".strip()
