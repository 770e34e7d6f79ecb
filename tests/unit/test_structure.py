"""The rules that keep the rooms of the package apart, read from its source and its start."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache

import pytest
from package_source import (
    PACKAGE,
    calls,
    imports,
    is_in,
    modules,
    nodes,
    own_imports,
    where,
    written,
)


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def at(text: str) -> tuple[str, ...]:
    """Rooms and modules of the package."""
    return tuple(f"changer.{word}" for word in words(text))


# The spine, from the ground up: a folder of the package, or a module at its top. A room imports
# from itself and from rooms before it, and none of those imports from it. The simulator is a
# device, which a transport reaches; tcmu is a program that shows it to the kernel.
ROOMS = at(
    "printable values errors host smc simulator transport lock store store.maintenance tcmu"
    " events library owner drives journal moves cleaning doctor overview documents metrics api ntms"
    " top web cli hooks hooks.mtx hooks.autochanger"
)
# What other rooms may import of a room; of the others, everything.
DOORS = {
    "changer.store": (
        "changer.store",
        *at("store.coordination store.protocol store.records store.sharing"),
    ),
    "changer.store.maintenance": at(
        "store.maintenance.backup store.maintenance.document store.maintenance.export"
        " store.maintenance.inspection store.maintenance.merging store.maintenance.replacement"
        " store.maintenance.summary"
    ),
}
# Earlier on the spine, and still not to be known.
STRANGERS = {
    "changer.store": at("transport simulator smc"),
    "changer.tcmu": at("store transport.sg_io transport.sg_raw"),
    "changer.library.discovery": at("store transport simulator"),
    "changer.library.settings": at("store transport simulator"),
}

# The rooms that decide: what they need of the host, these modules alone ask it for.
DECIDING = at(
    "printable values errors smc library drives journal moves cleaning doctor metrics top"
)
ASKING_THE_HOST = at(
    "library.choose library.discovery library.given_name library.opening library.owner_choice"
    " library.settings library.settings_document library.settings_lines"
    " drives.cleaning_mark"
    " drives.drive_owner drives.drive_use moves.drive_eject cleaning.background"
    " cleaning.side_by_side doctor.gathering"
    " top.application top.board_view top.dialogs top.installation top.styles top.terminal"
)
# Those of them that need no device either, nor a store.
PURE = at(
    "cleaning.refusals drives.cleaning_guard drives.media_family errors events.kinds events.news"
    " library.addressing library.alias"
    " library.auto_clean library.element_state library.inventory library.library_settings"
    " library.media_labels library.model library.owner_address library.toml_text printable smc"
    " store.records values"
)
# All that a module without I/O needs of the standard library.
PURE_LIBRARY = words(
    "__future__ bisect collections collections.abc contextlib dataclasses difflib enum fnmatch"
    " functools itertools operator re struct types typing zlib"
)
IMPURE_NAMES = words("open print input exec eval compile __import__ breakpoint")

# The only ones that may import something.
RESERVED_IMPORTS = {
    # The server: of the command alone, and of nothing that a load needs.
    **dict.fromkeys(words("asyncio h11 uvicorn starlette"), at("web")),
    "changer.web": at("web cli.serve"),
    "subprocess": at(
        "transport.sg_raw tcmu.kernel_modules events.detached events.run_program owner.ssh"
        " doctor.gathering.programs"
    ),
    # Slow to declare and to import; changer.values has what is used of it.
    "dataclasses": at("values"),
    "pyudev": at("library.discovery"),
    # sqlite3 is all of _sqlite3, and two converters for which it imports datetime.
    "_sqlite3": at("store"),
    "sqlite3": (),
    "psycopg": at("store.postgresql"),
    # An entry of the journal, with fields; whether an address is of this host.
    "socket": at("host.journald tcmu.iscsi web.listening"),
    "threading": at(
        "owner.client owner.conversation owner.signals "
        "tcmu.service cli.application simulator.lock_file cleaning.background cleaning.side_by_side"
        " store.sqlite_database store.postgresql.database store.postgresql.heartbeat"
        " store.postgresql.lease store.postgresql.link host.interrupts doctor.gathering.bounded"
        " overview.reader"
    ),
    "argparse": at("cli hooks"),
    # Optional, and needed for the screen of top alone.
    "textual": at("top"),
    "rich": at("top"),
    # The rights of one thread, which Python's own library can't set.
    "ctypes": at("host.trust"),
    # Memory by its address, which the kernel writes to.
    "array": at("transport.sg_io"),
    # Of a store, SQLite alone locks and writes pages.
    "fcntl": at("lock.flock lock.mark lock.note simulator.lock_file"),
    # What carries commands is chosen in one place, and so is what keeps state.
    "changer.transport.sg_io": at("transport.opening"),
    "changer.transport.sg_raw": at("transport.opening transport.sg_io"),
    "changer.transport.replay": at("transport.opening"),
    "changer.simulator.transport": at("transport.opening simulator tcmu"),
    "changer.simulator": at(
        "simulator tcmu transport.opening library.choose cli.attachment cli.sim cli.sim_from_trace"
        " cli.sim_profiles cli.sim_show"
    ),
    "changer.tcmu": at("tcmu cli.attachment doctor.gathering.kept"),
    # Programs that share a library meet in one place, which knows how: store, locks, liveness.
    # Who shows a virtual library is a matter of this host's kernel alone.
    "changer.lock": at("lock store.coordination store.postgresql tcmu.owner"),
    "changer.host.atomic_file": at("store"),
    # Owners and groups of folders: the store's, and the locks'.
    "changer.host.shared_files": at("store lock.flock library.choose"),
}
EDGE = at("cli hooks")
EXITS = at("cli.process")
# Which slots are reserved, and so what may go where, is answered in one place; what works on a
# store without its library, or on a backup of one, reads it there.
READERS_OF_RESERVATIONS = at("library.reserved_slots store cli.state cli.state_forget")

# No shell, and no code from what was read.
SHELLS_AND_CODE = re.compile(
    r"os\.(system|popen|exec\w+|spawn\w+|posix_spawn\w*)|subprocess\.get\w+|pty\.\w+|shell"
    r"|eval|exec|compile|__import__|(pickle|marshal|shelve|dill|yaml)\.\w+"
    r"|\w+\.(load_extension|enable_load_extension|create_subprocess_shell)"
)
# Declares classes: its code is of the names that a class gives its fields, in its own source.
DECLARING = at("values")
CODE_MODULES = words("pickle marshal shelve dill yaml pty code pdb")
# Programs that are given something to read: a document of events, a command's data-out, which is
# nothing (``subprocess.DEVNULL``) for most.
GIVEN = {
    "changer.events.run_program": "subprocess.PIPE",
    "changer.owner.ssh": "subprocess.PIPE",
    "changer.transport.sg_raw": "standard_input",
}
# What makes, opens or changes files, and the places that do, with links, pipes and strangers' files
# in mind.
FILE_CALLS = re.compile(
    r"(?:.*\.)?(open|fdopen|mknod|mkfifo|mkdir|makedirs|touch|write_text|write_bytes|symlink|"
    r"symlink_to|hardlink_to|link|rename|renames|chmod|fchmod|lchmod|chown|fchown|lchown|truncate|"
    r"mkstemp|mkdtemp|TemporaryDirectory|NamedTemporaryFile|TemporaryFile|copytree|copyfile|rmtree)"
)
FILE_HANDLERS = at(
    "host.atomic_file host.guarded_files host.shared_files lock.flock lock.mark lock.use"
    " library.settings moves.drive_eject owner.answers simulator.creation simulator.lock_file"
    " simulator.state_file tcmu top.terminal transport.device_node"
    " store.maintenance.backup store.maintenance.replacement"
    " cli.background cli.dry_run cli.export cli.process cli.state_files web.listening"
)

# What costs start-up time, and where it may be imported at module level, because it is needed at
# once.
HEAVY = {
    **dict.fromkeys(
        ("textual", "rich"),
        at("top.application top.board_view top.dialogs top.styles top.terminal"),
    ),
    **dict.fromkeys(
        words(
            "ctypes importlib.metadata inspect multiprocessing pyudev tempfile tomllib urllib uuid"
        ),
        (),
    ),
    **dict.fromkeys(words("asyncio concurrent.futures hashlib logging"), at("web")),
    "difflib": at("simulator.words"),
    # Of events: modules that are imported when there is one.
    "json": at(
        "web transport.trace_record simulator.state_format store.event_tables lock.note"
        " events.document events.delivery events.detached owner.frames"
    ),
    "psycopg": at("store.postgresql"),
    "subprocess": at(
        "transport.sg_raw tcmu.kernel_modules events.detached events.run_program owner.ssh"
        " doctor.gathering.programs"
    ),
}

# How Python's named tuples read a field; a property that anyone can make takes twice as long.
OF_PYTHON_ITSELF = ("_tuplegetter",)

# Calls at module level that make a value and do nothing else.
VALUE_CALLS = words("frozenset get_args ord range bytes TypeVar Path re.compile struct.Struct")
VALUE_METHODS = {"join", "with_name", "at"}
# What a row of a table is written with.
ROW_MAKERS = at(
    "smc.atlas.code_row.element smc.atlas.code_row.sense smc.atlas.evidence.sam_codes"
    " values.replace"
)


@cache
def room_of(module: str) -> str:
    """Its room; the package itself, which shows the API, counts as that."""
    rooms = [room for room in ROOMS if is_in(module, (room,))]
    return max(rooms, key=len) if rooms else "changer.ntms"


# Rooms


def test_every_room_has_its_place_on_the_spine() -> None:
    outside = [name for name in modules() if name != "changer" and not is_in(name, ROOMS)]
    assert outside == []
    assert [room for room in ROOMS if room not in modules()] == []


def test_no_room_imports_from_one_further_up() -> None:
    order = ROOMS.index
    arrows = [(order(room_of(a.importer)), order(room_of(a.module)), a) for a in own_imports()]
    assert [str(arrow) for upper, lower, arrow in arrows if lower > upper] == []


def test_no_room_imports_back() -> None:
    arrows = {(room_of(each.importer), room_of(each.module)) for each in own_imports()}
    both = [(one, other) for one, other in arrows if one != other and (other, one) in arrows]
    assert both == []


def test_rooms_are_entered_by_their_doors() -> None:
    inward = [each for each in own_imports() if not is_in(each.importer, ("changer.store",))]
    doors = {each: DOORS.get(room_of(each.module), (each.module,)) for each in inward}
    assert [str(each) for each, open_ones in doors.items() if each.module not in open_ones] == []


def test_no_package_imports_its_modules_with_it() -> None:
    folders = (file.relative_to(PACKAGE.parent).parent for file in PACKAGE.rglob("__init__.py"))
    packages = {".".join(each.parts) for each in folders}
    with_it = [
        str(each)
        for each in own_imports()
        if each.importer in packages and each.at_once and is_in(each.module, (each.importer,))
    ]
    assert with_it == []


def test_no_module_knows_the_neighbours_that_it_is_kept_apart_from() -> None:
    pairs = [
        (each, home)
        for each in own_imports()
        for home in STRANGERS
        if is_in(each.importer, (home,))
    ]
    assert [str(each) for each, home in pairs if is_in(each.module, STRANGERS[home])] == []


def test_what_decides_does_no_io_and_reads_no_clock() -> None:
    def decides(module: str) -> bool:
        return is_in(module, DECIDING) and not is_in(module, ASKING_THE_HOST)

    imported = [
        str(each)
        for each in imports()
        if decides(each.importer)
        if not is_in(each.module, ("changer",)) and each.module not in PURE_LIBRARY
    ]
    assert imported == []
    called = [
        where(module, node)
        for module, node in nodes()
        if decides(module) and isinstance(node, ast.Name) and node.id in IMPURE_NAMES
        if not (node.id == "exec" and is_in(module, DECLARING))
    ]
    assert called == []


def test_what_is_pure_imports_what_is_pure() -> None:
    used = [each for each in own_imports() if is_in(each.importer, PURE)]
    assert [str(each) for each in used if not is_in(each.module, PURE)] == []
    assert all(place in modules() for place in (*PURE, *ASKING_THE_HOST))


@pytest.mark.parametrize("imported", RESERVED_IMPORTS)
def test_some_modules_are_imported_in_one_place_alone(imported: str) -> None:
    users = [each for each in imports() if is_in(each.module, (imported,))]
    assert [str(it) for it in users if not is_in(it.importer, RESERVED_IMPORTS[imported])] == []


def test_the_simulator_writes_its_bytes_without_the_parsers() -> None:
    allowed = (
        *sys.stdlib_module_names,
        *at("errors host.clock host.interrupts smc.command smc.atlas.evidence simulator values"),
    )
    used = [each for each in imports() if room_of(each.importer) == "changer.simulator"]
    assert [str(each) for each in used if not is_in(each.module, allowed)] == []


def test_what_may_go_where_is_answered_in_one_place() -> None:
    readers = {module for module, name, _ in calls() if name.endswith(".reservation")}
    assert [each for each in readers if not is_in(each, READERS_OF_RESERVATIONS)] == []


def test_whether_a_process_lives_is_asked_in_the_store_alone() -> None:
    askers = {
        module
        for module, node in nodes()
        if isinstance(node, ast.ImportFrom) and node.module == "changer.host.processes"
        if any(each.name == "is_alive" for each in node.names)
    }
    assert askers and all(is_in(each, at("store")) for each in askers)


# What a module does


def test_only_the_edge_speaks_to_people() -> None:
    streams = ("sys.stdout", "sys.stderr", "sys.stdin", "sys.argv")
    said = [
        where(module, node)
        for module, node in nodes()
        if not is_in(module, EDGE)
        if (isinstance(node, ast.Name) and node.id in ("print", "input"))
        or (isinstance(node, ast.Attribute) and written(node) in streams)
        or (isinstance(node, ast.ImportFrom) and node.module == "sys")
    ]
    assert said == []


def test_text_leaves_in_one_place() -> None:
    """The place that makes it printable."""
    ways = ("print", "sys.stdout.write", "sys.stderr.write")
    mouths = {(module, name) for module, name, _ in calls() if name in ways}
    assert mouths == {("changer.cli.output", way) for way in ways[1:]}


def test_there_is_no_shell_and_no_code_from_data() -> None:
    found = [
        where(module, call)
        for module, name, call in calls()
        if (SHELLS_AND_CODE.fullmatch(name) and not (name == "exec" and is_in(module, DECLARING)))
        or any(keyword.arg in ("shell", "executable") for keyword in call.keywords)
    ]
    assert found == []
    assert [str(each) for each in imports() if is_in(each.module, CODE_MODULES)] == []


@pytest.mark.parametrize("module", RESERVED_IMPORTS["subprocess"])
def test_programs_are_started_by_a_list_of_words_in_a_clean_environment(module: str) -> None:
    starters = ("subprocess.run", "subprocess.Popen")
    starts = [call for place, name, call in calls() if place == module and name in starters]
    assert len(starts) == 1, "one place in each module that may"
    keywords = {each.arg: ast.unparse(each.value) for each in starts[0].keywords}
    assert isinstance(starts[0].args[0], ast.List)
    assert ast.unparse(starts[0].args[0]).startswith("[find_program(argv[0]")
    assert keywords["stdin"] == GIVEN.get(module, "subprocess.DEVNULL")
    assert keywords["env"] in ("environment", "CLEAN_ENVIRONMENT")
    assert keywords.get("close_fds") is None, "closed, as Python does it by itself"


def test_files_are_made_and_changed_in_few_places() -> None:
    found = [
        where(module, call)
        for module, name, call in calls()
        if FILE_CALLS.fullmatch(name) and not is_in(module, FILE_HANDLERS)
    ]
    assert found == [], "how are links, pipes and strangers' files met? then add it to the places"


def test_the_current_folder_is_asked_for_in_one_place() -> None:
    """It may have been deleted, which is an error to tell, and no traceback."""
    ways = ("absolute", "realpath", "abspath", "resolve", "getcwd", "cwd")
    found = [
        where(module, node)
        for module, node in nodes()
        if isinstance(node, ast.Attribute) and node.attr in ways
        if not is_in(module, at("host.trust"))
    ]
    assert found == []


def test_documents_choose_what_they_show() -> None:
    """A new field of a record is in no document until one names it."""
    whole = ("asdict", "astuple", "vars", "dataclasses.asdict", "dataclasses.astuple")
    assert [where(module, call) for module, name, call in calls() if name in whole] == []


def test_only_main_exits() -> None:
    exits = [
        where(module, node)
        for module, node in nodes()
        if not is_in(module, EXITS)
        if (isinstance(node, ast.Attribute) and written(node) in ("sys.exit", "os._exit"))
        or (isinstance(node, ast.Name) and node.id in ("exit", "quit"))
        or (isinstance(node, ast.Raise) and "SystemExit" in ast.unparse(node))
    ]
    assert exits == []


# What happens at import


@pytest.mark.parametrize("imported", HEAVY)
def test_what_is_slow_to_import_is_imported_where_it_is_used(imported: str) -> None:
    users = [each for each in imports() if each.at_once and is_in(each.module, (imported,))]
    assert [str(each) for each in users if not is_in(each.importer, HEAVY[imported])] == []


def test_named_tuples_are_declared_with_what_is_cheap_to_declare() -> None:
    declared = [
        where(module, node)
        for module, node in nodes()
        if isinstance(node, ast.ImportFrom) and node.module in ("typing", "collections")
        if {each.name for each in node.names} & {"NamedTuple", "namedtuple"}
        if not is_in(module, DECLARING)
    ]
    assert declared == []


def test_what_a_module_keeps_to_itself_begins_with_an_underscore() -> None:
    """So no module needs a list of its public names, but those that are imported with ``*``."""
    taken = [
        where(module, node)
        for module, node in nodes()
        if isinstance(node, ast.ImportFrom)
        and node.module != "__future__"
        and any(
            each.name.startswith("_") and each.name not in ("__all__", *OF_PYTHON_ITSELF)
            for each in node.names
        )
    ]
    assert taken == []
    listing = {
        module
        for module, node in nodes()
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    }
    assert listing == set(at("api ntms.functions"))


def test_no_imports_go_in_a_circle() -> None:
    """Not even imports that a function makes, or that only types need."""
    edges: dict[str, set[str]] = {module: set() for module in modules()}
    for each in own_imports():
        if each.module != each.importer:
            edges[each.importer].add(each.module)
    while leaves := {module for module, needed in edges.items() if not needed}:
        edges = {name: needed - leaves for name, needed in edges.items() if name not in leaves}
    assert edges == {}, "these import each other"


def test_importing_a_module_does_nothing_but_define() -> None:
    done = [where(module, node) for module, tree in modules().items() for node in _acts(tree)]
    assert done == []


def _acts(tree: ast.Module) -> Iterator[ast.AST]:
    """Statements and calls at module level that do more than make a value."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    definitions = (ast.Import, ast.ImportFrom, ast.ClassDef, *functions)
    values = {
        *VALUE_CALLS,
        *(node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)),
        *(
            each.asname or each.name
            for node in tree.body
            if isinstance(node, ast.ImportFrom)
            for each in node.names
            if each.name[0].isupper() or f"{node.module}.{each.name}" in ROW_MAKERS
        ),
    }
    for statement in tree.body:
        if isinstance(statement, definitions) or (
            isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        ):
            continue
        if isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING":
            continue
        if not isinstance(statement, ast.Assign | ast.AnnAssign):
            yield statement
        for call in (node for node in ast.walk(statement) if isinstance(node, ast.Call)):
            method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            if ast.unparse(call.func) not in values and method not in VALUE_METHODS:
                yield call
