"""Commands of the changer: the table of them, and those for inventory, locks and mail slots."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from changer.simulator.element_status import answer_read_element_status
from changer.simulator.geometry import Kind
from changer.simulator.mode_sense import answer_mode_sense_6, answer_mode_sense_10
from changer.simulator.request import Request, answer_nothing, answer_prevent_allow
from changer.simulator.sense import (
    BAD_ELEMENT_ADDRESS,
    INVALID_FIELD,
    REMOVAL_PREVENTED,
    CheckCondition,
)

_EVERYTHING = range(0x10000)


def answer_initialize(request: Request) -> bytes:
    """INITIALIZE ELEMENT STATUS 07h."""
    _look(request, _EVERYTHING)
    return b""


def answer_initialize_range(request: Request) -> bytes:
    """INITIALIZE ELEMENT STATUS WITH RANGE 37h, and the vendor's E7h."""
    start, count = request.uint(2, 2), request.uint(6, 2)
    if not request.bit(1, 0):
        return answer_initialize(request)
    if not request.state.profile.scans_ranges:
        raise CheckCondition(INVALID_FIELD)
    if request.state.geometry.kind_of(start) is None:
        raise CheckCondition(BAD_ELEMENT_ADDRESS)
    _look(request, range(start, start + count if count else 0x10000))
    return b""


def _look(request: Request, addresses: range) -> None:
    """Look into every element of the range: what was not known is known again."""
    state = request.state
    if not state.profile.initialize_scans:
        return
    request.use_robot(state.profile.inventory_seconds)
    for fault in state.faults_named("occupancy-unknown"):
        if fault.address in addresses and not fault.stays:
            state.replace_fault(fault, None)
    state.forget_remains(addresses)
    if addresses == _EVERYTHING:
        state.change(labels_unknown=False)


def answer_open_close(request: Request) -> bytes:
    """OPEN/CLOSE IMPORT/EXPORT ELEMENT 1Bh; the mail slots open as one."""
    state, action = request.state, request.cdb[4] & 0x1F
    if state.geometry.kind_of(request.uint(2, 2)) is not Kind.MAIL:
        raise CheckCondition(BAD_ELEMENT_ADDRESS)
    if action > 1:
        raise CheckCondition(INVALID_FIELD)
    if action == 0 and state.prevented:
        raise CheckCondition(REMOVAL_PREVENTED)
    state.change(mail_open=action == 0)
    return b""


def _later(name: str) -> Callable[[Request], bytes]:
    """A handler such as ``movement.answer_move``, whose module is imported when it is needed."""
    module, _, function = name.partition(".")

    def answer(request: Request) -> bytes:
        handler: Callable[[Request], bytes] = getattr(
            import_module(f"changer.simulator.{module}"), function
        )
        return handler(request)

    return answer


CHANGER_COMMANDS: dict[int, Callable[[Request], bytes]] = {
    0x00: answer_nothing,
    0x07: answer_initialize,
    0x12: _later("inquiry.answer_inquiry"),
    0x16: answer_nothing,
    0x17: answer_nothing,
    0x1A: answer_mode_sense_6,
    0x1B: answer_open_close,
    0x1E: answer_prevent_allow,
    0x2B: _later("movement.answer_position"),
    0x37: answer_initialize_range,
    0x4D: _later("log_sense.answer_log_sense"),
    0x56: answer_nothing,
    0x57: answer_nothing,
    0x5A: answer_mode_sense_10,
    0x5E: _later("reservation_commands.answer_reserve_in"),
    0x5F: _later("reservation_commands.answer_reserve_out"),
    0xA5: _later("movement.answer_move"),
    0xA6: _later("movement.answer_exchange"),
    0xB8: answer_read_element_status,
    0xE7: answer_initialize_range,
}
