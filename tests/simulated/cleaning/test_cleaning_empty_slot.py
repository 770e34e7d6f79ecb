"""What each cleaner function says where the slot or its cleaner is not as it has to be."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from kept_files import assert_as_kept

from .cleaner_library import CleanerLibrary, refusal
from .refusals import CONDITIONS, EVERY, Condition, Function, fresh_case

# Each function's words, as a whole.
KEPT = Path(__file__).parent / "refused"
FIRST, LAST = "another_reserved", "mail_slots_full"


def of_the_slot(function: Function) -> Iterator[Condition]:
    """Conditions of slot, drive and cleaner, in the order of the checks."""
    names = [each.id for each in CONDITIONS]
    for each in CONDITIONS[names.index(FIRST) : names.index(LAST) + 1]:
        if function in each.functions:
            yield each


@pytest.mark.parametrize("function", EVERY)
def test_words_of_every_refusal_are_those_that_are_kept(folder: Path, function: Function) -> None:
    said = []
    for condition in of_the_slot(function):
        case = fresh_case(CleanerLibrary(folder / condition.id), function)
        condition.arrange(case)
        error = refusal(case.call)
        said += [condition.id, f"  {error.message}", f"  {error.hint}"]
        shutil.rmtree(folder / condition.id)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", "\n".join(said))
    assert_as_kept(f"{text}\n", KEPT / f"{function}.txt")
