"""OpenSC: openpgp-tool shows a card, generates keys and erases them; pkcs15-tool and pkcs11-tool use them."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from emulator import Card
from emulator.applications.openpgp.fingerprints import fingerprint
from emulator.applications.openpgp.personalisation import contents, values_of

pytestmark = pytest.mark.card("openpgp", via="pcscd")

WITH_KEYS = Path(__file__).parent / "cards" / "with_keys.toml"
MESSAGE = b"To whom it may concern"


def key_fields(opensc: Any) -> dict[str, str]:
    shown = opensc("openpgp-tool", "--card-info", "--key-info", "--user-info").stdout
    return dict(re.findall(r"^([\w ]+):\s+(.*)$", shown, flags=re.MULTILINE))


def generate(opensc: Any, slot: int, bits: int) -> None:
    pin = ("--verify", "CHV3", "--pin", "12345678")
    opensc("openpgp-tool", "--gen-key", str(slot), "--key-type", f"rsa{bits}", *pin)


def test_openpgp_tool_shows_a_new_card(opensc: Any) -> None:
    fields = key_fields(opensc)
    assert fields["Version"] == "3.4"
    assert fields["Serial number"] == "00000001"
    assert fields["Sig Algorithm"] == fields["Dec Algorithm"] == fields["Aut Algorithm"] == "RSA2048"
    assert set(fields["Sig Fingerprint"].split(":")) == {"00"}


def test_opensc_knows_it_by_its_atr(opensc: Any) -> None:
    assert opensc("opensc-tool", "-n").stdout.strip() == "OpenPGP card v3.4 (FFFF 00000001)"


def test_pkcs11_tool_lists_its_two_tokens(opensc: Any) -> None:
    shown = opensc("pkcs11-tool", "--list-token-slots").stdout
    assert "OpenPGP card (User PIN)" in shown
    assert "OpenPGP card (User PIN (sig))" in shown
    assert shown.count("serial num         : ffff00000001") == 2


def test_openpgp_tool_generates_keys(opensc: Any, card: Card) -> None:
    for slot, bits in ((1, 2048), (2, 3072), (3, 4096)):
        generate(opensc, slot, bits)
    fields = key_fields(opensc)
    assert [fields[f"{name} Algorithm"] for name in ("Sig", "Dec", "Aut")] == ["RSA2048", "RSA3072", "RSA4096"]
    for name, slot in zip(("Sig", "Dec", "Aut"), contents(values_of(card.snapshot().state())).slots, strict=True):
        written = bytes.fromhex(fields[f"{name} Fingerprint"].replace(":", ""))
        assert written == slot.fingerprint
        assert written in fingerprints_as_opensc_has_them(slot)
        assert written != fingerprint(slot.public_key, slot.attributes, slot.generation_date)


def fingerprints_as_opensc_has_them(slot: Any) -> list[bytes]:
    """As RFC 4880, 12.2, has it, but for the exponent, which OpenSC takes for a number of 24 bits: 65537 has 17.

    Up to 0.23 a byte 00 is before it besides, so that its last byte is left out.
    """
    numbers = slot.public_key.public_numbers()
    assert numbers.e == 65537
    modulus = numbers.n.bit_length().to_bytes(2, "big") + numbers.n.to_bytes(slot.attributes.bits // 8, "big")
    before = b"\x04" + slot.generation_date.to_bytes(4, "big") + b"\x01" + modulus
    bodies = [before + exponent for exponent in (b"\x00\x00\x18\x01\x00", b"\x00\x18\x01\x00\x01")]
    hashed = (b"\x99" + len(body).to_bytes(2, "big") + body for body in bodies)
    return [hashlib.sha1(each, usedforsecurity=False).digest() for each in hashed]


def test_pkcs11_tool_signs_and_decrypts_with_rsa(opensc: Any, tmp_path: Path) -> None:
    generate(opensc, 1, 2048)
    generate(opensc, 2, 2048)
    (tmp_path / "message").write_bytes(MESSAGE)
    keys = []
    for number in ("01", "02"):
        opensc("pkcs15-tool", "--read-public-key", number, "--output", f"{number}.pem")
        keys.append(serialization.load_pem_public_key((tmp_path / f"{number}.pem").read_bytes()))
    signing, deciphering = keys
    assert isinstance(signing, rsa.RSAPublicKey)
    assert isinstance(deciphering, rsa.RSAPublicKey)
    use = ("--login", "--pin", "123456", "--input-file", "message", "--output-file", "out")
    opensc("pkcs11-tool", "--slot", "1", *use, "--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", "01")
    signing.verify((tmp_path / "out").read_bytes(), MESSAGE, padding.PKCS1v15(), hashes.SHA256())
    (tmp_path / "message").write_bytes(deciphering.encrypt(MESSAGE, padding.PKCS1v15()))
    opensc("pkcs11-tool", "--slot", "0", *use, "--decrypt", "--mechanism", "RSA-PKCS", "--id", "02")
    assert (tmp_path / "out").read_bytes() == MESSAGE


@pytest.mark.card(WITH_KEYS, via="pcscd")
def test_pkcs11_tool_signs_with_a_key_on_a_curve(opensc: Any, card: Card, tmp_path: Path) -> None:
    (tmp_path / "message").write_bytes(MESSAGE)
    use = ("--login", "--pin", "123456", "--input-file", "message", "--output-file", "out")
    opensc("pkcs11-tool", "--slot", "1", *use, "--sign", "--mechanism", "ECDSA-SHA256", "--id", "01")
    signature = (tmp_path / "out").read_bytes()
    key = contents(values_of(card.snapshot().state())).slots[0].public_key
    assert isinstance(key, ec.EllipticCurvePublicKey)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    key.verify(encode_dss_signature(r, s), MESSAGE, ec.ECDSA(hashes.SHA256()))


@pytest.mark.card(WITH_KEYS, via="pcscd")
def test_pkcs15_tool_reads_the_certificate(opensc: Any) -> None:
    shown = opensc("pkcs15-tool", "--list-certificates").stdout
    assert "AUT certificate" in shown
    read = opensc("pkcs15-tool", "--read-certificate", "03").stdout
    certificate = x509.load_pem_x509_certificate(read.encode())
    assert certificate.subject.rfc4514_string() == "CN=Jane Doe"


def test_openpgp_tool_erases(opensc: Any) -> None:
    generate(opensc, 1, 2048)
    opensc("openpgp-tool", "--erase")
    assert set(key_fields(opensc)["Sig Fingerprint"].split(":")) == {"00"}


@pytest.mark.card(WITH_KEYS, via="pcscd")
def test_three_wrong_pins_block_and_the_resetting_code_unblocks(opensc: Any) -> None:
    verify = ("pkcs15-tool", "--verify-pin", "--auth-id", "02", "--pin")
    for _ in range(3):
        refused = opensc(*verify, "999999", check=False)
        assert refused.returncode != 0
        assert "Security status not satisfied" in refused.stderr
    blocked = opensc(*verify, "123456", check=False)
    assert "Authentication method blocked" in blocked.stderr
    assert "user PIN locked" in opensc("pkcs11-tool", "--list-token-slots").stdout
    locked = opensc("pkcs11-tool", "--login", "--pin", "123456", "--list-objects", check=False)
    assert "CKR_PIN_LOCKED" in locked.stderr
    opensc("pkcs15-tool", "--unblock-pin", "--auth-id", "02", "--puk", "resetting", "--new-pin", "654321")
    opensc(*verify, "654321")


def test_openpgp_tool_tells_a_wrong_password_from_a_blocked_one_and_erases_a_blocked_card(opensc: Any) -> None:
    # It says nothing, and ends with the last byte of OpenSC's error: -1211 not satisfied, -1212 blocked.
    verify = ("openpgp-tool", "--verify", "CHV3", "--pin")
    assert [opensc(*verify, "00000000", check=False).returncode for _ in range(4)] == [69, 69, 69, 68]
    assert opensc(*verify, "12345678", check=False).returncode == 68
    opensc("openpgp-tool", "--erase")
    opensc(*verify, "12345678")
