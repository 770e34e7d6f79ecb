"""Checks of the host: its kernel's drivers, the container it may be, sg3-utils, udev (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from changer.doctor.diagnosis import Diagnosis, Level, NotTold, not_told
from changer.doctor.facts import Facts, Module, Node, UdevRules

# sg3-utils 1.42, the oldest whose output the tests hold, has a sg_raw of that winter.
OLDEST_SG_RAW = "2015-07-01"
_INSTALL_SG3 = ("apt install sg3-utils", "dnf install sg3_utils", "zypper install sg3_utils")
_LOAD = "modprobe {0} && echo {0} > /etc/modules-load.d/{0}.conf"
_TRIGGER = (
    "udevadm control --reload",
    "udevadm trigger --settle --action=change --subsystem-match=scsi_generic "
    "--subsystem-match=scsi_changer",
)
_SCAN = "rescan-scsi-bus.sh"
_WITH_DRIVERS = (
    "cloud and minimal kernels leave it out: Debian's linux-image-amd64 has it; on Ubuntu "
    "linux-modules-extra, on Red Hat kernel-modules-core"
)


def container(facts: Facts) -> Iterator[Diagnosis]:
    """A container sees devices only where /sys and the nodes of /dev were given to it."""
    machine = facts.machine
    if isinstance(machine, NotTold):
        yield not_told("container", machine)
        return
    name = machine.container
    if machine.has_sys:
        seen = f"this is a container ({name}) that sees /sys" if name else "not in a container"
        yield Diagnosis("container", "ok", seen)
        return
    where = f"this container ({name})" if name else "this system"
    yield Diagnosis(
        "container",
        "warning",
        f"{where} has no /sys/class/scsi_generic: libraries and drives can't be identified",
        ("docker run --device /dev/sg3 --device /dev/nst0 -v /sys:/sys:ro IMAGE",)
        if name
        else ("mount -t sysfs sysfs /sys",),
        "give the container the sg node of the changer, the nodes of its drives, and /sys"
        if name
        else None,
    )


def kernel_modules(facts: Facts) -> Iterator[Diagnosis]:
    """The sg driver carries every command; st has the nodes that backup software opens."""
    if isinstance(facts.modules, NotTold):
        yield not_told("sg-module", facts.modules)
        return
    known = {each.name: each for each in facts.modules}
    has_drives = not isinstance(facts.nodes, NotTold) and any(
        each.kind == "drive" for each in facts.nodes
    )
    yield _module(known["sg"], "problem", "/dev/sg nodes", facts)
    taken = known.get("lin_tape")
    if has_drives and taken is not None and taken.is_active:
        yield Diagnosis(
            "st-module",
            "warning",
            "IBM's lin_tape driver is loaded, and may have taken the drives: they are /dev/IBMtape "
            "then, and have no /dev/nst nodes",
            ("lsscsi -g", "modprobe -r lin_tape"),
            "drives are found by their sg nodes all the same",
        )
    elif has_drives or known["st"].is_active:
        yield _module(known["st"], "warning", "/dev/st and /dev/nst nodes", facts)


def _module(module: Module, level: Level, nodes: str, facts: Facts) -> Diagnosis:
    check, machine, name = f"{module.name}-module", facts.machine, module.name
    if module.is_active:
        return Diagnosis(check, "ok", f"the kernel has the {name} driver")
    fix, advice = _LOAD.format(name), None
    seen = f"the {name} driver is not loaded, so there are no {nodes}"
    if isinstance(machine, NotTold):
        return Diagnosis(check, level, seen, (fix,))
    if machine.container:
        advice = "modules are loaded on the host of the container"
    elif not module.is_installed and not machine.has_kernel_modules:
        seen = (
            f"the {name} driver is not loaded, and /lib/modules has nothing for the kernel that "
            f"runs, {machine.kernel}"
        )
        fix, advice = "systemctl reboot", "a newer kernel was installed: start that one"
    elif not module.is_installed:
        seen = f"this kernel, {machine.kernel}, was installed without the {name} driver"
        fix, advice = f"modinfo {name}", _WITH_DRIVERS
    if name == "sg" and not machine.scsi_changers:
        level, advice = "warning", advice or "there is no changer yet that needs it"
    return Diagnosis(check, level, seen, (fix,), advice)


def changers(facts: Facts) -> Iterator[Diagnosis]:
    """Whether the kernel shows a medium changer at all."""
    if isinstance(facts.nodes, NotTold):
        yield not_told("changers", facts.nodes)
        return
    found = [each for each in facts.nodes if each.kind == "changer"]
    if found:
        ids = ", ".join(dict.fromkeys(each.identity.id for each in found))
        yield Diagnosis("changers", "ok", f"the kernel shows {ids}")
    elif any(each.is_virtual for each in facts.libraries) or _owned_elsewhere(facts):
        yield Diagnosis("changers", "ok", "the kernel shows no medium changer, and needs none here")
    else:
        advice = (
            "where the changer is logical unit 1 of a drive, one drive has to be its control path: "
            "look at the panel or the web page of the library"
            if facts.nodes
            else "check cables, zones and the power of the library, then scan again"
        )
        seen = "the kernel shows no medium changer" + (
            ", though it shows tape drives" if facts.nodes else ", and no tape drive"
        )
        yield Diagnosis("changers", "warning", seen, ("lsscsi -g", _SCAN), advice)


def _owned_elsewhere(facts: Facts) -> bool:
    return not isinstance(facts.settings, NotTold) and bool(facts.settings.owners)


def identities(facts: Facts) -> Iterator[Diagnosis]:
    """A library without a serial number is known by its port alone; twins share what is kept."""
    if isinstance(facts.nodes, NotTold):
        return
    for each in facts.nodes:
        if each.kind == "changer" and each.identity.serial is None:
            yield Diagnosis(
                "serial-number",
                "warning",
                f"{each.device} reports no serial number: it is known by where it is attached, and "
                "is another library after it is cabled differently",
                (f"sg_vpd --page=sn {each.device}",),
                library=each.identity.id,
            )


def sg3_utils(facts: Facts) -> Iterator[Diagnosis]:
    """The program that carries commands: there, and young enough."""
    check, found = "sg3-utils", facts.sg_raw
    settings = facts.settings
    if not isinstance(settings, NotTold) and settings.transports == {"sg_io"}:
        yield Diagnosis(check, "ok", 'not needed: transport = "sg_io" in the settings')
        return
    if isinstance(found, NotTold):
        is_needed = isinstance(facts.nodes, NotTold) or any(
            each.kind == "changer" for each in facts.nodes
        )
        yield Diagnosis(
            check,
            "problem" if is_needed else "warning",
            found.why,
            _INSTALL_SG3,
            'one of these, by your distribution; or set transport = "sg_io" in the settings, '
            "which needs no program",
        )
    elif not found.dated:
        yield Diagnosis(
            check,
            "unknown",
            f"the version of {found.path} can't be read",
            (f"{found.path} --version",),
            "sg3-utils 1.42 or newer is needed",
        )
    elif found.dated < OLDEST_SG_RAW:
        yield Diagnosis(
            check,
            "problem",
            f"{found.path} is of {found.dated}: sense data of sg3-utils older than 1.42 (2016) "
            "can't be relied on",
            _INSTALL_SG3,
            "one of these, by your distribution",
        )
    else:
        yield Diagnosis(check, "ok", f"{found.path} {found.version} ({found.dated})")


def udev_rules(facts: Facts) -> Iterator[Diagnosis]:
    """Our rules are installed, not switched off, and in effect."""
    rules = facts.rules
    if isinstance(rules, NotTold):
        yield not_told("udev-rules", rules)
        return
    if rules.library_trouble is not None:
        what, _, fix = rules.library_trouble.partition("; ")
        yield Diagnosis("libudev", "warning", what, ("apt install libudev1",), fix or None)
    else:
        yield Diagnosis("libudev", "ok", "udev's library can be used")
    has_changer = isinstance(facts.nodes, NotTold) or any(
        each.kind == "changer" for each in facts.nodes
    )
    yield _rule_files(rules, is_needed=has_changer) or _rules_in_effect(facts)


def _rule_files(rules: UdevRules, *, is_needed: bool) -> Diagnosis | None:
    """What is wrong with the files; None: the first one counts, and has the rule."""
    check = "udev-rules"
    level: Level = "warning" if is_needed else "ok"
    if not rules.udev_runs:
        seen = "no udev runs here, so nodes have the rights that the host or the container gave"
        return Diagnosis(check, "ok", seen)
    if not rules.files:
        seen = "the udev rules of changer are not installed"
        if not is_needed:
            seen += ", and there is no changer that needs them"
        install = "install -m 644 udev/61-changer.rules /etc/udev/rules.d/61-changer.rules"
        fixes = (install, *_TRIGGER) if is_needed else ()
        advice = (
            "in the source of changer; without them only root may use changers"
            if is_needed
            else None
        )
        return Diagnosis(check, level, seen, fixes, advice)
    first, *others = rules.files
    if first.is_empty or not first.has_our_rule:
        how = "is empty" if first.is_empty else "has no rule for medium changers"
        behind = f", and hides {others[0].path}" if others else ""
        seen = f"{first.path} {how}{behind}: the udev rules of changer are switched off"
        return Diagnosis(check, "warning", seen, (f"rm {first.path}", *_TRIGGER))
    return None


def _rules_in_effect(facts: Facts) -> Diagnosis:
    """Whether the nodes are as the rules make them."""
    nodes = () if isinstance(facts.nodes, NotTold) else facts.nodes
    changers = [each for each in nodes if each.kind == "changer" and each.exists]
    different = [each for each in changers if not _is_as_ruled(each)]
    if different:
        rights = ", ".join(f"{each.device} {each.owner}:{each.group}" for each in different)
        device = different[0].device
        return Diagnosis(
            "udev-rules",
            "warning",
            f"the udev rules of changer are installed, but not in effect: {rights}",
            _TRIGGER,
            "if that does not help, a later rule overrides them; this shows which: udevadm test "
            f'"$(udevadm info --query=path --name={device})"',
        )
    linkless = [each for each in changers if each.has_link is False and each.identity.serial]
    if linkless:
        names = ", ".join(each.device for each in linkless)
        seen = f"no link in /dev/tape/by-library leads to {names}"
        return Diagnosis("udev-rules", "warning", seen, _TRIGGER)
    return Diagnosis("udev-rules", "ok", "installed, and in effect")


def _is_as_ruled(node: Node) -> bool:
    return node.group == "tape" and node.open_to_group
