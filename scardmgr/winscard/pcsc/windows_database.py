"""The database of Windows: the typed face on the functions that pyscard has there, and on winscard.dll for the rest.

pyscard on Windows lacks SCardSetCardTypeProviderName and the functions that came with Windows 8. They are called in
winscard.dll itself, since what they are about is in Windows' own database. pyscard takes no NULL for a context. None of
them has a bound of ours: Windows answers them out of its registry, without a card, a reader or a daemon.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any
from uuid import UUID

from scardmgr.winscard.codes import SCardCode, known_or_number
from scardmgr.winscard.constants import ReaderType
from scardmgr.winscard.database.kinds_of_card import ProviderId
from scardmgr.winscard.errors import SCardError
from scardmgr.winscard.values import ReaderState

_ERROR_FILE_NOT_FOUND = 2
_ROOM = 4096
_HIGHEST_HANDLE = (1 << 64) - 1


class WindowsDatabase:
    """Methods of :class:`~scardmgr.winscard.faces.database_face.DatabaseFace`, answered by Windows; documented there.

    Args:
        scard: ``smartcard.scard``, or a module like it.
        library: winscard.dll, or an object like it; by default that one.
    """

    def __init__(self, scard: Any, library: Any = None) -> None:
        self._scard = scard
        self._given_library = library

    # Card types

    def introduce_card_type(
        self,
        context: int,
        card_name: str,
        primary_provider: UUID | None,
        interfaces: Sequence[UUID],
        atr: bytes,
        mask: bytes | None = None,
    ) -> None:
        """SCardIntroduceCardType."""
        primary = [] if primary_provider is None else list(primary_provider.bytes_le)
        iids = [byte for interface in interfaces for byte in interface.bytes_le]
        _check(
            self._scard.SCardIntroduceCardType(
                _given_out(context), card_name, primary, iids, list(atr), list(mask or b"")
            )
        )

    def forget_card_type(self, context: int, card_name: str) -> None:
        """SCardForgetCardType."""
        _check(self._scard.SCardForgetCardType(_given_out(context), card_name))

    def set_card_type_provider_name(self, context: int | None, card_name: str, provider_id: int, provider: str) -> None:
        """SCardSetCardTypeProviderName."""
        self._call("SCardSetCardTypeProviderNameW", context or 0, card_name, provider_id, provider)

    def get_card_type_provider_name(self, context: int | None, card_name: str, provider_id: int) -> str:
        """SCardGetCardTypeProviderName."""
        name: str = _outcome(self._scard.SCardGetCardTypeProviderName(_given_out(context), card_name, provider_id))
        return name

    def list_cards(
        self, context: int | None, atr: bytes | None = None, interfaces: Sequence[UUID] | None = None
    ) -> list[str]:
        """SCardListCards."""
        iids = [byte for interface in interfaces or () for byte in interface.bytes_le]
        return list(_outcome(self._scard.SCardListCards(_given_out(context), list(atr or b""), iids)))

    def list_interfaces(self, context: int, card_name: str) -> list[UUID]:
        """SCardListInterfaces."""
        found = _outcome(self._scard.SCardListInterfaces(_given_out(context), card_name))
        return [UUID(bytes_le=bytes(byte & 0xFF for byte in interface)) for interface in found]

    def get_provider_id(self, context: int, card_name: str) -> UUID:
        """SCardGetProviderId, which pyscard lacks, by SCardGetCardTypeProviderName."""
        try:
            return UUID(self.get_card_type_provider_name(context, card_name, ProviderId.PRIMARY))
        except SCardError as error:
            if error.code != _ERROR_FILE_NOT_FOUND:
                raise
            raise SCardError(SCardCode.SCARD_E_ICC_INSTALLATION) from error

    def locate_cards(self, context: int, card_names: Sequence[str], states: Sequence[ReaderState]) -> list[ReaderState]:
        """SCardLocateCards."""
        believed = [(state.reader, state.current_state) for state in states]
        found = _outcome(self._scard.SCardLocateCards(_given_out(context), list(card_names), believed))
        return [
            ReaderState(state.reader, state.current_state, event, bytes(atr))
            for state, (_, event, atr) in zip(states, found, strict=True)
        ]

    # Readers and reader groups

    def introduce_reader(self, context: int, reader: str, device: str) -> None:
        """SCardIntroduceReader."""
        _check(self._scard.SCardIntroduceReader(_given_out(context), reader, device))

    def forget_reader(self, context: int, reader: str) -> None:
        """SCardForgetReader."""
        _check(self._scard.SCardForgetReader(_given_out(context), reader))

    def introduce_reader_group(self, context: int | None, group: str) -> None:
        """SCardIntroduceReaderGroup."""
        _check(self._scard.SCardIntroduceReaderGroup(_given_out(context), group))

    def forget_reader_group(self, context: int, group: str) -> None:
        """SCardForgetReaderGroup."""
        _check(self._scard.SCardForgetReaderGroup(_given_out(context), group))

    def add_reader_to_group(self, context: int, reader: str, group: str) -> None:
        """SCardAddReaderToGroup."""
        _check(self._scard.SCardAddReaderToGroup(_given_out(context), reader, group))

    def remove_reader_from_group(self, context: int, reader: str, group: str) -> None:
        """SCardRemoveReaderFromGroup."""
        _check(self._scard.SCardRemoveReaderFromGroup(_given_out(context), reader, group))

    # Devices

    def get_device_type_id(self, context: int, reader: str) -> ReaderType | int:
        """SCardGetDeviceTypeId; a number that has no name stays one."""
        number = import_module("ctypes").c_uint32()
        self._call("SCardGetDeviceTypeIdW", context, reader, _Out(number))
        try:
            return ReaderType(number.value)
        except ValueError:
            return int(number.value)

    def get_reader_device_instance_id(self, context: int, reader: str) -> str:
        """SCardGetReaderDeviceInstanceId."""
        return self._text("SCardGetReaderDeviceInstanceIdW", context, reader).partition("\0")[0]

    def list_readers_with_device_instance_id(self, context: int, instance_id: str) -> list[str]:
        """SCardListReadersWithDeviceInstanceId."""
        names = self._text("SCardListReadersWithDeviceInstanceIdW", context, instance_id)
        return [name for name in names.split("\0") if name]

    # Within

    def _text(self, function: str, context: int, name: str) -> str:
        ctypes: Any = import_module("ctypes")
        buffer, length = ctypes.create_unicode_buffer(_ROOM), ctypes.c_uint32(_ROOM)
        self._call(function, context, name, buffer, _Out(length))
        text: str = buffer[: min(length.value, _ROOM)]
        return text

    def _call(self, function: str, context: int, *arguments: Any) -> None:
        ctypes: Any = import_module("ctypes")
        library = self._given_library
        if library is None:
            library = self._given_library = ctypes.WinDLL("winscard")
        _check(getattr(library, function)(ctypes.c_size_t(context), *(_converted(ctypes, each) for each in arguments)))


#: The methods that take the place of those on our own database.
PLATFORM_METHODS = tuple(name for name in vars(WindowsDatabase) if not name.startswith("_"))


class _Out:
    """An argument that is filled in."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _converted(ctypes: Any, argument: Any) -> Any:
    match argument:
        case _Out():
            return ctypes.byref(argument.value)
        case str():
            return ctypes.c_wchar_p(argument)
        case int():
            return ctypes.c_uint32(argument)
    return argument


def _given_out(context: int | None) -> int:
    """A context that may be one: pyscard raises SystemError for 0 and for what C cannot hold."""
    if context is None or not 0 < context <= _HIGHEST_HANDLE:
        raise SCardError(SCardCode.SCARD_E_INVALID_HANDLE)
    return context


def _check(number: int) -> None:
    code = known_or_number(number)
    if code != SCardCode.SCARD_S_SUCCESS:
        raise SCardError(code)


def _outcome(answer: Sequence[Any]) -> Any:
    _check(answer[0])
    return answer[1]
