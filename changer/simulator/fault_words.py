"""Faults as words: the table of them, how each is written, how its words are read."""

from __future__ import annotations

import re
from collections.abc import Sequence

from changer.simulator.fault import (
    ELEMENT_FLAGS,
    VALUE_WORDS,
    CleaningFailure,
    ElementOverride,
    Fault,
    Left,
)
from changer.simulator.words import (
    Form,
    Words,
    opcode_of,
    parse_additional,
    parse_form,
    parse_sense,
)
from changer.values import replace

_UNIT_ATTENTION, _HARDWARE_ERROR, _ILLEGAL_REQUEST = 0x06, 0x04, 0x05


def parse_fault(words: Sequence[str]) -> Fault:
    """The fault that the words of a command line ask for. Raises SimulatorRefused."""
    return parse_form(words, FAULTS, lambda name: Fault(name=name), what="fault", command="fault")


# steps of reading


def _magazine(fault: Fault, words: Words) -> Fault:
    return replace(fault, magazine=words.number("the magazine", least=1))


def _place(fault: Fault, words: Words) -> Fault:
    return replace(fault, place=words.next("the place"))


def _stays(fault: Fault, words: Words) -> Fault:
    return replace(fault, stays=bool(words and words.choice("the last word", ["stays"])))


def _override(fault: Fault, words: Words) -> Fault:
    additional = parse_additional(words.next("ASC/ASCQ")) if "/" in words.peek() else None
    flags: dict[str, bool] = {}
    while words:
        flag, _, value = words.next("a flag").partition("=")
        if flag not in ELEMENT_FLAGS or value not in ("0", "1"):
            choices = ", ".join(f"{name}=0|1" for name in ELEMENT_FLAGS)
            raise words.refusal(f"a flag is one of {choices}")
        flags[ELEMENT_FLAGS[flag]] = value == "1"
    return replace(fault, override=ElementOverride(additional=additional, **flags))


def _door(fault: Fault, words: Words) -> Fault:
    return replace(fault, value=_value(fault, words, "the door"))


def _value(fault: Fault, words: Words, what: str) -> int:
    names = VALUE_WORDS[fault.name]
    return names.index(words.choice(what, names))


def _time_or_commands(fault: Fault, words: Words) -> Fault:
    if words.peek().isdecimal():
        return replace(fault, times=words.number("the number of commands", least=1))
    return replace(fault, seconds=words.seconds("the time")) if words else fault


def _delay(fault: Fault, words: Words) -> Fault:
    return replace(fault, seconds=words.seconds("the delay"))


def _attention(fault: Fault, words: Words) -> Fault:
    return replace(fault, sense=parse_sense(words.next("ASC/ASCQ"), key=_UNIT_ATTENTION))


def _sense(fault: Fault, words: Words) -> Fault:
    return replace(fault, sense=parse_sense(words.next("KEY/ASC/ASCQ"), key=_ILLEGAL_REQUEST))


def _left(fault: Fault, words: Words) -> Fault:
    return replace(fault, left=Left(words.choice("the stage", list(Left))))


def _move_sense(fault: Fault, words: Words) -> Fault:
    if "/" not in words.peek():
        return fault
    return replace(fault, sense=parse_sense(words.next("KEY/ASC/ASCQ"), key=_HARDWARE_ERROR))


def _when(fault: Fault, words: Words, *, units: bool = True) -> Fault:
    """How often and when it strikes: once, unless it says more."""
    fault = replace(fault, times=1)
    while words:
        word = words.peek()
        if word.isdecimal():
            fault = replace(fault, times=words.number("TIMES", least=1))
        elif units and word.startswith("drive:"):
            fault = _drive(fault, words)
        else:
            fault = _clause(fault, words, units=units)
    return fault


def _when_moving(fault: Fault, words: Words) -> Fault:
    return _when(fault, words, units=False)


def _clause(fault: Fault, words: Words, *, units: bool) -> Fault:
    choices = ["always", "alternating", "after", "on"] if units else ["always", "after"]
    word = words.choice("when it strikes", choices)
    if word == "after":
        return replace(fault, after=words.number("after", least=1))
    if word == "on":
        return replace(fault, opcode=opcode_of(words.next("the command")))
    return replace(fault, times=None, every=int(word == "alternating"))


def _drive(fault: Fault, words: Words) -> Fault:
    word = words.next("the drive")
    number = word.removeprefix("drive:")
    if not number.isdecimal() or len(number) > 3:
        raise words.refusal(f"a drive is written drive:0, not {word!r}")
    return replace(fault, drive=int(number))


def _maybe_drive(fault: Fault, words: Words) -> Fault:
    return _drive(fault, words) if words else fault


def _address(fault: Fault, words: Words) -> Fault:
    return replace(fault, address=words.number("ADDRESS", most=65535))


def _flag(fault: Fault, words: Words) -> Fault:
    return replace(fault, value=words.number("FLAG", least=1, most=64))


def _how_much(fault: Fault, words: Words) -> Fault:
    return replace(fault, value=_value(fault, words, "how much") if words else 1)


def _how_it_fails(fault: Fault, words: Words) -> Fault:
    how = words.choice("how it fails", list(CleaningFailure)) if words else "error"
    return replace(fault, cleaning_failure=CleaningFailure(how))


def _key(fault: Fault, words: Words) -> Fault:
    word = words.next("KEY")
    if not re.fullmatch("[0-9a-fA-F]{1,16}", word) or not int(word, 16):
        raise words.refusal(f"a key is 1 to 16 hexadecimal digits, and not 0: {word!r}")
    return replace(fault, value=int(word, 16))


def _reservation_type(fault: Fault, words: Words) -> Fault:
    return replace(fault, times=words.number("TYPE", least=1, most=8) if words else 3)


def _fault(fault: Fault, words: Words) -> Fault:
    return replace(fault, place=words.choice("the fault", FAULTS) if words else None)


_WHEN = "[TIMES|always|alternating] [on COMMAND] [after N] [drive:N]"
_LEFT = "|".join(Left)
_FORMS: tuple[Form[Fault], ...] = (
    Form("magazine-out", "N", "magazine N is pulled, with its cartridges", [_magazine]),
    Form("magazine-in", "N", "magazine N is put back, with its cartridges", [_magazine]),
    Form(
        "unit-attention",
        f"ASC/ASCQ {_WHEN}",
        "the next command meets a unit attention",
        [_attention, _when],
    ),
    Form(
        "becoming-ready",
        "[SECONDSs|COMMANDS]",
        "not ready (02/04/01) for a time such as 30s, or for that many commands",
        [_time_or_commands],
    ),
    Form("offline", "", "the library is offline (02/04/12)", []),
    Form("online", "", "the library is online again", []),
    Form("door", "open|closed", "the door is open: no access to media", [_door]),
    Form("unreadable", "PLACE", "the bar code label there can't be read", [_place]),
    Form(
        "occupancy-unknown",
        "PLACE [stays]",
        "the library is wrong about full and empty there (83/03) until an inventory",
        [_place, _stays],
    ),
    Form(
        "element",
        f"PLACE [ASC/ASCQ] {' '.join(f'[{flag}=0|1]' for flag in ELEMENT_FLAGS)}",
        "element status reports this for that place instead of the truth; listed=0 omits it",
        [_place, _override],
    ),
    Form(
        "move-fails",
        f"{_LEFT} [KEY/ASC/ASCQ] [TIMES|always] [after N]",
        "the next move fails (04/15/01), and leaves the cartridge there",
        [_left, _move_sense, _when_moving],
    ),
    Form(
        "move-hangs",
        f"{_LEFT} [TIMES|always] [after N]",
        "the next move is never answered, and leaves the cartridge there",
        [_left, _when_moving],
    ),
    Form(
        "reply-lost",
        f"{_LEFT} [TIMES|always] [after N]",
        "the device goes away while the cartridge is there; the robot carries on",
        [_left, _when_moving],
    ),
    Form(
        "move-late",
        "SECONDS [TIMES|always] [after N]",
        "the robot begins the next move that much later",
        [_delay, _when_moving],
    ),
    Form("busy", _WHEN, "the next command is answered BUSY", [_when]),
    Form("task-set-full", _WHEN, "the next command is answered TASK SET FULL", [_when]),
    Form(
        "reservation-conflict", _WHEN, "the next command is answered RESERVATION CONFLICT", [_when]
    ),
    Form(
        "sense", f"KEY/ASC/ASCQ {_WHEN}", "the next command fails with this sense", [_sense, _when]
    ),
    Form("hang", _WHEN, "the next command is never answered", [_when]),
    Form("no-reply", _WHEN, "the device goes away under the next command", [_when]),
    Form("unheard", _WHEN, "the next command is executed, but its reply is lost", [_when]),
    Form(
        "reserved",
        "KEY [TYPE]",
        "another host registers that key (hexadecimal) and reserves the library; TYPE: 3",
        [_key, _reservation_type],
    ),
    Form(
        "power-cycle",
        "",
        "the library is switched off and on (29/01); reservations are lost unless they persist",
        [],
    ),
    Form("robot-delay", "SECONDS", "every motion takes that much longer; 0 ends it", [_delay]),
    Form("unplugged", "[drive:N]", "the device is missing altogether", [_maybe_drive]),
    Form("plugged", "[drive:N]", "the device is back", [_maybe_drive]),
    Form(
        "tape-alert", "FLAG [drive:N]", "a TapeAlert flag is set until read", [_flag, _maybe_drive]
    ),
    Form(
        "wants-cleaning",
        "drive:N [requested|required|no]",
        "the drive wants to be cleaned",
        [_drive, _how_much],
    ),
    Form(
        "element-address",
        "drive:N ADDRESS",
        "the drive reports that element address as its own (VPD page B4h)",
        [_drive, _address],
    ),
    Form(
        "cleaning-fails",
        f"drive:N [{'|'.join(CleaningFailure)}]",
        "the drive's cleaning, under way or the next, fails (03/30/07), is refused, never ends, or"
        " ends, and the drive asks for another",
        [_drive, _how_it_fails],
    ),
    Form(
        "auto-clean",
        "[drive:N]",
        "the library cleans its drives itself, and hosts may not; with a drive, that one now",
        [_maybe_drive],
    ),
    Form("clear", "[FAULT]", "remove all faults of that name, or all faults", [_fault]),
)
FAULTS = {form.name: form for form in _FORMS}
