"""Dataclasses and named tuples of ``changer.values`` behave as those of Python's own library."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import math
import pickle
import re
import typing
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

    classes = {
        each.__name__: each for each in (Point, Named, Worded, Alone, Changing, Counted, Holding)
    }
    for name, each in classes.items():
        each.__qualname__ = name
    return classes


OURS, STANDARD = declared(values), declared(dataclasses)
for _name, _class in OURS.items():  # where pickle looks for them
    globals()[_name] = _class
    _class.__init__  # noqa: B018 - compiled, as it is when there are many objects


def outcome(expression: Callable[[dict[str, Any], Any], object], which: str) -> object:
    """What an expression gives, or the type and the text of what it raises."""
    module = dataclasses if which == "standard" else values
    classes = {"first": declared(values), "ours": OURS, "standard": STANDARD}[which]
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
@pytest.mark.parametrize("which", ["ours", "first"])
def test_a_class_does_what_a_dataclass_does(case: str, which: str) -> None:
    """That of which no object was made before, too."""
    assert outcome(CASES[case], which) == outcome(CASES[case], "standard")


def test_a_frozen_object_refuses_what_it_has_no_field_for() -> None:
    """Python 3.11's own raises TypeError there, of its own making."""
    with pytest.raises(AttributeError, match="cannot assign to field 'z'"):
        OURS["Point"](1).z = 2


def declared_tuples(module: Any) -> dict[str, Any]:
    """The same named tuples, declared with the one module or the other."""

    class Place(module.NamedTuple):  # type: ignore[misc]
        """Where it is."""

        address: int
        name: str = "slot"
        _ignored = "not annotated"
        tag: str | None = None

        @property
        def words(self) -> str:
            return f"{self.name} {self.address}"

        @classmethod
        def first(cls) -> Any:
            return cls(1)

        def __contains__(self, other: object) -> bool:
            return tuple.__contains__(self, other) and other != "slot"

    class Only(module.NamedTuple):  # type: ignore[misc]
        value: object

    class Padded(module.NamedTuple):  # type: ignore[misc]
        text: str

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Padded) and self.text.strip() == other.text.strip()

        def __hash__(self) -> int:
            return hash(self.text.strip())

        def __repr__(self) -> str:
            return self.text.strip()

    class Marked(Place):
        __slots__ = ()

        def __str__(self) -> str:
            return f"*{self.words}"

    return {each.__name__: each for each in (Place, Only, Padded, Marked)}


OUR_TUPLES, STANDARD_TUPLES = declared_tuples(values), declared_tuples(typing)
for _name, _class in OUR_TUPLES.items():  # where pickle looks for them
    _class.__qualname__ = _name
    globals()[_name] = _class


def matched(value: Any, of: Any) -> object:
    match value:
        case of(address, name):
            return address, name
        case of():
            return "no pair"
    return None


TUPLE_CASES: dict[str, Callable[[dict[str, Any]], object]] = {
    "a tuple": lambda c: (isinstance(c["Place"](1), tuple), tuple(c["Place"](1, "mail"))),
    "equal to a tuple": lambda c: (c["Place"](1) == (1, "slot", None), c["Place"](1) != (1,)),
    "equal to one of another class": lambda c: c["Only"]("x") == ("x",),
    "order": lambda c: sorted([c["Place"](2), c["Place"](1, "mail"), c["Place"](1)]),
    "hash": lambda c: hash(c["Place"](1)) == hash((1, "slot", None)),
    "in a set": lambda c: len({c["Padded"]("a"), c["Padded"]("a "), c["Padded"]("b")}),
    "equality of its own": lambda c: c["Padded"]("a") == c["Padded"]("a "),
    "repr": lambda c: repr(c["Place"](1, tag="A%s")),
    "repr of one field": lambda c: repr(c["Only"]((1, 2))),
    "repr of its own": lambda c: repr(c["Padded"](" a ")),
    "repr and text where inherited": lambda c: (repr(c["Marked"](1)), str(c["Marked"](1))),
    "fields read": lambda c: (c["Place"](1).address, c["Place"](1, "x", "t").tag),
    "a field of the class": lambda c: c["Place"].name.__doc__,
    "a field set": lambda c: setattr(c["Place"](1), "address", 2),
    "a field deleted": lambda c: delattr(c["Place"](1), "address"),
    "nothing added": lambda c: setattr(c["Place"](1), "z", 2),
    "nothing added where inherited": lambda c: setattr(c["Marked"](1), "z", 2),
    "a property": lambda c: c["Place"](3).words,
    "a class method": lambda c: c["Marked"].first(),
    "a class attribute": lambda c: c["Place"](3)._ignored,
    "what the tuple has": lambda c: ("slot" in c["Place"](1), 1 in c["Place"](1)),
    "by words": lambda c: c["Place"](name="mail", address=2),
    "too few": lambda c: c["Place"](),
    "too many": lambda c: c["Place"](1, 2, 3, 4),
    "unknown": lambda c: c["Only"](1, other=2),
    "twice": lambda c: c["Only"](1, value=2),
    "replaced": lambda c: c["Place"](1, tag="T")._replace(address=2, name="mail"),
    "replaced where inherited": lambda c: str(c["Marked"](1)._replace(address=2)),
    "replaced by what is unknown": lambda c: c["Place"](1)._replace(z=2, y=3),
    "made of an iterable": lambda c: c["Place"]._make(iter("abc")),
    "made of too few": lambda c: c["Place"]._make((1, 2)),
    "as a dictionary": lambda c: c["Place"](1)._asdict(),
    "names": lambda c: [c["Place"]._fields, c["Marked"]._fields, c["Place"].__match_args__],
    "defaults": lambda c: [c["Place"]._field_defaults, c["Only"]._field_defaults],
    "annotations": lambda c: list(c["Place"].__annotations__),
    "hints": lambda c: typing.get_type_hints(c["Place"]),
    "match": lambda c: [matched(c["Place"](1), c["Place"]), matched((1, 2), c["Place"])],
    "match of too many": lambda c: matched(c["Only"](1), c["Only"]),
    "unpacked": lambda c: [*c["Place"](1)],
    "sliced": lambda c: c["Place"](1)[:2],
    "copy": lambda c: [copy.copy(c["Place"](1)), type(copy.copy(c["Place"](1))) is c["Place"]],
    "deep copy": lambda c: copy.deepcopy(c["Only"]([1])),
    "arguments to make it anew": lambda c: c["Place"](1).__getnewargs__(),
    "signature": lambda c: [
        re.sub(r"ForwardRef\(('.*?')\)", r"\1", str(inspect.signature(c[name])))
        for name in ("Marked", "Only")
    ],
    "name": lambda c: [c["Place"].__module__, c["Only"].__name__, c["Place"].__doc__],
    "bases": lambda c: [type(c["Place"]), c["Place"].__slots__],
    "names of functions": lambda c: c["Only"].__new__.__name__,
}


@pytest.mark.parametrize("case", TUPLE_CASES)
def test_a_class_does_what_a_named_tuple_does(case: str) -> None:
    results: list[object] = []
    for classes in (OUR_TUPLES, STANDARD_TUPLES):
        try:
            results.append(TUPLE_CASES[case](classes))
        except Exception as error:
            results.append((type(error), str(error).replace("declared_tuples.<locals>.", "")))
    assert results[0] == results[1]
    assert repr(results[0]) == repr(results[1])


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_named_tuples_are_pickled_as_what_they_are(protocol: int) -> None:
    for made in (OUR_TUPLES["Marked"](1, tag="T"), OUR_TUPLES["Only"]([1])):
        again = pickle.loads(pickle.dumps(made, protocol))
        assert (again, type(again)) == (made, type(made))


@pytest.mark.parametrize("body", [{"_fields": ()}, {"__new__": None}])
def test_a_named_tuple_keeps_what_makes_it_one(body: dict[str, Any]) -> None:
    named_tuple = vars(values)["NamedTuple"]
    with pytest.raises(AssertionError, match="its own"):
        type(named_tuple)("Wrong", (named_tuple,), {"__annotations__": {"x": "int"}, **body})


def test_a_field_without_default_comes_before_those_that_have_one() -> None:
    with pytest.raises(AssertionError, match="come last"):

        class Wrong(values.NamedTuple):
            first: int = 1
            second: int  # type: ignore[misc]


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_objects_are_pickled_with_all_their_fields(protocol: int) -> None:
    for made in (OURS["Named"](1, note="n"), OURS["Worded"](second="2"), OURS["Changing"]([1])):
        again = pickle.loads(pickle.dumps(made, protocol))
        assert type(again) is type(made)
        for each in values.fields(made):
            assert getattr(again, each.name) == getattr(made, each.name)


def test_objects_have_nothing_but_their_slots() -> None:
    @values.dataclass(slots=True)
    class Declared:
        x: int = 1

    for name in ("__dict__", "__weakref__"):
        assert not hasattr(Declared(), name)
    assert Declared().x == 1


def test_what_was_pickled_with_other_fields_is_refused() -> None:
    made = OURS["Named"](1, note="n")
    for state in (made.__getstate__()[:-1], [*made.__getstate__(), 0]):
        with pytest.raises(ValueError, match="zip"):
            OURS["Named"](1, note="n").__setstate__(state)


def test_declaring_a_class_compiles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []

    def count(code: str, *names: Any) -> None:
        compiled.append(code)
        exec(code, *names)

    monkeypatch.setattr(values, "exec", count, raising=False)
    classes = declared(values) | declared_tuples(values)
    assert compiled == []
    few = [classes["Point"](1, note="n") for _ in range(16)]
    assert compiled == [], "the first objects go without"
    assert all(each == classes["Point"](1) == classes["Point"](x=1) for each in few)
    assert len(compiled) == 1, "when there are many, and not again"
    assert classes["Place"](1) == classes["Place"](1) == classes["Marked"](1)
    assert len(compiled) == 2, "when the first tuple is made, and not again"
