"""On-card comparison of fingers: VERIFY 96 and 97 (SP 800-73-5, part 1, 3.3.2, 3.3.6 and 5.1; part 2, 3.2.1)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from emulator import Card, CardDefinitionError
from emulator.persistent import Table
from iso7816.biometric_templates import BiometricInformation, Finger, biometric_data, fingers_in, group_template
from iso7816.describe import Dialogue, Names
from iso7816.finger_minutiae import FingerTemplate
from iso7816.piv.cipher_suites import CS7

from .conftest import PIN, PUK, PIVTerminal, tlv
from .finger_samples import finger, moved, some
from .test_secure_messaging import CONTACTLESS, Channel

PRIMARY, SECONDARY, STRANGER = finger(11, 40), finger(12, 25), finger(13, 40)
OPTIONS = f"""
primary_finger = "{PRIMARY.to_bytes().hex()}"
primary_finger_position = "right index"
secondary_finger = "{SECONDARY.to_bytes().hex()}"
finger_tries = 3
"""
OBJECTS = """
[applications.options.objects]
5FC103 = "fingerprints"
5FC109 = "printed"
"""
NO_TEMPLATES = bytes.fromhex("7F6103 020100")
SIGN = tlv(0x7C, tlv(0x82, b"") + tlv(0x81, bytes(32)))

Make = Callable[..., PIVTerminal]


def presented(template: FingerTemplate, seed: int = 1) -> bytes:
    """What a sensor makes of a finger, as VERIFY brings it."""
    return biometric_data(moved(template, steps=seed, shift=(5, -9), noise=2, seed=seed).to_bytes())


@pytest.fixture
def fingers(make: Make) -> PIVTerminal:
    """A card with contacts that compares two fingers."""
    return make(OPTIONS + OBJECTS)


# What it tells


def test_the_card_announces_what_it_compares(fingers: PIVTerminal) -> None:
    assert fingers.get("7E")[-4:] == bytes.fromhex("2F02 5000")
    group = fingers.get("7F61")
    assert group[:2] == bytes.fromhex("7F61")
    assert fingers_in(group[3:]) == (
        BiometricInformation(Finger.RIGHT_INDEX, 12, 60),
        BiometricInformation(Finger.UNKNOWN, 12, 60),
    )


def test_without_a_finger_there_is_nothing(piv: PIVTerminal) -> None:
    assert piv.get("7E")[-4:] == bytes.fromhex("2F02 4000")
    assert piv.get_word("7F61") == "6A82"
    for reference in (0x96, 0x97):
        assert piv.verify(presented(PRIMARY), reference) == "6A88"
        assert piv.word(0x20, 0, reference, b"", None) == "6A88"
        assert piv.word(0x20, 0xFF, reference, b"", None) == "6A88"


def test_one_finger_is_the_primary_one(make: Make) -> None:
    piv = make(f'primary_finger = "{PRIMARY.to_bytes().hex()}"\n')
    assert piv.get("7F61")[3:6] == bytes.fromhex("020101")
    assert piv.verify(presented(PRIMARY), 0x96) == "9000"
    assert piv.verify(presented(PRIMARY), 0x97) == "6A88"


def test_no_command_returns_a_template(fingers: PIVTerminal) -> None:
    fingers.administrate()
    assert fingers.verify() == "9000"
    assert fingers.verify(presented(PRIMARY), 0x96) == "9000"
    secret = PRIMARY.to_bytes()[:12]
    for tag in ("7F61", "5FC103", "7E"):
        assert secret not in fingers.get(tag)
    assert fingers.word(0xF7, 0, 0x96) == "6A88", "metadata of 96 would say that it is a YubiKey Bio"


# The comparison


@pytest.mark.parametrize(("reference", "template"), [(0x96, PRIMARY), (0x97, SECONDARY)])
def test_the_right_finger_verifies_each_its_own(fingers: PIVTerminal, reference: int, template: FingerTemplate) -> None:
    other = reference ^ 1
    assert fingers.word(0x20, 0, reference, b"", None) == "63C3"
    assert fingers.verify(presented(template), reference) == "9000"
    assert fingers.word(0x20, 0, reference, b"", None) == "9000"
    assert fingers.word(0x20, 0, other, b"", None) == "63C3"
    assert fingers.sw("00200080") == "63C3", "it is not the PIN that is verified"
    assert fingers.word(0x20, 0xFF, reference, b"", None) == "9000"
    assert fingers.word(0x20, 0, reference, b"", None) == "63C3"


def test_each_time_the_finger_lies_otherwise(fingers: PIVTerminal) -> None:
    assert [fingers.verify(presented(PRIMARY, seed), 0x96) for seed in range(1, 9)] == ["9000"] * 8


def test_another_finger_costs_tries_and_blocks(fingers: PIVTerminal) -> None:
    assert fingers.verify(presented(PRIMARY), 0x96) == "9000"
    assert fingers.verify(presented(STRANGER), 0x96) == "63C2"
    assert fingers.word(0x20, 0, 0x96, b"", None) == "63C2", "a failure ends what was verified"
    assert fingers.verify(presented(PRIMARY), 0x96) == "9000"
    assert [fingers.verify(presented(SECONDARY), 0x96) for _ in range(4)] == ["63C2", "63C1", "63C0", "6983"]
    assert fingers.verify(presented(PRIMARY), 0x96) == "6983"
    assert fingers.word(0x20, 0, 0x96, b"", None) == "63C0"
    assert fingers.verify(presented(SECONDARY), 0x97) == "9000", "each finger has tries of its own"
    assert fingers.verify() == "9000", "and so has the PIN"


def test_the_threshold_is_of_the_definition(make: Make) -> None:
    half = biometric_data(some(PRIMARY, 20).to_bytes() + some(STRANGER, 20).to_bytes())
    for threshold, word in ((40, "9000"), (90, "63C4")):
        piv = make(f'primary_finger = "{PRIMARY.to_bytes().hex()}"\nfinger_threshold = {threshold}\n')
        assert piv.verify(half, 0x96) == word


@pytest.mark.parametrize(
    "data",
    [
        PIN,
        bytes(187),
        PRIMARY.to_bytes(),
        biometric_data(some(PRIMARY, 11).to_bytes()),
        biometric_data(finger(1, 61).to_bytes()),
        biometric_data(PRIMARY.to_bytes()[:-1]),
        biometric_data(PRIMARY.to_bytes()[:-1] + b"\xc0"),
        presented(PRIMARY) + b"\x00",
        bytes.fromhex("7F2E 82007B 8178") + PRIMARY.to_bytes(),
        bytes.fromhex("7F2E 7B 818178") + PRIMARY.to_bytes(),
        b"\x03\x02",
    ],
    ids=[
        "a PIN",
        "zeros",
        "no template",
        "too few",
        "too many",
        "no whole ones",
        "type 11",
        "more",
        "a long length",
        "a long length within",
        "YubiKey Bio",
    ],
)
def test_what_is_no_template_costs_nothing(fingers: PIVTerminal, data: bytes) -> None:
    assert fingers.verify(presented(PRIMARY), 0x96) == "9000"
    assert fingers.verify(presented(STRANGER), 0x97) == "63C2"
    assert fingers.verify(data, 0x96) == "6A80"
    assert fingers.verify(data, 0x97) == "6A80"
    assert fingers.word(0x20, 0, 0x96, b"", None) == "9000"
    assert fingers.word(0x20, 0, 0x97, b"", None) == "63C2"
    assert fingers.word(0x20, 0xFF, 0x96, data, None) == "6A80"


def test_a_finger_is_not_changed_and_not_unblocked(fingers: PIVTerminal) -> None:
    for reference in (0x96, 0x97):
        assert fingers.word(0x24, 0, reference, presented(PRIMARY), None) == "6A88"
        assert fingers.word(0x24, 0, reference, PIN + PIN, None) == "6A88"
        assert fingers.word(0x2C, 0, reference, PUK + PIN, None) == "6A88"
    assert fingers.word(0x20, 1, 0x96, b"", None) == "6A86"


def test_a_reset_and_another_selection_end_it(make: Make) -> None:
    piv = make(OPTIONS)
    assert piv.verify(presented(PRIMARY), 0x96) == "9000"
    assert piv.sw("00A4040005A00000030800") == "9000", "selected anew it keeps its security status"
    assert piv.word(0x20, 0, 0x96, b"", None) == "9000"
    piv.card.reset()
    assert piv.word(0x20, 0, 0x96, b"", None) == "63C3"


# What a finger opens


def test_printed_information_by_pin_or_finger_and_fingerprints_by_the_pin(fingers: PIVTerminal) -> None:
    assert [fingers.get_word(tag) for tag in ("5FC103", "5FC109")] == ["6982"] * 2
    assert fingers.verify(presented(SECONDARY), 0x97) == "9000"
    assert [fingers.get_word(tag) for tag in ("5FC103", "5FC109")] == ["6982", "9000"]
    assert fingers.word(0x20, 0xFF, 0x97, b"", None) == "9000"
    assert fingers.get_word("5FC109") == "6982"
    assert fingers.verify() == "9000"
    assert [fingers.get_word(tag) for tag in ("5FC103", "5FC109")] == ["9000"] * 2


def test_a_finger_lets_keys_be_used(fingers: PIVTerminal) -> None:
    fingers.administrate()
    for key in (0x9A, 0x9C, 0x9D, 0x9E):
        fingers.generate(key, 0x11)
    assert [fingers.word(0x87, 0x11, key, SIGN) for key in (0x9A, 0x9C, 0x9D, 0x9E)] == ["6982"] * 3 + ["9000"]
    assert fingers.verify(presented(PRIMARY), 0x96) == "9000"
    assert [fingers.word(0x87, 0x11, key, SIGN) for key in (0x9A, 0x9D, 0x9A, 0x9C)] == ["9000"] * 4


def test_the_signature_key_wants_pin_or_finger_each_time(fingers: PIVTerminal) -> None:
    fingers.administrate()
    fingers.generate(0x9C, 0x11)

    def sign() -> str:
        return fingers.word(0x87, 0x11, 0x9C, SIGN)

    for verify in (
        lambda: fingers.verify(presented(PRIMARY), 0x96),
        fingers.verify,
        lambda: fingers.verify(presented(SECONDARY), 0x97),
    ):
        assert verify() == "9000"
        assert [sign(), sign()] == ["9000", "6982"]
    assert fingers.verify() == "9000"
    assert fingers.verify(presented(PRIMARY), 0x96) == "9000"
    assert [sign(), sign()] == ["9000", "6982"], "both are spent"
    assert fingers.verify() == "9000"
    assert fingers.verify(presented(STRANGER), 0x96) == "63C2"
    assert sign() == "9000", "a wrong finger takes nothing from the PIN"


@pytest.mark.parametrize("slot", [0x9A, 0x9C])
@pytest.mark.parametrize("policy", [2, 3])
def test_a_pin_policy_that_is_chosen_is_the_pins_alone(fingers: PIVTerminal, slot: int, policy: int) -> None:
    fingers.administrate()
    fingers.generate(slot, 0x11, bytes((0xAA, 1, policy)))
    assert fingers.verify(presented(PRIMARY), 0x96) == "9000"
    assert fingers.word(0x87, 0x11, slot, SIGN) == "6982"
    assert fingers.verify() == "9000"
    assert [fingers.word(0x87, 0x11, slot, SIGN) for _ in range(2)] == ["9000", "6982" if policy == 3 else "9000"]
    assert fingers.verify(presented(SECONDARY), 0x97) == "9000"
    assert fingers.word(0x87, 0x11, slot, SIGN) == ("6982" if policy == 3 else "9000"), "a finger is not a fresh PIN"
    assert fingers.ok(0xF7, 0, slot)[:7] == bytes.fromhex("010111 0202") + bytes((policy, 1))
    for biometric in (4, 5):
        assert fingers.word(0x47, 0, slot, bytes.fromhex(f"AC06800111AA010{biometric}")) == "6A80"
        assert fingers.word(0xFE, 0x11, slot, tlv(0x06, b"\x01" * 32) + bytes((0xAA, 1, biometric))) == "6A80"


def test_the_default_asked_for_by_name_is_the_rule_of_the_slot(fingers: PIVTerminal) -> None:
    fingers.administrate()
    fingers.generate(0x9C, 0x11, bytes.fromhex("AA0100"))
    assert fingers.ok(0xF7, 0, 0x9C)[:7] == bytes.fromhex("010111 02020301"), "told as ever"
    assert fingers.verify(presented(PRIMARY), 0x96) == "9000"
    assert [fingers.word(0x87, 0x11, 0x9C, SIGN) for _ in range(2)] == ["9000", "6982"]
    assert fingers.word(0xFE, 0x11, 0x9A, tlv(0x06, b"\x01" * 32)) == "9000"
    assert fingers.ok(0xF7, 0, 0x9A)[:7] == bytes.fromhex("010111 02020201")
    assert [fingers.word(0x87, 0x11, 0x9A, SIGN) for _ in range(2)] == ["9000"] * 2


def test_a_key_that_moves_keeps_its_rule(fingers: PIVTerminal) -> None:
    fingers.administrate()
    fingers.generate(0x9C, 0x11)
    assert fingers.word(0xF6, 0x82, 0x9C) == "9000"
    assert fingers.verify(presented(PRIMARY), 0x96) == "9000"
    assert [fingers.word(0x87, 0x11, 0x82, SIGN) for _ in range(2)] == ["9000", "6982"]


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("", ["9000", "9000"]),
        ('pin_policy = "default"', ["9000", "9000"]),
        ('pin_policy = "once"', ["6982", "6982"]),
        ('pin_policy = "always"', ["6982", "6982"]),
        ('pin_policy = "never"', ["9000", "9000"]),
    ],
)
def test_a_policy_of_the_definition_is_the_pins_alone(make: Make, policy: str, words: list[str]) -> None:
    key = ec.derive_private_key(7, ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    piv = make(f'{OPTIONS}[[applications.options.keys]]\nreference = 0x9A\npem = """{pem}"""\n{policy}\n')
    assert piv.verify(presented(PRIMARY), 0x96) == "9000"
    assert [piv.word(0x87, 0x11, 0x9A, SIGN) for _ in range(2)] == words


def test_no_definition_asks_for_what_only_defaults_have(make: Make) -> None:
    with pytest.raises(CardDefinitionError, match="pin_policy"):
        make('[[applications.options.keys]]\nreference = 0x9A\npin_policy = "match_once"\n')


def test_set_pin_retries_wants_the_pin_itself(fingers: PIVTerminal) -> None:
    fingers.administrate()
    assert fingers.verify(presented(PRIMARY), 0x96) == "9000"
    assert fingers.word(0xFA, 5, 5) == "6982"
    assert fingers.verify() == "9000"
    assert fingers.word(0xFA, 5, 5) == "9000"


def test_the_discovery_object_says_whether_a_finger_counts(fingers: PIVTerminal) -> None:
    def announce(policy: str) -> str:
        return fingers.word(0xDB, 0x3F, 0xFF, bytes.fromhex(f"7E124F0BA0000003080000100001005F2F02{policy}00"), None)

    fingers.administrate()
    assert fingers.verify(presented(PRIMARY), 0x96) == "9000"
    templates = fingers.get("7F61")
    assert announce("40") == "9000"
    assert fingers.get_word("5FC109") == "6982"
    assert fingers.verify(presented(PRIMARY), 0x96) == "6A88"
    assert fingers.get("7F61") == NO_TEMPLATES
    assert announce("50") == "9000"
    assert fingers.get("7F61") == templates
    assert fingers.verify(presented(PRIMARY), 0x96) == "9000"
    assert fingers.get_word("5FC109") == "9000"


def test_a_definition_may_have_a_discovery_object_of_its_own(make: Make) -> None:
    def objects(policy: str) -> str:
        value = f"4F0BA0000003080000100001005F2F02{policy}00"
        return f'[applications.options.objects]\n7E = {{ hex = "{value}" }}\n'

    assert make(OPTIONS + objects("50")).verify(presented(PRIMARY), 0x96) == "9000"
    assert make(OPTIONS + objects("40")).verify(presented(PRIMARY), 0x96) == "6A88"
    with pytest.raises(CardDefinitionError, match="discovery object"):
        make(objects("50"))


def test_what_is_told_of_fingers_agrees_with_them(fingers: PIVTerminal) -> None:
    def put(value: bytes) -> str:
        return fingers.word(0xDB, 0x3F, 0xFF, tlv(0x7F61, value), None)

    fingers.administrate()
    others = [BiometricInformation(finger, 12, 60) for finger in (Finger.LEFT_THUMB, Finger.LEFT_LITTLE)]
    before = fingers.get("7F61")
    for value in (b"", b"\x02\x01\x00", group_template(others[:1]), group_template([*others, others[0]]), b"\x01\x00"):
        assert put(value) == "6A80"
    assert fingers.get("7F61") == before
    assert put(group_template(others)) == "9000"
    assert fingers_in(fingers.get("7F61")[3:]) == tuple(others)


def test_a_card_without_fingers_cannot_announce_them(piv: PIVTerminal) -> None:
    piv.administrate()
    policy = bytes.fromhex("7E124F0BA0000003080000100001005F2F025000")
    assert piv.word(0xDB, 0x3F, 0xFF, policy, None) == "6A80"
    one = tlv(0x7F61, group_template([BiometricInformation(Finger.UNKNOWN, 12, 60)]))
    assert piv.word(0xDB, 0x3F, 0xFF, one, None) == "6A80"
    assert piv.word(0xDB, 0x3F, 0xFF, NO_TEMPLATES, None) == "9000"
    assert piv.get("7F61") == NO_TEMPLATES
    assert piv.word(0xDB, 0x3F, 0xFF, tlv(0x7F61, b""), None) == "9000"
    assert piv.get_word("7F61") == "6A82"


def test_a_definition_tells_of_the_fingers_that_there_are(make: Make) -> None:
    def objects(value: bytes) -> str:
        return f'[applications.options.objects]\n7F61 = {{ hex = "{value.hex()}" }}\n'

    two = group_template([BiometricInformation(Finger.LEFT_THUMB, 12, 60)] * 2)
    assert make(OPTIONS + objects(two)).get("7F61")[3:] == two
    assert make(objects(b"\x02\x01\x00")).get("7F61") == NO_TEMPLATES
    for definition in (OPTIONS + objects(b"\x02\x01\x00"), OPTIONS + objects(b"none"), objects(two)):
        with pytest.raises(CardDefinitionError, match=r"biometric information templates for \d fingers") as caught:
            make(definition)
        assert caught.value.key.endswith('objects."7F61"')


def test_reset_forgets_the_fingers(fingers: PIVTerminal) -> None:
    for _ in range(3):
        fingers.verify(b"999999\xff\xff")
        fingers.word(0x2C, 0, 0x80, b"87654321" + PIN, None)
    assert fingers.word(0xFB, 0, 0) == "9000"
    assert fingers.verify(presented(PRIMARY), 0x96) == "6A88"
    assert fingers.get_word("7F61") == "6A82"
    assert fingers.get("7E")[-4:] == bytes.fromhex("2F02 4000")


# Secure messaging, and over the contactless interface


def test_over_the_contactless_interface_it_wants_secure_messaging(make: Make) -> None:
    piv = make(f'secure_messaging = "CS2"\n{OPTIONS}{OBJECTS}', CONTACTLESS)
    assert piv.get_word("7F61") == "9000", "what it compares is told to everybody"
    for data in (presented(PRIMARY), b""):
        assert piv.word(0x20, 0, 0x96, data, None) == "6982"
    assert piv.word(0x20, 0xFF, 0x96, b"", None) == "6982"
    channel = Channel(piv)
    assert channel.word(0x20, 0, 0x96, ne=None) == "63C3", "no try was spent"
    assert channel.word(0x20, 0, 0x96, presented(STRANGER), None) == "63C2"
    assert channel.word(0x20, 0, 0x96, presented(PRIMARY), None) == "9000", "without the pairing code: OCC-AUTH"
    assert channel.word(0x20, 0, 0x80, PIN, None) == "6982", "which the PIN would want"
    assert channel.get("5FC109").sw == 0x6982, "and what it opens, too"


def test_over_the_virtual_contact_interface_a_finger_opens_what_the_pin_does(make: Make) -> None:
    options = f'secure_messaging = "CS2"\npairing_code = "65135275"\n{OPTIONS}{OBJECTS}'
    piv = make(options, CONTACTLESS)
    assert piv.get("7E")[-2:] == b"\x58\x00"
    channel = Channel(piv)
    assert channel.word(0x20, 0, 0x97, presented(SECONDARY), None) == "9000"
    assert channel.get("5FC109").sw == 0x6982
    assert channel.word(0x20, 0, 0x98, b"65135275", None) == "9000"
    assert channel.get("5FC109").data == tlv(0x53, b"printed")
    assert channel.get("5FC123").sw == 0x9000
    assert channel.get("5FC103").sw == 0x6982
    assert piv.get_word("5FC109") == "6982", "only what is protected comes over it"


def test_the_last_tries_are_kept_from_contactless_use(make: Make) -> None:
    piv = make(f'secure_messaging = "CS2"\ncontactless_tries_kept = 2\n{OPTIONS}', CONTACTLESS)
    channel = Channel(piv)
    assert channel.word(0x20, 0, 0x96, presented(STRANGER), None) == "63C2"
    assert channel.word(0x20, 0, 0x96, presented(PRIMARY), None) == "6983"
    assert channel.word(0x20, 0, 0x96, ne=None) == "63C2"


def test_sixty_minutiae_fit_a_protected_command(make: Make) -> None:
    whole = finger(14, 60)
    piv = make(f'secure_messaging = "CS7"\nprimary_finger = "{whole.to_bytes().hex()}"\n')
    channel = Channel(piv, CS7)
    assert channel.word(0x20, 0, 0x96, presented(whole), None) == "9000"
    assert piv.word(0x20, 0, 0x96, b"", None) == "9000"


def test_a_template_may_come_in_a_chain(fingers: PIVTerminal) -> None:
    data = presented(PRIMARY)
    assert fingers.sw(b"\x10\x20\x00\x96\x40" + data[:64]) == "9000"
    rest = data[64:]
    assert fingers.sw(bytes((0, 0x20, 0, 0x96, len(rest))) + rest) == "9000"


# What no command leaves


@pytest.mark.parametrize("kept", [b"", b"\x28", b"\x28" + bytes(47), b"\x28" + bytes(45), b"\x28" + b"\xff" * 48])
def test_a_finger_that_is_none_spends_a_try_and_is_told_apart(make: Make, kept: bytes) -> None:
    piv = spoilt(make(OPTIONS), b"primary finger", b"\x05\x03" + kept)
    for left in ("63C2", "63C1", "63C0"):
        assert piv.verify(presented(PRIMARY), 0x96) == "6984"
        assert piv.word(0x20, 0, 0x96, b"", None) == left
    assert piv.verify(presented(PRIMARY), 0x96) == "6983"
    assert piv.verify(presented(SECONDARY), 0x97) == "9000"


@pytest.mark.parametrize("value", [b"", b"\x05", b"\x00\x00" + bytes(49), b"\x03\x04" + bytes(49)])
@pytest.mark.parametrize(("name", "reference"), [(b"primary finger", 0x96), (b"pin", 0x80)])
def test_a_counter_that_is_none_is_unusable(make: Make, value: bytes, name: bytes, reference: int) -> None:
    piv = spoilt(make(OPTIONS), name, value)
    data = presented(PRIMARY) if reference == 0x96 else PIN
    assert [piv.verify(data, reference), piv.word(0x20, 0, reference, b"", None)] == ["6984"] * 2


def spoilt(piv: PIVTerminal, name: bytes, value: bytes) -> PIVTerminal:
    """A card like this one, but for one of the values of its application."""
    state = piv.card.snapshot().state()
    state.write(Table.APPLICATION_VALUES, (next(iter(state.applications)), name), value)
    return PIVTerminal(Card.from_state(state))


# What is never shown


def test_a_dialogue_masks_templates(fingers: PIVTerminal) -> None:
    data = presented(PRIMARY)
    dialogue = Dialogue(Names.load("piv"))
    said = [
        dialogue.command(bytes((0x00, 0x20, 0x00, 0x96, len(data))) + data),
        dialogue.command(bytes((0x10, 0x20, 0x00, 0x97, 0x30)) + data[:0x30]),
        dialogue.command(bytes((0x00, 0x20, 0x00, 0x96)) + data),
    ]
    shown = "".join(map(str, said)).replace(" ", "").lower()
    assert "primaryfinger" in shown
    assert not any(data[start : start + 4].hex() in shown for start in range(8, len(data) - 4))


@pytest.mark.parametrize(
    ("options", "key"),
    [
        (f'primary_finger = "{finger(1, 15).to_bytes().hex()}"\n', "primary_finger"),
        (f'primary_finger = "{finger(1, 61).to_bytes().hex()}"\n', "primary_finger"),
        (f'primary_finger = "{finger(1, 20).to_bytes().hex()}00"\n', "primary_finger"),
        (f'primary_finger = "{"3132C3" * 20}"\n', "primary_finger"),
        ('primary_finger = "3132333435"\n', "primary_finger"),
        (f'secondary_finger = "{finger(1).to_bytes().hex()}"\n', "secondary_finger"),
        ('secondary_finger_position = "left index"\n', "secondary_finger_position"),
        (OPTIONS.replace("right index", "nose"), "primary_finger_position"),
        ("finger_tries = 0\n", "finger_tries"),
        ("finger_tries = 11\n", "finger_tries"),
        ("finger_threshold = 0\n", "finger_threshold"),
        ("finger_threshold = 101\n", "finger_threshold"),
    ],
)
def test_a_mistake_is_told_by_its_key_and_shows_no_template(make: Make, options: str, key: str) -> None:
    with pytest.raises(CardDefinitionError) as caught:
        make(options)
    assert caught.value.key.endswith(f"options.{key}")
    assert "313" not in str(caught.value)
    assert finger(1).to_bytes()[:3].hex() not in str(caught.value)
