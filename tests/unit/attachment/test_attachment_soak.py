"""Hostile use for long: 40,000 commands and more, abandoned ones among them, on two libraries."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from functools import partial

import pytest
from sweeps import IS_WHOLE

from .kernel_side import ABORT_TASK, LUN_RESET, Ended
from .served_library import Serve, ServedLibrary

pytestmark = pytest.mark.sweep

COMMANDS = 100_000 if IS_WHOLE else 40_000
# How many wait for their replies before the initiator collects some.
DEPTH = 24

INQUIRY = bytes.fromhex("120000006000")
TEST_UNIT_READY = bytes(6)
ELEMENT_STATUS = bytes.fromhex("b81200000020000000ff0000")
LOG_SENSE = bytes.fromhex("4d0051000000000000ff00")[:10]
FAULTS = (
    "hang after 3",
    "hang on inquiry drive:0",
    "no-reply",
    "busy 5",
    "unit-attention 28/00 3",
    "unit-attention 29/00 drive:1",
    "sense 04/15/01",
    "move-hangs in-transport",
    "move-hangs at-destination",
    "move-fails at-source",
    "reply-lost in-transport",
    "move-late 0.1s",
    "becoming-ready 4",
    "magazine-out 1",
    "magazine-in 1",
    "clear",
)
ENDINGS = {0x00, 0x02, 0x08, 0x28, 0x40}


@dataclass
class Initiator:
    """Sends to all units of one library, gives up on some commands, and collects the replies."""

    served: ServedLibrary
    dice: random.Random
    outstanding: dict[int | None, set[int]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.outstanding = {unit: set() for unit in self.served.devices}

    def step(self) -> None:
        """One command, or now and then something else."""
        unit = self.dice.choice([None, None, *self.served.devices])
        chance = self.dice.random()
        if chance < 0.004:
            self.abandon(unit, ABORT_TASK)
        elif chance < 0.005:
            self.abandon(unit, LUN_RESET)
        elif chance < 0.008:
            self.misfortune()
        while len(self.outstanding[unit]) >= DEPTH:
            self.collect(unit)
        cdb, room = self.command(unit)
        self.outstanding[unit].add(self.served.send(cdb, room=room, unit=unit))
        self.counts["sent"] += 1

    def command(self, unit: int | None) -> tuple[bytes, int]:
        choices: list[tuple[bytes, int]]
        choices = [(INQUIRY, 96), (INQUIRY, 5), (TEST_UNIT_READY, 0), (self.noise(), 64)]
        if unit is not None:
            choices.append((LOG_SENSE, 255))
        elif self.dice.random() < 0.02:
            return self.move(), 0
        else:
            choices.append((ELEMENT_STATUS, 0xFF))
        choice: tuple[bytes, int] = self.dice.choice(choices)
        return choice

    def noise(self) -> bytes:
        """Any command, of any nonsense, but none that changes where things are."""
        opcode = self.dice.choice([0x03, 0x1A, 0x1E, 0x2B, 0x37, 0x4D, 0x5A, 0xB8, 0xC0, 0xE7])
        length = (6, 10, 10, 12, 16, 12, 10, 10)[opcode >> 5]
        return bytes([opcode, *self.dice.randbytes(length - 1)])

    def move(self) -> bytes:
        places = [*range(1001, 1013), 101, 102, 500, 501, 1]
        source, destination = self.dice.choice(places), self.dice.choice(places)
        fields: bytes = b"\0\0" + source.to_bytes(2, "big") + destination.to_bytes(2, "big")
        return b"\xa5\0" + fields + bytes(4)

    def misfortune(self) -> None:
        words = self.dice.choice(FAULTS)
        # magazine-in without a magazine that is out, and the like, are refused.
        from changer.errors import SimulatorRefused

        try:
            self.served.fault(words)
        except SimulatorRefused:
            self.counts["faults refused"] += 1
        else:
            self.counts["faults"] += 1

    def abandon(self, unit: int | None, function: int) -> None:
        ids = sorted(self.outstanding[unit])
        if function == ABORT_TASK:
            ids = ids[: self.dice.randrange(1, 3)]
        self.served.manage(function, ids, unit=unit)
        self.counts["abandoned"] += len(ids)

    def collect(self, unit: int | None) -> None:
        """Wait for a reply; give up on what hangs."""
        ended = self.served.ended(unit)
        for each in ended:
            self.check(unit, each)
        if not ended:
            self.counts["waits"] += 1
            if self.counts["waits"] % 200 == 0:
                self.abandon(unit, LUN_RESET)
            self.served.pause()

    def check(self, unit: int | None, ended: Ended) -> None:
        assert ended.id in self.outstanding[unit], "a reply that nobody waits for"
        self.outstanding[unit].remove(ended.id)
        assert ended.status in ENDINGS
        assert bool(ended.sense) == (ended.status == 0x02)
        self.counts["ended"] += 1

    def finish(self) -> None:
        """Give up on whatever is left."""
        for unit in self.served.devices:
            self.abandon(unit, LUN_RESET)
            self.served.until(partial(self.is_empty, unit))

    def is_empty(self, unit: int | None) -> bool:
        """No command waits, and every slot of the ring was given back."""
        for each in self.served.ended(unit):
            self.check(unit, each)
        kernel = self.served.devices[unit].kernel
        return not self.outstanding[unit] and kernel.head == kernel.cleaned


@pytest.mark.parametrize("seed", [20260301])
def test_each_command_ends_once_and_no_cartridge_is_lost(
    serve: Serve, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    source = random.Random(seed)
    initiators = [Initiator(serve(name=name, ring_size=8192), source) for name in ("one", "other")]
    before = [tags(each.served) for each in initiators]
    for number in range(COMMANDS):
        initiators[number % 2].step()
    for each in initiators:
        each.served.fault("clear")
        each.finish()
        assert not each.served.observer.failures
        assert each.counts["ended"] == each.counts["sent"]
    assert [tags(each.served) for each in initiators] == before
    total = sum((each.counts for each in initiators), Counter())
    assert total["sent"] == COMMANDS
    assert total["abandoned"] > 100 and total["faults"] > 100
    with capsys.disabled():
        print(f"\nserved through the ring: {dict(sorted(total.items()))}")


def tags(served: ServedLibrary) -> list[str]:
    truth = served.truth
    inside = [each for magazine in truth.removed.values() for each in magazine.values()]
    shown = [each.cartridge for each in truth.elements if each.cartridge]
    return sorted(each.tag for each in (*inside, *shown))
