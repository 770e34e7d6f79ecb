"""Where the name of a library comes from, for the errors that are about it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from changer.errors import ChangerError, NoLibrary
from changer.library.settings import Configuration, settings_content, settings_file
from changer.library.settings_document import DEFAULT_LIBRARY, LIBRARY, place
from changer.library.settings_lines import key_lines

VARIABLE = "$CHANGER"


def explain(
    error: ChangerError,
    name: str | None,
    *,
    is_said: bool,
    environment: Mapping[str, str],
    configuration: Configuration,
) -> None:
    """Add to an error about a library what its name is, and where that comes from.

    ``is_said``: on the command line, or in the call, which is clear; an alias is not.
    """
    if name is None:
        return
    words = []
    if not is_said and environment.get("CHANGER"):
        words.append(f"{VARIABLE} names it")
    elif not is_said:
        words.append(f"{DEFAULT_LIBRARY} names it ({_place(environment, DEFAULT_LIBRARY)})")
    library_id = configuration.id_of_alias(name)
    if library_id is not None:
        where = _place(environment, LIBRARY, library_id, "alias")
        words.append(f"'{name}' is the alias of {library_id} ({where})")
    if words:
        error.add_context(after="; ".join(words))
    elif isinstance(error, NoLibrary) and (aliases := _aliases(configuration)):
        error.add_context(hint=f"{error.hint}; aliases: {aliases}")


def _aliases(configuration: Configuration) -> str:
    return ", ".join(each.alias for each in configuration.libraries.values() if each.alias)


def _place(environment: Mapping[str, str], *path: str) -> str:
    """The line of a key, if the file is still what was read."""
    file = settings_file(environment)
    with suppress(ChangerError):
        text = settings_content(file).decode(errors="replace")
        return place(file, key_lines(text).get(path))
    return str(file)
