"""The devices behind the readers: the functions that Windows 8 brought, in both faces.

A reader here is virtual, or what pcsc-lite tells of it ends with its name. So its type is "vendor", and its device
instance identifier is made of its name: ``SCARDMGR\\READER\\<system name>``.
"""

from __future__ import annotations

from typing import Any, Final

from scardmgr.winscard.codes import SCardCode, to_pcsclite
from scardmgr.winscard.constants import ReaderType
from scardmgr.winscard.database.names import key_of
from scardmgr.winscard.errors import SCardError
from scardmgr.winscard.faces.database_face import DatabaseFace

_PREFIX: Final = "SCARDMGR\\READER\\"
_SUCCESS = 0


class ReaderDeviceFace(DatabaseFace):
    """What device a reader is. Each method may raise DatabaseFault, as those of the database."""

    # Typed

    def get_device_type_id(self, context: int, reader: str) -> ReaderType:
        """What kind of device a reader is: VENDOR. Wraps SCardGetDeviceTypeId.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open context.
                SCARD_E_UNKNOWN_READER: no attached reader has that name.
        """
        self._device(context, reader)
        return ReaderType.VENDOR

    def get_reader_device_instance_id(self, context: int, reader: str) -> str:
        """The device instance identifier of a reader. Wraps SCardGetReaderDeviceInstanceId.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open context.
                SCARD_E_UNKNOWN_READER: no attached reader has that name.
        """
        return _PREFIX + self._device(context, reader)

    def list_readers_with_device_instance_id(self, context: int, instance_id: str) -> list[str]:
        """All names of the reader with a device instance identifier. Wraps SCardListReadersWithDeviceInstanceId.

        Raises:
            SCardError: SCARD_E_INVALID_HANDLE: not an open context.
                SCARD_E_NO_READERS_AVAILABLE: no attached reader has that identifier.
        """
        attached = self._attached_readers(context)
        names = self.database.listed(attached, scope=self._database_scope(context))
        found = [
            name
            for name in names
            if key_of(_PREFIX + self._system_name(context, name, attached)) == key_of(instance_id)
        ]
        if not found:
            raise SCardError(SCardCode.SCARD_E_NO_READERS_AVAILABLE)
        return found

    # pyscard's manner: pyscard has none of them

    def SCardGetDeviceTypeId(self, hContext: int, szReaderName: str) -> list[Any]:
        """``[hr, type]``; 0 on failure."""
        try:
            return [_SUCCESS, self.get_device_type_id(hContext, szReaderName).value]
        except SCardError as error:
            return [to_pcsclite(error.code), 0]

    def SCardGetReaderDeviceInstanceId(self, hContext: int, szReaderName: str) -> list[Any]:
        """``[hr, identifier]``; empty on failure."""
        try:
            return [_SUCCESS, self.get_reader_device_instance_id(hContext, szReaderName)]
        except SCardError as error:
            return [to_pcsclite(error.code), ""]

    def SCardListReadersWithDeviceInstanceId(self, hContext: int, szDeviceInstanceId: str) -> list[Any]:
        """``[hr, [name, ...]]``."""
        try:
            return [_SUCCESS, self.list_readers_with_device_instance_id(hContext, szDeviceInstanceId)]
        except SCardError as error:
            return [to_pcsclite(error.code), []]

    def _device(self, context: int, reader: str) -> str:
        attached = self._attached_readers(context)
        device = self._system_name(context, reader, attached)
        if device not in attached:
            raise SCardError(SCardCode.SCARD_E_UNKNOWN_READER)
        return device
