"""The options of a card definition, and what puts keys into a new card and tells what is on one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from emulator import Card, CardDefinitionError
from emulator.applications.piv.key_references import PINPolicy
from emulator.applications.piv.personalisation import slot_values, slots_of, values_of
from emulator.applications.piv.stored_keys import Origin
from iso7816.errors import KeyDataError

from .conftest import PIVTerminal, tlv

KEY = ec.derive_private_key(99, ec.SECP256R1())


def certificate() -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Ada")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key())
    builder = builder.serial_number(1).not_valid_before(datetime(2020, 1, 1)).not_valid_after(datetime(2120, 1, 1))
    return builder.sign(KEY, hashes.SHA256())


PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
CERTIFICATE = certificate()
CERTIFICATE_PEM = CERTIFICATE.public_bytes(Encoding.PEM).decode()


def key_table(reference: int = 0x9A, more: str = "", pem: str = PEM) -> str:
    return f'[[applications.options.keys]]\nreference = {reference:#x}\npem = """{pem}"""\n{more}'


def test_without_options_it_is_as_it_comes(make: Callable[..., PIVTerminal]) -> None:
    piv = make(extended=False)
    assert piv.sw("00200080") == "63C3"
    assert piv.verify() == "9000"
    piv.administrate()
    assert piv.get_word("5FC102") == "6A82"


def test_a_key_and_its_certificate(make: Callable[..., PIVTerminal]) -> None:
    piv = make(key_table(more=f'certificate = """{CERTIFICATE_PEM}"""\npin_policy = "never"\n'))
    data = CERTIFICATE.public_bytes(Encoding.DER)
    assert piv.get("5FC105") == tlv(0x53, tlv(0x70, data) + bytes.fromhex("710100FE00"))
    signature = piv.general_authenticate(0x11, 0x9A, (0x82, b""), (0x81, bytes(32)))
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

    KEY.public_key().verify(signature, bytes(32), ec.ECDSA(Prehashed(hashes.SHA256())))


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ('pin = "12345"\n', "pin"),
        ('pin = "1234567a"\n', "pin"),
        ('global_pin = "1"\n', "global_pin"),
        ('puk = "1234567"\n', "puk"),
        ("pin_tries = 0\n", "pin_tries"),
        ("puk_tries = 256\n", "puk_tries"),
        ('management_key = "0102"\n', "management_key"),
        ('management_key_type = "aes-128"\n', "management_key"),
        ('management_key_type = "des"\n', "management_key_type"),
        ('version = "5.7"\n', "version"),
        ('version = "5.7.256"\n', "version"),
        ("serial = -1\n", "serial"),
        ('secure_messaging = "CS3"\n', "secure_messaging"),
        ('pairing_code = "12345678"\n', "pairing_code"),
        ('secure_messaging = "CS2"\npairing_code = "1234567a"\n', "pairing_code"),
        ("pairing_code_required = false\n", "pairing_code_required"),
        ("typo = 1\n", "typo"),
        (key_table(0x9B), "reference"),
        (key_table(0x04), "reference"),
        (key_table(pem="none"), "pem"),
        (key_table(pem=CERTIFICATE_PEM), "pem"),
        (key_table(more='certificate = "none"\n'), "certificate"),
        (key_table(more='pin_policy = "sometimes"\n'), "pin_policy"),
        (key_table(more="typo = 1\n"), "typo"),
        ("[[applications.options.keys]]\nreference = 0x9A\n", "pem"),
        ('[applications.options.objects]\n"5F" = "x"\n', '"5F"'),
        ('[applications.options.objects]\n"5FC105" = ""\n', '"5FC105"'),
        ('[applications.options.objects]\n"7E" = "x"\n', '"7E"'),
        ('[applications.options.objects]\n"gibberish" = "x"\n', "gibberish"),
    ],
)
def test_a_mistake_is_told_by_its_key(make: Callable[..., PIVTerminal], options: str, key: str) -> None:
    with pytest.raises(CardDefinitionError) as caught:
        make(options)
    assert key in caught.value.key
    assert "12345" not in str(caught.value)


def test_a_key_of_another_kind_is_refused(make: Callable[..., PIVTerminal]) -> None:
    for key in (ec.generate_private_key(ec.SECP521R1()), rsa.generate_private_key(65537, 1280)):  # noqa: S505 (of a size that PIV has not)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        with pytest.raises(CardDefinitionError, match="no algorithm"):
            make(key_table(pem=pem))


# Keys and certificates by their slots


def test_values_put_a_key_into_a_slot_and_tell_of_it() -> None:
    data = CERTIFICATE.public_bytes(Encoding.DER)
    values = {**slot_values(0x9C, KEY, data), **slot_values(0x82, certificate=data)}
    first, second = slots_of(values)
    assert (first.reference, first.name, first.certificate) == (0x9C, "Digital Signature", data)
    assert first.key is not None
    assert (first.key.pin_policy, first.key.origin) == (PINPolicy.MATCH_ALWAYS, Origin.IMPORTED)
    assert (second.reference, second.name, second.key, second.certificate) == (
        0x82,
        "Retired Key Management 1",
        None,
        data,
    )
    with pytest.raises(KeyDataError, match="9B is no slot"):
        slot_values(0x9B, KEY)


def test_what_is_on_a_card(make: Callable[..., PIVTerminal]) -> None:
    piv = make(key_table(0x9D))
    state = piv.card.snapshot().state()
    assert [slot.reference for slot in slots_of(values_of(state))] == [0x9D]
    assert values_of(Card.from_profile("iso7816").snapshot().state()) == {}


def test_no_repr_shows_a_secret(piv: PIVTerminal) -> None:
    from emulator.applications.piv.algorithms import ALGORITHMS
    from emulator.applications.piv.key_references import TouchPolicy
    from emulator.applications.piv.security import Exchange
    from emulator.applications.piv.stored_keys import KeyPair, SecretKey

    secret = b"this is secret, 24 bytes"
    secret_key = SecretKey(ALGORITHMS[0x03], TouchPolicy.NEVER, secret)
    shown = [
        repr(secret_key),
        repr(KeyPair(ALGORITHMS[0x11], PINPolicy.ONCE, TouchPolicy.NEVER, Origin.GENERATED, secret)),
        repr(Exchange(0x9B, secret_key, secret, is_witness=True)),
    ]
    assert not any("secret" in each for each in shown)
    assert piv.sw("00200080") == "63C3"
