"""Orders: a request that is struck, what another process does then, and how all comes to rest."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from changer.cleaning.clean_drive import clean
from changer.cleaning.recover import recover
from changer.errors import LibraryBusy
from changer.journal.home import Homes
from changer.journal.open_moves import RecoveryOptions
from changer.library.addressing import Place, PlaceKind, parse_drive, parse_place
from changer.library.library import Library
from changer.library.status import library_status
from changer.moves.execute import exchange, load, move

from .explorer import NEVER, SOMETIMES, Choices
from .process import COMMAND_SECONDS, Process
from .robot import CLEANER, DRIVE, MAIL, PICKER, SLOT_1, SLOT_2, SLOT_3, SLOT_4, Robot
from .world import IDENTITY, MOVE_SECONDS, Possible, World

# So that a move time ends before, within, or after a reading of the elements.
JUST_BEFORE = tuple(MOVE_SECONDS - (number - 0.5) * COMMAND_SECONDS for number in (5, 4, 2))
LONG = (3 * MOVE_SECONDS,)
Request = Callable[[Library], object]
# Far more than anything needs to come to its end.
MOST_RECOVERIES = 3
LIBRARY = {SLOT_1: "A00001L8", SLOT_2: "A00002L8"}


def load_1(library: Library) -> object:
    return load(library, parse_place("1"), parse_drive("0"))


def load_2(library: Library) -> object:
    return load(library, parse_place("2"), parse_drive("0"))


def read_status(library: Library) -> object:
    inventory = library.read()
    return library_status(
        library,
        inventory,
        find_device=lambda _number, _identity: None,
        find_home=Homes(library, inventory).address_of,
    )


def move_from_picker(library: Library) -> object:
    return move(library, parse_place("picker"), parse_place("3"))


OTHERS: dict[str, Request] = {
    "recover": recover,
    "load the same": load_1,
    "move it out of the picker": move_from_picker,
}


def one_load(world: World, choices: Choices, possible: Possible) -> None:
    """Slot 1 is loaded, which is struck, another process comes sooner or later, and all rests."""
    world.begin(choices, possible, LIBRARY)
    _one_request(world, choices, load_1, possible)


def one_export(world: World, choices: Choices, possible: Possible) -> None:
    """As one_load: slot 1 goes to the mail slot, and leaves as soon as it is there."""
    world.begin(choices, possible, LIBRARY)
    _one_request(world, choices, partial(_move, SLOT_1, MAIL), possible)


def one_exchange(world: World, choices: Choices, possible: Possible) -> None:
    """As one_load: of slot 1 and drive, which change places, or the second goes to slot 3."""
    world.begin(choices, possible, {SLOT_1: "A00001L8", DRIVE: "A00002L8"})
    second = choices.choose("exchange, and the second goes to", (SLOT_1, SLOT_3))
    _one_request(world, choices, partial(_exchange, SLOT_1, second), possible)


def one_cleaning(world: World, choices: Choices, possible: Possible) -> None:
    """As one_load: the drive is cleaned."""
    world.begin(choices, possible, LIBRARY | {SLOT_4: CLEANER})
    _one_request(world, choices, _clean, possible)
    assert world.robot.uses <= world.uses <= 1, "uses of the cleaner"


def _one_request(world: World, choices: Choices, request: Request, possible: Possible) -> None:
    world.beside = lambda: _beside(world)
    Process(world).run(request)
    world.become(possible if possible.is_next_struck else Possible(is_late=possible.is_late))
    if world.robot.is_moving or world.store.unsettled_moves(IDENTITY.id):
        later = JUST_BEFORE if possible.is_late else JUST_BEFORE[:1]
        if world.robot.is_moving:  # else nothing depends on it
            world.sleep(choices.choose_late("the next one comes after", (0.0, *later)))
        other = OTHERS[choices.choose_late("and it is to", list(OTHERS))]
        process = Process(
            world, is_struck=possible.is_next_struck, is_persons=other is move_from_picker
        )
        process.run(other)
        world.become(Possible())
    come_to_rest(world)


def _beside(world: World) -> None:
    """Another process tries to act while the lock is held, or looks."""
    if world.choices.choose("beside it", ["", "another process"]):
        for request in (read_status, load_2, recover):
            other = Process(world, is_struck=False)
            other.run(request)
            assert request is read_status or isinstance(other.error, LibraryBusy)


def some_requests(world: World, choices: Choices, possible: Possible, number: int) -> None:
    """So many requests after each other, each of which may be struck, and all comes to rest."""
    world.begin(choices, possible, LIBRARY | {SLOT_4: CLEANER})
    world.beside = lambda: _beside(world)
    cleanings = 0
    for _ in range(number):
        world.become(possible)
        requests = _requests(world.robot)
        words = choices.choose("now", list(requests), calm=NEVER)
        request = requests[words]
        cleanings += words == "clean"
        Process(world).run(request)
        world.sleep(choices.choose("time passes", (0.0, *JUST_BEFORE, *LONG), calm=SOMETIMES))
    world.become(Possible())
    come_to_rest(world)
    assert world.robot.uses <= world.uses <= world.robot.uses + cleanings, "uses of the cleaner"


def _requests(robot: Robot) -> dict[str, Request]:
    """What could be asked for, by where the cartridges are, and then some."""
    tapes = [each for each in robot.at if each != PICKER and robot.at[each] != CLEANER]
    free = [each for each in (DRIVE, SLOT_1, SLOT_2, SLOT_3) if each not in robot.at]
    requests: dict[str, Request] = {"recover": recover, "status": read_status, "clean": _clean}
    for here in tapes:
        for there in free:
            requests[f"move {here} {there}"] = partial(_move, here, there)
        for second in (here, *free) if DRIVE in tapes and here != DRIVE else ():
            requests[f"exchange {here} {DRIVE} {second}"] = partial(_exchange, here, second)
    return requests


def _move(source: int, destination: int, library: Library) -> object:
    return move(library, _at(source), _at(destination))


def _exchange(source: int, second: int, library: Library) -> object:
    return exchange(library, _at(source), _at(DRIVE), _at(second))


def _clean(library: Library) -> object:
    return clean(library, _at(DRIVE))


def _at(address: int) -> Place:
    return Place(PlaceKind.ADDRESS, address)


def come_to_rest(world: World) -> None:
    """Whatever moves ends, that is known sooner or later, and recover closes the rest."""
    if world.robot.is_moving:
        world.robot_ends()
    world.robot.shown = None
    options = RecoveryOptions()
    if _is_open(world):
        at_rest = world.choices.choose_late("a person sees it stand still", [False, True])
        options = RecoveryOptions(at_rest=at_rest)
    world.time += COMMAND_SECONDS if options.at_rest else 10 * MOVE_SECONDS
    for _ in range(MOST_RECOVERIES):
        if _is_open(world) or _is_cleaner_out(world.robot):
            Process(world, is_struck=False).run(lambda library: recover(library, options))
    if _is_open(world):
        _help(world)
    assert not _is_open(world), "recover does not come to an end"
    assert not _is_cleaner_out(world.robot)
    assert PICKER not in world.robot.at
    world.account.at_rest(tuple(reversed(world.store.moves(IDENTITY.id, limit=1000))))


def _is_cleaner_out(robot: Robot) -> bool:
    return CLEANER in (robot.at.get(DRIVE), robot.at.get(PICKER))


def _is_open(world: World) -> bool:
    return bool(
        world.store.unsettled_moves(IDENTITY.id) or world.store.unfinished_operations(IDENTITY.id)
    )


def _help(world: World) -> None:
    """What truly needs a person: the picker holds what neither of its places can take."""
    at = world.robot.at
    for row in world.store.unsettled_moves(IDENTITY.id):
        ends = {row.source_address, row.destination_address, row.second_destination_address or 0}
        assert PICKER in at, f"open, and the picker is empty: {row}"
        assert ends - {0} <= set(at), f"open, and a place is free: {row}, {at}"
    free = next(each for each in (SLOT_3, SLOT_1, SLOT_2, DRIVE) if each not in at)
    Process(world, is_struck=False, is_persons=True).run(partial(_move, PICKER, free))
