"""Settings of the host and of its libraries, and where files are kept.

``/etc/changer/changer.toml``, or the file that ``$CHANGER_CONFIG`` names.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from changer.errors import AccessDenied, ChangerError, UsageError
from changer.host.guarded_files import check_unchanged, open_at_once
from changer.host.trust import absolute_path, user_name
from changer.library.library_settings import AutoClean as AutoClean
from changer.library.library_settings import CleanerChoice as CleanerChoice
from changer.library.library_settings import CleaningOnTheWay as CleaningOnTheWay
from changer.library.library_settings import LibrarySettings as LibrarySettings
from changer.library.library_settings import NodeTransport as NodeTransport
from changer.library.library_settings import SpentCleaners as SpentCleaners
from changer.values import NamedTuple, dataclass, field

if TYPE_CHECKING:
    from changer.library.owner_address import OwnerAddress
    from changer.library.settings_document import Document

DEFAULT_FILE = Path("/etc/changer/changer.toml")
HOOKS = Path("/etc/changer/hooks.d")
LARGEST_FILE = 1 << 20
DEFAULT_STORE = Path("/var/lib/changer/state.db")


@dataclass(frozen=True, slots=True)
class Configuration:
    """The whole file: which library is meant when none is named, and each one's settings.

    ``manager``, ``transport``: for what has none of its own. ``on_event``: a program that is given
    events, with its arguments. ``store``: a URL of PostgreSQL's; None: a file. ``allow_async``:
    that server may lose what it has committed.
    """

    library: str | None = None
    manager: OwnerAddress | None = None
    transport: NodeTransport = "sg_raw"
    on_event: tuple[str, ...] = ()
    store: str | None = None
    allow_async: bool = False
    libraries: Mapping[str, LibrarySettings] = field(default_factory=dict)

    def settings(self, *library_ids: str) -> LibrarySettings:
        """The settings of one library, by the first of its names that has a table."""
        tables = (self.libraries[each] for each in library_ids if each in self.libraries)
        default = LibrarySettings(manager=self.manager, transport=self.transport)
        return next(tables, default)

    def id_of_alias(self, name: str | None) -> str | None:
        """The id of the table that gives this alias; None for any other name."""
        if not name or not self.libraries:
            return None
        folded = name.lower()  # as parts of ids
        tables = self.libraries.items()
        return next((it for it, each in tables if (each.alias or "").lower() == folded), None)

    def add_aliases(self, error: ChangerError) -> None:
        """Have an error name libraries by their aliases, too."""
        aliases = {name: each.alias for name, each in self.libraries.items() if each.alias}
        if aliases:
            from changer.library.alias import with_aliases

            error.rephrase(lambda text: with_aliases(text, aliases))

    @property
    def has_owners(self) -> bool:
        """Whether another host owns a library."""
        owners = (self.manager, *(each.manager for each in self.libraries.values()))
        return any(each is not None for each in owners)


class Paths(NamedTuple):
    """Where state, locks and virtual libraries are.

    ``state``: a file, or the URL of a database.
    ``state_is_given``: another state store than that of the host, or of the user, was named.
    ``hooks``: of programs that are given events. ``is_of_host``: False: a user's own.
    """

    state: Path | str
    locks: Path
    simulated: Path
    hooks: Path
    state_is_given: bool = False
    is_of_host: bool = True


def paths(
    *,
    environment: Mapping[str, str],
    simulated: bool,
    state: Path | str | None = None,
    store: str | None = None,
) -> Paths:
    """The files of a library: one set for all on the host, but for a user's virtual libraries.

    ``state``: that was named; ``store``: of the host's settings. Raises UsageError.
    """
    own = simulated and os.geteuid() != 0
    base = _own_folder(environment) if own else DEFAULT_STORE.parent
    locks = base / "lock" if own else Path("/run/lock/changer")
    named = environment.get("CHANGER_STATE")
    chosen = state or (state_place(named) if named else None)
    is_of_host = not own or bool(environment.get("CHANGER_CONFIG"))
    if chosen is None and is_of_host:
        chosen = store
    default = base / DEFAULT_STORE.name
    hooks = _own_settings(environment) / "hooks.d" if own else HOOKS
    return Paths(
        state=chosen or default,
        locks=_path(environment, "CHANGER_LOCK_DIR") or locks,
        simulated=_path(environment, "CHANGER_SIM_DIR") or base / "simulated",
        hooks=_path(environment, "CHANGER_HOOKS") or hooks,
        state_is_given=chosen not in (None, default),
        is_of_host=is_of_host,
    )


def state_place(name: str) -> Path | str:
    """What a name of a state store means: a file, or the URL of a database. Raises UsageError."""
    if "://" not in name:
        return Path(name)
    from changer.host.store_url import require_store_url

    require_store_url(name)
    return name


def _own_settings(environment: Mapping[str, str]) -> Path:
    home = _path(environment, "XDG_CONFIG_HOME")
    return (home or Path(environment.get("HOME") or "/") / ".config") / "changer"


def _own_folder(environment: Mapping[str, str]) -> Path:
    home = _path(environment, "XDG_STATE_HOME")
    return (home or Path(environment.get("HOME") or "/") / ".local/state") / "changer"


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    return Path(environment[name]) if environment.get(name) else None


def settings_file(environment: Mapping[str, str]) -> Path:
    """The configuration file that is read, whether it exists or not."""
    return _path(environment, "CHANGER_CONFIG") or DEFAULT_FILE


def load_configuration(environment: Mapping[str, str]) -> Configuration:
    """Read the configuration file; without one, the defaults.

    Raises UsageError that names the file, the key and what is wrong with it; AccessDenied for a
    file that this user may not read, or that strangers may have written.
    """
    file = settings_file(environment)
    content = settings_content(file, is_named=bool(environment.get("CHANGER_CONFIG")))
    if not content:
        return Configuration()
    from changer.library.settings_document import first_error, read_document

    document = read_document(content)
    if document.mistakes:
        raise first_error(document, file)
    return configuration_of(document)


def configuration_of(document: Document) -> Configuration:
    """What a settings file sets, as far as it is right."""
    return Configuration(**document.values, libraries=document.libraries)


def settings_content(file: Path, *, is_named: bool = False, is_trusting: bool = False) -> bytes:
    """The content of the configuration file; of a missing one, which was not named, nothing.

    ``is_trusting``: whoever may have written it. Raises as ``load_configuration``.
    """
    try:
        content = _read(file, is_trusting=is_trusting)
    except FileNotFoundError as error:
        if not is_named:
            return b""
        raise UsageError(f"{file}: no such configuration file ($CHANGER_CONFIG)") from error
    except PermissionError as error:
        raise AccessDenied(
            f"no permission to read the configuration {file}", hint=_missing_right(file)
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise UsageError(f"{file}: {getattr(error, 'strerror', None) or error}") from error
    if len(content) > LARGEST_FILE:  # /dev/zero has no end
        raise UsageError(f"{file}: too long for a configuration file")
    return content


def _read(file: Path, *, is_trusting: bool) -> bytes:
    with open_at_once(file) as opened:
        descriptor = opened.fileno()
        if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            raise UsageError(f"{file}: a pipe can't be the configuration file")
        if not is_trusting:
            check_unchanged(descriptor, file)
        return opened.read(LARGEST_FILE + 1)


def _missing_right(file: Path) -> str:
    """The place on the way to the file that is closed, and the user who can open it."""
    for place, right in ((file, "r"), *((folder, "x") for folder in absolute_path(file).parents)):
        try:
            status = place.stat()
        except OSError:
            continue
        return (
            f"{place} is not accessible to you; have {user_name(status.st_uid)} run: chmod "
            f"o+{right} {place}"
        )
    return "ask root"
