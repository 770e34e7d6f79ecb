"""Profiles after libraries of ATL and Quantum."""

from __future__ import annotations

from changer.simulator.profile import Profile
from changer.simulator.profile_choices import Identifiers
from changer.simulator.profiles.row import STATUS_UNKNOWN, ProfileRow
from changer.simulator.sense import Additional
from changer.smc.atlas.evidence import ATL_P3000

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
            answers_while_moving=True,
        ),
        ATL_P3000.at(),
    )
}
