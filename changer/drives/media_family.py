"""Which cleaner may clean which drive: media families of both, and cleanings of a new one. Pure.

The family of a cleaner is that of its label, unless the settings name another; that of a drive is
by its product identification. Where neither is plain, no family is made up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase
from typing import TypeVar

from changer.library.library_settings import LibrarySettings
from changer.library.media_labels import family_of_label
from changer.smc.atlas.media import MediaFamily as MediaFamily
from changer.smc.atlas.media import cleanings_of
from changer.values import NamedTuple

_UNCHANGED = LibrarySettings()
ValueT = TypeVar("ValueT")


class Fitness(NamedTuple):
    """Whether a cleaner may clean a drive; where not, why, as the end of a sentence about it."""

    fits: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.fits


def family_of_cleaner(
    volume_tag: str | None, settings: LibrarySettings = _UNCHANGED
) -> MediaFamily | None:
    """The family of a cleaning cartridge; None where neither settings nor label tell it.

    The first pattern of ``cleaner_family`` that fits the label outranks what the label says.
    """
    named = _first_match(volume_tag, settings.cleaner_family)
    return family_of_label(volume_tag) if named is None else named


def family_named(name: str | None) -> MediaFamily | None:
    """The family of that name, as the store keeps it; None for a name that is not known here."""
    return MediaFamily(name) if name in set(MediaFamily) else None


def may_clean(
    cleaner: MediaFamily | None,
    drive: MediaFamily | None,
    *,
    drives: Collection[MediaFamily | None],
    is_named: bool = False,
) -> Fitness:
    """Whether a cleaner of one family may clean a drive.

    drives    families of all drives of the library, this one among them; None for unknown ones.
    is_named  a person named this cleaner for this drive, which answers for a family that is not
              known, and not for one that is another.
    """
    if cleaner is not None and drive is not None:
        return Fitness(fits=cleaner is drive, reason=_other_family(cleaner, drive))
    if is_named:
        return Fitness(fits=True)
    if drive is None:
        return Fitness(fits=False, reason="the media family of the drive is not known")
    if set(drives) <= {drive}:
        return Fitness(fits=True)
    return Fitness(
        fits=False, reason="its media family is not known, and the drives may be of several"
    )


def _other_family(cleaner: MediaFamily, drive: MediaFamily) -> str:
    return "" if cleaner is drive else f"it cleans {cleaner} drives, and the drive is {drive}"


def cleans_of(
    family: MediaFamily | None,
    volume_tag: str | None = None,
    settings: LibrarySettings = _UNCHANGED,
) -> int | None:
    """Cleanings of a new cleaning cartridge; None where nothing tells it: a person is asked.

    By the first pattern of ``cleans`` that fits the label, else by the family there, else by what
    makers of that family grant.
    """
    patterns = {key: number for key, number in settings.cleans.items() if key not in _FAMILIES}
    by_label = _first_match(volume_tag, patterns)
    if by_label is not None or family is None:
        return by_label
    return settings.cleans.get(family, cleanings_of(family))


_FAMILIES = frozenset(each.value for each in MediaFamily)


def _first_match(volume_tag: str | None, by_pattern: Mapping[str, ValueT]) -> ValueT | None:
    """The value of the first pattern, in the order of the file, that fits the whole label."""
    if volume_tag is None:
        return None
    matching = (value for key, value in by_pattern.items() if fnmatchcase(volume_tag, key))
    return next(matching, None)
