"""Numbers of the functions, as applications have them from winerror.h and ntmsapi.h."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from changer.ntms import functions

# By winerror.h (MS-ERREF, 2.2) and ntmsapi.h; two errors have two names each.
NUMBERS = {
    "ERROR_SUCCESS": 0,
    "ERROR_ACCESS_DENIED": 5,
    "ERROR_INVALID_HANDLE": 6,
    "ERROR_INVALID_DRIVE": 15,
    "ERROR_NOT_SUPPORTED": 50,
    "ERROR_INVALID_PARAMETER": 87,
    "ERROR_BUSY": 170,
    "ERROR_INVALID_SLOT": 487,
    "ERROR_CANCELLED": 1223,
    "ERROR_TIMEOUT": 1460,
    "ERROR_NOT_CONNECTED": 2250,
    "ERROR_INVALID_LIBRARY": 4301,
    "ERROR_LIBRARY_OFFLINE": 4305,
    "ERROR_SLOT_EMPTY": 4306,
    "ERROR_RESOURCE_DISABLED": 4309,
    "ERROR_INVALID_CLEANER": 4310,
    "ERROR_UNABLE_TO_CLEAN": 4311,
    "ERROR_OBJECT_NOT_FOUND": 4312,
    "ERROR_DATABASE_FAILURE": 4313,
    "ERROR_DATABASE_FULL": 4314,
    "ERROR_RESOURCE_NOT_PRESENT": 4316,
    "ERROR_SLOT_NOT_PRESENT": 4316,
    "ERROR_INVALID_OPERATION": 4317,
    "ERROR_DEVICE_NOT_AVAILABLE": 4319,
    "ERROR_UNABLE_TO_INVENTORY_SLOT": 4326,
    "ERROR_ALREADY_RESERVED": 4331,
    "ERROR_NO_SLOT_RESERVED": 4332,
    "ERROR_NO_SLOT_SET": 4332,
    "ERROR_CLEANER_CARTRIDGE_SPENT": 4333,
    "ERROR_IEPORT_FULL": 4341,
    "ERROR_SLOT_FULL": 5006,
    "NTMS_INJECT_START": 0,
    "NTMS_INJECT_STOP": 1,
    "NTMS_EJECT_START": 0,
    "NTMS_EJECT_STOP": 1,
}
WITHOUT_A_SESSION: dict[str, Callable[[], int]] = {
    "close": lambda: functions.CloseNtmsSession(None),
    "reserve": lambda: functions.ReserveNtmsCleanerSlot(None, None, None),
    "release": lambda: functions.ReleaseNtmsCleanerSlot(None, None),
    "inject": lambda: functions.InjectNtmsCleaner(None, None, None, 0, 0),
    "eject": lambda: functions.EjectNtmsCleaner(None, None, None, 0),
    "clean": lambda: functions.CleanNtmsDrive(None, None),
}


@pytest.mark.parametrize("function", WITHOUT_A_SESSION)
def test_numbers_are_those_that_applications_were_compiled_with(function: str) -> None:
    """And a session is asked for before all else."""
    assert WITHOUT_A_SESSION[function]() == 6
    named = {
        name: value
        for name, value in vars(functions).items()
        if name.startswith(("ERROR_", "NTMS_"))
    }
    assert named == NUMBERS
    assert NUMBERS.keys() <= set(functions.__all__)
