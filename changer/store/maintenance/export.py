"""Export: all that a store holds as a document, of its own schema or of an older one."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from changer.errors import ChangerError, UsageError
from changer.store.failures import store_failures
from changer.store.maintenance.document import to_document
from changer.store.maintenance.inspection import require_sound
from changer.store.maintenance.older_schema import OlderContent, as_older_schema
from changer.store.maintenance.sources import copy_of
from changer.store.maintenance.summary import Contents, contents_of
from changer.store.schema import migrate
from changer.store.table_columns import Row
from changer.values import NamedTuple


class Exported(NamedTuple):
    """A document, its summary, and what the store has that its schema can't hold, in words."""

    document: Row
    contents: Contents
    left_out: tuple[str, ...]


def exported(
    place: Path | str,
    *,
    exported_at: float,
    host: str,
    schema: int | None = None,
    lossy: bool = False,
) -> Exported:
    """The document of a store, of a file or a server, with its summary.

    ``schema``: one of OLDER_SCHEMAS; None: the newest. The store is not changed. Raises as
    ``copy_of``; StoreFailed when it is damaged; UsageError, unless ``lossy``, when that schema
    can't hold everything.
    """
    path = Path(place)
    with copy_of(place) as copy, store_failures(path), ExitStack() as stack:
        try:
            require_sound(copy, place)
        except ChangerError as error:
            error.add_context(after="nothing was exported")
            raise
        migrate(copy, path)
        content = OlderContent(copy, ())
        if schema is not None:
            content = as_older_schema(copy, schema)
            stack.callback(content.copy.close)
        if content.left_out and not lossy:
            raise UsageError(
                f"schema {schema} can't hold everything: {'; '.join(content.left_out)};"
                " nothing was exported",
                hint="--lossy leaves that out; changer state backup FILE keeps it for this version",
            )
        document = to_document(content.copy, exported_at=exported_at, host=host)
        return Exported(document, contents_of(content.copy), content.left_out)
