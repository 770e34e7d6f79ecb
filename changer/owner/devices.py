"""Tape drives of a client, as messages have them."""

from __future__ import annotations

from pathlib import Path

from changer.library.discovery import ScsiDevice
from changer.library.model import Identity
from changer.owner.frames import Frame, number_of, optional_text, text_of, texts_of


def device_frame(device: ScsiDevice) -> Frame:
    """A device to send; where it is attached means nothing on another host."""
    identity = device.identity
    return {
        "device": str(device.device),
        "type": device.peripheral_device_type,
        "vendor": identity.vendor,
        "product": identity.product,
        "revision": identity.revision,
        "serial": identity.serial,
        "tape": str(device.tape) if device.tape else None,
        "links": [str(each) for each in device.links],
        "folder": str(device.folder) if device.folder else None,
    }


def device_of(frame: Frame) -> ScsiDevice:
    """The device that was sent. Raises MalformedData."""
    tape, folder = optional_text(frame, "tape"), optional_text(frame, "folder")
    return ScsiDevice(
        device=Path(text_of(frame, "device")),
        peripheral_device_type=int(number_of(frame, "type", most=0x1F)),
        identity=Identity(
            text_of(frame, "vendor"),
            text_of(frame, "product"),
            text_of(frame, "revision"),
            optional_text(frame, "serial"),
        ),
        tape=Path(tape) if tape else None,
        links=tuple(map(Path, texts_of(frame, "links"))),
        folder=Path(folder) if folder else None,
    )
