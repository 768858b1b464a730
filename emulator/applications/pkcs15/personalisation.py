"""A PKCS #15 structure on a card, as pkcs15-init makes it: a PIN, keys, certificates; and what is on a card.

A card is personalised by its own commands. pkcs15-init goes on from there, as this does from what pkcs15-init made.

::

    3F00    2F00 EF.DIR
            5015    5031 EF.ODF   5032 EF.TokenInfo   4401 EF.AODF   4402 EF.PrKDF   4403 EF.PuKDF   4404 EF.CDF
                    3300 ... public keys              3400 ... certificates
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from emulator.applications.pkcs15.exchange import exchange
from emulator.applications.pkcs15.interface import APPLICATION_IDENTIFIER, KEYS, PIN, PUK, RSA_SIZES, Algorithm
from emulator.applications.pkcs15.reference_data import PIN_LENGTHS, PUK_LENGTH
from emulator.applications.pkcs15.stored_keys import key_name
from emulator.persistent import MAX_FILE_SIZE
from iso7816.apdu import CommandAPDU
from iso7816.ber_tlv import TLV, encode_all
from iso7816.cryptographic_information import (
    CertificateObject,
    InformationKind,
    KeyAccess,
    KeyObject,
    KeyUsage,
    PINObject,
    directory,
    directory_entry,
    objects,
    token_information,
)
from iso7816.errors import KeyDataError
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

    from emulator.emulated_card import Card
    from emulator.persistent import PersistentState
    from iso7816.asymmetric_keys import PrivateKey

PKCS15_IDENTIFIER: Final = bytes.fromhex("A000000063504B43532D3135")
PIN_IDENTIFIER: Final = b"\xff"
"""By which keys name the PIN, as those that pkcs15-init writes."""

_DF: Final = bytes.fromhex("3F005015")
_FREE: Final = "00" * 7
_BY_PIN: Final = "90" * 6 + "00"
_WRITTEN_ONCE: Final = "90FFFFFFFF9000"
_PUBLIC_KEYS: Final = 0x3300
_CERTIFICATES: Final = 0x3400
_FILES: Final = {
    InformationKind.AUTHENTICATION: (0x4401, 256),
    InformationKind.PRIVATE_KEYS: (0x4402, 2048),
    InformationKind.PUBLIC_KEYS: (0x4403, 2048),
    InformationKind.CERTIFICATES: (0x4404, 2048),
}


@dataclass(frozen=True, slots=True)
class KeyOnCard:
    """A private key that a card has, by what its structure says of it.

    Attributes:
        reference: of the key, 00 to 0F.
        label: what it is called.
        identifier: which it shares with its certificate.
        is_curve: whether it is on a curve; else it is of RSA.
        bits: of the modulus, or of the field of the curve.
        is_there: whether the card has the key itself.
        certificate: in DER, ``None`` where there is none.
    """

    reference: int
    label: str
    identifier: bytes
    is_curve: bool
    bits: int
    is_there: bool
    certificate: bytes | None


class Personaliser:
    """Makes a structure on a new card, and puts keys and certificates into it.

    Args:
        card: a card with the application, which is powered, and selects the application.

    Raises:
        StatusWordError: the card has no such application.
    """

    def __init__(self, card: Card) -> None:
        self._card = card
        self._send(0xA4, 0x0400, APPLICATION_IDENTIFIER)

    def issue(self, pin: bytes, puk: bytes | None = None, label: str = "PKCS #15") -> None:
        """Set the PIN, and make a structure without keys; the PIN is verified then.

        Raises:
            ValueError: no such PIN or PUK.
            StatusWordError: the card has a PIN already.
        """
        if len(pin) not in PIN_LENGTHS or not pin.rstrip(b"\0") == pin:
            raise ValueError(f"a PIN has {PIN_LENGTHS.start} to {PIN_LENGTHS[-1]} bytes, of which the last is not 00")
        if puk is not None and len(puk) != PUK_LENGTH:
            raise ValueError(f"a PUK has {PUK_LENGTH} bytes")
        with self._whole():
            self._issue(pin, puk, label)

    def _issue(self, pin: bytes, puk: bytes | None, label: str) -> None:
        if puk is not None:
            self._send(0x24, 0x0100 | PUK, puk)
        self._send(0x24, 0x0100 | PIN, pin)
        name = TLV(0x4F, PKCS15_IDENTIFIER), TLV(0x50, label.encode()), TLV(0x51, _DF)
        self._create(0x2F00, _FREE, TLV.constructed(0x61, name).to_bytes(), 128)
        self._select()
        self._send(0xE0, 0, _template(0x5015, 0x38, 5000, "00" * 6 + "90"))
        entries = [directory_entry(kind, _DF + fid.to_bytes(2, "big")) for kind, (fid, _size) in _FILES.items()]
        self._create(0x5031, _FREE, b"".join(entries), 256)
        self._create(0x5032, _FREE, token_information(label, secrets.token_bytes(8)))
        for fid, size in _FILES.values():
            self._create(fid, _BY_PIN, b"", size)
        object_ = PINObject("User PIN", PIN_IDENTIFIER, PIN, (PIN_LENGTHS.start, PIN_LENGTHS[-1]), 0x00)
        self._append(InformationKind.AUTHENTICATION, object_.to_bytes())

    def verify(self, pin: bytes) -> None:
        """Verify the PIN of a card that has a structure. Raises StatusWordError."""
        self._send(0x20, PIN, pin)

    def put_key(
        self, key: PrivateKey, certificate: bytes | None = None, label: str = "Key", reference: int | None = None
    ) -> int:
        """Put a private key into a free place, with its public half, and maybe its certificate (DER).

        Args:
            key: the key.
            certificate: in DER.
            label: what all of it is called.
            reference: of the place; ``None``: the next one.

        Returns:
            Its reference, 00 to 0F; its identifier is one more.

        Raises:
            KeyDataError: a key of a kind that the card does not have, a certificate that is too long, or its place, or
                all places, are taken.
            StatusWordError: the card refuses; there is no structure, or the PIN is not verified.
        """
        from iso7816.asymmetric_keys import key_algorithm

        algorithm, bits = key_algorithm(key)
        is_curve = algorithm.is_weierstrass
        if not is_curve and bits not in RSA_SIZES.values():
            raise KeyDataError("the card has keys of RSA of 2048, 3072 and 4096 bits, and those on curves")
        if certificate is not None and len(certificate) > MAX_FILE_SIZE:
            raise KeyDataError(f"the certificate is longer than a file can be: {MAX_FILE_SIZE} bytes")
        taken = {each.reference for each in keys_on(self._card.snapshot().state())}
        places = range(KEYS) if reference is None else (reference,)
        reference = next((each for each in places if each not in taken), None)
        if reference is None:
            raise KeyDataError("all places for keys are taken")
        with self._whole():
            self._put_key(key, certificate, label, reference, is_curve=is_curve, bits=bits)
        return reference

    def _put_key(
        self, key: PrivateKey, certificate: bytes | None, label: str, reference: int, *, is_curve: bool, bits: int
    ) -> None:
        identifier = bytes((reference + 1,))
        new_key = Algorithm.GENERATE_EC if is_curve else Algorithm.GENERATE_RSA_2048
        self._send(0x22, 0x4100, bytes((0x80, 1, new_key, 0x84, 1, reference)))
        self._send(0xDB, 0x3FFF, _key_data(key))
        usage = KeyUsage.SIGN if is_curve else KeyUsage.SIGN | KeyUsage.DECRYPT | KeyUsage.UNWRAP
        private = KeyObject(
            label, identifier, usage, _DF, is_curve, bits, reference, PIN_IDENTIFIER, KeyAccess.SENSITIVE
        )
        self._append(InformationKind.PRIVATE_KEYS, private.to_bytes())
        path = self._write_new(_PUBLIC_KEYS, _public_key(key))
        usage = KeyUsage.VERIFY if is_curve else KeyUsage.VERIFY | KeyUsage.ENCRYPT | KeyUsage.WRAP
        public = KeyObject(label, identifier, usage, path, is_curve, bits)
        self._append(InformationKind.PUBLIC_KEYS, public.to_bytes())
        if certificate is not None:
            path = self._write_new(_CERTIFICATES, certificate)
            self._append(InformationKind.CERTIFICATES, CertificateObject(label, identifier, path).to_bytes())

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """All of what is done in it, or nothing: where the card refuses it is as before, with the PIN not verified."""
        mark = self._card.snapshot()
        try:
            yield
        except BaseException:
            self._card.restore(mark)
            self._send(0xA4, 0x0400, APPLICATION_IDENTIFIER)
            raise

    def _send(self, ins: int, parameters: int, data: bytes = b"", ne: int | None = None) -> bytes:
        response = exchange(self._card, CommandAPDU(0, ins, parameters >> 8, parameters & 0xFF, data, ne))
        if response.sw != SW.OK:
            raise StatusWordError(response.sw)
        return response.data

    def _select(self, path: bytes = b"") -> None:
        """Select a file by its path from the MF; an empty one: the MF."""
        self._send(0xA4, 0x080C if path else 0x000C, path or bytes.fromhex("3F00"))

    def _create(self, fid: int, conditions: str, content: bytes, size: int = 0) -> None:
        """Make an EF in the current DF, and write into it."""
        self._send(0xE0, 0, _template(fid, 0x01, max(size, len(content)), conditions))
        if content:
            self._send(0xD6, 0, content)

    def _append(self, kind: InformationKind, object_: bytes) -> None:
        """Write an object behind those of its file, which EF.ODF names."""
        self._select(_DF[2:] + bytes.fromhex("5031"))
        path = directory(self._send(0xB0, 0, b"", 65536))[kind]
        self._select(path[2:])
        end = sum(len(tlv.to_bytes()) for tlv in objects(self._send(0xB0, 0, b"", 65536)))
        self._send(0xD6, end, object_)

    def _write_new(self, first: int, content: bytes) -> bytes:
        """Make the first EF from a number on that is not there yet; returns its path."""
        for fid in range(first, first + 0x100):
            self._select(_DF[2:])
            try:
                self._create(fid, _WRITTEN_ONCE, content)
            except StatusWordError as refusal:
                if refusal.sw != SW.FILE_EXISTS:
                    raise
            else:
                return _DF + fid.to_bytes(2, "big")
        raise KeyDataError("no file identifier is left")


def keys_on(state: PersistentState) -> Iterator[KeyOnCard]:
    """The private keys that the structure on a card names, in its order; none where there is no structure.

    Raises:
        TLVError, InformationError: it cannot be read.
    """
    root, found = information_on(state)
    certificates = [CertificateObject.parse(tlv) for tlv in objects(found.get(InformationKind.CERTIFICATES, b""))]
    by_identifier = {each.identifier: content_at(state, root, each.path) for each in certificates}
    for tlv in objects(found.get(InformationKind.PRIVATE_KEYS, b"")):
        key = KeyObject.parse(tlv)
        yield KeyOnCard(
            key.reference,
            key.label,
            key.identifier,
            key.is_curve,
            key.bits,
            (root, key_name(key.reference & 0xFF)) in state.application_values,
            by_identifier.get(key.identifier),
        )


def information_on(state: PersistentState) -> tuple[int, dict[InformationKind, bytes]]:
    """The number of the application's DF, and the files of objects that the structure has; none where there is none.

    Raises:
        TLVError, InformationError: EF.ODF cannot be read.
    """
    root = next((df for df, name in state.applications.items() if name == "pkcs15"), 0)
    content = content_at(state, root, _DF + bytes.fromhex("5031"))
    files = {} if content is None else directory(content)
    return root, {kind: content_at(state, root, path) or b"" for kind, path in files.items()}


def content_at(state: PersistentState, root: int, path: bytes) -> bytes | None:
    """What is in the EF at a path from the MF, ``None`` where there is none."""
    number = root
    for position in range(2, len(path), 2):
        number = state.children.get(number << 16 | int.from_bytes(path[position : position + 2], "big"), 0)
    content = state.contents.get(number)
    return content if isinstance(content, bytes) else None


def _template(fid: int, descriptor: int, size: int, conditions: str) -> bytes:
    """What CREATE FILE takes."""
    tlvs = (
        TLV(0x81, size.to_bytes(2, "big")),
        TLV(0x82, bytes((descriptor,))),
        TLV(0x83, fid.to_bytes(2, "big")),
        TLV(0x86, b"\xff" + bytes.fromhex(conditions)),
    )
    return TLV.constructed(0x6F, tlvs).to_bytes()


def _key_data(key: PrivateKey) -> bytes:
    """What PUT DATA takes of a private key."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    from iso7816.asymmetric_keys import key_algorithm
    from iso7816.domain_parameters import parameter_objects

    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.private_numbers()
        values = numbers.p, numbers.q, numbers.iqmp, numbers.dmp1, numbers.dmq1
        tlvs = [TLV(0x92 + index, _octets(value)) for index, value in enumerate(values)]
        return TLV(0x7F48, encode_all(tlvs)).to_bytes()
    value = TLV(0x88, _octets(cast("ec.EllipticCurvePrivateKey", key).private_numbers().private_value))
    return TLV.constructed(0xE0, (*parameter_objects(key_algorithm(key)[0]), value)).to_bytes()


def _public_key(key: PrivateKey) -> bytes:
    """The file of a public key: of RSA as PKCS #1 has it, on a curve in a SubjectPublicKeyInfo."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = key.public_key()
    form = PublicFormat.PKCS1 if isinstance(public, rsa.RSAPublicKey) else PublicFormat.SubjectPublicKeyInfo
    return public.public_bytes(Encoding.DER, form)


def _octets(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
