"""Profiles after IBM's libraries."""

from __future__ import annotations

from changer.simulator.profile import Profile
from changer.simulator.profiles.row import STATUS_UNKNOWN, ProfileRow
from changer.simulator.sense import Additional
from changer.smc.atlas.evidence import IBM_DTL

ROWS: dict[str, ProfileRow] = {
    # IBM TS3500 (03584): a DVCID reply hides the status; cleaners are flagged as exceptions.
    "ts3500": ProfileRow(
        Profile(
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
            reservations_spare=(0xB8, 0x1A, 0x5A),
            answers_while_moving=True,
        ),
        IBM_DTL.at(),
    )
}
