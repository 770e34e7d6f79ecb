"""Settings as they are in effect, each with its origin: for ``changer config show`` (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from changer.library.library_settings import LibrarySettings
from changer.library.model import (
    ACCESS_NOT_REPORTED,
    ANSWERS_AT_REST,
    ANSWERS_TYPE_ZERO,
    Identity,
    has_quirk,
)
from changer.library.settings_document import LIBRARY
from changer.library.toml_text import plain_value, toml_key, toml_value
from changer.printable import printable
from changer.values import NamedTuple

if TYPE_CHECKING:
    from changer.library.settings import Configuration

OriginKind = Literal["file", "environment", "default", "detected"]
_DETECTED = {
    "single_query": (ANSWERS_TYPE_ZERO, True),
    "access_reported": (ACCESS_NOT_REPORTED, False),
    "answers_at_rest": (ANSWERS_AT_REST, True),
}
"""What a model is known for has the effect of a setting, whatever that is."""
_OF_ALL = ("manager", "transport")


class Origin(NamedTuple):
    """Where a value comes from; ``words``: for people, such as a file and its line."""

    kind: OriginKind
    words: str
    line: int | None = None


DEFAULT = Origin("default", "default")


class Setting(NamedTuple):
    """A setting in effect. ``value``: as TOML has it; None: it is not set, and has no default."""

    key: str
    value: Any
    origin: Origin


class FileLines(NamedTuple):
    """The settings file, and the line of each key in it."""

    file: str
    lines: Mapping[tuple[str, ...], int]

    def origin(self, *path: str) -> Origin | None:
        """The origin of a key that the file has."""
        line = self.lines.get(path)
        return None if line is None else Origin("file", f"{self.file}:{line}", line)


def library_settings(
    library_id: str, identity: Identity | None, configuration: Configuration, file: FileLines
) -> tuple[Setting, ...]:
    """The settings of one library. ``identity``: None where it is not here to report it."""
    names = [library_id] if identity is None else [identity.id, identity.model_id]
    settings = configuration.settings(*names)
    table = next((each for each in names if each in configuration.libraries), library_id)
    return tuple(_library_settings(settings, table, identity, file))


def _library_settings(
    settings: LibrarySettings, table: str, identity: Identity | None, file: FileLines
) -> Iterator[Setting]:
    for key in LibrarySettings._fields:
        value = getattr(settings, key)
        origin = file.origin(LIBRARY, table, key)
        if origin is None and key in _OF_ALL:
            origin = file.origin(key)
        quirk = _DETECTED.get(key)
        if quirk is not None and identity is not None and has_quirk(quirk[0], identity):
            name = f"{identity.vendor} {identity.product}"
            value, origin = quirk[1], Origin("detected", f"detected: {name} is known for it")
        yield Setting(key, plain_value(key, value), origin or DEFAULT)


def setting_lines(settings: tuple[Setting, ...], *, with_origin: bool) -> Iterator[str]:
    """Settings as lines of TOML; what is not set is a comment."""
    texts = [
        f"# {each.key} is not set"
        if each.value is None
        else f"{toml_key(each.key)} = {toml_value(each.value)}"
        for each in settings
    ]
    if not with_origin:
        yield from texts
        return
    width = max(map(len, texts), default=0)
    for text, each in zip(texts, settings, strict=True):
        yield f"{text.ljust(min(width, _WIDEST))}  # {printable(each.origin.words)}"


_WIDEST = 44


def table_header(library_id: str) -> str:
    """``[library."ID"]``."""
    return f"[{LIBRARY}.{toml_value(library_id)}]"
