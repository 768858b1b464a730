"""What a card says of itself: the data objects of its historical bytes and of its EF.ATR/INFO."""

from __future__ import annotations

from iso7816.atr import ATR
from iso7816.ber_tlv import TLV, iterate
from iso7816.errors import Iso7816Error, TLVError
from iso7816.historical_bytes import HistoricalBytes

EF_ATR_INFO = 0x2F01


def from_historical_bytes(atr: bytes) -> list[TLV]:
    """The COMPACT-TLV data objects as BER-TLV ones; none where there are none that can be read."""
    try:
        historical = HistoricalBytes.parse(ATR.parse(atr).historical_bytes)
    except Iso7816Error:
        return []
    return [TLV(tlv.ber_tag, tlv.value) for tlv in historical.objects]


def from_atr_info(content: bytes) -> list[TLV]:
    """The data objects of EF.ATR/INFO, up to its padding or the first that cannot be read."""
    found: list[TLV] = []
    try:
        for tlv in iterate(content):
            if tlv.tag == 0:
                break
            found.append(tlv)
    except TLVError:
        # Behind the last data object a file may hold anything.
        return found
    return found
