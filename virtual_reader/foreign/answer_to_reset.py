"""Whether what a foreign card answers to reset can be taken for an ATR."""

from __future__ import annotations

from typing import Final

from iso7816.atr import MAX_ATR_SIZE, Convention

from ..errors import CardLost

MIN_ATR_SIZE: Final = 2
_TD: Final = 0x8
"""Of the four bits that announce TA, TB, TC and TD."""


def check_atr(answer: bytes) -> None:
    """Let pass what a reader could read: TS, T0 and all that they announce (ISO/IEC 7816-3:2006, 8.2).

    TCK is left alone, and so is what follows the announced bytes, as pcscd leaves both: cards with a wrong one work
    behind the driver. An empty answer is none of a mute card, either: the driver takes it for the end of the card
    (vsmartcard, ``vpcd.c``, ``vicc_transmit``).

    Raises:
        CardLost: it is no ATR.
    """
    if not MIN_ATR_SIZE <= len(answer) <= MAX_ATR_SIZE:
        raise CardLost(f"answered to reset with {len(answer)} bytes: an ATR has {MIN_ATR_SIZE} to {MAX_ATR_SIZE}")
    if answer[0] not in (Convention.DIRECT, Convention.INVERSE):
        raise _no_atr(answer, f"TS is {answer[0]:02X}, and not 3B or 3F")
    announced, end = answer[1] >> 4, 2
    while True:
        end += announced.bit_count()
        if not announced & _TD:
            break
        if end > len(answer):
            raise _no_atr(answer, "it ends among the interface bytes that it announces")
        announced = answer[end - 1] >> 4
    end += answer[1] & 0x0F
    if end > len(answer):
        raise _no_atr(answer, f"it announces {end} bytes without TCK")


def _no_atr(answer: bytes, why: str) -> CardLost:
    return CardLost(f"answered to reset with {answer.hex(' ').upper()}, which is no ATR: {why}")
