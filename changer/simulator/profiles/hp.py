"""Profiles after libraries of HP and HPE, and of BDT, which makes some of them."""

from __future__ import annotations

from changer.simulator.profiles.row import STANDARD, ProfileRow
from changer.simulator.sense import Additional
from changer.smc.atlas.evidence import QUADSTOR, REMANENCE, SAM, sam_codes
from changer.values import replace

ROWS: dict[str, ProfileRow] = {
    # A partition without mail slots, as the trace is of one; what else BDT's 3U library is sold as
    # (Spectra Stack, TS4300, ML3, NEOxl) may report other names. Sense codes are T10's.
    "msl3040": ProfileRow(
        replace(
            STANDARD,
            vendor="HPE",
            product="MSL3040",
            revision="3350",
            drive_vendor="HP",
            drive_product="Ultrium 7-SCSI",
            drive_revision="S2T1",
            drive_density=0x5C,
            slots=40,
            drives=2,
            mail=0,
            transport_base=0,
            mail_base=101,
            drive_base=1,
            storage_base=1001,
            data_cartridges=25,
            cleaners=1,
            all_types_by_address=True,
            refuses_reserved_bits=True,
            blanks_fill_tag_field=True,
            block_descriptor=True,
            opcodes=(0x07, 0x37, 0x2B, 0xA6, 0x1E, 0x4D),
            port_designators=False,
        ),
        REMANENCE.at("real-hardware, HPE MSL3040 3350"),
    ),
    # The MSL2024 and its kin, as a virtual library poses as one: its addresses, no medium types.
    "msl-g3": ProfileRow(
        replace(
            STANDARD,
            vendor="HP",
            product="MSL G3 Series",
            revision="D.00",
            drive_vendor="HPE",
            drive_product="Ultrium 9-SCSI",
            slots=40,
            drives=4,
            mail=4,
            transport_base=0,
            mail_base=0x300,
            drive_base=0x100,
            storage_base=0x400,
            data_cartridges=20,
            cleaners=1,
            all_types_by_address=True,
            medium_types=False,
            cleaner_medium_type=False,
            tells_operator_placed=False,
            door_open_sense=Additional(0x04, 0x83),
            opcodes=(0x07, 0x37, 0x1E, 0x4D),
        ),
        QUADSTOR.at() + sam_codes("hpslxx") + SAM.at("src/robots/generic/import2.c"),
    ),
}
