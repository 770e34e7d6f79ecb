"""Lists the points at which the tests kill: make kill-points, or python -m killing [FUNCTION]."""

from __future__ import annotations

import sys

from folders import quick_folder

from .ledger import Ledger, lines_of_points, table
from .scenarios import SCENARIOS


def main(wanted: list[str]) -> int:
    """Print those of the functions with these words in their names, or of all; then the table."""
    ledger: dict[str, Ledger] = {}
    for scenario in SCENARIOS:
        if wanted and not any(word in scenario.name for word in wanted):
            continue
        with quick_folder() as folder:
            killing, _ = scenario.prepare(folder / "library")
        points = [each for each in killing.points if each.kind in scenario.kinds]
        ledger[scenario.name] = Ledger(points)
        print("\n".join(lines_of_points(scenario.name, points)))
    if not ledger:
        names = "\n  ".join(each.name for each in SCENARIOS)
        print(f"no such function; there are:\n  {names}", file=sys.stderr)
        return 1
    print("\n".join(table(ledger)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
