"""What the journal and the callers were told, held against what is true."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from changer.errors import CartridgeMisplaced, ChangerError, MoveFailed, NotExecuted, Refused
from changer.journal.open_moves import transfers_of
from changer.store.records import Move

from .robot import DRIVE, PICKER, SLOT_1, SLOT_4, Motion, Robot

SETTLED = ("completed", "not-executed", "misplaced")
# Words that promise that nothing will move any more.
STILL = ("not moved", "where it was")
OPEN = ("may still move", "may still be on its way", "can't tell")


@dataclass
class Account:
    """Of one order: the motions that were sent, by the rows of the journal."""

    robot: Robot
    began: dict[int, str]
    motions: dict[int, Motion] = field(default_factory=dict)
    settled: list[Move] = field(default_factory=list)

    def sending(self, motion: Motion, before: list[Motion]) -> None:
        """A motion goes to the device; ``before``: the same request's motions before it."""
        assert not self.robot.is_moving, f"{motion.legs} is sent while the robot may still move"
        assert motion.row not in self.motions, f"row {motion.row} has two motions"
        if before and before[-1].legs == motion.legs:
            last = before[-1]
            assert last.refused, f"{motion.legs} is sent again, and the first was not refused"
            ends = {last.legs[0][0], last.legs[-1][1]}
            seen = [last.readings[address] for address in ends]
            assert min(seen) >= 2, f"{motion.legs} is sent again after readings {seen}"
        self.motions[motion.row] = motion

    def recording(self, row: Move) -> None:
        """An outcome is written to the journal."""
        if row.outcome not in SETTLED:
            return
        motion = self.motions.get(row.id)
        assert motion is None or motion.is_over, f"{row.outcome} of a motion that may go on: {row}"
        self.settled.append(row)
        for transfer in transfers_of(row):
            if self._is_overtaken(row, transfer.volume_tag):
                continue
            place = {
                "completed": transfer.destination_address,
                "not-executed": transfer.source_address,
                "misplaced": row.final_address if row.kind == "move" else None,
            }[row.outcome]
            if place is not None:
                self._is_at(transfer.volume_tag, place, f"the journal says {row.outcome}")

    def told(self, error: ChangerError | None, sent: list[Motion]) -> None:
        """A request that sent these motions ends so; None: with success."""
        if error is None:
            assert all(each.is_over for each in sent), "success, and the robot goes on"
        elif isinstance(error, MoveFailed | NotExecuted | Refused):
            self.said(f"not moved: {error!r}", sent)
        elif isinstance(error, CartridgeMisplaced):
            assert all(each.is_over for each in sent), f"{error!r}, and the robot goes on"

    def said(self, text: str, sent: list[Motion]) -> None:
        """A message of such a request."""
        if any(each in text for each in STILL) and sent:
            motion = sent[-1]
            assert motion.is_over, f"{text!r}, and the robot goes on"
            source, destination = motion.legs[0][0], motion.legs[-1][1]
            has_come = destination in self.robot.at or destination in self.robot.gone.values()
            assert source in self.robot.at or not has_come, f"{text!r}: moved"

    def interrupted(self, note: str, sent: list[Motion]) -> None:
        """A request that sent these motions was interrupted; ``note``: where the cartridges are."""
        if note and sent and sent[-1].left:
            assert any(each in note for each in OPEN), f"{note!r}, and it goes on"
        places = {"the picker": PICKER, "drive 0": DRIVE}
        places |= {f"slot {address - SLOT_1 + 1}": address for address in range(SLOT_1, SLOT_4 + 1)}
        for tag, place in re.findall(r"\b(\w{8}) is in (the picker|drive 0|slot \d)", note):
            if "may still move" not in note:
                self._is_at(tag, places[place], note)

    def at_rest(self, rows: tuple[Move, ...]) -> None:
        """The journal, read from its beginning, ends with every cartridge where it is."""
        assert not [row for row in rows if row.outcome not in SETTLED], f"still open: {rows}"
        truth = {tag: address for address, tag in self.robot.at.items()} | self.robot.gone
        places = {tag: address for address, tag in self.began.items()}
        for row in rows:
            for transfer in transfers_of(row):
                tag = transfer.volume_tag or ""
                if row.outcome == "completed":
                    places[tag] = transfer.destination_address
                elif row.outcome == "misplaced" and row.kind == "exchange":
                    places[tag] = truth[tag]  # of two the journal can't tell
                elif row.final_address is not None and tag == row.volume_tag:
                    places[tag] = row.final_address
        assert places == truth, f"by the journal {places}, in truth {truth}"

    def _is_overtaken(self, row: Move, tag: str | None) -> bool:
        """A later move took the cartridge on from where this one had left it."""
        later = (each for each in self.settled if each.id > row.id)
        return any(tag == transfer.volume_tag for each in later for transfer in transfers_of(each))

    def _is_at(self, tag: str | None, address: int, what: str) -> None:
        is_gone = self.robot.gone.get(tag or "") == address
        found = self.robot.at.get(address)
        assert is_gone or found == tag, f"{what}: {tag} at {address}; {self.robot.at}"
