"""Traits: what a person has to know of a model, and no command can see or mend.

For people: ``doctor`` and ``-v status`` name those of a library. What the program heeds by itself
is in ``habits``.
"""

from __future__ import annotations

from enum import Enum

from changer.smc.atlas.evidence import (
    AWS_GATEWAY,
    DELL_ML6000,
    DLT_4700,
    MAGNUM_1X7,
    MAGNUM_224,
    MSL_EXTENDER,
    MSL_G3,
    REMANENCE,
    SAM,
    SCALAR,
    SCALAR_I40,
    SL150_INSTALLATION,
    SL150_LIBRARY,
    SL500_GUIDE,
    SL4000_GUIDE,
    STK_SL150,
    STK_SL4000,
    SUPERLOADER,
    Sources,
)
from changer.smc.elements import Model
from changer.smc.makers import (
    AWS,
    DLT_448,
    FUJITSU,
    MAGNUM_224_448,
    MAGNUM_MODELS,
    MAGSTAR,
    METRUM,
    METRUM_D360,
    ML6000,
    MSL3040,
    MSL_2024,
    NEO,
    SCALAR_I,
    SCALAR_SMALL,
    SL150,
    SL500,
    SL3000,
    SL3000_ALONE,
    SL4000,
    SPECTRA_9000,
    SPECTRA_T,
    STK_97XX,
    SUPERLOADER_3,
    TZ_CHANGER,
    Makers,
)
from changer.values import NamedTuple


class Trait(Enum):
    """A trait, and what follows from it."""

    HIDES_CLEANERS = "it may keep cleaning cartridges where no host sees them, and clean by itself"
    COMPLETES_ANYWAY = "it shows its own cleaning as complete also with another cartridge"
    COUNTS_ANEW = "a used cleaning cartridge that comes in again counts as new with the library"
    NUMBERS_SHIFT = "the numbers of its drives change with its setting of which bays are addressed"
    LABELS_BY_SETTING = "how much of a label it shows is a setting, and a change renames cartridges"
    REFUSES_GENERATIONS = "it refuses moves to drives of another generation, by the label"
    ENDS_SEQUENCE = "in automatic mode, the first command to its robot ends its sequential mode"
    NEEDS_INVENTORY = "what it shows after a start may be wrong until: changer inventory"
    CLEANS_IN_MOVE = "the move of a cleaning cartridge to a drive lasts as long as the cleaning"
    HIDES_MAIL_SLOT = "its mail slot is for its panel alone: hosts see none"
    DRIVES_RENUMBERED = "the numbers of its drives change when one is added or removed"
    ALL_RENUMBERED = "a change of its configuration may renumber its slots and its drives"
    MOVES_TAKE_MINUTES = "a move may last 10 minutes: move_timeout_seconds should not be less"
    DRIVE_IS_PATH = "the drive that is its control path answers reservations in its place"
    DRIVE_RESERVATION_BINDS = "a drive that another host has reserved takes and gives no cartridge"
    SERVES_ONE_HOST = "on parallel SCSI it serves one host, and reports to no other what changed"
    FINDS_NO_LABEL = "it has no search for a label (B5h, B6h): all of it has to be read"
    EXPORTS_VANISH = "an exported cartridge leaves its mail slot by itself, and new ones come there"
    HAS_WEB_ADDRESS = "VPD page 85h has the address of its web page"

    @property
    def slug(self) -> str:
        """Its name for people: ``hides-cleaners``."""
        return self.name.lower().replace("_", "-")


class TraitRow(NamedTuple):
    """A row: a trait of these makers' libraries."""

    trait: Trait
    makers: Makers
    evidence: Sources

    def fits(self, model: Model) -> bool:
        """Whether the row is for this model."""
        return any(each.made(model) for each in self.makers)


TRAITS = (
    TraitRow(Trait.HIDES_CLEANERS, SCALAR_I, SCALAR_I40.at("page 164") + SCALAR.at("Autocleaning")),
    TraitRow(
        Trait.HIDES_CLEANERS,
        MAGNUM_MODELS,
        MAGNUM_1X7.at("page 10-15") + MAGNUM_224.at("page 10-16"),
    ),
    TraitRow(Trait.HIDES_CLEANERS, SL150, SL150_LIBRARY.at("slot map")),
    TraitRow(Trait.HIDES_CLEANERS, SL500, SL500_GUIDE.at("page 63")),
    TraitRow(Trait.COMPLETES_ANYWAY, SCALAR_I, SCALAR_I40.at("page 164")),
    TraitRow(Trait.COUNTS_ANEW, SL500, SL500_GUIDE.at("page 63")),
    TraitRow(Trait.NUMBERS_SHIFT, SL150, STK_SL150.at("pages 19 and 20")),
    TraitRow(Trait.LABELS_BY_SETTING, SL150, SL150_INSTALLATION.at("page 4-10")),
    TraitRow(Trait.LABELS_BY_SETTING, MSL_2024, MSL_G3.at("page 83")),
    TraitRow(Trait.ENDS_SEQUENCE, MSL_2024, MSL_EXTENDER.at("page 18")),
    TraitRow(Trait.REFUSES_GENERATIONS, MSL_2024, MSL_G3.at("page 83")),
    TraitRow(
        Trait.NEEDS_INVENTORY, DLT_448, SAM.at("src/robots/generic/element2.c, init_elements")
    ),
    TraitRow(Trait.CLEANS_IN_MOVE, MAGSTAR, SAM.at("src/robots/generic/gen_drive.c, clean_3570")),
    TraitRow(Trait.HIDES_MAIL_SLOT, SUPERLOADER_3, SUPERLOADER.at("page 2")),
    TraitRow(
        Trait.DRIVES_RENUMBERED, SL3000_ALONE, STK_SL4000.at("empty drive slot element addressing")
    ),
    TraitRow(
        Trait.ALL_RENUMBERED, SL4000, SL4000_GUIDE.at("comparison of cell addressing schemes")
    ),
    TraitRow(
        Trait.MOVES_TAKE_MINUTES,
        METRUM + METRUM_D360 + SPECTRA_9000 + NEO + STK_97XX + FUJITSU + SL3000 + SPECTRA_T,
        SAM.at("src/robots/generic/transport.c, move_medium"),
    ),
    TraitRow(Trait.DRIVE_IS_PATH, SCALAR_I, SCALAR.at("table 3")),
    TraitRow(Trait.DRIVE_IS_PATH, MAGNUM_224_448, MAGNUM_224.at("page 17-1")),
    TraitRow(
        Trait.DRIVE_RESERVATION_BINDS,
        TZ_CHANGER,
        DLT_4700.at("page 8-113") + SAM.at("src/conf/inquiry.conf"),
    ),
    TraitRow(Trait.SERVES_ONE_HOST, ML6000, DELL_ML6000.at("page 5")),
    TraitRow(Trait.FINDS_NO_LABEL, SCALAR_SMALL, SCALAR.at("table 3")),
    TraitRow(Trait.EXPORTS_VANISH, AWS, AWS_GATEWAY.at("medium changers; archiving tapes")),
    TraitRow(Trait.HAS_WEB_ADDRESS, MSL3040, REMANENCE.at("VPD page 85h of two partitions")),
)
