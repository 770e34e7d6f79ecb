"""Profiles after no model: for a first look, and for what a changer may do by the standard."""

from __future__ import annotations

from changer.simulator.drive_model import DLT, DRIVE_MODELS, LTO
from changer.simulator.profile import DEMO, Profile
from changer.simulator.profile_choices import Identifiers, MagazineOut, Unmatched, VolumeTags
from changer.simulator.profiles.row import MADE_UP, ProfileRow

ROWS: dict[str, ProfileRow] = {
    # For a first look: small, quick, everything supported; the cleaner waits in the mail slot.
    DEMO: ProfileRow(
        Profile(
            slots=12,
            drives=2,
            mail=2,
            magazine_size=6,
            data_cartridges=6,
            free_slots=(4, 6, 9, 10, 11, 12),
            cleaners=1,
            cleaner_in_mail=True,
            drive_load_seconds=1.0,
            cleaning_seconds=3.0,
        ),
        MADE_UP,
    ),
    # Leaves what is not there out of its report, as the standard permits.
    "omitting": ProfileRow(
        Profile(
            product="OMITTING",
            slots=24,
            drives=2,
            mail=2,
            magazine_size=8,
            data_cartridges=12,
            magazine_out=MagazineOut.OMITTED,
            unmatched=Unmatched.BAD_ADDRESS,
            descriptors_per_page=5,
            all_types_by_address=True,
            answers_while_moving=True,
        ),
        MADE_UP,
    ),
    # Drives of two families side by side, and a cleaner of each, as older libraries had them.
    "two-families": ProfileRow(
        Profile(
            product="TWO FAMILIES",
            slots=20,
            drives=2,
            mail=2,
            data_cartridges=8,
            cleaners=2,
            drive_models=(DRIVE_MODELS[LTO], DRIVE_MODELS[DLT]),
            answers_while_moving=True,
        ),
        MADE_UP,
    ),
    # Reports no identifiers; each drive knows the element address that the library gave it.
    "no-identifiers": ProfileRow(
        Profile(
            product="NO IDENTIFIERS",
            drive_vendor="IBM",
            drive_product="ULT3580-TD8",
            drive_revision="HB82",
            slots=16,
            drives=2,
            mail=2,
            data_cartridges=8,
            identifiers=Identifiers.REFUSED,
            drive_element_address=True,
            answers_while_moving=True,
        ),
        MADE_UP,
    ),
    "large": ProfileRow(
        Profile(
            product="LARGE LIBRARY",
            slots=2000,
            drives=16,
            mail=32,
            magazine_size=20,
            data_cartridges=1600,
            cleaners=2,
            most_descriptors=1000,
            allocation_low_16_bits=True,
            answers_while_moving=True,
        ),
        MADE_UP,
    ),
    # Every element address there can be, but for a few hundred.
    "huge": ProfileRow(
        Profile(
            product="HUGE LIBRARY",
            slots=64_500,
            drives=372,
            mail=120,
            transports=8,
            transport_base=1,
            mail_base=101,
            drive_base=301,
            storage_base=1001,
            data_cartridges=60_000,
            cleaners=20,
            answers_while_moving=True,
        ),
        MADE_UP,
    ),
    # The least that a changer can be.
    "bare": ProfileRow(
        Profile(
            product="BARE",
            slots=6,
            mail=0,
            transport_base=0,
            drive_base=1,
            storage_base=2,
            data_cartridges=3,
            volume_tags=VolumeTags.REFUSED,
            identifiers=Identifiers.REFUSED,
            identifier_block=False,
            element_disabled_bit=False,
            medium_types=False,
            cleaner_medium_type=False,
            current_data=False,
            all_types=False,
            mode_sense_10=False,
            geometry_page=False,
            capabilities_page=False,
            opcodes=(0x07, 0x1E),
            reservation_types=(),
            port_designators=False,
            answers_while_moving=True,
        ),
        MADE_UP,
    ),
}
