"""A try is spent, durably, before the comparison: by each command of the card that compares."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from emulator import Card
from iso7816.authentication import KeyType, authentication_token, mutual_token
from iso7816.digital_signature import compute_signature, signed_input
from iso7816.mechanisms import MECHANISMS
from iso7816.secure_messaging.device_authentication import Device, DeviceToken, device_keys, make_device_token
from iso7816.secure_messaging.key_establishment import Contribution, make_token

from .spent_tries import spends_before_it_compares

AES, OTHER_AES = bytes(range(16)), bytes(16)
PAIR, OTHER_PAIR = ec.derive_private_key(7, ec.SECP256R1()), ec.derive_private_key(8, ec.SECP256R1())
ECDSA = MECHANISMS[0x44]
CARD = f'''
[[chvs]]
reference = 1
value = "1234"
puk = "87654321"
[[chvs]]
reference = 2
value = "1234"
state = "disabled"
[[keys]]
reference = 1
type = "aes"
value = "{AES.hex()}"
usage = ["external", "internal"]
tries = 3
[[keys]]
reference = 2
type = "p-256"
usage = ["external"]
tries = 3
pem = """{PAIR.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()}"""
[[keys]]
reference = 3
type = "aes"
value = "{AES.hex()}"
usage = ["external", "secure messaging"]
tries = 3
[[keys]]
reference = 4
type = "3des"
value = "{AES.hex()}"
checksum_value = "{AES.hex()}"
usage = ["external", "device authentication"]
tries = 3
[files."3F00/2F02"]
type = "transparent"
content = {{ hex = "5A0480010203" }}
'''
OLD, NEW, WRONG = b"1234".hex(), b"9999".hex(), b"0000".hex()
PUK, OTHER_PUK = b"87654321".hex(), b"87654320".hex()
COMMANDS = {
    "VERIFY": ("0020000104", OLD, WRONG),
    "CHANGE REFERENCE DATA": ("0024000108", OLD + NEW, WRONG + NEW),
    "RESET RETRY COUNTER": ("002C00010C", PUK + NEW, OTHER_PUK + NEW),
    "RESET RETRY COUNTER, unblocking code alone": ("002C010108", PUK, OTHER_PUK),
    "DISABLE VERIFICATION REQUIREMENT": ("0026000104", OLD, WRONG),
    "ENABLE VERIFICATION REQUIREMENT": ("0028000204", OLD, WRONG),
}


def powered(card: Card) -> Card:
    card.power_on()
    return card


def send(card: Card, command: bytes) -> str:
    return card.transmit(command)[-2:].hex().upper()


def challenge_of(card: Card) -> bytes:
    return card.transmit(bytes.fromhex("0084000010"))[:-2]


@pytest.fixture
def image(define: Callable[[str], Any], tmp_path: Path) -> Path:
    path = tmp_path / "card.image"
    define(CARD).card.save(path)
    return path


@pytest.mark.parametrize("name", COMMANDS)
def test_a_try_is_spent_before_a_code_is_compared(image: Path, name: str) -> None:
    header, right, wrong = (bytes.fromhex(each) for each in COMMANDS[name])
    spends_before_it_compares(
        image, powered, partial(send, command=header + right), partial(send, command=header + wrong)
    )


def by_secret_key(card: Card, key: bytes) -> str:
    token = authentication_token(KeyType.AES, key, challenge_of(card))
    return send(card, bytes.fromhex("0082000110") + token)


def by_key_pair(card: Card, key: ec.EllipticCurvePrivateKey) -> str:
    signature = compute_signature(ECDSA, key, signed_input(ECDSA, challenge_of(card)))
    return send(card, bytes((0x00, 0x82, 0x00, 0x02, len(signature))) + signature)


def mutually(card: Card, key: bytes) -> str:
    token = mutual_token(KeyType.AES, key, bytes(16), challenge_of(card))
    return send(card, bytes((0x00, 0x82, 0x00, 0x01, len(token))) + token + b"\0")


def mutually_for_a_session(card: Card, key: bytes) -> str:
    own = Contribution(bytes(16), challenge_of(card), bytes(16))
    token = make_token(KeyType.AES, key, own)
    return send(card, bytes((0x00, 0x82, 0x00, 0x03, len(token))) + token + b"\0")


def between_devices(card: Card, key: bytes) -> str:
    challenge = card.transmit(bytes.fromhex("0084000008"))[:-2]
    icc = Device(challenge, bytes.fromhex("0000000080010203"))
    token = make_device_token(device_keys(key, key), DeviceToken(Device(bytes(8), bytes(8)), icc, bytes(32)))
    return send(card, bytes((0x00, 0x82, 0x00, 0x04, len(token))) + token + b"\0")


@pytest.mark.parametrize(
    ("authenticate", "right", "wrong"),
    [
        (by_secret_key, AES, OTHER_AES),
        (by_key_pair, PAIR, OTHER_PAIR),
        (mutually, AES, OTHER_AES),
        (mutually_for_a_session, AES, OTHER_AES),
        (between_devices, AES, OTHER_AES),
    ],
    ids=["by a secret key", "by a key pair", "mutually", "mutually, for a session", "between devices"],
)
def test_a_try_is_spent_before_a_token_is_compared(
    image: Path, authenticate: Callable[..., str], right: Any, wrong: Any
) -> None:
    spends_before_it_compares(image, powered, partial(authenticate, key=right), partial(authenticate, key=wrong))
