"""Request to a unit of a virtual library, and the answer to it."""

from __future__ import annotations

from enum import Enum

from changer.errors import SimulatorRefused
from changer.simulator.state import State
from changer.smc.command import Reply
from changer.values import NamedTuple, dataclass

# Whoever does not say who it is; every program of one host is the same initiator.
DEFAULT_INITIATOR = "host"
_LONGEST_INITIATOR = 64


class Nexus(NamedTuple):
    """Initiator, and the port of the library that its commands come through, counted from 1."""

    initiator: str = DEFAULT_INITIATOR
    port: int = 1


DEFAULT_NEXUS = Nexus()


def parse_nexus(text: str) -> Nexus:
    """``NAME`` or ``NAME@PORT``. Raises SimulatorRefused."""
    name, _, port = text.partition("@")
    is_name = name.isascii() and name.isprintable() and 0 < len(name) <= _LONGEST_INITIATOR
    if not is_name or not (port or "1").isdecimal() or not 1 <= int(port or "1") <= 99:
        raise SimulatorRefused(
            f"{text!r} can't be the initiator of commands to a virtual library",
            hint="NAME, or NAME@PORT with a port of the library, from 1 to 99",
        )
    return Nexus(name, int(port or "1"))


class Loss(Enum):
    """Why no reply comes."""

    HANG = "hang"
    GONE = "gone"
    UNPLUGGED = "unplugged"


class NoAnswer(Exception):
    """The device sends no reply. Never leaves the simulator."""

    def __init__(self, loss: Loss) -> None:
        super().__init__(loss.value)
        self.loss = loss


class Answer(NamedTuple):
    """Reply of the device, and the seconds until it comes, or until the device is gone.

    ``loss``: why no reply comes; ``reply`` then means nothing.
    """

    reply: Reply
    seconds: float = 0.0
    loss: Loss | None = None


@dataclass(slots=True, eq=False, repr=False)
class Request:
    """A command to the changer, or to drive ``unit``.

    ``now``: seconds since the epoch. ``seconds``: what the command has taken so far. ``data_out``:
    what came with it.
    """

    state: State
    cdb: bytes
    now: float
    unit: int | None = None
    seconds: float = 0.0
    data_out: bytes = b""
    nexus: Nexus = DEFAULT_NEXUS

    @property
    def opcode(self) -> int:
        """Byte 0."""
        return self.cdb[0]

    def uint(self, offset: int, size: int) -> int:
        """A big-endian number of the CDB."""
        return int.from_bytes(self.cdb[offset : offset + size], "big")

    def bit(self, offset: int, bit: int) -> bool:
        """A single bit of the CDB."""
        return bool(self.cdb[offset] >> bit & 1)

    def use_robot(self, seconds: float) -> None:
        """Wait for the robot, and let it work that long."""
        self.wait_for_robot(self.robot_comes_at + seconds + self.robot_delay)

    def wait_for_robot(self, until: float) -> None:
        """The robot is busy until then, and the reply comes no earlier."""
        self.seconds = max(0.0, until - self.now)
        if self.seconds:
            self.state.change(robot_busy_until=max(until, self.state.robot_busy_until))

    @property
    def robot_comes_at(self) -> float:
        """When the robot has done what it was asked to do before."""
        return max(self.now, self.state.robot_busy_until)

    @property
    def robot_delay(self) -> float:
        """By how much faults make every motion take longer."""
        return sum(fault.seconds or 0.0 for fault in self.state.faults_named("robot-delay"))


# what every unit answers alike


def answer_nothing(request: Request) -> bytes:  # noqa: ARG001 - a handler like any other
    """TEST UNIT READY 00h, RESERVE and RELEASE: whatever could be reported was so before."""
    return b""


def answer_prevent_allow(request: Request) -> bytes:
    """PREVENT ALLOW MEDIUM REMOVAL 1Eh."""
    state, prevents = request.state, bool(request.cdb[4] & 0x01)
    if request.unit is None:
        _change_preventers(request, prevents=prevents)
        prevents = bool(state.preventers)
    state.change_unit(request.unit, prevented=prevents)
    return b""


def _change_preventers(request: Request, *, prevents: bool) -> None:
    """SPC-4, 6.18: removal is prevented until each initiator that prevented it has allowed it."""
    state, initiator = request.state, request.nexus.initiator
    left = {each for each in state.preventers if each != initiator}
    if prevents:
        left.add(initiator)
    elif state.profile.allows_for_all:
        left.clear()
    state.change(preventers=tuple(sorted(left)))
