"""Data objects that are made when they are read (OpenPGP card 3.4.1, 4.4.1, 4.4.3).

::

    4F    application identifier            C0  extended capabilities
    5F52  historical bytes                  C4  password status
    65    cardholder related data           C5  fingerprints of the keys
    6E    application related data          C6  fingerprints of certification authorities
    73    discretionary data objects        CD  generation dates
    7A    security support template         DE  key information
    7F66  extended length information       FA  algorithm information
    7F74  general feature management        93  signature counter

Templates come with their tag and length, everything else as its value alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from emulator.applications.openpgp.data_objects import (
    LANGUAGE,
    MAX_CERTIFICATE,
    MAX_SPECIAL,
    NAME,
    PASSWORD_STATUS,
    SEX,
    value_of,
)
from emulator.applications.openpgp.key_slots import KeySlot, Origin, StoredKey
from emulator.applications.openpgp.life_cycle import life_cycle
from emulator.applications.openpgp.passwords import MAX_LENGTH, Password
from emulator.applications.openpgp.secure_messaging import algorithm_of
from emulator.applications.openpgp.user_interaction import BUTTON
from iso7816.atr import ATR
from iso7816.ber_tlv import TLV, encode_header
from iso7816.errors import Iso7816Error
from iso7816.historical_bytes import HistoricalBytes, StatusIndicator
from iso7816.status_words import SW

if TYPE_CHECKING:
    from emulator.applications.contract import ApplicationValues
    from emulator.command import CardContext

APPLICATION_IDENTIFIER: Final = 0x4F
HISTORICAL_BYTES: Final = 0x5F52
CARDHOLDER: Final = 0x65
APPLICATION_RELATED: Final = 0x6E
DISCRETIONARY: Final = 0x73
SECURITY_SUPPORT: Final = 0x7A
EXTENDED_LENGTHS: Final = 0x7F66
FEATURES: Final = 0x7F74
SIGNATURE_COUNTER: Final = 0x93
EXTENDED_CAPABILITIES: Final = 0xC0
FINGERPRINTS: Final = 0xC5
CA_FINGERPRINTS: Final = 0xC6
GENERATION_DATES: Final = 0xCD
KEY_INFORMATION: Final = 0xDE
ALGORITHM_INFORMATION: Final = 0xFA

MAX_CHALLENGE: Final = 2048
_MAX_APDU: Final = 65535
_COUNTER_SIZE: Final = 3
_MAX_COUNT: Final = 0xFFFFFF
_COUNTER: Final = b"signature counter"

_SECURE_MESSAGING: Final = 0x80
# GET CHALLENGE, key import, PW status changeable, private use, attributes changeable, AES, KDF-DO.
_ALWAYS_SUPPORTED: Final = 0x7F
# No PIN blocks of format 2; MANAGE SECURITY ENVIRONMENT.
_LIMITS: Final = b"".join(
    (
        MAX_CHALLENGE.to_bytes(2, "big"),
        MAX_CERTIFICATE.to_bytes(2, "big"),
        MAX_SPECIAL.to_bytes(2, "big"),
        bytes((0x00, 0x01)),
    )
)
# Category 00, card service data, card capabilities: for a card whose ATR has no historical bytes of that form.
_USUAL_HISTORICAL_BYTES: Final = HistoricalBytes.parse(bytes.fromhex("0031F573C00160059000"))


def signature_count(card: CardContext) -> int:
    """How many signatures the signature key has made."""
    return signatures_among(card.values)


def signatures_among(values: Mapping[bytes, bytes] | ApplicationValues) -> int:
    """How many signatures the signature key of the card that has these values has made."""
    return int.from_bytes(values.get(_COUNTER) or b"", "big")


def count_signature(card: CardContext) -> None:
    """One signature more; the counter stays at its end."""
    count = min(signature_count(card) + 1, _MAX_COUNT)
    card.values.put(_COUNTER, count.to_bytes(_COUNTER_SIZE, "big"))


def forget_signatures(card: CardContext) -> None:
    """Another signature key has none yet."""
    card.values.put(_COUNTER, bytes(_COUNTER_SIZE))


def origin_of(card: CardContext, slot: KeySlot) -> Origin:
    """Where the key in a slot came from."""
    value = card.values.get(slot.value_key)
    return Origin.NONE if value is None else StoredKey.from_bytes(value).origin


def _application_identifier(card: CardContext) -> bytes:
    return card.state.files[card.channel.application].name or b""


def _historical_bytes(card: CardContext) -> bytes:
    try:
        announced = HistoricalBytes.parse(ATR.parse(card.state.identity.atr).historical_bytes)
        found = replace(announced, status=StatusIndicator(life_cycle(card.values), SW.OK))
    except Iso7816Error:
        found = replace(_USUAL_HISTORICAL_BYTES, status=StatusIndicator(life_cycle(card.values), SW.OK))
    return found.to_bytes()


def _password_status(card: CardContext) -> bytes:
    lengths = bytes((MAX_LENGTH,) * 3)
    codes = (Password.PW1, Password.RESETTING_CODE, Password.PW3)
    return value_of(card.values, PASSWORD_STATUS) + lengths + bytes(each.tries_left(card.values) for each in codes)


def _of_each_slot(card: CardContext, tags: Iterable[int]) -> bytes:
    return b"".join(value_of(card.values, tag) for tag in tags)


def _fingerprints(card: CardContext) -> bytes:
    return _of_each_slot(card, (slot.fingerprint for slot in KeySlot))


def _ca_fingerprints(card: CardContext) -> bytes:
    return _of_each_slot(card, (slot.ca_fingerprint for slot in KeySlot))


def _generation_dates(card: CardContext) -> bytes:
    return _of_each_slot(card, (slot.generation_date for slot in KeySlot))


def _key_information(card: CardContext) -> bytes:
    return b"".join(bytes((slot.reference, origin_of(card, slot))) for slot in KeySlot)


def _counter(card: CardContext) -> bytes:
    return signature_count(card).to_bytes(_COUNTER_SIZE, "big")


def _extended_capabilities(card: CardContext) -> bytes:
    algorithm = algorithm_of(card.values)
    if algorithm is None:
        return bytes((_ALWAYS_SUPPORTED, 0x00)) + _LIMITS
    return bytes((_SECURE_MESSAGING | _ALWAYS_SUPPORTED, algorithm)) + _LIMITS


def _cardholder(card: CardContext) -> bytes:
    return b"".join(TLV(tag, value_of(card.values, tag)).to_bytes() for tag in (NAME, LANGUAGE, SEX))


def _security_support(card: CardContext) -> bytes:
    return TLV(SIGNATURE_COUNTER, _counter(card)).to_bytes()


def _extended_lengths(_card: CardContext) -> bytes:
    return TLV(0x02, _MAX_APDU.to_bytes(2, "big")).to_bytes() * 2


def _features(_card: CardContext) -> bytes:
    return TLV(0x81, bytes((BUTTON,))).to_bytes()


def _discretionary(card: CardContext) -> bytes:
    parts = [TLV(EXTENDED_CAPABILITIES, _extended_capabilities(card))]
    parts += [TLV(slot.attributes, value_of(card.values, slot.attributes)) for slot in KeySlot]
    parts += [
        TLV(PASSWORD_STATUS, _password_status(card)),
        TLV(FINGERPRINTS, _fingerprints(card)),
        TLV(CA_FINGERPRINTS, _ca_fingerprints(card)),
        TLV(GENERATION_DATES, _generation_dates(card)),
        TLV(KEY_INFORMATION, _key_information(card)),
    ]
    parts += [TLV(slot.user_interaction, value_of(card.values, slot.user_interaction)) for slot in KeySlot]
    return b"".join(part.to_bytes() for part in parts)


def _application_related(card: CardContext) -> bytes:
    parts = (
        TLV(APPLICATION_IDENTIFIER, _application_identifier(card)),
        TLV(HISTORICAL_BYTES, _historical_bytes(card)),
        TLV(FEATURES, _features(card)),
        TLV(EXTENDED_LENGTHS, _extended_lengths(card)),
        TLV(DISCRETIONARY, _discretionary(card)),
    )
    return b"".join(part.to_bytes() for part in parts)


def _algorithm_information(_card: CardContext) -> bytes:
    return b"".join(
        TLV(slot.attributes, attributes.to_bytes()).to_bytes() for slot in KeySlot for attributes in slot.offered()
    )


VALUES: Final[Mapping[int, Callable[[CardContext], bytes]]] = {
    APPLICATION_IDENTIFIER: _application_identifier,
    HISTORICAL_BYTES: _historical_bytes,
    SIGNATURE_COUNTER: _counter,
    EXTENDED_CAPABILITIES: _extended_capabilities,
    PASSWORD_STATUS: _password_status,
    FINGERPRINTS: _fingerprints,
    CA_FINGERPRINTS: _ca_fingerprints,
    GENERATION_DATES: _generation_dates,
    KEY_INFORMATION: _key_information,
}
"""What is read as its value alone."""

TEMPLATES: Final[Mapping[int, Callable[[CardContext], bytes]]] = {
    CARDHOLDER: _cardholder,
    APPLICATION_RELATED: _application_related,
    DISCRETIONARY: _discretionary,
    SECURITY_SUPPORT: _security_support,
    EXTENDED_LENGTHS: _extended_lengths,
    FEATURES: _features,
    ALGORITHM_INFORMATION: _algorithm_information,
}
"""What is read with its tag and length."""


def made(card: CardContext, tag: int) -> bytes | None:
    """A data object that is made when it is read, as GET DATA answers it; ``None`` for any other tag."""
    if tag in VALUES:
        return VALUES[tag](card)
    if tag in TEMPLATES:
        value = TEMPLATES[tag](card)
        return encode_header(tag, len(value)) + value
    return None
