"""A mail slot that media only come in by: nothing is moved there, whichever command looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from changer.cleaning.eject import eject
from changer.errors import ChangerError, MailSlotsFull, MoveNotAllowed
from changer.library.addressing import parse_place
from changer.library.library import Library
from changer.moves.execute import move, unload
from changer.smc.command import Command, Reply
from changer.transport import Transport

from .conftest import MakeLibrary
from .virtual_library import MOVE_MEDIUM, READ_ELEMENT_STATUS, error_of

MAIL_SLOTS = 3
EXENAB = 0x10


class WayIn:
    """A library whose mail slots have INENAB=1 and EXENAB=0."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner

    def execute(self, command: Command[Any]) -> Reply:
        reply = self._inner.execute(command)
        if command.cdb[0] != READ_ELEMENT_STATUS or command.cdb[1] & 0x0F != MAIL_SLOTS:
            return reply
        data, size = bytearray(reply.data), int.from_bytes(reply.data[10:12])
        for descriptor in range(16, len(data), size):
            data[descriptor + 2] &= ~EXENAB
        return Reply(reply.status, bytes(data), reply.sense)

    def close(self) -> None:
        self._inner.close()


FUNCTIONS: dict[str, tuple[Callable[[Library], object], type[ChangerError]]] = {
    "move": (
        lambda library: move(library, parse_place("1"), parse_place("mail:2")),
        MoveNotAllowed,
    ),
    "eject": (eject, MailSlotsFull),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_nothing_is_moved_to_where_it_could_not_leave(make_library: MakeLibrary, name: str) -> None:
    function, refusal = FUNCTIONS[name]
    library = make_library("demo", product="OTHER")
    library.reserve("9")
    library.move_behind_our_back("mail:1", "9")
    with library.counting() as counted, library.open(wire=WayIn) as opened:
        error = error_of(lambda: function(opened))
    assert type(error) is refusal
    assert counted[MOVE_MEDIUM] == 0


def test_unload_to_where_it_could_not_leave_names_a_slot(make_library: MakeLibrary) -> None:
    library = make_library("demo", product="OTHER")
    library.move_behind_our_back("mail:1", "drive:0")
    with library.open(wire=WayIn) as opened:
        error = error_of(lambda: unload(opened, parse_place("drive:0"), None))
    assert type(error) is MoveNotAllowed
    assert error.hint is not None and error.hint.endswith("changer unload drive:0 4")
