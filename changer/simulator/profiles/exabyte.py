"""Profiles after libraries of Exabyte."""

from __future__ import annotations

from changer.simulator.profile import Profile
from changer.simulator.profile_choices import Identifiers
from changer.simulator.profiles.row import ProfileRow
from changer.simulator.sense import Additional, Sense
from changer.smc.atlas.evidence import MAGNUM_1X7, MAGNUM_224

ROWS: dict[str, ProfileRow] = {
    # Media come and go through its door alone. Its persistent reservations: it has none.
    "magnum-1x7": ProfileRow(
        Profile(
            vendor="EXABYTE",
            product="LTO 1x7 2U",
            slots=7,
            drives=1,
            mail=0,
            transport_base=0x56,
            drive_base=0x52,
            storage_base=1,
            data_cartridges=4,
            cleaners=1,
            unreadable_sense=Additional(0x83, 0x01),
            occupancy_unknown_sense=Additional(0x83, 0x03),
            door_open_sense=Additional(0x04, 0x83),
            held_by_drive_sense=Sense(0x05, 0x3B, 0x90),
            unloads_drive=False,
            identifiers=Identifiers.NOT_WITH_VOLTAG,
            undefined_tag_blanks=True,
            medium_types=False,
            cleaner_medium_type=False,
            element_disabled_bit=False,
            scsi2_addresses=True,
            opcodes=(0x07, 0xE7, 0x2B, 0x1E, 0x4D),
            reservation_types=(),
        ),
        MAGNUM_1X7.at("pages 9-5, 9-6, 11-7, 15-7 to 15-15, A-7 to A-11; table 2-3"),
    ),
    # Tandberg sold it as StorageLibrary T24 and, with 20 cells, as StorageLoader 2U, under the same
    # names. Its mail slot has the address of the lower one of a Magnum 448; how its cells are
    # divided among its magazines, which exchanges it knows, and what the drive that is its control
    # path answers to PERSISTENT RESERVE is not told: none, none, and what the standard has. A
    # drive's second identifier, of eight bytes, is left out.
    "magnum-224": ProfileRow(
        Profile(
            vendor="EXABYTE",
            product="MAGNUM 224",
            revision="C002",
            slots=24,
            drives=2,
            mail=1,
            transport_base=0x61,
            mail_base=0x71,
            drive_base=0x51,
            storage_base=1,
            data_cartridges=12,
            cleaners=1,
            unreadable_sense=Additional(0x83, 0x01),
            occupancy_unknown_sense=Additional(0x83, 0x03),
            door_open_sense=Additional(0x04, 0x83),
            held_by_drive_sense=Sense(0x05, 0x3B, 0x90),
            drive_accessible_when_loaded=False,
            unloads_drive=False,
            undefined_tag_blanks=True,
            medium_types=False,
            cleaner_medium_type=False,
            element_disabled_bit=False,
            refuses_reserved_bits=True,
            opcodes=(0x07, 0x37, 0x2B, 0x1E, 0x4D),
            answers_while_moving=True,
        ),
        MAGNUM_224.at("pages 6-6, 6-7, 9-6, 9-11, 10-9, 10-10, 15-1 to 15-20 and 19-5")
        + MAGNUM_1X7.at("tables 11-5 and A-2"),
    ),
}
