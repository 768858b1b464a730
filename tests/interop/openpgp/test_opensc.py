"""OpenSC: openpgp-tool shows a card, generates keys and erases them; pkcs15-tool and pkcs11-tool use them."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from emulator import Card
from emulator.applications.openpgp.personalisation import contents, values_of

pytestmark = pytest.mark.card("openpgp", via="pcscd")

BOUND = 60
WITH_KEYS = Path(__file__).parent / "cards" / "with_keys.toml"
MESSAGE = b"To whom it may concern"
# OpenSC takes a reader that does not tell the sizes of its APDUs (PC/SC part 10) for one of short APDUs.
CONFIGURATION = """
app default {
    reader_driver pcsc { max_send_size = 65535; max_recv_size = 65536; }
    framework pkcs15 { use_file_caching = false; }
}
"""


@pytest.fixture
def opensc(reader: Any, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a program of OpenSC that knows what the reader takes."""
    configuration = tmp_path / "opensc.conf"
    configuration.write_text(CONFIGURATION)
    own = {"OPENSC_CONF": str(configuration), "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}

    def run(*command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **reader.environment, **own}
        done = subprocess.run(
            command, check=False, env=environment, capture_output=True, text=True, timeout=BOUND, cwd=tmp_path
        )
        assert not check or done.returncode == 0, f"{command} -> {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    return run


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
    # It computes and writes the fingerprints itself.
    for name, slot in zip(("Sig", "Dec", "Aut"), contents(values_of(card.snapshot().state())).slots, strict=True):
        written = bytes.fromhex(fields[f"{name} Fingerprint"].replace(":", ""))
        assert written == slot.fingerprint
        assert any(written)


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
