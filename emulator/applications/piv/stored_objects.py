"""Data objects as the card keeps them, and the values of those that it has to understand.

::

    discovery object    7E { 4F AID  5F2F PIN usage policy, 2 bytes }
    certificate         70 certificate  71 00  FE                       (71 01: compressed by gzip)
    key history object  C1 keys with certificates on the card  C2 without  F3 URL  FE
    pairing code        99 8 digits  FE

The PIN usage policy's first byte: 40 the application's PIN, 20 the global PIN, 10 on-card comparison, 08 the virtual
contact interface, 04 without pairing code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emulator.applications.piv.data_objects import DISCOVERY, PAIRING_CODE, is_template
from iso7816.ber_tlv import TLV, decode_all, encode_all, find, iterate
from iso7816.errors import TLVError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from emulator.applications.contract import ApplicationValues

AID: Final = bytes.fromhex("A000000308000010000100")
CONTENT: Final = 0x53

WITH_PIN: Final = 0x40
WITH_GLOBAL_PIN: Final = 0x20
WITH_COMPARISON: Final = 0x10
WITH_VIRTUAL_CONTACT: Final = 0x08
WITHOUT_PAIRING_CODE: Final = 0x04

_OBJECT: Final = b"object"
_PIN_USAGE_POLICY: Final = 0x5F2F
_AID: Final = 0x4F
_CERTIFICATE: Final = 0x70
_CERTIFICATE_INFORMATION: Final = 0x71
_ERROR_DETECTION: Final = 0xFE
_PAIRING_CODE: Final = 0x99
_WITH_CERTIFICATES: Final = 0xC1
_WITHOUT_CERTIFICATES: Final = 0xC2
_GLOBAL_PIN_PREFERRED: Final = (0x10, 0x20)


def object_key(tag: int) -> bytes:
    """By which the values of the application have a data object."""
    return _OBJECT + tag.to_bytes((tag.bit_length() + 7) // 8, "big")


def stored_tags(values: ApplicationValues) -> Iterator[int]:
    """The tags of the data objects that there are."""
    return tags_among(values.keys(_OBJECT))


def tags_among(keys: Iterable[bytes]) -> Iterator[int]:
    """The tags of the data objects among the keys of values."""
    return (int.from_bytes(key[len(_OBJECT) :], "big") for key in keys if key.startswith(_OBJECT))


def occupied(values: ApplicationValues, *, but: int) -> int:
    """Bytes that all data objects but one take."""
    return sum(len(values[object_key(tag)]) for tag in stored_tags(values) if tag != but)


def as_returned(tag: int, content: bytes) -> bytes:
    """A data object as GET DATA returns it."""
    return TLV(tag if is_template(tag) else CONTENT, content).to_bytes()


def discovery_object(policy: int, preferred: int) -> bytes:
    """The value of the discovery object.

    Args:
        policy: first byte of the PIN usage policy.
        preferred: 10 where the application's PIN is preferred, 20 where the global one is, 00 without global PIN.
    """
    return encode_all((TLV(_AID, AID), TLV(_PIN_USAGE_POLICY, bytes((policy, preferred)))))


def is_discovery_object(content: bytes, *, compares_fingers: bool) -> bool:
    """Whether it is the value of a discovery object of this application (SP 800-73-5, part 1, 3.3.2).

    Args:
        content: the value.
        compares_fingers: whether the card has a finger to compare, which the policy may let count then.
    """
    try:
        tlvs = decode_all(content)
    except TLVError:
        return False
    if [tlv.tag for tlv in tlvs] != [_AID, _PIN_USAGE_POLICY] or tlvs[0].value != AID or len(tlvs[1].value) != 2:
        return False
    policy, preferred = tlvs[1].value
    flags = WITH_PIN | WITH_GLOBAL_PIN | WITH_VIRTUAL_CONTACT | WITHOUT_PAIRING_CODE
    if policy & ~(flags | (WITH_COMPARISON if compares_fingers else 0)) or not policy & WITH_PIN:
        return False
    if policy & WITHOUT_PAIRING_CODE and not policy & WITH_VIRTUAL_CONTACT:
        return False
    return preferred in _GLOBAL_PIN_PREFERRED if policy & WITH_GLOBAL_PIN else preferred == 0


def pin_usage_policy(values: ApplicationValues) -> int:
    """The first byte of the PIN usage policy; 40 where there is no discovery object."""
    content = values.get(object_key(DISCOVERY))
    if content is None:
        return WITH_PIN
    found = find(decode_all(content), _PIN_USAGE_POLICY)
    return WITH_PIN if found is None else found.value[0]


def certificate_object(certificate: bytes) -> bytes:
    """The content of the data object that holds a certificate in DER, not compressed."""
    tlvs = (TLV(_CERTIFICATE, certificate), TLV(_CERTIFICATE_INFORMATION, b"\0"), TLV(_ERROR_DETECTION))
    return encode_all(tlvs)


def certificate_in(content: bytes) -> bytes | None:
    """The certificate in such a content, in DER; ``None`` where there is none that can be read."""
    try:
        found = {tlv.tag: tlv.value for tlv in iterate(content)}
    except TLVError:
        return None
    information = found.get(_CERTIFICATE_INFORMATION, b"\0")
    return found.get(_CERTIFICATE) if information == b"\0" else None


def pairing_code(values: ApplicationValues) -> bytes | None:
    """The pairing code, which its data object holds; ``None`` where there is none."""
    content = values.get(object_key(PAIRING_CODE))
    try:
        found = None if content is None else find(decode_all(content), _PAIRING_CODE)
    except TLVError:
        return None
    return None if found is None else found.value


def key_history_object(keys: int) -> bytes:
    """The content of the key history object of a card with a number of retired keys, and their certificates on it."""
    return encode_all(
        (TLV(_WITH_CERTIFICATES, bytes((keys,))), TLV(_WITHOUT_CERTIFICATES, b"\0"), TLV(_ERROR_DETECTION))
    )


def pairing_code_object(code: bytes) -> bytes:
    """The content of the data object that holds the pairing code."""
    return encode_all((TLV(_PAIRING_CODE, code), TLV(_ERROR_DETECTION)))
