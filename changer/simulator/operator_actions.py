"""Actions of an operator, by hand: the table of them, how each is written, what it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from changer.errors import SimulatorRefused
from changer.simulator.creation import new_cartridge
from changer.simulator.drive_life import lay, lift
from changer.simulator.fault_effects import (
    CARTRIDGES_CHANGED,
    MAIL_CHANGED,
    insert_magazine,
    queue_attention,
    remove_magazine,
)
from changer.simulator.geometry import Kind
from changer.simulator.sense import Sense
from changer.simulator.state import Cartridge, Drive, State, check_serial
from changer.simulator.words import Form, Words, address_of, parse_form
from changer.values import dataclass, replace

UNLABELLED = "-"
_DRIVE_INSERTED = Sense(0x06, 0x3B, 0x1B)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that an operator does. ``tags``: of the cartridges brought, ``-`` for no label.

    ``cleans_left``: of a cleaning cartridge that was used before. ``drives``: the bays of drives;
    ``serial``: of a drive that is brought.
    """

    name: str
    tags: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    magazine: int | None = None
    cleans_left: int | None = None
    drives: tuple[int, ...] = ()
    serial: str = ""


def parse_action(words: Sequence[str]) -> Action:
    """The action that the words of a command line ask for. Raises SimulatorRefused."""
    return parse_form(
        words, ACTIONS, lambda name: Action(name=name), what="action", command="operator"
    )


def apply_action(state: State, action: Action, *, now: float) -> None:
    """Change the library as the action does. Raises SimulatorRefused for what can't be done."""
    if state.prevented:
        raise SimulatorRefused(
            f"mail slots and door of {state.name} are locked", hint="changer unlock"
        )
    _EFFECTS[action.name](state, action, now)


# steps of reading


def _tag(action: Action, words: Words) -> Action:
    tag = words.next("the volume tag")
    if len(tag) > 32 or not (tag.isascii() and tag.isprintable()):
        raise words.refusal(f"a volume tag has at most 32 ASCII characters: {tag!r}")
    return replace(action, tags=(*action.tags, tag))


def _tags(action: Action, words: Words) -> Action:
    while words:
        action = _tag(action, words)
    return action


def _place(action: Action, words: Words) -> Action:
    return replace(action, places=(*action.places, words.next("the place")))


def _maybe_place(action: Action, words: Words) -> Action:
    return _place(action, words) if words else action


def _place_before_cleans(action: Action, words: Words) -> Action:
    return action if words.peek().startswith("cleans=") else _maybe_place(action, words)


def _maybe_cleans(action: Action, words: Words) -> Action:
    if not words:
        return action
    name, _, number = words.next("cleans=N").partition("=")
    if name != "cleans" or not number.isdecimal() or len(number) > 4:
        raise words.refusal(f"cleans=N is what may follow, not {name!r}")
    return replace(action, cleans_left=int(number))


def _number(action: Action, words: Words) -> Action:
    return replace(action, magazine=words.number("the magazine", least=1))


def _drive(action: Action, words: Words) -> Action:
    return replace(action, drives=(*action.drives, words.number("the drive", most=998)))


def _serial(action: Action, words: Words) -> Action:
    return replace(action, serial=words.next("the serial number"))


# effects


def _put(state: State, action: Action, _now: float) -> None:
    address = _mail_slot(state, action, full=False)
    state.put(address, replace(_brought(state, action), operator_placed=True))
    queue_attention(state, MAIL_CHANGED)


def _take(state: State, action: Action, _now: float) -> None:
    address = _mail_slot(state, action, full=True)
    cartridge = state.take(address)
    if state.profile.remains_in_mail:
        state.leave_remains(address, cartridge)
    queue_attention(state, MAIL_CHANGED)


def _mail_slot(state: State, action: Action, *, full: bool) -> int:
    """The mail slot that was named, or the first that is full or empty as asked."""
    mail = state.geometry.ranges[Kind.MAIL]
    wanted = [address_of(state, place) for place in action.places] or list(mail)
    for address in wanted:
        if address not in mail:
            raise SimulatorRefused(
                f"{state.geometry.place_of(address)} is not a mail slot",
                hint="changer sim operator NAME insert TAG PLACE, or remove PLACE, opens the door",
            )
        if (address in state.cartridges) is full:
            return address
    raise SimulatorRefused(f"{state.name} has no {'full' if full else 'empty'} mail slot there")


def _within_reach(state: State, place: str) -> int:
    address = address_of(state, place)
    if state.is_out(address):
        raise SimulatorRefused(f"the magazine of {state.geometry.place_of(address)} is out")
    return address


def _insert(state: State, action: Action, now: float) -> None:
    address = _within_reach(state, action.places[0])
    if address in state.cartridges:
        there = state.cartridges[address].tag
        raise SimulatorRefused(f"{action.places[0]} is full ({there})")
    _lay_by_hand(state, address, _brought(state, action), now)
    queue_attention(state, CARTRIDGES_CHANGED)


def _remove(state: State, action: Action, _now: float) -> None:
    address = _within_reach(state, action.places[0])
    if address not in state.cartridges:
        raise SimulatorRefused(f"{action.places[0]} is empty")
    lift(state, address)
    queue_attention(state, CARTRIDGES_CHANGED)


def _swap(state: State, action: Action, now: float) -> None:
    first, second = (_within_reach(state, place) for place in action.places)
    one, other = (
        lift(state, each) if each in state.cartridges else None for each in (first, second)
    )
    for address, cartridge in ((first, other), (second, one)):
        if cartridge is not None:
            _lay_by_hand(state, address, replace(cartridge, source_address=None), now)
    queue_attention(state, CARTRIDGES_CHANGED)


def _lay_by_hand(state: State, address: int, cartridge: Cartridge, now: float) -> None:
    placed = state.geometry.kind_of(address) is Kind.MAIL  # which IMPEXP reports
    lay(state, address, replace(cartridge, operator_placed=placed), now)


def _swap_magazine(state: State, action: Action, now: float) -> None:
    number = action.magazine or 0
    if number not in state.removed:
        remove_magazine(state, number)
    addresses = state.geometry.magazine(number)
    if len(action.tags) > len(addresses):
        raise SimulatorRefused(f"magazine {number} holds {len(addresses)} at most")
    inside = {
        address: new_cartridge(state.profile, tag)
        for address, tag in zip(addresses, action.tags, strict=False)
        if tag != UNLABELLED
    }
    state.change(removed=state.removed | {number: inside})
    insert_magazine(state, number, now)


def _swap_drives(state: State, action: Action, _now: float) -> None:
    state.swap_drives(*(_bay(state, number) for number in action.drives))
    queue_attention(state, _DRIVE_INSERTED)


def _replace_drive(state: State, action: Action, _now: float) -> None:
    number = _bay(state, action.drives[0])
    inside = state.cartridges.get(state.address_of_drive(number))
    if inside is not None:
        raise SimulatorRefused(f"drive {number} holds {inside.tag or 'a cartridge'}")
    try:
        check_serial(action.serial)
    except ValueError as error:
        raise SimulatorRefused(str(error)) from None
    state.drives[number] = Drive(serial=action.serial)
    queue_attention(state, _DRIVE_INSERTED)


def _bay(state: State, number: int) -> int:
    if number >= len(state.drives):
        raise SimulatorRefused(f"{state.name} has no drive {number}")
    return number


def _brought(state: State, action: Action) -> Cartridge:
    tag = "" if action.tags[0] == UNLABELLED else action.tags[0]
    cartridge = new_cartridge(state.profile, tag)
    if action.cleans_left is None:
        return cartridge
    if not cartridge.is_cleaner or action.cleans_left > cartridge.cleans_allowed:
        raise SimulatorRefused(
            f"{tag} can't have that many cleanings left: {action.cleans_left} is more than "
            f"{cartridge.cleans_allowed}"
        )
    return replace(cartridge, cleans_used=cartridge.cleans_allowed - action.cleans_left)


_EFFECTS: dict[str, Callable[[State, Action, float], None]] = {
    "put": _put,
    "take": _take,
    "insert": _insert,
    "remove": _remove,
    "swap": _swap,
    "swap-magazine": _swap_magazine,
    "swap-drives": _swap_drives,
    "replace-drive": _replace_drive,
}
_FORMS: tuple[Form[Action], ...] = (
    Form(
        "put",
        "TAG [mail:N] [cleans=N]",
        "put a cartridge into a mail slot; CLN... is a cleaning cartridge, - has no label",
        [_tag, _place_before_cleans, _maybe_cleans],
    ),
    Form("take", "[mail:N|TAG]", "take a cartridge out of a mail slot", [_maybe_place]),
    Form(
        "insert",
        "TAG PLACE [cleans=N]",
        "put a cartridge anywhere, through the door",
        [_tag, _place, _maybe_cleans],
    ),
    Form("remove", "PLACE", "take a cartridge from anywhere", [_place]),
    Form("swap", "PLACE PLACE", "let two places exchange what is in them", [_place, _place]),
    Form(
        "swap-magazine",
        "N [TAG...]",
        "change a magazine for one with these cartridges, - for an empty slot",
        [_number, _tags],
    ),
    Form(
        "swap-drives",
        "N N",
        "let two drives change bays, each with what is in it",
        [_drive, _drive],
    ),
    Form("replace-drive", "N SERIAL", "put a new drive into an empty one's bay", [_drive, _serial]),
)
ACTIONS = {form.name: form for form in _FORMS}
