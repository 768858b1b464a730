"""What a card tells before any file: the tables ``card`` and ``contactless`` of a card definition."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from emulator.definition.section import choice, hex_digits, integer, list_of
from emulator.persistent import Identity
from iso7816.atr import ATR, MAX_ATR_SIZE, MAX_HISTORICAL_BYTES
from iso7816.ats import ATS, MAX_ATS_SIZE
from iso7816.contactless import ContactlessIdentity, contactless_atr
from iso7816.errors import ATRError, ATSError, ContactlessError
from iso7816.icc import TransmissionProtocol

if TYPE_CHECKING:
    from emulator.definition.section import Section

_DEFAULT_MEMORY: Final = 1 << 20
_MOST_MEMORY: Final = 1 << 30
_PROTOCOLS: Final = {"T=0": 0, "T=1": 1}
_BY_T: Final = {0: TransmissionProtocol.T0, 1: TransmissionProtocol.T1}

DEFAULT_UID: Final = bytes.fromhex("04112233445566")

# Frames of 256 bytes, 106 kbit/s, 39 ms to answer, card identifiers supported.
_DEFAULT_ATS: Final = ATS(fsci=8, ta=0x80, tb=0x70, tc=0x02)


def read_identity(whole: Section, name: str) -> Identity:
    """The identity of a new card, made from the definition called ``name``.

    Raises:
        CardDefinitionError: it is refused.
    """
    card = whole.section("card")
    contactless = None
    if "contactless" in whole:
        contactless, atr = _read_contactless(card, whole.section("contactless"))
        # Whole APDUs go over the air, as on T=1. Nothing is chosen there, though the ATR offers T=0 as well.
        protocols: tuple[TransmissionProtocol, ...] = (TransmissionProtocol.T1,)
    else:
        atr = _read_atr(card)
        offered = (_BY_T[t] for t in (atr.first_protocol, *atr.protocols) if t in _BY_T)
        protocols = tuple(dict.fromkeys(offered))
        if atr.first_protocol not in _BY_T:
            raise card.error("atr", "expected T=0 or T=1 as the first protocol offered")
    memory = card.take("memory", integer(0, _MOST_MEMORY), _DEFAULT_MEMORY)
    card.finish()
    return Identity(atr.to_bytes(), protocols, memory, name, contactless)


def _read_atr(card: Section) -> ATR:
    if "atr" in card:
        _refuse(card, "is part of atr: expected one of the two", "protocols", "historical_bytes")
        try:
            return ATR.parse(card.take("atr", hex_digits(2, MAX_ATR_SIZE)))
        except ATRError as error:
            raise card.error("atr", str(error)) from None
    protocols = card.take("protocols", list_of(choice(_PROTOCOLS)), [1])
    try:
        return ATR.build(protocols=protocols, historical_bytes=_read_historical_bytes(card))
    except ATRError:
        raise card.error("protocols", 'expected "T=0", "T=1" or both in that order') from None


def _read_contactless(card: Section, contactless: Section) -> tuple[ContactlessIdentity, ATR]:
    _refuse(card, "is made by the reader of a contactless card: expected none", "atr", "protocols")
    uid = contactless.take("uid", hex_digits(4, 10, "4, 7 or 10"), DEFAULT_UID)
    if "ats" in contactless:
        _refuse(card, "is part of contactless.ats: expected one of the two", "historical_bytes")
        try:
            ats = ATS.parse(contactless.take("ats", hex_digits(1, MAX_ATS_SIZE)))
            atr = contactless_atr(ats.historical_bytes)
        except (ATSError, ATRError) as error:
            raise contactless.error("ats", str(error)) from None
    else:
        ats = replace(_DEFAULT_ATS, historical_bytes=_read_historical_bytes(card))
        atr = contactless_atr(ats.historical_bytes)
    try:
        identity = ContactlessIdentity(uid, ats.to_bytes())
    except ContactlessError as error:
        raise contactless.error("uid", str(error)) from None
    contactless.finish()
    return identity, atr


def _read_historical_bytes(card: Section) -> bytes:
    return card.take("historical_bytes", hex_digits(0, MAX_HISTORICAL_BYTES), b"")


def _refuse(card: Section, expected: str, *keys: str) -> None:
    for key in keys:
        if key in card:
            raise card.error(key, expected)
