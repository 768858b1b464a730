"""pkcs15-init, pkcs15-tool and opensc-tool of OpenSC personalise the card, and say what is on it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

from emulator import Card

pytestmark = pytest.mark.card("pkcs15", via="pcscd")


def test_opensc_names_the_card(run_program: Any) -> None:
    assert run_program("opensc-tool", "--name").stdout.strip() == "Javacard with IsoApplet"


def test_a_new_card_has_no_pkcs15_structure(run_program: Any) -> None:
    done = run_program("pkcs15-tool", "--dump", check=False)
    assert done.returncode != 0
    assert "Unsupported card" in done.stderr


def test_a_structure_is_made(personalised: Any) -> None:
    said = personalised.run("pkcs15-tool", "--dump").stdout
    assert "PKCS#15 Card [Test card]" in said
    assert re.search(r"PIN \[User PIN\]", said)
    assert "Length         : min_len:4, max_len:16, stored_len:16" in said


def test_it_is_made_once(personalised: Any) -> None:
    done = personalised.run(
        *("pkcs15-init", "--create-pkcs15", "--so-pin", "123456", "--so-puk", "0123456789abcdef"), check=False
    )
    assert done.returncode != 0
    assert "PIN [User PIN]" in personalised.run("pkcs15-tool", "--dump").stdout


def test_a_pin_that_is_too_short_is_refused_before_the_card_hears_of_it(run_program: Any, card: Card) -> None:
    done = run_program(
        *("pkcs15-init", "--create-pkcs15", "--so-pin", "123", "--so-puk", "0123456789abcdef"), check=False
    )
    assert done.returncode != 0
    assert not [file for file in card._state.files.values() if file.fid == 0x5015]


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("rsa/2048", "ModLength      : 2048"),
        ("ec/prime256v1", "FieldLength    : 256"),
        ("ec/secp384r1", "FieldLength    : 384"),
        ("ec/secp256k1", "FieldLength    : 256"),
        ("ec/brainpoolP256r1", "FieldLength    : 256"),
    ],
)
def test_a_key_is_generated(personalised: Any, openssl: Any, key: str, shown: str) -> None:
    usage = "sign,decrypt" if key.startswith("rsa") else "sign"
    personalised.init("--generate-key", key, "--id", "07", "--label", "generated", "--key-usage", usage)
    said = personalised.run("pkcs15-tool", "--dump").stdout
    assert said.count("[generated]") == 2  # private and public
    assert shown in said
    assert "sensitive, alwaysSensitive, neverExtract, local" in said
    public = personalised.run("pkcs15-tool", "--read-public-key", "07").stdout
    personalised.write("public.pem", public.encode())
    # It is the public half of what is on the card: a signature by the one is verified by the other.
    personalised.write("message", b"message")
    mechanism = "SHA256-RSA-PKCS" if key.startswith("rsa") else "ECDSA-SHA1"
    arguments = ("--sign", "--mechanism", mechanism, "--id", "07", "--input-file", "message", "--output-file", "signed")
    personalised.pkcs11(*arguments, *(() if key.startswith("rsa") else ("--signature-format", "openssl")))
    digest = "-sha256" if key.startswith("rsa") else "-sha1"
    assert "Verified OK" in openssl("dgst", digest, "-verify", "public.pem", "-signature", "signed", "message")
    if key.startswith("rsa"):
        openssl("pkeyutl", "-encrypt", "-pubin", "-inkey", "public.pem", "-in", "message", "-out", "cryptogram")
        files = ("--input-file", "cryptogram", "--output-file", "deciphered")
        personalised.pkcs11("--decrypt", "--mechanism", "RSA-PKCS", "--id", "07", *files)
        assert personalised.read("deciphered") == b"message"


def test_a_curve_that_the_card_does_not_have_is_refused(personalised: Any) -> None:
    done = personalised.init("--generate-key", "ec/prime192v1", "--id", "07", check=False)
    assert done.returncode != 0
    assert "Failed to generate key: Card does not support the requested operation" in done.stderr
    assert "Private" not in personalised.run("pkcs15-tool", "--dump").stdout


def test_keys_are_brought_in(with_keys: Any) -> None:
    said = with_keys.run("pkcs15-tool", "--dump").stdout
    assert "Private RSA Key [my rsa key]" in said
    assert "Private EC Key [my ec key]" in said
    for number, name in (("01", "rsa"), ("02", "ec")):
        public = load_pem_public_key(with_keys.run("pkcs15-tool", "--read-public-key", number).stdout.encode())
        assert public == load_pem_public_key(with_keys.read(f"{name}.pub.pem"))


def test_a_key_and_its_certificate_come_in_one_file(personalised: Any, openssl: Any) -> None:
    openssl(
        *("req", "-x509", "-newkey", "rsa:2048", "-noenc", "-keyout", "key.pem", "-out", "certificate.pem"),
        *("-subj", "/CN=Card holder"),
    )
    openssl(
        *("pkcs12", "-export", "-inkey", "key.pem", "-in", "certificate.pem", "-out", "both.p12", "-passout", "pass:x")
    )
    personalised.init("--store-private-key", "both.p12", "--format", "pkcs12", "--passphrase", "x", "--id", "09")
    read = personalised.run("pkcs15-tool", "--read-certificate", "09").stdout
    assert read.split() == personalised.read("certificate.pem").decode().split()
    key = load_pem_public_key(personalised.run("pkcs15-tool", "--read-public-key", "09").stdout.encode())
    openssl("pkey", "-in", "key.pem", "-pubout", "-outform", "DER", "-out", "public.der")
    assert key == load_der_public_key(personalised.read("public.der"))


def test_data_that_only_the_pin_opens(personalised: Any, openssl: Any) -> None:
    del openssl
    personalised.write("data", b"for the card holder alone")
    personalised.init(
        *("--store-data", "data", "--label", "note", "--application-name", "tests"),
        *("--application-id", "1.3.6.1.4.1.99999.1"),
    )
    arguments = ("pkcs15-tool", "--read-data-object", "note", "--raw", "--output", "out")
    assert personalised.run(*arguments, "--verify-pin", "--pin", "123456").returncode == 0
    assert personalised.read("out") == b"for the card holder alone"


def test_objects_are_deleted_with_their_files(with_keys: Any, card: Card) -> None:
    files = len(card._state.files)
    said = with_keys.init("--delete-objects", "privkey,pubkey", "--id", "01").stdout
    said += with_keys.init("--delete-objects", "privkey,pubkey", "--id", "02").stdout
    assert len(card._state.files) == files - 2
    assert "my rsa key" not in with_keys.run("pkcs15-tool", "--dump").stdout


def test_the_driver_has_no_way_to_erase_the_card(with_keys: Any) -> None:
    done = with_keys.init("--erase-card", check=False)
    assert done.returncode != 0
    assert "Failed to erase card: Not supported" in done.stderr
    assert "my rsa key" in with_keys.run("pkcs15-tool", "--dump").stdout


def test_opensc_explorer_walks_the_files(personalised: Any) -> None:
    personalised.write("script", b"cd 5015\ninfo 5032\ncat 5032\n")
    said = personalised.run("opensc-explorer", "script").stdout
    assert "Working EF" in said or "Elementary File" in said
    assert re.search(r"Test card|T\.*e\.*s\.*t", said)
