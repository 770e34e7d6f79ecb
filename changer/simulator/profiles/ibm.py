"""Profiles after IBM's libraries."""

from __future__ import annotations

from changer.simulator.profile import Profile
from changer.simulator.profile_choices import MagazineOut
from changer.simulator.profiles.row import STATUS_UNKNOWN, ProfileRow
from changer.simulator.sense import Additional, Sense
from changer.smc.atlas.evidence import DELL_TL, IBM_DTL, IBM_TS4500, SAM, TS3100_SERVICE, sam_codes
from changer.values import replace

# A DVCID reply hides the status; cleaners are flagged as exceptions.
_TS3500 = Profile(
    vendor="IBM",
    product="03584L32",
    revision="D480",
    drive_vendor="IBM",
    drive_product="ULT3580-TD8",
    drive_revision="HB82",
    slots=60,
    drives=4,
    mail=16,
    transport_base=0x001,
    mail_base=0x301,
    drive_base=0x101,
    storage_base=0x401,
    data_cartridges=30,
    cleaners=1,
    identifier_hides_status=True,
    unreadable_sense=None,
    occupancy_unknown_sense=STATUS_UNKNOWN,
    door_open_sense=Additional(0x04, 0x85),
    cleaner_medium_type=False,
    cleaner_sense=Additional(0x30, 0x03),
    initialize_scans=False,
    opcodes=(0x07, 0xE7, 0x2B, 0xA6, 0x1E, 0x4D),
    reservations_by_port=True,
    tells_operator_placed=False,
    mail_open_sense=Sense(0x02, 0x04, 0x84),
    reservations_spare=(0xB8, 0x1A, 0x5A),
    answers_while_moving=True,
)
# Elements of a magazine that is out are disabled; 5/44/81 is of a drive that still holds its tape.
_TS3100 = Profile(
    vendor="IBM",
    product="3573-TL",
    revision="6.50",
    drive_vendor="IBM",
    drive_product="ULT3580-TD8",
    drive_revision="HB82",
    slots=23,
    drives=1,
    mail=1,
    transport_base=1,
    mail_base=16,
    drive_base=256,
    storage_base=4096,
    magazine_size=12,
    first_magazine_lacks=1,
    data_cartridges=12,
    cleaners=1,
    cleaner_sense=Additional(0x30, 0x03),
    unreadable_sense=Additional(0x83, 0x01),
    occupancy_unknown_sense=Additional(0x83, 0x00),
    door_open_sense=Additional(0x04, 0x83),
    held_by_drive_sense=Sense(0x05, 0x44, 0x81),
    magazine_out=MagazineOut.DISABLED,
    forbidden_moves=((3, 3),),
    opcodes=(0x07, 0x37, 0x2B, 0x1E, 0x4D),
    reservations_spare=(0x1A, 0x5A, 0x1E),
    answers_while_moving=True,
)
_TL = DELL_TL.at("pages 3-2, 3-7 and 3-62; tables of sense codes")
_3584 = sam_codes("ibm3584") + SAM.at("src/robots/generic/import2.c")

ROWS: dict[str, ProfileRow] = {
    "ts3100": ProfileRow(_TS3100, TS3100_SERVICE.at("table 60 and 62") + _TL),
    # How its slots are divided among its magazines is not told.
    "ts3200": ProfileRow(
        replace(
            _TS3100,
            slots=45,
            drives=2,
            mail=3,
            magazine_size=0,
            first_magazine_lacks=0,
            data_cartridges=24,
        ),
        TS3100_SERVICE.at("table 61") + _TL,
    ),
    "ts3500": ProfileRow(_TS3500, IBM_DTL.at() + _3584),
    # An LTO logical library, which bears the names of a TS3500.
    "ts4500": ProfileRow(
        replace(_TS3500, revision="", slots=100, drives=8, mail=36, data_cartridges=60),
        IBM_TS4500.at("INQUIRY; supported SCSI commands; element addresses") + IBM_DTL.at() + _3584,
    ),
}
