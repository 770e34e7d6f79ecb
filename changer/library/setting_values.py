"""Values of the configuration file: what each key of it may have, and what it is read as."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, get_args

from changer.errors import UsageError
from changer.library.library_settings import (
    AutoClean,
    CleanerChoice,
    CleaningOnTheWay,
    NodeTransport,
    SpentCleaners,
)
from changer.library.media_labels import family_named
from changer.library.owner_address import OwnerAddress, parse_owner
from changer.smc.atlas.media import MediaFamily
from changer.smc.elements import AdditionalSense

_CHOICES = {
    "auto_clean": AutoClean,
    "cleaner_choice": CleanerChoice,
    "cleaning_on_the_way": CleaningOnTheWay,
    "transport": NodeTransport,
}
_WEEK = 7 * 86400
_WHOLE = {
    "cleans_left_warning": (0, 1000),
    "cleanings_per_week": (0, 1000),
    "cleaner_kept_days": (1, 36525),
    "history_kept_days": (0, 36525),
}
_SECONDS = {"cleaning_pause_seconds": (0, _WEEK), "cleaning_retry_seconds": (0, _WEEK)}
_ANY_SECONDS = (1, 86400)
_MOST_CLEANS = (0, 10000)

# A label of fewer characters, without a wildcard, is more likely a family that was mistyped.
_PATTERN = re.compile(r"(?=.*[*?]|.{6,})[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_SLOTS = re.compile(r"([1-9][0-9]{0,4})(?:-([1-9][0-9]{0,4}))?")


def read_setting(key: str, value: Any, *, where: str) -> Any:
    """The value of a key of the file, as LibrarySettings has it.

    ``where``: what a message begins with: the file and the table. Raises UsageError.
    """
    if key in _CHOICES:
        return _choice(value, get_args(_CHOICES[key]), f"{where}{key}")
    if key in _WHOLE:
        return _whole_number(value, _WHOLE[key], f"{where}{key}")
    if key.endswith("_seconds"):
        return _seconds(value, _SECONDS.get(key, _ANY_SECONDS), f"{where}{key}")
    reader: Callable[[Any, str], Any] = _READERS.get(key, _flag)
    return reader(value, f"{where}{key}")


def _flag(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return value
    raise UsageError(f"{name} must be true or false")


def _alias(value: Any, name: str) -> str:
    """A name that nothing else has, as far as its letters show."""
    from changer.library.alias import LONGEST, is_alias, looks_like_device

    if not isinstance(value, str) or not is_alias(value):
        raise UsageError(
            f"{name} must be 1 to {LONGEST} letters, digits, '.', '_' or '-', from a letter to a "
            "letter or digit",
            hint='such as "msl"; it is a word for shells, for systemd and for names of files',
        )
    if looks_like_device(value):
        raise UsageError(
            f'{name}: "{value}" looks like a device', hint='choose another word, such as "msl"'
        )
    return value


def _choice(value: Any, known: tuple[str, ...], name: str) -> str:
    if isinstance(value, str) and value in known:
        return value
    raise UsageError(f"{name} must be one of {', '.join(known)}")


def _whole_number(value: Any, limits: tuple[int, int], name: str) -> int:
    least, most = limits
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    raise UsageError(f"{name} must be a whole number from {least} to {most}")


def _seconds(value: Any, limits: tuple[int, int], name: str) -> float:
    least, most = limits
    if isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most:
        return float(value)
    raise UsageError(f"{name} must be a number of seconds from {least} to {most}")


def _prefixes(value: Any, name: str) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(each, str) and each for each in value):
        return tuple(value)
    raise UsageError(f"{name} must be a list of strings, none of them empty")


def _command(value: Any, name: str) -> tuple[str, ...]:
    """A program by its whole path, and its arguments; an empty list is none."""
    is_list = isinstance(value, list) and all(isinstance(each, str) for each in value)
    is_clean = is_list and not any("\0" in each for each in value)
    if is_clean and (not value or value[0].startswith("/")):
        return tuple(value)
    raise UsageError(
        f"{name} must be a list of strings: a program's path from / on, and its arguments",
        hint=f'such as {name.rpartition(".")[2]} = ["/usr/local/sbin/tell-admin", "--mail"]',
    )


def _manager(value: Any, name: str) -> OwnerAddress | None:
    """``ssh://[user@]host[:port]``, or ``here`` for this host."""
    if value == "here":
        return None
    address = parse_owner(value) if isinstance(value, str) else None
    if address is None:
        raise UsageError(
            f"{name} must be ssh://[USER@]HOST[:PORT], or here",
            hint=f'such as {name.rpartition(".")[2]} = "ssh://changer@tape1"',
        )
    return address


def _codes(value: Any, name: str) -> frozenset[AdditionalSense]:
    codes = [_code(each) for each in value] if isinstance(value, list) else [None]
    if None not in codes:
        return frozenset(code for code in codes if code)
    raise UsageError(f'{name} must be a list of codes such as "83/03"')


def _code(text: Any) -> AdditionalSense | None:
    """``83/03`` as ASC and ASCQ."""
    match = (
        re.fullmatch("([0-9A-Fa-f]{2})/([0-9A-Fa-f]{2})", text) if isinstance(text, str) else None
    )
    return AdditionalSense(int(match[1], 16), int(match[2], 16)) if match else None


def _spent(value: Any, name: str) -> SpentCleaners:
    """``keep``, ``eject``, ``move:40`` or ``move:40-44``: slots by their numbers."""
    if value == "keep" or value == "eject":
        return SpentCleaners(value)
    action, _, words = value.partition(":") if isinstance(value, str) else ("", "", "")
    slots = _slots(words) if action == "move" else range(0)
    if not slots:
        raise UsageError(
            f"{name} must be keep, eject or move:SLOTS",
            hint='SLOTS is one slot or a range of slots: "move:40", "move:40-44"',
        )
    return SpentCleaners("move", slots)


def _slots(text: str) -> range:
    """``40`` or ``40-44``; an empty range for anything else."""
    match = _SLOTS.fullmatch(text)
    return range(int(match[1]), int(match[2] or match[1]) + 1) if match else range(0)


def _slot_range(value: Any, name: str) -> range:
    slots = _slots(value) if isinstance(value, str) else range(0)
    if not slots and value != "":
        raise UsageError(
            f"{name} must be a slot or a range of slots", hint='by their numbers: "12", "1-4"'
        )
    return slots


def _table(value: Any, name: str, example: str) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return value
    raise UsageError(f"{name} must be a table", hint=f"such as {{ {example} }}")


def _cleans(value: Any, name: str) -> Mapping[str, int]:
    """Numbers by the name of a family or a pattern of labels, in the order of the file."""
    numbers: dict[str, int] = {}
    for key, number in _table(value, name, '"CLNU*" = 30, LTO = 50').items():
        family = family_named(key)
        _check_pattern(key, name, family)
        written = key if family is None else family.value
        if written in numbers:
            raise UsageError(f"{name} names {written} twice")
        numbers[written] = _whole_number(number, _MOST_CLEANS, f'{name}."{key}"')
    return MappingProxyType(numbers)


def _cleaner_family(value: Any, name: str) -> Mapping[str, MediaFamily]:
    """Families by a pattern of labels, in the order of the file."""
    families: dict[str, MediaFamily] = {}
    for pattern, told in _table(value, name, '"CLN9*" = "DLT"').items():
        _check_pattern(pattern, name, None)
        family = family_named(told) if isinstance(told, str) else None
        if family is None:
            raise UsageError(f'{name}."{pattern}" must be one of {_FAMILIES}')
        families[pattern] = family
    return MappingProxyType(families)


def _check_pattern(text: str, name: str, family: MediaFamily | None) -> None:
    if family is None and not _PATTERN.fullmatch(text):
        raise UsageError(
            f'{name}: "{text}" is not a media family or a pattern of labels'
            if name.endswith("cleans")
            else f'{name}: "{text}" is not a pattern of labels',
            hint=f'a pattern is a whole label or has a wildcard: "CLNU*"; families: {_FAMILIES}',
        )


_FAMILIES = ", ".join(MediaFamily)


def _store(value: Any, name: str) -> str:
    """The URL of a database."""
    from changer.host.store_url import require_store_url

    if not isinstance(value, str):
        raise UsageError(f"{name} must be a string")
    try:
        require_store_url(value)
    except UsageError as error:
        error.add_context(name)
        raise
    return value


_READERS: dict[str, Callable[[Any, str], Any]] = {
    "alias": _alias,
    "cleaner_prefixes": _prefixes,
    "manager": _manager,
    "on_event": _command,
    "informational_codes": _codes,
    "spent": _spent,
    "export_slots": _slot_range,
    "cleans": _cleans,
    "cleaner_family": _cleaner_family,
    "store": _store,
}
