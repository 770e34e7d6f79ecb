"""Profiles after libraries of ATL and Quantum."""

from __future__ import annotations

from changer.simulator.profile import Profile
from changer.simulator.profile_choices import Identifiers, MagazineOut
from changer.simulator.profiles.row import INTERVENTION, STANDARD, STATUS_UNKNOWN, ProfileRow
from changer.simulator.sense import Additional, Sense
from changer.smc.atlas.evidence import (
    ATL_P3000,
    DELL_ML6000,
    IBM_TS3310,
    SAM,
    SCALAR,
    SUPERLOADER,
    sam_codes,
)
from changer.values import replace

_IMPORT = SAM.at("src/robots/generic/import2.c")

ROWS: dict[str, ProfileRow] = {
    # P3000: even the empty home slot of a cleaner in use is flagged, and not accessible.
    "p3000": ProfileRow(
        Profile(
            vendor="ATL",
            product="P3000",
            revision="2.40",
            drive_vendor="QUANTUM",
            drive_product="SDLT320",
            drive_revision="5555",
            slots=40,
            drives=4,
            mail=4,
            data_cartridges=20,
            cleaners=1,
            drive_density=0x49,
            cleans_allowed=20,
            cleaner_sense=Additional(0x30, 0x03),
            cleaner_spent_sense=Additional(0x5A, 0x01),
            cleaner_home_sense=Additional(0x30, 0x03),
            unreadable_sense=None,
            occupancy_unknown_sense=STATUS_UNKNOWN,
            door_open_sense=Additional(0x80, 0x00),
            identifiers=Identifiers.REFUSED,
            all_types=False,
            drive_accessible_when_loaded=False,
            unloads_drive=False,
            tells_operator_placed=False,
            answers_while_moving=True,
        ),
        ATL_P3000.at("page 104") + sam_codes("acl452, acl2640, atlp3000") + _IMPORT,
    ),
    # Slots, drives and mail slots of a library of 5U. Sense codes of the TS3310, which is one.
    "scalar-i500": ProfileRow(
        Profile(
            vendor="QUANTUM",
            product="Scalar i500",
            slots=36,
            drives=2,
            mail=6,
            transport_base=1,
            mail_base=0x10,
            drive_base=0x100,
            storage_base=0x1000,
            magazine_size=12,
            data_cartridges=20,
            cleaners=1,
            identifier_field=64,
            identifiers_when_not_ready=True,
            unreadable_sense=Additional(0x83, 0x02),
            occupancy_unknown_sense=Additional(0x83, 0x03),
            door_open_sense=Additional(0x04, 0x83),
            mail_open_sense=Sense(0x05, 0x53, 0x81),
            held_by_drive_sense=Sense(0x05, 0x53, 0x01),
            drive_accessible_when_loaded=False,
            unloads_drive=False,
            tells_operator_placed=False,
            descriptor_sense=True,
            opcodes=(0x07, 0xE7, 0x2B, 0x1E, 0x4D),
            reservation_types=(3, 6),
            answers_while_moving=True,
        ),
        SCALAR.at("tables 3 and of additional sense codes")
        + DELL_ML6000.at("pages 5 and 65")
        + IBM_TS3310.at("table C-1")
        + sam_codes("adic1000")
        + _IMPORT,
    ),
    # Its mail slot is not an element. Where its slots begin is not told; without any magazine it
    # asks for intervention, and its door has no code.
    "superloader-3": ProfileRow(
        replace(
            STANDARD,
            vendor="QUANTUM",
            product="UHDL",
            slots=16,
            drives=1,
            mail=0,
            transport_base=0,
            drive_base=0x20,
            storage_base=1,
            magazine_size=8,
            data_cartridges=8,
            cleaners=1,
            magazine_out=MagazineOut.NOT_ACCESSIBLE,
            no_magazine_not_ready=INTERVENTION,
            medium_types=False,
            cleaner_medium_type=False,
            element_disabled_bit=False,
            identifiers=Identifiers.DRIVES_ONLY,
            identifier_type=0,
            identifier_length=16,
            identifier_ends_in_zeros=True,
            opcodes=(0x07, 0x2B, 0x1E, 0x4D),
            reservation_types=(1, 3, 5, 6),
        ),
        SUPERLOADER.at("pages 2, 3, 13, 58, 107-112 and 126"),
    ),
}
