"""``--dry-run``: runs a command against a library and a store that only show what it would do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from changer.cli.status import library_json
from changer.errors import SimulatorRefused
from changer.library.library import Library
from changer.library.opening import open_library
from changer.library.reserved_slots import ReservedSlots
from changer.store import Store, scratch_copy
from changer.transport.dry_run import DryRun, DryRunStops, Event, Step, UnsentCommand

if TYPE_CHECKING:
    from changer.cli.application import Application, HeldOutput

__all__ = ["rehearsed_folder", "rehearsed_library", "rehearsed_store"]


@contextmanager
def rehearsed_library(application: Application) -> Iterator[Library]:
    """The library that is meant, to act on without effect; at the end it is shown what."""
    dry_run = DryRun()
    request = replace(application.request(), dry_run=dry_run, announce=lambda _: None)
    with open_library(request) as library, application.holding_output() as held:
        before = _kept(library)
        with suppress(DryRunStops):
            yield library
        records = [new for old, new in zip(before, _kept(library), strict=True) if old != new]
        device = library_json(library)
    _tell(application, held, library=device, steps=dry_run.steps, records=records)


@contextmanager
def rehearsed_store(application: Application) -> Iterator[Store]:
    """A copy of the state store that is thrown away; at the end it is shown what it is for."""
    with scratch_copy(application.open_store()) as store, application.holding_output() as held:
        yield store
    _tell(application, held)


@contextmanager
def rehearsed_folder(application: Application, folder: Path) -> Iterator[Path]:
    """A copy of the folder of virtual libraries that is thrown away; as the others."""
    import shutil
    from tempfile import TemporaryDirectory

    with (
        TemporaryDirectory(prefix="changer-dry-run-") as made,
        application.holding_output() as held,
    ):
        copied = Path(made) / "simulated"
        try:
            shutil.copytree(folder, copied)
        except FileNotFoundError:
            copied.mkdir()
        except OSError as error:
            raise SimulatorRefused(f"{folder} can't be copied: {error}") from error
        yield copied
    _tell(application, held)


def _kept(library: Library) -> tuple[str, str, str]:
    """What matters of what is kept, in words."""
    reserved = ReservedSlots.for_(library)
    cleaner = library.store.cleaner(library.id)
    prevented = library.prevention.is_wanted(library.store)
    return (
        f"reserved: slot @{reserved.primary}" if reserved else "no reserved slot",
        f"cleaner: {cleaner.volume_tag or 'no label'}, {cleaner.cleans_left} cleans left"
        if cleaner
        else "no cleaner",
        f"medium removal: {'prevented' if prevented else 'allowed'}",
    )


def _tell(
    application: Application,
    held: HeldOutput,
    *,
    library: dict[str, Any] | None = None,
    steps: Sequence[Step] = (),
    records: Sequence[str] = (),
) -> None:
    """What was found, what would be done, and what the command would then print."""
    application.print_json(
        "rehearsal",
        {
            "library": library,
            "steps": [_step_json(each) for each in steps],
            "records": list(records),
            "result": held.document,
        },
    )
    for step in steps:
        application.print(_step_line(step))
    for record in records:
        application.print(f"would keep: {record}")
    for line in "\n".join(held.lines).splitlines():
        application.print(f"would say: {line}")
    application.print("dry run: nothing was sent that changes anything, and nothing was kept")


def _step_json(step: Step) -> dict[str, Any]:
    if isinstance(step, UnsentCommand):
        what = {"command": step.name, "device": step.device, "cdb": step.cdb.hex()}
        return {"kind": "command", **what}
    if isinstance(step, Event):
        return {"kind": "event", "what": step.what}
    return {"kind": "check", "what": step.what, "imagined": step.imagined}


def _step_line(step: Step) -> str:
    if isinstance(step, UnsentCommand):
        return f"would send to {step.device}: {step.cdb.hex(' ')} ({step.name})"
    if isinstance(step, Event):
        return f"then {step.what}"
    return f"{'would check' if step.imagined else 'checked'}: {step.what}"
