"""Fuzzes one target, guided by which code it reaches; arguments as libFuzzer takes them.

python -m fuzz.one TARGET [FOLDER]... [-OPTION=VALUE]...
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["changer", "json", "tomllib"]):
    from fuzz.targets import TARGETS, attempt


def main(arguments: list[str]) -> None:
    """Runs until libFuzzer ends the process."""
    program, name, *options = arguments
    target = TARGETS[name]
    atheris.Setup([program, *options], lambda data: (attempt(target, data), None)[1])
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
