"""Every word of every check, at both sides of what it tells apart.

A case of ``doctor_cases.txt`` has what is said otherwise than where all is well: the checks that
don't say that, behind ``-``, and what is said instead, with the fixes and the advice below it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kept_files import read_cases

from changer.doctor.checks import diagnose
from changer.doctor.diagnosis import Diagnosis
from changer.doctor.facts import Facts

from .edges import EDGES
from .healthy import FACTS
from .test_doctor_checks import SPOILED, WELL

TABLE = Path(__file__).parents[2] / "data" / "doctor_cases.txt"
ALL_IS_WELL = "all is well"
CASES = (
    EDGES
    | {name: facts for name, (facts, *_) in SPOILED.items()}
    | {name: facts for name, (facts, *_) in WELL.items()}
)


def lines_of(diagnosis: Diagnosis) -> list[str]:
    about = f" [{diagnosis.library}]" if diagnosis.library else ""
    return [
        f"{diagnosis.level}: {diagnosis.check}{about}: {diagnosis.seen}",
        *(f"    {each}" for each in diagnosis.fixes),
        *([] if diagnosis.advice is None else [f"    ({diagnosis.advice})"]),
    ]


def differences(facts: Facts) -> Iterator[str]:
    well, found = diagnose(FACTS), diagnose(facts)
    unsaid = [each.check for each in well if each not in found]
    if unsaid:
        yield f"- {', '.join(unsaid)}"
    for each in found:
        if each not in well:
            yield from lines_of(each)


def told_by_case() -> dict[str, list[str]]:
    found = {ALL_IS_WELL: [line for each in diagnose(FACTS) for line in lines_of(each)]}
    return found | {name: [*differences(facts)] for name, facts in CASES.items()}


def test_each_case_is_told_in_these_words_and_no_others() -> None:
    told, expected = told_by_case(), read_cases(TABLE)
    assert {name: lines for name, lines in told.items() if lines != expected.get(name)} == {}
    assert [*expected] == [*told]
