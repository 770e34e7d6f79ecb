"""The dataclasses of ``changer.values`` behave as those of Python's own library."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import math
import pickle
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import pytest

from changer import values

T = TypeVar("T")
Both = dict[str, tuple[Any, Any]]


def declared(module: Any) -> dict[str, Any]:
    """The same classes, declared with the one module or the other."""
    dataclass, field = module.dataclass, module.field

    @dataclass(frozen=True, slots=True)
    class Point:
        x: int
        y: int = 2
        note: str = field(default="", compare=False, repr=False)

        def __str__(self) -> str:
            return f"{self.x}/{self.y}"

    @dataclass(frozen=True, slots=True)
    class Named(Point):
        name: str = "N"

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Worded:
        first: int = 1
        second: str  # type: ignore[misc] # mypy sees that it has no default, not the kw_only

    @dataclass(frozen=True, slots=True)
    class Alone:
        only: float

    @dataclass(slots=True)
    class Changing:
        many: list[int] = field(default_factory=list)
        count: int = 0

    @dataclass(slots=True, eq=False, repr=False)
    class Counted:
        given: int
        twice: int = field(init=False)

        def __post_init__(self) -> None:
            self.twice = 2 * self.given

    @dataclass(frozen=True, slots=True)
    class Holding(Generic[T]):
        held: T

        def __repr__(self) -> str:
            return "a holder"

    classes = (Point, Named, Worded, Alone, Changing, Counted, Holding)
    return {each.__name__: each for each in classes}


OURS, STANDARD = declared(values), declared(dataclasses)
for _name, _class in OURS.items():  # where pickle looks for them
    _class.__qualname__ = _name
    globals()[_name] = _class
for _name, _class in STANDARD.items():
    _class.__qualname__ = _name


def outcome(expression: Callable[[dict[str, Any], Any], object], which: str) -> object:
    """What an expression gives, or the type and the text of what it raises."""
    classes, module = {"ours": (OURS, values), "standard": (STANDARD, dataclasses)}[which]
    try:
        return expression(classes, module)
    except Exception as error:
        return type(error), str(error).replace("declared.<locals>.", "")


def derived(base: Any, *, frozen: bool = True) -> Any:
    @dataclasses.dataclass(frozen=frozen, slots=True)  # type: ignore[literal-required]
    class Derived(base):  # type: ignore[misc]
        more: int = 0

    return Derived


CASES: dict[str, Callable[[dict[str, Any], Any], object]] = {
    "equal": lambda c, _: c["Point"](1) == c["Point"](1, 2),
    "unequal": lambda c, _: c["Point"](1) == c["Point"](1, 3),
    "equal but for what is not compared": lambda c, _: c["Point"](1) == c["Point"](1, note="n"),
    "of another class": lambda c, _: c["Point"](1) == c["Named"](1),
    "equal to a tuple": lambda c, _: c["Point"](1) == (1, 2),
    "one field": lambda c, _: c["Alone"](1) == c["Alone"](1.0),
    "equal by what is the same": lambda c, _: c["Alone"](math.nan) == c["Alone"](math.nan),
    "objects equal as such": lambda c, _: c["Counted"](1) == c["Counted"](1),
    "changing ones are equal": lambda c, _: c["Changing"]([1]) == c["Changing"]([1]),
    "hash of equal ones": lambda c, _: hash(c["Point"](1)) == hash(c["Point"](1, note="n")),
    "hash of one field": lambda c, _: hash(c["Alone"](1)) == hash(c["Alone"](1.0)),
    "in a set": lambda c, _: len({c["Named"](1), c["Named"](1), c["Named"](2)}),
    "no hash": lambda c, _: hash(c["Changing"]()),
    "no hash of a value": lambda c, _: hash(c["Holding"]([])),
    "hash as an object": lambda c, _: isinstance(hash(c["Counted"](1)), int),
    "repr": lambda c, _: repr(c["Point"](1, note="n")),
    "repr with what is inherited": lambda c, _: repr(c["Named"](1)),
    "repr of a changing one": lambda c, _: repr(c["Changing"]()),
    "repr of its own": lambda c, _: repr(c["Holding"](1)),
    "repr as an object": lambda c, _: "Counted object at" in repr(c["Counted"](1)),
    "str of its own": lambda c, _: str(c["Named"](1)),
    "too few": lambda c, _: c["Alone"](),
    "unknown": lambda c, _: c["Alone"](1, other=2),
    "twice": lambda c, _: c["Alone"](1, only=2),
    "too many": lambda c, _: c["Alone"](1, 2),
    "words alone": lambda c, _: c["Worded"](1, "2"),
    "by words": lambda c, _: repr(c["Worded"](second="2")),
    "not for init": lambda c, _: c["Counted"](1, twice=3),
    "after init": lambda c, _: c["Counted"](4).twice,
    "a list of its own": lambda c, _: c["Changing"]().many is c["Changing"]().many,
    "a value in place of the list": lambda c, _: c["Changing"](None).many,
    "frozen": lambda c, _: setattr(c["Point"](1), "x", 2),
    "frozen where inherited": lambda c, _: setattr(c["Named"](1), "x", 2),
    "nothing taken away": lambda c, _: delattr(c["Point"](1), "x"),
    "changed": lambda c, _: setattr(c["Changing"](), "count", 2),
    "slots": lambda c, _: [c["Named"].__slots__, hasattr(c["Point"](1), "__dict__")],
    "nothing added": lambda c, _: setattr(c["Changing"](), "z", 2),
    "match": lambda c, _: [c[name].__match_args__ for name in ("Named", "Worded", "Counted")],
    "signature": lambda c, _: str(inspect.signature(c["Named"])).replace("'", ""),
    "generic": lambda c, _: str(c["Holding"][int]).rpartition(".")[2],
    "name": lambda c, _: [c["Point"].__module__, c["Point"].__qualname__],
    "copy": lambda c, _: copy.copy(c["Point"](1, note="n")).note,
    "deep copy": lambda c, _: repr(copy.deepcopy(c["Changing"]([1, 2], 3))),
    "replaced": lambda c, m: repr(m.replace(c["Named"](1), y=5, name="M")),
    "replaced by what is unknown": lambda c, m: m.replace(c["Alone"](1), z=5),
    "replaced after init": lambda c, m: m.replace(c["Counted"](1), given=5).twice,
    "fields": lambda c, m: [(each.name, each.repr) for each in m.fields(c["Named"])],
    "fields of an object": lambda c, m: [each.name for each in m.fields(c["Counted"](1))],
    "no default": lambda c, m: [each.default is m.MISSING for each in m.fields(c["Point"])],
    "is one": lambda c, m: [m.is_dataclass(each) for each in (c["Point"], c["Point"](1), int, 1)],
    "Python's fields": lambda c, _: [
        (each.name, each.type, each.compare, each.init, each.kw_only)
        for name in c
        for each in dataclasses.fields(c[name])
    ],
    "Python's asdict": lambda c, _: dataclasses.asdict(c["Changing"]([1])),
    "Python's replace": lambda c, _: repr(dataclasses.replace(c["Named"](1), y=5)),
    "for Python is one": lambda c, _: dataclasses.is_dataclass(c["Point"]),
    "one of Python's that derives": lambda c, _: repr(derived(c["Point"])(1, more=3)),
    "one that does and is equal": lambda c, _: derived(c["Point"])(1) == c["Point"](1),
    "one that does and can be changed": lambda c, _: derived(c["Point"], frozen=False),
    "one that does and is frozen": lambda c, _: derived(c["Changing"]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_class_does_what_a_dataclass_does(case: str) -> None:
    assert outcome(CASES[case], "ours") == outcome(CASES[case], "standard")


def test_a_frozen_object_refuses_what_it_has_no_field_for() -> None:
    """Python 3.11's own raises TypeError there, of its own making."""
    with pytest.raises(AttributeError, match="cannot assign to field 'z'"):
        OURS["Point"](1).z = 2


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_objects_are_pickled_with_all_their_fields(protocol: int) -> None:
    for made in (OURS["Named"](1, note="n"), OURS["Worded"](second="2"), OURS["Changing"]([1])):
        again = pickle.loads(pickle.dumps(made, protocol))
        assert type(again) is type(made)
        for each in values.fields(made):
            assert getattr(again, each.name) == getattr(made, each.name)


def test_declaring_a_class_compiles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []

    def count(code: str, *names: Any) -> None:
        compiled.append(code)
        exec(code, *names)

    monkeypatch.setattr(values, "exec", count, raising=False)
    classes = declared(values)
    assert compiled == []
    assert classes["Point"](1) == classes["Point"](1)
    assert len(compiled) == 1, "when the first object is made, and not again"
