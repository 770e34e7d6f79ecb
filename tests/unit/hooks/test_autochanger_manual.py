"""man/changer-autochanger.1 says what the program takes, and its advice is what is printed."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from changer.hooks.autochanger.program import COMMANDS, NAME
from changer.library.settings import LibrarySettings

MANUAL = (Path(__file__).parents[3] / "man" / "changer-autochanger.1").read_text()
ITEMS = re.findall(r"^\.It Ic (\S+)(?: Ar (.*))?$", MANUAL, re.MULTILINE)
# Device and command stand before every command's own words.
COMMON = 2


def test_every_command_has_its_item_in_the_order_of_the_usage() -> None:
    assert [name for name, _ in ITEMS] == [*COMMANDS]


def test_items_name_the_words_that_a_command_needs() -> None:
    needed = {name: COMMON + len(words.split()) for name, words in ITEMS}
    assert needed == {name: entry.words for name, entry in COMMANDS.items()}


def test_settings_that_are_mentioned_exist() -> None:
    mentioned = set(re.findall(r"^\.Cm (\w+_\w+)", MANUAL, re.MULTILINE))
    assert len(mentioned) == 3
    assert mentioned <= {each.name for each in fields(LibrarySettings)}


def test_examples_are_calls_with_enough_words() -> None:
    examples = re.findall(rf"^{NAME} (.+)$", MANUAL, re.MULTILINE)
    assert len(examples) == 4
    for example in examples:
        words = example.split()
        assert len(words) >= COMMANDS[words[1]].words, example
