"""Mechanisms, and what is computed by them; published values are in tests/emulator/key_operations."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from iso7816.asymmetric_keys import generate_private_key
from iso7816.block_cipher import block_size
from iso7816.confidentiality import decipher_blocks, decipher_by_rsa, encipher_blocks, encipher_by_rsa
from iso7816.digital_signature import (
    compute_signature,
    hash_code,
    is_signature_right,
    signature_size,
    signed_input,
)
from iso7816.errors import MechanismError
from iso7816.key_agreement import shared_secret
from iso7816.key_algorithms import CURVE_BITS, KeyAlgorithm
from iso7816.mechanisms import MECHANISMS, HashAlgorithm, Scheme
from iso7816.padding import pad, unpad

if TYPE_CHECKING:
    from iso7816.asymmetric_keys import PrivateKey

MANUAL = (Path(__file__).parents[2] / "docs" / "card.md").read_text(encoding="utf-8")


def test_references_and_names_are_those_of_the_manual() -> None:
    table = MANUAL.split("### Mechanisms\n")[1].split("\n#")[0]
    rows = [line.split("|")[1:3] for line in table.splitlines() if re.match(r"\| [0-9A-F]{2}", line)]
    told = {int(each, 16) for references, _names in rows for each in re.findall(r"[0-9A-F]{2}", references)}
    assert told == set(MECHANISMS)
    for references, names in rows:
        named = re.findall(r"`([a-z0-9-]+)`", names)
        known = [MECHANISMS[int(each, 16)].name for each in re.findall(r"[0-9A-F]{2}", references)]
        assert set(named) <= set(known)
    assert len({mechanism.name for mechanism in MECHANISMS.values()}) == len(MECHANISMS)


def test_a_hash_is_told_by_its_reference_size_and_digest_info() -> None:
    for algorithm in HashAlgorithm:
        assert hash_code(algorithm, b"abc") == hashlib.new(algorithm.label, b"abc").digest()
        assert len(hash_code(algorithm, b"")) == algorithm.size == algorithm.digest_info[-1]
        assert MECHANISMS[algorithm.reference].hash is algorithm


def test_what_is_no_input_is_refused() -> None:
    key = generate_private_key(KeyAlgorithm.P_256, 256)
    for reference, data in ((0x44, bytes(31)), (0x44, b""), (0x04, bytes(33)), (0x04, b"")):
        with pytest.raises(MechanismError, match=r"signs .*32"):
            compute_signature(MECHANISMS[reference], key, data)
        with pytest.raises(MechanismError, match=r"signs .*32"):
            is_signature_right(MECHANISMS[reference], key.public_key(), data, bytes(64))
    short = generate_private_key(KeyAlgorithm.RSA, 1024)
    with pytest.raises(MechanismError, match="too short"):
        compute_signature(MECHANISMS[0x65], short, bytes(64))
    for data in (b"", bytes(51), HashAlgorithm.SHA_256.digest_info + bytes(31)):
        with pytest.raises(MechanismError, match="not a DigestInfo"):
            compute_signature(MECHANISMS[0x03], short, data)
    for reference in (0x03, 0x04):
        with pytest.raises(MechanismError, match="does not say how"):
            signed_input(MECHANISMS[reference], b"message")


class SignsThis:
    """A key of a curve whose signature is known beforehand."""

    def __init__(self, bits: int, r: int, s: int) -> None:
        self.key_size = bits
        self.signature = encode_dss_signature(r, s)

    def sign(self, _data: bytes, _algorithm: object) -> bytes:
        return self.signature


@pytest.mark.parametrize("bits", sorted(set(CURVE_BITS.values())))
def test_numbers_of_every_length_are_written_as_long_as_the_order(bits: int) -> None:
    size = (bits + 7) // 8
    greatest = 2**bits - 1
    for length in range(1, bits + 1):
        least, most = 2 ** (length - 1), 2**length - 1
        for r, s in ((least, most), (most, least), (least, greatest), (greatest, most)):
            key = cast("PrivateKey", SignsThis(bits, r, s))
            signature = compute_signature(MECHANISMS[0x44], key, bytes(32))
            assert signature == r.to_bytes(size, "big") + s.to_bytes(size, "big")


@given(st.sampled_from((0x04, 0x08, 0x44)), st.binary(max_size=140))
def test_any_bytes_are_a_signature_that_is_wrong(reference: int, signature: bytes) -> None:
    algorithm = KeyAlgorithm.ED25519 if reference == 0x08 else KeyAlgorithm.P_256
    assert not is_signature_right(MECHANISMS[reference], PUBLIC[algorithm], bytes(32), signature)


PUBLIC = {
    algorithm: generate_private_key(algorithm, algorithm.sizes[0]).public_key()
    for algorithm in (KeyAlgorithm.ED25519, KeyAlgorithm.P_256)
}


def test_a_signature_is_as_long_as_is_said_before() -> None:
    for mechanism in MECHANISMS.values():
        for algorithm in mechanism.keys:
            if mechanism.scheme in (Scheme.ECDSA, Scheme.EDDSA):
                key = generate_private_key(algorithm, algorithm.sizes[0])
                size = 32 if mechanism.hash is None else mechanism.hash.size
                made = compute_signature(mechanism, key, bytes(size))
                assert len(made) == signature_size(mechanism, algorithm.sizes[0])


@given(st.binary(max_size=40), st.sampled_from((8, 16)))
def test_padding_comes_off_again(data: bytes, size: int) -> None:
    padded = pad(data, size)
    assert len(padded) % size == 0
    assert 1 <= len(padded) - len(data) <= size
    assert unpad(padded) == data


@pytest.mark.parametrize("data", [b"", bytes(16), b"\x80\x01", b"abc"])
def test_what_is_not_padded_is_refused(data: bytes) -> None:
    with pytest.raises(MechanismError, match="do not end in padding"):
        unpad(data)


@given(st.sampled_from((KeyAlgorithm.AES, KeyAlgorithm.TRIPLE_DES)), st.binary(max_size=50), st.booleans())
def test_blocks_are_deciphered_again(algorithm: KeyAlgorithm, data: bytes, initial: bool) -> None:
    size = block_size(algorithm)
    key = bytes(range(algorithm.sizes[0] // 8))
    initial_value = bytes(range(size)) if initial else None
    cryptogram = encipher_blocks(algorithm, key, initial_value, pad(data, size))
    assert unpad(decipher_blocks(algorithm, key, initial_value, cryptogram)) == data


def test_blocks_and_initial_values_of_other_sizes_are_refused() -> None:
    for data in (b"", bytes(15), bytes(17)):
        with pytest.raises(MechanismError, match="no whole blocks"):
            encipher_blocks(KeyAlgorithm.AES, bytes(16), None, data)
    with pytest.raises(MechanismError, match="initial value block has 16"):
        decipher_blocks(KeyAlgorithm.AES, bytes(16), bytes(8), bytes(16))


def test_rsa_takes_what_fits_and_its_own_cryptograms() -> None:
    key = generate_private_key(KeyAlgorithm.RSA, 1024)
    oaep = MECHANISMS[0x4B]
    cryptogram = encipher_by_rsa(oaep, key.public_key(), bytes(62))
    assert decipher_by_rsa(oaep, key, cryptogram) == bytes(62)
    with pytest.raises(MechanismError, match="too long"):
        encipher_by_rsa(oaep, key.public_key(), bytes(63))
    for wrong in (b"", cryptogram[:-1], cryptogram + b"\0", bytes(128), b"\xff" * 128):
        with pytest.raises(MechanismError, match="no cryptogram for this key"):
            decipher_by_rsa(oaep, key, wrong)


def test_a_point_of_small_order_gives_no_secret() -> None:
    """RFC 7748, 6.1: the secret of all zeros is refused."""
    from iso7816.public_key_template import public_key_from_point

    key = generate_private_key(KeyAlgorithm.X25519, 255)
    for point in (bytes(32), b"\x01" + bytes(31)):
        with pytest.raises(MechanismError, match="gives no secret"):
            shared_secret(key, public_key_from_point(KeyAlgorithm.X25519, point))
