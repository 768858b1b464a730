"""The options of an OpenPGP card in a card definition: passwords, holder, keys (``docs/profiles/openpgp.md``)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from emulator.applications.openpgp.data_objects import (
    LANGUAGE,
    LOGIN,
    MAX_SPECIAL,
    NAME,
    OBJECTS,
    PASSWORD_STATUS,
    SEX,
    SEXES,
    URL,
)
from emulator.applications.openpgp.key_slots import KeySlot
from emulator.applications.openpgp.life_cycle import new_passwords
from emulator.applications.openpgp.passwords import MAX_LENGTH, Password, new_code
from emulator.applications.openpgp.secure_messaging import ALGORITHM, MessagingAlgorithm, new_keys
from emulator.applications.openpgp.user_interaction import TOUCH
from emulator.definition.pem import to_certificate, to_private_key
from emulator.definition.section import Section, boolean, choice, hex_digits, integer, octets
from emulator.errors import CardDefinitionError
from iso7816.errors import KeyDataError
from iso7816.key_algorithms import KeyAlgorithm

if TYPE_CHECKING:
    from emulator.applications.openpgp.algorithm_attributes import AlgorithmAttributes
    from iso7816.asymmetric_keys import PrivateKey

_PASSWORDS: Final = {
    "pw1": Password.PW1,
    "pw3": Password.PW3,
    "resetting_code": Password.RESETTING_CODE,
}
_TEXTS: Final = {"name": (NAME, 39), "login": (LOGIN, MAX_SPECIAL), "url": (URL, MAX_SPECIAL)}
_MESSAGING_ALGORITHMS: Final = {each.label: each for each in MessagingAlgorithm}
_OPTIONS_OF_KEYS: Final = ("sm_key_enc", "sm_key_mac")
_MAX_DATE: Final = 0xFFFFFFFF


def read_options(options: Section) -> dict[bytes, bytes]:
    """The values of a new card.

    Raises:
        CardDefinitionError: an option is wrong.
    """
    values = new_passwords()
    for option, password in _PASSWORDS.items():
        if option in options:
            values.update((new_code(password, options.take(option, octets(password.least, MAX_LENGTH))),))
    for option, (tag, most) in _TEXTS.items():
        if option in options:
            values[OBJECTS[tag].value_key] = options.take(option, octets(0, most))
    if "language" in options:
        values[OBJECTS[LANGUAGE].value_key] = options.take("language", _to_languages)
    if "sex" in options:
        values[OBJECTS[SEX].value_key] = options.take("sex", choice({each.decode(): each for each in SEXES}))
    several = options.take("several_signatures", boolean, default=False)
    values[OBJECTS[PASSWORD_STATUS].value_key] = bytes((several,))
    values[TOUCH] = bytes((options.take("touch", boolean, default=True),))
    values.update(_read_secure_messaging(options))
    for slot in KeySlot:
        if slot.label in options:
            values.update(_read_slot(options.section(slot.label), slot))
    return values


def _read_secure_messaging(options: Section) -> dict[bytes, bytes]:
    """The algorithm, and both keys or none."""
    algorithm = options.take("secure_messaging", choice(_MESSAGING_ALGORITHMS), None)
    given = [name for name in _OPTIONS_OF_KEYS if name in options]
    if algorithm is None:
        if given:
            raise options.error(given[0], "is of a card with secure_messaging")
        return {}
    values = {ALGORITHM: bytes((algorithm,))}
    if given:
        to_key = hex_digits(algorithm.key_length, algorithm.key_length, str(algorithm.key_length))
        values.update(new_keys(*(options.take(name, to_key) for name in _OPTIONS_OF_KEYS)))
    return values


def _to_languages(value: Any, path: str) -> bytes:
    languages = octets(2, 8)(value, path)
    if len(languages) % 2:
        raise CardDefinitionError(path, "expected one to four languages of two letters each")
    return languages


def _read_slot(section: Section, slot: KeySlot) -> dict[bytes, bytes]:
    """A key with what belongs to it, or ``algorithm``: what key is to come."""
    if "algorithm" in section:
        attributes = section.take("algorithm", choice(_algorithms(slot)))
        section.finish()
        return {OBJECTS[slot.attributes].value_key: attributes.to_bytes()}
    from emulator.applications.openpgp.personalisation import slot_values

    key: PrivateKey = section.take("pem", to_private_key)
    certificate = section.take("certificate", to_certificate, b"")
    date = section.take("generation_date", integer(0, _MAX_DATE), int(time.time()))
    section.finish()
    try:
        return slot_values(slot, key, generation_date=date, certificate=certificate)
    except KeyDataError as error:
        raise CardDefinitionError(section.path, f"expected a key that fits: {error}") from None


def _algorithms(slot: KeySlot) -> dict[str, AlgorithmAttributes]:
    """By the names of the algorithms, those of RSA with their bits: ``"rsa-2048"``, ``"ed25519"``."""
    return {f"rsa-{each.bits}" if each.key is KeyAlgorithm.RSA else each.key.value: each for each in slot.offered()}
