"""A key that has just been used is used again only as what has changed in between allows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from key_desk import BOTH, COMPUTE, KeyDesk, desk_with, key_table

from iso7816.control_reference import TemplateKind
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.public_key_template import public_key_from_template

HASH = bytes(range(32))
CHVS = '[[chvs]]\nreference = 1\nvalue = "1234"\n[[chvs]]\nreference = 2\nvalue = "1234"\n'
DFS = '[files."3F00/7F10"]\ntype = "DF"\n[files."3F00/7F10/7F11"]\ntype = "DF"\n'


def local(df: str, reference: int) -> str:
    """The table of a key of a DF."""
    return key_table("p-256", "['sign']", f'generated = true\ndf = "{df}"', reference)


def sign(desk: KeyDesk) -> tuple[bytes, str]:
    return desk.send(0x2A, 0x9E9A, HASH, 64)


def is_by(desk: KeyDesk, reference: int, signature: bytes) -> bool:
    """Whether a signature is by the key of that reference, as it is now."""
    name = bytes((0xB6, 3, 0x84, 1, reference))
    key = public_key_from_template(KeyAlgorithm.P_256, desk.ok(0x46, 0x8100, name, 256))
    assert isinstance(key, ec.EllipticCurvePublicKey)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        key.verify(utils.encode_dss_signature(r, s), HASH, ec.ECDSA(utils.Prehashed(SHA256())))
    except InvalidSignature:
        return False
    return True


def signer(desk: KeyDesk, *references: int) -> int:
    """Which of several keys signs now."""
    signature, sw = sign(desk)
    assert sw == "9000"
    (found,) = (each for each in references if is_by(desk, each, signature))
    return found


def test_by_the_environment_that_is_current(define: Callable[[str], Any]) -> None:
    desk = desk_with(define, key_table("p-256", "['sign']"), key_table("p-256", "['sign']", reference=2))
    for reference in (1, 2, 1):
        desk.set(TemplateKind.SIGNATURE, COMPUTE, 0x44, key=reference)
        desk.ok(0x22, 0xF200 + reference)
        assert [signer(desk, 1, 2) for _ in range(2)] == [reference] * 2
    desk.ok(0x22, 0xF302)
    assert signer(desk, 1, 2) == 2
    desk.set(TemplateKind.SIGNATURE, COMPUTE, 0x54, key=2)
    assert sign(desk)[1] == "6A80"  # another mechanism, whose hash codes are longer
    desk.ok(0x22, 0xF300)
    assert sign(desk)[1] == "6985"


def test_with_the_value_that_it_has_now(define: Callable[[str], Any]) -> None:
    desk = desk_with(define, key_table("p-256", "['sign']", "generated = true\ngenerate = 'CHV 1'"), CHVS)
    desk.set(TemplateKind.SIGNATURE, COMPUTE, 0x44)
    earlier, _sw = sign(desk)
    assert is_by(desk, 1, earlier)
    desk.ok(0x20, 0x0001, b"1234")
    desk.ok(0x46, 0x8400, bytes.fromhex("B603840101"))
    assert not is_by(desk, 1, earlier)
    assert is_by(desk, 1, sign(desk)[0])


def test_for_the_operation_that_it_is_for(define: Callable[[str], Any]) -> None:
    desk = desk_with(
        define, key_table("p-256", "['sign']"), key_table("aes", "['decipher']", "value = '" + "00" * 16 + "'", 2)
    )
    desk.set(TemplateKind.SIGNATURE, BOTH, 0x44)
    desk.set(TemplateKind.CONFIDENTIALITY, BOTH, 0x0D, key=2)
    for _ in range(2):
        assert sign(desk)[1] == "9000"
        assert desk.send(0x2A, 0x00A8, b"\x9a\x20" + HASH + b"\x9e\x01\0")[1] == "6984"
        assert desk.send(0x2A, 0x8086, b"\x02" + bytes(16), 256)[1] == "9000"
        assert desk.send(0x2A, 0x8480, b"data", 256)[1] == "6984"


def test_while_its_rule_is_met(define: Callable[[str], Any]) -> None:
    commands = '[files."3F00"]\ntype = "DF"\ncommands = { compute_digital_signature = "CHV 2" }\n'
    desk = desk_with(define, CHVS, key_table("p-256", "['sign']", "generated = true\nuse = 'CHV 1'"), commands)
    desk.set(TemplateKind.SIGNATURE, COMPUTE, 0x44)
    for lost in (1, 2):
        desk.ok(0x20, 0x0001, b"1234")
        desk.ok(0x20, 0x0002, b"1234")
        assert [sign(desk)[1] for _ in range(2)] == ["9000"] * 2
        assert desk.send(0x20, lost, b"0000")[1] == "63C2"
        assert sign(desk)[1] == "6982"


def test_while_it_has_uses_left(define: Callable[[str], Any]) -> None:
    desk = desk_with(define, key_table("p-256", "['sign']", "generated = true\nuses = 2"))
    desk.set(TemplateKind.SIGNATURE, COMPUTE, 0x44)
    assert [sign(desk)[1] for _ in range(4)] == ["9000", "9000", "6985", "6985"]


def test_while_its_df_is_open(define: Callable[[str], Any]) -> None:
    desk = desk_with(define, DFS, local("3F00/7F10", 0x81))
    desk.ok(0xA4, 0x000C, b"\x7f\x10")
    desk.set(TemplateKind.SIGNATURE, COMPUTE, 0x44, key=0x81)
    for _ in range(2):
        assert [sign(desk)[1] for _ in range(2)] == ["9000"] * 2
        desk.ok(0x04, 0)
        assert sign(desk)[1] == "6985"
        desk.ok(0x44, 0)


def test_the_one_that_the_current_df_means(define: Callable[[str], Any]) -> None:
    desk = desk_with(define, DFS, local("3F00/7F10", 0x81), local("3F00/7F10/7F11", 0x81), local("3F00/7F10", 0x82))
    nearest = {}
    for path in (b"\x7f\x10", b"\x7f\x10\x7f\x11", b"\x7f\x10"):
        desk.ok(0xA4, 0x080C, path)
        desk.set(TemplateKind.SIGNATURE, COMPUTE, 0x44, key=0x81)
        nearest[path] = [sign(desk)[0] for _ in range(2)]
        assert all(is_by(desk, 0x81, each) for each in nearest[path])
    desk.ok(0xA4, 0x080C, b"\x7f\x10\x7f\x11")
    assert not any(is_by(desk, 0x81, each) for each in nearest[b"\x7f\x10"])
    desk.set(TemplateKind.SIGNATURE, COMPUTE, 0x44, key=0x82)  # of the DF above
    assert [signer(desk, 0x81, 0x82) for _ in range(2)] == [0x82] * 2
