"""A library played back from a recording, and a virtual one that imitates what it was of."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from clocks import HandClock
from mhvtl.configuration import FIRST, Configuration, shown_tag
from mhvtl.recording import RecordedStep, Recording
from mhvtl.scenarios import Step
from mhvtl.stage import request

from changer.api import TapeLibrary
from changer.simulator.catalogue import changing
from changer.simulator.creation import create, new_cartridge
from changer.simulator.geometry import Kind
from changer.simulator.operator_api import operate, set_fault
from changer.simulator.profile import Profile
from changer.simulator.profile_choices import AlternateTags, Identifiers
from changer.simulator.state import Cartridge
from changer.smc.command import Command, Reply, Status
from changer.transport import Transport
from changer.transport.replay import ReplayTransport
from changer.transport.trace_record import TraceHeader, TraceRecord, parse_line

LONGEST_NAME = 16
SERIAL_LENGTH = 10
# In its default way mhVTL announces identifiers of 32 bytes and sends 34, one drive after another.
GARBLING = ("autoloader", "scalar")
READ_ELEMENT_STATUS, DVCID = 0xB8, 0x01

NAME = "recorded"
SIMULATED = f"sim:{NAME}"


class Tape:
    """Transport that answers with what was recorded of one step after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._steps = 0
        self._replay: ReplayTransport | None = None

    def insert(self, recorded: RecordedStep) -> None:
        """From now on, this step's replies, and no other's."""
        self._steps += 1
        file = self._folder / f"step-{self._steps}.trace"
        header = TraceHeader("recorded", "recorded").to_line()
        file.write_text("\n".join([header, *recorded.exchanges]) + "\n")
        self._replay = ReplayTransport(file)

    def execute(self, command: Command[Any]) -> Reply:
        assert self._replay is not None, "nothing is sent before the first step"
        return self._replay.execute(command)

    def close(self) -> None:
        """Nothing is open."""


def taped(steps: list[Step], recorded: tuple[RecordedStep, ...], tape: Tape) -> Iterator[Step]:
    """The steps, each with its replies in the tape."""
    for step, one in zip(steps, recorded, strict=True):
        tape.insert(one)
        yield step


class Garbled:
    """Transport that gives some recorded replies, in their order, in the place of another's."""

    def __init__(self, inner: Transport, replies: dict[bytes, deque[Reply]]) -> None:
        self._inner = inner
        self._replies = replies

    def execute(self, command: Command[Any]) -> Reply:
        if waiting := self._replies.get(command.cdb):
            return waiting.popleft()
        return self._inner.execute(command)

    def close(self) -> None:
        self._inner.close()


def garbled_replies(recording: Recording) -> dict[bytes, deque[Reply]]:
    """The drives' identifiers of the models whose descriptors are longer than mhVTL says."""
    replies: dict[bytes, deque[Reply]] = defaultdict(deque)
    if recording.configuration not in GARBLING:
        return replies
    steps = (step for steps in recording.scenarios.values() for step in steps)
    for record in (parse_line(line) for step in steps for line in step.exchanges):
        if isinstance(record, TraceRecord) and is_for_identifiers(record.cdb):
            replies[record.cdb].append(Reply(Status.GOOD, record.data, record.sense))
    return replies


def is_for_identifiers(cdb: bytes) -> bool:
    return cdb[0] == READ_ELEMENT_STATUS and bool(cdb[6] & DVCID)


class Imitation:
    """A virtual library of a profile that is to answer as mhVTL did."""

    def __init__(self, folder: Path, configuration: Configuration, recording: Recording) -> None:
        self._folder = folder
        self._configuration = configuration
        self._simulated = folder / "simulated"
        self._clock = HandClock()
        self._garbled = garbled_replies(recording)
        self.trace = folder / "trace"
        create(NAME, folder=self._simulated, profile="l700", **profile_of(configuration, recording))
        with changing(NAME, folder=self._simulated) as state:
            first = state.geometry.ranges[Kind.STORAGE].start
            for number, name in configuration.numbered:
                if name:
                    state.put(first + number - 1, _cartridge(state.profile, name))

    def open(self, scenario: str, tape: Tape | None = None) -> TapeLibrary:
        """For a scenario, which has a store of its own. Traced; or a tape answers in its place."""
        folder = self._folder / scenario
        self.trace = folder / "trace"

        def wrap(transport: Transport, device: str) -> Transport:
            if device != SIMULATED:
                return transport
            return tape or Garbled(transport, self._garbled)

        folder.mkdir()
        return TapeLibrary(
            request(
                SIMULATED,
                folder,
                clock=self._clock,
                wrap=wrap,
                trace=None if tape else self.trace,
                simulated=self._simulated,
            )
        )

    def operate(self, name: str, *arguments: str) -> None:
        """What vtlcmd does to mhVTL, which tells nobody: no unit attention."""
        if name == "offline":
            # Not the fault of that name, which leaves MODE SENSE to work.
            self._fault("sense 02/04/12 always")
        elif name == "online":
            self._fault("clear sense")
        elif name == "moves-fail":
            self._fault("move-fails at-source 04/04/03 always")
        elif name == "moves-work":
            self._fault("clear move-fails")
        elif name in ("open-mail", "close-mail"):
            with changing(NAME, folder=self._simulated) as state:
                state.change(mail_open=name == "open-mail")
        elif name == "empty-mail":
            self._operate("take mail:1")
        else:
            self._operate(f"put {arguments[0]} mail:1")

    def _fault(self, words: str) -> None:
        set_fault(NAME, words, folder=self._simulated, clock=self._clock)

    def _operate(self, words: str) -> None:
        operate(NAME, words, folder=self._simulated, clock=self._clock)
        self._fault("clear unit-attention")

    def tags(self) -> list[str]:
        """The bar codes of all cartridges, wherever they truly are."""
        with changing(NAME, folder=self._simulated) as state:
            return [cartridge.tag for cartridge in state.cartridges.values()]

    def as_recorded(self, text: str) -> str:
        """Of a trace or an account, with the drives' serial numbers that mhVTL has been given."""
        with changing(NAME, folder=self._simulated) as state:
            profile = state.profile
        for number, drive in enumerate(self._configuration.drives):
            ours, theirs = profile.serial_of_drive(number), drive.serial.ljust(SERIAL_LENGTH)
            text = text.replace(ours.encode().hex(), theirs.encode().hex())
            text = text.replace(ours, drive.serial)
        return text


def _cartridge(profile: Profile, name: str) -> Cartridge:
    cartridge = new_cartridge(profile, shown_tag(name) or "")
    if len(name) == LONGEST_NAME:
        # mhVTL loses the medium type of a cartridge whose name takes all the room there is.
        return replace(cartridge, medium_type=0)
    return cartridge


def profile_of(configuration: Configuration, recording: Recording) -> dict[str, Any]:
    """The fields in which the virtual library differs from the profile l700."""
    first = FIRST[configuration.name]
    drive = configuration.drives[0]
    identity = recording.identity
    return {
        "vendor": identity["vendor"],
        "product": identity["product"],
        "revision": identity["revision"],
        "serial": identity["serial"],
        "drive_vendor": drive.vendor,
        "drive_product": drive.product,
        "slots": len(configuration.slots),
        "drives": len(configuration.drives),
        "mail": configuration.mail,
        "transport_base": first["picker"],
        "mail_base": first["mail"],
        "drive_base": first["drive"],
        "storage_base": first["slot"],
        "data_cartridges": 0,
        "cleaners": 0,
        "block_descriptor": False,
        "alternate_tags": AlternateTags.NONE,
        "identifiers": Identifiers.REPORTED,
        "drive_accessible_when_loaded": False,
        **HABITS.get(configuration.name, {}),
    }


# What mhVTL does differently from one model to another.
HABITS: dict[str, dict[str, Any]] = {
    "msl": {
        "identifier_type": 0,
        "identifier_length": 20,
        "identifiers": Identifiers.ALWAYS,
        "alternate_tags": AlternateTags.DRIVES_FLAG,
    },
    "spectra": {
        "identifier_type": 0,
        "identifier_length": 32,
        "alternate_tags": AlternateTags.DRIVES_FLAG,
    },
}
