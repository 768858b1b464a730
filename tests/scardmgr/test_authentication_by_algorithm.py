"""ISCardAuth with a key of each kind that a card can have, against ``cryptography`` alone as the other side."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from emulator import Card
from scardmgr import (
    E_INVALIDARG,
    SCARD_W_CARD_NOT_AUTHENTICATED,
    SCARD_W_CHV_BLOCKED,
    HResultError,
    ISCardAuth,
)

Refused = Callable[..., HResultError]
USUAL = 0
CURVES: dict[str, ec.EllipticCurve] = {
    "p-256": ec.SECP256R1(),
    "p-384": ec.SECP384R1(),
    "p-521": ec.SECP521R1(),
    "secp256k1": ec.SECP256K1(),
    "brainpoolP256r1": ec.BrainpoolP256R1(),
    "brainpoolP384r1": ec.BrainpoolP384R1(),
    "brainpoolP512r1": ec.BrainpoolP512R1(),
}


@dataclass(frozen=True)
class Key:
    """A key that card and outside both have.

    Attributes:
        kind: its type in the card definition.
        secret: its bytes, or its private key.
        challenge: how long a challenge is.
    """

    kind: str
    secret: Any
    challenge: int

    def prove(self, challenge: bytes, algorithm: int) -> bytes:
        """The token that answers a challenge."""
        if isinstance(self.secret, bytes):
            encryptor = Cipher(self._cipher(), modes.ECB()).encryptor()  # noqa: S305 - one block
            return encryptor.update(challenge) + encryptor.finalize()
        if isinstance(self.secret, rsa.RSAPrivateKey):
            return self.secret.sign(challenge, *_rsa(algorithm))
        if isinstance(self.secret, ec.EllipticCurvePrivateKey):
            size = (self.secret.key_size + 7) // 8
            numbers = decode_dss_signature(self.secret.sign(challenge, ec.ECDSA(_hash(algorithm))))
            return b"".join(number.to_bytes(size, "big") for number in numbers)
        signature: bytes = self.secret.sign(challenge)
        return signature

    def is_proof(self, challenge: bytes, token: bytes, algorithm: int) -> bool:
        """Whether a token answers a challenge."""
        if isinstance(self.secret, bytes):
            return self.prove(challenge, algorithm) == token
        public = self.secret.public_key()
        try:
            if isinstance(self.secret, rsa.RSAPrivateKey):
                public.verify(token, challenge, *_rsa(algorithm))
            elif isinstance(self.secret, ec.EllipticCurvePrivateKey):
                half = len(token) // 2
                signature = encode_dss_signature(
                    *(int.from_bytes(each, "big") for each in (token[:half], token[half:]))
                )
                public.verify(signature, challenge, ec.ECDSA(_hash(algorithm)))
            else:
                public.verify(token, challenge)
        except InvalidSignature:
            return False
        return True

    def _cipher(self) -> Any:
        return algorithms.AES(self.secret) if self.kind == "aes" else TripleDES((self.secret * 2)[:24])

    @property
    def value(self) -> str:
        """As the card definition has it."""
        if isinstance(self.secret, bytes):
            return f'value = "{self.secret.hex()}"'
        pem = self.secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        return f'pem = """\n{pem}"""'


def _hash(algorithm: int) -> HashAlgorithm:
    return SHA384() if algorithm >> 4 == 5 else SHA256()


def _rsa(algorithm: int) -> tuple[padding.AsymmetricPadding, HashAlgorithm]:
    chosen = _hash(algorithm)
    if algorithm & 0x0F == 5:
        return padding.PSS(padding.MGF1(chosen), chosen.digest_size), chosen
    return padding.PKCS1v15(), chosen


@cache
def keys() -> dict[str, Key]:
    """A key of each kind and length, by a name for it."""
    return {
        **{f"aes-{8 * size}": Key("aes", os.urandom(size), 16) for size in (16, 24, 32)},
        **{f"3des-{size // 8}": Key("3des", os.urandom(size), 8) for size in (16, 24)},
        **{f"rsa-{bits}": Key("rsa", rsa.generate_private_key(65537, bits), 20) for bits in (1024, 2048, 3072)},
        **{name: Key(name, ec.generate_private_key(curve), 20) for name, curve in CURVES.items()},
        "ed25519": Key("ed25519", ed25519.Ed25519PrivateKey.generate(), 20),
    }


NAMES = [
    *("aes-128", "aes-192", "aes-256", "3des-2", "3des-3", "rsa-1024", "rsa-2048", "rsa-3072"),
    *CURVES,
    "ed25519",
]
#: The usual algorithm of each key, and others that the card has for it.
CASES = [(name, USUAL) for name in NAMES]
CASES += [("aes-128", 0x02), ("3des-2", 0x01), ("rsa-2048", 0x43), ("rsa-2048", 0x45), ("rsa-3072", 0x55)]
CASES += [("p-256", 0x44), ("p-384", 0x54), ("ed25519", 0x08)]


@cache
def definition() -> str:
    """The card: every key under a reference of its own, for both ways; and one that is counted."""
    every = "".join(
        f'[[keys]]\nreference = {number}\ntype = "{key.kind}"\nusage = ["internal", "external"]\n'
        f"{'tries = 2' if name == 'p-521' else ''}\n{key.value}\n"
        for number, (name, key) in enumerate(keys().items(), 1)
    )
    # Card capabilities: command chaining and extended length fields.
    return f'[card]\nprotocols = ["T=1"]\nhistorical_bytes = "80 73 00 00 C0"\n{every}[files."3F00"]\ntype = "DF"\n'


def card_with_keys(protocol: str = "T=1") -> Card:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "keys.toml"
        path.write_text(definition().replace("T=1", protocol), encoding="utf-8")
        return Card.from_profile(path)


def reference_of(name: str) -> bytes:
    return bytes((list(keys()).index(name) + 1,))


pytestmark = pytest.mark.card(what=card_with_keys, via=("embedded", "pcscd"))


def test_a_key_of_each_kind_is_tried() -> None:
    assert list(keys()) == NAMES


@pytest.mark.parametrize(("name", "algorithm"), CASES)
def test_the_card_proves_itself(auth: ISCardAuth, name: str, algorithm: int) -> None:
    key = keys()[name]
    challenge = os.urandom(key.challenge)
    answer = auth.ICC_Auth(algorithm, reference_of(name), challenge)
    assert key.is_proof(challenge, answer, algorithm)
    assert not key.is_proof(challenge[::-1], answer, algorithm)


@pytest.mark.parametrize(("name", "algorithm"), CASES)
def test_the_application_proves_itself_and_a_challenge_serves_once(
    auth: ISCardAuth, name: str, algorithm: int, refused: Refused
) -> None:
    key, reference = keys()[name], reference_of(name)
    challenge = auth.GetChallenge(None, key.challenge)
    token = key.prove(challenge, algorithm)
    auth.APP_Auth(algorithm, reference, token)
    refused(SCARD_W_CARD_NOT_AUTHENTICATED, auth.APP_Auth, algorithm, reference, token, sw=0x6985)


@pytest.mark.parametrize("name", NAMES)
def test_an_attempt_uses_the_challenge_up_right_or_wrong(auth: ISCardAuth, name: str, refused: Refused) -> None:
    key, reference = keys()[name], reference_of(name)
    challenge = auth.GetChallenge(None, key.challenge)
    token = key.prove(challenge, USUAL)
    refused(SCARD_W_CARD_NOT_AUTHENTICATED, auth.APP_Auth, USUAL, reference, key.prove(challenge[::-1], USUAL))
    refused(SCARD_W_CARD_NOT_AUTHENTICATED, auth.APP_Auth, USUAL, reference, token, sw=0x6985)


def test_a_key_that_is_counted_tells_the_tries_left_and_blocks(auth: ISCardAuth, refused: Refused) -> None:
    key, reference = keys()["p-521"], reference_of("p-521")
    for left in (1, 0):
        wrong = key.prove(auth.GetChallenge(None, 20)[::-1], USUAL)
        assert refused(SCARD_W_CARD_NOT_AUTHENTICATED, auth.APP_Auth, USUAL, reference, wrong).tries_left == left
    right = key.prove(auth.GetChallenge(None, 20), USUAL)
    assert refused(SCARD_W_CHV_BLOCKED, auth.APP_Auth, USUAL, reference, right, sw=0x6983).tries_left == 0


@pytest.mark.parametrize(("algorithm", "sw"), [(0x44, 0x6A88), (0x03, 0x6A88), (0x01, 0x6A88), (0x77, 0x6A86)])
def test_an_algorithm_that_the_key_has_not(auth: ISCardAuth, algorithm: int, sw: int, refused: Refused) -> None:
    refused(E_INVALIDARG, auth.ICC_Auth, algorithm, reference_of("aes-128"), bytes(16), sw=sw)
    auth.GetChallenge(None, 16)
    refused(E_INVALIDARG, auth.APP_Auth, algorithm, reference_of("aes-128"), bytes(16), sw=sw)


@pytest.mark.card(what=lambda: card_with_keys("T=0"))
@pytest.mark.parametrize("name", ["aes-128", "rsa-2048", "rsa-3072", "p-256"])
def test_long_tokens_go_over_t0_too(auth: ISCardAuth, name: str) -> None:
    key, reference = keys()[name], reference_of(name)
    challenge = os.urandom(key.challenge)
    assert key.is_proof(challenge, auth.ICC_Auth(USUAL, reference, challenge), USUAL)
    auth.APP_Auth(USUAL, reference, key.prove(auth.GetChallenge(None, key.challenge), USUAL))
