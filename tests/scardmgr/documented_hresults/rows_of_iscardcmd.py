"""How each HRESULT that ISCardCmd's pages list is provoked."""

from __future__ import annotations

from documented_rows import NO_OUT_PARAMETER, Call, Impossible, Rows, no_out_parameter

from scardmgr import ISO_APDU_TYPE, SCardCmd

CASE_3 = ISO_APDU_TYPE.ISO_CASE_3


def _put(name: str, value: object) -> Call:
    return lambda _: setattr(SCardCmd(bytes(4)), name, value)


PROVOKED: Rows = {
    ("put_Apdu", "E_INVALIDARG"): _put("Apdu", b"\x00\xa4\x00"),
    ("put_Apdu", "E_POINTER"): _put("Apdu", None),
    ("put_ApduReply", "E_INVALIDARG"): _put("ApduReply", b"\x90"),
    ("put_ApduReply", "E_POINTER"): _put("ApduReply", None),
    ("put_ClassId", "E_INVALIDARG"): _put("ClassId", 0x100),
    ("put_Data", "E_INVALIDARG"): _put("Data", bytes(65536)),
    ("put_Data", "E_POINTER"): _put("Data", None),
    ("put_InstructionId", "E_INVALIDARG"): _put("InstructionId", -1),
    ("put_P1", "E_INVALIDARG"): _put("P1", 0x100),
    ("put_P2", "E_INVALIDARG"): _put("P2", "00"),
    ("put_ReplyStatus", "E_INVALIDARG"): _put("ReplyStatus", 0x10000),
    ("put_Nad", "E_INVALIDARG"): _put("Nad", 0x100),
    ("put_AlternateClassId", "E_INVALIDARG"): _put("AlternateClassId", 0x100),
    ("get_AlternateClassId", "E_ACCESSDENIED"): lambda _: SCardCmd().AlternateClassId,
    ("get_ReplyNad", "E_ACCESSDENIED"): lambda desk: desk.iscard.Transaction(SCardCmd(bytes(4))).ReplyNad,
    ("BuildCmd", "E_INVALIDARG"): lambda _: SCardCmd().BuildCmd(0x00, 0xB0, 0, 0, None, 65537),
    ("BuildCmd", "E_POINTER"): lambda _: SCardCmd().BuildCmd(0x00, None),
    ("Encapsulate", "E_INVALIDARG"): lambda _: SCardCmd().Encapsulate(bytes(4), CASE_3),
    ("Encapsulate", "E_POINTER"): lambda _: SCardCmd().Encapsulate(None, CASE_3),
}

_OF_BOTH_CODES = (
    "get_Apdu",
    "get_ApduLength",
    "get_ApduReply",
    "get_ApduReplyLength",
    "get_ClassId",
    "get_Data",
    "get_InstructionId",
    "get_P1",
    "get_P2",
    "get_P3",
    "get_ReplyStatus",
    "get_ReplyStatusSW1",
    "get_ReplyStatusSW2",
)

IMPOSSIBLE: Impossible = {
    **no_out_parameter(*_OF_BOTH_CODES),
    ("get_LeField", "E_INVALIDARG"): NO_OUT_PARAMETER,
    ("get_ReplyNad", "E_INVALIDARG"): NO_OUT_PARAMETER,
    ("get_AlternateClassId", "E_INVALIDARG"): NO_OUT_PARAMETER,
    ("Clear", "S_FALSE"): "it is for an unknown error, and two buffers cannot fail to be emptied",
}
