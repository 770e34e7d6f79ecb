"""What a person does to the library with their hands: the table, and its effects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from changer.errors import SimulatorRefused
from changer.simulator.drive_life import load_drive, unload_for_robot
from changer.simulator.fault_effects import (
    CARTRIDGES_CHANGED,
    MAIL_CHANGED,
    insert_magazine,
    queue_attention,
    remove_magazine,
)
from changer.simulator.filling import new_cartridge
from changer.simulator.geometry import Kind
from changer.simulator.places import address_of, place_of
from changer.simulator.state import Cartridge, State
from changer.simulator.words import Words, meant

__all__ = ["ACTIONS", "Action", "ActionKind", "apply_action", "parse_action"]

UNLABELLED = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that a person does. ``tags``: of the cartridges that they bring, ``-`` for none.

    ``cleans_left``: of a cleaning cartridge that was used before.
    """

    name: str
    tags: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    magazine: int | None = None
    cleans_left: int | None = None


@dataclass(frozen=True, slots=True)
class ActionKind:
    """One row: ``arguments`` as the usage shows them, ``help`` in one line."""

    name: str
    arguments: str
    help: str
    read: Callable[[Action, Words], Action]
    apply: Callable[[State, Action, float], None]


def parse_action(words: Sequence[str]) -> Action:
    """The action that the words of a command line ask for. Raises SimulatorRefused."""
    if not words:
        raise SimulatorRefused("no action given", hint=f"actions: {', '.join(ACTIONS)}")
    kind = ACTIONS.get(words[0])
    if kind is None:
        raise SimulatorRefused(
            f"there is no action {words[0]!r}{meant(words[0], ACTIONS)}",
            hint=f"actions: {', '.join(ACTIONS)}",
        )
    left = Words(words[1:], f"operator NAME {kind.name} {kind.arguments}")
    action = kind.read(Action(name=kind.name), left)
    left.end()
    return action


def apply_action(state: State, action: Action, *, now: float) -> None:
    """Do it. Raises SimulatorRefused for what can't be done."""
    if state.prevented:
        raise SimulatorRefused(
            f"mail slots and door of {state.name} are locked", hint="changer unlock"
        )
    ACTIONS[action.name].apply(state, action, now)


# reading


def _read_put(action: Action, words: Words) -> Action:
    action = replace(action, tags=(_tag(words),))
    if words and not (words.peek() or "").startswith("cleans="):
        action = _read_place(action, words)
    return _read_cleans(action, words)


def _read_insert(action: Action, words: Words) -> Action:
    action = replace(action, tags=(_tag(words),))
    return _read_cleans(_read_place(action, words), words)


def _read_cleans(action: Action, words: Words) -> Action:
    if not words:
        return action
    name, _, number = words.next("cleans=N").partition("=")
    if name != "cleans" or not number.isdecimal() or len(number) > 4:
        raise words.refusal(f"cleans=N is what may follow, not {name!r}")
    return replace(action, cleans_left=int(number))


def _read_take(action: Action, words: Words) -> Action:
    return _read_place(action, words) if words else action


def _read_place(action: Action, words: Words) -> Action:
    return replace(action, places=(*action.places, words.next("the place")))


def _read_two_places(action: Action, words: Words) -> Action:
    return _read_place(_read_place(action, words), words)


def _read_swap_magazine(action: Action, words: Words) -> Action:
    action = replace(action, magazine=words.number("the magazine", least=1))
    while words:
        action = replace(action, tags=(*action.tags, _tag(words)))
    return action


def _tag(words: Words) -> str:
    tag = words.next("the volume tag")
    if len(tag) > 32 or not (tag.isascii() and tag.isprintable()):
        raise words.refusal(f"a volume tag has at most 32 ASCII characters: {tag!r}")
    return tag


# doing


def _put(state: State, action: Action, _now: float) -> None:
    address = _mail_slot(state, action, full=False)
    cartridge = _brought(state, action)
    state.put(address, replace(cartridge, operator_placed=True))
    queue_attention(state, MAIL_CHANGED)


def _take(state: State, action: Action, _now: float) -> None:
    address = _mail_slot(state, action, full=True)
    cartridge = state.take(address)
    if state.profile.remains_in_mail:
        state.leave_remains(address, cartridge)
    queue_attention(state, MAIL_CHANGED)


def _mail_slot(state: State, action: Action, *, full: bool) -> int:
    """The mail slot that was named, or the first one that will do."""
    mail = state.geometry.ranges[Kind.MAIL]
    wanted = [address_of(state, place) for place in action.places] or list(mail)
    for address in wanted:
        if address not in mail:
            raise SimulatorRefused(
                f"{place_of(state, address)} is no mail slot",
                hint="changer sim operator NAME insert TAG PLACE, or remove PLACE, opens the door",
            )
        if (address in state.cartridges) is full:
            return address
    raise SimulatorRefused(f"no mail slot of {state.name} is {'full' if full else 'empty'} there")


def _within_reach(state: State, place: str) -> int:
    address = address_of(state, place)
    if state.is_out(address):
        raise SimulatorRefused(f"the magazine of {place_of(state, address)} is out")
    return address


def _insert(state: State, action: Action, now: float) -> None:
    address = _within_reach(state, action.places[0])
    if address in state.cartridges:
        there = state.cartridges[address].tag
        raise SimulatorRefused(f"{action.places[0]} is full ({there})")
    _lay(state, address, _brought(state, action), now)
    queue_attention(state, CARTRIDGES_CHANGED)


def _remove(state: State, action: Action, now: float) -> None:
    address = _within_reach(state, action.places[0])
    if address not in state.cartridges:
        raise SimulatorRefused(f"{action.places[0]} is empty")
    _lay(state, address, None, now)
    queue_attention(state, CARTRIDGES_CHANGED)


def _swap(state: State, action: Action, now: float) -> None:
    first, second = (_within_reach(state, place) for place in action.places)
    one, other = state.cartridges.get(first), state.cartridges.get(second)
    _lay(state, first, other and replace(other, source_address=None), now)
    _lay(state, second, one and replace(one, source_address=None), now)
    queue_attention(state, CARTRIDGES_CHANGED)


def _lay(state: State, address: int, cartridge: Cartridge | None, now: float) -> None:
    """Have this cartridge, or none, in an element."""
    kind = state.geometry.kind_of(address)
    if address in state.cartridges:
        state.take(address)
        if kind is Kind.DRIVE:
            unload_for_robot(state, state.drive_at(address))
    if cartridge is None:
        return
    state.put(address, replace(cartridge, operator_placed=kind is Kind.MAIL))
    if kind is Kind.DRIVE:
        load_drive(state, state.drive_at(address), now)


def _swap_magazine(state: State, action: Action, now: float) -> None:
    number = action.magazine or 0
    if number not in state.removed:
        remove_magazine(state, number)
    addresses = state.geometry.magazine(number)
    if len(action.tags) > len(addresses):
        raise SimulatorRefused(f"magazine {number} has {len(addresses)} slots")
    inside = {
        address: new_cartridge(state.profile, tag)
        for address, tag in zip(addresses, action.tags, strict=False)
        if tag != UNLABELLED
    }
    state.change(removed=state.removed | {number: inside})
    insert_magazine(state, number, now)


def _brought(state: State, action: Action) -> Cartridge:
    tag = "" if action.tags[0] == UNLABELLED else action.tags[0]
    cartridge = new_cartridge(state.profile, tag)
    if action.cleans_left is None:
        return cartridge
    if not cartridge.is_cleaner or action.cleans_left > cartridge.cleans_allowed:
        raise SimulatorRefused(
            f"{tag} can't have {action.cleans_left} cleans left: {cartridge.cleans_allowed} at most"
        )
    return replace(cartridge, cleans_used=cartridge.cleans_allowed - action.cleans_left)


_ROWS = (
    ActionKind(
        "put",
        "TAG [mail:N] [cleans=N]",
        "put a cartridge into a mail slot; CLN... is a cleaning cartridge, - has no label",
        _read_put,
        _put,
    ),
    ActionKind("take", "[mail:N|TAG]", "take a cartridge out of a mail slot", _read_take, _take),
    ActionKind(
        "insert",
        "TAG PLACE [cleans=N]",
        "put a cartridge anywhere, through the door",
        _read_insert,
        _insert,
    ),
    ActionKind("remove", "PLACE", "take a cartridge from anywhere", _read_place, _remove),
    ActionKind(
        "swap", "PLACE PLACE", "let two places exchange what is in them", _read_two_places, _swap
    ),
    ActionKind(
        "swap-magazine",
        "N [TAG...]",
        "change a magazine for one with these cartridges, - for an empty slot",
        _read_swap_magazine,
        _swap_magazine,
    ),
)

ACTIONS: dict[str, ActionKind] = {row.name: row for row in _ROWS}
