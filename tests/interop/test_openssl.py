"""What the card signs, enciphers and agrees on, judged by the openssl program; and the other way round."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from emulator import Card
from iso7816.apdu import CommandAPDU, ResponseAPDU
from iso7816.ber_tlv import TLV, encode_all
from iso7816.digital_signature import hash_code
from iso7816.mechanisms import HashAlgorithm

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")

MESSAGE = b"what is signed, enciphered or agreed on"
CURVES = {
    "p-256": "P-256",
    "p-384": "P-384",
    "p-521": "P-521",
    "secp256k1": "secp256k1",
    "brainpoolP256r1": "brainpoolP256r1",
    "brainpoolP384r1": "brainpoolP384r1",
    "brainpoolP512r1": "brainpoolP512r1",
}
HASHES = {"sha1": 0x10, "sha224": 0x30, "sha256": 0x40, "sha384": 0x50, "sha512": 0x60}
OpenSSL = Callable[..., bytes]


@pytest.fixture
def openssl(tmp_path: Path) -> OpenSSL:
    """Runs openssl in a folder of its own and returns what it wrote."""

    def run(*arguments: str) -> bytes:
        done = subprocess.run(["openssl", *arguments], check=False, cwd=tmp_path, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    return run


@cache
def new_key(*options: str) -> bytes:
    """The PEM of a key, which comes only once: long keys of RSA take openssl a second or two."""
    return subprocess.run(["openssl", "genpkey", *options], check=True, capture_output=True, timeout=60).stdout


def make_key(openssl: OpenSSL, path: Path, *options: str) -> str:
    """The PEM of a key, which is left in ``key.pem`` beside its public half in ``public.pem``."""
    (path / "key.pem").write_bytes(new_key(*options))
    openssl("pkey", "-in", "key.pem", "-pubout", "-out", "public.pem")
    (path / "message").write_bytes(MESSAGE)
    return (path / "key.pem").read_text()


def new_card(path: Path, key_type: str, usage: str, pem: str) -> Card:
    definition = path / "card.toml"
    definition.write_text(
        f'[[keys]]\nreference = 1\ntype = "{key_type}"\nusage = {usage}\npem = """\n{pem}"""\n', encoding="utf-8"
    )
    card = Card.from_profile(definition)
    card.power_on()
    return card


def send(card: Card, ins: int, parameters: int, data: bytes = b"", ne: int | None = None) -> bytes:
    command = CommandAPDU(0, ins, parameters >> 8, parameters & 0xFF, data, ne)
    response = ResponseAPDU.parse(card.transmit(command.to_bytes()))
    assert response.sw == 0x9000, f"{response.sw:04X}"
    return response.data


def use(card: Card, kind: int, mechanism: int) -> None:
    send(card, 0x22, 0xC100 | kind, bytes((0x80, 1, mechanism, 0x83, 1, 1, 0x84, 1, 1)))


def plain(signature: bytes, size: int) -> bytes:
    r, s = decode_dss_signature(signature)
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


@pytest.mark.parametrize("bits", [1024, 2048, 4096])
@pytest.mark.parametrize("digest", HASHES)
def test_signatures_of_rsa(openssl: OpenSSL, tmp_path: Path, bits: int, digest: str) -> None:
    pem = make_key(openssl, tmp_path, "-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}")
    card = new_card(tmp_path, "rsa", '["sign", "verify"]', pem)
    code = hash_code(HashAlgorithm[digest.upper().replace("SHA", "SHA_")], MESSAGE)
    for scheme, options in (
        (0x03, ()),
        (0x05, ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest")),
    ):
        if bits == 1024 and digest == "sha512" and scheme == 0x05:
            continue
        use(card, 0xB6, HASHES[digest] | scheme)
        (tmp_path / "signature").write_bytes(send(card, 0x2A, 0x9E9A, code, 65536))
        verify = ("dgst", f"-{digest}", *options, "-verify", "public.pem", "-signature", "signature", "message")
        assert openssl(*verify) == b"Verified OK\n"
        openssl("dgst", f"-{digest}", *options, "-sign", "key.pem", "-out", "theirs", "message")
        theirs = (tmp_path / "theirs").read_bytes()
        send(card, 0x2A, 0x00A8, encode_all((TLV(0x9A, code), TLV(0x9E, theirs))))


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("digest", HASHES)
def test_signatures_of_curves(openssl: OpenSSL, tmp_path: Path, curve: str, digest: str) -> None:
    pem = make_key(openssl, tmp_path, "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{CURVES[curve]}")
    card = new_card(tmp_path, curve, '["sign", "verify"]', pem)
    code = hash_code(HashAlgorithm[digest.upper().replace("SHA", "SHA_")], MESSAGE)
    use(card, 0xB6, HASHES[digest] | 0x04)
    ours = send(card, 0x2A, 0x9E9A, code, 256)
    size = len(ours) // 2
    r, s = int.from_bytes(ours[:size], "big"), int.from_bytes(ours[size:], "big")
    (tmp_path / "signature").write_bytes(encode_dss_signature(r, s))
    verify = ("dgst", f"-{digest}", "-verify", "public.pem", "-signature", "signature", "message")
    assert openssl(*verify) == b"Verified OK\n"
    openssl("dgst", f"-{digest}", "-sign", "key.pem", "-out", "theirs", "message")
    theirs = plain((tmp_path / "theirs").read_bytes(), size)
    send(card, 0x2A, 0x00A8, encode_all((TLV(0x9A, code), TLV(0x9E, theirs))))


def test_signatures_of_ed25519(openssl: OpenSSL, tmp_path: Path) -> None:
    card = new_card(tmp_path, "ed25519", '["sign", "verify"]', make_key(openssl, tmp_path, "-algorithm", "ED25519"))
    use(card, 0xB6, 0x08)
    (tmp_path / "signature").write_bytes(send(card, 0x2A, 0x9E9A, MESSAGE, 256))
    verify = ("pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "public.pem", "-sigfile", "signature")
    assert b"Successfully" in openssl(*verify, "-in", "message")
    theirs = openssl("pkeyutl", "-sign", "-rawin", "-inkey", "key.pem", "-in", "message")
    send(card, 0x2A, 0x00A8, encode_all((TLV(0x9A, MESSAGE), TLV(0x9E, theirs))))


@pytest.mark.parametrize(
    ("mechanism", "options"),
    [
        (0x0A, ("-pkeyopt", "rsa_padding_mode:pkcs1")),
        *(
            (HASHES[digest] | 0x0B, ("-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", f"rsa_oaep_md:{digest}"))
            for digest in HASHES
        ),
    ],
)
def test_cryptograms_of_rsa(openssl: OpenSSL, tmp_path: Path, mechanism: int, options: tuple[str, ...]) -> None:
    pem = make_key(openssl, tmp_path, "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
    card = new_card(tmp_path, "rsa", '["encipher", "decipher"]', pem)
    use(card, 0xB8, mechanism)
    theirs = openssl("pkeyutl", "-encrypt", "-pubin", "-inkey", "public.pem", *options, "-in", "message")
    assert send(card, 0x2A, 0x8086, b"\0" + theirs, 65536) == MESSAGE
    (tmp_path / "ours").write_bytes(send(card, 0x2A, 0x8680, MESSAGE, 65536)[1:])
    assert openssl("pkeyutl", "-decrypt", "-inkey", "key.pem", *options, "-in", "ours") == MESSAGE


@pytest.mark.parametrize("curve", [*CURVES, "x25519"])
def test_agreement_on_a_secret(openssl: OpenSSL, tmp_path: Path, curve: str) -> None:
    options = ("-algorithm", "X25519")
    if curve in CURVES:
        options = ("-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{CURVES[curve]}")  # type: ignore[assignment]
    card = new_card(tmp_path, curve, '["agree"]', make_key(openssl, tmp_path, *options))
    openssl("genpkey", *options, "-out", "other.pem")
    openssl("pkey", "-in", "other.pem", "-pubout", "-outform", "DER", "-out", "other.der")
    secret = openssl("pkeyutl", "-derive", "-inkey", "other.pem", "-peerkey", "public.pem")
    use(card, 0xA6, 0x0C)
    der = (tmp_path / "other.der").read_bytes()
    point = der[-len(secret) :] if curve == "x25519" else der[-2 * len(secret) - 1 :]
    cipher = TLV(0xA6, TLV(0x7F49, TLV(0x86, point).to_bytes()).to_bytes()).to_bytes()
    assert send(card, 0x2A, 0x8086, cipher, 256) == secret


@pytest.mark.parametrize(
    ("key_type", "cipher", "size"),
    [("aes", "aes-128-cbc", 16), ("aes", "aes-256-cbc", 32), ("3des", "des-ede3-cbc", 24)],
)
def test_blocks_and_checksums(openssl: OpenSSL, tmp_path: Path, key_type: str, cipher: str, size: int) -> None:
    key = bytes(range(size)).hex()
    definition = tmp_path / "card.toml"
    usage = '["encipher", "decipher", "compute checksum"]'
    definition.write_text(f'[[keys]]\nreference = 1\ntype = "{key_type}"\nusage = {usage}\nvalue = "{key}"\n')
    card = Card.from_profile(definition)
    card.power_on()
    block = 16 if key_type == "aes" else 8
    initial_value = bytes(range(0x10, 0x10 + block))
    send(card, 0x22, 0xC1B8, b"\x80\x01\x0d\x83\x01\x01\x87" + bytes((block,)) + initial_value)
    padded = MESSAGE + b"\x80" + bytes(-(len(MESSAGE) + 1) % block)
    (tmp_path / "padded").write_bytes(padded)
    arguments = ("enc", f"-{cipher}", "-K", key, "-iv", initial_value.hex(), "-nopad", "-in", "padded")
    theirs = openssl(*arguments)
    assert send(card, 0x2A, 0x8480, MESSAGE, 256) == theirs
    assert send(card, 0x2A, 0x8086, b"\1" + theirs, 256) == MESSAGE
    (tmp_path / "message").write_bytes(MESSAGE)
    use(card, 0xB4, 0x0F)
    made = openssl("mac", "-cipher", cipher.upper(), "-macopt", f"hexkey:{key}", "-in", "message", "CMAC")
    assert send(card, 0x2A, 0x8E80, MESSAGE, 256).hex().upper() == made.decode().strip()
