"""JSON text of a virtual library; what is read is checked as if anyone had written it."""

from __future__ import annotations

import json
from operator import attrgetter
from typing import Any

from changer.errors import SimulatorRefused
from changer.simulator.fault import Fault
from changer.simulator.geometry import Kind
from changer.simulator.motion import Motion
from changer.simulator.profile import Profile
from changer.simulator.records import BadRecord, from_json, read_value, to_json
from changer.simulator.state import Cartridge, Drive, State, check_serial
from changer.values import fields

FORMAT_VERSION = 2
_PLAIN = {
    "prevented": bool,
    "mail_open": bool,
    "scanning_until": float,
    "robot_busy_until": float,
    "flags": tuple[int, ...],
}
# Left out where they are as they are at first: files that were written before have none.
_RARE: dict[str, Any] = {"preventers": tuple[str, ...], "labels_unknown": bool}


def dump_state(state: State) -> bytes:
    """The whole state. Cartridges are short rows: a library can have 65,000 of them."""
    value = {
        "version": FORMAT_VERSION,
        "profile": to_json(state.profile),
        "drives": [to_json(drive) for drive in state.drives],
        "faults": [to_json(fault) for fault in state.faults],
        "motions": [to_json(motion) for motion in state.motions],
        "removed": [[number, _rows(inside)] for number, inside in state.removed.items()],
        "remains": _rows(state.remains),
        "cartridges": _rows(state.cartridges),
    }
    value |= {name: to_json(getattr(state, name)) for name in _PLAIN}
    value |= {name: to_json(getattr(state, name)) for name in _RARE if getattr(state, name)}
    if state.reservations:
        value["reservations"] = to_json(state.reservations)
    return json.dumps(value, separators=(",", ":")).encode()


def load_state(name: str, text: bytes) -> State:
    """The state that ``dump_state`` wrote. Raises SimulatorRefused for anything else."""
    try:
        value = json.loads(text)
        _check_version(name, value)
        state = _read_state(name, value)
        state.profile.check()
        _check_places(state)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise SimulatorRefused(
            f"the file of virtual library {name!r} is damaged: {reason}",
            hint=f"changer sim delete {name}, then create it again",
        ) from None
    return state


def _check_version(name: str, value: Any) -> None:
    version = read_value(int, value["version"], "version")
    if version > FORMAT_VERSION:
        raise SimulatorRefused(
            f"virtual library {name!r} was written by a newer version of this program"
            f" (format {version}, known {FORMAT_VERSION}); it is left untouched"
        )


def _read_state(name: str, value: dict[str, Any]) -> State:
    state = State(
        name,
        from_json(Profile, value["profile"]),
        cartridges=_cartridges(value["cartridges"]),
        removed={
            read_value(int, number, "magazine"): _cartridges(rows)
            for number, rows in value["removed"]
        },
        remains=_cartridges(value["remains"]),
        drives=[from_json(Drive, drive) for drive in value["drives"]],
        faults=[from_json(Fault, fault) for fault in value["faults"]],
        # Version 1 had none: its motions were over at once.
        motions=[from_json(Motion, motion) for motion in value.get("motions", [])],
    )
    for field, hint in _PLAIN.items():
        setattr(state, field, read_value(hint, value[field], field))
    for field, hint in _RARE.items():
        if field in value:
            setattr(state, field, read_value(hint, value[field], field))
    if "reservations" in value:
        from changer.simulator.reservation import read_reservations

        state.reservations = read_reservations(value["reservations"])
    return state


def _rows(cartridges: dict[int, Cartridge]) -> list[list[Any]]:
    """Address, and the fields of the cartridge in their order."""
    row = attrgetter(*(field.name for field in fields(Cartridge)))
    return [[address, *row(cartridge)] for address, cartridge in cartridges.items()]


def _cartridges(rows: list[Any]) -> dict[int, Cartridge]:
    return dict(_cartridge(*row) for row in rows)


def _cartridge(
    address: int,
    tag: str,
    medium_type: int,
    source_address: int | None,
    operator_placed: bool,  # noqa: FBT001 - a column of a row
    cleans_used: int,
    cleans_allowed: int,
) -> tuple[int, Cartridge]:
    # Spelled out instead of read_value: this runs for each of 65,000 cartridges.
    good = (
        type(address) is type(medium_type) is type(cleans_used) is type(cleans_allowed) is int
        and type(operator_placed) is bool
        and type(tag) is str
        and len(tag) <= 32
        and tag.isascii()
        and 0 <= medium_type <= 7
        and (source_address is None or (type(source_address) is int and source_address >> 16 == 0))
    )
    if not good:
        raise BadRecord(f"the cartridge at {address!r} is not a cartridge")
    return address, Cartridge(
        tag=tag,
        medium_type=medium_type,
        source_address=source_address,
        operator_placed=operator_placed,
        cleans_used=cleans_used,
        cleans_allowed=cleans_allowed,
    )


def _check_places(state: State) -> None:
    """Every cartridge lies in an element that is there, and every drive has its record."""
    geometry = state.geometry
    if len(state.drives) != state.profile.drives:
        raise BadRecord(f"drives: {len(state.drives)} instead of {state.profile.drives}")
    pulled = state.faults_named("magazine-out")
    for address in state.cartridges:
        if geometry.kind_of(address) is None or state.is_out(address):
            raise BadRecord(f"a cartridge lies at {address}, where there is no element")
    for number, inside in state.removed.items():
        if not 1 <= number <= geometry.magazines or not inside.keys() <= set(
            geometry.magazine(number)
        ):
            raise BadRecord(f"magazine {number} can't be out with what is in it")
    if sorted(state.removed) != sorted(fault.magazine or 0 for fault in pulled):
        raise BadRecord("the magazines that are out are not those that were pulled")
    for fault in state.faults:
        if fault.drive is not None and not 0 <= fault.drive < state.profile.drives:
            raise BadRecord(f"a fault of drive {fault.drive}, which does not exist")
    for drive in state.drives:
        check_serial(drive.serial)
        if drive.model is not None:
            drive.model.check()
    for motion in state.motions:
        _check_motion(state, motion)


def _check_motion(state: State, motion: Motion) -> None:
    places = (motion.source, motion.destination, motion.second)
    if motion.transport not in state.geometry.ranges[Kind.TRANSPORT] or not all(
        place is None or state.geometry.kind_of(place) for place in places
    ):
        raise BadRecord("a motion leads to where there is no element")
    if not (0 <= motion.done <= motion.steps and motion.seconds >= 0):
        raise BadRecord("a motion that can't be")
