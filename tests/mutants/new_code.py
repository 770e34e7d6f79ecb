"""Functions that are imported already get the code that a changed text gives them."""

from __future__ import annotations

import gc
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType


def functions_by_file() -> dict[str, list[FunctionType]]:
    """All functions of this process, by the files of their code."""
    found: defaultdict[str, list[FunctionType]] = defaultdict(list)
    for each in gc.get_objects():
        if type(each) is FunctionType:
            found[each.__code__.co_filename].append(each)
    return found


def put(functions: Iterable[FunctionType], file: str, before: str, after: str) -> None:
    """Let functions of a file, whose text was ``before``, do what ``after`` says.

    What ran when the file was imported stays as it was. ValueError or KeyError: they can't be told
    from each other, or one that keeps variables for inner functions would keep others.
    """
    old = {
        path: (code.co_name, code.co_firstlineno)
        for path, code in _by_path(compile(before, file, "exec", dont_inherit=True))
    }
    new = dict(_by_path(compile(after, file, "exec", dont_inherit=True)))
    codes = {key: new[path] for path, key in old.items() if path in new}
    for each in functions:
        each.__code__ = codes[each.__code__.co_name, each.__code__.co_firstlineno]


def _by_path(code: CodeType, path: str = "") -> Iterator[tuple[str, CodeType]]:
    """Each code in this one by the names around it, and which of its name it is there."""
    yield path, code
    names: Counter[str] = Counter()
    for each in code.co_consts:
        if isinstance(each, CodeType):
            names[each.co_name] += 1
            yield from _by_path(each, f"{path}.{each.co_name}/{names[each.co_name]}")
