"""Profiles after libraries of Spectra Logic."""

from __future__ import annotations

from changer.simulator.profiles.row import STANDARD, ProfileRow
from changer.simulator.sense import Additional
from changer.smc.atlas.evidence import SAM, SPECTRA_T_GUIDE, sam_codes
from changer.values import replace

ROWS: dict[str, ProfileRow] = {
    # A partition of all its slots. Which inventories and exchanges it knows is not told: SMC-3's
    # inventories, and no exchange.
    "t50": ProfileRow(
        replace(
            STANDARD,
            vendor="SPECTRA",
            product="PYTHON",
            drive_vendor="IBM",
            drive_product="ULT3580-TD8",
            drive_revision="HB82",
            slots=50,
            drives=2,
            mail=4,
            transport_base=1,
            mail_base=0x10,
            drive_base=0x100,
            storage_base=0x1000,
            data_cartridges=30,
            cleaners=1,
            medium_types=False,
            cleaner_medium_type=False,
            element_disabled_bit=False,
            tells_operator_placed=False,
            door_open_sense=Additional(0x04, 0x83),
            opcodes=(0x07, 0x37, 0x1E, 0x4D),
        ),
        SPECTRA_T_GUIDE.at("pages 18, 22, 30, 44 and 49")
        + sam_codes("spcpyth")
        + SAM.at("src/robots/generic/import2.c"),
    )
}
