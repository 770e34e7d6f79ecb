"""SCSI media changer driver with cleaner management.

``changer.open_library("sim:demo")`` opens a library, ``changer.list_libraries()`` lists those of
this host. Every error is a ``changer.ChangerError`` in one of five groups, by what its caller must
know: ``Refused``, ``NotExecuted``, ``InDoubt``, ``StoreError``, ``HostError``. ``changer.ntms`` has
the cleaner functions of the Removable Storage Manager.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing takes longer to import than all that is needed here
if TYPE_CHECKING:
    from changer import errors as errors
    from changer import ntms as ntms
    from changer.api import *  # noqa: F403
    from changer.errors import *  # noqa: F403
else:
    # What takes time to import is imported when it is used (PEP 562).
    _OF_THE_API = (
        "CleanedDrive",
        "CleanerSlot",
        "CleanerStatus",
        "CleaningCartridge",
        "DriveCleaningRequest",
        "DriveStatus",
        "EjectedCleaner",
        "Event",
        "Exported",
        "ExportedCartridge",
        "ExceptionStatus",
        "FoundCartridge",
        "FoundPlace",
        "Identity",
        "ImportExportStatus",
        "Imported",
        "ImportedCartridge",
        "InsertedCleaner",
        "LabelSighting",
        "LibraryCleaner",
        "LibraryStatus",
        "MailStatus",
        "MoveResult",
        "Operation",
        "PickerStatus",
        "Place",
        "PlaceKind",
        "PlaceLike",
        "RecoveryReport",
        "RequestedCleaning",
        "ScsiDevice",
        "SlotStatus",
        "StartedOperation",
        "TapeLibrary",
        "list_libraries",
        "open_library",
    )

    def _errors():
        from changer import errors

        named = (errors.ChangerError, errors.NtmsResult)
        named += (*errors.error_groups(), *errors.error_classes())
        return {each.__name__: each for each in named}

    def __getattr__(name):
        if name in _OF_THE_API:
            from changer import api

            return getattr(api, name)
        if name in ("errors", "ntms"):
            from importlib import import_module

            return import_module(f"changer.{name}")
        if name == "__all__":
            return [*_OF_THE_API, *_errors()]
        if name in (errors := _errors()):
            return errors[name]
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__():
        return sorted([*_OF_THE_API, *_errors(), "errors", "ntms"])
