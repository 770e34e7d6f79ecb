"""Dataclasses and named tuples that cost a start next to nothing: Python's, as far as used here.

Its own dataclasses write six functions of each class as source, and compile them, when the class is
declared; ``inspect`` is imported for that. Its named tuples compile one, and make six more. Here
classes share what all of them have; ``__init__`` is compiled when many objects are made, and
``__new__`` when the first tuple is. Type checkers see the originals; ``dataclasses.fields``,
``asdict`` and ``replace`` take these classes as their own, and a dataclass of theirs may derive
from one. Each dataclass has slots; a field that is not for ``__init__`` is set by
``__post_init__``.
"""

from __future__ import annotations

from collections import _tuplegetter  # type: ignore[attr-defined] # the fields of its named tuples
from collections.abc import Callable, Iterable
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

_FEW_OBJECTS = 16
"""Of a class: to fill so many one by one takes as long as to compile its ``__init__``."""


class _Missing:
    """Stands where a field has no default."""


class _Field:
    """How objects of a class have one of their values."""

    __slots__ = ("compare", "default", "default_factory", "init", "kw_only", "name", "repr", "type")
    name: str
    type: Any
    kw_only: bool

    def __init__(
        self,
        *,
        default: Any = _Missing,
        default_factory: Any = _Missing,
        init: bool = True,
        repr: bool = True,  # noqa: A002
        compare: bool = True,
    ) -> None:
        assert init or default is default_factory, "what is not for __init__ has no default"
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.compare = compare


def _fields(of: Any) -> tuple[_Field, ...]:
    return tuple(of.__value_fields__.values())


def _is_dataclass(value: Any) -> bool:
    return hasattr(value, "__value_fields__")


def _replace(value: Any, /, **changes: Any) -> Any:
    for each in _fields(value):
        if each.init and each.name not in changes:
            changes[each.name] = getattr(value, each.name)
    return type(value)(**changes)


def _dataclass(
    *,
    slots: bool,
    frozen: bool = False,
    eq: bool = True,
    repr: bool = True,  # noqa: A002
    kw_only: bool = False,
) -> Callable[[type], type]:
    def declare(cls: type) -> type:
        return _declare(cls, frozen=frozen, eq=eq, shown=repr, kw_only=kw_only)

    assert slots, "one without slots is not to be had here"
    return declare


def _declare(cls: type, *, frozen: bool, eq: bool, shown: bool, kw_only: bool) -> type:
    """The class anew, with slots for its fields, and the methods that its body does not have."""
    namespace = dict(cls.__dict__)
    inherited = getattr(cls, "__value_fields__", {})
    own = _own_fields(namespace, kw_only=kw_only)
    known = {**inherited, **own}
    for name in ("__dict__", "__weakref__"):
        namespace.pop(name, None)
    methods: dict[str, Any] = {
        "__init__": _InitWhenAsked(_init_of_frozen if frozen else _init),
        "__dataclass_fields__": _WhenAsked(_standard_fields),
        "__dataclass_params__": _WhenAsked(lambda _: _standard_params(frozen=frozen)),
        "__match_args__": tuple(
            name for name, each in known.items() if each.init and not each.kw_only
        ),
    }
    if shown:
        methods["__repr__"] = _repr
    if eq:
        methods["__eq__"], hash_by_value = _comparison(known.values())
        methods["__hash__"] = hash_by_value if frozen else None
    if frozen:
        methods |= _OF_FROZEN
    methods |= namespace
    methods["__qualname__"] = cls.__qualname__
    methods["__slots__"] = tuple(name for name in own if name not in inherited)
    methods["__value_fields__"] = known
    return type(cls)(cls.__name__, cls.__bases__, methods)


def _own_fields(namespace: dict[str, Any], *, kw_only: bool) -> dict[str, _Field]:
    """The fields that a class declares, taken out of its namespace with their defaults."""
    own = {}
    for name, annotation in namespace.get("__annotations__", {}).items():
        value = namespace.pop(name, _Missing)
        each = value if isinstance(value, _Field) else _Field(default=value)
        each.name, each.type, each.kw_only = name, annotation, kw_only
        own[name] = each
    return own


class _WhenAsked:
    """Attribute of a class that is made when it is first looked at."""

    __slots__ = ("_make", "_name", "_owner")
    _owner: type
    _name: str

    def __init__(self, make: Callable[[type], Any]) -> None:
        self._make = make

    def __set_name__(self, owner: type, name: str) -> None:
        self._owner, self._name = owner, name

    def __get__(self, instance: Any, owner: type) -> Any:
        setattr(self._owner, self._name, self._make(self._owner))
        return getattr(owner if instance is None else instance, self._name)


class _InitWhenAsked(_WhenAsked):
    """The same for ``__init__``, but not for the first objects: many classes have few in a run."""

    __slots__ = ("_made",)

    def __init__(self, make: Callable[[type], Any]) -> None:
        super().__init__(make)
        self._made = 0

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None or self._made >= _FEW_OBJECTS:
            return super().__get__(instance, owner)
        self._made += 1
        return partial(_fill, self._owner, instance)


def _fill(cls: Any, instance: Any, *positional: Any, **keyword: Any) -> None:
    """Do what the ``__init__`` of a class does; that itself refuses arguments that don't fit."""
    known = {each.name: each for each in _fields(cls) if each.init}
    names = [name for name, each in known.items() if not each.kw_only]
    given = {**dict(zip(names, positional, strict=False)), **keyword}
    needed = {name for name, each in known.items() if each.default is each.default_factory}
    if len(given) < len(positional) + len(keyword) or not needed <= given.keys() <= known.keys():
        cls.__init__(instance, *positional, **keyword)
        return
    for name, each in known.items():
        if name not in given:
            made = each.default_factory is not _Missing
            given[name] = each.default_factory() if made else each.default
        object.__setattr__(instance, name, given[name])
    if hasattr(cls, "__post_init__"):
        instance.__post_init__()


def _init_of_frozen(cls: type) -> Any:
    return _init(cls, "_set(self, {0!r}, {1})")


def _init(cls: type, assignment: str = "self.{0} = {1}") -> Any:
    """The ``__init__`` of a class, with the signature that its fields give it."""
    names: dict[str, Any] = {"_set": object.__setattr__, "_missing": _Missing}
    positional: list[str] = []
    keyword: list[str] = []
    body: list[str] = []
    for each in _fields(cls):
        if not each.init:
            continue
        parameter = value = each.name
        if each.default is not _Missing:
            names[f"_default_{each.name}"] = each.default
            parameter += f"=_default_{each.name}"
        elif each.default_factory is not _Missing:
            names[f"_make_{each.name}"] = each.default_factory
            parameter += "=_missing"
            value = f"_make_{each.name}() if {each.name} is _missing else {each.name}"
        (keyword if each.kw_only else positional).append(parameter)
        body.append(assignment.format(each.name, value))
    if hasattr(cls, "__post_init__"):
        body.append("self.__post_init__()")
    parameters = ", ".join(["self", *positional, *(["*", *keyword] if keyword else [])])
    exec(f"def __init__({parameters}):\n " + "\n ".join(body or ["pass"]), names)  # noqa: S102
    made = names["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    made.__annotations__ = {each.name: each.type for each in _fields(cls) if each.init}
    made.__annotations__["return"] = None
    return made


def _repr(self: Any) -> str:
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in _fields(self) if each.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _comparison(known: Iterable[_Field]) -> tuple[Any, Any]:
    """``__eq__`` and ``__hash__`` by the fields that are compared."""
    names = [each.name for each in known if each.compare]
    values: Callable[[Any], Any]
    if len(names) > 1:
        values = attrgetter(*names)
    else:

        def values(of: Any) -> tuple[Any, ...]:
            return tuple(getattr(of, name) for name in names)

    def equal(self: Any, other: Any) -> bool:
        return values(self) == values(other) if type(other) is type(self) else NotImplemented

    return equal, lambda self: hash(values(self))


def _refuse_to_set(_self: Any, name: str, _value: Any) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_self: Any, name: str) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, each.name) for each in _fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for each, value in zip(_fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)


_OF_FROZEN = {
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
    "__getstate__": _state,
    "__setstate__": _set_state,
}


def _standard_fields(cls: type) -> Any:
    """What the module ``dataclasses`` knows of the fields of a class of its own."""
    import dataclasses

    declared = []
    for each in _fields(cls):
        known = {name: getattr(each, name) for name in _Field.__slots__}
        name, annotation = known.pop("name"), known.pop("type")
        given = {key: value for key, value in known.items() if value is not _Missing}
        declared.append((name, annotation, dataclasses.field(**given)))
    twin: Any = dataclasses.make_dataclass(cls.__name__, declared)
    return twin.__dataclass_fields__


def _standard_params(*, frozen: bool) -> Any:
    """What it asks of the base of a class of its own: whether that is frozen."""
    import dataclasses

    twin: Any = dataclasses.make_dataclass("twin", (), frozen=frozen)
    return twin.__dataclass_params__


# Named tuples


class _Tuple(tuple[Any, ...]):
    """What all named tuples have."""

    __slots__ = ()
    _fields = tuple[str, ...]()

    @classmethod
    def _make(cls, values: Iterable[Any]) -> Any:
        made = tuple.__new__(cls, values)
        if len(made) != len(cls._fields):
            raise TypeError(f"Expected {len(cls._fields)} arguments, got {len(made)}")
        return made

    def _replace(self, /, **changes: Any) -> Any:
        made = self._make(map(changes.pop, self._fields, self))
        if changes:
            raise ValueError(f"Got unexpected field names: {list(changes)!r}")
        return made

    def _asdict(self) -> dict[str, Any]:
        return dict(zip(self._fields, self, strict=True))

    def __repr__(self) -> str:
        shown = (f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
        return f"{type(self).__name__}({', '.join(shown)})"

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self)


class _NamedTuples(type):
    """Makes of a class body that derives from NamedTuple a tuple, not one of its own kind."""

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> Any:
        assert len(bases) == 1, "a named tuple of several kinds is not to be had here"
        names = tuple(namespace.get("__annotations__", ()))
        defaults = {each: namespace.pop(each) for each in names if each in namespace}
        assert names[len(names) - len(defaults) :] == tuple(defaults), "defaults come last"
        methods: dict[str, Any] = {
            "__new__": _WhenAsked(_new),
            "__slots__": (),
            "__match_args__": names,
            "_fields": names,
            "_field_defaults": defaults,
        }
        for index, each in enumerate(names):
            methods[each] = _tuplegetter(index, f"Alias for field number {index}")
        assert not methods.keys() & namespace.keys(), "what makes it a named tuple is its own"
        return type(name, (_Tuple,), methods | namespace)


def _new(cls: Any) -> Any:
    """The ``__new__`` of a named tuple, with the signature that its fields give it."""
    parameters = ", ".join(cls._fields)
    names: dict[str, Any] = {"_tuple_new": tuple.__new__}
    body = f"return _tuple_new(_cls, ({parameters},))"
    exec(f"def __new__(_cls, {parameters}):\n {body}", names)  # noqa: S102
    made = names["__new__"]
    made.__annotations__ = cls.__annotations__
    made.__defaults__ = tuple(cls._field_defaults.values())
    made.__qualname__ = f"{cls.__qualname__}.__new__"
    return staticmethod(made)


def chosen(record: object, *names: str) -> dict[str, Any]:
    """The named attributes of a record, under their names: a document shows what it names."""
    return {name: getattr(record, name) for name in names}


if TYPE_CHECKING:
    from dataclasses import MISSING as MISSING
    from dataclasses import dataclass as dataclass
    from dataclasses import field as field
    from dataclasses import fields as fields
    from dataclasses import is_dataclass as is_dataclass
    from dataclasses import replace as replace
    from typing import NamedTuple as NamedTuple
else:
    MISSING = _Missing
    dataclass, field, fields = _dataclass, _Field, _fields
    is_dataclass, replace = _is_dataclass, _replace
    NamedTuple = type.__new__(_NamedTuples, "NamedTuple", (), {})
