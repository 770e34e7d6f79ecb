"""``changer config show``: the settings in effect, as a settings file, with their origins."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from changer.cli.application import Application
from changer.cli.config_facts import libraries_here, require_meant
from changer.errors import NoLibrary
from changer.host.store_url import shown
from changer.library.given_name import VARIABLE
from changer.library.settings import settings_content, settings_file
from changer.library.settings_document import DEFAULT_LIBRARY, TOP_KEYS
from changer.library.settings_lines import key_lines
from changer.library.settings_shown import (
    DEFAULT,
    FileLines,
    Origin,
    Setting,
    library_settings,
    setting_lines,
    table_header,
)
from changer.library.toml_text import plain_value
from changer.printable import printable
from changer.values import NamedTuple

if TYPE_CHECKING:
    from changer.library.model import Identity
    from changer.library.opening import Request

_STATE_VARIABLE = "$CHANGER_STATE"


class _Shown(NamedTuple):
    """The settings of one library; ``device``: where it is now, or None."""

    id: str
    device: str | None
    settings: tuple[Setting, ...]
    owner: str | None


def show(application: Application, *, with_origin: bool) -> int:
    """Print the settings. Raises UsageError, AccessDenied where the file can't be used."""
    from importlib.metadata import version

    request = application.request()
    file = settings_file(os.environ)
    text = settings_content(file).decode(errors="replace")
    lines = FileLines(str(file), key_lines(text))
    wanted = _wanted(request) if application.options.library else None
    here = libraries_here(request)
    of_all = tuple(_of_all(request, lines, here))
    libraries = [*_libraries(request, lines, here, wanted)]
    application.output.print_json(
        "config",
        {
            "file": str(file),
            "version": version("changer"),
            "settings": [] if wanted else [_setting_json(each) for each in of_all],
            "libraries": [
                {
                    "id": each.id,
                    "device": each.device,
                    "manager": each.owner,
                    "settings": [_setting_json(it) for it in each.settings],
                }
                for each in libraries
            ],
        },
    )
    application.output.print(f"# changer {version('changer')}: the settings in effect")
    if wanted is None:
        application.output.print("\n".join(_head(request, of_all, with_origin=with_origin)))
    for each in libraries:
        application.output.print("\n".join(_table(each, with_origin=with_origin)))
    return 0


def _wanted(request: Request) -> str:
    """The id of the library that --library names. Raises as opening it does, or NoLibrary."""
    name, libraries = request.name or "", request.configuration.libraries
    if name in libraries:
        return name
    identity = require_meant(request)
    if identity is None:
        matching = [each for each in libraries if name.lower() in each.lower()]
        if len(matching) == 1:
            return matching[0]
        raise NoLibrary(
            f"the settings have no table for {name!r}, and its id is not known",
            hint='name it by its id, as [library."ID"] has it',
        )
    return identity.id


def _libraries(
    request: Request, lines: FileLines, here: list[tuple[Identity, str]], wanted: str | None
) -> Iterator[_Shown]:
    """Those of the file in its order, then others that are here, but for virtual ones."""
    configuration = request.configuration
    identities = {identity.id: (identity, device) for identity, device in here}
    models = {identity.model_id: (None, device) for identity, device in here}
    tables = [*configuration.libraries]
    others = [
        it.id
        for it, device in here
        if not {it.id, it.model_id} & {*tables} and (device.startswith("/") or it.id == wanted)
    ]
    for library_id in dict.fromkeys([*tables, *others]):
        identity, device = identities.get(library_id) or models.get(library_id) or (None, None)
        if wanted not in (None, library_id) and not (
            identity is None and _is_model_of(library_id, wanted, here)
        ):
            continue
        settings = library_settings(library_id, identity, configuration, lines)
        owner = configuration.settings(library_id).manager
        yield _Shown(library_id, device, settings, None if owner is None else owner.host)


def _is_model_of(table: str, library_id: str | None, here: list[tuple[Identity, str]]) -> bool:
    return any(each.id == library_id and each.model_id == table for each, _ in here)


def _of_all(
    request: Request, lines: FileLines, here: list[tuple[Identity, str]]
) -> Iterator[Setting]:
    configuration = request.configuration
    values = {key: plain_value(key, getattr(configuration, key, None)) for key in TOP_KEYS}
    for key in TOP_KEYS:
        if key == DEFAULT_LIBRARY:
            yield _default_library(request, lines, here)
        elif key == "store":
            yield _store(request, lines)
        else:
            yield Setting(key, values[key], lines.origin(key) or DEFAULT)


def _default_library(
    request: Request, lines: FileLines, here: list[tuple[Identity, str]]
) -> Setting:
    """What is meant where a command names none."""
    key = DEFAULT_LIBRARY
    if variable := request.environment.get("CHANGER"):
        return Setting(key, variable, Origin("environment", VARIABLE))
    if request.configuration.library is not None:
        return Setting(key, request.configuration.library, lines.origin(key) or DEFAULT)
    real = list(dict.fromkeys(it.id for it, device in here if device.startswith("/")))
    if len(real) == 1 and request.configuration.manager is None:
        words = "detected: the only library of this host"
        return Setting(key, real[0], Origin("detected", words))
    return Setting(key, None, DEFAULT)


def _store(request: Request, lines: FileLines) -> Setting:
    """The database; None where it is a file, which no setting names."""
    place = request.paths.state
    variable = request.environment.get("CHANGER_STATE")
    origin = Origin("environment", _STATE_VARIABLE) if variable else lines.origin("store")
    return Setting("store", shown(place) if isinstance(place, str) else None, origin or DEFAULT)


# What is printed


def _head(request: Request, settings: tuple[Setting, ...], *, with_origin: bool) -> Iterator[str]:
    for line, each in zip(setting_lines(settings, with_origin=with_origin), settings, strict=True):
        if each.key == "store" and each.value is None:
            origin = f"  # {each.origin.words}" if with_origin else ""
            yield printable(f"# store is not set: the state is in {request.paths.state}{origin}")
        else:
            yield line


def _table(library: _Shown, *, with_origin: bool) -> Iterator[str]:
    yield ""
    where = library.device or "not on this host now"
    if library.owner is not None:
        where = f"managed by {library.owner}, whose settings count"
    yield f"{table_header(library.id)}  # {printable(where)}"
    yield from setting_lines(library.settings, with_origin=with_origin)


def _setting_json(setting: Setting) -> dict[str, Any]:
    return {
        "key": setting.key,
        "value": setting.value,
        "origin": {
            "kind": setting.origin.kind,
            "words": setting.origin.words,
            "line": setting.origin.line,
        },
    }
