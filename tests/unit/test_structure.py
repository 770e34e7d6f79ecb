"""The rules of the design that keep the modules apart, read from their source and their start."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "changer"

# The spine of the package, from the ground up. A room imports from itself and from rooms above it
# in this table, never from below; a room is a folder of the package, or a module at its top. The
# simulator is a device, which a transport reaches; tcmu, inside it, is a program that serves it.
ROOMS = (
    "printable",
    "errors",
    "host",
    "smc",
    "simulator",
    "transport",
    "lock",
    "store",
    "tcmu",
    "library",
    "drives",
    "journal",
    "moves",
    "cleaning",
    "api_places",
    "api_cleaner",
    "api",
    "ntms",
    "cli",
    "hooks",
)


# What a package needs as soon as it is imported: the base class of all errors.
EAGER = {"changer": {"changer.errors"}}


def room_of(module: str) -> str:
    """The room of a module; the package itself is none, and may import from the API."""
    if is_in(module, (TCMU,)):
        return "tcmu"
    return module.split(".")[1] if "." in module else "changer"


# Within a layer: the neighbours that a package or module may not know.
TCMU = "changer.simulator.tcmu"
STRANGERS = {
    TCMU: (
        "changer.store",
        "changer.transport.sg_raw",
        "changer.library.discovery",
    ),
    "changer.store": ("changer.transport", "changer.simulator", "changer.smc"),
    "changer.transport": ("changer.store", "changer.lock"),
    "changer.simulator": ("changer.store", "changer.transport"),
    "changer.library.discovery": ("changer.store", "changer.transport", "changer.simulator"),
    "changer.library.settings": ("changer.store", "changer.transport", "changer.simulator"),
}

PURE = (
    "changer.cleaning.import_detection",
    "changer.drives.cleaning_signs",
    "changer.errors",
    "changer.smc.elements",
    "changer.smc",
    "changer.library.identity",
    "changer.library.inventory",
    "changer.smc.sense_action",
    "changer.drives.media_family",
    "changer.library.addressing",
    "changer.library.element_state",
    "changer.printable",
    "changer.library.model",
)
# All that a module without I/O needs of the standard library.
PURE_LIBRARY = {
    "__future__",
    "collections.abc",
    "dataclasses",
    "enum",
    "itertools",
    "re",
    "typing",
}
IMPURE_NAMES = {"open", "print", "input", "exec", "eval", "compile", "__import__", "breakpoint"}

# Who alone may import what.
RESERVED_IMPORTS = {
    "subprocess": ("changer.transport.sg_raw", "changer.simulator.tcmu.kernel_modules"),
    "pyudev": ("changer.library.discovery",),
    "sqlite3": ("changer.store",),
    "socket": (),
    "threading": (
        "changer.simulator.tcmu.service",
        "changer.cli.progress",
        "changer.simulator.lock_file",
        "changer.cleaning.background",
        "changer.store.database",
    ),
    "argparse": ("changer.cli", "changer.hooks"),
    # The rights of one thread, which Python's own library can't set.
    "ctypes": ("changer.store.reduced_rights",),
    # What carries commands is chosen in one place, and so is what keeps state.
    "changer.transport.sg_raw": ("changer.transport.opening",),
    "changer.transport.replay": ("changer.transport.opening",),
    "changer.simulator.transport": ("changer.transport.opening", "changer.simulator"),
    "changer.simulator": (
        "changer.simulator",
        "changer.transport.opening",
        "changer.library.choose",
        "changer.cli.attachment",
        "changer.cli.sim",
    ),
    "changer.simulator.tcmu": ("changer.simulator.tcmu", "changer.cli.attachment"),
    **{
        f"changer.store.{inner}": ("changer.store",)
        for inner in (
            "database",
            "failures",
            "journal_tables",
            "library_tables",
            "maintenance.copies",
            "maintenance.protection",
            "maintenance.table_columns",
            "reduced_rights",
            "schema",
            "sqlite",
        )
    },
    # Programs that share a library meet in one place, which knows how: store, locks, liveness.
    # Who shows a virtual library is a matter of this host's kernel alone.
    "changer.lock": (
        "changer.lock",
        "changer.store.coordination",
        "changer.simulator.tcmu.owner",
    ),
    "changer.host.processes": ("changer.lock", "changer.store"),
    "changer.host.atomic_file": ("changer.store",),
    # Owners and groups of folders: the store's, and the locks'.
    "changer.host.shared_files": ("changer.store", "changer.lock.flock", "changer.library.choose"),
}
EDGE = ("changer.cli", "changer.hooks")
EXITS = ("changer.cli.main", "changer.hooks")

# No shell, and no code from what was read.
SHELLS_AND_CODE = re.compile(
    r"os\.(system|popen|exec\w+|spawn\w+|posix_spawn\w*)|subprocess\.get\w+|pty\.\w+|shell"
    r"|eval|exec|compile|__import__|(pickle|marshal|shelve|dill|yaml)\.\w+"
    r"|\w+\.(load_extension|enable_load_extension|create_subprocess_shell)"
)
CODE_MODULES = ("pickle", "marshal", "shelve", "dill", "yaml", "pty", "code", "pdb", "asyncio")
STARTERS = ("subprocess.run", "subprocess.Popen")
# Who alone makes, opens or changes files, with links, pipes and strangers' files in mind.
FILE_CALLS = re.compile(
    r"(?:.*\.)?(open|fdopen|mknod|mkfifo|mkdir|makedirs|touch|write_text|write_bytes|symlink|"
    r"symlink_to|hardlink_to|link|rename|renames|chmod|fchmod|lchmod|chown|fchown|lchown|truncate|"
    r"mkstemp|mkdtemp|TemporaryDirectory|NamedTemporaryFile|TemporaryFile|copytree|copyfile|rmtree)"
)
FILE_HANDLERS = (
    "changer.simulator.tcmu",  # configfs, sysfs and /dev
    "changer.cli.background",
    "changer.cli.process",
    "changer.cli.dry_run",
    "changer.cli.state_files",
    "changer.library.settings",
    "changer.moves.drive_eject",  # a tape's node, so that nobody else has it meanwhile
    "changer.lock.flock",
    "changer.simulator.creation",
    "changer.simulator.lock_file",
    "changer.simulator.state_file",
    "changer.store.maintenance.backup",
    "changer.host.shared_files",
    "changer.host.atomic_file",
    "changer.store.maintenance.replacement",
    "changer.host.trust",
)

# What costs start-up time: where it may be imported at module level, because it is needed at once.
HEAVY = {
    "asyncio": (),
    "concurrent.futures": (),
    "ctypes": (),
    "difflib": ("changer.simulator.words",),
    "hashlib": (),
    "importlib.metadata": (),
    "inspect": (),
    "json": ("changer.transport.trace_record", "changer.simulator.state_format"),
    "logging": (),
    "multiprocessing": (),
    "pyudev": (),
    "sqlite3": (
        "changer.store.maintenance.backup",
        "changer.store.maintenance.copies",
        "changer.store.database",
        "changer.store.maintenance.document",
        "changer.store.failures",
        "changer.store.maintenance.inspection",
        "changer.store.maintenance.merging",
        "changer.store.maintenance.replacement",
        "changer.store.schema",
        "changer.store.sqlite",
        "changer.store.maintenance.table_columns",
    ),
    "subprocess": ("changer.transport.sg_raw", "changer.simulator.tcmu.kernel_modules"),
    "tempfile": (),
    "tomllib": (),
    "urllib": (),
    "uuid": (),
}
NEVER_AT_START = ("pyudev", "tomllib", "uuid", "logging", "asyncio")

# Calls at module level that make a value and do nothing else.
VALUE_CALLS = {"frozenset", "get_args", "ord", "range", "bytes", "TypeVar", "Path", "re.compile"}
VALUE_CALLS |= {"struct.Struct"}
VALUE_METHODS = {"join", "with_name"}


@dataclass(frozen=True)
class Import:
    """One imported module, and whether importing the importer imports it at once."""

    module: str
    at_import: bool
    for_types_alone: bool
    line: int


@cache
def modules() -> dict[str, ast.Module]:
    found = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = ("changer", *file.relative_to(PACKAGE).with_suffix("").parts)
        name = ".".join(parts).removesuffix(".__init__")
        found[name] = ast.parse(file.read_text(), str(file))
    return found


def is_in(module: str, places: tuple[str, ...]) -> bool:
    return any(module == place or module.startswith(f"{place}.") for place in places)


@cache
def imports_of(module: str) -> tuple[Import, ...]:
    return tuple(_imports(modules()[module], at_import=True, for_types_alone=False))


def _imports(node: ast.AST, *, at_import: bool, for_types_alone: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for each in child.names:
                yield Import(each.name, at_import, for_types_alone, child.lineno)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0 and child.module, "imports are absolute"
            for each in child.names:
                inner = f"{child.module}.{each.name}"
                name = inner if inner in modules() else child.module
                yield Import(name, at_import, for_types_alone, child.lineno)
        typing_only = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
        yield from _imports(
            child,
            at_import=at_import
            and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda),
            for_types_alone=for_types_alone or typing_only,
        )


def own_imports(module: str) -> list[Import]:
    return [each for each in imports_of(module) if is_in(each.module, ("changer",))]


every_module = pytest.mark.parametrize("module", modules())


def test_every_room_has_its_floor() -> None:
    assert {room_of(module) for module in modules()} - {"changer"} == set(ROOMS)


@every_module
def test_no_room_imports_from_one_further_up(module: str) -> None:
    floor = ROOMS.index(room_of(module)) if "." in module else ROOMS.index("api")
    upwards = [
        f"{each.module} (line {each.line})"
        for each in own_imports(module)
        if "." in each.module and ROOMS.index(room_of(each.module)) > floor
    ]
    assert upwards == []


@pytest.mark.parametrize("package", [file.parent for file in PACKAGE.rglob("__init__.py")])
def test_no_package_imports_its_modules_with_it(package: Path) -> None:
    name = ".".join(("changer", *package.relative_to(PACKAGE).parts))
    inside = [
        each.module
        for each in own_imports(name)
        if each.at_import and not each.for_types_alone and is_in(each.module, (name,))
    ]
    assert set(inside) <= EAGER.get(name, set())


@every_module
def test_no_module_knows_the_neighbours_that_it_is_kept_apart_from(module: str) -> None:
    forbidden = [
        stranger
        for home, strangers in STRANGERS.items()
        # tcmu/ shows the simulator to the kernel, and has rules of its own
        if is_in(module, (home,)) and (home == TCMU or not is_in(module, (TCMU,)))
        for stranger in strangers
    ]
    assert [each for each in own_imports(module) if is_in(each.module, tuple(forbidden))] == []


@pytest.mark.parametrize("module", [each for each in modules() if is_in(each, PURE)])
def test_what_decides_does_no_io_and_reads_no_clock(module: str) -> None:
    for each in imports_of(module):
        allowed = is_in(each.module, PURE) or each.module in PURE_LIBRARY
        assert allowed, f"line {each.line} imports {each.module}"
    names = [
        f"{node.id} (line {node.lineno})"
        for node in ast.walk(modules()[module])
        if isinstance(node, ast.Name) and node.id in IMPURE_NAMES
    ]
    assert names == []


def test_the_pure_modules_exist() -> None:
    assert all(place in modules() for place in PURE)


@pytest.mark.parametrize("imported", RESERVED_IMPORTS)
def test_some_modules_are_imported_in_one_place_alone(imported: str) -> None:
    users = [
        module
        for module in modules()
        if any(is_in(each.module, (imported,)) for each in imports_of(module))
    ]
    assert [each for each in users if not is_in(each, RESERVED_IMPORTS[imported])] == []


@pytest.mark.parametrize("module", [each for each in modules() if not is_in(each, EDGE)])
def test_only_the_edge_speaks_to_people(module: str) -> None:
    said = [
        f"{ast.unparse(node)} (line {node.lineno})"
        for node in ast.walk(modules()[module])
        if (isinstance(node, ast.Name) and node.id in ("print", "input"))
        or (
            isinstance(node, ast.Attribute)
            and ast.unparse(node) in ("sys.stdout", "sys.stderr", "sys.stdin", "sys.argv")
        )
    ]
    assert said == []
    assert not any(
        isinstance(node, ast.ImportFrom) and node.module == "sys"
        for node in ast.walk(modules()[module])
    )


# The one place that makes text printable, whoever wrote it.
MOUTHS = {"sys.stdout.write": "changer.cli.output", "sys.stderr.write": "changer.cli.output"}


@pytest.mark.parametrize("call", ["print", *MOUTHS])
def test_text_leaves_in_one_place(call: str) -> None:
    speakers = {
        module
        for module, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == call
    }
    assert speakers == ({MOUTHS[call]} if call in MOUTHS else set())


@cache
def calls_in(module: str) -> tuple[tuple[str, ast.Call], ...]:
    """Every call, and what is called, as it is written."""
    calls = (node for node in ast.walk(modules()[module]) if isinstance(node, ast.Call))
    return tuple((ast.unparse(call.func), call) for call in calls)


# Which slots are reserved, and so what may go where, is answered in one place; what works on a
# store without its library, or on a backup of one, reads it there.
READERS_OF_RESERVATIONS = ("changer.library.reserved_slots", "changer.store", "changer.cli.state")


def test_what_may_go_where_is_answered_in_one_place() -> None:
    readers = {
        module
        for module in modules()
        for name, _ in calls_in(module)
        if name.endswith(".reservation")
    }
    assert [each for each in readers if not is_in(each, READERS_OF_RESERVATIONS)] == []


@every_module
def test_there_is_no_shell_and_no_code_from_data(module: str) -> None:
    found = [
        f"{name} (line {call.lineno})"
        for name, call in calls_in(module)
        if SHELLS_AND_CODE.fullmatch(name)
        or any(keyword.arg in ("shell", "executable") for keyword in call.keywords)
    ]
    assert found == []
    assert not any(is_in(each.module, CODE_MODULES) for each in imports_of(module))


@pytest.mark.parametrize("module", RESERVED_IMPORTS["subprocess"])
def test_programs_are_started_by_a_list_of_words_in_a_clean_environment(module: str) -> None:
    starts = [call for name, call in calls_in(module) if name in STARTERS]
    assert len(starts) == 1, "one place in each module that may"
    keywords = {each.arg: ast.unparse(each.value) for each in starts[0].keywords}
    assert isinstance(starts[0].args[0], ast.List)
    assert ast.unparse(starts[0].args[0]).startswith("[find_program(argv[0]")
    assert keywords["stdin"] == "subprocess.DEVNULL"
    assert keywords["env"] in ("environment", "CLEAN_ENVIRONMENT")
    assert keywords.get("close_fds") is None, "closed, as Python does it by itself"


@pytest.mark.parametrize("module", [each for each in modules() if not is_in(each, FILE_HANDLERS)])
def test_files_are_made_and_changed_in_few_places(module: str) -> None:
    found = [
        f"{name} (line {call.lineno})"
        for name, call in calls_in(module)
        if FILE_CALLS.fullmatch(name)
    ]
    assert found == [], "how are links, pipes and strangers' files met? then add it to the places"


@pytest.mark.parametrize("module", [each for each in modules() if not is_in(each, EXITS)])
def test_only_main_exits(module: str) -> None:
    exits = [
        f"{ast.unparse(node)} (line {node.lineno})"
        for node in ast.walk(modules()[module])
        if (isinstance(node, ast.Attribute) and ast.unparse(node) in ("sys.exit", "os._exit"))
        or (isinstance(node, ast.Name) and node.id in ("exit", "quit"))
        or (isinstance(node, ast.Raise) and "SystemExit" in ast.unparse(node))
    ]
    assert exits == []


@pytest.mark.parametrize(
    "module",
    [
        each
        for each in modules()
        if is_in(each, ("changer.simulator",)) and not is_in(each, (TCMU,))
    ],
)
def test_the_simulator_writes_its_bytes_without_the_parsers(module: str) -> None:
    used = {
        each.module
        for each in own_imports(module)
        if not is_in(each.module, ("changer.simulator",))
    }
    assert used <= {"changer.errors", "changer.host.clock", "changer.smc.command"}


@pytest.mark.parametrize("imported", HEAVY)
def test_what_is_slow_to_import_is_imported_where_it_is_used(imported: str) -> None:
    users = [
        f"{module} (line {each.line})"
        for module in modules()
        for each in imports_of(module)
        if each.at_import
        and not each.for_types_alone
        and is_in(each.module, (imported,))
        and not is_in(module, HEAVY[imported])
    ]
    assert users == []


@every_module
def test_importing_a_module_does_nothing_but_define(module: str) -> None:
    tree = modules()[module]
    classes = {
        *(node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)),
        *(
            each.asname or each.name
            for node in tree.body
            if isinstance(node, ast.ImportFrom)
            for each in node.names
            if each.name[0].isupper()
        ),
    }
    for statement in tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom | ast.ClassDef | ast.FunctionDef):
            continue
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue
        if isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING":
            continue
        assert isinstance(statement, ast.Assign | ast.AnnAssign), f"line {statement.lineno}"
        for call in (node for node in ast.walk(statement) if isinstance(node, ast.Call)):
            name = ast.unparse(call.func)
            method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            assert name in VALUE_CALLS | classes or method in VALUE_METHODS, (
                f"line {call.lineno} calls {name}"
            )


def test_no_imports_go_in_a_circle() -> None:
    edges = {
        module: {
            each.module
            for each in own_imports(module)
            if each.at_import and not each.for_types_alone and each.module != module
        }
        for module in modules()
    }
    while leaves := {module for module, needed in edges.items() if not needed}:
        edges = {
            module: needed - leaves for module, needed in edges.items() if module not in leaves
        }
    assert edges == {}, "these import each other"


# In a child process


IMPORT_EVERYTHING = """
import importlib, sys
touched = []
def watch(event, arguments):
    if event == "open":
        path, mode, flags = arguments
        writes = isinstance(flags, int) and flags & 0b11
        if writes or not str(path).endswith((".py", ".pyc", ".so", ".pth", "pyvenv.cfg")):
            touched.append((event, str(path)))
    elif event.startswith(("subprocess.", "socket.", "os.", "sqlite3.", "shutil.", "fcntl.")):
        if event not in ("os.listdir", "os.scandir", "sqlite3.enable_load_extension"):
            touched.append((event, repr(arguments)))
import ast, argparse, dataclasses, difflib, fcntl, json, pathlib, re, selectors, sqlite3
import subprocess, threading, typing, urllib.parse, zlib
sys.dont_write_bytecode = True
sys.addaudithook(watch)
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(touched))
"""


def run_python(*arguments: str, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent), **(environment or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_everything_touches_neither_files_nor_processes() -> None:
    assert json.loads(run_python("-c", IMPORT_EVERYTHING, *modules())) == []


LIST_MODULES = """
import sys
from changer.cli.main import main
status = main(sys.argv[1:])
assert status == 0, status
print("\\n" + " ".join(sys.modules))
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("-l", "sim:demo", "status"),
        ("-l", "sim:demo", "status", "--json"),
        ("-l", "sim:demo", "load", "1", "0"),
        ("-l", "sim:demo", "state", "list"),
    ],
    ids=" ".join,
)
def test_the_program_starts_without_what_is_slow_to_import(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    environment = {
        "CHANGER_STATE": str(tmp_path / "state.db"),
        "CHANGER_LOCK_DIR": str(tmp_path / "lock"),
        "CHANGER_SIM_DIR": str(tmp_path / "simulated"),
    }
    output = run_python("-c", LIST_MODULES, *arguments, environment=environment)
    imported = set(output.splitlines()[-1].split())
    assert imported & set(NEVER_AT_START) == set()
    assert not any(
        each.startswith(("changer.store.maintenance.inspection", "tempfile")) for each in imported
    )
    assert "changer.cli.main" in imported
