"""Facts at both sides of what a check tells apart, by name; some are well, and some are not."""

from __future__ import annotations

from typing import Any

from changer.doctor.diagnosis import NotTold
from changer.doctor.facts import Facts, Module, OpenWork, OwnerAnswer, Problem, RuleFile, UdevRules
from changer.library.model import Identity

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

IN_DOCKER = MACHINE._replace(container="docker")
WITHOUT_CHANGERS = FACTS._replace(nodes=(DRIVE,), libraries=())
SECOND = CHANGER._replace(
    device="/dev/sg5", identity=Identity("IBM", "3573-TL", "F.11", None), users=()
)
RULE = RULES.files[0]
OTHER_RULE = RuleFile("/etc/udev/rules.d/61-changer.rules", is_empty=False, has_our_rule=False)
EMPTY_RULE = OTHER_RULE._replace(is_empty=True)
LEAST_FREE = 64 << 20
REFUSED = Problem("another host has reserved the library", None)


def machine(**changed: Any) -> Facts:
    return FACTS._replace(machine=MACHINE._replace(**changed))


def modules(*rows: tuple[str, bool, bool | None], facts: Facts = FACTS) -> Facts:
    return facts._replace(modules=tuple(Module(*each) for each in rows))


def nodes(*there: Any, **changed: Any) -> Facts:
    return FACTS._replace(nodes=there, **changed)


def rules(*files: RuleFile, **changed: Any) -> Facts:
    return FACTS._replace(rules=UdevRules(files, udev_runs=True, library_trouble=None), **changed)


def backup(waits: float | None = 1200.0, **changed: Any) -> Facts:
    configured = BACULA._replace(longest_wait_seconds=waits, **changed)
    return FACTS._replace(backup=BACKUP._replace(changers=(configured,)))


def settings(**changed: Any) -> Facts:
    return FACTS._replace(settings=SETTINGS._replace(**changed))


def folder(**changed: Any) -> Facts:
    return FACTS._replace(folder=FOLDER._replace(**changed))


def locks(**changed: Any) -> Facts:
    return FACTS._replace(locks=LOCKS._replace(**changed))


def store(**changed: Any) -> Facts:
    return FACTS._replace(store=STORE._replace(**changed))


def library(**changed: Any) -> Facts:
    return FACTS._replace(libraries=(LIBRARY._replace(**changed),))


def reservation(**changed: Any) -> Facts:
    return library(reservation=RESERVATION._replace(**changed))


def cleaning(**changed: Any) -> Facts:
    return library(cleaning=CLEANING._replace(**changed))


def drives(*matches: Any, **changed: Any) -> Facts:
    return library(drives=matches, **changed)


UNKNOWN_DRIVE = MATCH._replace(device=None, reason="none has its serial number")
ASKING = ("drive 0 (CZ22001234)", "drive 1")
SIGNS = ("it keeps the cleaning cartridge in slot 8 for itself", "another sign")

HOST: dict[str, Facts] = {
    "no sysfs, and no container": machine(has_sys=False),
    "a container with sysfs": machine(container="podman"),
    "sg of a container's host is missing": modules(
        ("sg", False, False), ("st", True, True), facts=FACTS._replace(machine=IN_DOCKER)
    ),
    "sg is missing, and no changer is there": modules(
        ("sg", False, True), ("st", True, True), facts=machine(scsi_changers=0)
    ),
    "a kernel without sg, and no changer is there": modules(
        ("sg", False, False), ("st", True, True), facts=machine(scsi_changers=0)
    ),
    "st is missing, and no changer is there": modules(
        ("sg", True, True), ("st", False, True), facts=machine(scsi_changers=0)
    ),
    "sg is there without modules": modules(
        ("sg", True, None), ("st", True, None), facts=machine(has_kernel_modules=False)
    ),
    "st is missing, and no drive is there": modules(
        ("sg", True, True), ("st", False, True), facts=nodes(CHANGER)
    ),
    "st is there, and no drive is": nodes(CHANGER),
    "st is missing, and nodes are not known": modules(
        ("sg", True, True), ("st", False, True), facts=FACTS._replace(nodes=UNTOLD)
    ),
    "lin_tape without drives": modules(
        ("sg", True, True), ("st", True, True), ("lin_tape", True, True), facts=nodes(CHANGER)
    ),
    "lin_tape is not known": modules(("sg", True, True), ("st", True, True)),
    "two paths to a library, and another one": nodes(
        CHANGER, CHANGER._replace(device="/dev/sg4"), SECOND, DRIVE
    ),
    "a virtual library alone": FACTS._replace(
        nodes=(), libraries=(LIBRARY._replace(is_virtual=True),)
    ),
    "a library of another host": WITHOUT_CHANGERS._replace(
        settings=SETTINGS._replace(owners=(("LIB", "ssh://far"),))
    ),
    "no changer, and settings that are not known": WITHOUT_CHANGERS._replace(settings=UNTOLD),
    "no sg_raw, and no changer": WITHOUT_CHANGERS._replace(sg_raw=NotTold("sg_raw is missing")),
    "no sg_raw, and nodes are not known": FACTS._replace(
        nodes=UNTOLD, sg_raw=NotTold("sg_raw is missing")
    ),
    "an sg_raw of the day before the oldest": FACTS._replace(
        sg_raw=SG_RAW._replace(dated="2015-06-30")
    ),
    "the oldest sg_raw": FACTS._replace(sg_raw=SG_RAW._replace(dated="2015-07-01")),
    "sg_io alone": settings(transports=frozenset(("sg_io",))),
    "both transports, and no sg_raw": settings(transports=frozenset(("sg_io", "sg_raw")))._replace(
        sg_raw=NotTold("sg_raw is missing")
    ),
    "libudev without a fix": FACTS._replace(
        rules=RULES._replace(library_trouble="libudev is broken")
    ),
    "no udev": FACTS._replace(rules=UdevRules((EMPTY_RULE,), False, None)),
    "no rules, and nodes are not known": rules(nodes=UNTOLD),
    "rules, and nodes are not known": FACTS._replace(nodes=UNTOLD),
    "rules without ours before none": rules(OTHER_RULE),
    "rules without ours before ours": rules(OTHER_RULE, RULE),
    "empty rules before two others": rules(EMPTY_RULE, RULE, RULE._replace(path="/lib/x.rules")),
    "ours before empty rules": rules(RULE, EMPTY_RULE),
    "empty rules, and no changer": rules(EMPTY_RULE, nodes=(DRIVE,)),
    "no rules, and no changer": rules(nodes=(DRIVE,)),
    "two nodes that are not as ruled": nodes(
        CHANGER._replace(mode=0o640), SECOND._replace(group="disk", group_id=6), DRIVE
    ),
    "a node that its group may read alone": nodes(CHANGER._replace(mode=0o640), DRIVE),
    "a node that its group may write alone": nodes(CHANGER._replace(mode=0o620), DRIVE),
    "a drive's node that is not as ruled": nodes(CHANGER, DRIVE._replace(group="disk")),
    "a node that is gone is not as ruled": nodes(
        CHANGER._replace(exists=False, group="", has_link=False), DRIVE
    ),
    "two nodes without links": nodes(
        CHANGER._replace(has_link=False),
        CHANGER._replace(device="/dev/sg4", has_link=False),
        SECOND._replace(has_link=False),
        DRIVE,
    ),
    "links are not known": nodes(CHANGER._replace(has_link=None), DRIVE),
    "a node is missing in a container": nodes(
        CHANGER._replace(exists=False), DRIVE._replace(exists=False), machine=IN_DOCKER
    ),
    "a node is missing on a machine that is not known": nodes(
        CHANGER, DRIVE._replace(exists=False), machine=UNTOLD
    ),
    "two nodes of one closed group, and one of another": nodes(
        CLOSED._replace(group="robots", group_id=77),
        CLOSED._replace(device="/dev/sg4"),
        CLOSED._replace(device="/dev/sg5"),
        CHANGER._replace(device="/dev/sg6"),
        caller=OUTSIDER,
    ),
    "one of two drives is closed": nodes(
        CHANGER, DRIVE, DRIVE._replace(device="/dev/sg4", usable=False), caller=OUTSIDER
    ),
    "a closed drive that is gone": nodes(
        CHANGER, DRIVE._replace(exists=False, usable=False), caller=OUTSIDER
    ),
    "a node for the group of root": nodes(
        CLOSED._replace(group="root", group_id=0), DRIVE, caller=CALLER
    ),
    "two nodes of root of two modes": nodes(
        CLOSED._replace(group="root", group_id=0, mode=0o600),
        CLOSED._replace(device="/dev/sg4", owner="daemon", group="root", group_id=0),
        DRIVE,
        caller=OUTSIDER,
    ),
    "a closed drive of a container": nodes(
        CHANGER, DRIVE._replace(usable=False), caller=CALLER._replace(user_id=0, name="root")
    ),
    "the first user is not root": nodes(
        CLOSED, DRIVE, caller=OUTSIDER._replace(user_id=1, name="daemon")
    ),
    "one of two changers is in use, and no process is hidden": nodes(
        CHANGER._replace(users=("mtx (pid 17)", "sh (pid 18)")), SECOND, DRIVE
    ),
    "one of two changers is in use, and processes are hidden": nodes(
        CHANGER._replace(users=("mtx (pid 17)",), all_seen=False), SECOND, DRIVE
    ),
    "a changer is in use, and processes of another are hidden": nodes(
        CHANGER._replace(users=("mtx (pid 17)",)), SECOND._replace(all_seen=False), DRIVE
    ),
    "processes of a drive are hidden": nodes(CHANGER, DRIVE._replace(all_seen=False)),
}

KEPT: dict[str, Facts] = {
    "no backup software": FACTS._replace(backup=BACKUP._replace(changers=())),
    "no backup software, and no daemon": FACTS._replace(
        backup=BACKUP._replace(changers=(), daemons=())
    ),
    "two daemons": FACTS._replace(backup=BACKUP._replace(changers=(), daemons=("Bacula", "Veeam"))),
    "settings that were read, and others": FACTS._replace(
        backup=BACKUP._replace(unread=("/etc/amanda", "/etc/bareos"))
    ),
    "a quoted command": backup(command='"/usr/bin/changer-mtx" %o'),
    "a command without a folder": backup(command="changer-autochanger"),
    "a command that is named as ours": backup(command="/opt/changer-mtx-old %o"),
    "Amanda without ours": backup(software="Amanda", command="mtx"),
    "Bareos without ours": backup(software="Bareos", command="/usr/lib/mtx-changer %c"),
    "a number of the ch driver": backup(device="/dev/sch12"),
    "a number with more behind it": backup(device="/dev/sg3x"),
    "a device by its own path alone": backup(device="/dev/x", real_device="/dev/sg3"),
    "a name that is no device": backup(device="tape-changer", real_device="tape-changer"),
    "a stranger, and nodes are not known": backup(
        device="/dev/sg9", real_device="/dev/sg9"
    )._replace(nodes=UNTOLD),
    "a library without a device": backup(device="", real_device="")._replace(
        libraries=(LIBRARY._replace(device="", error=Problem("it is gone", "look")),)
    ),
    "it waits less than the lock": backup(299.0),
    "it waits as long as the lock": backup(300.0),
    "it waits less than a move": backup(899.0),
    "it waits as long as a move": backup(900.0),
    "it waits longer than a move": backup(901.0),
    "Bareos waits less than the lock": backup(200.0, software="Bareos"),
    "it waits by default": backup(None),
    "no settings file": settings(exists=False),
    "settings with notes": settings(notes=1),
    "a problem, and several problems": settings(
        problem=Problem("one", None), problems=(Problem("two", "a hint"), Problem("three", None))
    ),
    "folders are not there": folder(exists=False, file_system="nfs")._replace(
        locks=LOCKS._replace(exists=False, problems=(("it is open", ""),))
    ),
    "the store is no file": FACTS._replace(folder=None),
    "state on a network": folder(file_system="cifs"),
    "state in another memory": folder(file_system="ramfs"),
    "locks in another memory": locks(file_system="ramfs"),
    "a problem without a hint": locks(problems=(("it is open", ""), ("another", "a hint"))),
    "locks that are read-only": locks(read_only=True),
    "locks of a user that is not known": locks(is_writable=False)._replace(caller=UNTOLD),
    "less space than the least": folder(free_bytes=LEAST_FREE - 1),
    "the least space": folder(free_bytes=LEAST_FREE),
    "space that is not known": folder(free_bytes=None),
    "little space for locks": locks(free_bytes=0),
    "a store with two problems": store(
        problems=(Problem("damaged", "restore a backup"), Problem("odd rows", None))
    ),
    "a server that is a minute ahead": store(server_ahead=60.0),
    "a server that is more than a minute ahead": store(server_ahead=61.0),
    "a server that is a minute behind": store(server_ahead=-60.0),
    "a server that is more than a minute behind": store(server_ahead=-61.0),
    "a record of a minute ahead": store(latest_record=NOW + 60),
    "a record of more than a minute ahead": store(latest_record=NOW + 60.5),
    "a record of almost two minutes ahead": store(latest_record=NOW + 119.9),
    "a record of two minutes ahead": store(latest_record=NOW + 120),
    "a record of almost an hour ahead": store(latest_record=NOW + 3599),
    "a record of an hour ahead": store(latest_record=NOW + 3600),
    "a record of almost a day ahead": store(latest_record=NOW + 86399),
    "a record of a day ahead": store(latest_record=NOW + 86400),
    "a record of three days ahead": store(latest_record=NOW + 86400 * 3.5),
    "a record of a server that is ahead": store(latest_record=NOW + 120, server_ahead=60.0),
    "a late record of a server that is ahead": store(latest_record=NOW + 121, server_ahead=60.0),
    "a record of a server that is behind": store(latest_record=NOW + 1, server_ahead=-60.0),
    "no record": store(latest_record=None, latest_what=""),
    "open work that has a process": store(open_work=(OpenWork("LIB", "the move of A1", True),)),
    "open work with and without a process": store(
        open_work=(
            OpenWork("LIB", "the move of A1", True),
            OpenWork("LIB", "the operation clean of CLN001CU", False),
            OpenWork("OTHER", "the move of A2", False),
        )
    ),
    "an event of five minutes": store(undelivered=1, oldest_undelivered=NOW - 300),
    "an event of more than five minutes": store(undelivered=1, oldest_undelivered=NOW - 301),
    "an event since the epoch": store(undelivered=1, oldest_undelivered=1.0),
    "a late event that is being delivered": store(
        undelivered=2, oldest_undelivered=NOW - 900, is_delivering=True
    ),
    "owners that answer, and that don't": FACTS._replace(
        owners=(
            OwnerAnswer("LIB", "ssh://near", None),
            OwnerAnswer("", "ssh://far", Problem("it can't be reached", None)),
        )
    ),
    "two virtual libraries were left": FACTS._replace(leftovers=("demo", "test")),
}

LIBRARIES: dict[str, Facts] = {
    "in use": library(busy_with="another process of changer holds its lock"),
    "not ready in T10's sequential mode": library(
        error=Problem("offline", None), sense="02/04/19", is_enabled=False
    ),
    "an error without a hint": library(error=Problem("it does not answer", None)),
    "a reservation of hosts without a name": reservation(foreign=True),
    "a reservation that others hold together": reservation(
        foreign=True, held_by=("a, key 1", "b, key 2")
    ),
    "a reservation of ours": reservation(held_by=("changer on this host",)),
    "two that are registered": reservation(registered=("a, key 1", "b, key 2")),
    "a conflict, and reservations are not known": library(
        error=REFUSED, error_code="reservation-conflict", reservation=UNTOLD
    ),
    "a conflict without its error": library(error_code="reservation-conflict", reservation=UNTOLD),
    "another error, and reservations are not known": library(
        error=Problem("it does not answer", "look"), reservation=UNTOLD
    ),
    "an error of another code, and reservations are not known": library(
        error=Problem("the path is lost", "look"), error_code="transport-failed", reservation=UNTOLD
    ),
    "a foreign reservation, and a conflict": library(
        error=REFUSED,
        error_code="reservation-conflict",
        reservation=RESERVATION._replace(foreign=True, held_by=("it",)),
    ),
    "a reset that undid nothing": library(attentions=("reset",)),
    "another identity undid the lock": library(
        attentions=("medium", "identity"), removal_prevented=True
    ),
    "no drive": drives(),
    "a bay without a drive": drives(MATCH._replace(present=False, device=None)),
    "a bay that does not say whether a drive is there": drives(
        UNKNOWN_DRIVE._replace(present=None)
    ),
    "two drives, one of them unknown": drives(MATCH, UNKNOWN_DRIVE._replace(number=1, hint="look")),
    "strangers beside known drives": drives(MATCH, strangers=("/dev/sg7 (why)",)),
    "an unknown drive, and two strangers": drives(
        UNKNOWN_DRIVE, strangers=("/dev/sg7 (why)", "/dev/sg8")
    ),
    "an unknown drive, and strangers are not known": drives(UNKNOWN_DRIVE, strangers=UNTOLD),
    "both clean, by the hooks": cleaning(signs=SIGNS, on_the_way="on", reserved=0, cleaners=0),
    "it cleans, with a reserved slot of ours": cleaning(signs=SIGNS, cleaners=0),
    "it cleans, with a cleaner of ours": cleaning(signs=SIGNS, reserved=0),
    "it cleans by the setting": cleaning(signs=SIGNS, auto_clean="library", asking=ASKING),
    "it cleans by the setting, without a sign": cleaning(
        auto_clean="library", asking=ASKING, usable=0
    ),
    "the host cleans by the setting": cleaning(auto_clean="host"),
    "it cleans, though the host is to": cleaning(signs=SIGNS, auto_clean="host", reserved=0),
    "two drives ask": cleaning(asking=ASKING),
    "two drives ask in vain": cleaning(asking=ASKING, usable=0),
    "nothing is reserved": cleaning(reserved=0),
    "no cleaner was used": cleaning(last_used_at=None),
    "a cleaner was used in the future": cleaning(last_used_at=NOW + 86400 * 2),
    "a cleaner was used today": cleaning(last_used_at=NOW - 86399),
    "a cleaner was used yesterday": cleaning(last_used_at=NOW - 86400),
    "a cleaner was used almost two days ago": cleaning(last_used_at=NOW - 86400 * 2 + 1),
    "a cleaner was used two days ago": cleaning(last_used_at=NOW - 86400 * 2),
    "a cleaner was used at the epoch": cleaning(last_used_at=0.0),
    "a model of which nothing is known": library(habits=(), vendor_codes=(), known_drives=()),
    "a model with habits alone": library(vendor_codes=(), known_drives=()),
    "a model with codes alone": library(
        habits=(), vendor_codes=("02/04/83 a", "02/04/84 b"), known_drives=("a", "b")
    ),
    "two libraries": FACTS._replace(
        libraries=(LIBRARY, LIBRARY._replace(id="IBM_3573-TL", device="/dev/sg5"))
    ),
}

EDGES = HOST | KEPT | LIBRARIES
