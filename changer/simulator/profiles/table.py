"""Profiles by name; the module of a maker is imported when one of its profiles is looked up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from changer.simulator.profile import Profile
from changer.simulator.profiles.row import ProfileRow
from changer.smc.atlas.evidence import Sources

DEFAULT_PROFILE = "autoloader"
# By module.
_NAMES: dict[str, tuple[str, ...]] = {
    "teaching": ("demo", "omitting", "two-families", "no-identifiers", "large", "huge", "bare"),
    "families": ("autoloader", "superloader", "scalar", "exabyte"),
    "exabyte": ("magnum-1x7", "magnum-224"),
    "hp": ("msl3040", "msl-g3"),
    "ibm": ("ts3100", "ts3200", "ts3500", "ts4500"),
    "oracle": ("l700", "sl150", "sl500", "sl3000"),
    "quantum": ("p3000", "scalar-i500", "superloader-3"),
    "spectra": ("t50",),
}


class _Profiles(Mapping[str, Profile]):
    """All profiles, in the order of the manual."""

    def __getitem__(self, name: str) -> Profile:
        return _row(name).profile

    def __iter__(self) -> Iterator[str]:
        return (name for names in _NAMES.values() for name in names)

    def __len__(self) -> int:
        return sum(map(len, _NAMES.values()))

    def __contains__(self, name: object) -> bool:
        return any(name in names for names in _NAMES.values())


PROFILES: Mapping[str, Profile] = _Profiles()


def sources_of(name: str) -> Sources:
    """The documents that a profile is made from; none for one after no model. KeyError."""
    return _row(name).sources


def _row(name: str) -> ProfileRow:
    for module, names in _NAMES.items():
        if name in names:
            rows: dict[str, ProfileRow] = import_module(f"{__package__}.{module}").ROWS
            return rows[name]
    raise KeyError(name)
