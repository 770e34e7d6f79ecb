"""Mode pages of makers' own that tell whether a library cleans its drives by itself."""

from __future__ import annotations

from changer.smc.atlas.evidence import ATL_P3000, ATL_P4000, MAGNUM_1X7, MAGNUM_224, Sources
from changer.smc.elements import Model
from changer.smc.makers import MAGNUM_MODELS, P_SERIES, Makers
from changer.values import NamedTuple

AUTO_CLEAN_PAGE = "auto-clean-page"


class AutoCleanPage(NamedTuple):
    """A row: in that mode page, all bits of ``mask`` in the first byte after its length are set."""

    page: int
    mask: int
    makers: Makers
    evidence: Sources

    @property
    def words(self) -> str:
        """What follows from it."""
        return f"doctor reads in its mode page {self.page:02X}h whether it cleans by itself"

    def fits(self, model: Model) -> bool:
        """Whether the row is for this model."""
        return any(each.made(model) for each in self.makers)


AUTO_CLEAN_PAGES = (
    AutoCleanPage(0x20, 0x02, P_SERIES, ATL_P3000.at("page 102") + ATL_P4000.at("page 120")),
    # A cell is reserved for the cleaner, and the library uses it: both.
    AutoCleanPage(
        0x25, 0x03, MAGNUM_MODELS, MAGNUM_1X7.at("page 10-15") + MAGNUM_224.at("page 10-16")
    ),
)
