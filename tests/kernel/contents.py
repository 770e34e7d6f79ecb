"""Contents of the library under test, as mtx sees them: full slots and empty ones."""

from dataclasses import dataclass

from .mtx_status import MtxElement, MtxStatus


@dataclass(frozen=True, slots=True)
class Contents:
    """Slot numbers. Raises AssertionError for a library that offers too little."""

    status: MtxStatus

    @property
    def full_slots(self) -> list[MtxElement]:
        """Slots with a data cartridge."""
        return [
            slot
            for slot in self.status.slots
            if slot.full and slot.volume_tag and not slot.volume_tag.startswith("CLN")
        ]

    @property
    def empty_slots(self) -> list[MtxElement]:
        return [slot for slot in self.status.slots if not slot.full]

    def two_full_and_one_empty(self) -> tuple[MtxElement, MtxElement, MtxElement]:
        """Two full slots and an empty one, with every drive empty."""
        assert not any(drive.full for drive in self.status.drives), "empty the drives first"
        assert len(self.full_slots) >= 2, "two labelled data cartridges are needed in slots"
        assert self.empty_slots, "an empty slot is needed"
        first, second = self.full_slots[:2]
        return first, second, self.empty_slots[-1]
