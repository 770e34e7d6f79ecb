"""``changer status``: what is where in a library, and what wants attention."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from changer.cli.application import Application
from changer.cli.output import library_json
from changer.cli.parser import Command, Parser, offer
from changer.errors import UsageError
from changer.library.library import Library
from changer.values import NamedTuple, replace

if TYPE_CHECKING:
    from changer.library.findings import Finding
    from changer.library.inventory import Inventory
    from changer.library.selection import Selection
    from changer.library.status import LibraryStatus


def _configure_status(parser: Parser) -> None:
    add = parser.add_argument
    add(
        "named",
        metavar="PLACE",
        nargs="*",
        help="only these: 12, 1-12, drive:0, mail:1, picker, @1012, a label, or a pattern of "
        "labels such as 'A*'",
    )
    add("--drives", dest="types", action="append_const", const="drives", help="only drives")
    add("--slots", dest="types", action="append_const", const="slots", help="only slots")
    add("--mail", dest="types", action="append_const", const="mail", help="only mail slots")
    add("--full", action="store_true", help="only what is full")
    add("--empty", action="store_true", help="only what is empty")
    add("--cleaners", action="store_true", help="only cleaning cartridges and reserved slots")
    add("--problems", action="store_true", help="only what wants attention")
    add("--all", action="store_true", help="list each slot, also where the screen is too small")
    columns = add(
        "--columns",
        metavar="LIST",
        type=_titles,
        default=(),
        help="a table of these columns, such as place,label,type",
    )
    column = add(
        "--sort", metavar="COLUMN", type=_title, help="sort drives, slots and mail slots by it"
    )
    for each in (columns, column):
        offer(each, _known_titles)
    add(
        "--color",
        metavar="WHEN",
        choices=["auto", "always", "never"],
        default="auto",
        help="auto (on a terminal, unless NO_COLOR is set), always or never",
    )
    parser.epilog = (
        "columns: place, address, contents, present, label, type, cleaner, source, access,\n"
        "exception, serial, device, cleaning, reserved\n\n"
        "Options of one kind add up; a place has to fit the names, the kind and the contents.\n"
        "On a terminal that has fewer lines than the library has slots, slots are shown in\n"
        "ranges. A slot whose magazine is out is shown as not present, never as empty; what the\n"
        "library can't tell is shown as unknown, with its reason."
    )


def _titles(text: str) -> tuple[str, ...]:
    return tuple(map(_title, text.split(",")))


def _known_titles() -> tuple[str, ...]:
    from changer.library.columns import TITLES

    return tuple(TITLES)


def _title(text: str) -> str:
    from changer.library.columns import TITLES

    if text in TITLES:
        return text
    from argparse import ArgumentTypeError
    from difflib import get_close_matches

    close = get_close_matches(text.lower(), TITLES, n=1)
    meant = f"did you mean {close[0]}?" if close else f"there are {', '.join(TITLES)}"
    raise ArgumentTypeError(f"there is no column {text!r}; {meant}")


class _Shown(NamedTuple):
    """What is shown of a library: the chosen rows, and of which all, and the findings on them."""

    status: LibraryStatus
    whole: LibraryStatus
    attention: tuple[Finding, ...]


def _status(application: Application, arguments: Namespace) -> int:
    selection = _selection(arguments)
    if arguments.columns and application.options.json:
        raise UsageError("--columns is for text", hint="a document has every column")
    with application.open_library("look") as library:
        application.progress.step(f"reading {library.id}")
        inventory = library.read()
        shown = _chosen(library, inventory, selection, sort=arguments.sort)
        if application.options.json:
            _print_document(application, library, shown)
        else:
            _print_text(application, library, arguments, shown)
    return 0


def _chosen(
    library: Library, inventory: Inventory, selection: Selection | None, *, sort: str | None
) -> _Shown:
    """What the reading shows, as it is chosen and sorted."""
    # What only prints is imported while the library is not waited for any more.
    from changer.journal.home import Homes
    from changer.library.attention import find_attention
    from changer.library.attention_facts import store_facts
    from changer.library.drive_map import device_finder
    from changer.library.status import library_status

    whole = library_status(
        library,
        inventory,
        find_device=device_finder(library),
        find_home=Homes(library, inventory).address_of,
    )
    numbering = inventory.numbering
    attention = find_attention(whole, store_facts(library), numbering=numbering)
    if sort is not None:
        whole = _sorted(whole, sort)
    if selection is None:
        return _Shown(whole, whole, attention)
    from changer.library.selection import concerning, select

    status = select(whole, selection, attention, numbering=numbering)
    if not selection.problems:
        attention = concerning(attention, status, numbering=numbering)
    return _Shown(status, whole, attention)


def _selection(arguments: Namespace) -> Selection | None:
    """What the arguments choose; None for everything. Raises UsageError."""
    wanted = {each: getattr(arguments, each) for each in ("full", "empty", "cleaners", "problems")}
    if not (arguments.named or arguments.types or any(wanted.values())):
        return None
    from changer.library.selection import Selection, parse_named

    named = tuple(map(parse_named, arguments.named))
    return Selection(named, frozenset(arguments.types or ()), **wanted)


def _sorted(status: LibraryStatus, title: str) -> LibraryStatus:
    from changer.library.columns import sort_key

    return replace(
        status,
        drives=tuple(sorted(status.drives, key=lambda each: sort_key(each, title))),
        slots=tuple(sorted(status.slots, key=lambda each: sort_key(each, title))),
        mail=tuple(sorted(status.mail, key=lambda each: sort_key(each, title))),
    )


def _print_document(application: Application, library: Library, shown: _Shown) -> None:
    from changer.documents.status import status_document

    application.output.print_json(
        "status", status_document(shown.status, shown.attention, library=library_json(library))
    )


def _print_text(
    application: Application, library: Library, arguments: Namespace, shown: _Shown
) -> None:
    from changer.cli.screen import screen_of_output
    from changer.cli.status_text import StatusView, status_lines

    identity = library.identity
    serial = f", serial {identity.serial}" if identity.serial else ""
    alias = f"{library.settings.alias}: " if library.settings.alias else ""
    is_quiet = arguments.problems and not shown.attention
    view = StatusView(
        title=f"{alias}{identity.name} {identity.revision}{serial}, {library.device}",
        status=shown.status,
        whole=shown.whole,
        attention=shown.attention,
        screen=screen_of_output(arguments.color),
        titles=arguments.columns,
        is_listed=bool(arguments.all or arguments.named or arguments.sort),
        nothing="nothing wants attention" if is_quiet else "",
    )
    application.output.print_lines(status_lines(view), is_coloured=view.screen.is_coloured)
    if application.options.verbose:
        _print_model(application, library, shown.status)


def _print_model(application: Application, library: Library, status: LibraryStatus) -> None:
    """What the atlas knows of this model, and of its drives."""
    from changer.library.known_drives import drive_lines
    from changer.library.known_model import count_text, known_codes, known_habits

    identity = library.identity
    words = [f"{each.name} ({each.words})" for each in known_habits(identity)]
    if codes := known_codes(identity):
        words.append(count_text(codes))
    application.output.print(f"model: {'; '.join(words) or 'nothing special is known of it'}")
    numbers = {each.address: each.number for each in status.drives}
    told = library.store.drives(library.id) or ()  # by the reading that was just shown
    products = (
        (numbers[each.address], each.product)
        for each in told
        if each.product and each.address in numbers
    )
    for line in drive_lines(products):
        application.output.print(line)


COMMANDS = {
    "status": Command(
        _configure_status,
        _status,
        examples=(
            ("status", "show drives, slots and mail slots"),
            ("status 'A*' mail:1", "show where these labels are, and mail slot 1"),
            ("status --problems", "show what wants attention"),
        ),
    )
}
