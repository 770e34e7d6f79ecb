"""Checks of device nodes: whether they are there, and who may use them (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from changer.doctor.diagnosis import Diagnosis, Level, NotTold, not_told
from changer.doctor.facts import Caller, Facts, Node

# Groups that have rights to much else: to give them to a user for a changer is too much.
_WIDE_GROUPS = ("disk", "root", "floppy", "cdrom")
_TRIGGER = "udevadm trigger --settle --action=add --subsystem-match=scsi_generic"
_RULES = "install the udev rules of changer (udev/README.md), which give changers to group tape"


def device_nodes(facts: Facts) -> Iterator[Diagnosis]:
    """Each SCSI device has its node in /dev, and not one that is left of another."""
    if isinstance(facts.nodes, NotTold):
        yield not_told("device-nodes", facts.nodes)
        return
    missing = [each.device for each in facts.nodes if not each.exists]
    if missing:
        advice = None
        if not isinstance(facts.machine, NotTold) and facts.machine.container:
            advice = "give the container its nodes: docker run --device DEVICE"
        yield Diagnosis(
            "device-nodes",
            "problem",
            f"the kernel shows {', '.join(missing)}, but /dev has no such node",
            (_TRIGGER,),
            advice,
        )
    elif facts.nodes:
        yield Diagnosis("device-nodes", "ok", "every device has its node in /dev")


def device_rights(facts: Facts) -> Iterator[Diagnosis]:
    """This user may read and write changers and drives; else which group is missing, and why."""
    if isinstance(facts.nodes, NotTold):
        return
    if isinstance(facts.caller, NotTold):
        yield not_told("device-rights", facts.caller)
        return
    there = [each for each in facts.nodes if each.exists]
    for kind in ("changer", "drive"):
        nodes = [each for each in there if each.kind == kind]
        if nodes:
            yield from _rights(nodes, facts.caller, is_changer=kind == "changer")


def _rights(nodes: list[Node], caller: Caller, *, is_changer: bool) -> Iterator[Diagnosis]:
    check = "device-rights" if is_changer else "drive-rights"
    closed = [each for each in nodes if not each.usable]
    if not closed:
        yield Diagnosis(check, "ok", f"{caller.name} may use {_names(nodes)}")
        return
    level: Level = "problem" if is_changer else "warning"
    for group_id in sorted({each.group_id for each in closed}):
        same = [each for each in closed if each.group_id == group_id]
        seen, fixes, advice = _missing_right(same, caller)
        yield Diagnosis(check, level, seen, fixes, advice)


def _missing_right(nodes: list[Node], caller: Caller) -> tuple[str, tuple[str, ...], str | None]:
    """What is missing for nodes of one group, and how to get it."""
    first, names = nodes[0], _names(nodes)
    group = first.group
    if caller.is_root:
        return (
            f"even root may not use {names}: this container has no access to it",
            (f"docker run --device {first.device} IMAGE",),
            "for systemd-nspawn: DeviceAllow= and Bind= of the unit; for LXC: lxc.cgroup2.devices",
        )
    if not first.open_to_group or not first.group_id:
        owner = f"{first.owner}:{group}, mode {first.mode:04o}"
        return f"{caller.name} may not use {names}, which belongs to {owner}", (), _RULES
    if first.group_id in caller.account_groups:
        return (
            f"{caller.name} is a member of group {group}, but this session is older than that",
            (f"newgrp {group}",),
            "or log in again; a service has to be restarted",
        )
    seen = f"{names} is for group {group}, and {caller.name} is not a member of it"
    if group in _WIDE_GROUPS:
        return seen, (), f"group {group} has rights to much else: {_RULES}"
    return seen, (f"usermod --append --groups {group} {caller.name}",), "then log in again"


def rivals(facts: Facts) -> Iterator[Diagnosis]:
    """Other programs that have a changer open now: two that move things know nothing of another."""
    if isinstance(facts.nodes, NotTold):
        return
    changers = [each for each in facts.nodes if each.kind == "changer"]
    for each in changers:
        if each.users:
            yield Diagnosis(
                "robot-in-use",
                "warning",
                f"{each.device} is open in another program: {', '.join(each.users)}",
                (f"lsof {each.device}",),
                "let one program control the robot: backup software calls changer-autochanger or "
                "changer-mtx instead (docs/backup.md)",
                library=each.identity.id,
            )
    quiet = [each for each in changers if not each.users]
    if any(not each.all_seen for each in quiet):
        seen = "the open files of other users' processes are for root to see"
        yield Diagnosis("robot-in-use", "unknown", seen, ("sudo changer doctor",))
    elif quiet:
        yield Diagnosis("robot-in-use", "ok", f"no other program has {_names(quiet)} open")


def _names(nodes: Iterable[Node]) -> str:
    return ", ".join(each.device for each in nodes)
