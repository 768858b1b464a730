"""The SCard interface of this project: resource managers, and the ISCard interfaces above them.

::

    import scardmgr
    with scardmgr.SCardManage(scardmgr.resource_manager("auto")) as manage:
        manage.AttachByIFD("Reader 00")
        files = manage.CreateFileAccess()
        verify = manage.CreateCHVerification()

* Interfaces (``ISCardManage``, ``ISCardAuth`` ...) and enumerations (``SCARD_DISPOSITIONS`` ...) have
  their published names; so have the codes (``E_INVALIDARG``, ``SCARD_W_WRONG_CHV`` ...), which
  :class:`HResultError` carries.
* ``SCardManage``, ``SCard``, ``SCardDatabase`` and ``SCardLocate`` implement ISCardManage, ISCard, ISCardDatabase
  and ISCardLocate; ``CARD_TYPES`` is where an application registers a :class:`CardProvider` for cards of its own,
  which may build on :class:`ISO7816Provider`.
* ``IUnknown`` and ``IDispatch`` are the roots of the interfaces; ``DISPPARAMS`` and its kin are Invoke's.
* ``CRYPTPROV`` is the "CryptoProvider" of a card; ``ALG_ID`` and its kin are what its methods take.
* ``SCardCmd`` and ``SCardISO7816`` implement ISCardCmd and ISCardISO7816: commands, and what builds them.
* ``ByteBuffer`` implements IByteBuffer, ``SCardTypeConv`` ISCardTypeConv, ``MemoryStream`` COM's IStream.
* ``KeyType``, ``authentication_token`` and ``is_token_right`` compute the buffers of ISCardAuth.
* ``pyscard_on`` runs programs written on pyscard, unchanged, on any resource manager here.
* The SCard functions themselves are in :mod:`scardmgr.winscard`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iso7816.authentication import KeyType, authentication_token, is_token_right
    from scardmgr.buffers.byte_buffer import ByteBuffer
    from scardmgr.buffers.memory_stream import MemoryStream
    from scardmgr.buffers.type_conversion import SCardTypeConv
    from scardmgr.com.automation import (
        DISPATCH,
        DISPID_PROPERTYPUT,
        DISPID_UNKNOWN,
        DISPID_VALUE,
        DISPPARAMS,
        EXCEPINFO,
        IID_NULL,
    )
    from scardmgr.com.dispatch_errors import DispatchArgumentError, DispatchError, UnknownNameError
    from scardmgr.com.errors import HRESULT, HResultError
    from scardmgr.com.late_binding import IDispatch
    from scardmgr.com.unknown import IUnknown
    from scardmgr.commands.command import SCardCmd
    from scardmgr.commands.iso7816_commands import SCardISO7816
    from scardmgr.connection.card import SCard
    from scardmgr.connection.manage import SCardManage
    from scardmgr.interfaces.authentication import ISCardAuth
    from scardmgr.interfaces.byte_buffer import STATSTRUCT, IByteBuffer
    from scardmgr.interfaces.card import ISCard
    from scardmgr.interfaces.command import ISCardCmd
    from scardmgr.interfaces.crypto_numbers import ALG_ID, CRYPT_FLAGS, HASH_PARAM, KEY_PARAM
    from scardmgr.interfaces.crypto_provider import CRYPTPROV, HCRYPTHASH, HCRYPTKEY
    from scardmgr.interfaces.database import ISCardDatabase
    from scardmgr.interfaces.file_access import HSCARD_FILE, ISCardFileAccess
    from scardmgr.interfaces.file_attributes import TLV_TABLE
    from scardmgr.interfaces.iso7816_commands import ISCardISO7816
    from scardmgr.interfaces.location import SCARDINFO, ISCardLocate
    from scardmgr.interfaces.management import ISCardManage
    from scardmgr.interfaces.secure_messaging import SecureMessaging
    from scardmgr.interfaces.stream import STATSTG, STGM, STGTY, ISequentialStream, IStream
    from scardmgr.interfaces.type_conversion import BYTEARRAY, ISCardTypeConv
    from scardmgr.interfaces.unblocking import UnblockData
    from scardmgr.interfaces.verification import ISCardVerify
    from scardmgr.locating.card_search import SCardLocate, SelectCardDialog
    from scardmgr.locating.database_query import SCardDatabase
    from scardmgr.providers.iso.provider import ISO_7816_PROVIDER, ISO7816Provider
    from scardmgr.providers.registry import ATRPattern, CardProvider, CardTypes
    from scardmgr.providers.standard import CARD_TYPES
    from scardmgr.published.codes import *
    from scardmgr.published.enumerations import (
        FILETYPE,
        ISO_APDU_TYPE,
        LOCKTYPE,
        REFTYPE,
        SC_DLG,
        SCARD_DISPOSITIONS,
        SCARD_FLAGS,
        SCARD_PROTOCOLS,
        SCARD_SCOPES,
        SCARD_SHARE_MODES,
        SCARD_STATES,
        SEEKTYPE,
        STATFLAG,
        STGC,
        STREAM_SEEK,
    )
    from scardmgr.published.instructions import INS
    from scardmgr.winscard.embedded import EmbeddedResourceManager
    from scardmgr.winscard.errors import SCardError
    from scardmgr.winscard.pyscard_programs import pyscard_on
    from scardmgr.winscard.selection import resource_manager

#: Where each name comes from; every other one in ``__all__`` is a published code.
_NAMES = {
    "iso7816.authentication": ("KeyType", "authentication_token", "is_token_right"),
    "scardmgr.connection.card": ("SCard",),
    "scardmgr.locating.card_search": ("SCardLocate", "SelectCardDialog"),
    "scardmgr.buffers.byte_buffer": ("ByteBuffer",),
    "scardmgr.buffers.memory_stream": ("MemoryStream",),
    "scardmgr.buffers.type_conversion": ("SCardTypeConv",),
    "scardmgr.com.automation": (
        "DISPATCH",
        "DISPID_PROPERTYPUT",
        "DISPID_UNKNOWN",
        "DISPID_VALUE",
        "DISPPARAMS",
        "EXCEPINFO",
        "IID_NULL",
    ),
    "scardmgr.com.dispatch_errors": ("DispatchArgumentError", "DispatchError", "UnknownNameError"),
    "scardmgr.com.errors": ("HRESULT", "HResultError"),
    "scardmgr.com.late_binding": ("IDispatch",),
    "scardmgr.com.unknown": ("IUnknown",),
    "scardmgr.commands.command": ("SCardCmd",),
    "scardmgr.commands.iso7816_commands": ("SCardISO7816",),
    "scardmgr.locating.database_query": ("SCardDatabase",),
    "scardmgr.published.enumerations": (
        "FILETYPE",
        "ISO_APDU_TYPE",
        "LOCKTYPE",
        "REFTYPE",
        "SCARD_DISPOSITIONS",
        "SCARD_FLAGS",
        "SCARD_PROTOCOLS",
        "SCARD_SCOPES",
        "SCARD_SHARE_MODES",
        "SCARD_STATES",
        "SC_DLG",
        "SEEKTYPE",
        "STATFLAG",
        "STGC",
        "STREAM_SEEK",
    ),
    "scardmgr.published.instructions": ("INS",),
    "scardmgr.interfaces.file_attributes": ("TLV_TABLE",),
    "scardmgr.interfaces.iso7816_commands": ("ISCardISO7816",),
    "scardmgr.interfaces.authentication": ("ISCardAuth",),
    "scardmgr.interfaces.byte_buffer": ("IByteBuffer", "STATSTRUCT"),
    "scardmgr.interfaces.card": ("ISCard",),
    "scardmgr.interfaces.command": ("ISCardCmd",),
    "scardmgr.interfaces.crypto_numbers": ("ALG_ID", "CRYPT_FLAGS", "HASH_PARAM", "KEY_PARAM"),
    "scardmgr.interfaces.crypto_provider": ("CRYPTPROV", "HCRYPTHASH", "HCRYPTKEY"),
    "scardmgr.interfaces.database": ("ISCardDatabase",),
    "scardmgr.interfaces.file_access": ("HSCARD_FILE", "ISCardFileAccess"),
    "scardmgr.interfaces.location": ("ISCardLocate", "SCARDINFO"),
    "scardmgr.interfaces.management": ("ISCardManage",),
    "scardmgr.interfaces.secure_messaging": ("SecureMessaging",),
    "scardmgr.interfaces.stream": ("ISequentialStream", "IStream", "STATSTG", "STGM", "STGTY"),
    "scardmgr.interfaces.type_conversion": ("BYTEARRAY", "ISCardTypeConv"),
    "scardmgr.interfaces.verification": ("ISCardVerify",),
    "scardmgr.connection.manage": ("SCardManage",),
    "scardmgr.providers.iso.provider": ("ISO7816Provider", "ISO_7816_PROVIDER"),
    "scardmgr.providers.registry": ("ATRPattern", "CardProvider", "CardTypes"),
    "scardmgr.providers.standard": ("CARD_TYPES",),
    "scardmgr.interfaces.unblocking": ("UnblockData",),
    "scardmgr.winscard.embedded": ("EmbeddedResourceManager",),
    "scardmgr.winscard.errors": ("SCardError",),
    "scardmgr.winscard.pyscard_programs": ("pyscard_on",),
    "scardmgr.winscard.selection": ("resource_manager",),
}
_PUBLISHED_CODES = "scardmgr.published.codes"

__all__ = [
    "ALG_ID",
    "BYTEARRAY",
    "CARD_TYPES",
    "CRYPTPROV",
    "CRYPT_FLAGS",
    "DISPATCH",
    "DISPID_PROPERTYPUT",
    "DISPID_UNKNOWN",
    "DISPID_VALUE",
    "DISPPARAMS",
    "EXCEPINFO",
    "E_ACCESSDENIED",
    "E_FAIL",
    "E_INVALIDARG",
    "E_NOTIMPL",
    "E_OUTOFMEMORY",
    "E_POINTER",
    "E_UNEXPECTED",
    "FILETYPE",
    "HASH_PARAM",
    "HCRYPTHASH",
    "HCRYPTKEY",
    "HRESULT",
    "HSCARD_FILE",
    "IID_NULL",
    "INS",
    "ISO_7816_PROVIDER",
    "ISO_APDU_TYPE",
    "KEY_PARAM",
    "LOCKTYPE",
    "NTE_BAD_DATA",
    "NTE_BAD_SIGNATURE",
    "NTE_NO_KEY",
    "REFTYPE",
    "SCARDINFO",
    "SCARD_DISPOSITIONS",
    "SCARD_E_BAD_SEEK",
    "SCARD_E_CANCELLED",
    "SCARD_E_CANT_DISPOSE",
    "SCARD_E_CARD_UNSUPPORTED",
    "SCARD_E_CERTIFICATE_UNAVAILABLE",
    "SCARD_E_COMM_DATA_LOST",
    "SCARD_E_DIR_NOT_FOUND",
    "SCARD_E_DUPLICATE_READER",
    "SCARD_E_FILE_NOT_FOUND",
    "SCARD_E_ICC_CREATEORDER",
    "SCARD_E_ICC_INSTALLATION",
    "SCARD_E_INSUFFICIENT_BUFFER",
    "SCARD_E_INVALID_ATR",
    "SCARD_E_INVALID_CHV",
    "SCARD_E_INVALID_HANDLE",
    "SCARD_E_INVALID_PARAMETER",
    "SCARD_E_INVALID_TARGET",
    "SCARD_E_INVALID_VALUE",
    "SCARD_E_NOT_READY",
    "SCARD_E_NOT_TRANSACTED",
    "SCARD_E_NO_ACCESS",
    "SCARD_E_NO_DIR",
    "SCARD_E_NO_FILE",
    "SCARD_E_NO_KEY_CONTAINER",
    "SCARD_E_NO_MEMORY",
    "SCARD_E_NO_PIN_CACHE",
    "SCARD_E_NO_READERS_AVAILABLE",
    "SCARD_E_NO_SERVICE",
    "SCARD_E_NO_SMARTCARD",
    "SCARD_E_NO_SUCH_CERTIFICATE",
    "SCARD_E_PCI_TOO_SMALL",
    "SCARD_E_PIN_CACHE_EXPIRED",
    "SCARD_E_PROTO_MISMATCH",
    "SCARD_E_READER_UNAVAILABLE",
    "SCARD_E_READER_UNSUPPORTED",
    "SCARD_E_READ_ONLY_CARD",
    "SCARD_E_SERVER_TOO_BUSY",
    "SCARD_E_SERVICE_STOPPED",
    "SCARD_E_SHARING_VIOLATION",
    "SCARD_E_SYSTEM_CANCELLED",
    "SCARD_E_TIMEOUT",
    "SCARD_E_UNEXPECTED",
    "SCARD_E_UNKNOWN_CARD",
    "SCARD_E_UNKNOWN_READER",
    "SCARD_E_UNKNOWN_RES_MNG",
    "SCARD_E_UNSUPPORTED_FEATURE",
    "SCARD_E_WRITE_TOO_MANY",
    "SCARD_FLAGS",
    "SCARD_F_COMM_ERROR",
    "SCARD_F_INTERNAL_ERROR",
    "SCARD_F_UNKNOWN_ERROR",
    "SCARD_F_WAITED_TOO_LONG",
    "SCARD_PROTOCOLS",
    "SCARD_P_SHUTDOWN",
    "SCARD_SCOPES",
    "SCARD_SHARE_MODES",
    "SCARD_STATES",
    "SCARD_S_SUCCESS",
    "SCARD_W_CACHE_ITEM_NOT_FOUND",
    "SCARD_W_CACHE_ITEM_STALE",
    "SCARD_W_CACHE_ITEM_TOO_BIG",
    "SCARD_W_CANCELLED_BY_USER",
    "SCARD_W_CARD_NOT_AUTHENTICATED",
    "SCARD_W_CHV_BLOCKED",
    "SCARD_W_EOF",
    "SCARD_W_REMOVED_CARD",
    "SCARD_W_RESET_CARD",
    "SCARD_W_SECURITY_VIOLATION",
    "SCARD_W_UNPOWERED_CARD",
    "SCARD_W_UNRESPONSIVE_CARD",
    "SCARD_W_UNSUPPORTED_CARD",
    "SCARD_W_WRONG_CHV",
    "SC_DLG",
    "SEEKTYPE",
    "STATFLAG",
    "STATSTG",
    "STATSTRUCT",
    "STGC",
    "STGM",
    "STGTY",
    "STREAM_SEEK",
    "S_FALSE",
    "S_OK",
    "TLV_TABLE",
    "ATRPattern",
    "ByteBuffer",
    "CardProvider",
    "CardTypes",
    "DispatchArgumentError",
    "DispatchError",
    "EmbeddedResourceManager",
    "HResultError",
    "IByteBuffer",
    "IDispatch",
    "ISCard",
    "ISCardAuth",
    "ISCardCmd",
    "ISCardDatabase",
    "ISCardFileAccess",
    "ISCardISO7816",
    "ISCardLocate",
    "ISCardManage",
    "ISCardTypeConv",
    "ISCardVerify",
    "ISO7816Provider",
    "ISequentialStream",
    "IStream",
    "IUnknown",
    "KeyType",
    "MemoryStream",
    "SCard",
    "SCardCmd",
    "SCardDatabase",
    "SCardError",
    "SCardISO7816",
    "SCardLocate",
    "SCardManage",
    "SCardTypeConv",
    "SecureMessaging",
    "SelectCardDialog",
    "UnblockData",
    "UnknownNameError",
    "authentication_token",
    "is_token_right",
    "pyscard_on",
    "resource_manager",
]


_MODULE_OF = dict.fromkeys(__all__, _PUBLISHED_CODES) | {
    name: module for module, names in _NAMES.items() for name in names
}


def __getattr__(name: str) -> object:
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
