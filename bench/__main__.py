"""Prints all tables but the server's, which takes long, or the parts that are named."""

from __future__ import annotations

import importlib
import sys

from bench.measure import machine

PARTS = {
    "parser": "bench.element_status",
    "startup": "bench.startup",
    "journal": "bench.journal",
    "history": "bench.history",
    "ring": "bench.ring",
    "wire": "bench.wire",
    "web": "bench.web",
}


LONG = "web"


def main() -> None:
    wanted = sys.argv[1:] or [each for each in PARTS if each != LONG]
    unknown = [each for each in wanted if each not in PARTS]
    if unknown:
        sys.exit(f"no part {unknown[0]!r}; choose from {', '.join(PARTS)}")
    print(machine())
    for part in wanted:
        importlib.import_module(PARTS[part]).main()


if __name__ == "__main__":
    main()
