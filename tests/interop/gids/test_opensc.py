"""opensc-tool, pkcs15-tool and pkcs15-init of OpenSC: what they see, and what they put on the card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from emulator import Card
from emulator.applications.gids.personalisation import containers_of, values_of

pytestmark = pytest.mark.card("gids", via="pcscd")

PIN, NEW_PIN = "12345678", "654321"


def test_opensc_names_the_card(desk: Any) -> None:
    assert desk.run("opensc-tool", "--name").stdout.strip() == "GIDS Smart Card"


def test_what_is_on_a_new_card(desk: Any) -> None:
    said = desk.dump()
    assert "PKCS#15 Card [GIDS card]" in said
    assert "PIN [UserPIN]" in said
    assert "Version        : 2" in said
    assert "PUK" not in said
    assert "Private" not in said


@pytest.mark.card("cards/with_puk.toml", via="pcscd")
def test_a_puk_unblocks_a_card_of_version_1(desk: Any) -> None:
    said = desk.dump()
    assert "PIN [PUK]" in said
    assert "Version        : 1" in said
    for _ in range(3):
        desk.verify("00000000")
    assert desk.verify(PIN) == "Operation failed: Authentication method blocked"
    unblock = ("pkcs15-tool", "--unblock-pin", "--new-pin", NEW_PIN, "--puk")
    assert "PUK code incorrect; tries left: 4" in desk.run(*unblock, "00000000", check=False).stderr
    desk.run(*unblock, "20406080")
    assert desk.verify(NEW_PIN) == ""


def test_the_pin_is_changed(desk: Any) -> None:
    change = ("pkcs15-tool", "--change-pin", "--new-pin", NEW_PIN, "--pin")
    assert "PIN code incorrect; tries left: 2" in desk.run(*change, "00000000", check=False).stderr
    desk.run(*change, PIN)
    assert [desk.verify(NEW_PIN), desk.verify(PIN)] == ["", "Operation failed: PIN code or key incorrect"]


@pytest.mark.parametrize("bits", [1024, 2048, 3072])
def test_a_key_is_generated(desk: Any, openssl: Any, bits: int) -> None:
    desk.init("--generate-key", f"rsa/{bits}", "--label", "generated", "--key-usage", "sign,decrypt")
    said = desk.dump()
    assert said.count("[generated]") == 2  # private and public
    assert f"ModLength      : {bits}" in said
    public = desk.run("pkcs15-tool", "--read-public-key", "00").stdout
    desk.write("public.pem", public.encode())
    # It is the public half of what is on the card: a signature by the one is verified by the other.
    desk.write("message", b"message")
    files = ("--input-file", "message", "--output-file", "signed")
    desk.pkcs11("--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", "00", *files)
    assert "Verified OK" in openssl("dgst", "-sha256", "-verify", "public.pem", "-signature", "signed", "message")


def test_a_key_that_signs_alone(desk: Any, card: Card) -> None:
    desk.init("--generate-key", "rsa/1024", "--label", "signs", "--key-usage", "sign")
    assert "Usage          : [0x04], sign" in desk.dump()
    (container,) = containers_of(values_of(card.snapshot().state()))
    assert (container.signs_only, container.bits) == (True, 1024)


def test_a_key_that_signs_alone_has_its_certificate_beside_it(desk: Any, openssl: Any, certified: str) -> None:
    options = ("--format", "pkcs12", "--passphrase", "x", "--label", "signs", "--key-usage", "sign")
    desk.init("--store-private-key", certified, *options)
    assert r"File: mscp\ksc00" in desk.gids().stdout
    read = desk.run("pkcs15-tool", "--read-certificate", "00").stdout
    assert read.split() == desk.read("certificate.pem").decode().split()
    desk.write("message", b"what is signed")
    files = ("--input-file", "message", "--output-file", "signed")
    desk.pkcs11("--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", "00", *files)
    assert "Verified OK" in openssl("dgst", "-sha256", "-verify", "public.pem", "-signature", "signed", "message")


def test_nothing_is_written_without_the_pin(desk: Any) -> None:
    generate = ("pkcs15-init", "--auth-id", "80", "--generate-key", "rsa/1024")
    done = desk.run(*generate, "--pin", PIN, check=False)
    assert done.returncode != 0
    assert "Failed to generate key: Security status not satisfied" in done.stderr
    done = desk.run(*generate, "--verify-pin", "--pin", "00000000", check=False)
    assert done.returncode != 0
    assert "Private" not in desk.dump()


def test_a_key_and_its_certificate_are_brought_in(with_key: Any, card: Card) -> None:
    said = with_key.dump()
    assert "Private RSA Key [my key]" in said
    assert "X.509 Certificate [my key]" in said
    read = with_key.run("pkcs15-tool", "--read-certificate", "00").stdout
    assert read.split() == with_key.read("certificate.pem").decode().split()
    public = load_pem_public_key(with_key.run("pkcs15-tool", "--read-public-key", "00").stdout.encode())
    assert public == load_pem_public_key(with_key.read("public.pem"))
    (container,) = containers_of(values_of(card.snapshot().state()))
    assert (container.name, container.signs_only, container.is_default) == ("my key", False, True)
    assert container.public_key == public
    assert container.certificate is not None


def test_keys_and_certificates_are_deleted(with_key: Any, card: Card) -> None:
    with_key.init("--delete-objects", "cert", "--id", "00")
    assert "X.509 Certificate" not in with_key.dump()
    with_key.init("--delete-objects", "privkey", "--id", "00")
    assert "[my key]" not in with_key.dump()  # OpenSC lists an empty container, without a name
    values = values_of(card.snapshot().state())
    assert not list(containers_of(values))
    assert not [name for name in values if name.startswith((b"key\xb0\x81", b"file\xb0\x81"))]
    with_key.init("--generate-key", "rsa/1024", "--label", "again", "--key-usage", "sign")
    assert [each.index for each in containers_of(values_of(card.snapshot().state()))] == [0]


@pytest.mark.card("cards/personalised.toml", via="pcscd")
def test_what_a_definition_puts_on_a_card_is_what_opensc_would(desk: Any, openssl: Any) -> None:
    said = desk.dump()
    for shown in ("Private RSA Key [Ada]", "Public RSA Key [Ada]", "X.509 Certificate [Ada]"):
        assert shown in said
    read = desk.run("pkcs15-tool", "--read-certificate", "00").stdout
    desk.write("certificate.pem", read.encode())
    desk.write("public.pem", openssl("x509", "-in", "certificate.pem", "-noout", "-pubkey").encode())
    desk.write("message", b"what is signed")
    files = ("--input-file", "message", "--output-file", "signed")
    desk.pkcs11("--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", "00", *files)
    assert "Verified OK" in openssl("dgst", "-sha256", "-verify", "public.pem", "-signature", "signed", "message")


def test_what_the_programs_made_is_used_from_an_image(with_key: Any, card: Card, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import padding

    card.save(tmp_path / "my.card")
    key = load_pem_private_key(with_key.read("key.pem"), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    with Card.open(tmp_path / "my.card", mode="copy") as again:
        again.power_on()
        assert again.transmit(bytes.fromhex("0020008008") + PIN.encode()) == b"\x90\x00"
        assert again.transmit(bytes.fromhex("002241B606800157840181")) == b"\x90\x00"
        response = again.transmit(bytes.fromhex("002A9E9A04") + b"data" + b"\x00")
        assert response[-2:] == b"\x90\x00"
    assert key.public_key().recover_data_from_signature(response[:-2], padding.PKCS1v15(), None) == b"data"
