"""The options of a card definition: what a new PIV card has (docs/profiles/piv.md)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from emulator.applications.piv.algorithms import ALGORITHMS, TRIPLE_DES
from emulator.applications.piv.data_objects import (
    BIOMETRIC_TEMPLATES,
    CHUID,
    DISCOVERY,
    PAIRING_CODE,
    SIGNER_CERTIFICATE,
    kind_of,
)
from emulator.applications.piv.enrolled_fingers import (
    LEAST_ENROLLED,
    MOST,
    MOST_TRIES,
    SHARE,
    are_biometric_templates,
    biometric_templates,
    enrolled_value,
    fingers_of,
)
from emulator.applications.piv.enrolled_fingers import TRIES as FINGER_TRIES
from emulator.applications.piv.key_references import (
    ADMINISTRATION_KEY,
    CARD_AUTHENTICATION_KEY,
    CHOSEN_PIN_POLICIES,
    FINGERS,
    SLOTS,
    PINPolicy,
    ReferenceData,
    TouchPolicy,
)
from emulator.applications.piv.management import TRIES, WELL_KNOWN_KEY, WELL_KNOWN_PIN, WELL_KNOWN_PUK
from emulator.applications.piv.stored_keys import CODES, SETTINGS, SecretKey, Settings, secret_key_key
from emulator.applications.piv.stored_objects import (
    WITH_COMPARISON,
    WITH_GLOBAL_PIN,
    WITH_PIN,
    WITH_VIRTUAL_CONTACT,
    WITHOUT_PAIRING_CODE,
    certificate_object,
    discovery_object,
    is_discovery_object,
    object_key,
    pairing_code_object,
)
from emulator.applications.piv.verification import LENGTH, is_pairing_code, is_pin, padded_pin
from emulator.applications.secret_codes import MAX_TRIES, SecretCode
from emulator.definition.pem import to_certificate, to_private_key
from emulator.definition.section import boolean, choice, hex_digits, integer, octets, text, to_table
from emulator.errors import CardDefinitionError
from iso7816.biometric_templates import Finger
from iso7816.errors import KeyDataError, MinutiaeError
from iso7816.finger_minutiae import MINUTIA_SIZE
from iso7816.piv.cipher_suites import CS2, CS7

if TYPE_CHECKING:
    from emulator.definition.section import Section
    from iso7816.piv.cipher_suites import CipherSuite

_CIPHERS: Final = {"3des": 0x03, "aes-128": 0x08, "aes-192": 0x0A, "aes-256": 0x0C}
_SUITES: Final = {suite.name: suite for suite in (CS2, CS7)}
_PIN_POLICIES: Final = {policy.name.lower(): policy for policy in CHOSEN_PIN_POLICIES}
_TOUCH_POLICIES: Final = {policy.name.lower(): policy for policy in TouchPolicy}
_FINGERS: Final = {finger.name.lower().replace("_", " "): finger for finger in Finger}
_VERSION: Final = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})")
_DEFAULT_VERSION: Final = "5.7.1"
_MOST: Final = 65535


def define(options: Section) -> dict[bytes, bytes]:
    """The values of a new card.

    Raises:
        CardDefinitionError: an option is refused.
    """
    settings = Settings(
        options.take("management_extensions", boolean, False),
        _version(options),
        options.take("serial", integer(0, 0xFFFFFFFF), 0),
        options.take("contactless_tries_kept", integer(0, MAX_TRIES), 1),
    )
    values = {SETTINGS: settings.to_bytes()}
    _add_codes(options, values)
    _add_secret(options, values, "management_key", ADMINISTRATION_KEY, WELL_KNOWN_KEY)
    _add_secret(options, values, "card_authentication_secret", CARD_AUTHENTICATION_KEY, None)
    for section in options.sections("keys"):
        _add_key(section, values)
        section.finish()
    _add_fingers(options, values)
    _add_objects(options, values, extended=settings.extended)
    _add_secure_messaging(options, values)
    return values


def _version(options: Section) -> tuple[int, int, int]:
    found = _VERSION.fullmatch(options.take("version", text, _DEFAULT_VERSION))
    if found is None or max(numbers := [int(part) for part in found.groups()]) > 0xFF:
        raise options.error("version", 'expected three numbers up to 255, as in "5.7.1"')
    return numbers[0], numbers[1], numbers[2]


def _add_codes(options: Section, values: dict[bytes, bytes]) -> None:
    wanted = [("pin", ReferenceData.PIN, WELL_KNOWN_PIN), ("puk", ReferenceData.PUK, WELL_KNOWN_PUK)]
    if "global_pin" in options:
        wanted.append(("global_pin", ReferenceData.GLOBAL_PIN, b""))
    for name, reference, default in wanted:
        value = options.take(name, octets(1, LENGTH), default)
        if reference is not ReferenceData.PUK:
            value = padded_pin(value)
            if not is_pin(value):
                raise options.error(name, "expected 6 to 8 digits")
        elif len(value) != LENGTH:
            raise options.error(name, f"expected {LENGTH} bytes")
        tries = options.take(f"{name}_tries", integer(1, MAX_TRIES), TRIES)
        values[CODES[reference]] = SecretCode.new(value, tries).to_bytes()


def _add_secret(options: Section, values: dict[bytes, bytes], name: str, reference: int, default: bytes | None) -> None:
    algorithm = ALGORITHMS[options.take(f"{name}_type", choice(_CIPHERS), TRIPLE_DES)]
    key = options.take(name, hex_digits(algorithm.key_bytes, algorithm.key_bytes), default)
    if key is None:
        return
    if len(key) != algorithm.key_bytes:
        raise options.error(name, f"is missing: expected hex digits for {algorithm.key_bytes} bytes")
    values[secret_key_key(reference)] = SecretKey(algorithm, TouchPolicy.NEVER, key).to_bytes()


def _add_key(section: Section, values: dict[bytes, bytes]) -> None:
    from emulator.applications.piv.personalisation import slot_values

    reference = section.take("reference", _to_slot)
    key = section.take("pem", to_private_key, None)
    certificate = section.take("certificate", to_certificate, None)
    pin_policy = section.take("pin_policy", choice(_PIN_POLICIES), PINPolicy.DEFAULT)
    touch_policy = section.take("touch_policy", choice(_TOUCH_POLICIES), TouchPolicy.DEFAULT)
    if key is None and certificate is None:
        raise section.error("pem", "is missing, and so is certificate: expected one of the two at least")
    try:
        values.update(slot_values(reference, key, certificate, pin_policy, touch_policy))
    except KeyDataError as error:
        raise section.error("pem", str(error)) from None


def _to_slot(value: Any, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in SLOTS:
        raise CardDefinitionError(path, "expected 0x9A, 0x9C, 0x9D, 0x9E, 0x82 to 0x95 or 0xF9")
    return value


def _add_fingers(options: Section, values: dict[bytes, bytes]) -> None:
    """Fingers to compare, and the data object that tells of them."""
    tries = options.take("finger_tries", integer(1, MOST_TRIES), FINGER_TRIES)
    share = options.take("finger_threshold", integer(1, 100), SHARE)
    to_minutiae = hex_digits(
        LEAST_ENROLLED * MINUTIA_SIZE, MOST * MINUTIA_SIZE, f"{LEAST_ENROLLED} to {MOST} minutiae of {MINUTIA_SIZE}"
    )
    positions: list[Finger] = []
    for reference in FINGERS:
        name = reference.name.lower()
        minutiae = options.take(name, to_minutiae, None)
        position = options.take(f"{name}_position", choice(_FINGERS), None)
        if minutiae is None:
            if position is not None:
                raise options.error(f"{name}_position", f"expected a {name} beside it")
            continue
        if len(positions) < FINGERS.index(reference):
            raise options.error(name, "expected a primary_finger beside it")
        try:
            values[CODES[reference]] = SecretCode.new(enrolled_value(minutiae, share), tries).to_bytes()
        except MinutiaeError as error:
            raise options.error(name, str(error)) from None
        positions.append(Finger.UNKNOWN if position is None else position)
    if positions:
        values[object_key(BIOMETRIC_TEMPLATES)] = biometric_templates(positions)


def _add_objects(options: Section, values: dict[bytes, bytes], *, extended: bool) -> None:
    table: dict[str, Any] = options.take("objects", to_table, {})
    path = options.key_path("objects")
    fingers = fingers_of(values)
    for name, given in table.items():
        where = f'{path}."{name}"'
        tag = int(name, 16) if re.fullmatch(r"[0-9A-Fa-f]{2,6}", name) else 0
        if kind_of(tag, extended=extended) is None:
            raise CardDefinitionError(where, "expected the tag of a data object of PIV, in hex digits")
        content = octets(1, _MOST)(given, where)
        if tag == DISCOVERY and not is_discovery_object(content, compares_fingers=fingers > 0):
            raise CardDefinitionError(where, "expected the value of a discovery object: 4F and 5F2F")
        if tag == BIOMETRIC_TEMPLATES and not are_biometric_templates(content, fingers):
            raise CardDefinitionError(where, f"expected biometric information templates for {fingers} fingers")
        values[object_key(tag)] = content


def _add_secure_messaging(options: Section, values: dict[bytes, bytes]) -> None:
    """Secure messaging, the pairing code, and the discovery object that tells of them and of the global PIN."""
    suite = options.take("secure_messaging", choice(_SUITES), None)
    code = options.take("pairing_code", octets(LENGTH, LENGTH), None)
    is_code_required = options.take("pairing_code_required", boolean, True)
    if suite is not None:
        _install_secure_messaging(values, suite)
    policy = WITH_PIN | (WITH_GLOBAL_PIN if CODES[ReferenceData.GLOBAL_PIN] in values else 0)
    policy |= WITH_COMPARISON if fingers_of(values) else 0
    if code is not None:
        if suite is None or not is_pairing_code(code):
            raise options.error("pairing_code", "expected 8 digits, on a card with secure_messaging")
        policy |= WITH_VIRTUAL_CONTACT | (0 if is_code_required else WITHOUT_PAIRING_CODE)
        values[object_key(PAIRING_CODE)] = pairing_code_object(code)
    elif not is_code_required:
        raise options.error("pairing_code_required", "expected a pairing_code beside it")
    values.setdefault(object_key(DISCOVERY), discovery_object(policy, 0x10 if policy & WITH_GLOBAL_PIN else 0))


def _install_secure_messaging(values: dict[bytes, bytes], suite: CipherSuite) -> None:
    """A signer of the card's own, the key and its certificate, and the signer's certificate."""
    from cryptography.hazmat.primitives.asymmetric import ec

    from emulator.applications.piv.certificates import signing_certificate
    from emulator.applications.piv.secure_channel import SIGNER, card_uuid, certified_key
    from iso7816.asymmetric_keys import private_key_bytes

    signer = ec.generate_private_key(suite.elliptic_curve())
    identifier, certificate = signing_certificate(signer, suite)
    values[SIGNER] = identifier + private_key_bytes(signer)
    values[object_key(SIGNER_CERTIFICATE)] = certificate_object(certificate)
    _key, of_key = certified_key(suite, values[SIGNER], card_uuid(values.get(object_key(CHUID))))
    values.update(of_key)
