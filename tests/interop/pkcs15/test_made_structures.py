"""A structure that was made here, in the eyes of OpenSC; and one that pkcs15-init made, in ours."""

from __future__ import annotations

import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from emulator import Card
from emulator.applications.issuing import applications_of
from emulator.applications.pkcs15.personalisation import Personaliser, keys_on

PIN, PUK = "123456", "0123456789abcdef"


CURVE_KEY = ec.generate_private_key(ec.SECP256R1())


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    """One key for all tests: making one takes long."""
    return rsa.generate_private_key(65537, 2048)


@cache
def certificate() -> bytes:
    """A certificate of the key of RSA, in DER."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Card holder")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, rsa_key().public_key(), 1, now, now + datetime.timedelta(days=1))
    return builder.sign(rsa_key(), SHA256()).public_bytes(Encoding.DER)


def made() -> Card:
    """A card with a PIN, a PUK, a key of RSA with its certificate, and one on P-256: before it is in any reader."""
    card = Card.from_profile("pkcs15")
    card.power_on()
    maker = Personaliser(card)
    maker.issue(PIN.encode(), PUK.encode(), "Made here")
    assert maker.put_key(rsa_key(), certificate(), "my rsa key") == 0
    assert maker.put_key(CURVE_KEY, label="my ec key") == 1
    return card


made_here = pytest.mark.card(what=made, via="pcscd")


@pytest.fixture
def public_keys(folder: Path) -> dict[str, Any]:
    """The public keys by name, which are files ``rsa.pub.pem`` and ``ec.pub.pem``, too."""
    keys = {"rsa": rsa_key().public_key(), "ec": CURVE_KEY.public_key()}
    for name, key in keys.items():
        pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (folder / f"{name}.pub.pem").write_bytes(pem)
    return keys


@made_here
def test_opensc_reads_it(public_keys: dict[str, Any], run_program: Any) -> None:
    said = run_program("pkcs15-tool", "--dump").stdout
    for line in (
        "PKCS#15 Card [Made here]",
        "Private RSA Key [my rsa key]",
        "Private EC Key [my ec key]",
        "Public RSA Key [my rsa key]",
        "Public EC Key [my ec key]",
        "X.509 Certificate [my rsa key]",
        "ModLength      : 2048",
        "FieldLength    : 256",
        "Length         : min_len:4, max_len:16, stored_len:16",
    ):
        assert line in said
    read = run_program("pkcs15-tool", "--read-certificate", "01").stdout
    assert x509.load_pem_x509_certificate(read.encode()).public_bytes(Encoding.DER) == certificate()
    for number, key in (("01", public_keys["rsa"]), ("02", public_keys["ec"])):
        assert load_pem_public_key(run_program("pkcs15-tool", "--read-public-key", number).stdout.encode()) == key


@made_here
@pytest.mark.usefixtures("public_keys")
def test_opensc_uses_its_keys(run_program: Any, folder: Path, openssl: Any) -> None:
    (folder / "message").write_bytes(b"what is signed")
    for number, name, mechanism, digest, more in (
        ("01", "rsa", "SHA256-RSA-PKCS", "-sha256", ()),
        ("02", "ec", "ECDSA-SHA1", "-sha1", ("--signature-format", "openssl")),
    ):
        run_program(
            *("pkcs11-tool", "--login", "--pin", PIN, "--sign", "--id", number, "--mechanism", mechanism, *more),
            *("--input-file", "message", "--output-file", "signed"),
        )
        assert "Verified OK" in openssl("dgst", digest, "-verify", f"{name}.pub.pem", "-signature", "signed", "message")


@made_here
def test_pkcs15_init_goes_on_from_it(run_program: Any, card: Card) -> None:
    run_program(
        *("pkcs15-init", "--generate-key", "ec/prime256v1", "--auth-id", "FF", "--pin", PIN),
        *("--id", "07", "--label", "generated"),
    )
    found = {key.label: key for key in keys_on(card.snapshot().state())}
    assert list(found) == ["my rsa key", "my ec key", "generated"]
    assert (found["generated"].reference, found["generated"].is_there) == (2, True)
    run_program("pkcs15-tool", "--unblock-pin", "--puk", PUK, "--new-pin", "654321")


@pytest.mark.card("pkcs15", via="pcscd")
def test_what_pkcs15_init_made_is_read(with_keys: Any, card: Card, openssl: Any) -> None:
    openssl("req", "-x509", "-key", "rsa.pem", "-out", "c.pem", "-subj", "/CN=Holder")
    openssl("x509", "-in", "c.pem", "-outform", "DER", "-out", "c.der")
    with_keys.init("--store-certificate", "c.pem", "--id", "01")
    rsa, curve = keys_on(card.snapshot().state())
    assert (rsa.reference, rsa.identifier, rsa.is_curve, rsa.bits, rsa.is_there) == (0, b"\x01", False, 2048, True)
    assert rsa.certificate == with_keys.read("c.der")
    assert (curve.reference, curve.label, curve.is_curve, curve.bits) == (1, "my ec key", True, 256)
    assert curve.certificate is None


@pytest.mark.card("pkcs15", via="pcscd")
def test_what_programs_wrote_beside_keys_is_listed(with_keys: Any, card: Card, openssl: Any) -> None:
    openssl("req", "-x509", "-key", "rsa.pem", "-out", "c.pem", "-subj", "/CN=Holder")
    openssl("x509", "-in", "c.pem", "-outform", "DER", "-out", "c.der")
    note = with_keys.write("note", b"what I am to remember")
    with_keys.init("--store-certificate", "c.pem", "--id", "01", "--label", "of a key")
    with_keys.pkcs11("--write-object", "c.der", "--type", "cert", "--id", "0B", "--label", "alone")
    with_keys.init("--store-public-key", "ec.pub.pem", "--id", "0C", "--label", "of a friend")
    with_keys.init("--store-data", note, "--application-name", "memory", "--label", "note")
    with_keys.pkcs11("--write-object", note, "--type", "data", "--label", "other note", "--private")
    (application,) = applications_of(card.snapshot().state())
    contents = application.contents(card.snapshot().state())
    certificate = with_keys.read("c.der")
    assert [(key.slot, key.facts["label"], key.kind is None, key.certificate) for key in contents.keys] == [
        ("01", "of a key", False, certificate),
        ("02", "my ec key", False, None),
        ("0b", "alone", True, certificate),
    ]
    public_key, *notes = contents.objects
    assert public_key.name == "public key 0c of a friend"
    assert [(each.name, each.size) for each in notes] == [
        ("data object note of memory", 21),
        ("data object other note", 21),
    ]
    listed = {each.tag for each in contents.objects}
    assert len(listed) == 3
    assert all(tag.startswith("3F00/5015/") for tag in listed)


@pytest.mark.card("pkcs15", via="pcscd")
def test_a_key_is_put_behind_those_of_pkcs15_init(with_keys: Any, card: Card, reader: Any) -> None:
    # Another card, which has what this one has: nobody takes the power from it in between.
    with Card.from_snapshot(card.snapshot()) as other:
        other.power_on()
        maker = Personaliser(other)
        maker.verify(PIN.encode())
        assert maker.put_key(ec.generate_private_key(ec.SECP384R1()), label="third") == 2
        reader.swap(other)
        said = with_keys.run("pkcs15-tool", "--dump").stdout
        assert "Private EC Key [third]" in said
        assert "FieldLength    : 384" in said
        reader.swap(card)
