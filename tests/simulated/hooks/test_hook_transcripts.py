"""Whole conversations with the hooks: each word of each answer, its status, and what was sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .daemon import Answer, Daemon
from .mtx_script import MtxScript

FOLDER = Path(__file__).parents[2] / "data" / "hooks"
MOTIONS = (0x07, 0x19, 0x1B, 0x2B, 0xA5, 0xA6)  # all that is more than a question


def scenes(program: str) -> Iterator[tuple[str, list[str]]]:
    """By name, the lines of each."""
    _, *found = (FOLDER / f"{program}.txt").read_text().split("== ")
    for each in found:
        name, *lines = each.splitlines()
        yield name, lines


def answered(lines: list[str], host: Daemon) -> list[str]:
    """The lines of a scene, with the answers that its calls get."""
    found: list[str] = []
    for line in lines:
        if line.startswith("% "):
            happen(host, *line[2:].split(" ", 1))
        elif line.startswith("$"):
            with host.library.counting() as sent:
                answer = call(host, line[1:].split())
            motions = "".join(f" {each:02x}" * sent[each] for each in MOTIONS)
            status = f"{answer.status}{motions}"
            found += [line, *marked("|", answer.out), *marked("!", answer.err)]
            found += [f"= {status}"] if status != "0" else []
            continue
        else:
            continue
        found.append(line)
    known = {host.library.id: "ID", str(host.library.folder): "FOLDER"}
    for text, word in known.items():
        found = [each.replace(text, word) for each in found]
    return found


def marked(mark: str, text: str) -> list[str]:
    return [f"{mark}{each}".rstrip(" ") for each in text.splitlines()]


def call(host: Daemon, words: list[str]) -> Answer:
    return host.mtx(" ".join(words)) if isinstance(host, MtxScript) else host.run(*words)


def happen(host: Daemon, what: str, words: str = "") -> None:
    library = host.library
    if what == "move":
        library.move_behind_our_back(*words.split())
    elif what == "reserve":
        library.reserve(words)
    elif what == "configure":
        host.configure(words)
    else:
        {"fault": library.fault, "operate": library.operate}[what](words)


@pytest.mark.parametrize("name", [name for name, _ in scenes("mtx")])
def test_conversation_with_mtx_is_word_for_word(script: MtxScript, name: str) -> None:
    lines = dict(scenes("mtx"))[name]
    assert answered(lines, script) == lines


@pytest.mark.parametrize("name", [name for name, _ in scenes("autochanger")])
def test_conversation_with_the_autochanger_is_word_for_word(daemon: Daemon, name: str) -> None:
    lines = dict(scenes("autochanger"))[name]
    assert answered(lines, daemon) == lines
