"""Samples mutants of the program, and says which the tests see: make mutants, or

python -m mutants --count 50 [--room cleaning] [--seed 7] [--safety] [--last] [--tests tests/unit]
"""

from __future__ import annotations

import argparse
import os
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, closing
from pathlib import Path
from queue import SimpleQueue

from .collected import Collected
from .copies import make_copy
from .equivalents import is_known
from .measuring import seen
from .seen import Seen
from .sites import NOT_FOR_SAFETY, Mutant, random_sites, safety_sites
from .trial import End, Place, Trial

CHECKOUT = Path(__file__).parents[2]
BUILD = CHECKOUT / "build/mutants"
TESTS = ["tests/unit", "tests/simulated"]
# What only runs beside a kernel's SCSI: tests/kernel has its tests, in a guest of their own.
_IN_A_GUEST = ("changer/tcmu/", "changer/cli/attachment.py")
_FOR_SAFETY = r"^ +(raise|with|[\w.]+\()"


def main(words: list[str]) -> int:
    """Print each mutant that lived, and the rate by room; those of a guest are not tried."""
    options = _options(words)
    seed = random.randrange(10**6) if options.seed is None else options.seed
    print(f"seed {seed}: the same mutants again with SEED={seed}", flush=True)
    modules = [
        each.relative_to(CHECKOUT).as_posix() for each in sorted(CHECKOUT.glob("changer/**/*.py"))
    ]
    wanted = [
        each
        for each in modules
        if each.startswith(f"changer/{options.room}") and not each.startswith(_IN_A_GUEST)
    ]
    if not wanted:
        print(f"no module begins with changer/{options.room}", file=sys.stderr)
        return 2
    sample = _sample(random.Random(seed), wanted, options.count, safety=options.safety)
    known = seen(CHECKOUT, BUILD, options.tests, may_be_old=options.last)
    print(known.extent, flush=True)
    trials = list(_tried(sample, known, options))
    print("\n".join(_report(trials)))
    return 0


def _options(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument(
        "--room", default="", help="a room of the program, or a module: moves/verify"
    )
    parser.add_argument("--seed", type=int, help="of the sample; else by chance")
    parser.add_argument("--safety", action="store_true", help="take statements of safety away")
    parser.add_argument("--last", action="store_true", help="measure changed tests alone")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--limit", type=float, default=150, help="seconds of tests for a mutant")
    parser.add_argument("--tests", nargs="+", default=TESTS, help="folders and files that count")
    return parser.parse_args(words)


def _sample(chance: random.Random, modules: list[str], count: int, *, safety: bool) -> list[Mutant]:
    """Of all statements of safety, or of all lines that can be changed; none is taken twice."""
    # By the size of modules first: to look into all of them takes minutes.
    sizes = [_size(CHECKOUT / each, safety=safety) for each in modules]
    drawn = Counter(chance.choices(modules, sizes, k=2 * count) if any(sizes) else ())
    places: list[Sequence[Mutant]] = []
    for module in sorted(drawn):
        found = safety_sites if safety else random_sites
        sites = found(module, (CHECKOUT / module).read_text())
        places += chance.sample(sites, min(len(sites), drawn[module]))
    chance.shuffle(places)
    mutants = (chance.choice(each) for each in places)
    return [each for each in mutants if each.changed is not None][:count]


def _size(file: Path, *, safety: bool) -> int:
    """How many lines it has, or statements of safety, more or less."""
    text = file.read_text()
    if not safety:
        return text.count("\n")
    room = file.relative_to(CHECKOUT / "changer").parts[0].removesuffix(".py")
    return 0 if room in NOT_FOR_SAFETY else len(re.findall(_FOR_SAFETY, text, re.MULTILINE))


def _tried(sample: list[Mutant], known: Seen, options: argparse.Namespace) -> Iterator[Trial]:
    places: SimpleQueue[Place] = SimpleQueue()
    with ExitStack() as stack, ThreadPoolExecutor(options.processes) as pool:

        def make_place(number: int) -> None:
            copy = make_copy(CHECKOUT, BUILD / f"copy-{number}")
            places.put(Place(copy, stack.enter_context(closing(Collected(copy, options.tests)))))

        def attempt(mutant: Mutant) -> Trial:
            if is_known(mutant.module, mutant.diff):
                return Trial(mutant, End.EQUIVALENT)
            place = places.get()
            try:
                return place.try_mutant(mutant, known, limit_seconds=options.limit)
            finally:
                places.put(place)

        list(pool.map(make_place, range(options.processes)))
        attempts = [pool.submit(attempt, each) for each in sample]
        for number, done in enumerate(as_completed(attempts), 1):
            trial = done.result()
            place = f"{trial.mutant.module}:{trial.mutant.line}"
            print(f"{number:4} {trial.end.value:10} {place}  {trial.by}", flush=True)
            if trial.end in (End.LIVED, End.NO_TEST):
                print("\n".join(f"     {line}" for line in trial.mutant.diff), flush=True)
            yield trial


def _report(trials: list[Trial]) -> Iterator[str]:
    by_room: defaultdict[str, Counter[End]] = defaultdict(Counter)
    for each in trials:
        by_room[each.mutant.room][each.end] += 1
        by_room["all"][each.end] += 1
    yield f"{'room':12}" + "".join(f"{end.value:>12}" for end in End) + f"{'rate':>8}"
    for room in [*sorted(set(by_room) - {"all"}), *(["all"] if trials else [])]:
        ends = by_room[room]
        judged = sum(ends.values()) - ends[End.EQUIVALENT]
        rate = 100 * (ends[End.KILLED] + ends[End.TIMED_OUT]) / judged if judged else 100
        yield f"{room:12}" + "".join(f"{ends[end]:12}" for end in End) + f"{rate:6.0f} %"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
