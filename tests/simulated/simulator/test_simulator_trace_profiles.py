"""A recording of a thorough session gives back the profile of the library that answered it."""

from __future__ import annotations

from typing import Any

import pytest

from changer.simulator.agreement import Agreement, compare
from changer.simulator.creation import new_state
from changer.simulator.from_trace import profile_of
from changer.simulator.profile import Profile
from changer.simulator.profile_choices import VolumeTags
from changer.simulator.profiles.table import PROFILES
from changer.values import fields

from .recorded_session import IDENTITY, asked, thorough_session

EACH = [each for each in PROFILES if each != "huge"]
# What no command shows, or only one that such a session does not send.
NEVER_TOLD = {
    *("magazine_size", "first_magazine_lacks", "cleans_allowed", "allocation_low_16_bits"),
    *("element_disabled_bit", "identifiers_when_not_ready", "remains_in_mail", "magazine_out"),
    *("tells_operator_placed", "no_magazine_not_ready", "cleaner_spent_sense"),
    *("cleaner_home_sense", "unreadable_sense", "occupancy_unknown_sense", "door_open_sense"),
    *("mail_open_sense", "spent_cleaner_move_sense", "initialize_scans", "exchange_works"),
    *("marks_cleaners", "labels_after_scan", "allows_for_all", "reservations_by_port"),
    *("reservations_spare", "reservations_refuse", "ejects_cleaner", "answers_while_moving"),
    *("move_seconds", "inventory_seconds", "drive_load_seconds", "cleaning_seconds"),
}
OF_CONTENTS = {"data_cartridges", "free_slots", "cleaners", "cleaner_in_mail", "drive_models"}
# A library without mail slots forbids each move from and to them.
NO_MAIL = ((1, 3), (2, 3), (3, 2), (3, 3), (3, 4), (4, 3))


def expected(original: Profile) -> dict[str, Any]:
    """The fields that a recording gives back, where they are not simply those of the original."""
    values: dict[str, Any] = {"opcodes": tuple(sorted(original.opcodes))}
    if not original.mail and original.capabilities_page:
        values["forbidden_moves"] = NO_MAIL
    if original.drive_models:  # names of the first drive, density of the last
        first, last = original.drive_models[0], original.drive_models[-1]
        values |= {"drive_vendor": first.vendor, "drive_product": first.product}
        values |= {"drive_revision": first.revision, "drive_density": last.density}
    return values


@pytest.mark.parametrize("only_library", [False, True])
def test_profile_of_each_library_is_given_back(only_library: bool) -> None:
    never = {each.name for each in fields(Profile)}
    for name in EACH:
        original = new_state(name, PROFILES[name])
        recorded = thorough_session(original.copy())
        derived = profile_of([each for each in recorded if not only_library or not each.drive])
        told = [
            each.name
            for each in fields(Profile)
            if each.name not in (*derived.not_told, *OF_CONTENTS, "drive_serial")
        ]
        special = expected(original.profile)
        given = {each: getattr(derived.profile, each) for each in told}
        meant = {each: special.get(each, getattr(original.profile, each)) for each in told}
        assert (name, given) == (name, meant)
        never &= {*derived.not_told}
    of_drives = {"drive_revision", "drive_log_pages", "drive_density", "drive_element_address"}
    assert never == (NEVER_TOLD | of_drives if only_library else NEVER_TOLD)


def test_drives_and_cartridges_of_each_library_are_given_back() -> None:
    for name in EACH:
        original = new_state(name, PROFILES[name])
        if original.profile.most_descriptors:
            continue  # not all of it was seen
        derived = profile_of(thorough_session(original.copy()))
        profile = original.profile
        has_labels = profile.volume_tags is not VolumeTags.REFUSED
        held = {
            at: (each.tag if has_labels else "", each.is_cleaner)
            for at, each in original.cartridges.items()
        }
        assert {at: (each.tag, each.is_cleaner) for at, each in derived.cartridges.items()} == held
        assert [each.serial for each in derived.drives] == [
            original.serial_of_drive(number) for number in range(profile.drives)
        ]
        assert [(each.mounted, each.model is None) for each in derived.drives] == [
            (False, n == 0 or not profile.drive_models) for n in range(profile.drives)
        ]
        kinds = {each.kind: each.address for each in derived.elements}
        assert kinds == {
            kind: there[-1] for kind, there in profile.geometry.ranges.items() if there
        }


def test_replies_of_known_devices_are_compared_and_others_counted_by_opcode() -> None:
    state = new_state("bench", PROFILES["demo"])
    (names, serial) = asked(state, *IDENTITY[:2])
    (ready, again) = asked(state, "000000000000", "000000000000")
    (of_drive,) = asked(state, IDENTITY[1], drive=1)
    refused = ready._replace(status=2, sense=bytes.fromhex("720204830000000000"))
    failed = names._replace(status=2, sense=bytes.fromhex("720444000000000000"))
    exchanges = [
        *(names, names._replace(status=None), serial, ready, again, of_drive),
        *(of_drive._replace(drive="/dev/sg9"), refused, refused, failed),
        *(serial._replace(data=serial.data[:-1]), serial._replace(data=b"\0" + serial.data)),
    ]
    units = {"/drive:1": 1}
    assert compare(state, exchanges, units) == Agreement(
        replies=10,
        same=5,
        others={0x00: 2, 0x12: 3},
        codes=((0x00, 0x02, 0x04, 0x83), (0x12, 0x04, 0x44, 0x00)),
    )
    assert compare(state, [], units) == Agreement(0, 0, {}, ())
    assert compare(state, [of_drive], {"/drive:1": 0}).others == {0x12: 1}, "another drive's"
