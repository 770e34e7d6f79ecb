"""What each program says of each element, read out of its answer, and held together."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from figures import FIGURES, Figure

from .descriptors import DRIVE, MAIL, PICKER, SLOT
from .host import Host
from .shown import ABSENT, EMPTY, FULL, UNKNOWN, may_be_said
from .stand_in import Geometry, StandIn

NO_LINE = "no line"
_NOT_SEEN = {ABSENT, UNKNOWN, NO_LINE}
_NO_HOME = 0  # as the short list calls it
_OF_DESTINATION = {
    None: EMPTY,
    "destination-full": FULL,
    "element-not-present": ABSENT,
    "element-unknown": UNKNOWN,
}
_OF_SOURCE = {
    None: FULL,
    "source-empty": EMPTY,
    "element-not-present": ABSENT,
    "element-unknown": UNKNOWN,
}
_MTX_LINE = re.compile(
    r"(?:Data Transfer Element (\d+):|      Storage Element (\d+)(?: IMPORT/EXPORT)?:)"
    r"(Full|Empty)(?: \((?:Storage Element (\d+)|Unknown Storage Element) Loaded\))?"
)


@dataclass
class Voices:
    """``contents``: element address and program to its word. ``homes``: of a loaded drive, the
    number of the slot that its cartridge came from, as backup software counts; 0 for not known.
    """

    host: Host
    contents: dict[int, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    homes: dict[int, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))

    @property
    def _library(self) -> StandIn:
        return self.host.library

    @property
    def _geometry(self) -> Geometry:
        return self._library.geometry

    def listen(self, *, hidden: Iterable[int] = ()) -> None:
        """Ask everything that shows contents. ``hidden``: from backup software."""
        self._status()
        self._status_text()
        self._listall()
        self._list(set(hidden))
        self._mtx_status()
        for address in self._geometry.ranges[DRIVE]:
            self._loaded(address)

    def _say(self, address: int, program: str, word: str) -> None:
        self.contents[address][program] = word

    def _status(self) -> None:
        document = self.host.changer("status").json
        for each in (*document["drives"], *document["slots"], *document["mail"]):
            not_told = ABSENT if each["present"] is False else UNKNOWN
            word = {True: FULL, False: EMPTY, None: not_told}[each["full"]]
            self._say(each["address"], "status", word)
            if each["address"] in self._geometry.ranges[DRIVE] and each["full"]:
                mail, slots = each["source_mail"], len(self._geometry.ranges[SLOT])
                home = slots + mail if mail else each["source_slot"]
                self.homes[each["address"]]["status"] = home or _NO_HOME
        if (picker := document["picker"]) is not None:
            word = {True: FULL, False: EMPTY, None: UNKNOWN}[picker["full"]]
            self._say(picker["address"], "status", word)

    def _status_text(self) -> None:
        names = {"drive": DRIVE, "slot": SLOT, "mail": MAIL}
        for line in self.host.text("status").out.splitlines():
            found = re.match(r"  (drive|slot|mail) (\d+) +(\S+(?: \S+)*)", line)
            if found:
                kind = names[found[1]]
                address = self._geometry.ranges[kind][int(found[2]) - (kind != DRIVE)]
                word = found[3] if found[3] in (EMPTY, ABSENT, UNKNOWN) else FULL
                self._say(address, "status, as text", word)

    def _listall(self) -> None:
        for address in self._geometry.all:
            if self._geometry.kind(address) != PICKER:
                self._say(address, "listall", NO_LINE)
        answer = self.host.autochanger("listall")
        assert answer.status == 0, answer
        for line in answer.out.splitlines():
            kind, number, state, *rest = line.split(":")
            address = self._address(int(number), is_drive=kind == "D")
            self._say(address, "listall", FULL if state == "F" else EMPTY)
            if kind == "D" and state == "F":
                self.homes[address]["listall"] = int(rest[0])

    def _list(self, hidden: set[int]) -> None:
        """The storage slots that have a volume; those of drives are listed as well."""
        answer = self.host.autochanger("list")
        assert answer.status == 0, answer
        listed = {int(line.split(":")[0]) for line in answer.out.splitlines()}
        loaded = {home["listall"] for home in self.homes.values() if "listall" in home}
        for address in self._geometry.ranges[SLOT]:
            number = self._geometry.number(address)
            if number not in loaded and address not in hidden:
                self._say(address, "list", FULL if number in listed else "none")

    def _mtx_status(self) -> None:
        for address in self._geometry.all:
            if self._geometry.kind(address) != PICKER:
                self._say(address, "mtx status", NO_LINE)
        answer = self.host.mtx("status")
        assert answer.status == 0, answer
        for drive, slot, state, home in _MTX_LINE.findall(answer.out):
            address = self._address(int(drive or slot), is_drive=bool(drive))
            self._say(address, "mtx status", FULL if state == "Full" else EMPTY)
            if drive and state == "Full":
                self.homes[address]["mtx status"] = int(home or _NO_HOME)

    def _loaded(self, address: int) -> None:
        number = self._geometry.number(address)
        answer = self.host.autochanger("loaded", 0, "/dev/nst9", number)
        if answer.status:
            self._say(address, "loaded", "no answer")
            self.homes[address]["loaded"] = _NO_HOME
        elif answer.out == "0\n":
            self._say(address, "loaded", EMPTY)
        else:
            self._say(address, "loaded", FULL)
            self.homes[address]["loaded"] = int(answer.out)

    def ask_planner(self, address: int, *, full_slot: int, free_slot: int) -> None:
        """As a source, and as a destination; of slots of which all is known."""
        place = self._geometry.place(address)
        coming = self.host.changer("move", self._geometry.place(full_slot), place, "--dry-run")
        going = self.host.changer("move", place, self._geometry.place(free_slot), "--dry-run")
        for name, error, words in (
            ("as destination", coming.error, _OF_DESTINATION),
            ("as source", going.error, _OF_SOURCE),
        ):
            assert error in words, (place, name, error, coming, going)
            self._say(address, name, words[error])
        told = self._library.told(address)
        if told is not None and told.full and (told.disabled or told.code is not None):
            # It is taken from there, or not, whatever is in doubt: the library will say.
            del self.contents[address]["as source"]

    def _address(self, number: int, *, is_drive: bool) -> int:
        """The element of a number as backup software counts: mail slots after the slots."""
        if is_drive:
            return self._geometry.ranges[DRIVE][number]
        slots = self._geometry.ranges[SLOT]
        if number <= len(slots):
            return slots[number - 1]
        return self._geometry.ranges[MAIL][number - len(slots) - 1]

    # judged

    def judge(self) -> list[str]:
        """What is wrong with them, each in a line."""
        FIGURES.count(Figure.ANSWERS, sum(map(len, self.contents.values())))
        return [*self._contradictions(), *self._untrue(), *self._homes_that_differ()]

    def _untrue(self) -> Iterator[str]:
        """Something is said that the library has not told."""
        for address, said in self.contents.items():
            told = self._library.told(address)
            allowed = may_be_said(told)
            for program, word in said.items():
                if word in (FULL, EMPTY, ABSENT, UNKNOWN) and word not in allowed:
                    if not (word in _NOT_SEEN and allowed & _NOT_SEEN):
                        yield f"{program}: {word!r} of {told}, not {sorted(allowed)}"
                elif word == NO_LINE and not allowed & _NOT_SEEN:
                    yield f"{program}: no line of {told}"

    def _contradictions(self) -> Iterator[str]:
        for address, said in self.contents.items():
            known = {word for word in said.values() if word in (FULL, EMPTY)}
            unseen = {word for word in said.values() if word in (ABSENT, UNKNOWN, NO_LINE)}
            tells = said.get("list") == "none" and FULL in known
            no_answer = "no answer" in said.values() and EMPTY in known
            if len(known) > 1 or (known and unseen) or tells or no_answer:
                yield f"{self._library.told(address)}: {said}"

    def _homes_that_differ(self) -> Iterator[str]:
        for address, homes in self.homes.items():
            if FULL in self.contents[address].values() and len(set(homes.values())) > 1:
                yield f"home of {self._library.told(address)}: {homes}"
