"""Whoever reads that something failed also reads how far it came."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from changer.errors import AccessDenied, StoreError

__all__ = ["STORE_ERRORS", "store_error_context"]

# A write to the store that did not come about: what was done before it, was done.
STORE_ERRORS = (StoreError, AccessDenied)


@contextmanager
def store_error_context(what: str) -> Iterator[None]:
    """An error of the store that leaves this says first what was done, or not done."""
    try:
        yield
    except STORE_ERRORS as error:
        error.add_context(what)
        raise
