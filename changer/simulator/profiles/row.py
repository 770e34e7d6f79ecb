"""Row of the table of profiles: a profile, and the documents that it is made from."""

from __future__ import annotations

from changer.simulator.profile import Profile
from changer.simulator.sense import Additional
from changer.smc.atlas.evidence import Sources
from changer.values import NamedTuple

# T10's codes, where the maker's are not known: element status unknown; manual intervention.
STATUS_UNKNOWN = Additional(0x53, 0x08)
INTERVENTION = Additional(0x04, 0x03)

# What a model's profile is where its documents are silent: as T10 has it, without vendor codes.
STANDARD = Profile(
    unreadable_sense=None,
    occupancy_unknown_sense=STATUS_UNKNOWN,
    door_open_sense=INTERVENTION,
    answers_while_moving=True,
)

MADE_UP: Sources = ()


class ProfileRow(NamedTuple):
    """A profile and its sources, which are none for one that is after no model."""

    profile: Profile
    sources: Sources
