"""``--dry-run``: a command runs against a library and a store that show what it would do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from changer.cli.output import HeldOutput, Output, count, library_json
from changer.errors import SimulatorRefused
from changer.library.library import Library
from changer.library.opening import Request, open_library
from changer.library.reserved_slots import ReservedSlots
from changer.store.protocol import Store
from changer.store.records import Cleaner
from changer.transport.dry_run import DryRun, DryRunStops, Event, Step, UnsentCommand
from changer.values import replace


@contextmanager
def library_dry_run(request: Request, output: Output) -> Iterator[Library]:
    """Open a library to act on without effect, and show the steps at the end."""
    dry_run = DryRun()
    request = replace(request, dry_run=dry_run, log_warning=lambda _: None)
    with open_library(request) as library, output.holding() as held:
        before = _kept(library)
        with suppress(DryRunStops):
            yield library
        records = [new for old, new in zip(before, _kept(library), strict=True) if old != new]
        device = library_json(library)
    _report(output, held, library=device, steps=dry_run.steps, records=records)


@contextmanager
def store_dry_run(copy: Store, output: Output) -> Iterator[Store]:
    """Lend a copy of the state store that is thrown away, and show what would be said."""
    with copy as store, output.holding() as held:
        yield store
    _report(output, held)


@contextmanager
def folder_dry_run(folder: Path, output: Output) -> Iterator[Path]:
    """Lend a copy of the folder of virtual libraries that is thrown away; as store_dry_run."""
    import shutil
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="changer-dry-run-") as made, output.holding() as held:
        copied = Path(made) / "simulated"
        try:
            shutil.copytree(folder, copied)
        except FileNotFoundError:
            pass  # the first library makes it
        except OSError as error:
            raise SimulatorRefused(f"{folder} can't be copied: {error}") from error
        yield copied
    _report(output, held)


def _kept(library: Library) -> tuple[str, str, str]:
    """The library's records that a command may change, in words."""
    reserved = ReservedSlots.for_(library)
    prevented = library.prevention.is_wanted(library.store)
    slots = ", ".join(f"slot @{each}" for each in reserved)
    cleaners = "; ".join(map(_cleaner_words, reserved.cleaners))
    return (
        f"reserved: {slots}" if slots else "no reserved slot",
        f"cleaner: {cleaners}" if cleaners else "no cleaner",
        f"medium removal: {'prevented' if prevented else 'allowed'}",
    )


def _cleaner_words(cleaner: Cleaner) -> str:
    left = "not known how many cleanings"
    if cleaner.cleans_left is not None:
        left = count(cleaner.cleans_left, "cleaning")
    return f"{cleaner.volume_tag or 'no label'}, {left} left"


def _report(
    output: Output,
    held: HeldOutput,
    *,
    library: dict[str, Any] | None = None,
    steps: Sequence[Step] = (),
    records: Sequence[str] = (),
) -> None:
    """Print the steps, the records that would change, and what the command would say."""
    output.print_json(
        "rehearsal",
        {
            "library": library,
            "steps": [_step_json(each) for each in steps],
            "records": list(records),
            "result": held.document,
        },
    )
    for step in steps:
        output.print(_step_line(step))
    for record in records:
        output.print(f"would keep: {record}")
    for line in "\n".join(held.lines).splitlines():
        output.print(f"would say: {line}")
    output.print("dry run: nothing was sent that changes anything, and nothing was kept")


def _step_json(step: Step) -> dict[str, Any]:
    if isinstance(step, UnsentCommand):
        what = {"command": step.name, "device": step.device, "cdb": step.cdb.hex()}
        data_out = {"data_out": step.data_out.hex()} if step.data_out else {}
        return {"kind": "command", **what, **data_out}
    if isinstance(step, Event):
        return {"kind": "event", "what": step.what}
    return {"kind": "check", "what": step.what, "imagined": step.imagined}


def _step_line(step: Step) -> str:
    if isinstance(step, UnsentCommand):
        data_out = f" with {step.data_out.hex(' ')}" if step.data_out else ""
        return f"would send to {step.device}: {step.cdb.hex(' ')}{data_out} ({step.name})"
    if isinstance(step, Event):
        return f"then {step.what}"
    return f"{'would check' if step.imagined else 'checked'}: {step.what}"
