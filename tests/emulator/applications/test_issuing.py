"""A new card is filled by what its applications offer, built in or of one's own, and by nothing that knows them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from emulator import Application, ApplicationMissing, Card, PersonalisationError, WeakKeyError, register_application
from emulator.applications.issuing import GivenKey, applications_of, issue
from emulator.applications.personalisation import (
    Contents,
    HeldCode,
    HeldKey,
    KeyForSlot,
    KeyKind,
    Personalisation,
    Slot,
    kinds_in_words,
    values_of,
)
from emulator.definition.profiles import load_profile, parse_definition
from emulator.persistent import PersistentState, Table
from iso7816.key_algorithms import KeyAlgorithm

PROFILES = ("gids", "openpgp", "piv", "pkcs15")
FIRST_SLOTS = {"gids": "00", "openpgp": "signature", "piv": "9a", "pkcs15": "01"}
PINS = {"gids": b"my pin", "openpgp": b"user pin", "piv": b"654321", "pkcs15": b"my pin"}
KEY = ec.derive_private_key(99, ec.SECP256R1())
OTHER_KEY = ec.derive_private_key(98, ec.SECP256R1())


@cache
def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


@cache
def another_rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def keys_for(profile: str) -> tuple[Any, Any]:
    """Two keys that a card of the profile takes."""
    return (rsa_key(2048), another_rsa_key()) if profile == "gids" else (KEY, OTHER_KEY)


@cache
def certificate(key: Any = KEY, filling: int = 0) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Ada")])
    begins = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, begins, begins + datetime.timedelta(days=9999))
    if filling:
        extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), bytes(filling))
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, SHA256()).public_bytes(Encoding.DER)


def made(profile: str, codes: Mapping[str, bytes] | None = None, *keys: GivenKey) -> PersistentState:
    return issue(load_profile(profile), codes or {}, keys)


def contents(state: PersistentState) -> Contents:
    (application,) = applications_of(state)
    return application.contents(state)


@pytest.mark.parametrize("profile", PROFILES)
def test_built_in_applications_can_be_personalised(profile: str) -> None:
    (application,) = applications_of(load_profile(profile))
    assert isinstance(application.personalisation, Personalisation)
    assert application.name == profile
    assert application.slots(load_profile(profile))[0].name == FIRST_SLOTS[profile]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_key_and_its_certificate_are_on_the_card(profile: str) -> None:
    key, _ = keys_for(profile)
    (held,) = contents(made(profile, None, GivenKey(key, None, certificate(key)))).keys
    assert (held.slot, held.kind, held.certificate) == (FIRST_SLOTS[profile], KeyKind.of(key), certificate(key))


@pytest.mark.parametrize("profile", PROFILES)
def test_without_a_slot_each_key_goes_to_the_next_free_one(profile: str) -> None:
    state = made(profile, None, *map(GivenKey, keys_for(profile)))
    (application,) = applications_of(state)
    first, second = (slot.name for slot in application.slots(state)[:2])
    assert [held.slot for held in contents(state).keys] == [first, second]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("place", range(3))
def test_every_slot_takes_what_it_says_that_it_takes(profile: str, place: int) -> None:
    state = load_profile(profile)
    (application,) = applications_of(state)
    slot = application.slots(state)[place]
    for kind in slot.accepts:
        if kind.algorithm is KeyAlgorithm.RSA and kind.bits != 2048:
            continue  # making them takes long, and they differ by their length alone
        key = rsa_key(2048) if kind.algorithm is KeyAlgorithm.RSA else _on_curve(kind)
        (held,) = contents(made(profile, None, GivenKey(key, slot.name))).keys
        assert (held.slot, held.kind) == (slot.name, kind)


def _on_curve(kind: KeyKind) -> Any:
    from iso7816.asymmetric_keys import generate_private_key

    return generate_private_key(kind.algorithm, kind.bits)


@pytest.mark.parametrize("profile", PROFILES)
def test_the_pin_is_the_one_that_was_given(profile: str) -> None:
    verify = {
        "gids": ("00A404000BA000000397425446590201", "00200080"),
        "openpgp": ("00A4040006D27600012401", "00200082"),
        "piv": ("00A4040009A00000030800001000", "00200080"),
        "pkcs15": ("00A404000CF276A288BCFBA69D34F31001", "00200001"),
    }
    select, command = map(bytes.fromhex, verify[profile])
    state = made(profile, {"pin": PINS[profile]}, GivenKey(keys_for(profile)[0]))
    card = Card.from_state(state)
    card.power_on()
    pin = PINS[profile].ljust(8, b"\xff") if profile == "piv" else PINS[profile]
    assert card.transmit(select)[-2:] == b"\x90\x00"
    assert card.transmit(command + bytes((len(pin),)) + pin) == b"\x90\x00"
    assert card.transmit(command + b"\x06" + b"123456")[-2:] != b"\x90\x00"


@pytest.mark.parametrize(
    ("profile", "codes", "says"),
    [
        ("piv", {"pin": b"12345"}, "pin: expected 6 to 8 digits"),
        ("piv", {"pin": b"12345x"}, "pin: expected 6 to 8 digits"),
        ("piv", {"pin": b"123456789"}, "pin: expected 6 to 8 digits"),
        ("piv", {"puk": b"1234567"}, "puk: expected 8 bytes"),
        ("openpgp", {"pin": b"12345"}, "pin: expected 6 to 127 bytes"),
        ("openpgp", {"admin-pin": b"1234567"}, "admin-pin: expected 8 to 127 bytes"),
        ("pkcs15", {"pin": b"123"}, "pin: expected 4 to 16 bytes"),
        ("pkcs15", {"pin": b"123456\0"}, "pin: expected 4 to 16 bytes"),
        ("pkcs15", {"puk": b"12345678"}, "puk: expected 16 bytes"),
        ("piv", {"so-pin": b"12345678"}, "no so-pin that could be set: it has pin, puk"),
        ("iso7816", {"pin": b"1234"}, "no pin that could be set: no application on it has one"),
    ],
)
def test_codes_that_no_card_takes(profile: str, codes: Mapping[str, bytes], says: str) -> None:
    with pytest.raises(PersonalisationError, match=says) as refusal:
        made(profile, codes)
    assert not any(code.decode() in str(refusal.value) for code in codes.values())


@pytest.mark.parametrize("profile", PROFILES)
def test_a_certificate_of_another_key(profile: str) -> None:
    key, other_key = keys_for(profile)
    with pytest.raises(PersonalisationError, match=rf"slot {FIRST_SLOTS[profile]}: the certificate is not of this key"):
        made(profile, None, GivenKey(key, None, certificate(other_key)))


def test_what_is_no_certificate() -> None:
    with pytest.raises(PersonalisationError, match="slot 9a: the certificate cannot be read"):
        made("piv", None, GivenKey(KEY, None, b"no certificate"))


@pytest.mark.parametrize("profile", PROFILES)
def test_a_weak_key(profile: str) -> None:
    with pytest.raises(PersonalisationError, match="a key of RSA with 1024 bits is weak") as refused:
        made(profile, None, GivenKey(rsa_key(1024)))
    slot = next(applications_of(load_profile(profile))).slots(load_profile(profile))[0]
    can_hold_it = KeyKind.of(rsa_key(1024)) in slot.accepts
    assert isinstance(refused.value, WeakKeyError) is can_hold_it, "where no card can, no option helps"


def test_a_weak_key_where_the_card_can_hold_it_and_it_is_wanted() -> None:
    (held,) = contents(made("piv", None, GivenKey(rsa_key(1024), weak_allowed=True))).keys
    assert str(held.kind) == "rsa1024"
    with pytest.raises(PersonalisationError, match="is weak, and the card has none; it takes rsa2048 to rsa4096"):
        made("openpgp", None, GivenKey(rsa_key(1024), weak_allowed=True))


@pytest.mark.parametrize(
    ("profile", "slot", "key", "says"),
    [
        ("pkcs15", "01", ed25519.Ed25519PrivateKey.generate(), "slot 01: takes no ed25519; it takes rsa2048, p256"),
        ("piv", "9a", ec.generate_private_key(ec.SECP256K1()), "slot 9a: takes no secp256k1"),
        ("piv", "9a", x25519.X25519PrivateKey.generate(), "slot 9a: takes no x25519"),
        ("piv", "9d", ed25519.Ed25519PrivateKey.generate(), "slot 9d: takes no ed25519"),
        ("openpgp", "decryption", ed25519.Ed25519PrivateKey.generate(), "slot decryption: takes no ed25519"),
        ("openpgp", "signature", ec.generate_private_key(ec.SECP192R1()), "takes no key of this kind, but rsa2048"),
        ("piv", "9b", KEY, "the card has no slot '9b'; it has: 9a, 9c, 9d"),
        ("iso7816", None, KEY, "no slot for a key"),
    ],
)
def test_keys_that_no_slot_takes(profile: str, slot: str | None, key: Any, says: str) -> None:
    with pytest.raises(PersonalisationError, match=says):
        made(profile, None, GivenKey(key, slot))


def test_a_slot_is_given_one_key() -> None:
    with pytest.raises(PersonalisationError, match="slot 9c: it is given two keys"):
        made("piv", None, GivenKey(KEY, "9C"), GivenKey(OTHER_KEY, "9c"))
    with pytest.raises(PersonalisationError, match="every slot of the card is taken"):
        made("openpgp", None, *[GivenKey(KEY)] * 4)


def test_what_piv_takes_goes_by_the_management_commands() -> None:
    plain = parse_definition(
        '[[applications]]\nname = "A000000308000010000100"\npath = "3F00/7F50"\ntype = "piv"\n[files."3F00/7F50"]\n'
        'type = "DF"\n[files."3F00"]\ntype = "DF"\n',
        "plain",
    )
    (application,) = applications_of(plain)
    slots = application.slots(plain)
    assert "f9" not in [slot.name for slot in slots]
    assert kinds_in_words(slots[0].accepts) == "rsa1024, rsa2048, rsa3072, p256, p384"
    with pytest.raises(PersonalisationError, match="slot 9a: takes no ed25519"):
        issue(plain, {}, [GivenKey(ed25519.Ed25519PrivateKey.generate())])


def test_retired_keys_of_piv_come_with_the_key_history_object() -> None:
    state = made("piv", None, GivenKey(KEY, "82", certificate()), GivenKey(OTHER_KEY, "83", certificate(OTHER_KEY)))
    card = Card.from_state(state)
    card.power_on()
    assert card.transmit(bytes.fromhex("00CB3FFF055C035FC10C00")) == bytes.fromhex("5308C10102C20100FE009000")
    assert ("5FC10C", "Key History Object", 8) in [(each.tag, each.name, each.size) for each in contents(state).objects]


def test_keys_of_openpgp_have_the_date_of_their_certificate() -> None:
    first, second = (made("openpgp", None, GivenKey(KEY, None, certificate())) for _ in range(2))
    (one,), (other,) = contents(first).keys, contents(second).keys
    assert one.facts == other.facts
    assert one.facts["origin"] == "imported"
    assert int(one.facts["fingerprint"], 16)
    card = Card.from_state(first)
    card.power_on()
    card.transmit(bytes.fromhex("00A4040006D27600012401"))
    assert int(datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC).timestamp()).to_bytes(4, "big") in card.transmit(
        bytes.fromhex("00CA006E000000")
    )


def test_keys_of_openpgp_without_certificate_have_the_date_of_the_others() -> None:
    alone = contents(made("openpgp", None, GivenKey(OTHER_KEY, "decryption"))).keys[0]
    state = made("openpgp", None, GivenKey(OTHER_KEY, "decryption"), GivenKey(KEY, "signature", certificate()))
    assert contents(state).keys[1].facts["fingerprint"] != alone.facts["fingerprint"]
    assert state.application_values[next(iter(state.applications)), b"object 00CF"] == (1577836800).to_bytes(4, "big")


def test_a_certificate_that_openpgp_has_no_room_for() -> None:
    with pytest.raises(PersonalisationError, match=r"slot signature: the certificate takes .* room for 4096"):
        made("openpgp", None, GivenKey(KEY, None, certificate(filling=5000)))


def test_certificates_that_piv_has_no_room_for() -> None:
    definition = (Path(__file__).parents[3] / "emulator" / "profiles" / "piv.toml").read_text(encoding="utf-8")
    small = definition.replace('protocols = ["T=1"]', 'protocols = ["T=1"]\nmemory = 4000')
    issue(parse_definition(small, "small"), {}, [GivenKey(KEY, None, certificate())])
    with pytest.raises(PersonalisationError, match=r"data objects take .* bytes, the card has 4000"):
        issue(parse_definition(small, "small"), {}, [GivenKey(KEY, None, certificate(filling=4000))])


def test_a_certificate_that_pkcs15_has_no_room_for() -> None:
    with pytest.raises(PersonalisationError, match="slot 01: the card refuses the key"):
        made("pkcs15", None, GivenKey(KEY, None, certificate(filling=70000)))


def test_pkcs15_takes_more_in_version_1_and_nothing_where_it_is_told_so() -> None:
    definition = (Path(__file__).parents[3] / "emulator" / "profiles" / "pkcs15.toml").read_text(encoding="utf-8")
    newer = parse_definition(definition.replace("interface = 0", "interface = 1"), "newer")
    (application,) = applications_of(newer)
    assert [str(kind) for kind in application.slots(newer)[0].accepts][:2] == ["rsa2048", "rsa4096"]
    closed = parse_definition(definition.replace("key_import = true", "key_import = false"), "closed")
    with pytest.raises(PersonalisationError, match="no slot for a key"):
        issue(closed, {}, [GivenKey(KEY)])


def test_codes_and_counters_are_told_without_their_values() -> None:
    told = [(code.name, code.tries_left, code.max_tries) for code in contents(made("pkcs15", {"puk": b"P" * 16})).codes]
    assert told == [("PIN", 3, 3), ("PUK", 5, 5)]
    assert contents(made("pkcs15")).codes == [], "none is set on an empty card"
    assert [code.name for code in contents(made("openpgp")).codes] == ["PIN (PW1)", "admin PIN (PW3)"]
    assert [code.name for code in contents(made("piv")).codes] == ["PIN", "PUK"]


def test_no_repr_shows_a_key() -> None:
    assert repr(GivenKey(KEY, "9a", certificate())) == "GivenKey(9a)"
    assert repr(KeyForSlot("9a", KEY)) == "KeyForSlot(9a)"


# An application of one's own.


class Drawer:
    """One code, one slot for a key on P-256."""

    codes: ClassVar[Mapping[str, str]] = {"pin": "4 digits"}

    def slots(self, state: PersistentState, df: int) -> Sequence[Slot]:  # noqa: ARG002 (as every application has it)
        return [Slot("drawer", "whatever it is for", (KeyKind.of_curve(KeyAlgorithm.P_256),))]

    def fill(
        self, state: PersistentState, df: int, codes: Mapping[str, bytes], keys: Sequence[KeyForSlot]
    ) -> PersistentState:
        if any(len(code) != 4 for code in codes.values()):
            raise PersonalisationError(f"pin: expected {self.codes['pin']}")
        for name, code in codes.items():
            state.write(Table.APPLICATION_VALUES, (df, name.encode()), code)
        for key in keys:
            state.write(Table.APPLICATION_VALUES, (df, b"certificate"), key.certificate)
        return state

    def contents(self, state: PersistentState, df: int) -> Contents:
        values = values_of(state, df)
        held = HeldKey("drawer", "whatever it is for", None, values.get(b"certificate"))
        return Contents({}, [HeldCode("pin", 1, 1)] if b"pin" in values else [], [held])


class Desk(Application):
    NAME = "desk-that-is-personalised"

    @classmethod
    def personalisation(cls) -> Personalisation:
        return Drawer()


DEFINITION = """
[files."3F00"]
type = "DF"
[files."3F00/7F01"]
type = "DF"
[files."3F00/7F02"]
type = "DF"
[[applications]]
name = "F0 01"
path = "3F00/7F01"
type = "desk-that-is-personalised"
[[applications]]
name = "A0 00 00 03 08 00 00 10 00 01 00"
path = "3F00/7F02"
type = "piv"
"""


def test_an_application_of_ones_own_beside_another_one() -> None:
    register_application(Desk)
    keys = [GivenKey(KEY, "drawer", certificate()), GivenKey(OTHER_KEY, "9a")]
    state = issue(parse_definition(DEFINITION, "two"), {"pin": b"1234", "puk": b"87654321"}, keys)
    desk, piv = applications_of(state)
    assert (desk.name, piv.name) == ("desk-that-is-personalised", "piv")
    assert desk.contents(state).keys[0].certificate == certificate()
    assert [code.name for code in desk.contents(state).codes] == ["pin"]
    assert [held.slot for held in piv.contents(state).keys] == ["9a"]


def test_its_refusals_are_those_of_the_card() -> None:
    register_application(Desk)
    with pytest.raises(PersonalisationError, match="pin: expected 4 digits"):
        issue(parse_definition(DEFINITION, "two"), {"pin": b"12345"}, [])
    with pytest.raises(PersonalisationError, match="slot drawer: takes no ed25519; it takes p256"):
        issue(parse_definition(DEFINITION, "two"), {}, [GivenKey(ed25519.Ed25519PrivateKey.generate(), "drawer")])


class Half(Application):
    NAME = "half-personalised"

    @classmethod
    def personalisation(cls) -> Any:
        return object()


def test_an_application_that_offers_half_of_it() -> None:
    register_application(Half)
    state = parse_definition(DEFINITION.replace("desk-that-is-personalised", "half-personalised"), "half")
    with pytest.raises(ApplicationMissing, match="'half-personalised' lacks a part of its personalisation"):
        list(applications_of(state))


def test_an_application_that_offers_nothing() -> None:
    assert Application.personalisation() is None
    assert list(applications_of(load_profile("iso7816"))) == []
