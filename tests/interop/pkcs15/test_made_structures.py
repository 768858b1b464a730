"""A structure that was made here, in the eyes of OpenSC; and one that pkcs15-init made, in ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from emulator import Card
from emulator.applications.pkcs15.personalisation import Personaliser, keys_on

PIN, PUK = "123456", "0123456789abcdef"


def issued() -> Card:
    """A card that has a PIN, a PUK and a structure without keys."""
    card = Card.from_profile("pkcs15")
    card.power_on()
    Personaliser(card).issue(PIN.encode(), PUK.encode(), "Made here")
    return card


made_here = pytest.mark.card(what=issued, via="pcscd")


@pytest.fixture
def filled(card: Card, folder: Path, openssl: Any) -> dict[str, int]:
    """The card with a key of RSA and its certificate, and one on P-256; the references of both."""
    openssl(
        "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-keyout", "rsa.pem", "-out", "c.pem", "-subj", "/CN=Holder"
    )
    openssl("x509", "-in", "c.pem", "-outform", "DER", "-out", "c.der")
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "ec.pem")
    maker = Personaliser(card)
    maker.verify(PIN.encode())
    certificates = {"rsa": (folder / "c.der").read_bytes(), "ec": None}
    references = {}
    for name, certificate in certificates.items():
        key = load_pem_private_key((folder / f"{name}.pem").read_bytes(), None)
        references[name] = maker.put_key(key, certificate, f"my {name} key")  # type: ignore[arg-type]
        openssl("pkey", "-in", f"{name}.pem", "-pubout", "-out", f"{name}.pub.pem")
    return references


@made_here
def test_opensc_reads_it(filled: dict[str, int], run_program: Any, folder: Path) -> None:
    assert filled == {"rsa": 0, "ec": 1}
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
    assert read.split() == (folder / "c.pem").read_text().split()
    for number, name in (("01", "rsa"), ("02", "ec")):
        public = load_pem_public_key(run_program("pkcs15-tool", "--read-public-key", number).stdout.encode())
        assert public == load_pem_public_key((folder / f"{name}.pub.pem").read_bytes())


@made_here
def test_opensc_uses_its_keys(filled: dict[str, int], run_program: Any, folder: Path, openssl: Any) -> None:
    del filled
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
def test_pkcs15_init_goes_on_from_it(filled: dict[str, int], run_program: Any, card: Card) -> None:
    del filled
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
def test_a_key_is_put_behind_those_of_pkcs15_init(with_keys: Any, card: Card, openssl: Any) -> None:
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", "third.pem")
    maker = Personaliser(card)
    maker.verify(PIN.encode())
    key = load_pem_private_key(with_keys.read("third.pem"), None)
    assert maker.put_key(key, label="third") == 2  # type: ignore[arg-type]
    said = with_keys.run("pkcs15-tool", "--dump").stdout
    assert "Private EC Key [third]" in said
    assert "FieldLength    : 384" in said
