"""What is wrong with settings that are each well formed: they fit no library, or contradict.

Decided from facts that were gathered before; nothing is asked here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from changer.library.alias import clashes_with
from changer.library.library_settings import LibrarySettings
from changer.library.settings_document import DEFAULT_LIBRARY, LIBRARY, Mistake
from changer.smc.elements import ElementAddressAssignment
from changer.values import NamedTuple, dataclass, field

if TYPE_CHECKING:
    from changer.library.settings import Configuration

_STILL_COUNT = ("alias", "manager")
"""Keys of a library of another host that count on this one."""


class Sight(NamedTuple):
    """A library that is on this host now: its ids as tables may have them, and its device."""

    id: str
    model_id: str
    device: str


class OnRecord(NamedTuple):
    """A library that the state store knows, and when it was last seen, in words."""

    id: str
    model_id: str
    last_seen: str


class NamedBy(NamedTuple):
    """A name that stands for a library, and where it comes from.

    ``path``: of its key, if that is in the file. ``trouble``: why no library can be meant by it,
    and ``hint``; None: one is. ``is_known``: the state store knows that library.
    """

    source: str
    name: str
    path: tuple[str, ...] = ()
    trouble: str | None = None
    hint: str | None = None
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of this host.

    seen          the libraries that are here now, virtual ones included.
    on_record     those that the state store knows; None: not known, ``store_trouble`` says why.
    named         names that stand for a library, the one that counts first.
    is_shared     whether the state store is a database of several hosts.
    store_source  what says so, in words.
    geometries    the elements of libraries, by the ids of their tables.
    not_asked     why those of others are not known, likewise.
    """

    seen: tuple[Sight, ...] = ()
    on_record: tuple[OnRecord, ...] | None = ()
    store_trouble: str = ""
    named: tuple[NamedBy, ...] = ()
    is_shared: bool = False
    store_source: str = ""
    geometries: Mapping[str, ElementAddressAssignment] = field(default_factory=dict)
    not_asked: Mapping[str, str] = field(default_factory=dict)


class Remark(NamedTuple):
    """Something about the settings; ``is_problem``: to be mended, not only to be known."""

    is_problem: bool
    mistake: Mistake


def _problem(
    message: str, path: tuple[str, ...], hint: str | None, other: tuple[str, ...] = ()
) -> Remark:
    return Remark(True, Mistake(message, hint, path, other))


def _note(message: str, path: tuple[str, ...] = (), hint: str | None = None) -> Remark:
    return Remark(False, Mistake(message, hint, path))


def wants_geometry(settings: LibrarySettings) -> bool:
    """Whether it depends on a library's number of slots if its settings are right."""
    return bool(settings.export_slots or settings.spent.slots) and settings.manager is None


def check_settings(
    configuration: Configuration, table: Mapping[str, Any], facts: Facts
) -> Iterator[Remark]:
    """All that is to be said; ``table``: the file as TOML has it."""
    yield from _check_names(configuration, facts)
    yield from _check_whole(configuration, table, facts)
    if facts.on_record is None:
        yield _note(
            f"the state store can't be read, so that libraries on record are not known: "
            f"{facts.store_trouble}"
        )
    written = table.get(LIBRARY)
    for name, settings in configuration.libraries.items():
        own = written.get(name) if isinstance(written, dict) else None
        given = own if isinstance(own, dict) else {}
        yield from _check_id(name, settings, facts)
        yield from _check_alias(name, settings, facts)
        yield from _check_library(name, settings, given, facts)
        if wants_geometry(settings):
            yield from _check_slots(name, settings, facts)
    yield from _check_twins(configuration, facts)


# Names


def _check_names(configuration: Configuration, facts: Facts) -> Iterator[Remark]:
    for each in facts.named:
        if each.trouble is None:
            continue
        if each.is_known:
            yield _note(
                f"{each.source} names {each.name}, which is on record, and not here now: "
                f"{each.trouble}",
                each.path,
            )
        else:
            yield _problem(f"{each.source}: {each.trouble}", each.path, each.hint)
    sources = [each.source for each in facts.named]
    if configuration.library is not None and sources[:1] not in ([], [DEFAULT_LIBRARY]):
        yield _note(f"{DEFAULT_LIBRARY} does not count now: {sources[0]} does", (DEFAULT_LIBRARY,))


# The whole file


def _check_whole(
    configuration: Configuration, table: Mapping[str, Any], facts: Facts
) -> Iterator[Remark]:
    if configuration.allow_async and not facts.is_shared:
        yield _problem(
            "allow_async has no effect: the state store is a file of this host",
            ("allow_async",),
            'it is for a store in PostgreSQL: store = "postgresql://..."',
        )
    if configuration.store is not None and not facts.store_source.startswith("store"):
        yield _note(f"store does not count now: {facts.store_source} does", ("store",))
    owner = configuration.manager
    if owner is None or any(each.manager is None for each in configuration.libraries.values()):
        return
    for key in ("on_event", "store", "allow_async"):
        if key in table:
            yield _problem(
                f"{key} has no effect here: {owner.host} manages all libraries, and keeps their "
                "state",
                (key,),
                f"set it on {owner.host}",
                ("manager",),
            )


# Ids of tables


def _check_id(name: str, settings: LibrarySettings, facts: Facts) -> Iterator[Remark]:
    path = (LIBRARY, name)
    if any(name in (each.id, each.model_id) for each in facts.seen):
        return
    table = f'{LIBRARY}."{name}"'
    known = [each for each in facts.on_record or () if name in (each.id, each.model_id)]
    if settings.manager is not None:
        owner = settings.manager.host
        yield _note(f"{table} is not seen here: {owner} manages it, and was not asked", path)
    elif known:
        yield _note(
            f"{table} is on record, last seen {known[0].last_seen}, and not on this host now", path
        )
    else:
        yield _unknown_id(name, path, facts)


def _unknown_id(name: str, path: tuple[str, ...], facts: Facts) -> Remark:
    table = f'{LIBRARY}."{name}"'
    recorded = {each.id: "on record" for each in facts.on_record or ()}
    ids = {**recorded, **{each.id: "on this host" for each in facts.seen}}
    device = next((each for each in facts.seen if each.device == name), None)
    if device is not None or "/" in name or ":" in name:
        hint = f'write [library."{device.id}"]' if device else "changer list shows the ids"
        return _problem(f"{table} is a device: a table is named by an id", path, hint)
    for what, found in (
        ("differs in capitals from the id of", [it for it in ids if it.lower() == name.lower()]),
        ("is only a part of the id of", [it for it in ids if name.lower() in it.lower()]),
        ("begins like the id of", [it for it in ids if name.lower().startswith(it.lower())]),
    ):
        if found:
            listed = ", ".join(f"{each} ({ids[each]})" for each in found)
            return _problem(
                f"{table} has no effect: it {what} {listed}", path, "write the whole id as it is"
            )
    from difflib import get_close_matches

    where = "on this host now, or on record" if facts.on_record is not None else "on this host now"
    close = get_close_matches(name, ids, n=1)
    there = f"known: {', '.join(ids)}" if ids else "changer list shows the libraries of this host"
    hint = f"did you mean {close[0]}?" if close else there
    mistake = Mistake(f"{table} has no effect: no library with that id is {where}", hint, path)
    return Remark(facts.on_record is not None, mistake)  # it may be on record


def _check_twins(configuration: Configuration, facts: Facts) -> Iterator[Remark]:
    tables = configuration.libraries
    seen = {each.id: each.model_id for each in facts.seen}
    for library_id, model in seen.items():
        if library_id == model or not {library_id, model} <= tables.keys():
            continue
        others = [it for it, its in seen.items() if its == model and it not in tables]
        if not others:
            yield _problem(
                f'{LIBRARY}."{model}" and {LIBRARY}."{library_id}" are two tables for one library: '
                "only the second counts",
                (LIBRARY, model),
                "put all its settings into one table",
                (LIBRARY, library_id),
            )
    by_letters: dict[str, str] = {}
    for name in tables:
        first = by_letters.setdefault(name.lower(), name)
        if first != name:
            yield _problem(
                f'{LIBRARY}."{name}" and {LIBRARY}."{first}" differ only in capitals',
                (LIBRARY, name),
                "keep the one that changer list shows",
                (LIBRARY, first),
            )


def _check_alias(name: str, settings: LibrarySettings, facts: Facts) -> Iterator[Remark]:
    if settings.alias is None:
        return
    known = [(each.id, each.model_id) for each in facts.seen]
    known += [(each.id, each.model_id) for each in facts.on_record or ()]
    others = {each[0] for each in known if name not in each}
    seen = {each.id for each in facts.seen}
    for clash in clashes_with(settings.alias, name, sorted(others)):
        where = "on this host" if clash.other_id in seen else "on record"
        yield _problem(
            f'{LIBRARY}."{name}".alias: "{clash.alias}" is also {clash.how} {clash.other_id} '
            f"({where}), and is refused where it may mean that",
            (LIBRARY, name, "alias"),
            "choose another alias",
        )


# Settings of one library


def _check_library(
    name: str, settings: LibrarySettings, given: Mapping[str, Any], facts: Facts
) -> Iterator[Remark]:
    path = (LIBRARY, name)
    table = f'{LIBRARY}."{name}"'
    if settings.manager is not None:
        manager = (*path, "manager") if "manager" in given else ("manager",)
        for key in given:
            if key in LibrarySettings._fields and key not in _STILL_COUNT:
                yield _problem(
                    f"{table}.{key} has no effect here: {settings.manager.host} manages the "
                    "library, and its settings count",
                    (*path, key),
                    f'set it on {settings.manager.host}, or set manager = "here"',
                    manager,
                )
        return
    if settings.fence and not facts.is_shared:
        yield _problem(
            f"{table}.fence is for hosts that share a state store, and {facts.store_source} is a "
            "file of this host: whatever acts on the library is refused",
            (*path, "fence"),
            'set fence = false, or store = "postgresql://..."',
        )
    if settings.auto_clean == "library" and settings.cleaning_on_the_way != "off":
        yield _problem(
            f'{table}.cleaning_on_the_way = "{settings.cleaning_on_the_way}" contradicts '
            'auto_clean = "library": either the library cleans its drives, or changer',
            (*path, "cleaning_on_the_way"),
            'set cleaning_on_the_way = "off", or auto_clean = "host"',
            (*path, "auto_clean"),
        )
    if settings.cleaners_loadable and not settings.cleaners_listed:
        yield _problem(
            f"{table}.cleaners_loadable lets backup software load what cleaners_listed = false "
            "hides from it",
            (*path, "cleaners_loadable"),
            "set cleaners_listed = true, or cleaners_loadable = false",
            (*path, "cleaners_listed"),
        )


def _check_slots(name: str, settings: LibrarySettings, facts: Facts) -> Iterator[Remark]:
    geometry = facts.geometries.get(name)
    ranges = {"export_slots": settings.export_slots, "spent": settings.spent.slots}
    keys = [key for key, slots in ranges.items() if slots]
    path = (LIBRARY, name)
    if geometry is None:
        why = facts.not_asked.get(name, "it was not asked")
        yield _note(
            f'{LIBRARY}."{name}".{" and ".join(keys)}: not compared with the slots of the library: '
            f"{why}",
            (*path, keys[0]),
        )
        return
    last = geometry.storage.count
    for key in keys:
        if ranges[key][-1] > last:
            yield _problem(
                f'{LIBRARY}."{name}".{key} ends with slot {ranges[key][-1]}, and the last slot of '
                f"the library is {last}",
                (*path, key),
                "changer status shows the slots",
            )
    if settings.export_slots and geometry.import_export.count:
        yield _note(
            f'{LIBRARY}."{name}".export_slots has no effect: the library has mail slots',
            (*path, "export_slots"),
        )
