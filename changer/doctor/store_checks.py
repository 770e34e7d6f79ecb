"""Checks of what is kept: settings, folders, state store, clock, open work, events (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from changer.doctor.diagnosis import Diagnosis, NotTold, not_told
from changer.doctor.facts import Facts, FolderFacts

_MIB = 1 << 20
LEAST_FREE_BYTES = 64 * _MIB
# Clocks of hosts differ; what is kept of a shared store is by the server's.
_CLOCK_SECONDS = 60.0
_EVENT_SECONDS = 300.0
_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"))
# SQLite's locks and flock(2) are not to be relied on there.
_OF_NETWORKS = ("nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph", "glusterfs", "afs")
_OF_MEMORY = ("tmpfs", "ramfs")
_GROUP = "chown root:tape {0} && chmod 2770 {0}"


def settings(facts: Facts) -> Iterator[Diagnosis]:
    """The settings can be used, and fit this host, as ``changer config check`` has it."""
    check, found = "settings", facts.settings
    if isinstance(found, NotTold):
        yield not_told(check, found)
        return
    for each in found.problems or filter(None, (found.problem,)):
        yield Diagnosis(check, "problem", each.message, ("changer config check",), each.hint)
    if not found.problems and found.problem is None:
        notes = "; changer config check has notes on it" if found.notes else ""
        what = f"{found.path} fits this host" if found.exists else f"there is no {found.path}"
        yield Diagnosis(check, "ok", f"{what}{notes}")


def lock_folder(facts: Facts) -> Iterator[Diagnosis]:
    """The folder of the locks: one for all, local, and not everyone's."""
    if isinstance(facts.locks, NotTold):
        yield not_told("lock-folder", facts.locks)
        return
    yield _folder("lock-folder", facts.locks, facts, in_memory=True)


def state_folder(facts: Facts) -> Iterator[Diagnosis]:
    """The folder of the state store: local, writable, with space left."""
    if facts.folder is None:
        return
    if isinstance(facts.folder, NotTold):
        yield not_told("state-folder", facts.folder)
        return
    yield _folder("state-folder", facts.folder, facts, in_memory=False)


def _folder(check: str, folder: FolderFacts, facts: Facts, *, in_memory: bool) -> Diagnosis:
    path, make = folder.path, _GROUP.format(folder.path)
    if not folder.exists:
        seen = f"{path} is not there yet; it is made on demand"
        return Diagnosis(check, "ok", seen, (), "as root: changer state init")
    if folder.file_system in _OF_NETWORKS:
        seen = f"{path} is on {folder.file_system}, where locks can't be relied on"
        advice = "hosts share a state store in PostgreSQL instead (docs/several-hosts.md)"
        return Diagnosis(check, "problem", seen, (f"findmnt --target {path}",), advice)
    if folder.file_system in _OF_MEMORY and not in_memory:
        seen = f"{path} is in memory ({folder.file_system}): a restart loses the journal"
        return Diagnosis(check, "warning", seen, (f"findmnt --target {path}",))
    if folder.problems:
        message, hint = folder.problems[0]
        return Diagnosis(check, "problem", message, (), hint or None)
    if folder.read_only:
        seen = f"the file system of {path} is read-only"
        return Diagnosis(
            check,
            "problem",
            seen,
            (f"mount -o remount,rw $(findmnt -no TARGET --target {path})",),
            "a file system that became read-only by itself has errors: dmesg says more",
        )
    if not folder.is_writable:
        return _closed_folder(check, folder, facts, make)
    if not in_memory and folder.free_bytes is not None and folder.free_bytes < LEAST_FREE_BYTES:
        seen = f"{path} has {folder.free_bytes // _MIB} MiB left; a move that can't be recorded "
        return Diagnosis(check, "problem", f"{seen}is not made", (f"df -h {path}",))
    return Diagnosis(check, "ok", f"{path} can be written to")


def _closed_folder(check: str, folder: FolderFacts, facts: Facts, make: str) -> Diagnosis:
    if isinstance(facts.caller, NotTold):
        return Diagnosis(check, "problem", f"this user may not write to {folder.path}", (make,))
    name = facts.caller.name
    seen = f"{name} may not write to {folder.path}"
    fixes = (make, f"usermod --append --groups tape {name}")
    return Diagnosis(check, "problem", seen, fixes, "then log in again")


def state_store(facts: Facts) -> Iterator[Diagnosis]:
    """The store is sound: its pages, its schema, its rows, its rights; its server keeps them."""
    check, store = "state-store", facts.store
    if isinstance(store, NotTold):
        yield not_told(check, store)
        return
    if store.is_missing:
        yield Diagnosis(check, "ok", f"{store.place} is not there yet; it is made on demand")
        return
    for each in store.problems:
        fix = "changer state check"
        yield Diagnosis(check, "problem", each.message, (fix,), each.hint)
    if not store.problems:
        yield Diagnosis(check, "ok", f"{store.place} is sound")


def clock(facts: Facts) -> Iterator[Diagnosis]:
    """The clock was not set back, nor does it differ from that of the store's server."""
    check, store = "clock", facts.store
    if isinstance(store, NotTold):
        yield not_told(check, NotTold(f"nothing to compare it with: {store.why}", store.how))
        return
    if store.server_ahead is not None and abs(store.server_ahead) > _CLOCK_SECONDS:
        way = "ahead of" if store.server_ahead > 0 else "behind"
        seen = f"the clock of the store's server is {abs(store.server_ahead):.0f} s {way} this one"
        yield Diagnosis(check, "warning", seen, ("timedatectl", "chronyc tracking"))
        return
    ahead = (store.latest_record or 0.0) + (-(store.server_ahead or 0.0)) - facts.now
    if ahead > _CLOCK_SECONDS:
        yield Diagnosis(
            check,
            "problem",
            f"{store.latest_what} is on record {_time_words(ahead)} in the future: the clock was "
            "set back, or was ahead before",
            ("timedatectl", "timedatectl set-ntp true"),
            "pauses between cleanings and the age of records are counted by the clock",
        )
    else:
        yield Diagnosis(check, "ok", "nothing is on record later than now")


def _time_words(seconds: float) -> str:
    """Of a minute or more."""
    size, word = next(each for each in _UNITS if seconds >= each[0])
    number = int(seconds // size)
    return f"{number} {word}" + ("" if number == 1 else "s")


def open_work(facts: Facts) -> Iterator[Diagnosis]:
    """Moves and operations that a dead process left are settled before anything else moves."""
    store = facts.store
    if isinstance(store, NotTold) or store.is_missing:
        return
    left = [each for each in store.open_work if not each.is_running]
    for each in left:
        yield Diagnosis(
            "open-work",
            "problem",
            f"{each.what} has no end, and its process is gone",
            (f"changer --library {each.library} recover",),
            library=each.library,
        )
    if not left:
        running = len(store.open_work)
        what = "what is under way has a process" if running else "nothing was left open"
        yield Diagnosis("open-work", "ok", what)


def events(facts: Facts) -> Iterator[Diagnosis]:
    """Events reach the programs that are to be given them."""
    store = facts.store
    if isinstance(store, NotTold) or store.is_missing:
        return
    oldest = store.oldest_undelivered
    is_late = oldest is not None and facts.now - oldest > _EVENT_SECONDS
    if not is_late or store.is_delivering:
        under_way = " (some are being delivered)" if store.undelivered else ""
        yield Diagnosis("events", "ok", f"no event waits for its programs{under_way}")
        return
    why = "no process delivers" if store.has_event_programs else "there is none any more"
    yield Diagnosis(
        "events",
        "warning",
        f"events wait for a program ({store.undelivered} of them), and {why}",
        ("journalctl -t changer",),
        "the journal has what failed; the next event delivers these as well",
    )


def owners(facts: Facts) -> Iterator[Diagnosis]:
    """The hosts that own libraries of the settings can be asked."""
    if isinstance(facts.owners, NotTold):
        yield not_told("owner", facts.owners)
        return
    for each in facts.owners:
        if each.problem is None:
            seen = f"{each.owner} answers, and has changer"
            yield Diagnosis("owner", "ok", seen, library=each.library)
        else:
            problem = each.problem
            yield Diagnosis(
                "owner", "problem", problem.message, (), problem.hint, library=each.library
            )


def leftovers(facts: Facts) -> Iterator[Diagnosis]:
    """Virtual libraries that a killed process left in the kernel answer no command any more."""
    if isinstance(facts.leftovers, NotTold):
        yield not_told("virtual-devices", facts.leftovers)
        return
    for name in facts.leftovers:
        yield Diagnosis(
            "virtual-devices",
            "problem",
            f"the kernel still has the devices of sim:{name}, and no process serves them",
            (f"changer sim detach {name} --cleanup",),
            "commands to them are never answered",
        )
    if not facts.leftovers:
        yield Diagnosis("virtual-devices", "ok", "no virtual library was left in the kernel")
