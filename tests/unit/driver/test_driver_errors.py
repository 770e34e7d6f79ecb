"""Every error: code, exit status, and the name and number that RSM gives it."""

from __future__ import annotations

import ast
import inspect
import re
from itertools import product
from pathlib import Path

import pytest

import changer
from changer import errors
from changer.errors import ChangerError, NtmsResult, error_classes, error_groups
from changer.smc.elements import AdditionalSense
from changer.smc.sense import Action, SenseData
from changer.smc.sense_action import judge_sense

# MS-RSMP v20170601 and ntmsapi.h, by hand. RSM's own names differ for some: the documentation of a
# function and the protocol do not agree.
NTMS = {
    "ERROR_INVALID_HANDLE": 6,
    "ERROR_INVALID_PARAMETER": 87,
    "ERROR_NOT_CONNECTED": 2250,
    "ERROR_INVALID_LIBRARY": 4301,
    "ERROR_INVALID_DRIVE": 15,
    "ERROR_ACCESS_DENIED": 5,
    "ERROR_RESOURCE_DISABLED": 4309,
    "ERROR_DEVICE_NOT_AVAILABLE": 4319,
    "ERROR_LIBRARY_OFFLINE": 4305,
    "ERROR_RESOURCE_NOT_PRESENT": 4316,
    "ERROR_ALREADY_RESERVED": 4331,
    "ERROR_NO_SLOT_RESERVED": 4332,
    "ERROR_NO_SLOT_SET": 4332,
    "ERROR_INVALID_SLOT": 487,
    "ERROR_SLOT_NOT_PRESENT": 4316,
    "ERROR_SLOT_FULL": 5006,
    "ERROR_SLOT_EMPTY": 4306,
    "ERROR_DATABASE_FAILURE": 4313,
    "ERROR_DATABASE_FULL": 4314,
    "ERROR_INVALID_OPERATION": 4317,
    "ERROR_NOT_SUPPORTED": 50,
    "ERROR_SUCCESS": 0,
    "ERROR_UNABLE_TO_INVENTORY_SLOT": 4326,
    "ERROR_BUSY": 170,
    "ERROR_INVALID_CLEANER": 4310,
    "ERROR_CLEANER_CARTRIDGE_SPENT": 4333,
    "ERROR_UNABLE_TO_CLEAN": 4311,
    "ERROR_IEPORT_FULL": 4341,
    "ERROR_TIMEOUT": 1460,
    "ERROR_CANCELLED": 1223,
    "ERROR_OBJECT_NOT_FOUND": 4312,
}

# What the functions of cleaner management answer, check by check.
ANSWERS: list[tuple[type[ChangerError], str, int]] = [
    (errors.LibraryClosed, "ERROR_INVALID_HANDLE", 6),
    (errors.UsageError, "ERROR_INVALID_PARAMETER", 87),
    (errors.StoreUnreachable, "ERROR_NOT_CONNECTED", 2250),
    (errors.NoLibrary, "ERROR_INVALID_LIBRARY", 4301),
    (errors.AmbiguousLibrary, "ERROR_INVALID_LIBRARY", 4301),
    (errors.NotAChanger, "ERROR_INVALID_LIBRARY", 4301),
    (errors.NoSuchDrive, "ERROR_INVALID_DRIVE", 15),
    (errors.AccessDenied, "ERROR_ACCESS_DENIED", 5),
    (errors.LibraryDisabled, "ERROR_RESOURCE_DISABLED", 4309),
    (errors.DeviceNotAvailable, "ERROR_DEVICE_NOT_AVAILABLE", 4319),
    (errors.LibraryOffline, "ERROR_LIBRARY_OFFLINE", 4305),
    (errors.NotReady, "ERROR_LIBRARY_OFFLINE", 4305),
    (errors.AlreadyReserved, "ERROR_ALREADY_RESERVED", 4331),
    (errors.NoSlotReserved, "ERROR_NO_SLOT_RESERVED", 4332),
    (errors.InvalidSlot, "ERROR_INVALID_SLOT", 487),
    (errors.SlotNotPresent, "ERROR_SLOT_NOT_PRESENT", 4316),
    (errors.ElementNotPresent, "ERROR_SLOT_NOT_PRESENT", 4316),
    (errors.SlotFull, "ERROR_SLOT_FULL", 5006),
    (errors.DestinationFull, "ERROR_SLOT_FULL", 5006),
    (errors.SourceEmpty, "ERROR_SLOT_EMPTY", 4306),
    (errors.StoreFailed, "ERROR_DATABASE_FAILURE", 4313),
    (errors.StoreNewer, "ERROR_DATABASE_FAILURE", 4313),
    (errors.StoreFull, "ERROR_DATABASE_FULL", 4314),
    (errors.SlotUnknown, "ERROR_UNABLE_TO_INVENTORY_SLOT", 4326),
    (errors.ElementUnknown, "ERROR_UNABLE_TO_INVENTORY_SLOT", 4326),
    (errors.CartridgeOut, "ERROR_BUSY", 170),
    (errors.LibraryBusy, "ERROR_BUSY", 170),
    (errors.SlotReserved, "ERROR_INVALID_CLEANER", 4310),
    (errors.CommandTimedOut, "ERROR_TIMEOUT", 1460),
    (errors.NoSlotSet, "ERROR_NO_SLOT_SET", 4332),
    (errors.SlotEmpty, "ERROR_SLOT_EMPTY", 4306),
    (errors.InvalidCleaner, "ERROR_INVALID_CLEANER", 4310),
    (errors.SeveralCartridges, "ERROR_INVALID_CLEANER", 4310),
    (errors.CleanerSpent, "ERROR_CLEANER_CARTRIDGE_SPENT", 4333),
    (errors.UnableToClean, "ERROR_UNABLE_TO_CLEAN", 4311),
    (errors.MailSlotsFull, "ERROR_IEPORT_FULL", 4341),
    (errors.OperatorTimeout, "ERROR_TIMEOUT", 1460),
    (errors.OperationStopped, "ERROR_CANCELLED", 1223),
    (errors.OperationNotFound, "ERROR_OBJECT_NOT_FOUND", 4312),
    (errors.OperationNotStoppable, "ERROR_INVALID_OPERATION", 4317),
    (errors.DriveLoaded, "ERROR_BUSY", 170),
    (errors.RecoveryNeeded, "ERROR_BUSY", 170),
    (errors.CartridgeMissing, "ERROR_OBJECT_NOT_FOUND", 4312),
]

# Scripts depend on these: a status that was once given out never changes.
EXIT_STATUSES = {
    "usage": 2,
    "no-library": 3,
    "ambiguous-library": 4,
    "access-denied": 5,
    "no-such-drive": 6,
    "invalid-slot": 7,
    "volume-not-found": 8,
    "device-not-available": 10,
    "not-a-changer": 11,
    "tool-missing": 12,
    "transport-failed": 13,
    "command-timed-out": 14,
    "malformed-data": 15,
    "library-offline": 16,
    "not-ready": 17,
    "reservation-conflict": 18,
    "unsupported-by-library": 19,
    "device-failed": 20,
    "identity-changed": 21,
    "library-disabled": 22,
    "library-closed": 23,
    "library-busy": 30,
    "source-empty": 31,
    "destination-full": 32,
    "element-not-present": 33,
    "element-unknown": 34,
    "slot-reserved": 35,
    "move-not-allowed": 36,
    "removal-prevented": 37,
    "move-failed": 38,
    "cartridge-misplaced": 39,
    "outcome-unknown": 40,
    "drive-not-ready": 41,
    "no-free-element": 42,
    "recovery-needed": 43,
    "cartridge-missing": 44,
    "already-reserved": 50,
    "no-slot-reserved": 51,
    "slot-not-present": 52,
    "slot-full": 53,
    "slot-unknown": 54,
    "cartridge-out": 55,
    "no-slot-set": 56,
    "slot-empty": 57,
    "invalid-cleaner": 58,
    "cleaner-spent": 59,
    "store-unreachable": 60,
    "store-failed": 61,
    "store-full": 62,
    "store-newer": 63,
    "simulator-refused": 70,
    "replay-mismatch": 71,
    "output-failed": 72,
    "attach-failed": 73,
    "several-cartridges": 80,
    "unable-to-clean": 81,
    "mail-slots-full": 82,
    "operator-timeout": 83,
    "operation-stopped": 84,
    "operation-not-found": 85,
    "operation-not-stoppable": 86,
    "drive-loaded": 87,
    "cleaner-low": 88,
}

# What a caller relies on: a class may move to a group that claims less, never to one that claims
# more than it can hold.
GROUPS = {
    "Refused": "UsageError NoLibrary AmbiguousLibrary NoSuchDrive VolumeNotFound NotAChanger "
    "LibraryDisabled LibraryClosed LibraryBusy ElementUnknown SlotReserved MoveNotAllowed "
    "NoFreeElement RecoveryNeeded CartridgeMissing AlreadyReserved NoSlotReserved SlotNotPresent "
    "SlotFull SlotUnknown CartridgeOut NoSlotSet SlotEmpty SeveralCartridges MailSlotsFull "
    "OperationNotFound OperationNotStoppable DriveLoaded CleanerLow SimulatorRefused",
    "NotExecuted": "InvalidSlot LibraryOffline NotReady ReservationConflict UnsupportedByLibrary "
    "SourceEmpty DestinationFull ElementNotPresent RemovalPrevented MoveFailed",
    "InDoubt": "TransportFailed CommandTimedOut MalformedData DeviceFailed IdentityChanged "
    "CartridgeMisplaced OutcomeUnknown DriveNotReady InvalidCleaner CleanerSpent UnableToClean "
    "OperatorTimeout OperationStopped",
    "StoreError": "StoreUnreachable StoreFailed StoreFull StoreNewer",
    "HostError": "AccessDenied DeviceNotAvailable ToolMissing ReplayMismatch OutputFailed "
    "AttachFailed",
}

every_error = pytest.mark.parametrize("error", error_classes(), ids=lambda each: each.code)


def test_every_class_is_in_one_group_and_what_it_claims_is_known() -> None:
    assert {
        group.__name__: {each.__name__ for each in group.__subclasses__()}
        for group in error_groups()
    } == {group: set(names.split()) for group, names in GROUPS.items()}
    for error in error_classes():
        assert [group for group in error_groups() if issubclass(error, group)] == [
            error.__base__
        ], error
        assert error.__subclasses__() == []


CODES = "04 20 21 24 25 28 2A 30 3A 3B 53 99"
QUALIFIERS = "00 01 02 03 07 0D 0E 11 12 18 83 85 8D 99"


@pytest.mark.parametrize("key", range(16))
def test_what_a_device_refuses_is_not_claimed_to_be_unsent(key: int) -> None:
    for asc, ascq in product(bytes.fromhex(CODES), bytes.fromhex(QUALIFIERS)):
        wanted = judge_sense(SenseData(key, AdditionalSense(asc, ascq), False, False))
        if wanted.action is Action.UNKNOWN:
            assert issubclass(wanted.error, errors.InDoubt)
        elif wanted.action is not Action.ACCEPT:
            assert not issubclass(wanted.error, errors.Refused)


@every_error
def test_an_exit_status_is_free_for_it(error: type[ChangerError]) -> None:
    assert error.exit_status == 2 or 3 <= error.exit_status < 126
    assert (error.exit_status == 2) == (error is errors.UsageError)


@every_error
def test_a_code_is_kebab_case_and_says_what_the_class_says(error: type[ChangerError]) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", error.code)
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=A)(?=Changer)", "-", error.__name__).lower()
    assert error.code == words.removesuffix("-error")


@every_error
def test_a_class_says_what_it_is_for(error: type[ChangerError]) -> None:
    own = error.__dict__.get("__doc__")
    assert own and inspect.cleandoc(own).endswith(".")


@every_error
def test_the_rsm_name_and_number_are_those_of_the_table(error: type[ChangerError]) -> None:
    if error.ntms is not None:
        assert NTMS[error.ntms.name] == error.ntms.code


@every_error
def test_each_class_says_its_own_code_and_status(error: type[ChangerError]) -> None:
    assert "code" in error.__dict__ and "exit_status" in error.__dict__


def test_codes_and_exit_statuses_are_unique() -> None:
    classes = error_classes()
    assert len({each.code for each in classes}) == len(classes)
    assert len({each.exit_status for each in classes}) == len(classes)
    assert [each.exit_status for each in classes] == sorted(each.exit_status for each in classes)


def test_exit_statuses_are_what_they_always_were() -> None:
    now = {each.code: each.exit_status for each in error_classes()}
    assert {code: now.get(code) for code in EXIT_STATUSES} == EXIT_STATUSES
    new = {code: status for code, status in now.items() if code not in EXIT_STATUSES}
    assert new == {}, "give a new error its row here"


@pytest.mark.parametrize(("error", "name", "code"), ANSWERS)
def test_what_the_cleaner_functions_answer(error: type[ChangerError], name: str, code: int) -> None:
    assert error.ntms == NtmsResult(name, code)


def test_errors_without_an_rsm_name_are_none_of_an_rsm_function() -> None:
    without = {each for each in error_classes() if each.ntms is None}
    assert without == {errors.ReplayMismatch, errors.OutputFailed, errors.CleanerLow}


def test_every_error_of_the_package_is_defined_in_one_module() -> None:
    package = Path(changer.__file__).parent
    names = {each.__name__ for each in error_classes()} | {"ChangerError"}
    elsewhere = [
        f"{file.name}: {node.name}"
        for file in package.rglob("*.py")
        if file.name != "errors.py"
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ClassDef)
        for base in node.bases
        if ast.unparse(base).rpartition(".")[2] in names
    ]
    assert elsewhere == []
    defined = {
        node.name
        for node in ast.parse(Path(errors.__file__).read_text()).body
        if isinstance(node, ast.ClassDef) and node.bases
    }
    assert defined - {"ChangerError", *GROUPS} == {each.__name__ for each in error_classes()}


def _clauses(node: ast.Try) -> list[list[type[ChangerError]]]:
    """The errors of this package that each ``except`` names."""
    names = [
        {each.id for each in ast.walk(clause.type) if isinstance(each, ast.Name)}
        if clause.type
        else set()
        for clause in node.handlers
    ]
    known = {each.__name__: each for each in (*error_classes(), *error_groups(), ChangerError)}
    return [[known[name] for name in each if name in known] for each in names]


def test_no_except_clause_hides_a_later_one() -> None:
    for file in Path(changer.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Try):
                before: list[type[ChangerError]] = []
                for clause in _clauses(node):
                    assert not any(
                        issubclass(later, each) for later in clause for each in before
                    ), f"{file}, line {node.lineno}"
                    before += clause


def test_words_of_an_error_are_changed_by_its_own_method_alone() -> None:
    for file in Path(changer.__file__).parent.rglob("*.py"):
        if file.name != "errors.py":
            for node in ast.walk(ast.parse(file.read_text())):
                assert not (
                    isinstance(node, ast.Attribute)
                    and isinstance(node.ctx, ast.Store)
                    and node.attr in ("message", "hint")
                ), f"{file}, line {node.lineno}"


def test_context_is_part_of_what_an_error_says() -> None:
    error = errors.StoreFailed("it is\x1b[2J damaged", hint="restore it")
    error.add_context("A1 to drive 0: done,\nbut not recorded", after="look")
    assert (
        str(error)
        == error.message
        == "A1 to drive 0: done,?but not recorded: it is?[2J damaged; look"
    )
    assert error.hint == "restore it"
    error.add_context(hint="ask\x9b")
    assert error.hint == "ask?"


def test_an_error_keeps_what_it_was_told() -> None:
    error = errors.SlotFull("slot 12 is full", hint="move it", sense=b"\x70")
    assert str(error) == error.message == "slot 12 is full"
    assert (error.hint, error.sense) == ("move it", b"\x70")
    bare = errors.SlotFull("slot 12 is full", sense=b"")
    assert (bare.hint, bare.sense) == (None, None)
