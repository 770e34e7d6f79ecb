"""changer inventory: taken, or only asked for, where the model answers without looking."""

from __future__ import annotations

import pytest

from .terminal import Terminal


@pytest.mark.parametrize(
    ("profile", "arguments", "of", "looked"),
    [
        ("demo", (), "the whole library", True),
        ("demo", ("--range", "1-2"), "1-2", True),
        ("ts3500", (), "the whole library", False),
        ("ts3500", ("--range", "1-2"), "1-2", True),
        ("sl150", (), "the whole library", False),
        ("sl150", ("--range", "1-2"), "1-2", False),
    ],
)
def test_an_inventory_is_not_said_to_be_taken_by_a_library_that_does_not_look(
    terminal: Terminal, profile: str, arguments: tuple[str, ...], of: str, *, looked: bool
) -> None:
    terminal.create("it", profile)
    run = terminal.run("-l", "sim:it", "inventory", *arguments)
    ending = "taken" if looked else "asked for; the library did not look"
    assert (run.status, run.out) == (0, f"inventory of {of} {ending}\n")
    assert ("without looking" in run.err) is not looked
    document = terminal.run("-l", "sim:it", "--json", "inventory", *arguments).json
    assert (document["range"], document["looked"]) == (arguments[1] if arguments else None, looked)


def test_a_range_that_is_widened_to_all_is_not_taken_where_that_is_ignored(
    terminal: Terminal,
) -> None:
    terminal.create("it", "ts3500", opcodes=(0x07, 0x1E))
    run = terminal.run("-l", "sim:it", "inventory", "--range", "1-2")
    assert run.out == "inventory of the whole library asked for; the library did not look\n"
    told = run.err.index("does not support ranges")
    assert told < run.err.index("without looking")
