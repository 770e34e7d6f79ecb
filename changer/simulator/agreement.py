"""How far a virtual library answers as a recorded one did: the exchanges, made again (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from changer.simulator.exchange import Exchange
from changer.simulator.seen_elements import READ_ELEMENT_STATUS, SeenElement, read_reply
from changer.simulator.state import State
from changer.simulator.target import answer
from changer.values import NamedTuple

_PAUSE_SECONDS = 3600.0  # between two commands: whatever takes time has ended
_INQUIRY, _MODE_SENSE_6, _MODE_SENSE_10 = 0x12, 0x1A, 0x5A
_SERIAL_PAGE = 0x80
_CAPABILITIES, _CAPABILITIES_SIZE = 0x1F, 20


class Agreement(NamedTuple):
    """Of ``replies``, how many were the ``same``; ``others``: how many were not, by opcode.

    ``codes``: sense codes that were recorded, and not given: opcode, then key, code and qualifier.
    """

    replies: int
    same: int
    others: Mapping[int, int]
    codes: tuple[tuple[int, int, int, int], ...]


def compare(state: State, exchanges: Iterable[Exchange], units: Mapping[str, int]) -> Agreement:
    """Send the recorded commands to a copy of the library. ``units``: the drives' numbers.

    Replies are the same if what has a meaning in them is: status, sense code, and data but for
    reserved fields.
    """
    copied = state.copy()
    replies = same = 0
    others: dict[int, int] = {}
    codes: set[tuple[int, int, int, int]] = set()
    now = 0.0
    for each in exchanges:
        unit = None if each.drive is None else units.get(each.drive, -1)
        if each.status is None or unit == -1:
            continue
        now += _PAUSE_SECONDS
        replies += 1
        given = answer(copied, each.cdb, unit=unit, now=now, data_out=each.data_out).reply
        ours = each._replace(status=int(given.status), data=given.data, sense=given.sense)
        if meaning_of(ours) == meaning_of(each):
            same += 1
        else:
            others[each.opcode] = others.get(each.opcode, 0) + 1
            if each.code is not None and each.code != ours.code:
                codes.add((each.opcode, *each.code))
    return Agreement(replies, same, others, tuple(sorted(codes)))


def meaning_of(exchange: Exchange) -> object:
    """Status, sense code, and what has a meaning in the data."""
    return exchange.status, exchange.code, _data(exchange)


def _data(exchange: Exchange) -> object:
    data = exchange.data
    if exchange.opcode == _INQUIRY and len(exchange.cdb) > 2:
        return _identity(exchange)
    if exchange.opcode in (_MODE_SENSE_6, _MODE_SENSE_10) and len(exchange.cdb) > 2:
        # Medium type and device-specific parameter say nothing of a changer (SMC-3, 7.3).
        at = 1 if exchange.opcode == _MODE_SENSE_6 else 2
        return data[:at] + _moves(data[at + 2 :], exchange.cdb[2] & 0x3F)
    if exchange.opcode == READ_ELEMENT_STATUS and data:
        reply = read_reply(data)
        return reply.number, [
            (page.kind, page.tags, page.alternate, page.length, [*map(_element, page.elements)])
            for page in reply.pages
        ]
    return data


def _moves(rest: bytes, page: int) -> bytes:
    """Of the capabilities at the end, what moves between slots, mail slots and drives.

    Whether the transport stores, and what is exchanged, each model says as it likes.
    """
    if page != _CAPABILITIES or len(rest) < _CAPABILITIES_SIZE:
        return rest
    begin, end = rest[:-_CAPABILITIES_SIZE], rest[-_CAPABILITIES_SIZE:]
    return begin + end[:2] + bytes(moves & 0x0E for moves in end[5:8])


def _identity(exchange: Exchange) -> object:
    """Names; of the page of designators, none is as another device's."""
    if not exchange.cdb[1] & 0x01:
        return exchange.data[:1], exchange.data[8:36]
    if exchange.cdb[2] == _SERIAL_PAGE:
        return exchange.data[4:].strip(b" \0")
    return exchange.data[:2]


def _element(element: SeenElement) -> object:
    """IMPEXP says nothing of an empty element, and a source nothing without SVALID."""
    flags = element.flags if element.full else element.flags & ~0x02
    fixed = element.fixed
    return (
        *(element.kind, element.address, flags, fixed[4:10], element.source_address),
        *(element.tag, element.rest),
    )
