"""All that is killed: every function that moves something or changes the store, in its kinds."""

from __future__ import annotations

from .cleans import CLEANS
from .ejects import EJECTS
from .inserts import INSERTS
from .moves import MOVES
from .recovers import RECOVERS
from .slots import SLOTS

__all__ = ["SCENARIOS"]

SCENARIOS = (*MOVES, *SLOTS, *INSERTS, *EJECTS, *CLEANS, *RECOVERS)
