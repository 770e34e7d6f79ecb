"""A virtual library of our own, shown to the kernel as devices by the installed program."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from changer.host.clock import SystemClock
from changer.simulator.creation import create
from changer.simulator.description import Description, describe
from changer.simulator.operator_api import operate, set_fault

from .dispatch_count import SERVED
from .program import PROGRAM, Ended, begin, run_here, run_program

CORE = Path("/sys/kernel/config/target/core")
LOOPBACK = Path("/sys/kernel/config/target/loopback")
ISCSI = Path("/sys/kernel/config/target/iscsi")
UIO = Path("/sys/class/uio")


@dataclass(frozen=True, slots=True)
class AttachedLibrary:
    """``folder``: where it and its locks are. ``units``: as ``sim attach --json`` reported them."""

    name: str
    folder: Path
    process_id: int
    units: tuple[Mapping[str, Any], ...]

    @property
    def device(self) -> str:
        """The /dev/sgN of the changer."""
        return str(self.units[0]["generic"])

    @property
    def drives(self) -> tuple[Mapping[str, Any], ...]:
        """The units that are drives, in order of their numbers."""
        return self.units[1:]

    @property
    def truth(self) -> Description:
        return describe(self.name, folder=self.folder, now=SystemClock().now())

    def fault(self, words: str) -> None:
        """``changer sim fault``, from outside the process that serves it."""
        set_fault(self.name, words, folder=self.folder, clock=SystemClock())

    def operate(self, words: str) -> None:
        """``changer sim operator``."""
        operate(self.name, words, folder=self.folder, clock=SystemClock())


def environment(folder: Path) -> dict[str, str]:
    """Where the program finds the virtual libraries of a folder, and keeps their locks."""
    return {"CHANGER_SIM_DIR": str(folder), "CHANGER_LOCK_DIR": str(folder / "lock")}


def simulate(folder: Path, *arguments: str, prefix: Sequence[str] = ()) -> Ended:
    """``changer sim``, the installed program; ``prefix`` as of ``Program.start``."""
    argv: list[str | Path] = [*prefix, PROGRAM, "sim", *arguments]
    return run_program(argv, {**os.environ, **environment(folder)}, timeout_seconds=120)


def begin_simulate(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return begin(["sim", *arguments], environment(folder))


def simulate_here(folder: Path, *arguments: str) -> Ended:
    """The same in this process, for what ends by itself and starts no other."""
    return run_here(["sim", *arguments], environment(folder))


def attach(name: str, folder: Path, *options: str) -> AttachedLibrary:
    trace = folder / f"{name}.trace"
    words = ("attach", name, "--background", "--json", "--trace", str(trace), *options)
    ended = simulate(folder, *words)
    assert ended.exit_status == 0, ended
    document = json.loads(ended.stdout)
    library = AttachedLibrary(name, folder, document["process_id"], tuple(document["units"]))
    SERVED[Path(library.device)] = trace
    return library


@contextmanager
def attached(
    name: str, folder: Path, *options: str, profile: str = "demo", **fields: Any
) -> Iterator[AttachedLibrary]:
    """A new library, attached; detached afterwards, and nothing of it left."""
    create(name, folder=folder, profile=profile, **fields)
    library = attach(name, folder, *options)
    try:
        yield library
    finally:
        ended = simulate(folder, "detach", name, "--cleanup")
    assert ended.exit_status == 0, ended
    assert objects_of(name) == []


def objects_of(name: str) -> list[str]:
    """What the kernel still has of a library: its backstores and their uio devices."""
    return [each for each in kernel_objects() if f"sim:{name}:" in each]


def kernel_objects() -> list[str]:
    """All that is there of any library: backstores, their HBAs and rings, targets, SCSI hosts."""
    found = [str(each) for pattern in ("user_*", "user_*/sim:*") for each in CORE.glob(pattern)]
    found += [str(each) for each in LOOPBACK.glob("naa.*")]
    found += [str(each) for each in ISCSI.glob("iqn.*")]
    found += [f"{each.parent} {each.read_text().strip()}" for each in UIO.glob("uio*/name")]
    hosts = Path("/sys/class/scsi_host").glob("host*/proc_name")
    return sorted(found + [str(each.parent) for each in hosts if "tcm_loop" in each.read_text()])


def nodes(unit: Mapping[str, Any]) -> list[str]:
    """All nodes of a unit in /dev."""
    kinds = ("generic", "changer", "tape", "no_rewind")
    return [unit[each] for each in kinds if unit[each] is not None]
