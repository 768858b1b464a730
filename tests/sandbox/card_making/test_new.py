"""``scard new`` makes a card, or says in one line why not and leaves no file."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from emulator import Card

NEW = ("new", "piv", "out.card")


@pytest.mark.parametrize(
    ("profile", "cert", "key", "kind"),
    [
        ("piv", "cert.pem", "key.pem", "p256"),
        ("openpgp", "cert.pem", "key.pem", "p256"),
        ("pkcs15", "cert.pem", "key.pem", "p256"),
        ("gids", "rsa-cert.pem", "rsa.pem", "rsa2048"),
    ],
)
def test_a_card_with_a_certificate_and_its_key(
    folder: Any, scard: Any, profile: str, cert: str, key: str, kind: str
) -> None:
    done = scard("new", profile, "out.card", "--cert", cert, "--key", key)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    (held,) = folder.slots()
    of_file = x509.load_pem_x509_certificate((folder.path / cert).read_bytes())
    assert (str(held.kind), held.certificate) == (kind, of_file.public_bytes(Encoding.DER))
    label = {"gids": "name", "pkcs15": "label"}.get(profile)
    assert label is None or held.facts[label] == "Ada", "a key is called as its holder is"


def test_without_keys_a_card_is_as_its_profile_has_it(folder: Any, scard: Any) -> None:
    assert scard("new", "iso7816", "out.card").returncode == 0
    with Card.open("out.card", "copy") as made, Card.from_profile("iso7816") as profile:
        assert made.atr == profile.atr
        assert made.snapshot().state().contents == profile.snapshot().state().contents


def test_a_card_definition_of_ones_own(folder: Any, scard: Any) -> None:
    assert scard(*NEW).returncode == 0
    (folder.path / "my.toml").write_text('[files."3F00"]\ntype = "DF"\n', encoding="utf-8")
    assert scard("new", "my.toml", "mine.card").returncode == 0
    with Card.open("mine.card", "copy") as card:
        assert card.snapshot().state().identity.profile == "my"


@pytest.mark.parametrize(
    "options",
    [
        ("--key", "key.der", "--cert", "cert.der"),
        ("--key", "sec1.pem", "--cert", "chain.pem"),
        ("--key", "both.pem", "--cert", "both.pem"),
        ("--key", "encrypted.pem", "--cert", "cert.pem", "--passphrase-file", "passphrase"),
        ("--key", "encrypted.der", "--cert", "cert.pem"),
        ("--key", "encrypted-sec1.pem", "--cert", "cert.pem", "--passphrase-file", "passphrase"),
        ("--p12", "both.p12", "--passphrase-file", "passphrase"),
        ("--p12", "open.p12"),
        ("--passphrase-file", "passphrase", "--p12", "both.p12", "--slot", "9a"),
    ],
)
def test_every_form_of_key_and_certificate(folder: Any, scard: Any, options: tuple[str, ...]) -> None:
    done = scard(*NEW, *options, SCARDMGR_KEY_PASSPHRASE="a secret to try")
    assert (done.returncode, done.stderr) == (0, "")
    (held,) = folder.slots()
    assert (held.slot, str(held.kind), held.certificate) == ("9a", "p256", folder.holder)


@pytest.mark.parametrize("options", [("--key", "key.pem"), ("--p12", "key.p12", "--passphrase-file", "passphrase")])
def test_a_key_alone(folder: Any, scard: Any, options: tuple[str, ...]) -> None:
    assert scard(*NEW, *options).returncode == 0
    (held,) = folder.slots()
    assert (str(held.kind), held.certificate) == ("p256", None)


def test_a_passphrase_is_read_from_standard_input_where_nobody_is_there_to_be_asked(folder: Any, scard: Any) -> None:
    done = scard(*NEW, "--key", "encrypted.pem", "--cert", "cert.pem", text="a secret to try\n")
    assert done.returncode == 0, done.stderr
    assert len(folder.slots()) == 1


def test_several_keys_each_with_its_slot(folder: Any, scard: Any) -> None:
    auth = ("--slot", "9a", "--p12", "both.p12", "--passphrase-file", "passphrase")
    sign = ("--slot", "9C", "--key", "other.pem", "--cert", "other-cert.pem")
    new = ("--slot", "9e", "--generate", "p384", "--subject", "CN=A door,O=Example", "--days", "30")
    assert scard(*NEW, *auth, *sign, *new).returncode == 0
    held = folder.slots()
    assert [(each.slot, str(each.kind)) for each in held] == [("9a", "p256"), ("9c", "p256"), ("9e", "p384")]
    door = x509.load_der_x509_certificate(held[2].certificate)
    assert door.subject.rfc4514_string() == "CN=A door,O=Example"
    assert (door.not_valid_after_utc - door.not_valid_before_utc).days == 30


@pytest.mark.parametrize("kind", ["rsa2048", "RSA-2048", "p256", "P-384", "ed25519"])
def test_a_new_key_signs_a_certificate_for_itself(folder: Any, scard: Any, kind: str) -> None:
    assert scard(*NEW, "--generate", kind, "--subject", "CN=Test").returncode == 0
    (held,) = folder.slots()
    assert str(held.kind) == kind.lower().replace("-", "")
    certificate = x509.load_der_x509_certificate(held.certificate)
    assert certificate.subject == certificate.issuer
    certificate.verify_directly_issued_by(certificate)


def test_a_key_that_is_there_signs_a_certificate_for_itself_where_it_is_told_a_name(folder: Any, scard: Any) -> None:
    assert scard(*NEW, "--key", "key.pem", "--subject", "CN=Test").returncode == 0
    (held,) = folder.slots()
    certificate = x509.load_der_x509_certificate(held.certificate)
    certificate.verify_directly_issued_by(certificate)
    assert certificate.subject.rfc4514_string() == "CN=Test"


def test_a_key_that_signs_nothing_has_no_certificate(folder: Any, scard: Any) -> None:
    assert scard(*NEW, "--slot", "9d", "--generate", "x25519").returncode == 0
    (held,) = folder.slots()
    assert (str(held.kind), held.certificate) == ("x25519", None)


@pytest.mark.parametrize("given", ["654321", "env:MY_PIN", "file:pin", "pass:654321"])
def test_the_pin(folder: Any, scard: Any, given: str) -> None:
    (folder.path / "pin").write_bytes(b"654321\n")
    assert scard(*NEW, "--pin", given, "--puk", "87654321", MY_PIN="654321").returncode == 0
    with Card.open("out.card", "copy") as card:
        card.power_on()
        assert card.transmit(bytes.fromhex("0020008008") + b"123456\xff\xff") == b"\x63\xc2"
        assert card.transmit(bytes.fromhex("0020008008") + b"654321\xff\xff") == b"\x90\x00"
        assert card.transmit(bytes.fromhex("002C008010") + b"87654321" + b"123456\xff\xff") == b"\x90\x00"


def test_settings_of_the_definition(folder: Any, scard: Any) -> None:
    settings = ("pin_tries=5", "serial=42", "applications[0].options.version=4.3.5", "card.memory=65536")
    done = scard(*NEW, *(word for setting in settings for word in ("--set", setting)))
    assert done.returncode == 0, done.stderr
    shown = json.loads(scard("show", "out.card", "--json").stdout)
    (application,) = shown["applications"]
    assert shown["memory"] == 65536
    assert application["facts"] == {"version": "4.3.5", "serial number": "42", "management key": "3des, 192 bits"}
    assert application["codes"][0] == {"name": "PIN", "tries_left": 5, "max_tries": 5}


REFUSED = [
    (("--cert", "other-cert.pem", "--key", "key.pem"), 1, "slot 9a: the certificate is not of this key"),
    (
        ("--key", "weak.pem"),
        1,
        "RSA with 1024 bits is weak: it takes 2048 at least, unless weak keys are allowed (--allow-weak)",
    ),
    (("--key", "ed448.pem"), 1, "ed448.pem holds a key of a kind that no card here has"),
    (("--generate", "p521"), 1, "slot 9a: takes no p521; it takes rsa1024, rsa2048"),
    (("--generate", "rsa1024"), 1, "(--allow-weak)"),
    (("--generate", "p255"), 2, "--generate p255: expected rsa2048, rsa3072, rsa4096, p256"),
    (("--key", "cert.pem"), 1, "cert.pem holds no private key"),
    (("--key", "nonsense"), 1, "nonsense holds no private key that can be read: expected PEM or DER"),
    (("--key", "empty"), 1, "empty holds no private key that can be read"),
    (("--key", "openssh.pem"), 1, "ssh-keygen -p -m PKCS8"),
    (("--key", "missing.pem"), 2, "missing.pem"),
    (("--key", "key.pem", "--cert", "key.pem"), 1, "key.pem holds no certificate that can be read"),
    (("--key", "key.pem", "--cert", "nonsense"), 1, "nonsense holds no certificate that can be read"),
    (("--p12", "nonsense"), 1, "nonsense is no PKCS #12 file"),
    (("--p12", "key.der"), 1, "key.der is no PKCS #12 file"),
    (("--p12", "cert.p12", "--passphrase-file", "passphrase"), 1, "cert.p12 holds no private key"),
    (("--p12", "both.p12", "--passphrase-file", "wrong"), 1, "both.p12 cannot be read: the passphrase is another one"),
    (("--p12", "both.p12"), 2, "both.p12 is encrypted: --passphrase-file or SCARDMGR_KEY_PASSPHRASE tells"),
    (("--key", "encrypted.pem"), 2, "encrypted.pem is encrypted: --passphrase-file or SCARDMGR_KEY_PASSPHRASE tells"),
    (("--key", "encrypted.pem", "--passphrase-file", "wrong"), 1, "encrypted.pem cannot be decrypted"),
    (("--key", "encrypted.pem", "--passphrase-file", "missing"), 2, "--passphrase-file"),
    (("--key", "encrypted.pem", "--passphrase", "a secret to try"), 2, "--passphrase-file"),
    (("--cert", "cert.pem"), 2, "for each key: there is none of them"),
    (("--slot", "9a"), 2, "--slot 9a: give one of --key FILE"),
    (("--key", "key.pem", "--p12", "both.p12"), 2, "there is --key and --p12"),
    (("--p12", "open.p12", "--cert", "cert.pem"), 2, "--cert goes with the --key"),
    (("--key", "key.pem", "--cert", "cert.pem", "--subject", "CN=x"), 2, "--subject is for a certificate"),
    (("--key", "key.pem", "--days", "3"), 2, "--days is for a certificate"),
    (("--generate", "p256", "--passphrase-file", "wrong"), 2, "--passphrase-file is for a --key or --p12 file"),
    (("--key", "key.pem", "--key", "other.pem"), 2, "of several keys each begins with its --slot"),
    (("--key", "key.pem", "--slot", "9a", "--slot", "9c"), 2, "of several keys each begins with its --slot"),
    (("--slot", "9a", "--key", "key.pem", "--key", "other.pem"), 2, "--slot 9a: there is --key twice"),
    (("--slot", "9a", "--key", "key.pem", "--slot", "9a", "--key", "other.pem"), 1, "slot 9a: it is given two keys"),
    (("--slot", "99", "--key", "key.pem"), 1, "the card has no slot '99'; it has: 9a, 9c"),
    (("--generate", "p256", "--subject", "Test"), 2, "--subject 'Test': expected a name"),
    (("--generate", "p256", "--subject", ""), 2, "expected a name"),
    (("--generate", "p256", "--days", "0"), 2, "--days"),
    (("--generate", "p256", "--days", "9999999"), 2, "there is no such date"),
    (("--slot", "9d", "--generate", "x25519", "--subject", "CN=x"), 2, "signs nothing"),
    (("--pin", "12345"), 1, "pin: expected 6 to 8 digits"),
    (("--puk", "1"), 1, "puk: expected 8 bytes"),
    (("--so-pin", "12345678"), 1, "the card has no so-pin that could be set: it has pin, puk"),
    (("--admin-pin", "12345678"), 1, "the card has no admin-pin that could be set"),
    (("--pin", "env:NO_SUCH_VARIABLE"), 2, "--pin: there is no variable NO_SUCH_VARIABLE"),
    (("--set", "pin=1"), 1, "--set applications[0].options.pin: expected 6 to 8 digits"),
    (
        ("--set", "nonsense=1"),
        1,
        "options.nonsense: is not a key that belongs here: expected card_authentication_secret",
    ),
    (("--set", "nonsense"), 2, "--set: expected KEY=VALUE"),
    (("--set", "applications[1].path=x"), 1, "--set applications[1]: expected a number below 1"),
    (("--set", "global_pin=123456"), 1, "a string of digits needs quotes of its own"),
]


REFUSED_BY_OTHERS = [
    ("openpgp", ("--pin", "12345"), 1, "pin: expected 6 to 127 bytes"),
    ("openpgp", ("--admin-pin", "1234567"), 1, "admin-pin: expected 8 to 127 bytes"),
    ("openpgp", ("--pin", "1" * 128), 1, "pin: expected 6 to 127 bytes"),
    ("openpgp", ("--puk", "12345678"), 1, "the card has no puk that could be set: it has pin, admin-pin"),
    ("openpgp", ("--key", "weak.pem"), 1, "slot signature: a key of RSA with 1024 bits is weak, and the card has none"),
    ("openpgp", ("--key", "weak.pem", "--allow-weak"), 1, "slot signature: a key of RSA with 1024 bits is weak"),
    ("openpgp", ("--key", "ed448.pem"), 1, "ed448.pem holds a key of a kind that no card here has"),
    ("openpgp", ("--slot", "decryption", "--generate", "ed25519"), 1, "slot decryption: takes no ed25519"),
    ("openpgp", ("--slot", "signature", "--generate", "x25519"), 1, "slot signature: takes no x25519"),
    ("openpgp", ("--cert", "other-cert.pem", "--key", "key.pem"), 1, "slot signature: the certificate is not of this"),
    ("openpgp", ("--slot", "9a", "--key", "key.pem"), 1, "no slot '9a'; it has: signature, decryption, authentication"),
    ("pkcs15", ("--pin", "123"), 1, "pin: expected 4 to 16 bytes"),
    ("pkcs15", ("--puk", "87654321"), 1, "puk: expected 16 bytes"),
    ("pkcs15", ("--admin-pin", "12345678"), 1, "the card has no admin-pin that could be set: it has pin, puk"),
    ("pkcs15", ("--key", "weak.pem"), 1, "slot 01: a key of RSA with 1024 bits is weak, and the card has none"),
    ("pkcs15", ("--key", "weak.pem", "--allow-weak"), 1, "slot 01: a key of RSA with 1024 bits is weak, and"),
    ("pkcs15", ("--generate", "rsa3072"), 1, "slot 01: takes no rsa3072; it takes rsa2048, p256"),
    ("pkcs15", ("--generate", "ed25519"), 1, "slot 01: takes no ed25519"),
    ("pkcs15", ("--cert", "other-cert.pem", "--key", "key.pem"), 1, "slot 01: the certificate is not of this key"),
    ("pkcs15", ("--slot", "11", "--key", "key.pem"), 1, "the card has no slot '11'"),
    ("gids", ("--pin", "123"), 1, "pin: expected 4 to 16 bytes"),
    ("gids", ("--puk", "123"), 1, "puk: expected 4 to 16 bytes"),
    ("gids", ("--so-pin", "12345678"), 1, "the card has no so-pin that could be set: it has pin, puk"),
    ("gids", ("--key", "weak.pem"), 1, "slot 00: a key of RSA with 1024 bits is weak: it takes 2048 at least, unless"),
    ("gids", ("--key", "key.pem"), 1, "slot 00: takes no p256; it takes rsa1024, rsa2048, rsa3072, rsa4096"),
    ("gids", ("--cert", "cert.pem", "--key", "rsa.pem"), 1, "slot 00: the certificate is not of this key"),
    ("gids", ("--slot", "7e", "--key", "rsa.pem"), 1, "the card has no slot '7e'"),
]
"""What profiles say that have other codes, slots and kinds of keys."""


@pytest.mark.parametrize(
    ("profile", "options", "status", "says"),
    [
        pytest.param(profile, options, status, says, id=f"{profile} {' '.join(options)[:60]}")
        for profile, options, status, says in [*(("piv", *row) for row in REFUSED), *REFUSED_BY_OTHERS]
    ],
)
def test_a_refusal_is_one_line_and_leaves_no_file(
    folder: Any, scard: Any, profile: str, options: tuple[str, ...], status: int, says: str
) -> None:
    done = scard("new", profile, "out.card", *options)
    assert done.returncode == status, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("scard: ")
    assert done.stderr.count("\n") == 1
    assert says in done.stderr
    assert folder.nothing_new()


@pytest.mark.parametrize(
    ("profile", "secret"),
    [
        ("piv", ("--pin", "12345")),
        ("piv", ("--puk", "7777")),
        ("piv", ("--set", "puk=7777")),
        ("openpgp", ("--pin", "54321")),
        ("openpgp", ("--admin-pin", "7654321")),
        ("pkcs15", ("--puk", "7777")),
        ("gids", ("--pin", "777")),
    ],
)
def test_no_refusal_repeats_a_code(folder: Any, scard: Any, profile: str, secret: tuple[str, str]) -> None:
    done = scard("new", profile, "out.card", *secret)
    assert done.returncode == 1
    assert secret[1].rpartition("=")[2] not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("new",), 2, "give PROFILE and OUT.card"),
        (("new", "piv"), 2, "give PROFILE and OUT.card"),
        (("new", "no-such-profile", "out.card"), 3, "there is no built-in profile 'no-such-profile'; there are: "),
        (("new", "missing.toml", "out.card"), 3, "missing.toml"),
        (("new", "nonsense.toml", "out.card"), 3, "no text in UTF-8"),
        (("new", "piv", "no-such-folder/out.card"), 3, "no-such-folder/out.card"),
        (("new", "piv", "."), 2, "."),
        (("new", "iso7816", "out.card", "--pin", "1234"), 1, "no application on it has one"),
        (("new", "iso7816", "out.card", "--generate", "p256"), 1, "the card has no slot for a key"),
        (("new", "iso7816", "out.card", "--set", "pin=1"), 1, "no application with options"),
        (("new", "--list", "no-such-profile"), 3, "there is no built-in profile"),
    ],
)
def test_no_such_card(folder: Any, scard: Any, arguments: tuple[str, ...], status: int, says: str) -> None:
    (folder.path / "nonsense").rename(folder.path / "nonsense.toml")
    done = scard(*arguments)
    (folder.path / "nonsense.toml").rename(folder.path / "nonsense")
    assert done.returncode == status, done.stderr
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert folder.nothing_new()


def test_a_weak_key_where_it_is_wanted(folder: Any, scard: Any) -> None:
    assert scard(*NEW, "--key", "weak.pem", "--allow-weak").returncode == 0
    assert [str(held.kind) for held in folder.slots()] == ["rsa1024"]


def test_a_card_that_is_there_is_replaced_where_it_is_told_so_and_not_else(folder: Any, scard: Any) -> None:
    assert scard(*NEW, "--key", "key.pem").returncode == 0
    before = (folder.path / "out.card").read_bytes()
    done = scard(*NEW, "--generate", "p384")
    assert (done.returncode, done.stderr) == (1, "scard: out.card is there already: --force replaces an image\n")
    assert (folder.path / "out.card").read_bytes() == before
    assert scard(*NEW, "--force", "--generate", "p521").returncode == 1
    assert (folder.path / "out.card").read_bytes() == before, "what is refused replaces nothing"
    assert scard(*NEW, "--force", "--generate", "p384").returncode == 0
    assert [str(held.kind) for held in folder.slots()] == ["p384"]
    assert {path.name for path in folder.path.iterdir() if "card" in path.name} == {"out.card"}


def test_a_file_that_is_no_card_is_never_replaced(folder: Any, scard: Any) -> None:
    for options in ((), ("--force",)):
        done = scard("new", "piv", "key.pem", *options)
        assert done.returncode != 0
        assert done.stderr.count("\n") == 1
        assert (folder.path / "key.pem").read_bytes().startswith(b"-----BEGIN PRIVATE KEY")


def test_a_card_that_is_in_use_is_not_replaced(folder: Any, scard: Any) -> None:
    assert scard(*NEW).returncode == 0
    with Card.open("out.card"):
        done = scard(*NEW, "--force")
    assert done.returncode == 3
    assert "is open elsewhere" in done.stderr


def test_nobody_but_the_owner_reads_a_new_card(folder: Any, scard: Any) -> None:
    assert scard(*NEW, "--key", "key.pem").returncode == 0
    assert (folder.path / "out.card").stat().st_mode & 0o777 == 0o600


ENDED_WHILE_IT_WRITES = """
import os, sys
from emulator.images import saving
from sandbox.command_line import main
write = saving._write
def write_and_be_ended(*arguments):
    write(*arguments)
    os.kill(os.getpid(), int(sys.argv[1]))
saving._write = write_and_be_ended
main(["new", "piv", "out.card"])
"""


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whoever_ends_it_finds_nothing_half_written(folder: Any, signum: signal.Signals) -> None:
    done = subprocess.run([sys.executable, "-c", ENDED_WHILE_IT_WRITES, str(int(signum))], check=False, timeout=60)
    assert done.returncode == 128 + signum
    assert folder.nothing_new()


def test_the_list_names_every_profile_with_its_slots_and_what_they_take(folder: Any, scard: Any) -> None:
    from emulator.definition.profiles import built_in_profiles

    done = scard("new", "--list")
    assert done.returncode == 0
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert {row[0] for row in rows} == set(built_in_profiles())
    assert ["piv", "--pin", "", "6 to 8 digits"] in rows
    assert ["pkcs15", "--slot 01 to 10"] in [row[:2] for row in rows]
    takes = {tuple(row[:2]): row[3] for row in rows}
    assert takes["piv", "--slot 9a"] == "rsa1024, rsa2048, rsa3072, rsa4096, p256, p384, ed25519"
    assert takes["openpgp", "--slot decryption"].endswith("x25519")
    alone = scard("new", "--list", "piv").stdout.splitlines()
    assert alone == [line for line in done.stdout.splitlines() if line.startswith("piv\t")]
