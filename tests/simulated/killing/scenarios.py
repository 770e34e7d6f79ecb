"""All that is killed: every function that moves something or changes the store, in its kinds."""

from __future__ import annotations

from cleaning.cleaner_library import SLOT, CleanerLibrary

from changer.cleaning.slot import release, reserve
from changer.library.addressing import parse_place
from changer.library.library import Library
from changer.moves.execute import exchange, load, unload

from .aftermath import Aftermath
from .cleans import CLEANS
from .inserts import EJECTS, INSERTS
from .many import MANY
from .recovers import RECOVERS
from .scenario import Scenario, alone, moving
from .several import SEVERAL


def _loaded_drive(library: CleanerLibrary) -> None:
    library.move_behind_our_back("2", "drive:1")


def _then_move(after: Aftermath) -> None:
    assert after.run(moving("3", "4")) == "done"


MOVES = (
    Scenario("move", alone(moving("1", "9")), _loaded_drive, _then_move, pages=True),
    Scenario("move, first command of all", alone(moving("1", "9")), is_first=True, pages=True),
    Scenario(
        "load",
        alone(lambda library: load(library, parse_place("1"), parse_place("drive:0"))),
        _loaded_drive,
        _then_move,
    ),
    Scenario(
        "unload",
        alone(lambda library: unload(library, parse_place("drive:1"))),
        _loaded_drive,
        _then_move,
    ),
    Scenario(
        "exchange",
        alone(lambda library: exchange(library, parse_place("1"), parse_place("drive:1"))),
        _loaded_drive,
        _then_move,
    ),
)


# Reserve and release


def _reserve(library: Library) -> object:
    return reserve(library, parse_place(SLOT))


def _reserve_again(after: Aftermath) -> None:
    code = after.call(_reserve)
    assert code == ("already-reserved" if after.reserved else "done")
    after.reserved = (1004,)
    after.check()


def _release_again(after: Aftermath) -> None:
    code = after.call(release)
    assert code == ("done" if after.reserved else "no-slot-reserved")
    after.reserved = ()
    after.check()


SLOTS = (
    Scenario("reserve", alone(_reserve), again=_reserve_again, pages=True),
    Scenario(
        "release", alone(release), lambda library: library.reserve(SLOT), _release_again, pages=True
    ),
)

SCENARIOS = (*MOVES, *SLOTS, *INSERTS, *EJECTS, *CLEANS, *SEVERAL, *RECOVERS, *MANY)
