"""The constants of ``smartcard.scard``, name by name, with the values that pyscard 2.3 has on each platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import INFINITE, Attribute, Disposition, Protocols, ReaderStateFlag, Scope, ShareMode

if TYPE_CHECKING:
    from scardmgr.winscard.pyscard_programs.platforms import Platform

#: Codes of Windows that pyscard does not name.
_UNNAMED_CODES = {
    SCardCode.SCARD_E_PIN_CACHE_EXPIRED,
    SCardCode.SCARD_E_NO_PIN_CACHE,
    SCardCode.SCARD_E_READ_ONLY_CARD,
    SCardCode.SCARD_W_CACHE_ITEM_NOT_FOUND,
    SCardCode.SCARD_W_CACHE_ITEM_STALE,
    SCardCode.SCARD_W_CACHE_ITEM_TOO_BIG,
}

_ANY = Protocols.ANY.value
_T15 = 8
_WINDOWS_DEFAULT = -0x80000000  # 0x80000000 as the C int that pyscard makes of an enumerator
_ONLY_PCSCLITE_ATTRIBUTES = {Attribute.ASYNC_PROTOCOL_TYPES, Attribute.SYNC_PROTOCOL_TYPES}
_ANSI_ATTRIBUTES = {Attribute.DEVICE_FRIENDLY_NAME, Attribute.DEVICE_SYSTEM_NAME}


def constants_of(platform: Platform) -> dict[str, int | str]:
    """Every constant, by name."""
    return {
        "INFINITE": INFINITE,
        "resourceManager": platform.resource_manager,
        "resourceManagerSubType": platform.subtype,
        **{f"SCARD_SCOPE_{scope.name}": scope.value for scope in Scope if scope is not Scope.GLOBAL},
        **{f"SCARD_SHARE_{mode.name}": mode.value for mode in ShareMode},
        **{f"SCARD_{disposition.name}_CARD": disposition.value for disposition in Disposition},
        **{f"SCARD_STATE_{name}": flag.value for name, flag in ReaderStateFlag.__members__.items()},
        **_protocols(platform),
        **_attributes(platform),
        **_codes(platform),
        **(_WINDOWS_ONLY if platform.is_windows else {"INVALID_HANDLE": SCardCode.SCARD_E_INVALID_HANDLE.value}),
    }


_WINDOWS_ONLY = {
    "SCARD_PROVIDER_PRIMARY": 1,
    "SCARD_PROVIDER_CSP": 2,
    "ERROR_ALREADY_EXISTS": 183,
    "ERROR_INVALID_HANDLE": 6,
}


def _protocols(platform: Platform) -> dict[str, int]:
    is_macos = platform.subtype == "pcsclite-lion"
    return {
        "SCARD_PROTOCOL_UNDEFINED": 0,
        "SCARD_PROTOCOL_UNSET": _ANY if is_macos else 0,
        "SCARD_PROTOCOL_T0": Protocols.T0.value,
        "SCARD_PROTOCOL_T1": Protocols.T1.value,
        "SCARD_PROTOCOL_RAW": platform.raw,
        "SCARD_PROTOCOL_T15": _T15,
        "SCARD_PROTOCOL_ANY": _ANY,
        "SCARD_PROTOCOL_Tx": _ANY,
        "SCARD_PROTOCOL_DEFAULT": _WINDOWS_DEFAULT if platform.is_windows else _ANY,
        "SCARD_PROTOCOL_OPTIMAL": _ANY if is_macos else 0,
        "SCARD_PCI_T0": 1,
        "SCARD_PCI_T1": 2,
        "SCARD_PCI_RAW": 4,
    }


def _attributes(platform: Platform) -> dict[str, int]:
    named = {
        f"SCARD_ATTR_{attribute.name}" + ("_A" if attribute in _ANSI_ATTRIBUTES else ""): attribute.value
        for attribute in Attribute
        if not (platform.is_windows and attribute in _ONLY_PCSCLITE_ATTRIBUTES)
    }
    if not platform.is_windows:
        named.update({f"SCARD_ATTR_{attribute.name}": attribute.value for attribute in _ANSI_ATTRIBUTES})
    return named


def _codes(platform: Platform) -> dict[str, int]:
    named = {code.name: platform.code(code.value) for code in SCardCode if code not in _UNNAMED_CODES}
    # Off Windows two names share the number that Windows gives to the other one.
    unexpected = SCardCode.SCARD_E_UNEXPECTED.value
    windows_unsupported = SCardCode.SCARD_E_UNSUPPORTED_FEATURE.value
    sign = (1 << 32) if platform.negative_codes else 0
    named["SCARD_E_UNEXPECTED"] = unexpected - sign
    named["SCARD_E_UNSUPPORTED_FEATURE"] = (windows_unsupported if platform.is_windows else unexpected) - sign
    named["SCARD_P_SHUTDOWN"] = SCardCode.SCARD_P_SHUTDOWN.value  # the one that pyscard declares unsigned
    return named
