"""The text of a code as pcsc-lite's pcsc_stringify_error gives it, which is what SCardGetErrorMessage gives there."""

from __future__ import annotations

from scardmgr.winscard.codes import PCSCLITE_UNSUPPORTED_FEATURE, SCardCode

_TEXTS: dict[int, str] = {
    SCardCode.SCARD_S_SUCCESS: "Command successful.",
    SCardCode.SCARD_F_INTERNAL_ERROR: "Internal error.",
    SCardCode.SCARD_E_CANCELLED: "Command cancelled.",
    SCardCode.SCARD_E_INVALID_HANDLE: "Invalid handle.",
    SCardCode.SCARD_E_INVALID_PARAMETER: "Invalid parameter given.",
    SCardCode.SCARD_E_INVALID_TARGET: "Invalid target given.",
    SCardCode.SCARD_E_NO_MEMORY: "Not enough memory.",
    SCardCode.SCARD_F_WAITED_TOO_LONG: "Waited too long.",
    SCardCode.SCARD_E_INSUFFICIENT_BUFFER: "Insufficient buffer.",
    SCardCode.SCARD_E_UNKNOWN_READER: "Unknown reader specified.",
    SCardCode.SCARD_E_TIMEOUT: "Command timeout.",
    SCardCode.SCARD_E_SHARING_VIOLATION: "Sharing violation.",
    SCardCode.SCARD_E_NO_SMARTCARD: "No smart card inserted.",
    SCardCode.SCARD_E_UNKNOWN_CARD: "Unknown card.",
    SCardCode.SCARD_E_CANT_DISPOSE: "Cannot dispose handle.",
    SCardCode.SCARD_E_PROTO_MISMATCH: "Card protocol mismatch.",
    SCardCode.SCARD_E_NOT_READY: "Subsystem not ready.",
    SCardCode.SCARD_E_INVALID_VALUE: "Invalid value given.",
    SCardCode.SCARD_E_SYSTEM_CANCELLED: "System cancelled.",
    SCardCode.SCARD_F_COMM_ERROR: "RPC transport error.",
    SCardCode.SCARD_F_UNKNOWN_ERROR: "Unknown error.",
    SCardCode.SCARD_E_INVALID_ATR: "Invalid ATR.",
    SCardCode.SCARD_E_NOT_TRANSACTED: "Transaction failed.",
    SCardCode.SCARD_E_READER_UNAVAILABLE: "Reader is unavailable.",
    SCardCode.SCARD_E_PCI_TOO_SMALL: "PCI struct too small.",
    SCardCode.SCARD_E_READER_UNSUPPORTED: "Reader is unsupported.",
    SCardCode.SCARD_E_DUPLICATE_READER: "Reader already exists.",
    SCardCode.SCARD_E_CARD_UNSUPPORTED: "Card is unsupported.",
    SCardCode.SCARD_E_NO_SERVICE: "Service not available.",
    SCardCode.SCARD_E_SERVICE_STOPPED: "Service was stopped.",
    SCardCode.SCARD_E_NO_READERS_AVAILABLE: "Cannot find a smart card reader.",
    SCardCode.SCARD_W_UNSUPPORTED_CARD: "Card is not supported.",
    SCardCode.SCARD_W_UNRESPONSIVE_CARD: "Card is unresponsive.",
    SCardCode.SCARD_W_UNPOWERED_CARD: "Card is unpowered.",
    SCardCode.SCARD_W_RESET_CARD: "Card was reset.",
    SCardCode.SCARD_W_REMOVED_CARD: "Card was removed.",
    SCardCode.SCARD_W_SECURITY_VIOLATION: "Access denied.",
    PCSCLITE_UNSUPPORTED_FEATURE: "Feature not supported.",
}


def pcsclite_text(code: int) -> str:
    """The text of a code; one without text is named by its number, as wide as a C long of 64 bits."""
    return _TEXTS.get(code) or f"Unknown error: 0x{code & 0xFFFFFFFFFFFFFFFF:08X}"
