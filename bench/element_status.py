"""READ ELEMENT STATUS: parsed by changer, by a bare loop and by PySCSI, and read as an inventory.

PySCSI makes a dictionary of each element, and copies what follows it.
"""

from __future__ import annotations

import struct
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench.measure import exponent, print_table, processor_seconds
from changer.library.element_reader import ElementReader
from changer.smc.command import Command
from changer.smc.element_status import parse_element_status
from changer.smc.elements import UNKNOWN_MODEL, ElementAddressAssignment, ElementRange, Model

SIZES = (16, 2000, 65_535)
DESCRIPTOR = struct.Struct(">HBxBB3xBH32sHHxxxx")


def reply(first: int, count: int) -> bytes:
    """Storage elements, seven of ten full and with a label."""
    descriptors = b"".join(map(descriptor, range(first, first + count)))
    size = len(descriptors)
    page = struct.pack(">BBHI", 2, 0x80, DESCRIPTOR.size, size)
    return struct.pack(">HHI", first, count, size + len(page)) + page + descriptors


def descriptor(address: int) -> bytes:
    if address % 10 >= 7:
        return DESCRIPTOR.pack(address, 0x08, 0, 0, 0, 0, b" " * 32, 0, 0)
    label = f"A{address:05}L8".encode().ljust(32)
    return DESCRIPTOR.pack(address, 0x09, 0, 0, 0x81, address, label, 0, 0)


def bare_loop(data: bytes) -> list[tuple[int, int, int, int, int, int, str]]:
    """The least that Python does for a tuple of each: no check, no names, no other layout."""
    return [
        (address, flags, asc, ascq, source_flags, source, tag.strip(b" \0").decode("ascii"))
        for address, flags, asc, ascq, source_flags, source, tag, _, _ in DESCRIPTOR.iter_unpack(
            memoryview(data)[16:]
        )
    ]


def looked_at(data: bytes) -> list[tuple[int, bool, str | None]]:
    """Address, contents and label of each element."""
    return [(each.address, each.full, each.tag) for each in parse_element_status(data).elements]


def pyscsi_parser() -> Callable[[bytes], Any] | None:
    try:
        from pyscsi.pyscsi.scsi_cdb_readelementstatus import ReadElementStatus
    except ImportError:
        return None
    parse: Callable[[bytes], Any] = ReadElementStatus.unmarshall_datain
    return parse


@dataclass
class StandIn:
    """A session and a memory of a library of ``count`` slots, which answers at once."""

    count: int
    model: Model = UNKNOWN_MODEL
    attention_count: int = 0
    replies: dict[bytes, bytes] = field(default_factory=dict)

    def send(self, command: Command[Any]) -> Any:
        none = ElementRange(0, 0)
        if command.cdb[0] != 0xB8:
            return ElementAddressAssignment(none, ElementRange(1, self.count), none, none)
        if command.cdb not in self.replies:
            self.replies[command.cdb] = reply(*struct.unpack(">HH", command.cdb[2:6]))
        return command.parse(self.replies[command.cdb])

    def lacks(self, _: str) -> bool:
        return False

    def note_geometry(self, page: ElementAddressAssignment) -> None: ...


def inventory_seconds(count: int, times: int) -> float:
    """Mode page, all pages of elements, every check, and the inventory by address."""
    library: Any = StandIn(count)
    reader = ElementReader(library, library, single_query=False)
    assert len(reader.read().elements) == count
    return processor_seconds(reader.read, times=times)


def main() -> None:
    pyscsi = pyscsi_parser()
    programs: dict[str, Callable[[bytes], Any]] = {
        "bare loop": bare_loop,
        "changer, parsed": parse_element_status,
        "changer, all looked at": looked_at,
        **({"PySCSI": pyscsi} if pyscsi else {}),
    }
    rows = [["elements", *programs, "changer, inventory"]]
    costs: dict[str, dict[int, float]] = {name: {} for name in rows[0][1:]}
    for count in SIZES:
        data, times = reply(0, count), max(5, min(200, 40_000 // count))
        for name, parse in programs.items():
            tries = times if name != "PySCSI" or count <= 2000 else 1
            costs[name][count] = processor_seconds(parse, data, times=tries)
        costs["changer, inventory"][count] = inventory_seconds(count, times)
        bare = costs["bare loop"][count]
        told = [f"{each[count] * 1e3:.2f} ({each[count] / bare:.1f})" for each in costs.values()]
        rows.append([f"{count}", *told])
    rows.append(["exponent", *(f"{exponent(each):.2f}" for each in costs.values())])
    print_table("READ ELEMENT STATUS, processor time in ms (ratio to the bare loop):", rows)
    tracemalloc.start()
    kept = parse_element_status(reply(0, SIZES[-1]))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"  memory for {len(kept.elements)} elements, at most: {peak / 2**20:.0f} MiB")


if __name__ == "__main__":
    main()
