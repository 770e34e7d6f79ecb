"""Element reader: READ ELEMENT STATUS and mode pages, in few commands, from one moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar

from changer.errors import (
    ChangerError,
    ElementNotPresent,
    InvalidSlot,
    MalformedData,
    NotReady,
    UnsupportedByLibrary,
)
from changer.library.inventory import Inventory
from changer.library.model import UnitMemory
from changer.library.session import Session
from changer.library.sightings import EVERYTHING, Told
from changer.smc.command import Command
from changer.smc.element_status import (
    ALLOCATION_LENGTH_BYTE,
    ELEMENT_STATUS_HEADER,
    LARGEST_ALLOCATION_LENGTH,
    each_once,
    read_element_status,
    require_nothing_announced,
    with_allocation_length,
)
from changer.smc.elements import (
    Element,
    ElementAddressAssignment,
    ElementRange,
    ElementStatus,
    ElementType,
)
from changer.smc.mode_sense import (
    DeviceCapabilities,
    device_capabilities,
    element_address_assignment,
)
from changer.smc.sense import field_pointer, opcode_unknown
from changer.values import replace

ResultT = TypeVar("ResultT")

# Some libraries cap the number of descriptors or honour 16 bits of the allocation length only.
ELEMENTS_PER_PAGE = 1000
CONSISTENT_READINGS = 5
VOLUME_TAGS = "volume-tags"
DEVICE_IDENTIFIERS = "device-identifiers"
MODE_SENSE_6 = "mode-sense-6"
DISABLE_BLOCK_DESCRIPTORS = "disable-block-descriptors"
SINGLE_QUERY = "single-query"
DEVICE_CAPABILITIES = "device-capabilities"
TRANSPORTS = "transports"
ANY_TRANSPORT = "any-transport"
LONGER_ALLOCATION = "longer-allocation"


class Recorder(Protocol):
    """Is told of every reading of elements that no unit attention interrupted."""

    def now(self) -> float:
        """The time at which a reading begins."""
        ...

    def record(
        self, began_at: float, assignment: ElementAddressAssignment, told: Sequence[Told]
    ) -> None:
        """Take note of what it covered and showed."""
        ...


class ElementReader:
    """Reads the element status of one library; caches nothing but what it was seen to refuse.

    single_query     the model answers element type 0 (all types in one command) completely; it is
                     never tried on any other.
    access_reported  False where ACCESS=0 in every element means nothing; it is None then.
    tag_size         how many bytes of a volume tag are valid; None: all.
    recorder         is told of what is read.
    """

    def __init__(
        self,
        session: Session,
        memory: UnitMemory,
        *,
        single_query: bool,
        access_reported: bool = True,
        tag_size: int | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        self._session = session
        self._access_reported = access_reported
        self._tag_size = tag_size
        self._memory = memory
        self._single_query = single_query
        self._recorder = recorder
        self._told: list[Told] | None = None

    def assignment(self) -> ElementAddressAssignment:
        """Mode page 1Dh, by MODE SENSE(6), or (10) where the library knows only that."""
        page, refused = self._mode_page(element_address_assignment)
        self._memory.note_geometry(page)
        if refused is not None:
            self._memory.learn_refusal(refused)
        return page

    def device_capabilities(
        self, assignment: ElementAddressAssignment
    ) -> DeviceCapabilities | None:
        """Mode page 1Fh, asked for once per geometry.

        None where the library has none, and where it contradicts mode page 1Dh: elements of a type
        are counted there, and here they take part in no move. Then it may be a page for all units,
        or of before a change, and says nothing.
        """
        if self._memory.lacks(DEVICE_CAPABILITIES):
            return None
        page = self._memory.device_capabilities() or self._ask_capabilities()
        return None if page is None or page.contradicts(assignment) else page

    def known_capabilities(self, assignment: ElementAddressAssignment) -> DeviceCapabilities | None:
        """As device_capabilities, as far as it was asked for before: sends nothing."""
        if self._memory.device_capabilities() is None:
            return None
        return self.device_capabilities(assignment)

    def _ask_capabilities(self) -> DeviceCapabilities | None:
        try:
            page, _ = self._mode_page(device_capabilities)
        except (UnsupportedByLibrary, MalformedData):
            self._memory.learn_refusal(DEVICE_CAPABILITIES)
            return None
        self._memory.learn_device_capabilities(page)
        return page

    def _mode_page(self, command: Callable[..., Command[ResultT]]) -> tuple[ResultT, str | None]:
        """The page in whichever form the library takes: 6 bytes or 10, DBD=1 or 0.

        With the form that it refused before, if it was not known to.
        """
        forms = {
            MODE_SENSE_6: {"ten_byte": True},
            DISABLE_BLOCK_DESCRIPTORS: {"block_descriptors": True},
        }
        keywords: dict[str, bool] = {}
        for feature in (each for each in forms if self._memory.lacks(each)):
            keywords |= forms[feature]
        try:
            return self._session.send(command(**keywords)), None
        except UnsupportedByLibrary as error:
            feature = MODE_SENSE_6 if opcode_unknown(error.sense) else DISABLE_BLOCK_DESCRIPTORS
            if self._memory.lacks(feature):
                raise
            page = self._session.send(command(**keywords, **forms[feature]))
        return page, feature

    def read(self, types: Iterable[ElementType] = tuple(ElementType)) -> Inventory:
        """The elements of these types, from one reading that no unit attention interrupted.

        Raises NotReady when the library reports changes faster than it can be read.
        """
        wanted = tuple(types)
        return self.consistently(lambda assignment: self._read_types(assignment, wanted))

    def read_addresses(self, addresses: Iterable[int]) -> Inventory:
        """Single elements: one command each, or all elements where one command reads them."""
        wanted = tuple(dict.fromkeys(addresses))
        return self.consistently(lambda assignment: self._read_addresses(assignment, wanted))

    def start_reading(self, assignment: ElementAddressAssignment) -> Inventory:
        """The start of a reading of single elements: all elements, if one command reads them."""
        with self._recorded(assignment):
            everything = self._read_everything(assignment) if self._single_query else None
        return everything or Inventory(assignment, ())

    def read_type(self, inventory: Inventory, element_type: ElementType) -> Inventory:
        """The same reading with all elements of one more type."""
        with self._recorded(inventory.assignment):
            fresh = self._read_type(inventory.assignment, element_type)
        return inventory.with_elements(fresh, types={element_type})

    def read_transports(self, inventory: Inventory) -> Inventory:
        """The same reading with the medium transport elements, if the library shows any."""
        kind = ElementType.MEDIUM_TRANSPORT
        is_asked = inventory.assignment.range_of(kind).count and not self._memory.lacks(TRANSPORTS)
        if kind in inventory.types or not is_asked:
            return inventory
        try:
            fresh = retry_once(lambda: self.read_type(inventory, kind), UnsupportedByLibrary)
        except UnsupportedByLibrary:
            self._require_answer(inventory)
            self._memory.learn_refusal(TRANSPORTS)
            return inventory
        if not fresh.of_type(kind):
            self._require_answer(inventory)
        return fresh

    def _require_answer(self, inventory: Inventory) -> None:
        """Read again what was read before: else it is not the transports alone that are refused.

        Raises ElementNotPresent where the element is not listed any more, and what reading raises.
        """
        for known in inventory.elements[:1]:
            if self.read_element(inventory.assignment, known.address) is None:
                raise ElementNotPresent(
                    f"the library no longer lists element {known.address}",
                    hint="look at its panel; changer status shows what it lists",
                )

    def read_again(
        self, inventory: Inventory, addresses: Iterable[int], *, transports: bool = False
    ) -> Inventory:
        """Elements of a library whose mode page 1Dh was just read, without reading it again.

        A unit attention in between makes it a whole new reading.
        """
        wanted = tuple(dict.fromkeys(addresses))

        def read(assignment: ElementAddressAssignment) -> Inventory:
            fresh = self._read_addresses(assignment, wanted)
            return self.read_transports(fresh) if transports else fresh

        attentions = self._session.attention_count
        with self._recorded(inventory.assignment):
            fresh = read(inventory.assignment)
        if self._session.attention_count == attentions:
            return fresh
        return self.consistently(read)

    def consistently(self, read: Callable[[ElementAddressAssignment], ResultT]) -> ResultT:
        """Read mode page 1Dh and then ``read``, again when a unit attention came in between."""
        for _ in range(CONSISTENT_READINGS):
            assignment = self.assignment()
            attentions = self._session.attention_count
            with self._recorded(assignment):
                result = read(assignment)
            if self._session.attention_count == attentions:
                return result
        raise NotReady(
            "the library reports changes faster than it can be read",
            hint="leave it alone for a minute, or look at its panel, then try again",
        )

    @contextmanager
    def _recorded(self, assignment: ElementAddressAssignment) -> Iterator[None]:
        """Tell the recorder what is read inside, if that is one reading: all of it, or nothing."""
        if self._recorder is None or self._told is not None:
            yield
            return
        began_at, attentions = self._recorder.now(), self._session.attention_count
        self._told = told = list[Told]()
        try:
            yield
        finally:
            self._told = None
        if self._session.attention_count == attentions:
            self._recorder.record(began_at, assignment, told)

    def _tell(self, covered: ElementRange, elements: Sequence[Element]) -> None:
        if self._told is not None:
            self._told.append(Told(covered, elements))

    def _read_types(
        self, assignment: ElementAddressAssignment, types: tuple[ElementType, ...]
    ) -> Inventory:
        present = [each for each in types if assignment.range_of(each).count]
        if self._single_query and len(present) > 1:
            everything = self._read_everything(assignment)
            if everything is not None:
                return everything
        elements: list[Element] = []
        for element_type in present:
            elements += self._read_type(assignment, element_type)
        return Inventory(assignment, tuple(elements), frozenset(types))

    def _read_everything(self, assignment: ElementAddressAssignment) -> Inventory | None:
        """Type 0 in one command; None when the reply does not hold every element."""
        total = sum(assignment.range_of(each).count for each in ElementType)
        if not 0 < total <= ELEMENTS_PER_PAGE or self._memory.lacks(SINGLE_QUERY):
            return None
        everything = read_element_status(None, starting_address=0, number_of_elements=total)
        try:
            status = retry_once(lambda: self._send(everything), InvalidSlot, UnsupportedByLibrary)
        except (InvalidSlot, UnsupportedByLibrary):
            self._memory.learn_refusal(SINGLE_QUERY)
            return None
        elements = [
            each
            for each in status.elements
            if each.address in assignment.range_of(each.element_type)
        ]
        told = {each.element_type for each in elements}
        whole = all(each in told for each in ElementType if assignment.range_of(each).count)
        if not (whole and 0 < status.number_of_elements <= len(elements)):
            return None
        self._tell(EVERYTHING, elements)
        return Inventory(assignment, tuple(elements), frozenset(ElementType))

    def _read_type(
        self, assignment: ElementAddressAssignment, element_type: ElementType
    ) -> list[Element]:
        """All elements of one type, in as many commands as its pages take.

        Only the last address ends it: a library that sends fewer descriptors than it was asked
        for may count only those (one command more where it leaves out the last elements).
        """
        wanted = assignment.range_of(element_type)
        elements: list[Element] = []
        start = wanted.first
        while start <= wanted.last:
            count = min(wanted.last - start + 1, ELEMENTS_PER_PAGE)
            try:
                page = self._read_page(assignment, element_type, start, count, more=bool(elements))
            except (InvalidSlot, UnsupportedByLibrary) as error:
                # 05/21/01, or past the first page 05/24/00 (mhVTL): no element is there or above.
                if isinstance(error, UnsupportedByLibrary) and not elements:
                    raise
                break
            page = [each for each in page if start <= each.address <= wanted.last]
            if not page:
                break
            elements += page
            start = max(each.address for each in page) + 1
        self._tell(wanted, elements)
        return elements

    def _read_page(
        self,
        assignment: ElementAddressAssignment,
        element_type: ElementType,
        start: int,
        count: int,
        *,
        more: bool = False,
    ) -> list[Element]:
        """Elements of one reply; ``more``: after others of the type.

        Raises MalformedData for a reply that announces elements, and describes none of the type:
        it does not say that they are not there.
        """
        feature = f"{VOLUME_TAGS}-{element_type:d}"
        wanted = assignment.range_of(element_type)

        def read(*, volume_tags: bool) -> list[Element]:
            status = self._send_page(element_type, start, count, volume_tags=volume_tags)
            told = [each for each in status.elements if each.element_type is element_type]
            is_picker = element_type is ElementType.MEDIUM_TRANSPORT  # moves go without its address
            if not any(is_picker or each.address in wanted for each in told):
                require_nothing_announced(status, element_type, more=more)
            return told

        if self._memory.lacks(feature):
            return read(volume_tags=False)
        try:
            return retry_once(lambda: read(volume_tags=True), InvalidSlot)
        except UnsupportedByLibrary as error:
            if opcode_unknown(error.sense):
                raise
        page = read(volume_tags=False)
        try:
            return read(volume_tags=True)  # the refusal was an accident
        except UnsupportedByLibrary:
            self._memory.learn_refusal(feature)
        return page

    def _send_page(
        self, element_type: ElementType, start: int, count: int, *, volume_tags: bool
    ) -> ElementStatus:
        return self._send(
            read_element_status(
                element_type,
                starting_address=start,
                number_of_elements=count,
                volume_tags=volume_tags,
            )
        )

    def _send(self, command: Command[ElementStatus]) -> ElementStatus:
        """A reading, its exceptions with the model, without ACCESS bits that are not reported.

        Raises MalformedData when the library says two things of one element.
        """
        status = self._send_for_length(command)
        elements = tuple(self._of_model(each) for each in each_once(status.elements))
        return replace(status, elements=elements)

    def _send_for_length(self, command: Command[ElementStatus]) -> ElementStatus:
        """For more bytes than there are; or for exactly as many, where the library takes no other.

        Some loaders take 8, or the length that the header then tells (mtx, CHANGES 1.3.8).
        """
        if not self._memory.lacks(LONGER_ALLOCATION):
            try:
                return self._session.send(command)
            except UnsupportedByLibrary as error:
                if field_pointer(error.sense) != ALLOCATION_LENGTH_BYTE:
                    raise
        header = self._session.send(with_allocation_length(command, ELEMENT_STATUS_HEADER))
        self._memory.learn_refusal(LONGER_ALLOCATION)
        if not header.byte_count:
            return header
        length = min(ELEMENT_STATUS_HEADER + header.byte_count, LARGEST_ALLOCATION_LENGTH)
        return self._session.send(with_allocation_length(command, length))

    def _of_model(self, element: Element) -> Element:
        sense = element.additional_sense
        if sense is not None:
            sense = replace(sense, model=self._session.model)
            element = element._replace(additional_sense=sense)
        if self._tag_size is not None and element.volume_tag_field:
            field = element.volume_tag_field
            valid = field[: self._tag_size].ljust(len(field), b"\0")
            element = element._replace(volume_tag_field=valid)
        return element if self._access_reported else element._replace(accessible=None)

    def _read_addresses(
        self, assignment: ElementAddressAssignment, addresses: tuple[int, ...]
    ) -> Inventory:
        if self._single_query and len(addresses) > 1:
            everything = self._read_everything(assignment)
            if everything is not None:
                return everything
        elements = [self.read_element(assignment, address) for address in addresses]
        return Inventory(assignment, tuple(each for each in elements if each is not None))

    def read_element(self, assignment: ElementAddressAssignment, address: int) -> Element | None:
        """One element, or None when the library lists none at that address."""
        element_type = assignment.type_of(address)
        if element_type is None:
            return None
        with self._recorded(assignment):
            try:
                page = self._read_page(assignment, element_type, address, 1)
            except InvalidSlot:
                page = []
            except UnsupportedByLibrary:
                # mhVTL answers 05/24/00 where no element matches; the whole type tells which it is.
                page = self._read_type(assignment, element_type)
            found = [each for each in page if each.address == address]
            self._tell(ElementRange(address, 1), found)
        return found[0] if found else None

    def drive_identifiers(self, assignment: ElementAddressAssignment) -> list[Element] | None:
        """Data transfer elements with identifiers (DVCID=1); None where the library refuses.

        Occupancy must not be taken from them: IBM libraries fix ACCESS, EXCEPT and FULL there.
        """
        drives = assignment.data_transfer
        if not drives.count or self._memory.lacks(DEVICE_IDENTIFIERS):
            return None
        identifiers = read_element_status(
            ElementType.DATA_TRANSFER,
            starting_address=drives.first,
            number_of_elements=drives.count,
            volume_tags=False,
            device_identifiers=True,
        )
        try:
            status = retry_once(lambda: self._send(identifiers), InvalidSlot, UnsupportedByLibrary)
        except UnsupportedByLibrary:
            self._memory.learn_refusal(DEVICE_IDENTIFIERS)
            return None
        except InvalidSlot:
            return []
        return [each for each in status.elements if each.address in drives]


def retry_once(read: Callable[[], ResultT], *refusals: type[ChangerError]) -> ResultT:
    """Send once more what was refused.

    It may be an accident, but is remembered of the library, or makes elements disappear.
    """
    try:
        return read()
    except refusals:
        return read()
