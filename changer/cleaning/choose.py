"""Choice of the cleaning cartridge for a drive: by media family, condition and cleanings left.

Of those that can be used the one with the fewest cleanings left: so the others stay whole, and do
not all run out in one week.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from changer.cleaning.cartridge import CleanerState
from changer.cleaning.refusals import together
from changer.drives.media_family import MediaFamily, family_named, family_of_cleaner, may_clean
from changer.errors import ChangerError, InvalidCleaner, SeveralCartridges
from changer.library.element_state import cartridge_name
from changer.library.settings import CleanerChoice
from changer.smc.elements import Element
from changer.values import NamedTuple


class Usable(NamedTuple):
    """A cleaner that lies in its reserved slot and can be used."""

    state: CleanerState
    element: Element

    @property
    def family(self) -> MediaFamily | None:
        """Its media family; None where it is not known."""
        kept = self.state.cleaner.family if self.state.cleaner else None
        settings = self.state.library.settings
        return family_of_cleaner(self.element.tag, settings) or family_named(kept)


class Cleaners(NamedTuple):
    """Those that can be used, and the refusals of the others; ``is_named``: a person named one."""

    usable: tuple[Usable, ...]
    refused: tuple[ChangerError, ...]
    is_named: bool


def usable_cleaners(states: Iterable[CleanerState], *, is_named: bool = False) -> Cleaners:
    """Judge each cleaner. ``is_named``: a person named this one.

    Raises where none can be used: the refusal of the only one; of several, BeingCleaned if one
    may soon be had, the error that all have in common, or else CleanerSpent.
    """
    usable: list[Usable] = []
    refused: list[ChangerError] = []
    judged = tuple(states)
    for state in judged:
        try:
            state.require_unclaimed()
            element = state.require_usable()
            if not is_named:
                require_unique(state, judged)
            usable.append(Usable(state, element))
        except ChangerError as error:
            refused.append(error)
    if not usable:
        raise together(refused, "no cleaning cartridge can be used")
    return Cleaners(tuple(usable), tuple(refused), is_named)


def choose(
    cleaners: Cleaners,
    *,
    family: MediaFamily | None,
    drives: Collection[MediaFamily | None],
    drive: str,
    by: CleanerChoice,
) -> Usable:
    """The cleaner for a drive of a family. Raises as above.

    ``drives``: the families of all drives of the library. ``drive``: its name in words.
    """
    fitting: list[Usable] = []
    refused = [*cleaners.refused]
    for each in cleaners.usable:
        fitness = may_clean(each.family, family, drives=drives, is_named=cleaners.is_named)
        if fitness.fits:
            fitting.append(each)
        else:
            refused.append(
                _misfit(each, fitness.reason, drive, is_known=None not in (each.family, family))
            )
    if not fitting:
        raise together(refused, f"no cleaning cartridge can clean {drive}")
    return min(fitting, key=lambda each: _rank(each.state, by))


def _rank(state: CleanerState, by: CleanerChoice) -> tuple[bool, float, int]:
    """The least comes first: those whose count says that nothing is left come last."""
    left = state.cleaner.cleans_left if state.cleaner else None
    used_at = state.cleaner.last_used_at if state.cleaner else None
    rank = {
        "fewest-left": float("inf") if left is None else left,
        "least-recent": float("-inf") if used_at is None else used_at,
        "slot": state.address,
    }
    return left == 0, rank[by], state.address


def require_unique(state: CleanerState, others: Iterable[CleanerState]) -> None:
    """Raise SeveralCartridges where a cleaner in another slot bears the same label."""
    for other in others:
        is_other = other.address != state.address and other.element is not None
        if is_other and state.tag is not None and other.element and other.element.tag == state.tag:
            raise SeveralCartridges(
                f"{state.name} and {other.name} hold cleaning cartridges with one label,"
                f" {state.tag}",
                hint=f"name the slot of the right one: --cleaner {state.slot}",
            )


def _misfit(cleaner: Usable, reason: str, drive: str, *, is_known: bool) -> InvalidCleaner:
    """``is_known``: the families of both are; else a person may know better."""
    hint = "bring in a cleaner for this drive: changer cleaner reserve SLOT, then insert"
    if not is_known:
        hint += f"; or name this one if you know that it fits: --cleaner {cleaner.state.slot}"
    return InvalidCleaner(
        f"{cartridge_name(cleaner.element)} in {cleaner.state.name} is not for {drive}: {reason}",
        hint=hint,
    )
