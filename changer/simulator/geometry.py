"""Element addresses of a virtual library, by type; its magazines; places as people write them."""

from __future__ import annotations

from enum import IntEnum
from itertools import combinations

from changer.errors import SimulatorRefused
from changer.values import NamedTuple


class Kind(IntEnum):
    """Element type codes, written down here a second time on purpose (SMC-3)."""

    TRANSPORT = 1
    STORAGE = 2
    MAIL = 3
    DRIVE = 4


class Geometry(NamedTuple):
    """The addresses of each element type; magazines of ``magazine_size`` slots, 0 for none.

    ``first_lacks``: how many slots less the first magazine has.
    """

    ranges: dict[Kind, range]
    magazine_size: int
    first_lacks: int = 0

    def kind_of(self, address: int) -> Kind | None:
        """The element type at an address, or None without an element there."""
        for kind, addresses in self.ranges.items():
            if address in addresses:
                return kind
        return None

    @property
    def magazines(self) -> int:
        """How many magazines there are; the last one may be shorter."""
        if not self.magazine_size:
            return 0
        return -(-(len(self.ranges[Kind.STORAGE]) + self.first_lacks) // self.magazine_size)

    def magazine(self, number: int) -> range:
        """The addresses of magazine ``number``, counted from 1."""
        first = (number - 1) * self.magazine_size - self.first_lacks
        return self.ranges[Kind.STORAGE][max(0, first) : first + self.magazine_size]

    def magazine_of(self, address: int) -> int | None:
        """The magazine that an address belongs to, or None."""
        storage = self.ranges[Kind.STORAGE]
        if not self.magazine_size or address not in storage:
            return None
        return (address - storage.start + self.first_lacks) // self.magazine_size + 1

    def place_of(self, address: int) -> str:
        """An address as a person writes it: ``5``, ``mail:1``, ``drive:0``, ``picker``."""
        kind = self.kind_of(address)
        if kind is None:
            return f"@{address}"
        index = address - self.ranges[kind].start
        return {
            Kind.STORAGE: f"{index + 1}",
            Kind.MAIL: f"mail:{index + 1}",
            Kind.DRIVE: f"drive:{index}",
            Kind.TRANSPORT: f"picker:{index + 1}" if index else "picker",
        }[kind]

    def check(self) -> None:
        """Raise SimulatorRefused unless every address is a 16-bit one of a single element."""
        for kind, addresses in self.ranges.items():
            if addresses.start < 0 or addresses.stop > 0x10000 or addresses.stop < addresses.start:
                raise SimulatorRefused(
                    f"{kind.name.lower()} elements {addresses.start} to {addresses.stop - 1}"
                    " are not within 0 to 65535"
                )
        if len(self.ranges[Kind.TRANSPORT]) > 100 or len(self.ranges[Kind.DRIVE]) > 999:
            raise SimulatorRefused("at most 100 pickers and 999 drives")
        if not self.ranges[Kind.TRANSPORT] or not self.ranges[Kind.STORAGE]:
            raise SimulatorRefused("a library has at least one picker and one slot")
        for (one, first), (other, second) in combinations(self.ranges.items(), 2):
            if first.start < second.stop and second.start < first.stop and first and second:
                raise SimulatorRefused(
                    f"{one.name.lower()} elements ({first.start}-{first.stop - 1}) and"
                    f" {other.name.lower()} elements ({second.start}-{second.stop - 1}) overlap"
                )
        if self.magazine_size < 0:
            raise SimulatorRefused("a magazine can't have fewer than 0 slots")
        if not 0 <= self.first_lacks <= max(0, self.magazine_size - 1):
            raise SimulatorRefused("the first magazine has at least one slot")
