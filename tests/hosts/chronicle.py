"""What happens in a history, written down as it happens: a run that is cut off has its record."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(slots=True)
class Chronicle:
    """``path``: of lines of JSON, one for each thing that happened."""

    path: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text("")

    def tell(self, words: str) -> None:
        """To whoever watches the run."""
        with self._lock:
            print(f"{time.strftime('%H:%M:%S')} {words}", flush=True)

    def keep(self, kind: str, what: DataclassInstance | dict[str, Any]) -> None:
        content = what if isinstance(what, dict) else asdict(what)
        line = json.dumps({"kind": kind, "at": time.time(), **content}, default=repr)
        with self._lock, self.path.open("a") as file:
            file.write(line + "\n")
