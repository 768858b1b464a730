"""OpenSC's PKCS #11 module: what it signs and deciphers with the card, judged by openssl."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emulator import Card
from virtual_reader.trace import TracingICC

pytestmark = pytest.mark.card("gids", via="pcscd")

PIN, NEW_PIN = "12345678", "654321"
MODULES = (*Path("/usr/lib").glob("*/opensc-pkcs11.so"), Path("/usr/lib/opensc-pkcs11.so"))
PERFORM_SECURITY_OPERATION, GET_CHALLENGE = 0x2A, 0x84
DIGESTS = {"SHA1": "-sha1", "SHA256": "-sha256", "SHA384": "-sha384", "SHA512": "-sha512"}


def test_the_programs_own_tests_pass(with_key: Any, reader: Any, card: Card) -> None:
    """All but one: the driver draws no random numbers from a GIDS card, and pkcs11-tool counts that as an error."""
    instructions = []
    reader.swap(TracingICC(card, lambda command, _: instructions.append(command[1])))
    done = with_key.pkcs11("--test")
    assert [line.strip() for line in done.stderr.splitlines() if "ERR" in line] == [
        "ERR: C_GenerateRandom failed: CKR_FUNCTION_NOT_SUPPORTED (0x54)"
    ]
    assert PERFORM_SECURITY_OPERATION in instructions
    assert GET_CHALLENGE not in instructions, "the card was not asked: that error is the driver's own"
    assert done.stdout.splitlines()[-1] == "1 errors"
    assert "all 4 signature functions seem to work" in done.stdout
    for line in ("SHA1-RSA-PKCS: OK", "SHA256-RSA-PKCS: OK", "RSA-PKCS: OK"):
        assert line in done.stdout
    assert "Decryption (currently only for RSA)\n  testing key 0 (my key)\n    RSA-PKCS: OK" in done.stdout


def test_the_token_and_its_objects_are_listed(with_key: Any) -> None:
    slots = with_key.run("pkcs11-tool", "--list-slots").stdout
    assert "GIDS card" in slots
    assert "login required, token initialized, PIN initialized" in slots
    objects = with_key.pkcs11("--list-objects").stdout
    for name in (
        "Private Key Object; RSA",
        "Public Key Object; RSA 2048 bits",
        "Certificate Object; type = X.509 cert",
    ):
        assert name in objects


@pytest.mark.parametrize("digest", DIGESTS)
def test_signatures(with_key: Any, openssl: Any, digest: str) -> None:
    with_key.write("message", b"what is signed")
    files = ("--input-file", "message", "--output-file", "signed")
    with_key.pkcs11("--sign", "--id", "00", "--mechanism", f"{digest}-RSA-PKCS", *files)
    said = openssl("dgst", DIGESTS[digest], "-verify", "public.pem", "-signature", "signed", "message")
    assert "Verified OK" in said


def test_a_signature_of_what_is_no_digest_info(with_key: Any, openssl: Any) -> None:
    with_key.write("message", b"thirty-six bytes, as older TLS signs")
    files = ("--input-file", "message", "--output-file", "signed")
    with_key.pkcs11("--sign", "--id", "00", "--mechanism", "RSA-PKCS", *files)
    openssl("pkeyutl", "-verifyrecover", "-pubin", "-inkey", "public.pem", "-in", "signed", "-out", "recovered")
    assert with_key.read("recovered") == with_key.read("message")


def test_deciphering(with_key: Any, openssl: Any) -> None:
    with_key.write("secret", b"what is enciphered")
    openssl("pkeyutl", "-encrypt", "-pubin", "-inkey", "public.pem", "-in", "secret", "-out", "cryptogram")
    files = ("--input-file", "cryptogram", "--output-file", "deciphered")
    with_key.pkcs11("--decrypt", "--id", "00", "--mechanism", "RSA-PKCS", *files)
    assert with_key.read("deciphered") == b"what is enciphered"


def test_keys_are_generated_and_certificates_written_through_the_module(desk: Any, certified: str) -> None:
    desk.pkcs11("--keypairgen", "--key-type", "rsa:2048", "--label", "module")
    assert "Private RSA Key [module]" in desk.dump()


def test_openssh_finds_the_key(with_key: Any) -> None:
    module = next(path for path in MODULES if path.is_file())
    found = with_key.run("ssh-keygen", "-D", str(module)).stdout
    public = with_key.run("ssh-keygen", "-i", "-m", "PKCS8", "-f", "public.pem").stdout
    assert public.split()[:2] == found.split()[:2]


def test_wrong_pins(desk: Any) -> None:
    for said in ("CKR_PIN_INCORRECT", "CKR_PIN_INCORRECT", "CKR_PIN_INCORRECT", "CKR_PIN_LOCKED"):
        done = desk.run("pkcs11-tool", "--login", "--pin", "00000000", "--list-objects", check=False)
        assert f"C_Login failed: rv = {said}" in done.stderr


def test_the_pin_is_changed_through_the_module(desk: Any) -> None:
    desk.run("pkcs11-tool", "--login", "--change-pin", "--pin", PIN, "--new-pin", NEW_PIN)
    assert desk.verify(NEW_PIN) == ""


def test_a_wrong_pin_gives_no_signature(with_key: Any) -> None:
    with_key.write("message", b"what is signed")
    files = ("--input-file", "message", "--output-file", "signed")
    sign = ("pkcs11-tool", "--login", "--sign", "--id", "00", "--mechanism", "SHA256-RSA-PKCS", "--pin", "00000000")
    assert with_key.run(*sign, *files, check=False).returncode != 0
    assert not (with_key.folder / "signed").exists()
