"""SCSI media changer driver with cleaner management.

``changer.open_library("sim:demo")`` opens a library, ``changer.list_libraries()`` lists those of
this host; every error is a ``changer.ChangerError``, its classes are in ``changer.errors``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from changer.errors import ChangerError

if TYPE_CHECKING:
    from changer.api import TapeLibrary, list_libraries, open_library

__all__ = ["ChangerError", "TapeLibrary", "list_libraries", "open_library"]


def __getattr__(name: str) -> Any:
    """What takes time to import is imported when it is used (PEP 562)."""
    if name in __all__:
        from changer import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
