"""INITIALIZE ELEMENT STATUS: the library scans its elements with the robot."""

from __future__ import annotations

from changer.errors import UnsupportedByLibrary, UsageError
from changer.host.clock import TimedStep
from changer.library.addressing import Numbering, Place, PlaceKind
from changer.library.library import Library
from changer.smc.atlas.habits import Habit, has_habit
from changer.smc.cdb import initialize_element_status, initialize_element_status_with_range
from changer.smc.elements import Model


def initialize_elements(library: Library, places: tuple[Place, Place] | None) -> bool:
    """Make the library scan its elements, from the first place to the last, or all of them.

    Takes the library's lock, and minutes to an hour. Returns as initialize_locked. Raises
    UsageError for a range of pickers, LibraryDisabled, LibraryBusy, InvalidSlot, NoSuchDrive.
    """
    require_range(places)
    library.require_usable()
    with library.locked():
        first, count = (0, 0) if places is None else _addresses(library, *places)
        return initialize_locked(library, first_address=first, count=count)


def require_range(places: tuple[Place, Place] | None) -> None:
    """Raise UsageError for a range of pickers, which takes no library to see."""
    if places is not None and places[0].kind is PlaceKind.PICKER:
        raise UsageError(
            "the picker can't be inventoried", hint="a range is 1-12, or mail:1-mail:2"
        )


def _addresses(library: Library, start: Place, end: Place) -> tuple[int, int]:
    numbering = Numbering(library.reader.assignment())
    first, last = numbering.address_of(start), numbering.address_of(end)
    return first, last - first + 1


def initialize_locked(library: Library, *, first_address: int, count: int) -> bool:
    """Make the library scan ``count`` elements from an address, or all; under the caller's lock.

    True when only the range was asked for: a library without 37h and E7h scans everything (07h), of
    which the user is warned before; and of one that answers GOOD and does nothing.

    Raises InvalidSlot for a range that the library refuses: it has no such elements.
    """
    timeout_seconds = library.settings.inventory_timeout_seconds
    words = "the library is taking inventory"
    library.context.progress(TimedStep(words, limit_seconds=timeout_seconds))
    if count:
        _warn_if_ignored(library, of_range=True)
        if _scanned_range(library, first_address, count):
            return True
        library.context.warn(
            "the library does not support ranges, so it scans everything (for up to "
            f"{timeout_seconds / 60:.0f} min)"
        )
    _warn_if_ignored(library, of_range=False)
    library.session.send(initialize_element_status(timeout_seconds=timeout_seconds))
    if not count:
        library.memory.forget()  # a person has it looked at anew: what it can, too
    return False


def is_ignored(model: Model, *, of_range: bool) -> bool:
    """Whether a model is known to answer GOOD to an inventory, of a range or all, and not look."""
    return has_habit(Habit.IGNORES_RANGES if of_range else Habit.SCANS_NOTHING, model)


def _warn_if_ignored(library: Library, *, of_range: bool) -> None:
    if is_ignored(library.session.model, of_range=of_range):
        library.context.warn(
            f"{library.identity.name} answers this command without looking: what it shows is what "
            f"it knew before; {_instead(library.session.model)}"
        )


def _instead(model: Model) -> str:
    """What makes such a library look, for people."""
    if len(_may_have(model)) == 1 and not has_habit(Habit.IGNORES_RANGES, model):
        return "it looks at a range: name one, as in changer inventory --range 1-12"
    return "have it take inventory at its panel or web page"


def _scanned_range(library: Library, first_address: int, count: int) -> bool:
    """Have a range scanned, by 37h or E7h; False where the library has neither."""
    for vendor_specific in _may_have(library.session.model):
        command = initialize_element_status_with_range(
            first_address,
            count,
            vendor_specific=vendor_specific,
            timeout_seconds=library.settings.inventory_timeout_seconds,
        )
        feature = f"opcode-{command.cdb[0]:02x}"
        if library.memory.lacks(feature):
            continue
        try:
            library.session.send(command)
        except UnsupportedByLibrary:
            library.memory.learn_refusal(feature)
        else:
            return True
    return False


def _may_have(model: Model) -> tuple[bool, ...]:
    """The commands for a range to try: 37h (False), and the vendor's E7h (True)."""
    if has_habit(Habit.SCANS_NO_RANGE, model):
        return ()
    if has_habit(Habit.RANGES_BY_37, model):
        return (False,)
    return (True,) if has_habit(Habit.RANGES_BY_E7, model) else (False, True)
