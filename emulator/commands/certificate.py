"""VERIFY CERTIFICATE (ISO/IEC 7816-8:2004, 5.8), by the template B6, whose 83 names the authority's key.

::

    00 BE  what a certificate 7F21 holds: 7F4E body, 5F37 signature over it (:mod:`iso7816.cv_certificate`)
    00 AE  data objects whose values, one after the other, are signed; the last is 5F37 or 9E, the signature

The authority is a key of the card, or the holder of a certificate that was verified before, named by its holder
reference; its certificate must make it an authority. The key in a certificate can be named by its holder reference,
for signatures, authentication and further certificates, until the next reset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emulator.command_rules import authorise_command
from emulator.current_environment import VERIFY, template_for
from emulator.key_in_use import Purpose
from emulator.keys import KeyOperation
from emulator.security_operations import open_key, spend
from emulator.volatile import CertifiedKey
from iso7816.ber_tlv import decode_all
from iso7816.control_reference import TemplateKind
from iso7816.cv_certificate import SIGNATURE, CVCertificate
from iso7816.digital_signature import SIGNATURE_SCHEMES, is_signature_right, signed_input
from iso7816.errors import Iso7816Error, MechanismError, TLVError
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU

_VERIFYING: Final = Purpose(TemplateKind.SIGNATURE, VERIFY, KeyOperation.VERIFY_CERTIFICATE, SIGNATURE_SCHEMES)
_SIGNATURES: Final = (SIGNATURE, 0x9E)
_MAX_CERTIFIED: Final = 16


def verify(card: CardContext, command: CommandAPDU) -> Response:
    """VERIFY CERTIFICATE (00 BE). 6A84: the card has no room for the keys of more certificates."""
    try:
        certificate = CVCertificate.parse(command.data)
        authority = _authority(card, command, certificate.authority)
        key = certificate.holder_key(authority.algorithm)
        certified = CertifiedKey(*key, certificate.mechanism, authority.root, certificate.may_certify)
    except Iso7816Error:
        raise StatusWordError(SW.WRONG_DATA) from None
    _check(authority, certificate.body, certificate.signature)
    known = card.channel.certified
    if len(known) == _MAX_CERTIFIED and certificate.holder not in known:
        raise StatusWordError(SW.NOT_ENOUGH_MEMORY)
    known[certificate.holder] = certified
    return b""


def verify_values(card: CardContext, command: CommandAPDU) -> Response:
    """VERIFY CERTIFICATE (00 AE)."""
    try:
        objects = decode_all(command.data)
    except TLVError:
        raise StatusWordError(SW.WRONG_DATA) from None
    if len(objects) < 2 or objects[-1].tag not in _SIGNATURES:
        raise StatusWordError(SW.WRONG_DATA)
    message = b"".join(tlv.value for tlv in objects[:-1])
    _check(_authority(card, command, None), message, objects[-1].value)
    return b""


def _authority(card: CardContext, command: CommandAPDU, name: bytes | None) -> CertifiedKey:
    """The authority's key, the use counted.

    Raises:
        StatusWordError: 6985 the holder of a certificate that makes it no authority, or not the one of that name; 6982
            a rule of the DF of the key on which its certificate rests.
    """
    template = template_for(card, TemplateKind.SIGNATURE, VERIFY)
    certified = None if template.key is None else card.channel.certified.get(template.key)
    if certified is not None:
        if not certified.may_certify or name not in (None, template.key):
            raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
        authorise_command(card, certified.root[0], command)
        return certified
    used = open_key(card, command, _VERIFYING)
    spend(card, used)
    return CertifiedKey(used.key.algorithm, used.material.public_key(), used.mechanism, used.where, may_certify=True)


def _check(authority: CertifiedKey, message: bytes, signature: bytes) -> None:
    """Raises StatusWordError 6300 for a signature that is not the authority's, 6985 where no hash is named."""
    mechanism = authority.mechanism
    try:
        right = is_signature_right(mechanism, authority.key, signed_input(mechanism, message), signature)
    except MechanismError:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED) from None
    if not right:
        raise StatusWordError(SW.NV_CHANGED)
