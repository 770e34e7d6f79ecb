"""Where the tests of tests/kernel run, these do; where not, these say why in the same words."""

from kernel.conftest import pytest_collection_modifyitems

__all__ = ["pytest_collection_modifyitems"]
