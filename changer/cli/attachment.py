"""``changer sim attach`` and ``detach``: a virtual library as devices of this host."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from changer.cli.application import Application
from changer.cli.output import columns, count
from changer.cli.parser import Functions
from changer.errors import ChangerError, SimulatorRefused, UsageError
from changer.host.clock import SystemClock
from changer.host.trust import absolute_path
from changer.library.settings import paths

if TYPE_CHECKING:
    from changer.tcmu.attached import AttachedUnit, Attachment
    from changer.tcmu.iscsi import Portal, Target
    from changer.tcmu.loopback import DeviceNodes
    from changer.tcmu.serving_trace import ServingTrace

_UDEV_SECONDS = 20.0
_LOOPBACK = "127.0.0.1"


def configure_attach(functions: Functions) -> None:
    """Add ``changer sim attach NAME``."""
    parser = functions.add(
        "attach",
        "show one as /dev/sg, /dev/sch and /dev/st of this host (root)",
        epilog="Runs until Ctrl-C or SIGTERM, and leaves nothing behind. --trace records what "
        "is asked.",
        examples=(
            ("sim attach demo", "attach it until Ctrl-C"),
            ("sim attach demo --background", "return when its devices exist"),
            ("sim attach demo --export", "also over iSCSI, on 127.0.0.1"),
        ),
    )
    parser.add_argument("name", metavar="NAME")
    parser.add_argument(
        "--background", action="store_true", help="return when the devices are there"
    )
    parser.add_argument(
        "--export",
        metavar="ADDRESS[:PORT]",
        nargs="?",
        const=_LOOPBACK,
        help="offer it over iSCSI, without authentication; on 127.0.0.1:3260 without an address",
    )


def configure_detach(functions: Functions) -> None:
    """Add ``changer sim detach NAME``."""
    parser = functions.add(
        "detach",
        "end attach, wherever it runs (root)",
        examples=(
            ("sim detach demo", "end its attachment"),
            ("sim detach demo --cleanup", "also what a killed one left"),
            ("sim detach --cleanup", "whatever is left of any"),
        ),
    )
    parser.add_argument("name", metavar="NAME", nargs="?")
    parser.add_argument(
        "--cleanup",
        action="store_true",
        help="also what a killed one left; without NAME, whatever is left",
    )


def attach(application: Application, arguments: Namespace, folder: Path) -> None:
    """Show a library as devices of this host, until a signal ends it."""
    from changer.cli.background import Starter, in_background

    if not arguments.background:
        _show(application, arguments, folder, lambda content: _report(application, content))
        return
    starter = in_background()
    if isinstance(starter, Starter):
        with starter.reporting():
            _show(application, arguments, folder, starter.ready)
    else:
        application.progress.step(f"attaching sim:{arguments.name}")
        content = starter.wait()
        try:
            _report(application, content)
        except (OSError, ChangerError):
            # The devices were not reported: as in the foreground, they are removed again.
            from changer.tcmu.owner import end_owner

            process_id = content["process_id"]
            end_owner(arguments.name, process_id, locks=_locks(), clock=SystemClock())
            raise


def _locks() -> Path:
    return absolute_path(paths(environment=os.environ, simulated=True).locks)


def _show(
    application: Application,
    arguments: Namespace,
    folder: Path,
    report: Callable[[dict[str, Any]], None],
) -> None:
    """Attach, report the devices, and serve them until a signal comes."""
    from changer.tcmu.attached import attached

    clock = SystemClock()
    export = _portal(arguments.export)
    trace = _trace(application, arguments.name)
    try:
        with attached(
            arguments.name,
            folder=absolute_path(folder),
            locks=_locks(),
            command=" ".join(("changer", *application.arguments)),
            clock=clock,
            export=export,
            trace=trace,
            progress=application.progress.step,
        ) as attachment:
            content = _attached_json(attachment, clock, export)
            with suppress(KeyboardInterrupt):  # it is there, was asked to end, and ends
                report(content)
                application.progress.rest()
                attachment.serve()
    finally:
        if trace is not None:
            trace.close()


def _portal(text: str | None) -> Portal | None:
    if text is None:
        return None
    from changer.tcmu.iscsi import parse_portal

    return parse_portal(text)


def _trace(application: Application, name: str) -> ServingTrace | None:
    if application.options.trace is None:
        return None
    from changer.tcmu.serving_trace import ServingTrace
    from changer.transport.traced import TraceFile

    device = f"sim:{name}"
    file = TraceFile(application.options.trace, device=device, warn=application.warn)
    return ServingTrace(file, device)


def _attached_json(
    attachment: Attachment, clock: SystemClock, export: Portal | None
) -> dict[str, Any]:
    target = attachment.target
    exported = target and export and _export_json(target, export)
    units = [(unit, attachment.nodes(unit)) for unit in attachment.units]
    return {
        "name": attachment.library.name,
        "process_id": os.getpid(),
        "units": [_unit_json(unit, nodes, clock) for unit, nodes in units],
        "drivers_missing": list(attachment.drivers_missing),
        "export": exported,
    }


def _export_json(target: Target, portal: Portal) -> dict[str, Any]:
    return {
        "target": target.name,
        "address": portal.address,
        "port": portal.port,
        "loopback": portal.is_loopback,
    }


def _unit_json(unit: AttachedUnit, nodes: DeviceNodes, clock: SystemClock) -> dict[str, Any]:
    named = {
        "generic": nodes.generic,
        "changer": nodes.changer,
        "tape": nodes.tape,
        "no_rewind": nodes.no_rewind,
    }
    links = {link for node in named.values() if node is not None for link in _links(node, clock)}
    return {
        "unit": "changer" if unit.number is None else f"drive:{unit.number}",
        "serial": unit.serial,
        **{name: None if node is None else str(node) for name, node in named.items()},
        "links": sorted(map(str, links)),
    }


def _links(node: Path, clock: SystemClock) -> tuple[Path, ...]:
    """The links that udev makes to a node, after a wait for it."""
    from changer.library.discovery import udev_links

    deadline = clock.monotonic() + _UDEV_SECONDS
    while (links := udev_links(node)) is None and clock.monotonic() < deadline:
        clock.sleep(0.05)
    return links or ()


def _report(application: Application, content: dict[str, Any]) -> None:
    for driver in content["drivers_missing"]:
        application.warn(f"the kernel has no driver {driver}: some devices are missing")
    export = content["export"]
    if export and not export["loopback"]:
        application.warn(
            f"{export['target']} is open to every host that reaches {export['address']}, without"
            " authentication: each can move its cartridges"
        )
    application.output.print_json("sim-attached", content)
    rows = []
    for unit in content["units"]:
        nodes = [unit[each] for each in ("generic", "changer", "tape", "no_rewind") if unit[each]]
        rows.append((unit["unit"], *nodes))
    device = content["units"][0]["generic"]
    over = (
        f"over iSCSI: {export['target']}, {export['address']}:{export['port']}\n" if export else ""
    )
    application.output.print(
        f"sim:{content['name']} is attached, by process {content['process_id']}:\n"
        f"{columns(rows)}\n{over}"
        f"try: changer -l {device} status; end it: changer sim detach {content['name']}"
    )


def detach(application: Application, arguments: Namespace, folder: Path) -> None:  # noqa: ARG001
    """End an attachment, or remove the remains of one."""
    from changer.tcmu.kernel_modules import require_root
    from changer.tcmu.leftovers import leftover_names

    if arguments.name is None and not arguments.cleanup:
        raise UsageError("NAME is missing", hint="changer sim list shows which are attached")
    require_root()
    names = [arguments.name] if arguments.name else list(leftover_names())
    detached = [name for name in names if _detach(application, arguments, name)]
    application.output.print_json("sim-detached", {"names": detached})
    application.output.print(
        "\n".join(f"sim:{name} is detached" for name in detached) or "nothing is left"
    )


def _detach(application: Application, arguments: Namespace, name: str) -> bool:
    """Detach one library; False for a living one, which only its name can mean."""
    from changer.tcmu.leftovers import leftover_names, remove_leftovers
    from changer.tcmu.owner import end_owner, owner_of

    clock = SystemClock()
    owner = owner_of(name, locks=_locks(), clock=clock)
    if owner is not None:
        if arguments.name is None:
            return False
        application.progress.step(f"waiting for process {owner} to detach sim:{name}")
        end_owner(name, owner, locks=_locks(), clock=clock)
        return True
    if name not in leftover_names():
        raise SimulatorRefused(
            f"sim:{name} is not attached", hint="changer sim list shows which are"
        )
    if not arguments.cleanup:
        raise SimulatorRefused(
            f"sim:{name} was left by a process that was killed",
            hint=f"changer sim detach {name} --cleanup",
        )
    application.progress.step(f"removing what is left of sim:{name}")
    units = remove_leftovers(name)
    application.warn(f"sim:{name} was left by a process that was killed: {count(units, 'unit')}")
    return True


def attached_names(names: list[str]) -> dict[str, int]:
    """Virtual libraries that are attached, with the ids of the processes."""
    from changer.tcmu.owner import owner_of

    clock = SystemClock()
    owners = {name: owner_of(name, locks=_locks(), clock=clock) for name in names}
    return {name: owner for name, owner in owners.items() if owner is not None}
