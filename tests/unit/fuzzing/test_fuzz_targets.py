"""Every parser of bytes that others wrote, against bytes of every kind (fuzz/targets.py)."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path

import pytest
from effort import examples
from figures import FIGURES, Figure
from hypothesis import given
from hypothesis import strategies as st

import changer.smc
from fuzz import targets
from fuzz.seeds import seeds
from fuzz.targets import CORPUS, TARGETS, Target, attempt, saved

SEEDS = {name: tuple(seeds(name)) for name in TARGETS}
LONGEST = 4096

each_target = pytest.mark.parametrize("name", TARGETS)


def try_bytes(target: Target, data: bytes) -> bool:
    FIGURES.count(Figure.BYTES_FUZZED, len(data))
    return attempt(target, data)


@each_target
def test_where_fuzzing_starts_is_understood_at_least_once(name: str) -> None:
    assert [each for each in SEEDS[name] if try_bytes(TARGETS[name], each)]


@each_target
def test_seeds_that_end_anywhere_are_read_or_refused(name: str) -> None:
    # Pages of a library repeat themselves; every length of their first 600 bytes is enough.
    for seed in SEEDS[name][:60]:
        for length in range(min(len(seed), 600)):
            attempt(TARGETS[name], seed[:length])


@each_target
def test_any_value_in_any_byte_is_read_or_refused(name: str) -> None:
    understood = (each for each in SEEDS[name] if attempt(TARGETS[name], each))
    seed = min(understood, key=lambda each: abs(len(each) - 300))
    data = bytearray(seed)
    for position, original in enumerate(seed[:600]):
        for value in (0x00, 0x01, 0x7F, 0x80, 0xFF, original ^ 0x40):
            data[position] = value
            attempt(TARGETS[name], bytes(data))
        data[position] = original


@pytest.mark.parametrize(
    ("name", "path"),
    [
        pytest.param(name, path, id=f"{name}-{path.name}")
        for name in TARGETS
        for path in saved(TARGETS[name])
    ],
)
def test_what_was_found_once_is_read_or_refused(name: str, path: Path) -> None:
    try_bytes(TARGETS[name], path.read_bytes())


@each_target
@examples(80)
@given(data=st.binary(max_size=400))
def test_arbitrary_bytes_are_read_or_refused(name: str, data: bytes) -> None:
    try_bytes(TARGETS[name], data)


PIECES = st.one_of(
    st.binary(max_size=8),
    st.sampled_from(
        [b"\0", b"\xff", b"\xff\xff", b"\xff\xff\xff", b"\n", b'"', b"[", b"{", b"\x1b["]
    ),
    st.sampled_from([b"9" * 30, b"1e999", b"NaN", b"null", b"-1", b"\xe2\x80\xae", b"\\ud800"]),
)


@each_target
@examples(140)
@given(data=st.data())
def test_bytes_that_are_almost_right_are_read_or_refused(name: str, data: st.DataObject) -> None:
    changed = bytearray(data.draw(st.sampled_from(SEEDS[name]), label="seed")[:LONGEST])
    for _ in range(data.draw(st.integers(1, 6), label="changes")):
        start = data.draw(st.integers(0, len(changed)), label="position")
        end = start + data.draw(st.integers(0, 4), label="bytes replaced")
        changed[start:end] = data.draw(PIECES, label="with")
    if data.draw(st.booleans(), label="cut"):
        del changed[data.draw(st.integers(0, len(changed)), label="at") :]
    try_bytes(TARGETS[name], bytes(changed))


def test_every_parser_of_the_protocol_has_its_row() -> None:
    parsers = {
        name
        for module in pkgutil.iter_modules(changer.smc.__path__, "changer.smc.")
        for name in vars(importlib.import_module(module.name))
        if name.startswith("parse_")
    }
    assert parsers
    assert parsers <= set(vars(targets))


def test_the_corpus_holds_nothing_that_no_target_reads() -> None:
    assert {path.name for path in CORPUS.iterdir()} <= set(TARGETS)


# The instrument itself


@pytest.mark.parametrize(
    "read",
    [
        lambda data: data[1000],
        lambda data: (_ for _ in ()).throw(RuntimeError("a defect")),
        lambda data: "\x1b[2J",
        lambda data: [("fine", "\u202e")],
    ],
    ids=["IndexError", "RuntimeError", "escape code", "direction"],
)
def test_a_parser_that_fails_is_found(read: Callable[[bytes], object]) -> None:
    with pytest.raises((IndexError, RuntimeError, AssertionError)):
        attempt(Target("bad", read), b"")
