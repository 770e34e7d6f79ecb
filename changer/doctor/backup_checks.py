"""Checks of backup software that is set to control the same changer (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from changer.doctor.diagnosis import Diagnosis, NotTold, not_told
from changer.doctor.facts import ConfiguredChanger, Facts, LibraryFacts

_OURS = ("changer-autochanger", "changer-mtx")
# Of Bacula and Bareos, where nothing is set (Maximum Changer Wait).
_DEFAULT_WAIT_SECONDS = 300.0
_NUMBERED = re.compile(r"/dev/(sg|sch)[0-9]+")
_CHANGER_COMMAND = 'Changer Command = "/usr/bin/changer-autochanger %c %o %S %a %d"'
_REMEDIES = {
    "Amanda": 'property "mtx" "/usr/bin/changer-mtx"',
    "Proxmox Backup Server": "it sends SCSI commands itself: let one of the two move cartridges",
}


def backup_software(facts: Facts) -> Iterator[Diagnosis]:
    """What backup software controls goes through our lock and journal, or past them."""
    check, backup = "backup-software", facts.backup
    if isinstance(backup, NotTold):
        yield not_told(check, backup)
        return
    found = [each for configured in backup.changers for each in _judged(configured, facts)]
    yield from found
    for file in backup.unread:
        yield Diagnosis(
            check, "unknown", f"{file} can't be read as this user", ("sudo changer doctor",)
        )
    if not found and not backup.unread:
        daemons = f"; running: {', '.join(backup.daemons)}" if backup.daemons else ""
        seen = f"no backup software is set to control a changer{daemons}"
        yield Diagnosis(check, "ok", seen)


def _judged(configured: ConfiguredChanger, facts: Facts) -> Iterator[Diagnosis]:
    library = _library_of(configured, facts)
    where = f"{configured.file}, line {configured.line}"
    if library is None:
        if not isinstance(facts.nodes, NotTold) and configured.device.startswith("/dev/"):
            yield _stranger(configured, where)
        return
    program = (configured.command or "").split(" ")[0].strip('"')
    if program.rpartition("/")[2] not in _OURS:
        yield _past_us(configured, where, program, library)
        return
    yield from _unstable_name(configured, where, library)
    yield from _short_wait(configured, where, library)


def _library_of(configured: ConfiguredChanger, facts: Facts) -> LibraryFacts | None:
    for each in facts.libraries:
        if each.device and each.device in (configured.device, configured.real_device):
            return each
    return None


def _stranger(configured: ConfiguredChanger, where: str) -> Diagnosis:
    return Diagnosis(
        "backup-software",
        "warning",
        f"{configured.software} ({where}) names {configured.device}, which is not a changer here",
        ("changer list",),
        "use the link of changer list, which stays the same after a reboot",
    )


def _past_us(
    configured: ConfiguredChanger, where: str, program: str, library: LibraryFacts
) -> Diagnosis:
    how = f"through {program}" if program else "by itself"
    line = _REMEDIES.get(configured.software, _CHANGER_COMMAND)
    return Diagnosis(
        "backup-software",
        "warning",
        f"{configured.software} ({where}) controls the robot {how}, past the lock, the journal "
        "and the reserved slots",
        (),
        f"set there: {line}" if configured.software in ("Bacula", "Bareos", "Amanda") else line,
        library=library.id,
    )


def _unstable_name(
    configured: ConfiguredChanger, where: str, library: LibraryFacts
) -> Iterator[Diagnosis]:
    if _NUMBERED.fullmatch(configured.device):
        yield Diagnosis(
            "backup-software",
            "warning",
            f"{configured.software} ({where}) names {configured.device}, a number that may be "
            "another device's after a reboot",
            (),
            f"name /dev/tape/by-library/{library.id} instead",
            library=library.id,
        )
    else:
        seen = f"{configured.software} controls the robot through changer"
        yield Diagnosis("backup-software", "ok", seen, library=library.id)


def _short_wait(
    configured: ConfiguredChanger, where: str, library: LibraryFacts
) -> Iterator[Diagnosis]:
    """A daemon that is impatient kills its changer command while the robot moves."""
    if configured.software not in ("Bacula", "Bareos"):
        return
    wait = configured.longest_wait_seconds or _DEFAULT_WAIT_SECONDS
    if wait < library.changer_wait_seconds:
        yield Diagnosis(
            "backup-wait",
            "warning",
            f"{configured.software} ({where}) kills its changer command after {wait:.0f} s, and "
            f"changer_wait_seconds is {library.changer_wait_seconds:.0f}",
            (),
            f"set Maximum Changer Wait = {library.changer_wait_seconds:.0f} there, or lower "
            "changer_wait_seconds in the settings",
            library=library.id,
        )
    elif wait < library.move_timeout_seconds:
        yield Diagnosis(
            "backup-wait",
            "ok",
            f"{configured.software} waits {wait:.0f} s for a changer command; a move may take "
            f"{library.move_timeout_seconds:.0f} s, and then goes on without it",
            library=library.id,
        )
