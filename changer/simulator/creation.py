"""New virtual libraries, and old ones made new again."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Any

from changer.errors import SimulatorRefused
from changer.simulator.catalogue import changing, checked_name
from changer.simulator.filling import new_state
from changer.simulator.profile import DEMO, Profile
from changer.simulator.profiles import DEFAULT_PROFILE, PROFILES
from changer.simulator.records import from_json, to_json
from changer.simulator.state_file import StateFile, clear_errors

__all__ = ["DEFAULT_PROFILE", "create", "create_demo", "reset"]


def create(name: str, *, folder: Path, profile: str = DEFAULT_PROFILE, **overrides: Any) -> None:
    """Make a new virtual library; ``overrides`` are fields of Profile. Raises SimulatorRefused."""
    state = new_state(checked_name(name), _profile(profile, overrides))
    state.changed = True  # also one without a cartridge is to be saved
    with clear_errors(folder):
        _make(folder)
    file = StateFile(name, folder)
    try:
        with file.locked():
            if file.exists():
                raise SimulatorRefused(
                    f"there is a virtual library {name!r} already",
                    hint=f"changer sim delete {name}, or choose another name",
                )
            file.save(state)
    finally:
        file.close()


def _make(folder: Path) -> None:
    """With those above it; none for everyone to write to, whatever the umask."""
    if not folder.is_dir():
        _make(folder.parent)
        folder.mkdir(0o755, exist_ok=True)


def reset(name: str, *, folder: Path) -> None:
    """Put a virtual library back to how it was when it was new, faults and all."""
    with changing(name, folder=folder) as state:
        fresh = new_state(name, state.profile)
        for field in ("cartridges", "removed", "remains", "drives", "faults", "flags"):
            state.change(**{field: getattr(fresh, field)})
        state.change(prevented=False, mail_open=False, scanning_until=0.0, robot_busy_until=0.0)


def create_demo(folder: Path) -> None:
    """Make the demo library, unless it is there."""
    try:
        create(DEMO, folder=folder, profile=DEMO)
    except SimulatorRefused:
        # Another process was quicker.
        if not StateFile(DEMO, folder).exists():
            raise


def _profile(name: str, overrides: dict[str, Any]) -> Profile:
    if name not in PROFILES:
        close = get_close_matches(name, PROFILES, 1)
        meant = f"; {close[0]!r} was meant?" if close else ""
        raise SimulatorRefused(
            f"there is no profile {name!r}{meant}", hint=f"profiles: {', '.join(PROFILES)}"
        )
    # Through the same check of types as a file: overrides come from a command line.
    values = to_json(PROFILES[name]) | {key: to_json(value) for key, value in overrides.items()}
    try:
        return from_json(Profile, values)
    except (ValueError, OverflowError) as error:
        raise SimulatorRefused(f"no such virtual library: {error}") from None
