"""The cleaner functions of Windows' Removable Storage Manager, by their names and error numbers.

Everything here is defined in ``changer.ntms.functions``, which is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from changer.ntms.functions import *  # noqa: F403
    from changer.ntms.functions import __all__ as __all__


def __getattr__(name: str) -> Any:
    import changer.ntms.functions as functions

    if name == "__all__" or name in functions.__all__:
        return getattr(functions, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    import changer.ntms.functions as functions

    return sorted(functions.__all__)
