"""OpenSC's PKCS #11 module: what it signs, deciphers and verifies with the card, judged by openssl."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.card("pkcs15", via="pcscd")

DIGESTS = {"SHA1": "-sha1", "SHA256": "-sha256", "SHA384": "-sha384", "SHA512": "-sha512"}


def test_the_programs_own_tests_pass(with_keys: Any) -> None:
    said = with_keys.pkcs11("--test").stdout
    assert "No errors" in said
    for line in ("SHA256-RSA-PKCS: OK", "RSA-PKCS: OK"):
        assert line in said
    assert "seems to be OK" in said  # random numbers


def test_the_token_and_its_objects_are_listed(with_keys: Any) -> None:
    slots = with_keys.run("pkcs11-tool", "--list-slots").stdout
    assert "token label        : Test card" in slots  # OpenSC before 0.26 adds the name of the PIN
    assert "login required, rng, token initialized, PIN initialized" in slots
    objects = with_keys.pkcs11("--list-objects").stdout
    for name in ("Private Key Object; RSA", "Private Key Object; EC", "Public Key Object; RSA 2048 bits"):
        assert name in objects


@pytest.mark.parametrize("digest", DIGESTS)
def test_signatures_by_rsa(with_keys: Any, openssl: Any, digest: str) -> None:
    with_keys.write("message", b"what is signed")
    with_keys.pkcs11(
        *("--sign", "--id", "01", "--mechanism", f"{digest}-RSA-PKCS"),
        *("--input-file", "message", "--output-file", "signed"),
    )
    said = openssl("dgst", DIGESTS[digest], "-verify", "rsa.pub.pem", "-signature", "signed", "message")
    assert "Verified OK" in said


def test_a_signature_of_what_is_no_digest_info(with_keys: Any, openssl: Any) -> None:
    with_keys.write("message", b"thirty-six bytes, as older TLS signs")
    with_keys.pkcs11(
        *("--sign", "--id", "01", "--mechanism", "RSA-PKCS", "--input-file", "message", "--output-file", "signed")
    )
    openssl("pkeyutl", "-verifyrecover", "-pubin", "-inkey", "rsa.pub.pem", "-in", "signed", "-out", "recovered")
    assert with_keys.read("recovered") == with_keys.read("message")


def test_signatures_on_a_curve(with_keys: Any, openssl: Any) -> None:
    with_keys.write("message", b"what is signed")
    with_keys.pkcs11(
        *("--sign", "--id", "02", "--mechanism", "ECDSA-SHA1", "--signature-format", "openssl"),
        *("--input-file", "message", "--output-file", "signed"),
    )
    said = openssl("dgst", "-sha1", "-verify", "ec.pub.pem", "-signature", "signed", "message")
    assert "Verified OK" in said


def test_the_module_verifies_what_openssl_signs(with_keys: Any, openssl: Any) -> None:
    with_keys.write("message", b"what is signed")
    openssl("dgst", "-sha256", "-sign", "rsa.pem", "-out", "signed", "message")
    verify = ("--verify", "--id", "01", "--mechanism", "SHA256-RSA-PKCS", "--signature-file", "signed")
    assert "Signature is valid" in with_keys.pkcs11(*verify, "--input-file", "message").stdout
    with_keys.write("message", b"something else")
    done = with_keys.pkcs11(*verify, "--input-file", "message", check=False)
    assert "Invalid signature" in done.stdout + done.stderr


def test_deciphering(with_keys: Any, openssl: Any) -> None:
    with_keys.write("secret", b"what is enciphered")
    openssl("pkeyutl", "-encrypt", "-pubin", "-inkey", "rsa.pub.pem", "-in", "secret", "-out", "cryptogram")
    with_keys.pkcs11(
        *("--decrypt", "--id", "01", "--mechanism", "RSA-PKCS"),
        *("--input-file", "cryptogram", "--output-file", "deciphered"),
    )
    assert with_keys.read("deciphered") == b"what is enciphered"


def test_random_numbers(with_keys: Any) -> None:
    for name in ("one", "other"):
        with_keys.pkcs11("--generate-random", "32", "--output-file", name)
    one, other = with_keys.read("one"), with_keys.read("other")
    assert (len(one), len(other), one == other) == (32, 32, False)


def test_keys_are_generated_and_certificates_written_through_the_module(personalised: Any, openssl: Any) -> None:
    personalised.pkcs11("--keypairgen", "--key-type", "EC:prime256v1", "--id", "0A", "--label", "module")
    assert "Private EC Key [module]" in personalised.run("pkcs15-tool", "--dump").stdout
    openssl("req", "-x509", "-newkey", "rsa:2048", "-noenc", "-keyout", "k.pem", "-out", "c.pem", "-subj", "/CN=Holder")
    openssl("x509", "-in", "c.pem", "-outform", "DER", "-out", "c.der")
    personalised.pkcs11("--write-object", "c.der", "--type", "cert", "--id", "0B", "--label", "certificate")
    read = personalised.run("pkcs15-tool", "--read-certificate", "0B").stdout
    assert read.split() == personalised.read("c.pem").decode().split()


def test_a_wrong_pin_gives_no_signature(with_keys: Any) -> None:
    with_keys.write("message", b"what is signed")
    done = with_keys.run(
        *("pkcs11-tool", "--login", "--pin", "000000", "--sign", "--id", "01", "--mechanism", "SHA256-RSA-PKCS"),
        *("--input-file", "message", "--output-file", "signed"),
        check=False,
    )
    assert done.returncode != 0
    assert not (with_keys.folder / "signed").exists()
