"""man/changer-json.5 holds every document that the program prints, and every key, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Any

from documents import lines_in
from manual_json import NAME, SECTION, items
from package_source import modules

from changer.library.columns import COLUMNS
from changer.transport.trace_record import TraceHeader, TraceRecord

# Dataclasses whose fields are keys of a line.
TRACED: tuple[type[Any], ...] = (TraceHeader, TraceRecord)


def _prints(node: ast.AST) -> bool:
    """Whether it makes a document: of the schema and the content that it is given."""
    makers = ("print_json", "json_body")
    if not isinstance(node, ast.Call):
        return False
    return (getattr(node.func, "attr", "") or getattr(node.func, "id", "")) in makers


@cache
def _schemas() -> set[str]:
    found = set()
    for tree in modules().values():
        for node in ast.walk(tree):
            if _prints(node):
                assert isinstance(node, ast.Call)
                name = node.args[0]
                assert isinstance(name, ast.Constant), "a schema's name is to be a plain text"
                found.add(f"changer.{name.value!s}/1")
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= set(re.findall(r"^changer\.[a-z-]+/\d+$", node.value))
    return found


def test_every_json_schema_is_listed() -> None:
    assert {"changer.status/1", "changer.trace/2"} <= _schemas()
    assert {*items()} - {""} == _schemas()


def _written_keys(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Dict):
            for key in each.keys:
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value


def _chosen_keys(tree: ast.Module) -> Iterator[str]:
    """Keys that are named to ``chosen``, in the call or in a tuple of the module."""
    tuples = {
        ast.unparse(each.targets[0]): each.value
        for each in tree.body
        if isinstance(each, ast.Assign) and isinstance(each.value, ast.Tuple)
    }
    for each in ast.walk(tree):
        if isinstance(each, ast.Call) and ast.unparse(each.func) == "chosen":
            for name in each.args[1:]:
                if isinstance(name, ast.Starred):
                    yield from ast.literal_eval(tuples[ast.unparse(name.value)])
                else:
                    yield ast.literal_eval(name)


def _json_keys() -> set[str]:
    """Keys of the documents, which those who print them name, and of a trace."""
    keys = {"schema", "error"}
    for name, tree in modules().items():
        rooms = ("changer.cli.", "changer.documents.", "changer.events.", "changer.web.")
        if not name.startswith(rooms):
            continue
        keys |= set(_chosen_keys(tree))
        for node in ast.walk(tree):
            makes_json = isinstance(node, ast.FunctionDef) and node.name.endswith(
                ("_document", "_json")
            )
            if makes_json or _prints(node):
                keys |= set(_written_keys(node))
    keys |= {each.key for columns in COLUMNS.values() for each in columns if each.key}
    return keys | {field.name for each in TRACED for field in fields(each)}


def test_every_key_of_the_json_documents_is_listed_and_no_other_is() -> None:
    listed = {
        word
        for each in [*lines_in(NAME, SECTION), *lines_in(NAME, "DESCRIPTION")]
        for word in each.arguments("Va")
    }
    assert listed == _json_keys()
