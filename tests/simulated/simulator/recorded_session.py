"""What is asked of a library whose answers become a recording, and its answers as exchanges."""

from __future__ import annotations

from changer.simulator.exchange import Exchange
from changer.simulator.profile import Profile
from changer.simulator.profile_choices import VolumeTags
from changer.simulator.state import State
from changer.simulator.target import answer

ADDRESSES, CAPABILITIES = "1a081d00ff00", "1a081f00ff00"
IDENTITY = ("120000006000", "12018000fc00", "12018300fc00")
TAPE_ALERT = "4d002e00000000ffff00"
MOST_DRIVES = 20


def asked(state: State, *cdbs: str, drive: int | None = None) -> list[Exchange]:
    """What a library, or one of its drives, answers."""
    found = []
    for number, text in enumerate(cdbs):
        cdb = bytes.fromhex(text)
        reply = answer(state, cdb, unit=drive, now=60.0 * number).reply
        device = None if drive is None else f"/drive:{drive}"
        found.append(Exchange(device, cdb, int(reply.status), reply.data, reply.sense))
    return found


def status_of(profile: Profile) -> list[str]:
    """The commands of a status: each type with labels, and the drives with identifiers."""
    parts = [f"b81{kind}0000ffff0000ffff0000" for kind in (1, 2, 3, 4)]
    if profile.volume_tags is VolumeTags.REFUSED:
        parts += [f"b80{kind}0000ffff0000ffff0000" for kind in (1, 2, 3, 4)]
    return [*parts, "b8040000ffff0100ffff0000", "b8140000ffff0100ffff0000"]


def session(state: State) -> list[Exchange]:
    """A look, a load and an unload, and what every drive says of itself."""
    profile = state.profile
    drive = f"{profile.drive_base:04x}"
    slot = f"{next(iter(sorted(state.cartridges))):04x}"
    status = status_of(profile)
    found = asked(state, *IDENTITY, ADDRESSES, "1a081e00ff00", CAPABILITIES, *status)
    found += asked(state, f"a5000000{slot}{drive}00000000", *status)
    found += asked(state, f"a5000000{drive}{slot}00000000", *status)
    for number in range(min(profile.drives, MOST_DRIVES)):
        found += asked(state, *IDENTITY[:2], "4d000000000000010000", drive=number)
    return found


def thorough_session(state: State) -> list[Exchange]:
    """That, and one of each command by which a library shows a habit."""
    profile = state.profile
    slot, mail = f"{profile.storage_base:04x}", f"{profile.mail_base:04x}"
    no_code, all_types, current, reserved = (
        "ff0000000000",
        "b8100000ffff0000ffff0000",
        "b80200000001020000ff0000",
        "b80200000001040000ff0000",
    )
    named = [f"b80{kind}0000ffff01001fff0000" for kind in (1, 2)]
    ranges = [f"{opcode}01{slot}000000010000" for opcode in ("37", "e7")]
    blocks, log, keys = "1a001f00ff00", TAPE_ALERT, "5e020000000000000800"
    return [
        *session(state),
        *asked(state, no_code, "5a001d0000000000ff00", all_types, current, reserved, *named, keys),
        *asked(state, "070000000000", *ranges, f"2b000000{slot}00000000", f"1b00{mail}0100"),
        *asked(state, "1e0000000000", log, f"a6000000{slot}{slot}{slot}0000", blocks),
        *asked(state, *(f"b81{kind}fff0ffff0000ffff0000" for kind in (2, 3))),
        *(
            each
            for number in range(min(profile.drives, MOST_DRIVES))
            for each in asked(
                state, "1a0000000c00", "1201b400ff00", "4d005100000000010000", log, drive=number
            )
        ),
    ]
