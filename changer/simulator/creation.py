"""New virtual libraries: fields of the profile, serial numbers, the first cartridges."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_type_hints
from zlib import crc32

from changer.errors import SimulatorRefused
from changer.simulator.drive_model import DRIVE_MODELS, DriveModel, cleaner_tag, family_of_cleaner
from changer.simulator.geometry import Kind
from changer.simulator.profile import DEMO, Profile
from changer.simulator.profiles.table import DEFAULT_PROFILE, PROFILES
from changer.simulator.records import from_json, to_json
from changer.simulator.sense import Additional, Sense
from changer.simulator.state import CLEANING_MEDIUM, Cartridge, Drive, State
from changer.simulator.state_file import StateFile, clear_errors
from changer.simulator.words import meant, parse_additional, parse_sense
from changer.values import replace

CLEANER_PREFIX = "CLN"
_ILLEGAL_REQUEST = 0x05
_BOOLEANS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def create(name: str, *, folder: Path, profile: str = DEFAULT_PROFILE, **overrides: Any) -> None:
    """Make a new virtual library; ``overrides`` are fields of Profile. Raises SimulatorRefused."""
    save_new(new_state(name, _profile(profile, overrides)), folder)


def save_new(state: State, folder: Path) -> None:
    """Write the file of a new library. Raises SimulatorRefused if there is one of that name."""
    name = state.name
    file = StateFile(name, folder)
    state.changed = True  # also one without a cartridge is to be saved
    with clear_errors(folder):
        _make(folder)
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


def create_demo(folder: Path) -> None:
    """Make the demo library, unless it is there."""
    try:
        create(DEMO, folder=folder, profile=DEMO)
    except SimulatorRefused:
        # Another process was quicker.
        if not StateFile(DEMO, folder).exists():
            raise


# the profile


def parse_override(text: str) -> tuple[str, Any]:
    """``slots=24``, ``magazine_out=omitted``: name and value, for ``create(..., **dict(...))``.

    Raises SimulatorRefused.
    """
    name, separator, value = text.partition("=")
    hints = get_type_hints(Profile)
    if name in hints and not separator:
        raise SimulatorRefused(f"{name} has no value", hint=f"{name}=VALUE")
    if name not in hints:
        raise SimulatorRefused(
            f"{text!r} is not a setting of a profile{meant(name, hints)}",
            hint=f"FIELD=VALUE; fields: {', '.join(hints)}",
        )
    try:
        return name, _value(hints[name], value)
    except (ValueError, KeyError):
        raise SimulatorRefused(f"{name} can't be {value!r}") from None


def _value(hint: Any, text: str) -> Any:
    if hint is bool:
        return _BOOLEANS[text.lower()]
    if hint in (int, float):
        return hint(text)
    if hint in (Additional, Additional | None):
        return None if text in ("", "none") else parse_additional(text)
    if hint in (Sense, Sense | None):
        return None if text in ("", "none") else parse_sense(text, key=_ILLEGAL_REQUEST)
    if hint == tuple[DriveModel, ...]:
        return tuple(DRIVE_MODELS[name] for name in text.split(",") if name)
    if hint == tuple[int, ...]:
        return tuple(int(part, 0) for part in text.split(",") if part)
    if hint == tuple[tuple[int, int], ...]:
        return tuple(_pair(part) for part in text.split(",") if part)
    return text  # a string, or the value of an enumeration, which create() checks


def _pair(text: str) -> tuple[int, int]:
    first, second = text.split(":")
    return int(first), int(second)


def _profile(name: str, overrides: dict[str, Any]) -> Profile:
    if name not in PROFILES:
        raise SimulatorRefused(
            f"there is no profile {name!r}{meant(name, PROFILES)}",
            hint=f"profiles: {', '.join(PROFILES)}",
        )
    return changed(PROFILES[name], overrides)


def changed(profile: Profile, overrides: Mapping[str, Any]) -> Profile:
    """The profile with other values of some fields. Raises SimulatorRefused."""
    # Through the same check of types as a file: overrides come from a command line.
    values = to_json(profile) | {key: to_json(value) for key, value in overrides.items()}
    try:
        return from_json(Profile, values)
    except (ValueError, OverflowError) as error:
        raise SimulatorRefused(f"no such virtual library: {error}") from None


# the first cartridges


def new_state(name: str, profile: Profile) -> State:
    """A new library, filled as its profile requires. Raises SimulatorRefused."""
    profile = with_serials(name, profile)
    profile.check()
    state = State(name, profile, drives=[Drive()] * profile.drives)
    state.labels_unknown = profile.labels_after_scan
    storage = state.geometry.ranges[Kind.STORAGE]
    free = set(profile.free_slots)
    slots = iter([a for number, a in enumerate(storage, 1) if number not in free])
    # range first: zip would take a slot too many before it saw that the cartridges are out.
    for number, address in zip(range(1, profile.data_cartridges + 1), slots, strict=False):
        state.put(address, new_cartridge(profile, f"A{number:05d}L8"))
    places = iter(state.geometry.ranges[Kind.MAIL]) if profile.cleaner_in_mail else slots
    families = tuple(dict.fromkeys(each.family for each in profile.drive_models if each.family))
    for number, address in zip(range(1, profile.cleaners + 1), places, strict=False):
        cleaner = new_cartridge(profile, cleaner_tag(number, families))
        state.put(address, replace(cleaner, operator_placed=profile.cleaner_in_mail))
    return state


def new_cartridge(profile: Profile, tag: str) -> Cartridge:
    """A cartridge fresh from its box; a tag that starts with CLN makes it a cleaning cartridge."""
    if tag.startswith(CLEANER_PREFIX):
        allowed = _cleans_allowed(profile, family_of_cleaner(tag))
        return Cartridge(tag=tag, medium_type=CLEANING_MEDIUM, cleans_allowed=allowed)
    return Cartridge(tag=tag)


def _cleans_allowed(profile: Profile, family: str) -> int:
    of_family = (each.cleans_allowed for each in profile.drive_models if each.family == family)
    return next(of_family, profile.cleans_allowed)


def with_serials(name: str, profile: Profile) -> Profile:
    """Serial numbers of its own, from its name: the same library has the same ones every time."""
    number = crc32(name.encode())
    return replace(
        profile,
        serial=profile.serial or f"SIM{number:010d}",
        drive_serial=profile.drive_serial or f"D{number & 0xFFFFFF:06X}",
    )
