"""Card verifiable certificates, self-descriptive (ISO/IEC 7816-8:2004, annex; BSI TR-03110-3, appendix C).

::

    7F21  7F4E  body, which is what is signed
                5F29  profile identifier, 00
                42    certification authority reference
                7F49  public key:  06    object identifier of the terminal authentication it is for
                                   81 82       RSA: modulus, exponent
                                   81 .. 87    curve: prime, a, b, base point, order, 86 public point, cofactor
                                               (86 alone: on the authority's curve)
                5F20  certificate holder reference
                7F4C, 5F25, 5F24, 65 ...  kept as they are
          5F37  signature, of ECDSA r || s
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from iso7816.ber_tlv import TLV, decode_all, encode_all, find
from iso7816.errors import CertificateError, KeyDataError
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.mechanisms import MECHANISMS, Mechanism
from iso7816.public_key_template import PUBLIC_KEY_TEMPLATE, public_key_from_template

if TYPE_CHECKING:
    from iso7816.asymmetric_keys import PublicKey

CERTIFICATE: Final = 0x7F21
BODY: Final = 0x7F4E
SIGNATURE: Final = 0x5F37
_PROFILE: Final = 0x5F29
_AUTHORITY: Final = 0x42
_HOLDER: Final = 0x5F20
_OWN_FIELDS: Final = (_PROFILE, _AUTHORITY, PUBLIC_KEY_TEMPLATE, _HOLDER)
_AUTHORIZATION: Final = 0x7F4C
_DISCRETIONARY_DATA: Final = 0x53
_AUTHORITY_ROLE: Final = 0x40
_OBJECT_IDENTIFIER: Final = 0x06
_PRIME: Final = 0x81
_MAX_REFERENCE: Final = 16

_TERMINAL_AUTHENTICATION: Final = bytes.fromhex("04007F0007020202")
_MECHANISMS: Final = {
    _TERMINAL_AUTHENTICATION + bytes(arcs): reference
    for arcs, reference in {
        (1, 1): 0x13,
        (1, 2): 0x43,
        (1, 3): 0x15,
        (1, 4): 0x45,
        (1, 5): 0x63,
        (1, 6): 0x65,
        (2, 1): 0x14,
        (2, 2): 0x34,
        (2, 3): 0x44,
        (2, 4): 0x54,
        (2, 5): 0x64,
    }.items()
}
"""Mechanisms by the object identifiers of terminal authentication (BSI TR-03110-3, A.7.3)."""

_PRIMES: Final = {
    KeyAlgorithm.P_256: "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF",
    KeyAlgorithm.P_384: "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFE"
    "FFFFFFFF0000000000000000FFFFFFFF",
    KeyAlgorithm.P_521: "01FF" + "FF" * 64,
    KeyAlgorithm.SECP256K1: "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F",
    KeyAlgorithm.BRAINPOOL_P256R1: "A9FB57DBA1EEA9BC3E660A909D838D726E3BF623D52620282013481D1F6E5377",
    KeyAlgorithm.BRAINPOOL_P384R1: "8CB91E82A3386D280F5D6F7E50E641DF152F7109ED5456B412B1DA197FB71123"
    "ACD3A729901D1A71874700133107EC53",
    KeyAlgorithm.BRAINPOOL_P512R1: "AADD9DB8DBE9C48B3FD4E6AE33C9FC07CB308DB3B3C9D20ED6639CCA70330871"
    "7D4D9B009BC66842AECDA12AE6A380E62881FF2F2D82C68528AA6056583A48F3",
}
_BY_PRIME: Final = {int(prime, 16): algorithm for algorithm, prime in _PRIMES.items()}


@dataclass(frozen=True, slots=True)
class CVCertificate:
    """A card verifiable certificate.

    Attributes:
        authority: certification authority reference, 1 to 16 bytes.
        public_key: the value of the template 7F49.
        holder: certificate holder reference, 1 to 16 bytes.
        signature: over the body.
        others: the other data objects of the body, in their order: authorization template (7F4C), dates (5F25,
            5F24), extensions (65).

    Raises:
        CertificateError: a reference of another length, or one of ``others`` has a field of its own.
    """

    authority: bytes
    public_key: tuple[TLV, ...]
    holder: bytes
    signature: bytes
    others: tuple[TLV, ...] = field(default=())

    def __post_init__(self) -> None:
        for reference in (self.authority, self.holder):
            if not 1 <= len(reference) <= _MAX_REFERENCE:
                raise CertificateError(f"a reference has 1 to {_MAX_REFERENCE} bytes, not {len(reference)}")
        for tlv in self.others:
            if tlv.tag in _OWN_FIELDS:
                raise CertificateError(f"data object {tlv.tag:X} has a field of its own")

    @classmethod
    def parse(cls, data: bytes) -> CVCertificate:
        """Read a certificate 7F21, or what is in one: body and signature.

        Raises:
            TLVError: no data objects.
            CertificateError: others than these, or in another order.
        """
        tlvs = decode_all(data)
        if len(tlvs) == 1 and tlvs[0].tag == CERTIFICATE:
            tlvs = tlvs[0].children()
        if tuple(tlv.tag for tlv in tlvs) != (BODY, SIGNATURE):
            raise CertificateError("a certificate is a body (7F4E) and a signature (5F37)")
        fields = tlvs[0].children()
        if tuple(tlv.tag for tlv in fields[:4]) != _OWN_FIELDS or fields[0].value != b"\0":
            raise CertificateError("a body begins with 5F29 (00), 42, 7F49 and 5F20")
        _profile, authority, public_key, holder, *others = fields
        return cls(authority.value, public_key.children(), holder.value, tlvs[1].value, tuple(others))

    @property
    def body(self) -> bytes:
        """The data object 7F4E: what is signed."""
        fields = (
            TLV(_PROFILE, b"\0"),
            TLV(_AUTHORITY, self.authority),
            TLV.constructed(PUBLIC_KEY_TEMPLATE, self.public_key),
            TLV(_HOLDER, self.holder),
        )
        return TLV(BODY, encode_all((*fields, *self.others))).to_bytes()

    def to_bytes(self) -> bytes:
        """The certificate 7F21."""
        return TLV(CERTIFICATE, self.body + TLV(SIGNATURE, self.signature).to_bytes()).to_bytes()

    @property
    def mechanism(self) -> Mechanism:
        """The mechanism of the holder's signatures. Raises CertificateError for another object identifier."""
        identifier = find(self.public_key, _OBJECT_IDENTIFIER)
        if identifier is None or identifier.value not in _MECHANISMS:
            raise CertificateError("the public key has no object identifier of terminal authentication")
        return MECHANISMS[_MECHANISMS[identifier.value]]

    @property
    def may_certify(self) -> bool:
        """Whether the holder is an authority, too: the highest two bits of its authorization (7F4C, 53) are not 00."""
        template = find(self.others, _AUTHORIZATION)
        authorization = None if template is None else find(template.children(), _DISCRETIONARY_DATA)
        return authorization is not None and bool(authorization.value) and authorization.value[0] >= _AUTHORITY_ROLE

    def holder_key(self, authority: KeyAlgorithm) -> tuple[KeyAlgorithm, PublicKey]:
        """The holder's public key, and what it is a key of.

        Args:
            authority: the algorithm of the authority's key, whose curve holds where none is given.

        Raises:
            CertificateError: no such key.
        """
        (algorithm, *others) = self.mechanism.keys
        if others:
            prime = find(self.public_key, _PRIME)
            algorithm = authority
            if prime is not None:
                found = _BY_PRIME.get(int.from_bytes(prime.value, "big"))
                if found is None:
                    raise CertificateError("the public key is on a curve that is not known here")
                algorithm = found
        template = TLV.constructed(PUBLIC_KEY_TEMPLATE, self.public_key).to_bytes()
        try:
            return algorithm, public_key_from_template(algorithm, template)
        except KeyDataError as error:
            raise CertificateError(str(error)) from None
