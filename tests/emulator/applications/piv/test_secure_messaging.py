"""Secure messaging and the virtual contact interface (SP 800-73-5, part 2, 4, and part 1, 5.5), asked by APDU."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from iso7816 import CommandAPDU, ResponseAPDU
from iso7816.piv.card_certificate import CardCertificate
from iso7816.piv.cipher_suites import CS2, CS7, CipherSuite
from iso7816.piv.key_establishment import HostKeyEstablishment
from iso7816.piv.session import PIVHostSession

from .conftest import PIN, SELECT, PIVTerminal, tlv

CONTACTLESS = '[contactless]\nuid = "04 A2 B3 C4 D5 E6 80"\n'
OBJECTS = """
[applications.options.objects]
5FC105 = "certificate"
5FC102 = { hex = "3410 000102030405060708090A0B0C0D0E0F FE00" }
5FC109 = "printed"
"""
SUITES = [CS2, CS7]


class Channel:
    """The outside's end of secure messaging with a card."""

    def __init__(self, piv: PIVTerminal, suite: CipherSuite = CS2) -> None:
        self.piv = piv
        host = HostKeyEstablishment(suite)
        response = piv.general_authenticate(suite.identifier, 0x04, (0x81, host.challenge), (0x82, b""))
        self.certificate, keys = host.finish(response)
        self.session = PIVHostSession(keys)

    def exchange(self, ins: int, p1: int, p2: int, data: bytes = b"", ne: int | None = 256) -> ResponseAPDU:
        protected = self.session.protect(CommandAPDU(0, ins, p1, p2, data, ne))
        body, first = protected.data, protected
        while len(body) > 255:  # in a chain
            assert self.piv.card.transmit(bytes((0x1C, *first[1:4], 255)) + body[:255]) == b"\x90\x00"
            body = body[255:]
        answer, sw = self.piv.send(bytes((0x0C, *first[1:4], len(body))) + body + b"\0")
        return self.session.open(ResponseAPDU(answer, sw))

    def word(self, ins: int, p1: int, p2: int, data: bytes = b"", ne: int | None = 256) -> str:
        return f"{self.exchange(ins, p1, p2, data, ne).sw:04X}"

    def get(self, tag: str) -> ResponseAPDU:
        return self.exchange(0xCB, 0x3F, 0xFF, tlv(0x5C, bytes.fromhex(tag)))


@pytest.fixture
def secure(make: Callable[..., PIVTerminal]) -> Callable[..., PIVTerminal]:
    """Makes a card with secure messaging."""

    def new(options: str = "", suite: str = "CS2", before: str = "") -> PIVTerminal:
        return make(f'secure_messaging = "{suite}"\n{options}{OBJECTS}', before)

    return new


# Key establishment


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_the_card_shows_that_it_has_the_key_of_a_signed_certificate(
    secure: Callable[..., PIVTerminal], suite: CipherSuite
) -> None:
    piv = secure(suite=suite.name)
    template = piv.ok(0xA4, 0x04, 0x00, bytes.fromhex("A00000030800001000"))
    assert template.endswith(bytes.fromhex("AC06") + bytes((0x80, 1, suite.identifier)) + bytes.fromhex("060100"))
    channel = Channel(piv, suite)
    content = piv.get("5FC122")
    signer = x509.load_der_x509_certificate(content[content.index(b"\x30\x82") : -5])
    assert channel.certificate.is_signed_by(signer.public_key())  # type: ignore[arg-type]
    assert channel.certificate.subject == bytes(range(16)), "the card UUID of the CHUID"
    identifier = signer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert channel.certificate.issuer == identifier[:8]


POINT = HostKeyEstablishment(CS2, ephemeral=ec.derive_private_key(7, ec.SECP256R1())).challenge[9:].hex()


@pytest.mark.parametrize(
    ("algorithm", "challenge", "word"),
    [
        (0x2E, "00" * 9 + "04" + "00" * 96, "6A86"),
        (0x11, "", "6A86"),
        (0x27, "00" * 9 + "04" + "00" * 64, "6A80"),  # no point
        (0x27, "00" * 9 + "04" + "00" * 63, "6A80"),
        (0x27, "", "6A80"),
        (0x27, "80" + "00" * 8 + POINT, "6A80"),
        (0x27, "0F" + "00" * 8 + POINT, "9000"),  # no persistent binding comes of it
    ],
)
def test_what_is_no_challenge(secure: Callable[..., PIVTerminal], algorithm: int, challenge: str, word: str) -> None:
    piv = secure()
    assert piv.authenticate_word(algorithm, 0x04, (0x81, bytes.fromhex(challenge)), (0x82, b"")) == word


def test_a_card_without_secure_messaging(piv: PIVTerminal) -> None:
    assert piv.authenticate_word(0x27, 0x04, (0x81, HostKeyEstablishment(CS2).challenge), (0x82, b"")) == "6A86"
    assert piv.sw("0CCB3FFF0A8E08010203040506070800") == "6982"


def test_the_key_is_generated_anew_with_a_certificate(secure: Callable[..., PIVTerminal]) -> None:
    piv = secure()
    before = Channel(piv).certificate
    assert piv.word(0x47, 0, 0x04, bytes.fromhex("AC03800111")) == "6982"
    piv.administrate()
    assert piv.word(0x47, 0, 0x04, bytes.fromhex("AC03800114")) == "6A86"
    assert piv.word(0x47, 0, 0x04, bytes.fromhex("AC03800107")) == "6A86"
    public = piv.ok(0x47, 0, 0x04, bytes.fromhex("AC03800111"))
    after = Channel(piv).certificate
    assert after.point == public[-65:] != before.point
    assert after.issuer == before.issuer


# Messages


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_everything_that_can_be_protected(secure: Callable[..., PIVTerminal], suite: CipherSuite) -> None:
    piv = secure(suite=suite.name)
    piv.administrate()
    long = bytes(range(256)) * 5
    assert piv.put_word("5FC10A", long) == "9000"
    piv.generate(0x9A, 0x07)
    channel = Channel(piv, suite)
    assert channel.get("5FC10A") == ResponseAPDU(tlv(0x53, long), 0x9000)
    assert channel.word(0x20, 0x00, 0x80, ne=None) == "63C3"
    assert channel.word(0x20, 0x00, 0x80, b"999999\xff\xff", None) == "63C2", "the inner word; the outer one is 9000"
    assert channel.word(0x20, 0x00, 0x80, PIN, None) == "9000"
    assert channel.word(0x24, 0x00, 0x80, PIN + b"87654321", None) == "9000"
    assert channel.get("5FC1FF").sw == 0x6A82
    # As long as it takes a chain.
    data = tlv(0x7C, tlv(0x82, b"") + tlv(0x81, b"\x00\x01" + b"\xff" * 253 + b"\x00"))
    assert len(channel.exchange(0x87, 0x07, 0x9A, data).data) == 264
    assert channel.exchange(0x20, 0xFF, 0x80, ne=None) == ResponseAPDU(b"", 0x9000)


def test_a_session_goes_on_after_plain_commands(secure: Callable[..., PIVTerminal]) -> None:
    piv = secure()
    channel = Channel(piv)
    assert channel.get("5FC105").sw == 0x9000
    assert piv.get_word("5FC105") == "9000"
    assert piv.sw(SELECT) == "9000"
    assert channel.get("5FC105").sw == 0x9000


@pytest.mark.parametrize(
    ("break_it", "word"),
    [
        (lambda command: command[:-2] + bytes((command[-2] ^ 1,)) + command[-1:], "6988"),
        (lambda command: command[:10] + bytes((command[10] ^ 1,)) + command[11:], "6988"),
        (lambda _command: bytes.fromhex("0CCB3FFF0397010000"), "6987"),
        (lambda _command: bytes.fromhex("0CCB3FFF0D8101008E080102030405060708 00"), "6988"),
        (lambda command: b"\x08" + command[1:], "6882"),
        (lambda _command: bytes.fromhex("0CA404000A8E08010203040506070800"), "6882"),
        (lambda _command: bytes.fromhex("0CDB3FFF0A8E08010203040506070800"), "6882"),
    ],
)
def test_a_wrong_message_ends_the_session(
    secure: Callable[..., PIVTerminal], break_it: Callable[[bytes], bytes], word: str
) -> None:
    piv = secure()
    channel = Channel(piv)
    protected = channel.session.protect(CommandAPDU(0, 0xCB, 0x3F, 0xFF, bytes.fromhex("5C017E"), 256))
    good = bytes((*protected[:4], len(protected.data))) + protected.data + b"\0"
    assert piv.sw(break_it(good)) == word
    assert piv.sw(good) == "6982"


def test_another_kind_of_secure_messaging_is_not_there(secure: Callable[..., PIVTerminal]) -> None:
    piv = secure()
    channel = Channel(piv)
    assert piv.sw("04CB3FFF035C017E00") == "6882"
    assert channel.get("7E").sw == 0x9000, "it concerns no session"


def test_a_message_cannot_be_said_twice(secure: Callable[..., PIVTerminal]) -> None:
    piv = secure()
    channel = Channel(piv)
    protected = channel.session.protect(CommandAPDU(0, 0xCB, 0x3F, 0xFF, bytes.fromhex("5C017E"), 256))
    command = bytes((*protected[:4], len(protected.data))) + protected.data + b"\0"
    assert piv.sw(command) == "9000"
    assert piv.sw(command) == "6988"
    assert piv.sw(command) == "6982"


def test_a_new_session_and_a_reset_end_the_old_one(secure: Callable[..., PIVTerminal]) -> None:
    piv = secure()
    first, second = Channel(piv), Channel(piv)
    assert second.get("7E").sw == 0x9000
    assert first.get("7E").sw == 0x6988
    assert Channel(piv).exchange(0x87, 0x27, 0x04, tlv(0x7C, tlv(0x81, bytes(74)) + tlv(0x82, b""))).sw == 0x6985
    third = Channel(piv)
    piv.card.reset()
    assert third.get("7E").sw == 0x6982


# Over the contactless interface


def test_without_secure_messaging_little_is_allowed(secure: Callable[..., PIVTerminal]) -> None:
    piv = secure('pairing_code = "65135275"\n', before=CONTACTLESS)
    assert [piv.get_word(tag) for tag in ("7E", "5FC102", "5FC122")] == ["9000"] * 3
    assert [piv.get_word(tag) for tag in ("5FC105", "5FC109")] == ["6982"] * 2
    assert piv.verify() == "6982"
    assert piv.verify(b"65135275", 0x98) == "6982"
    for ins, p1, p2, data, word in (
        (0x24, 0, 0x80, PIN + PIN, "6982"),
        (0x24, 0, 0x81, b"12345678" * 2, "6982"),
        (0x2C, 0, 0x80, b"12345678" + PIN, "6A81"),
        (0xDB, 0x3F, 0xFF, bytes.fromhex("5C035FC10553020101"), "6A81"),
        (0x47, 0, 0x9A, bytes.fromhex("AC03800111"), "6A81"),
        (0x87, 0x03, 0x9B, bytes.fromhex("7C028100"), "6982"),
        (0xFB, 0, 0, b"", "6A81"),
    ):
        assert piv.word(ins, p1, p2, data) == word


def test_the_pairing_code_makes_a_virtual_contact_interface(secure: Callable[..., PIVTerminal]) -> None:
    piv = secure('pairing_code = "65135275"\n', before=CONTACTLESS)
    assert piv.get("7E")[-2:] == b"\x48\x00"
    channel = Channel(piv)
    assert channel.get("5FC105").sw == 0x6982
    assert channel.word(0x20, 0, 0x80, PIN, None) == "6982"
    assert channel.word(0x20, 0, 0x98, b"65135276", None) == "6300"
    assert channel.word(0x20, 0, 0x98, b"6513527", None) == "6A80"
    assert channel.word(0x20, 0, 0x98, ne=None) == "6300"
    assert channel.word(0x20, 0, 0x98, b"65135275", None) == "9000"
    assert channel.word(0x20, 0, 0x98, ne=None) == "9000"
    assert channel.get("5FC105") == ResponseAPDU(tlv(0x53, b"certificate"), 0x9000)
    assert piv.get_word("5FC105") == "6982", "only what is protected comes over it"
    assert channel.get("5FC109").sw == 0x6982
    assert channel.word(0x20, 0, 0x80, PIN, None) == "9000"
    assert channel.get("5FC109").data == tlv(0x53, b"printed")
    assert channel.get("5FC123").data == tlv(0x53, tlv(0x99, b"65135275") + b"\xfe\x00")
    assert channel.word(0x24, 0, 0x80, PIN + b"87654321", None) == "9000"
    assert channel.word(0x24, 0, 0x81, b"12345678" * 2, None) == "6982"


def test_it_may_go_without_the_pairing_code(secure: Callable[..., PIVTerminal]) -> None:
    piv = secure('pairing_code = "65135275"\npairing_code_required = false\n', before=CONTACTLESS)
    assert piv.get("7E")[-2:] == b"\x4c\x00"
    channel = Channel(piv)
    assert channel.get("5FC105").sw == 0x9000


def test_the_last_tries_are_kept_from_contactless_use(secure: Callable[..., PIVTerminal]) -> None:
    piv = secure('pairing_code = "65135275"\npin_tries = 3\ncontactless_tries_kept = 2\n', before=CONTACTLESS)
    channel = Channel(piv)
    assert channel.word(0x20, 0, 0x98, b"65135275", None) == "9000"
    assert channel.word(0x20, 0, 0x80, b"999999\xff\xff", None) == "63C2"
    assert channel.word(0x20, 0, 0x80, PIN, None) == "6983"
    assert channel.word(0x24, 0, 0x80, PIN + b"87654321", None) == "6983"
    assert channel.word(0x20, 0, 0x80, ne=None) == "63C2"


def test_keys_that_want_the_pin_want_the_virtual_contact_interface(secure: Callable[..., PIVTerminal]) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    keys = "".join(
        f'[[applications.options.keys]]\nreference = {reference:#x}\npem = """{pem}"""\n' for reference in (0x9A, 0x9E)
    )
    piv = secure('pairing_code = "65135275"\n' + keys, before=CONTACTLESS)
    sign = tlv(0x7C, tlv(0x82, b"") + tlv(0x81, bytes(32)))
    assert piv.word(0x87, 0x11, 0x9E, sign) == "9000"
    assert piv.word(0x87, 0x11, 0x9A, sign) == "6982"
    channel = Channel(piv)
    assert channel.word(0x20, 0, 0x98, b"65135275", None) == "9000"
    assert channel.word(0x20, 0, 0x80, PIN, None) == "9000"
    assert channel.word(0x87, 0x11, 0x9A, sign) == "9000"
    assert piv.word(0x87, 0x11, 0x9A, sign) == "6982"


def test_the_pairing_code_over_contacts(secure: Callable[..., PIVTerminal]) -> None:
    piv = secure('pairing_code = "65135275"\n')
    assert piv.verify(b"65135275", 0x98) == "9000"
    assert piv.get_word("5FC123") == "6982"
    assert piv.verify() == "9000"
    certificate = CardCertificate.parse(Channel(piv).certificate.to_bytes())
    assert certificate.role == 0
