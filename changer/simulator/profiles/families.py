"""Profiles of families of models, under names of their own."""

from __future__ import annotations

from changer.simulator.profile import Profile
from changer.simulator.profile_choices import Identifiers, MagazineOut
from changer.simulator.profiles.row import ProfileRow
from changer.simulator.sense import Additional
from changer.smc.atlas.evidence import DELL_TL, MAGNUM_1X7, SCALAR, SLR_LOADER, SUPERLOADER

ROWS: dict[str, ProfileRow] = {
    # Dell TL2000 and the IBM TS3100 family: elements of a removed magazine are disabled.
    "autoloader": ProfileRow(
        Profile(
            product="AUTOLOADER",
            drive_vendor="IBM",
            drive_product="ULT3580-TD8",
            drive_revision="HB82",
            slots=8,
            transport_base=1,
            mail_base=16,
            drive_base=256,
            storage_base=4096,
            magazine_size=4,
            data_cartridges=4,
            magazine_out=MagazineOut.DISABLED,
            reservations_spare=(0x1A, 0x5A, 0x1E),
            cleaner_sense=Additional(0x30, 0x03),
            opcodes=(0x07, 0x37, 0xE7, 0x2B, 0x1B, 0x1E, 0x4D),
            forbidden_moves=((3, 3),),
            answers_while_moving=True,
        ),
        DELL_TL.at(),
    ),
    # Quantum SuperLoader 3: ACCESS=0 is all that it reports; not ready without any magazine.
    "superloader": ProfileRow(
        Profile(
            product="SUPERLOADER",
            slots=16,
            transport_base=0,
            mail_base=17,
            drive_base=256,
            storage_base=1,
            magazine_size=8,
            data_cartridges=8,
            magazine_out=MagazineOut.NOT_ACCESSIBLE,
            no_magazine_not_ready=Additional(0x04, 0x03),
            identifiers=Identifiers.DRIVES_ONLY,
            opcodes=(0x07, 0x2B, 0x1E, 0x4D),
            reservation_types=(1, 3, 5, 6),
            answers_while_moving=True,
        ),
        SUPERLOADER.at(),
    ),
    # Scalar i40, i500, i2000: identifiers are reported even when nothing else is.
    "scalar": ProfileRow(
        Profile(
            product="SCALAR",
            slots=36,
            drives=2,
            mail=6,
            transport_base=1,
            mail_base=16,
            drive_base=256,
            storage_base=4096,
            magazine_size=12,
            data_cartridges=20,
            magazine_out=MagazineOut.EXCEPT_3B12,
            identifiers_when_not_ready=True,
            opcodes=(0x07, 0xE7, 0x2B, 0x1B, 0x1E, 0x4D),
            reservation_types=(3, 6),
            descriptor_sense=True,
            answers_while_moving=True,
        ),
        SCALAR.at(),
    ),
    # Exabyte Magnum and Tandberg: vendor codes 83h; tapes come and go through slots only.
    "exabyte": ProfileRow(
        Profile(
            product="MAGNUM",
            slots=20,
            drives=2,
            mail=1,
            transport_base=0,
            mail_base=50,
            drive_base=80,
            storage_base=1,
            magazine_size=10,
            data_cartridges=10,
            magazine_out=MagazineOut.EXCEPT_8302,
            identifiers=Identifiers.NOT_WITH_VOLTAG,
            undefined_tag_blanks=True,
            medium_types=False,
            cleaner_medium_type=False,
            forbidden_moves=((3, 4), (4, 3)),
            opcodes=(0x07, 0x37, 0x2B, 0xA6, 0x1E, 0x4D),
            scsi2_addresses=True,
            answers_while_moving=True,
        ),
        MAGNUM_1X7.at() + SLR_LOADER.at(),
    ),
}
