"""The checks, a row each, and their run: one that fails does not take the others along (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from changer.doctor.backup_checks import backup_software
from changer.doctor.device_checks import device_nodes, device_rights, rivals
from changer.doctor.diagnosis import Diagnosis
from changer.doctor.facts import Facts, LibraryFacts
from changer.doctor.host_checks import (
    changers,
    container,
    identities,
    kernel_modules,
    sg3_utils,
    udev_rules,
)
from changer.doctor.library_checks import (
    cleaning,
    drives,
    model,
    reach,
    reservations,
    unit_attentions,
)
from changer.doctor.store_checks import (
    clock,
    events,
    leftovers,
    lock_folder,
    open_work,
    owners,
    settings,
    state_folder,
    state_store,
)

CHECK_NAMES = (
    *("container", "sg-module", "st-module", "changers", "serial-number", "device-nodes"),
    *("device-rights", "drive-rights", "libudev", "udev-rules", "sg3-utils", "robot-in-use"),
    *("backup-software", "backup-wait", "settings", "lock-folder", "state-folder", "state-store"),
    *("clock", "open-work", "events", "owner", "virtual-devices", "library-answers"),
    *("library-mode", "enabled", "unit-attention", "reservations", "drives", "cleaning", "model"),
)
"""Every name that a diagnosis can have; they stay."""

HostCheck = Callable[[Facts], Iterator[Diagnosis]]
LibraryCheck = Callable[[Facts, LibraryFacts], Iterator[Diagnosis]]

HOST_CHECKS: tuple[HostCheck, ...] = (
    container,
    kernel_modules,
    changers,
    identities,
    device_nodes,
    device_rights,
    udev_rules,
    sg3_utils,
    rivals,
    backup_software,
    settings,
    lock_folder,
    state_folder,
    state_store,
    clock,
    open_work,
    events,
    owners,
    leftovers,
)
LIBRARY_CHECKS: tuple[LibraryCheck, ...] = (
    reach,
    unit_attentions,
    reservations,
    drives,
    cleaning,
    model,
)


def diagnose(
    facts: Facts,
    *,
    host_checks: Iterable[HostCheck] = HOST_CHECKS,
    library_checks: Iterable[LibraryCheck] = LIBRARY_CHECKS,
) -> tuple[Diagnosis, ...]:
    """Every check's diagnoses: those of the host, then those of each library."""
    found: list[Diagnosis] = []
    for check in host_checks:
        found += _run(check, partial(check, facts))
    for library in facts.libraries:
        for of_library in library_checks:
            diagnoses = _run(of_library, partial(of_library, facts, library))
            found += [each._replace(library=library.id) for each in diagnoses]
    return tuple(found)


def _run(
    check: HostCheck | LibraryCheck, run: Callable[[], Iterator[Diagnosis]]
) -> list[Diagnosis]:
    try:
        return [*run()]
    except Exception as error:  # a mistake in one check does not hide the others
        name = getattr(check, "__name__", "check").replace("_", "-")
        seen = f"this check failed itself: {type(error).__name__}: {error}"
        advice = "that is a bug of changer: please report it"
        return [Diagnosis(name, "unknown", seen, ("changer doctor --report FILE",), advice)]
