"""Management commands that YubiKeys have, and programs made for them use (Yubico, *PIV commands*).

::

    GET VERSION          FD 00 00              major, minor, patch
    GET SERIAL           F8 00 00              4 bytes
    GET METADATA         F7 00 key             data objects, see below
    SET MANAGEMENT KEY   FF FF FF              algorithm 9B L key      (FF FE: uses wait for a touch)
    SET PIN RETRIES      FA pin puk            tries of PIN and PUK, which become the well-known ones
    RESET                FB 00 00              everything but the attestation key, where PIN and PUK are blocked

    metadata             01 algorithm (FF: a code)      04 public key, as the value of 7F49
                         02 PIN policy, touch policy    05 01: the well-known value
                         03 origin                      06 most tries, tries left
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emulator.applications.piv.algorithms import ALGORITHMS, TRIPLE_DES
from emulator.applications.piv.data_objects import ATTESTATION_CERTIFICATE, DISCOVERY
from emulator.applications.piv.key_references import (
    ADMINISTRATION_KEY,
    ATTESTATION_KEY,
    ReferenceData,
    TouchPolicy,
)
from emulator.applications.piv.security import (
    authorise_administrator,
    is_contactless,
    is_pin_verified,
    set_verified,
)
from emulator.applications.piv.stored_keys import (
    CODES,
    SETTINGS,
    KeyPair,
    SecretKey,
    Settings,
    key_pair_key,
    secret_key_key,
)
from emulator.applications.piv.stored_objects import discovery_object, object_key
from emulator.applications.piv.verification import padded_pin
from emulator.applications.secret_codes import SecretCode
from iso7816.authentication import is_same_secret
from iso7816.ber_tlv import TLV, decode_one, encode_all
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU

WELL_KNOWN_PIN: Final = b"123456"
WELL_KNOWN_PUK: Final = b"12345678"
WELL_KNOWN_KEY: Final = bytes(range(1, 9)) * 3
TRIES: Final = 3
"""Of PIN and PUK, where nothing else is said."""

_ANY_TOUCH: Final = {0xFF: TouchPolicy.NEVER, 0xFE: TouchPolicy.ALWAYS}
_ALGORITHM, _POLICY, _ORIGIN, _PUBLIC_KEY, _IS_WELL_KNOWN, _TRIES = range(1, 7)
_A_CODE: Final = b"\xff"


def parse_nothing(p1: int, p2: int) -> None:
    """Raises StatusWordError 6A86 unless P1 and P2 are 00."""
    if p1 != 0 or p2 != 0:
        raise StatusWordError(SW.INCORRECT_P1_P2)


def parse_reference(p1: int, p2: int) -> int:
    """The key reference in P2. Raises StatusWordError 6A86 unless P1 is 00."""
    if p1 != 0:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return p2


def parse_touch(p1: int, p2: int) -> TouchPolicy:
    """The touch policy of a management key. Raises StatusWordError 6A86."""
    if p1 != 0xFF or p2 not in _ANY_TOUCH:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return _ANY_TOUCH[p2]


def parse_tries(p1: int, p2: int) -> tuple[int, int]:
    """Tries of PIN and PUK. Raises StatusWordError 6A86 for 0."""
    if p1 == 0 or p2 == 0:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return p1, p2


def require_extensions(card: CardContext) -> Settings:
    """The settings of a card that has the management commands. Raises StatusWordError 6D00."""
    settings = Settings.read(card.values)
    if not settings.extended:
        raise StatusWordError(SW.INS_UNSUPPORTED)
    return settings


def get_version(card: CardContext, _command: CommandAPDU, _parameters: None) -> Response:
    """GET VERSION (FD)."""
    return bytes(require_extensions(card).version)


def get_serial(card: CardContext, _command: CommandAPDU, _parameters: None) -> Response:
    """GET SERIAL (F8)."""
    return require_extensions(card).serial.to_bytes(4, "big")


def get_metadata(card: CardContext, _command: CommandAPDU, reference: int) -> Response:
    """GET METADATA (F7). 6A88: there is no such key or code."""
    require_extensions(card)
    codes = {int(code): code for code in (ReferenceData.PIN, ReferenceData.PUK)}
    if reference in codes:
        return encode_all(_metadata_of_code(card, codes[reference]))
    if reference == ADMINISTRATION_KEY:
        secret = SecretKey.read(card.values, reference)
        return encode_all(_metadata_of_secret(secret)) if secret is not None else _nothing_there()
    if reference == ATTESTATION_KEY:
        from emulator.applications.piv.attestation import ensure_attestation_key

        ensure_attestation_key(card)
    pair = KeyPair.read(card.values, reference)
    return encode_all(_metadata_of_key_pair(card, pair)) if pair is not None else _nothing_there()


def _nothing_there() -> bytes:
    raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)


def _metadata_of_code(card: CardContext, reference: ReferenceData) -> list[TLV]:
    code = SecretCode.read(card, CODES[reference])
    well_known = padded_pin(WELL_KNOWN_PIN) if reference is ReferenceData.PIN else WELL_KNOWN_PUK
    return [
        TLV(_ALGORITHM, _A_CODE),
        TLV(_IS_WELL_KNOWN, bytes((is_same_secret(code.value, well_known),))),
        TLV(_TRIES, bytes((code.max_tries, code.tries_left))),
    ]


def _metadata_of_secret(secret: SecretKey) -> list[TLV]:
    return [
        TLV(_ALGORITHM, bytes((secret.algorithm.identifier,))),
        TLV(_POLICY, bytes((0, secret.touch_policy))),
        TLV(_IS_WELL_KNOWN, bytes((is_same_secret(secret.key, WELL_KNOWN_KEY),))),
    ]


def _metadata_of_key_pair(card: CardContext, pair: KeyPair) -> list[TLV]:
    from iso7816.public_key_template import public_key_template

    template, _rest = decode_one(public_key_template(pair.private_key(card).public_key()))
    return [
        TLV(_ALGORITHM, bytes((pair.algorithm.identifier,))),
        TLV(_POLICY, bytes((pair.pin_policy.of_pin, pair.touch_policy))),
        TLV(_ORIGIN, bytes((pair.origin,))),
        TLV(_PUBLIC_KEY, template.value),
    ]


def set_management_key(card: CardContext, command: CommandAPDU, touch: TouchPolicy) -> Response:
    """SET MANAGEMENT KEY (FF). 6982 the administrator has not been authenticated; 6A80 no key of the algorithm."""
    require_extensions(card)
    authorise_administrator(card)
    data = command.data
    algorithm = ALGORITHMS.get(data[0]) if data else None
    if algorithm is None or not algorithm.kind.is_secret:
        raise StatusWordError(SW.WRONG_DATA)
    key = data[3:]
    if data[1:3] != bytes((ADMINISTRATION_KEY, algorithm.key_bytes)) or len(key) != algorithm.key_bytes:
        raise StatusWordError(SW.WRONG_DATA)
    card.values.put(secret_key_key(ADMINISTRATION_KEY), SecretKey(algorithm, touch, key).to_bytes())
    return b""


def set_pin_retries(card: CardContext, _command: CommandAPDU, tries: tuple[int, int]) -> Response:
    """SET PIN RETRIES (FA). 6982 the administrator has not been authenticated, or the PIN is not verified."""
    require_extensions(card)
    authorise_administrator(card)
    if not is_pin_verified(card):
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)
    for key, value in well_known_codes(*tries).items():
        card.values.put(key, value)
    set_verified(card, ReferenceData.PIN, verified=False)
    return b""


def reset(card: CardContext, _command: CommandAPDU, _parameters: None) -> Response:
    """RESET (FB). 6985 PIN or PUK is not blocked; 6A81 over the contactless interface."""
    settings = require_extensions(card)
    if is_contactless(card):
        raise StatusWordError(SW.FUNCTION_UNSUPPORTED)
    if not all(SecretCode.read(card, CODES[code]).is_blocked for code in (ReferenceData.PIN, ReferenceData.PUK)):
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    kept = {key_pair_key(ATTESTATION_KEY), object_key(ATTESTATION_CERTIFICATE)}
    for key in tuple(card.values.keys()):
        if key not in kept:
            card.values.remove(key)
    for key, value in factory_values(settings).items():
        card.values.put(key, value)
    card.channel.application_state = {}
    card.channel.end_session()
    return b""


def well_known_codes(pin_tries: int, puk_tries: int) -> Mapping[bytes, bytes]:
    """The values of PIN and PUK that everybody knows."""
    return {
        CODES[ReferenceData.PIN]: SecretCode.new(padded_pin(WELL_KNOWN_PIN), pin_tries).to_bytes(),
        CODES[ReferenceData.PUK]: SecretCode.new(WELL_KNOWN_PUK, puk_tries).to_bytes(),
    }


def factory_values(settings: Settings) -> Mapping[bytes, bytes]:
    """All that an application has that nobody has personalised."""
    return {
        SETTINGS: settings.to_bytes(),
        **well_known_codes(TRIES, TRIES),
        secret_key_key(ADMINISTRATION_KEY): SecretKey(
            ALGORITHMS[TRIPLE_DES], TouchPolicy.NEVER, WELL_KNOWN_KEY
        ).to_bytes(),
        object_key(DISCOVERY): discovery_object(0x40, 0),
    }
