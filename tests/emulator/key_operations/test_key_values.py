"""How keys come about: generated on the card, imported, and read back; over power losses and refusals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from key_desk import BOTH, CURVES, KeyDesk, desk_with, key_table, rsa_key

from emulator import Card
from iso7816.asymmetric_keys import generate_private_key
from iso7816.ber_tlv import TLV
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.key_import import KeyImport
from iso7816.public_key_template import public_key_template, public_point

NAME = bytes.fromhex("B603840101")
NAMED = ControlReferenceTemplate(TemplateKind.SIGNATURE, private_key=b"\x01")
FREE = "generate = 'always'\nupdate = 'always'"
USAGES = {"x25519": "['agree']"}


def usage(key_type: str) -> str:
    return USAGES.get(key_type, "['sign', 'verify']")


def read(desk: KeyDesk) -> bytes:
    template, sw = desk.in_parts(0x46, 0x8100, NAME)
    assert sw == "9000"
    return template


@pytest.mark.parametrize("key_type", ["rsa", "ed25519", "x25519", *CURVES])
def test_a_generated_pair_is_new_each_time_and_lasts(
    define: Callable[[str], Any], tmp_path: Path, key_type: str
) -> None:
    more = f"empty = true\n{FREE}" + ("\nsize = 1024" if key_type == "rsa" else "")
    path = tmp_path / "generated.card"
    desk_with(define, key_table(key_type, usage(key_type), more)).card.save(path)
    with Card.open(path) as card:
        card.power_on()
        desk = KeyDesk(card)
        assert desk.send(0x46, 0x8100, NAME, 256)[1] == "6984"
        first, sw = desk.in_parts(0x46, 0x8000, NAME)
        assert sw == "9000"
        assert read(desk) == first
        assert desk.send(0x46, 0x8400, NAME, 256) == (b"", "9000")
        second = read(desk)
        assert second != first
    with Card.open(path, mode="copy") as card:
        card.power_on()
        assert read(KeyDesk(card)) == second


@pytest.mark.parametrize("bits", [1024, 1280, 2048])
def test_a_generated_key_of_rsa_has_the_size_of_the_definition(define: Callable[[str], Any], bits: int) -> None:
    desk = desk_with(define, key_table("rsa", "['sign', 'verify']", f"empty = true\nsize = {bits}\n{FREE}"))
    template, sw = desk.in_parts(0x46, 0x8000, NAME)
    assert sw == "9000"
    desk.set(TemplateKind.SIGNATURE, BOTH, 0x43)
    signature = desk.ok(0x2A, 0x9E9A, bytes(32), 65536)
    assert len(signature) == bits // 8
    assert template[-5:] == bytes.fromhex("8203010001")


@pytest.mark.parametrize("key_type", ["rsa", "ed25519", "x25519", *CURVES])
@pytest.mark.parametrize("half", ["private", "public"])
def test_an_imported_key_is_the_one_that_was_sent(define: Callable[[str], Any], key_type: str, half: str) -> None:
    algorithm = KeyAlgorithm(key_type)
    bits = 1024 if key_type == "rsa" else algorithm.sizes[0]
    more = f"empty = true\n{FREE}" + ("\nsize = 1024" if key_type == "rsa" else "")
    desk = desk_with(define, key_table(key_type, usage(key_type), more))
    key = generate_private_key(algorithm, bits)
    make = KeyImport.of_private_key if half == "private" else KeyImport.of_public_key
    imported = make(NAMED, key if half == "private" else key.public_key())  # type: ignore[arg-type]
    assert desk.in_parts(0xDB, 0x3FFF, imported.to_bytes(), le=False) == (b"", "9000")
    assert read(desk) == public_key_template(key.public_key())
    if key_type == "x25519":
        return
    desk.set(TemplateKind.SIGNATURE, BOTH)
    data = bytes.fromhex("3031300D060960864801650304020105000420") + bytes(32) if key_type == "rsa" else bytes(32)
    # A public half signs nothing, whatever the usage says.
    assert desk.send(0x2A, 0x9E9A, data, 65536)[1] == ("9000" if half == "private" else "6984")


@pytest.mark.parametrize(("key_type", "size"), [("aes", 16), ("aes", 32), ("3des", 16), ("3des", 24), ("hmac", 20)])
def test_an_imported_secret_computes(define: Callable[[str], Any], key_type: str, size: int) -> None:
    secret = bytes(range(1, size + 1))
    given = desk_with(define, key_table(key_type, "['compute checksum']", f"value = '{secret.hex()}'"))
    table = key_table(key_type, "['compute checksum']", f"empty = true\nsize = {8 * size}\nupdate = 'always'")
    empty = desk_with(define, table)
    for desk in (given, empty):
        desk.set(TemplateKind.CHECKSUM, BOTH)
    assert empty.send(0x2A, 0x8E80, b"data", 256)[1] == "6984"
    empty.ok(0xDB, 0x3FFF, KeyImport.of_secret(NAMED, secret).to_bytes())
    assert empty.ok(0x2A, 0x8E80, b"data", 256) == given.ok(0x2A, 0x8E80, b"data", 256)
    for wrong in (secret + b"\1", secret[:-1], b""):
        assert empty.send(0xDB, 0x3FFF, KeyImport.of_secret(NAMED, wrong).to_bytes())[1] == "6A80"


def test_what_does_not_fit_the_definition_is_refused_and_changes_nothing(define: Callable[[str], Any]) -> None:
    desk = desk_with(define, key_table("rsa", "['sign']", rsa_key(1024) + "\n" + FREE))
    before = read(desk)
    p_256, p_384 = (generate_private_key(each, each.sizes[0]) for each in (KeyAlgorithm.P_256, KeyAlgorithm.P_384))
    longer = generate_private_key(KeyAlgorithm.RSA, 1280)
    numbers = generate_private_key(KeyAlgorithm.RSA, 1024).private_numbers()  # type: ignore[union-attr]
    parts = [
        (tag, number.to_bytes((number.bit_length() + 7) // 8, "big"))
        for tag, number in ((0x91, numbers.public_numbers.e), (0x92, numbers.p), (0x93, numbers.q))
    ]
    modulus = (0x97, numbers.public_numbers.n.to_bytes(128, "big"))
    for imported in (
        KeyImport.of_private_key(NAMED, p_256),
        KeyImport.of_private_key(NAMED, longer),
        KeyImport.of_public_key(NAMED, longer.public_key()),
        KeyImport.of_secret(NAMED, bytes(16)),
        KeyImport(NAMED, tuple(parts[:2])),
        KeyImport(NAMED, (parts[0], parts[1], parts[1])),
        KeyImport(NAMED, (parts[0], parts[1], (0x93, parts[1][1]))),
        KeyImport(NAMED, (*parts, (0x97, bytes(128)))),
        KeyImport(NAMED, (*parts, (0x98, b""))),
        KeyImport(NAMED, ((0x91, b"\x02"), *parts[1:])),
        KeyImport(NAMED, ((0x91, b""), *parts[1:])),
        KeyImport(NAMED, (parts[0], (0x92, b"\xff" * 9000), (0x93, b"\xff" * 9001))),
        KeyImport(NAMED, (parts[0], (0x92, b"\xff" * 64), (0x93, b"\xfd" * 64))),
        KeyImport(NAMED, ()),
    ):
        assert desk.in_parts(0xDB, 0x3FFF, imported.to_bytes(), le=False) == (b"", "6A80"), imported
        assert read(desk) == before
    assert desk.in_parts(0xDB, 0x3FFF, KeyImport(NAMED, (*parts, modulus)).to_bytes(), le=False) == (b"", "9000")
    curve = desk_with(define, key_table("p-384", "['sign']", f"generated = true\n{FREE}"))
    fitting = KeyImport(NAMED, ((0x92, bytes(47) + b"\1"), (0x99, public_point(p_384.public_key()))))
    assert curve.send(0xDB, 0x3FFF, fitting.to_bytes())[1] == "6A80"
    assert curve.send(0xDB, 0x3FFF, KeyImport(NAMED, ((0x92, b"\xff" * 48),)).to_bytes())[1] == "6A80"
    assert curve.send(0xDB, 0x3FFF, KeyImport(NAMED, ((0x92, b""),)).to_bytes())[1] == "6A80"


def test_rules_of_generation_import_and_reading(define: Callable[[str], Any]) -> None:
    chv = '[[chvs]]\nreference = 1\nvalue = "1234"\n'
    rules = "generated = true\nuses = 1\ngenerate = 'CHV 1'\nupdate = 'CHV 1'\nread = 'CHV 1'"
    desk = desk_with(define, chv, key_table("p-256", "['sign']", rules))
    imported = KeyImport.of_private_key(NAMED, generate_private_key(KeyAlgorithm.P_256, 256)).to_bytes()
    for ins, parameters, data in ((0x46, 0x8000, NAME), (0x46, 0x8100, NAME), (0xDB, 0x3FFF, imported)):
        assert desk.send(ins, parameters, data, 256 if ins == 0x46 else None) == (b"", "6982")
    desk.ok(0x20, 0x0001, b"1234")
    desk.set(TemplateKind.SIGNATURE, BOTH, 0x44)
    for ins, parameters, data in ((0x46, 0x8000, NAME), (0xDB, 0x3FFF, imported)):
        assert desk.send(0x2A, 0x9E9A, bytes(32), 64)[1] == "9000"
        assert desk.send(0x2A, 0x9E9A, bytes(32), 64)[1] == "6985"
        assert desk.send(ins, parameters, data, 256 if ins == 0x46 else None)[1] == "9000"  # the uses begin anew
    assert desk.send(0x46, 0x8100, NAME, 256)[1] == "9000"
    never = desk_with(define, key_table("p-256", "['sign']"))
    assert never.send(0x46, 0x8000, NAME, 256)[1] == "6982"
    assert never.send(0xDB, 0x3FFF, imported)[1] == "6982"
    assert never.send(0x46, 0x8100, NAME, 256)[1] == "9000"


@pytest.mark.parametrize("tag", [0xA4, 0xA6, 0xB6, 0xB8])
def test_a_key_is_named_by_any_template_of_keys_and_either_reference(define: Callable[[str], Any], tag: int) -> None:
    desk = desk_with(define, key_table("p-256", "['sign']", f"empty = true\n{FREE}"))
    for reference in (b"\x84\x01\x01", b"\x83\x01\x01"):
        assert desk.send(0x46, 0x8000, TLV(tag, reference).to_bytes(), 256)[1] == "9000"
    desk.ok(0x22, 0x4100 | tag, b"\x84\x01\x01")
    assert desk.send(0x46, 0x8000, b"", 256)[1] == "9000"
