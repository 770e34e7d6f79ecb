"""Identity of a device as `sg_inq` and `sg_vpd` print it; sg3_utils 1.46 to 1.48 differ."""

import re
from dataclasses import dataclass, field

from .tool import told

_STANDARD = re.compile(
    r"standard INQUIRY:\n"
    r"  PQual=0  (?:PDT|Device_type)=(?P<type>\d)  RMB=1  LU_CONG=0  (?:hot_pluggable=0  )?"
    r"version=0x05  \[SPC-3\]\n"
    # None of the flags is set.
    r"  \[AERC=0\]  \[TrmTsk=0\]  NormACA=0  HiSUP=0  Resp_data_format=2\n"
    r"(?:  (?:\[?\w+=0\]?(?:  )?)+\n)+"
    r"    length=36 \(0x24\)   Peripheral device type: (?P<type_name>.+)\n"
    r" Vendor identification: (?P<vendor>.{8})\n"
    r" Product identification: (?P<product>.{16})\n"
    r" Product revision level: (?P<revision>.{4})\n"
    r"(?: Unit serial number: (?P<serial>.+)\n)?"
)
_SUPPORTED = re.compile(r"  .+ \[(\w+)\]")
_VENDOR = re.compile(r"      vendor id: (.{8})")
_SPECIFIC = re.compile(r"      vendor specific: (.+)")
_NAA = re.compile(r"      0x(3[0-9a-f]{15})")
_CAPABILITIES = re.compile(r" 00     01 b0 00 02 ([0-9a-f]{2}) 00")
_ORDINARY = (
    "  Addressed logical unit:",
    "    designator type: T10 vendor identification,  code set: ASCII",
    "    designator type: NAA,  code set: Binary",
)
_TARGET_PORT = "  Target port:"
_OF_TARGET_PORT = re.compile(
    r"    designator type: (?:NAA|Relative target port),  code set: Binary"
    r"|     transport: Serial Attached SCSI Protocol \(SPL-4\)"
    r"|      Relative target port: 0x1"
)


@dataclass(frozen=True, slots=True)
class StandardInquiry:
    """Texts are padded. ``serial``: of page 80h, which not every sg_inq reads too."""

    device_type: int
    type_name: str
    vendor: str
    product: str
    revision: str
    serial: str | None


def read_standard_inquiry(device: str) -> StandardInquiry:
    """Raise ValueError for what is not understood to the last character."""
    text = told("sg_inq", device)
    if not (found := _STANDARD.fullmatch(text)):
        raise ValueError(f"not what sg_inq prints: {text!r}")
    return StandardInquiry(
        device_type=int(found["type"]),
        type_name=found["type_name"],
        vendor=found["vendor"],
        product=found["product"],
        revision=found["revision"],
        serial=found["serial"],
    )


@dataclass(slots=True)
class VitalProductData:
    """``pages``: sg_vpd's short names of those that exist. None where one is missing."""

    pages: list[str] = field(default_factory=list)
    serial: str | None = None
    vendor: str | None = None
    specific: str | None = None
    naa: int | None = None
    port_naa: int | None = None
    is_worm: bool | None = None
    manufacturer_serial: str | None = None


def read_vital_product_data(device: str) -> VitalProductData:
    """All pages that the device lists. Raise ValueError on a line that is not understood."""
    data = VitalProductData()
    read = _heading
    for line in filter(None, told("sg_vpd", "-a", device).splitlines()):
        if not line.startswith(" "):
            read = _PAGES.get(line.rstrip(":"), _heading)
            if read is _heading:
                raise ValueError(f"no page that was to be expected: {line!r}")
        elif not read(data, line):
            raise ValueError(f"not a line of this page: {line!r}")
    return data


def _heading(data: VitalProductData, line: str) -> bool:
    return False


def _supported(data: VitalProductData, line: str) -> bool:
    if found := _SUPPORTED.fullmatch(line):
        data.pages.append(found[1])
    return found is not None


def _serial(data: VitalProductData, line: str) -> bool:
    name, _, data.serial = line.partition(": ")
    return name in ("  Unit serial number", "  Product serial number")


def _identification(data: VitalProductData, line: str) -> bool:
    if data.port_naa is not None:
        return _target_port(data, line)
    if found := _VENDOR.fullmatch(line):
        data.vendor = found[1]
    elif found := _SPECIFIC.fullmatch(line):
        data.specific = found[1]
    elif found := _NAA.fullmatch(line):
        data.naa = int(found[1], 16)
    elif line == _TARGET_PORT:
        data.port_naa = 0
    return found is not None or line in (*_ORDINARY, _TARGET_PORT)


def _target_port(data: VitalProductData, line: str) -> bool:
    if found := _NAA.fullmatch(line):
        data.port_naa = int(found[1], 16)
    return bool(found or _OF_TARGET_PORT.fullmatch(line))


def _capabilities(data: VitalProductData, line: str) -> bool:
    data.is_worm = {"  WORM=0": False, "  WORM=1": True}.get(line)
    if found := _CAPABILITIES.fullmatch(line):
        data.is_worm = bool(int(found[1], 16) & 1)
    return data.is_worm is not None


def _manufacturer_serial(data: VitalProductData, line: str) -> bool:
    name, _, data.manufacturer_serial = line.partition(": ")
    return name == "  Manufacturer-assigned serial number"


_PAGES = {
    "Supported VPD pages VPD page": _supported,
    "Unit serial number VPD page": _serial,
    "Device Identification VPD page": _identification,
    "Sequential-access device capabilities VPD page (SSC)": _capabilities,
    "Manufactured-assigned serial number VPD page (SSC)": _manufacturer_serial,
}
