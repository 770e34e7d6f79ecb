"""A motion of the robot as a value: which cartridge goes where, and when each step happens."""

from __future__ import annotations

from changer.simulator.fault import Left
from changer.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """A cartridge goes from ``source`` to ``destination``, and what lay there to ``second``.

    Its steps part its time evenly: the cartridge is at its source for a third of it, in the
    transport for a third, and at its destination for the last. An exchange has three steps: the
    robot has a second hand, with which it changes two cartridges over at the first destination,
    so that the transport element reports the cartridge from the source first, then the other.

    ``begins_at``: seconds since the epoch; ``seconds``: how long it takes when nothing stops it.
    ``left``: where it stops half-way. ``done``: how many of its steps are.
    """

    source: int
    destination: int
    second: int | None = None
    transport: int
    begins_at: float = 0.0
    seconds: float = 0.0
    left: Left | None = None
    done: int = 0

    @property
    def steps(self) -> int:
        """How many steps it has: taken up, changed over, laid down."""
        return 2 if self.second is None else 3

    @property
    def ends_at(self) -> float:
        """When the robot stands still: after all steps, or where it stopped half-way."""
        if self.left is None:
            return self.begins_at + self.seconds
        return self.amid(self.left)

    @property
    def next_at(self) -> float | None:
        """When its next step happens; None when no step is left."""
        last = self.steps if self.left is None else self._steps_to(self.left)
        if self.done >= last:
            return None
        return self._at(self.done + 1)

    def amid(self, stage: Left) -> float:
        """The middle of the time for which the cartridge is there."""
        return self._at(self._steps_to(stage) + 0.5)

    def _at(self, step: float) -> float:
        return self.begins_at + self.seconds * step / (self.steps + 1)

    def _steps_to(self, stage: Left) -> int:
        return {Left.AT_SOURCE: 0, Left.IN_TRANSPORT: 1, Left.AT_DESTINATION: self.steps}[stage]
