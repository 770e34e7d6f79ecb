"""Profiles after libraries of StorageTek, Sun and Oracle."""

from __future__ import annotations

from changer.simulator.profile import Profile
from changer.simulator.profile_choices import AlternateTags, Identifiers, Unmatched
from changer.simulator.profiles.row import STANDARD, STATUS_UNKNOWN, ProfileRow
from changer.simulator.sense import Additional, Sense
from changer.smc.atlas.evidence import (
    MHVTL,
    SAM,
    SL150_INTERFACE,
    SL150_LIBRARY,
    SL500_INTERFACE,
    SL3000_GUIDE,
    STK_SL150,
    STK_SL3000,
    sam_codes,
)
from changer.values import replace

_CAP_OPEN = Sense(0x02, 0x3A, 0x02)

ROWS: dict[str, ProfileRow] = {
    # STK L700 as mhVTL shows it, with mhVTL's bugs.
    "l700": ProfileRow(
        Profile(
            vendor="STK",
            product="L700",
            revision="0107",
            drive_vendor="IBM",
            drive_product="ULT3580-TD8",
            drive_revision="2160",
            slots=39,
            drives=4,
            mail=4,
            transport_base=1,
            mail_base=10,
            drive_base=500,
            storage_base=1000,
            data_cartridges=20,
            cleaners=2,
            alternate_tags=AlternateTags.FLAG_ONLY,
            unreadable_sense=None,
            occupancy_unknown_sense=STATUS_UNKNOWN,
            door_open_sense=Additional(0x04, 0x03),
            blanks_fill_tag_field=True,
            identifiers=Identifiers.ALWAYS,
            unmatched=Unmatched.INVALID_FIELD,
            remains_in_mail=True,
            block_descriptor=True,
            ignores_dbd=True,
            source_is_last_element=True,
            opcodes=(0x07, 0xE7, 0x1B, 0x1E, 0x4D),
            ejects_cleaner=False,
            answers_while_moving=True,
        ),
        MHVTL.at(),
    ),
    # One module, the standard mail slot. A drive's sled that is out shifts no address here; the
    # sense of an open door or mail slot, and what a magazine that is out looks like, are T10's.
    "sl150": ProfileRow(
        replace(
            STANDARD,
            vendor="STK",
            product="SL150",
            slots=30,
            drives=2,
            mail=4,
            transport_base=0,
            mail_base=10,
            drive_base=500,
            storage_base=1000,
            magazine_size=15,
            data_cartridges=12,
            cleaners=1,
            cleans_allowed=20,
            all_types_by_address=True,
            identifier_type=0,
            identifier_field=32,
            # Media domain and type; of a drive, transport domain and type as well.
            transport_excess=4,
            storage_excess=4,
            mail_excess=4,
            drive_excess=4,
            spent_cleaner_move_sense=Sense(0x03, 0x30, 0x13),
            opcodes=(0x07, 0x37, 0xE7, 0x1E, 0x4D),
            initialize_scans=False,
            forbidden_moves=((1, 2), (1, 3), (1, 4)),
            reservation_types=(3, 6, 8),
        ),
        SL150_INTERFACE.at("pages 31, 97, 128, 168, 181-186, 208 and 224")
        + STK_SL150.at("INITIALIZE ELEMENT STATUS")
        + SL150_LIBRARY.at("appendix A"),
    ),
    # Its base module; a CAP of five. What a magazine or a door looks like is not told.
    "sl500": ProfileRow(
        replace(
            STANDARD,
            vendor="STK",
            product="SL500",
            slots=50,
            drives=2,
            mail=5,
            transport_base=0,
            mail_base=10,
            drive_base=500,
            storage_base=1000,
            data_cartridges=20,
            cleaners=1,
            identifier_type=0,
            identifier_field=32,
            transport_excess=4,
            storage_excess=4,
            mail_excess=4,
            drive_excess=4,
            appended_serial=32,
            tells_operator_placed=False,
            unloads_drive=False,
            held_by_drive_sense=Sense(0x05, 0x3A, 0x00),
            mail_open_sense=_CAP_OPEN,
            opcodes=(0x07, 0x37, 0x1E, 0x4D),
            initialize_scans=False,
            reservation_types=(3, 6),
        ),
        SL500_INTERFACE.at("pages 90, 125, 172-176, 189-200, 212-216")
        + sam_codes("stklxx")
        + SAM.at("src/robots/generic/import2.c"),
    ),
    # Where its hand is, and what the descriptors look like, is not told: as in the SL500's.
    "sl3000": ProfileRow(
        replace(
            STANDARD,
            vendor="STK",
            product="SL3000",
            slots=200,
            drives=4,
            mail=26,
            transport_base=0,
            mail_base=10,
            drive_base=1000,
            storage_base=2000,
            data_cartridges=100,
            cleaners=1,
            tells_operator_placed=False,
            allows_for_all=True,
            scans_ranges=False,
            unloads_drive=False,
            held_by_drive_sense=Sense(0x05, 0x3A, 0x00),
            mail_open_sense=_CAP_OPEN,
            opcodes=(0x07, 0x37, 0xE7, 0x1E, 0x4D),
        ),
        STK_SL3000.at("chapter 2")
        + SL3000_GUIDE.at("appendix E")
        + sam_codes("stksl3000")
        + SAM.at("src/robots/generic/element.c and import2.c"),
    ),
}
