"""What a person put into the mail slots since they were first looked at. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from changer.errors import InvalidCleaner, SeveralCartridges
from changer.library.addressing import Numbering
from changer.library.element_state import cartridge_name, is_cleaner
from changer.smc.elements import Element

__all__ = ["contents", "find_arrival"]


def contents(elements: Iterable[Element]) -> dict[int, str | None]:
    """The cartridges there: address to volume tag, None for one without a label."""
    return {each.address: each.tag for each in elements if each.full}


def find_arrival(
    elements: Iterable[Element],
    *,
    before: Mapping[int, str | None],
    numbering: Numbering,
    cleaner_prefixes: tuple[str, ...],
    assume_cleaner: bool = False,
) -> Element | None:
    """The cleaning cartridge that came in, or None as long as nothing came.

    ``before``: the contents at the start. What lay there already is nobody's answer, unless it is
    the only cleaning cartridge and nothing else came. ``assume_cleaner``: what comes is one, even
    if the library can't tell.

    Raises SeveralCartridges for more than one, InvalidCleaner for a cartridge that is no cleaner.
    """
    full = [each for each in elements if each.full]
    came = [each for each in full if before.get(each.address, _NOTHING) != each.tag]
    if not came:
        lying = [each for each in full if is_cleaner(each, prefixes=cleaner_prefixes)]
        if len(lying) > 1:
            raise _several(lying, numbering)
        return lying[0] if lying else None
    if len(came) > 1:
        raise _several(came, numbering)
    (element,) = came
    if not (assume_cleaner or is_cleaner(element, prefixes=cleaner_prefixes)):
        raise InvalidCleaner(
            f"{cartridge_name(element)} in {numbering.name_of(element.address)} is no cleaning "
            "cartridge, as far as the library tells",
            hint="take it out again; if it is one, say so with --assume-cleaner",
        )
    return element


_NOTHING = (None,)


def _several(elements: list[Element], numbering: Numbering) -> SeveralCartridges:
    listed = ", ".join(
        f"{cartridge_name(each)} in {numbering.name_of(each.address)}" for each in elements
    )
    return SeveralCartridges(
        f"more than one cartridge is there: {listed}",
        hint="leave one cleaning cartridge in the mail slots, then try again",
    )
