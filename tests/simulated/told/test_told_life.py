"""Libraries of which not all is told live with other hands beside the program: nothing is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random

import pytest
from figures import FIGURES, Figure
from sweeps import IS_WHOLE

from .answers import Voices
from .descriptors import DRIVE, MAIL, SLOT
from .host import Host
from .ledger import Ledger, Line
from .others import CLEANER, Others, a_library
from .stand_in import StandIn

pytestmark = pytest.mark.sweep

LIBRARIES, COMMANDS = 8, 12
ASKING = ("insert", "eject")
SEEDS = range(4 if IS_WHOLE else 2)


def a_line(random: Random, library: StandIn) -> Line:
    """Any command line; most are of places where there is something to do."""
    geometry, drives = library.geometry, library.geometry.ranges[DRIVE]
    is_sensible = random.random() < 0.8
    drive = _any(random, drives, lambda each: not is_sensible or each not in library.at)
    loaded = _any(random, drives, lambda each: not is_sensible or each in library.at)
    places = (*geometry.ranges[SLOT], *geometry.ranges[MAIL])
    source = _any(random, places, lambda each: not is_sensible or each in library.at)
    return random.choice(
        (
            *_about_the_cleaner(random, library, geometry.place(source)),
            *_loading(random, library, source, drive),
            *_unloading(random, library, loaded),
            Line(("move", geometry.place(source), str(random.choice((1, 2, 3, 4, 5))))),
            Line(("recover",), frozenset(drives)),
        )
    )


def _any(random: Random, addresses: Sequence[int], is_wanted: Callable[[int], bool]) -> int:
    return random.choice([each for each in addresses if is_wanted(each)] or addresses)


def _about_the_cleaner(random: Random, library: StandIn, place: str) -> tuple[Line, ...]:
    drives = library.geometry.ranges[DRIVE]
    drive = random.choice(drives)
    number, one = str(library.geometry.number(drive)), frozenset({drive})
    return (
        Line(("cleaner", "reserve", str(random.randint(1, 5)))),
        Line(("cleaner", "insert", "--from", place)),
        Line(("cleaner", "insert", "--from", CLEANER)),
        Line(("cleaner", "insert", "--timeout", "20")),
        Line(("cleaner", "eject", "--timeout", "20")),
        Line(("cleaner", "release")),
        Line(("cleaner", "release")),
        Line(("clean", number), one),
        Line(("clean", number, "--unload"), one),
        Line(("clean", "--needed"), frozenset(drives)),
    )


def _loading(random: Random, library: StandIn, source: int, drive: int) -> tuple[Line, ...]:
    geometry, one = library.geometry, frozenset({drive})
    number, place = str(geometry.number(drive)), geometry.place(drive)
    label = random.choice(("A00001L8", "A00002L8", CLEANER))
    slot, node = _slot(library, source), f"/dev/nst{library.bays[drive].node}"
    return (
        Line(("load", geometry.place(source), place), one),
        Line(("load", label, place), one),
        Line(("load", label, place, "--ready-timeout", "3"), one),
        Line(("load", CLEANER, place, "--as-is"), one),
        Line(("load", slot, number), one, "mtx"),
        Line(("load", slot, node, number), one, "autochanger"),
    )


def _unloading(random: Random, library: StandIn, drive: int) -> tuple[Line, ...]:
    geometry, one = library.geometry, frozenset({drive})
    number = str(geometry.number(drive))
    free = random.choice((*geometry.ranges[SLOT], *geometry.ranges[MAIL]))
    slot, node = _slot(library, free), f"/dev/nst{library.bays[drive].node}"
    return (
        Line(("unload", number), one),
        Line(("unload", number), one),
        Line(("unload", number, geometry.place(free)), one),
        Line(("unload", slot, number), one, "mtx"),
        Line(("unload", slot, node, number), one, "autochanger"),
        Line((random.choice(("next", "first", "last")), number), one, "mtx"),
        Line(("transfer", str(random.randint(1, 5)), slot), program="mtx"),
        Line(("transfer", slot, str(random.randint(1, 5))), program="autochanger"),
    )


def _slot(library: StandIn, address: int) -> str:
    """Its number as backup software counts: mail slots after the slots."""
    slots = library.geometry.ranges[SLOT]
    if address in slots:
        return str(address - slots[0] + 1)
    return str(address - library.geometry.ranges[MAIL][0] + len(slots) + 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_or_mistaken_in_the_life_of_a_library(host: Host, seed: int) -> None:
    random = Random(seed)
    wrong: list[str] = []
    done: Counter[str] = Counter()
    for number in range(LIBRARIES):
        library = a_library(random, f"{seed}{number:03}")
        host.attach(library, f"single_query = {random.choice(('true', 'false'))}")
        FIGURES.count(Figure.LIBRARIES)
        others, ledger = Others(random, library), Ledger(host)
        begin(ledger, library, random)
        for _ in range(COMMANDS):
            host.clock.time += random.choice((1, 1000))
            others.act()
            line = a_line(random, library)
            person(host, others, will_act=random.random() < 0.7 and line.does in ASKING)
            done[line.does] += ledger.run(line).status == 0
            if random.random() < 0.3:
                voices = Voices(host)
                voices.listen()
                wrong.extend(voices.judge())
        wrong.extend(ledger.wrong)
    assert not wrong, f"{len(wrong)}\n" + "\n".join(wrong)
    assert all(done[each] for each in ("load", "unload", "clean")), done


def begin(ledger: Ledger, library: StandIn, random: Random) -> None:
    """Most begin with a cleaner in its slot."""
    if random.random() < 0.8:
        ledger.run(Line(("cleaner", "reserve", "5")))
        ledger.run(Line(("cleaner", "insert", "--from", "3", "--assume-cleaner")))
    if random.random() < 0.5:
        drive = library.geometry.ranges[DRIVE][0]
        ledger.run(Line(("load", "1", "0"), frozenset({drive})))


def person(host: Host, others: Others, *, will_act: bool) -> None:
    """Someone stands at the mail slots while a command waits, and may do what it asks for."""
    library = host.library
    mail = library.geometry.ranges[MAIL]

    def act() -> None:
        nonlocal will_act
        if not will_act:
            return
        will_act = False
        for address in mail:
            found = library.at.get(address)
            if found is not None and found.is_cleaner:
                del library.at[address]
                return
        if mail and mail[0] not in library.at:
            others.put(mail[0], CLEANER)

    host.clock.on_sleep = act
