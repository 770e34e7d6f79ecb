"""Recordings of mhVTL: account and exchanges of each configuration, scenario and step.

Compressed, because a reading of a large library repeats itself. The exchanges are lines of the
program's own trace.
"""

import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .account import Account

FOLDER = Path(__file__).resolve().parents[1] / "data" / "mhvtl"
SCHEMA = "changer.recording/1"


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """What was done, what was seen, and the lines of the trace in between."""

    account: Account
    exchanges: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(self.account["step"])


@dataclass(frozen=True, slots=True)
class Recording:
    """A file. ``identity``: vendor, product, revision and serial of the library."""

    configuration: str
    mhvtl: str
    kernel: str
    program: str
    identity: dict[str, Any]
    scenarios: dict[str, tuple[RecordedStep, ...]]

    def write(self, folder: Path) -> None:
        """Under its configuration's name; the same content gives the same bytes."""
        document = {
            "schema": SCHEMA,
            "configuration": self.configuration,
            "mhvtl": self.mhvtl,
            "kernel": self.kernel,
            "program": self.program,
            "identity": self.identity,
            "scenarios": {
                name: [{"account": step.account, "exchanges": step.exchanges} for step in steps]
                for name, steps in self.scenarios.items()
            },
        }
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(document, indent=1) + "\n"
        (folder / f"{self.configuration}.json.xz").write_bytes(lzma.compress(text.encode()))


def recording_of(configuration: str, folder: Path = FOLDER) -> Recording:
    """Read one. Raises ValueError for what is none."""
    content = lzma.decompress((folder / f"{configuration}.json.xz").read_bytes())
    document = json.loads(content)
    if document.pop("schema") != SCHEMA:
        raise ValueError(f"no recording: {configuration}")
    scenarios = {
        name: tuple(RecordedStep(step["account"], tuple(step["exchanges"])) for step in steps)
        for name, steps in document.pop("scenarios").items()
    }
    return Recording(scenarios=scenarios, **document)


def recorded_configurations(folder: Path = FOLDER) -> Iterator[str]:
    """The names of those that are kept."""
    return (file.name.removesuffix(".json.xz") for file in sorted(folder.glob("*.json.xz")))
