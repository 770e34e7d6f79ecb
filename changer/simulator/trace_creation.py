"""New virtual libraries made from recordings, and how far they answer alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from changer.errors import SimulatorRefused
from changer.simulator.agreement import Agreement, compare
from changer.simulator.creation import changed, save_new, with_serials
from changer.simulator.exchange import Exchange
from changer.simulator.from_trace import Derived, profile_of, state_of
from changer.simulator.seen_habits import drive_models_of


def create_from_trace(
    name: str, exchanges: Sequence[Exchange], *, folder: Path, **overrides: Any
) -> tuple[Derived, Agreement]:
    """Make a library that answers as the recorded one did.

    ``overrides`` are fields of Profile. Raises SimulatorRefused, also where too little was
    recorded.
    """
    derived = profile_of(exchanges)
    if not derived.elements:
        raise SimulatorRefused(
            "the trace does not show what elements the library has",
            hint="record a look at it: changer --trace FILE status",
        )
    derived = derived._replace(profile=changed(derived.profile, overrides))
    profile = with_serials(name, derived.profile)
    profile.check()
    state = state_of(name, derived._replace(profile=profile))
    save_new(state, folder)
    return derived, compare(state, exchanges, units_of(exchanges, derived))


def units_of(exchanges: Sequence[Exchange], derived: Derived) -> Mapping[str, int]:
    """The number of each drive that was asked, by its device, as far as it is known."""
    asked = drive_models_of(exchanges)
    found: dict[str, int] = {}
    for device, own in asked.items():
        for number, drive in enumerate(derived.drives):
            if drive.serial and str(own.get("serial", "")).endswith(drive.serial):
                found.setdefault(device, number)
        if derived.profile.drives == len(asked) == 1:
            found.setdefault(device, 0)
    return found
