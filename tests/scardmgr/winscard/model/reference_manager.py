"""The embedded resource manager as its documents describe it (typed_face, status_change, slots; docs/differences.md).

One thread, no locks, no waiting: what would wait for another handle's transaction is refused. Nothing is taken
from the implementation but the names of numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

from reference_reader import (
    RAW,
    T0,
    T1,
    ContextModel,
    HandleModel,
    Power,
    ReaderModel,
    Refused,
)

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import (
    PNP_NOTIFICATION,
    Attribute,
    CardState,
    Disposition,
    Protocols,
    ReaderStateFlag,
    Scope,
    ShareMode,
)

LONGEST = 65_548
RESETS = (Disposition.RESET, Disposition.UNPOWER)
PNP = PNP_NOTIFICATION.casefold()


class Model:
    """A resource manager. ``None`` as a context or a handle is a number that never was one.

    Attributes:
        felt: what was done to which card, in order.
    """

    def __init__(self) -> None:
        self.readers: dict[str, ReaderModel] = {}
        self.reader_events = 1
        self.felt: list[tuple[int, object]] = []

    # Readers come and go

    def plug(self, name: str) -> None:
        if not name or name.casefold() == PNP:
            raise Refused(SCardCode.SCARD_E_INVALID_VALUE)
        if name in self.readers:
            raise Refused(SCardCode.SCARD_E_DUPLICATE_READER)
        self.readers[name] = ReaderModel(name, self.felt)
        self.reader_events += 1

    def unplug(self, reader: ReaderModel) -> None:
        if reader.plugged:
            reader.unplug()
            del self.readers[reader.name]
            self.reader_events += 1

    # Contexts

    def establish(self, scope: int) -> ContextModel:
        if scope not in set(Scope):
            raise Refused(SCardCode.SCARD_E_INVALID_VALUE)
        return ContextModel()

    def release(self, context: ContextModel | None) -> None:
        context = _open_context(context)
        context.open = False
        for handle in context.handles:
            reader = handle.reader
            # What it did to a card that it had to itself is undone; who has something to be told of did nothing.
            alone = reader.exclusive or reader.holder is handle
            if reader.plugged and alone and handle.told is None:
                reader.reset(Disposition.RESET)
            reader.close(handle)
        context.handles.clear()

    def is_valid(self, context: ContextModel | None) -> bool:
        return context is not None and context.open

    def cancel(self, context: ContextModel | None) -> None:
        _open_context(context)

    def list_readers(self, context: ContextModel | None) -> list[str]:
        _open_context(context)
        if not self.readers:
            raise Refused(SCardCode.SCARD_E_NO_READERS_AVAILABLE)
        return list(self.readers)

    def look(
        self, context: ContextModel | None, beliefs: Sequence[tuple[str, int]]
    ) -> tuple[bool, list[tuple[str, int, bytes]]]:
        """SCardGetStatusChange without a wait: whether anything is not as believed, and what is the case."""
        if all(believed & ReaderStateFlag.IGNORE for _, believed in beliefs):
            return True, [(name, 0, b"") for name, _ in beliefs]
        _open_context(context)
        if any(name not in self.readers and name.casefold() != PNP for name, _ in beliefs):
            raise Refused(SCardCode.SCARD_E_UNKNOWN_READER)
        seen = []
        for name, believed in beliefs:
            if believed & ReaderStateFlag.IGNORE:
                seen.append((name, 0, b""))
            elif name in self.readers:
                seen.append((name, self.readers[name].seen(believed), self.readers[name].atr))
            else:
                news = believed >> 16 not in (0, self.reader_events)
                seen.append((name, self.reader_events << 16 | ReaderStateFlag.CHANGED * news, b""))
        return any(state & ReaderStateFlag.CHANGED for _, state, _ in seen), seen

    # Connecting

    def connect(self, context: ContextModel | None, name: str, mode: int, protocols: Protocols) -> HandleModel:
        """The handle; the protocol in force is that of its reader."""
        context = _open_context(context)
        _judge(mode, protocols)
        reader = self.readers.get(name)
        if reader is None:
            raise Refused(SCardCode.SCARD_E_UNKNOWN_READER)
        handle = HandleModel(reader, context)
        if reader.exclusive:
            raise Refused(SCardCode.SCARD_E_SHARING_VIOLATION)
        _turn(handle)
        if mode != ShareMode.DIRECT:
            reader.wake()
            if reader.card is None:
                raise Refused(SCardCode.SCARD_E_NO_SMARTCARD)
            if reader.power is not Power.ON:
                raise Refused(SCardCode.SCARD_W_UNPOWERED_CARD)
        _take(reader, mode, protocols)
        if mode == ShareMode.EXCLUSIVE and reader.handles:
            raise Refused(SCardCode.SCARD_E_SHARING_VIOLATION)
        reader.exclusive = mode == ShareMode.EXCLUSIVE
        reader.handles.append(handle)
        context.handles.append(handle)
        return handle

    def reconnect(self, handle: HandleModel | None, mode: int, protocols: Protocols, how: int) -> Protocols:
        handle = _open_handle(handle)
        if how not in (Disposition.LEAVE, *RESETS) or mode not in set(ShareMode):
            raise Refused(SCardCode.SCARD_E_INVALID_VALUE)
        _judge(mode, protocols)
        reader = handle.reader
        if not reader.plugged:
            raise Refused(SCardCode.SCARD_E_READER_UNAVAILABLE)
        _turn(handle)
        if mode == ShareMode.EXCLUSIVE and len(reader.handles) > 1:
            raise Refused(SCardCode.SCARD_E_SHARING_VIOLATION)
        if how in RESETS:
            reader.reset(Disposition(how))
        if reader.card is None:
            raise Refused(SCardCode.SCARD_E_NO_SMARTCARD)
        if reader.power is Power.MUTE:
            raise Refused(SCardCode.SCARD_W_UNRESPONSIVE_CARD)
        _take(reader, mode, protocols)
        reader.exclusive = mode == ShareMode.EXCLUSIVE
        handle.told = None
        return reader.protocol

    def disconnect(self, handle: HandleModel | None, how: int) -> None:
        handle = _open_handle(handle)
        if how not in set(Disposition):
            raise Refused(SCardCode.SCARD_E_INVALID_VALUE)
        if how != Disposition.LEAVE and handle.reader.plugged:
            _turn(handle)
            if how in RESETS:
                handle.reader.reset(Disposition(how), for_good=True)
        handle.reader.close(handle)
        handle.context.handles.remove(handle)

    # Using the card

    def begin(self, handle: HandleModel | None) -> None:
        handle = _ready(handle)
        _turn(handle)
        handle.reader.holder = handle
        handle.reader.depth += 1

    def end(self, handle: HandleModel | None, how: int) -> None:
        if how not in set(Disposition):
            _open_handle(handle)
            raise Refused(SCardCode.SCARD_E_INVALID_VALUE)
        handle = _ready(handle)
        _turn(handle)
        reader = handle.reader
        within = reader.holder is handle
        if how in RESETS:
            reader.reset(Disposition(how))
        if reader.holder is handle:
            reader.depth -= 1
            if reader.depth == 0:
                reader.free()
        if how == Disposition.EJECT:
            raise Refused(SCardCode.SCARD_E_UNSUPPORTED_FEATURE)
        if how in RESETS and reader.card is None:
            raise Refused(SCardCode.SCARD_W_REMOVED_CARD)
        if not within or (how in RESETS and reader.power is Power.MUTE):
            raise Refused(SCardCode.SCARD_E_NOT_TRANSACTED)

    def status(self, handle: HandleModel | None) -> tuple[str, CardState, Protocols, bytes, int]:
        handle = _ready(handle)
        _turn(handle)
        reader = handle.reader
        return reader.name, reader.state, reader.protocol, reader.atr, reader.events

    def transmit(self, handle: HandleModel | None, command: bytes, protocol: Protocols | None) -> bytes:
        if not command:
            raise Refused(SCardCode.SCARD_E_INVALID_PARAMETER)
        handle = _open_handle(handle)
        if len(command) > LONGEST:
            raise Refused(SCardCode.SCARD_E_INSUFFICIENT_BUFFER)
        _turn(handle)
        return _ready(handle).reader.transmit(command, protocol)

    def attribute(self, handle: HandleModel | None, attribute: int) -> bytes:
        reader = _ready_at_once(handle).reader
        match attribute:
            case Attribute.DEVICE_FRIENDLY_NAME:
                return reader.name.encode() + b"\0"
            case Attribute.CURRENT_PROTOCOL_TYPE:
                return reader.protocol.to_bytes(4, "little")
            case Attribute.ICC_PRESENCE:
                return b"\0" if reader.card is None else b"\2"
            case Attribute.ATR_STRING:
                if reader.card is None:
                    raise Refused(SCardCode.SCARD_E_NO_SMARTCARD)
                return reader.atr
        raise Refused(SCardCode.SCARD_E_UNSUPPORTED_FEATURE)

    def set_attribute(self, handle: HandleModel | None) -> None:
        _ready_at_once(handle)
        raise Refused(SCardCode.SCARD_E_NOT_TRANSACTED)

    def count(self, handle: HandleModel | None) -> int:
        return _ready(handle).reader.answered

    def control(self, handle: HandleModel | None) -> None:
        handle = _open_handle(handle)
        if not handle.reader.plugged:
            raise Refused(SCardCode.SCARD_E_READER_UNAVAILABLE)
        _turn(handle)
        raise Refused(SCardCode.SCARD_E_UNSUPPORTED_FEATURE)


def _open_context(context: ContextModel | None) -> ContextModel:
    if context is None or not context.open:
        raise Refused(SCardCode.SCARD_E_INVALID_HANDLE)
    return context


def _open_handle(handle: HandleModel | None) -> HandleModel:
    if handle is None or not handle.open:
        raise Refused(SCardCode.SCARD_E_INVALID_HANDLE)
    return handle


def _ready(handle: HandleModel | None) -> HandleModel:
    handle = _open_handle(handle)
    if not handle.reader.plugged:
        raise Refused(SCardCode.SCARD_E_READER_UNAVAILABLE)
    if handle.told is not None:
        raise Refused(handle.told)
    return handle


def _ready_at_once(handle: HandleModel | None) -> HandleModel:
    """For calls that wait for nobody: whose turn it is comes first."""
    handle = _open_handle(handle)
    if handle.reader.plugged:
        _turn(handle)
    return _ready(handle)


def _turn(handle: HandleModel) -> None:
    """Whose turn it is: who would have to wait loses patience at once."""
    if handle.reader.holder not in (None, handle):
        raise Refused(SCardCode.SCARD_E_SHARING_VIOLATION)


def _judge(mode: int, protocols: Protocols) -> None:
    if mode != ShareMode.DIRECT and not protocols & (T0 | T1 | RAW):
        raise Refused(SCardCode.SCARD_E_PROTO_MISMATCH)
    if mode not in set(ShareMode):
        raise Refused(SCardCode.SCARD_E_INVALID_VALUE)


def _take(reader: ReaderModel, mode: int, protocols: Protocols) -> None:
    """Have a protocol in force; DIRECT asks for RAW or for none."""
    if mode != ShareMode.DIRECT:
        reader.negotiate(protocols)
    elif RAW in protocols:
        reader.negotiate(RAW)
