"""Each check, on facts where all is well but for one thing: its level, and its fix."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from documents import table

from changer.doctor.checks import CHECK_NAMES, HOST_CHECKS, LIBRARY_CHECKS, diagnose
from changer.doctor.diagnosis import Diagnosis, NotTold, worst
from changer.doctor.facts import (
    Facts,
    LibraryFacts,
    Module,
    OpenWork,
    OwnerAnswer,
    Problem,
    RuleFile,
    UdevRules,
)

from .healthy import (
    BACKUP,
    BACULA,
    CALLER,
    CHANGER,
    CLEANING,
    CLOSED,
    DRIVE,
    FACTS,
    FOLDER,
    LIBRARY,
    LOCKS,
    MACHINE,
    MATCH,
    NOW,
    OUTSIDER,
    RESERVATION,
    RULES,
    SETTINGS,
    SG_RAW,
    STORE,
    UNTOLD,
)

OLD_RULE = RuleFile("/etc/udev/rules.d/61-changer.rules", is_empty=True, has_our_rule=False)
CONTAINER = MACHINE._replace(container="docker")


def of(library: LibraryFacts) -> Facts:
    return FACTS._replace(libraries=(library,))


def no_module(name: str, *, installed: bool | None = True) -> tuple[Module, ...]:
    return tuple(
        Module(each, each != name, installed if each == name else True) for each in ("sg", "st")
    )


# What is spoiled; the check and level that must come of it; words of what was seen, and of the fix.
SPOILED: dict[str, tuple[Facts, str, str, str, str]] = {
    "a container without /sys": (
        FACTS._replace(machine=CONTAINER._replace(has_sys=False)),
        *("container", "warning", "docker", "/sys:/sys:ro"),
    ),
    "sg is not loaded": (
        FACTS._replace(modules=no_module("sg")),
        *("sg-module", "problem", "not loaded", "modprobe sg && echo sg > /etc/modules-load.d"),
    ),
    "st is not loaded": (
        FACTS._replace(modules=no_module("st")),
        *("st-module", "warning", "/dev/nst", "modprobe st"),
    ),
    "drives of another driver": (
        FACTS._replace(modules=(*no_module(""), Module("lin_tape", True, True))),
        *("st-module", "warning", "lin_tape", "modprobe -r lin_tape"),
    ),
    "the kernel was upgraded": (
        FACTS._replace(
            modules=no_module("sg", installed=None),
            machine=MACHINE._replace(has_kernel_modules=False),
        ),
        *("sg-module", "problem", "6.1.0-18-amd64", "reboot"),
    ),
    "a kernel without sg": (
        FACTS._replace(modules=no_module("sg", installed=False)),
        *("sg-module", "problem", "without the sg driver", "linux-modules-extra"),
    ),
    "sg is not loaded on a system that is not known": (
        FACTS._replace(modules=no_module("sg"), machine=UNTOLD),
        *("sg-module", "problem", "not loaded", "modprobe sg"),
    ),
    "no changer beside a drive": (
        FACTS._replace(nodes=(DRIVE,), libraries=()),
        *("changers", "warning", "though it shows tape drives", "control path"),
    ),
    "no device at all": (
        FACTS._replace(nodes=(), libraries=()),
        *("changers", "warning", "no tape drive", "rescan-scsi-bus.sh"),
    ),
    "no serial number": (
        FACTS._replace(
            nodes=(CHANGER._replace(identity=CHANGER.identity.__class__("A", "B", "1", None)),)
        ),
        *("serial-number", "warning", "no serial number", "sg_vpd"),
    ),
    "no node": (
        FACTS._replace(nodes=(CHANGER._replace(exists=False), DRIVE)),
        *("device-nodes", "problem", "/dev/sg3", "udevadm trigger"),
    ),
    "not a member of the group": (
        FACTS._replace(nodes=(CLOSED,), caller=OUTSIDER),
        *(
            "device-rights",
            "problem",
            "alice is not a member",
            "usermod --append --groups tape alice",
        ),
    ),
    "a session older than the membership": (
        FACTS._replace(nodes=(CLOSED,), caller=CALLER._replace(groups=frozenset((1000,)))),
        *("device-rights", "problem", "session is older", "newgrp tape"),
    ),
    "a node for root alone": (
        FACTS._replace(
            nodes=(CLOSED._replace(group="root", group_id=0, mode=0o600),), caller=OUTSIDER
        ),
        *("device-rights", "problem", "root:root, mode 0600", "udev rules"),
    ),
    "a node for root and its group": (
        FACTS._replace(
            nodes=(CLOSED._replace(group="root", group_id=0, mode=0o660),), caller=OUTSIDER
        ),
        *("device-rights", "problem", "root:root, mode 0660", "udev rules"),
    ),
    "a node that its group may not write to": (
        FACTS._replace(nodes=(CLOSED._replace(mode=0o640),), caller=CALLER),
        *("device-rights", "problem", ":tape, mode 0640", "udev rules"),
    ),
    "a group with rights to disks": (
        FACTS._replace(nodes=(CLOSED._replace(group="disk", group_id=6),), caller=OUTSIDER),
        *("device-rights", "problem", "group disk", "rights to much else"),
    ),
    "a container that may not use it": (
        FACTS._replace(nodes=(CLOSED,), caller=CALLER._replace(user_id=0, name="root")),
        *("device-rights", "problem", "even root", "docker run --device /dev/sg3"),
    ),
    "a drive that may not be used": (
        FACTS._replace(nodes=(CHANGER, DRIVE._replace(usable=False)), caller=OUTSIDER),
        *("drive-rights", "warning", "/dev/sg2", "usermod"),
    ),
    "no libudev": (
        FACTS._replace(rules=RULES._replace(library_trouble="libudev is missing; install it")),
        *("libudev", "warning", "libudev is missing", "apt install libudev1"),
    ),
    "rules not installed": (
        FACTS._replace(rules=RULES._replace(files=())),
        *("udev-rules", "warning", "not installed", "install -m 644 udev/61-changer.rules"),
    ),
    "rules hidden by an empty file": (
        FACTS._replace(rules=UdevRules((OLD_RULE, *RULES.files), True, None)),
        *(
            "udev-rules",
            "warning",
            "hides /usr/lib/udev/rules.d",
            "rm /etc/udev/rules.d/61-changer",
        ),
    ),
    "rules not in effect": (
        FACTS._replace(nodes=(CHANGER._replace(group="cdrom", group_id=24), DRIVE)),
        *("udev-rules", "warning", "not in effect: /dev/sg3 root:cdrom", "udevadm test"),
    ),
    "no link": (
        FACTS._replace(nodes=(CHANGER._replace(has_link=False), DRIVE)),
        *("udev-rules", "warning", "by-library", "udevadm trigger"),
    ),
    "no sg_raw": (
        FACTS._replace(sg_raw=NotTold("the program sg_raw is missing")),
        *("sg3-utils", "problem", "missing", "apt install sg3-utils"),
    ),
    "an old sg_raw": (
        FACTS._replace(sg_raw=SG_RAW._replace(dated="2014-10-18")),
        *("sg3-utils", "problem", "older than 1.42", "apt install sg3-utils"),
    ),
    "a version that can't be read": (
        FACTS._replace(sg_raw=SG_RAW._replace(dated="")),
        *("sg3-utils", "unknown", "can't be read", "sg_raw --version"),
    ),
    "another program at the robot": (
        FACTS._replace(nodes=(CHANGER._replace(users=("mtx (pid 17)",)), DRIVE)),
        *("robot-in-use", "warning", "mtx (pid 17)", "lsof /dev/sg3"),
    ),
    "processes that are hidden": (
        FACTS._replace(nodes=(CHANGER._replace(all_seen=False), DRIVE)),
        *("robot-in-use", "unknown", "for root to see", "sudo changer doctor"),
    ),
    "mtx-changer": (
        FACTS._replace(
            backup=BACKUP._replace(
                changers=(BACULA._replace(command="/etc/bacula/mtx-changer %c %o"),)
            )
        ),
        *("backup-software", "warning", "past the lock", "changer-autochanger %c %o %S %a %d"),
    ),
    "software that controls it itself": (
        FACTS._replace(
            backup=BACKUP._replace(
                changers=(BACULA._replace(software="Proxmox Backup Server", command=None),)
            )
        ),
        *("backup-software", "warning", "by itself", "one of the two"),
    ),
    "a number for a name": (
        FACTS._replace(backup=BACKUP._replace(changers=(BACULA._replace(device="/dev/sg3"),))),
        *("backup-software", "warning", "after a reboot", "/dev/tape/by-library/HPE_MSL"),
    ),
    "a changer that is not here": (
        FACTS._replace(
            backup=BACKUP._replace(
                changers=(BACULA._replace(device="/dev/sg9", real_device="/dev/sg9"),)
            )
        ),
        *("backup-software", "warning", "not a changer here", "changer list"),
    ),
    "settings for root alone": (
        FACTS._replace(backup=BACKUP._replace(changers=(), unread=("/etc/bacula",))),
        *("backup-software", "unknown", "/etc/bacula", "sudo changer doctor"),
    ),
    "a daemon that is impatient": (
        FACTS._replace(
            backup=BACKUP._replace(changers=(BACULA._replace(longest_wait_seconds=None),)),
            libraries=(LIBRARY._replace(changer_wait_seconds=900.0),),
        ),
        *("backup-wait", "warning", "after 300 s", "Maximum Changer Wait = 900"),
    ),
    "settings that can't be used": (
        FACTS._replace(
            settings=SETTINGS._replace(problem=Problem("unknown key spead", "did you mean"))
        ),
        *("settings", "problem", "spead", "did you mean"),
    ),
    "settings of an unknown library": (
        FACTS._replace(settings=SETTINGS._replace(problems=(Problem("STK_TYPO", None),))),
        *("settings", "problem", "STK_TYPO", "changer config check"),
    ),
    "locks on a network": (
        FACTS._replace(locks=LOCKS._replace(file_system="nfs4")),
        *("lock-folder", "problem", "nfs4", "findmnt"),
    ),
    "a lock folder of everyone": (
        FACTS._replace(locks=LOCKS._replace(problems=(("it is open", "chmod o-w it"),))),
        *("lock-folder", "problem", "it is open", "chmod o-w it"),
    ),
    "state in memory": (
        FACTS._replace(folder=FOLDER._replace(file_system="tmpfs")),
        *("state-folder", "warning", "a restart loses", "findmnt"),
    ),
    "a full disk": (
        FACTS._replace(folder=FOLDER._replace(free_bytes=1 << 20)),
        *("state-folder", "problem", "1 MiB", "df -h"),
    ),
    "a read-only disk": (
        FACTS._replace(folder=FOLDER._replace(read_only=True, is_writable=False)),
        *("state-folder", "problem", "read-only", "remount,rw"),
    ),
    "a closed folder": (
        FACTS._replace(folder=FOLDER._replace(is_writable=False)),
        *("state-folder", "problem", "alice may not write", "usermod --append --groups tape alice"),
    ),
    "a damaged store": (
        FACTS._replace(store=STORE._replace(problems=(Problem("damaged", "restore a backup"),))),
        *("state-store", "problem", "damaged", "restore a backup"),
    ),
    "a clock that was set back": (
        FACTS._replace(store=STORE._replace(latest_record=NOW + 7200)),
        *("clock", "problem", "2 hours in the future", "timedatectl"),
    ),
    "a server of another time": (
        FACTS._replace(store=STORE._replace(server_ahead=-300.0)),
        *("clock", "warning", "300 s behind", "chronyc"),
    ),
    "an open move": (
        FACTS._replace(store=STORE._replace(open_work=(OpenWork("LIB", "the move of A1", False),))),
        *("open-work", "problem", "the move of A1", "changer --library LIB recover"),
    ),
    "events that wait": (
        FACTS._replace(
            store=STORE._replace(
                undelivered=3, oldest_undelivered=NOW - 900, has_event_programs=True
            )
        ),
        *("events", "warning", "3 of them", "journalctl -t changer"),
    ),
    "an owner that is gone": (
        FACTS._replace(owners=(OwnerAnswer("LIB", "ssh://far", Problem("refused", "log in")),)),
        *("owner", "problem", "refused", "log in"),
    ),
    "virtual devices that were left": (
        FACTS._replace(leftovers=("demo",)),
        *("virtual-devices", "problem", "sim:demo", "changer sim detach demo --cleanup"),
    ),
    "a disabled library": (
        of(LIBRARY._replace(is_enabled=False)),
        *("enabled", "warning", "disable", "enabled = true"),
    ),
    "sequential mode": (
        of(LIBRARY._replace(error=Problem("offline", None), sense="02/04/8E")),
        *("library-mode", "problem", "sequential mode (02/04/8E)", "panel"),
    ),
    "a door that is open": (
        of(LIBRARY._replace(error=Problem("its door is open", "close it"), sense="02/04/83")),
        *("library-answers", "problem", "door", "close it"),
    ),
    "a reset that undid the lock": (
        of(LIBRARY._replace(attentions=("reset",), removal_prevented=True)),
        *("unit-attention", "warning", "take media out", "lock"),
    ),
    "a reservation of another": (
        of(
            LIBRARY._replace(
                reservation=RESERVATION._replace(
                    held_by=("another program, key 77",), registered=("it",), foreign=True
                )
            )
        ),
        *("reservations", "problem", "another program, key 77", "sg_persist --in"),
    ),
    "another that is registered": (
        of(LIBRARY._replace(reservation=RESERVATION._replace(registered=("another program",)))),
        *("reservations", "warning", "registered", "sg_persist --in"),
    ),
    "an older reservation": (
        of(
            LIBRARY._replace(
                error=Problem("another host has reserved the library", None),
                error_code="reservation-conflict",
                reservation=UNTOLD,
            )
        ),
        *("reservations", "problem", "reserved the library", "SPC-2 RESERVE"),
    ),
    "an older reservation of a library without others": (
        of(
            LIBRARY._replace(
                error=Problem("another host has reserved the library", None),
                error_code="reservation-conflict",
            )
        ),
        *("reservations", "problem", "by an older command", "sg_persist --in --read-keys"),
    ),
    "a device that may be the drive's": (
        of(
            LIBRARY._replace(
                drives=(MATCH._replace(device=None, reason="none has it", hint="look"),),
                strangers=("/dev/sg7 (why)",),
            )
        ),
        *("drives", "warning", "/dev/sg7 (why) is a tape drive", "sg_vpd --page=0xb4 /dev/sg7"),
    ),
    "a drive without a device": (
        of(
            LIBRARY._replace(
                drives=(MATCH._replace(device=None, reason="none has it", hint="look"),)
            )
        ),
        *("drives", "warning", "none has it", "lsscsi -g"),
    ),
    "both clean": (
        of(LIBRARY._replace(cleaning=CLEANING._replace(signs=("it keeps the cleaner",)))),
        *("cleaning", "problem", "and this host", 'auto_clean = "library"'),
    ),
    "a setting that is not true": (
        of(
            LIBRARY._replace(
                cleaning=CLEANING._replace(
                    signs=("it keeps the cleaner",), auto_clean="host", cleaners=0
                )
            )
        ),
        *("cleaning", "warning", 'auto_clean is "host"', "panel"),
    ),
    "a drive that asks in vain": (
        of(LIBRARY._replace(cleaning=CLEANING._replace(asking=("drive X",), usable=0))),
        *("cleaning", "warning", "no cleaner on record can be used", "cleaner insert"),
    ),
    "a drive that was not cleaned": (
        of(LIBRARY._replace(cleaning=CLEANING._replace(asking=("drive X",)))),
        *("cleaning", "warning", "was not cleaned since", "clean --needed"),
    ),
}


IMPATIENT = BACULA._replace(longest_wait_seconds=600.0)
OF_AMANDA = BACULA._replace(
    software="Amanda", command="/usr/bin/changer-mtx", longest_wait_seconds=None
)
# What is no trouble; the check that says so, and its words.
WELL: dict[str, tuple[Facts, str, str]] = {
    "a daemon that waits less than a move may take": (
        FACTS._replace(backup=BACKUP._replace(changers=(IMPATIENT,))),
        *("backup-wait", "waits 600 s for a changer command; a move may take 900 s"),
    ),
    "software that kills no command": (
        FACTS._replace(
            backup=BACKUP._replace(changers=(OF_AMANDA,)),
            libraries=(LIBRARY._replace(changer_wait_seconds=900.0),),
        ),
        *("backup-software", "Amanda controls the robot through changer"),
    ),
    "a store that was not made yet": (
        FACTS._replace(store=STORE._replace(is_missing=True)),
        *("state-store", "is not there yet; it is made on demand"),
    ),
    "an attention that undid nothing": (
        of(LIBRARY._replace(attentions=("medium",), removal_prevented=True)),
        *("unit-attention", "something changed (medium)"),
    ),
    "a library that knows no keys": (
        of(LIBRARY._replace(reservation=RESERVATION._replace(is_supported=False))),
        *("reservations", "not reserved (SPC-2 only)"),
    ),
}


def text_of(diagnosis: Diagnosis) -> str:
    return "\n".join((*diagnosis.fixes, diagnosis.advice or ""))


def test_where_all_is_well_every_check_is_ok() -> None:
    found = diagnose(FACTS)
    assert [each for each in found if each.level != "ok"] == []
    assert len({each.check for each in found}) > 20
    assert not any(each.fixes for each in found)


@pytest.mark.parametrize("name", SPOILED)
def test_what_is_wrong_is_found_with_its_fix_and_nothing_else_is(name: str) -> None:
    facts, check, level, seen, fix = SPOILED[name]
    found = [each for each in diagnose(facts) if each.level != "ok"]
    mine = [each for each in found if each.check == check]
    assert mine and worst(each.level for each in mine) == level, found
    assert any(seen in each.seen for each in mine), mine
    assert any(fix in text_of(each) for each in mine), mine


@pytest.mark.parametrize("name", WELL)
def test_what_is_no_trouble_is_ok(name: str) -> None:
    facts, check, words = WELL[name]
    found = diagnose(facts)
    assert [each for each in found if each.level != "ok"] == []
    assert any(words in each.seen for each in found if each.check == check)


def test_rules_that_no_changer_needs_are_no_trouble() -> None:
    facts = FACTS._replace(nodes=(DRIVE,), rules=RULES._replace(files=()), libraries=())
    (found,) = (each for each in diagnose(facts) if each.check == "udev-rules")
    assert (found.level, found.fixes) == ("ok", ())
    assert found.seen.endswith("not installed, and there is no changer that needs them")


def test_checks_of_a_library_name_it() -> None:
    found = diagnose(FACTS)
    assert {each.library for each in found if each.check in ("drives", "model", "cleaning")} == {
        LIBRARY.id
    }


@pytest.mark.parametrize(
    "field", [name for name in Facts._fields if name not in ("now", "libraries")]
)
def test_what_could_not_be_read_is_not_known_and_the_rest_is_judged(field: str) -> None:
    changed: dict[str, Any] = {field: UNTOLD}
    found = diagnose(FACTS._replace(**changed))
    own = [each for each in found if each.level != "ok"]
    assert own, "it is said"
    assert {each.level for each in own} <= {
        "unknown",
        "problem" if field == "sg_raw" else "unknown",
    }
    assert any("it did not answer" in each.seen for each in own)
    assert len(found) > 15


@pytest.mark.parametrize("field", ["drives", "reservation", "cleaning"])
def test_what_a_library_does_not_answer_is_not_known(field: str) -> None:
    changed: dict[str, Any] = {field: UNTOLD}
    found = diagnose(of(LIBRARY._replace(**changed)))
    assert {each.level for each in found if each.seen == UNTOLD.why} == {"unknown"}


def test_a_check_that_fails_does_not_take_the_others_along() -> None:
    def broken(_facts: Facts) -> Iterator[Diagnosis]:
        raise ZeroDivisionError("a mistake")
        yield

    found = diagnose(FACTS, host_checks=(broken, *HOST_CHECKS))
    assert found[0].level == "unknown"
    assert "ZeroDivisionError: a mistake" in found[0].seen
    assert {each.level for each in found[1:]} == {"ok"}


def test_transport_without_a_program_needs_none() -> None:
    settings = FACTS.settings
    assert not isinstance(settings, NotTold)
    facts = FACTS._replace(
        sg_raw=NotTold("missing"), settings=settings._replace(transports=frozenset(("sg_io",)))
    )
    assert [each.level for each in diagnose(facts) if each.check == "sg3-utils"] == ["ok"]


def test_rows_about_the_model_are_named_with_what_they_change_and_who_says_so() -> None:
    (model,) = (each for each in diagnose(FACTS) if each.check == "model")
    assert "answers-at-rest (a reading waits for the robot; a manual)" in model.seen
    assert "1 sense code of its maker" in model.seen
    assert model.seen.endswith("; drives 0 and 1: IBM LTO, generation 8")


def test_every_check_is_in_the_document_and_no_other_is() -> None:
    listed = [
        name.strip(" `")
        for row in table("docs/doctor.md", "The checks")
        for name in row[0].split(",")
    ]
    assert sorted(listed) == sorted(CHECK_NAMES)
    emitted = {each.check for facts, *_ in SPOILED.values() for each in diagnose(facts)}
    assert emitted == {*CHECK_NAMES}


def test_there_are_rows_for_both_kinds() -> None:
    assert len(HOST_CHECKS) > 15 and len(LIBRARY_CHECKS) > 4
