"""A robot that takes its time, on a library that begins anew for each case; and what is true of it.

The journal is compared with how everything will be once the robot stands still, at any moment.
"""

from __future__ import annotations

import shutil
import signal
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from children import ended
from cleaning.cleaner_library import CLEANER, CleanerLibrary
from driver.virtual_library import EXCHANGE_MEDIUM, MOVE_MEDIUM, NAME, READ_ELEMENT_STATUS, Wire
from figures import FIGURES, Figure

from changer.cleaning.eject import eject
from changer.cleaning.recover import recover
from changer.library.library import Library
from changer.library.settings import LibrarySettings
from changer.simulator.catalogue import reading
from changer.simulator.description import Description, describe
from changer.simulator.fault import Left
from changer.simulator.state import State

from .aftermath import Aftermath, Look
from .killing import Function, copy, kill_self
from .person import take
from .scenario import Scenario, moving
from .scenarios import SCENARIOS

MOVE_SECONDS = 60.0
TIMEOUT_SECONDS = LibrarySettings().move_timeout_seconds
AFTER_ALL = 86400.0
MOTIONS = (MOVE_MEDIUM, EXCHANGE_MEDIUM)
# Whether it answers while its robot moves; the default product can't.
LIBRARIES: dict[str, dict[str, Any]] = {
    "answers": {"product": "SLOW ROBOT", "answers_while_moving": True},
    "answers at rest": {},
}
_WITH_MOTIONS = (
    "move",
    "load",
    "unload",
    "exchange",
    "clean, drive loaded, ejects it",
    "insert from a place",
    "insert by a mail slot",
    "eject by a mail slot",
    "recover, carrying on",
    "recover, putting back",
)
FUNCTIONS = tuple(each for each in SCENARIOS if each.name in _WITH_MOTIONS)


def slow(scenario: Scenario, library: str) -> Scenario:
    """The same, on a library whose robot takes a minute for each move."""
    fields = {**scenario.fields, **LIBRARIES[library], "move_seconds": MOVE_SECONDS}

    def arrange(made: CleanerLibrary) -> None:
        scenario.arrange(made)
        made.clock.sleep(3600)  # all that is over

    function = _eject_slowly if scenario.name == "eject by a mail slot" else scenario.function
    return replace(scenario, function=function, arrange=arrange, fields=fields)


def _eject_slowly(library: CleanerLibrary) -> Function:
    """A person takes it when it is there and the robot stands still, however late that is."""

    def look() -> None:
        is_there = library.place_of(CLEANER) == "mail:1"
        if is_there and _state(library).robot_busy_until <= library.clock.now():
            take(library, CLEANER, f"take {CLEANER}")
        else:
            library.clock.plan(45, look)

    def call(opened: Library) -> object:
        library.clock.plan(45, look)
        return eject(opened, timeout_seconds=7200)

    return call


def _state(library: CleanerLibrary) -> State:
    """As its file has it."""
    with reading(NAME, folder=library.simulated) as (_, state):
        return state


class SlowRobot:
    """One function on one library, as often as it is asked for."""

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self.ordinary = scenario.ordinary
        self.library = CleanerLibrary(folder / "library", scenario.profile, **scenario.fields)
        self._scenario = scenario
        with self.library.open():
            pass
        scenario.arrange(self.library)
        self._aside, self._began = folder / "beginning", self.library.clock.time
        copy(self.library.folder, self._aside)
        self.beginning = Look(self.library)
        self.reads_before = self._count_reads()

    def begin_again(self, *faults: str) -> None:
        library = self.library
        shutil.rmtree(library.folder)
        copy(self._aside, library.folder)
        library.clock.forget()
        library.clock.time = self._began
        library.warnings.clear()
        for each in faults:
            library.fault(each)

    def call(self) -> str:
        """The code of the error that the function ends with, or "done"."""
        return self.aftermath().call(self._scenario.function(self.library))

    def aftermath(self, *, uses_too_many: int = 0) -> Aftermath:
        return Aftermath(
            self.library,
            self.beginning,
            cleans=self._scenario.cleans,
            reserved=self.beginning.reserved,
            uses_too_many=uses_too_many,
        )

    @property
    def motions(self) -> int:
        """How many there are when nothing goes wrong."""
        return len(self.reads_before)

    def _count_reads(self) -> list[int]:
        """How often the elements are read before each motion when nothing goes wrong."""
        self.begin_again()
        library, reads, before = self.library, 0, []

        def count(_: int, cdb: bytes) -> None:
            nonlocal reads
            reads += cdb[0] == READ_ELEMENT_STATUS
            if cdb[0] in MOTIONS:
                before.append(reads)

        function = self._scenario.function(library)
        with library.open(wire=partial(Wire, before=count)) as opened:
            function(opened)
        return before

    def die_in(self, motion: int, stage: Left, *, seconds_earlier: float = 0.0) -> None:
        """The process that called it was killed in its wait for that motion, which is there now.

        What dies is a process of its own; the time that passed there is known by the motion.
        """
        library, function = self.library, self._scenario.function(self.library)

        def run() -> None:
            left = motion

            def before(_: int, cdb: bytes) -> None:
                nonlocal left
                left -= cdb[0] in MOTIONS
                if not left and cdb[0] in MOTIONS:
                    vars(library.clock)["sleep"] = lambda _: kill_self()

            with library.open(wire=partial(Wire, before=before)) as opened:
                function(opened)

        assert ended(run) == -signal.SIGKILL
        FIGURES.count(Figure.SLOW_KILLS)
        self._be_at(stage, seconds_earlier)

    def _be_at(self, stage: Left, seconds_earlier: float) -> None:
        (motion,) = _state(self.library).motions
        self.library.clock.time = motion.amid(stage) - seconds_earlier

    # what is true

    def see_no_lie(self) -> None:
        """What the journal says is settled stays so when the robot has come to rest."""
        rest = self._at_rest.elements
        at = {each.cartridge.tag: each.address for each in rest if each.cartridge}
        newest = {row["volume_tag"]: row for row in self.library.rows("moves")}
        for tag, row in newest.items():
            said = {
                "completed": row["destination_address"],
                "not-executed": row["source_address"],
                "misplaced": row["final_address"],
            }.get(row["outcome"])
            assert said is None or tag not in at or at[tag] == said, f"{row} but it is at {at[tag]}"

    def uses_too_many(self, code: str) -> int:
        """A cleaner whose way into the drive is in doubt is counted as used: rather so."""
        there = [each.cartridge for each in self._at_rest.elements if each.cartridge]
        unused = any(each.tag == CLEANER and not each.cleans_used for each in there)
        is_counted = any(row["use_counted"] for row in self.library.rows("operations"))
        return int(code == "outcome-unknown" and unused and is_counted)

    @property
    def answers_while_moving(self) -> bool:
        """Otherwise a reading waits for the robot, and settles what is open."""
        return self.library.truth.profile.answers_while_moving

    @property
    def is_open(self) -> bool:
        """A move is on record whose end is not known."""
        return any(row["outcome"] in (None, "unknown") for row in self.library.rows("moves"))

    @property
    def is_moving(self) -> bool:
        """The robot has not brought everything to its end yet."""
        return self.library.truth.elements != self._at_rest.elements

    @property
    def _at_rest(self) -> Description:
        """The truth once the robot stands still, and all drives are done."""
        library = self.library
        return describe(NAME, folder=library.simulated, now=library.clock.now() + AFTER_ALL)


def judge(robot: SlowRobot, code: str = "") -> None:
    """What the function left, what comes next, and what is left when all is over.

    ``code``: of the error that it ended with, if it came to an end.
    """
    robot.library.clock.forget()
    robot.library.fault("clear")
    robot.see_no_lie()
    must_wait = robot.is_open and robot.is_moving and robot.answers_while_moving
    after = robot.aftermath(uses_too_many=robot.uses_too_many(code))
    another = after.call(moving(*robot.ordinary))
    assert not must_wait or another == "recovery-needed", f"another command: {another}"
    robot.see_no_lie()
    after.call(recover)
    robot.see_no_lie()
    robot.library.clock.sleep(TIMEOUT_SECONDS + 3600)
    after.recover()
    robot.see_no_lie()
