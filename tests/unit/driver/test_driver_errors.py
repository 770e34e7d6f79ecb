"""Every error: code, exit status, and the name and number that RSM gives it."""

from __future__ import annotations

import ast
import copy
import inspect
import pickle
import re
from collections.abc import Callable
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
# Name: number, and the errors that the functions of cleaner management answer so.
NTMS: dict[str, tuple[int, str]] = {
    "ERROR_INVALID_HANDLE": (6, "LibraryClosed"),
    "ERROR_INVALID_PARAMETER": (87, "UsageError"),
    "ERROR_NOT_CONNECTED": (2250, "StoreUnreachable"),
    "ERROR_INVALID_LIBRARY": (4301, "NoLibrary AmbiguousLibrary NotAChanger"),
    "ERROR_INVALID_DRIVE": (15, "NoSuchDrive"),
    "ERROR_ACCESS_DENIED": (5, "AccessDenied"),
    "ERROR_RESOURCE_DISABLED": (4309, "LibraryDisabled"),
    "ERROR_DEVICE_NOT_AVAILABLE": (4319, "DeviceNotAvailable"),
    "ERROR_LIBRARY_OFFLINE": (4305, "LibraryOffline NotReady"),
    "ERROR_RESOURCE_NOT_PRESENT": (4316, ""),
    "ERROR_ALREADY_RESERVED": (4331, "AlreadyReserved"),
    "ERROR_NO_SLOT_RESERVED": (4332, "NoSlotReserved"),
    "ERROR_NO_SLOT_SET": (4332, "NoSlotSet"),
    "ERROR_INVALID_SLOT": (487, "InvalidSlot"),
    "ERROR_SLOT_NOT_PRESENT": (4316, "SlotNotPresent ElementNotPresent"),
    "ERROR_SLOT_FULL": (5006, "SlotFull DestinationFull"),
    "ERROR_SLOT_EMPTY": (4306, "SourceEmpty SlotEmpty"),
    "ERROR_DATABASE_FAILURE": (4313, "StoreFailed StoreNewer"),
    "ERROR_DATABASE_FULL": (4314, "StoreFull"),
    "ERROR_INVALID_OPERATION": (4317, "OperationNotStoppable"),
    "ERROR_NOT_SUPPORTED": (50, ""),
    "ERROR_SUCCESS": (0, ""),
    "ERROR_UNABLE_TO_INVENTORY_SLOT": (4326, "SlotUnknown ElementUnknown"),
    "ERROR_BUSY": (170, "CartridgeOut LibraryBusy DriveLoaded RecoveryNeeded"),
    "ERROR_INVALID_CLEANER": (4310, "SlotReserved InvalidCleaner SeveralCartridges"),
    "ERROR_CLEANER_CARTRIDGE_SPENT": (4333, "CleanerSpent"),
    "ERROR_UNABLE_TO_CLEAN": (4311, "UnableToClean"),
    "ERROR_IEPORT_FULL": (4341, "MailSlotsFull"),
    "ERROR_TIMEOUT": (1460, "CommandTimedOut OperatorTimeout"),
    "ERROR_CANCELLED": (1223, "OperationStopped"),
    "ERROR_OBJECT_NOT_FOUND": (4312, "OperationNotFound CartridgeMissing"),
}

# Scripts depend on these: a status that was once given out never changes. First status of a run of
# codes, and the codes.
RUNS = {
    2: "usage no-library ambiguous-library access-denied no-such-drive invalid-slot "
    "volume-not-found cartridge-not-shown",
    10: "device-not-available not-a-changer tool-missing transport-failed command-timed-out "
    "malformed-data library-offline not-ready reservation-conflict unsupported-by-library "
    "device-failed identity-changed library-disabled library-closed owner-unreachable owner-lost "
    "library-elsewhere settings-wrong",
    30: "library-busy source-empty destination-full element-not-present element-unknown "
    "slot-reserved move-not-allowed removal-prevented move-failed cartridge-misplaced "
    "outcome-unknown drive-not-ready no-free-element recovery-needed cartridge-missing "
    "being-cleaned cleaned-by-library ownership-lost",
    50: "already-reserved no-slot-reserved slot-not-present slot-full slot-unknown "
    "cartridge-out no-slot-set slot-empty invalid-cleaner cleaner-spent store-unreachable "
    "store-failed store-full store-newer",
    70: "simulator-refused replay-mismatch output-failed attach-failed listen-failed",
    80: "several-cartridges unable-to-clean mail-slots-full operator-timeout operation-stopped "
    "operation-not-found operation-not-stoppable drive-loaded cleaner-low "
    "cleaner-as-data export-incomplete import-incomplete",
    95: "wants-attention",
    97: "problems-found",
}
EXIT_STATUSES = {
    code: status
    for first, codes in RUNS.items()
    for status, code in enumerate(codes.split(), first)
}

# What a caller relies on: a class may move to a group that claims less, never to one that claims
# more than it can hold.
GROUPS = {
    "Refused": "UsageError NoLibrary AmbiguousLibrary NoSuchDrive VolumeNotFound NotAChanger "
    "CartridgeNotShown WantsAttention ProblemsFound "
    "LibraryDisabled LibraryClosed LibraryElsewhere SettingsWrong LibraryBusy ElementUnknown "
    "SlotReserved MoveNotAllowed NoFreeElement RecoveryNeeded CartridgeMissing BeingCleaned "
    "CleanedByLibrary AlreadyReserved NoSlotReserved SlotNotPresent "
    "SlotFull SlotUnknown CartridgeOut NoSlotSet SlotEmpty SeveralCartridges MailSlotsFull "
    "OperationNotFound OperationNotStoppable DriveLoaded CleanerLow CleanerAsData "
    "SimulatorRefused",
    "NotExecuted": "InvalidSlot LibraryOffline NotReady ReservationConflict UnsupportedByLibrary "
    "SourceEmpty DestinationFull ElementNotPresent RemovalPrevented MoveFailed",
    "InDoubt": "TransportFailed CommandTimedOut MalformedData DeviceFailed IdentityChanged "
    "CartridgeMisplaced OwnerLost OwnershipLost OutcomeUnknown DriveNotReady InvalidCleaner "
    "CleanerSpent UnableToClean OperatorTimeout OperationStopped ExportIncomplete ImportIncomplete",
    "StoreError": "StoreUnreachable StoreFailed StoreFull StoreNewer",
    "HostError": "AccessDenied DeviceNotAvailable ToolMissing OwnerUnreachable ReplayMismatch "
    "OutputFailed AttachFailed ListenFailed",
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
        assert NTMS[error.ntms.name][0] == error.ntms.code


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


@pytest.mark.parametrize("name", NTMS)
def test_what_the_cleaner_functions_answer(name: str) -> None:
    number, answered = NTMS[name]
    for error in answered.split():
        assert getattr(errors, error).ntms == NtmsResult(name, number)


def test_errors_without_an_rsm_name_are_none_of_an_rsm_function() -> None:
    without = {each for each in error_classes() if each.ntms is None}
    assert without == {
        errors.ReplayMismatch,
        errors.OutputFailed,
        errors.ListenFailed,
        errors.CleanerLow,
        errors.WantsAttention,
        errors.ProblemsFound,
    }


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
    assert error.args == (error.message,)


@pytest.mark.parametrize("again", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
@pytest.mark.parametrize("kind", errors.error_classes(), ids=lambda kind: str(kind.code))
def test_error_comes_out_of_another_process_as_it_was(
    kind: type[errors.ChangerError], again: Callable[[errors.ChangerError], errors.ChangerError]
) -> None:
    error = kind("it is damaged", hint="restore it", sense=b"\x70")
    error.add_context("A1 to drive 0: done", after="look")
    got = again(error)
    assert type(got) is kind
    assert str(got) == got.message == "A1 to drive 0: done: it is damaged; look"
    assert repr(got) == f"{kind.__name__}('{got.message}')"
    assert (got.hint, got.sense) == ("restore it", b"\x70")


def test_an_error_keeps_what_it_was_told() -> None:
    error = errors.SlotFull("slot 12 is full", hint="move it", sense=b"\x70")
    assert str(error) == error.message == "slot 12 is full"
    assert (error.hint, error.sense) == ("move it", b"\x70")
    bare = errors.SlotFull("slot 12 is full", sense=b"")
    assert (bare.hint, bare.sense) == (None, None)
