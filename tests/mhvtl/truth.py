"""The true place of every cartridge: a model of a library that can only move things."""

from .account import Account
from .configuration import Configuration, shown_tag
from .scenarios import Step

Places = dict[str, str]
# Full places, ``slot:3``, ``drive:0``, ``mail:1``, and the bar codes shown there.
Shown = dict[str, str | None]


class Truth:
    """``places``: the names of cartridges by place."""

    def __init__(self, configuration: Configuration) -> None:
        self.places: Places = {
            f"slot:{number}": name for number, name in configuration.numbered if name
        }
        self._homes: Places = {}
        self._reserved = ""
        self._mail_open = False

    def follow(self, step: Step) -> None:
        if step.error is not None:
            return
        name, *arguments = step.words
        if name in ("load", "load-as-is", "move", "insert"):
            source, destination = self._ends(name, *arguments)
            self._move(source, destination)
        elif name == "reserve":
            self._reserved = _place(arguments[0])
        elif name == "unload":
            drive, *slot = arguments
            self._move(drive, _place(slot[0]) if slot else self._homes[self.places[drive]])
        elif name in ("open-mail", "close-mail"):
            self._mail_open = name == "open-mail"
        elif name == "empty-mail":
            self.places = {at: tag for at, tag in self.places.items() if not at.startswith("mail")}
        elif name == "load-mail":
            self.places["mail:1"] = arguments[0]

    def _ends(self, name: str, source: str, destination: str = "") -> tuple[str, str]:
        return self._find(source), self._reserved if name == "insert" else _place(destination)

    def _find(self, source: str) -> str:
        at = [place for place, name in self.places.items() if name == source]
        return at[0] if at else _place(source)

    def _move(self, source: str, destination: str) -> None:
        name = self.places.pop(source)
        assert destination not in self.places, destination
        self.places[destination] = name
        if source.startswith("slot"):
            self._homes[name] = source

    def shown(self) -> Shown:
        """As a library with a bar code reader shows it."""
        return {place: shown_tag(name) for place, name in self.places.items()}

    def told(self) -> Shown:
        """As the program reports it, without mail slots that the robot can't reach."""
        return {
            place: tag
            for place, tag in self.shown().items()
            if not (self._mail_open and place.startswith("mail"))
        }


def _place(words: str) -> str:
    return words if ":" in words else f"slot:{words}"


def shown_places(account: Account) -> Shown:
    shown = account["shown"]
    kinds = {"slot": "slots", "drive": "drives", "mail": "mail"}
    return {
        f"{kind}:{element['number']}": element["volume_tag"]
        for kind, key in kinds.items()
        for element in shown[key]
        if element["full"]
    }
