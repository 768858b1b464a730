"""``scard new --seal``: a card of which no secret is ever in the clear on the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from emulator import Card, CardImageSealed, WrongPassphrase
from emulator.images import saving
from emulator.images.sealing import scrypt_cost
from emulator.images.sealing.scrypt_cost import ScryptCost

from .conftest import contents

PASSPHRASE = "quite secret"
VARIABLE = "SCARDMGR_PASSPHRASE"
MANAGEMENT_KEY = "F1C2D3E4A5B69788112233445566778899AABBCCDDEEFF00"
NEW = (
    *("new", "piv", "out.card", "--cert", "cert.pem", "--key", "key.pem"),
    *("--pin", "864209", "--puk", "97531975", "--set", f"management_key={MANAGEMENT_KEY}"),
)


@pytest.fixture(autouse=True)
def no_passphrase_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(scrypt_cost, "DEFAULT_COST", ScryptCost(4, 2, 1))


@pytest.fixture
def passphrase_file(tmp_path: Path) -> str:
    path = tmp_path / "passphrase of the seal"
    path.write_bytes(b"quite secret\nand a note\n")
    return str(path)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The bytes of each image as it is written, before it has its name."""
    seen: list[bytes] = []
    write = saving._write

    def noted(state: Any, path: Path, seal: Any) -> None:
        write(state, path, seal)
        seen.extend(beside.read_bytes() for beside in path.parent.glob(f"{path.name}*"))

    monkeypatch.setattr(saving, "_write", noted)
    return seen


def secrets() -> list[bytes]:
    key: Any = load_pem_private_key(contents()["key.pem"], None)
    value = key.private_numbers().private_value.to_bytes(32, "big")
    return [b"864209", b"97531975", bytes.fromhex(MANAGEMENT_KEY), value]


def test_no_secret_is_in_the_clear(folder: Any, scard: Any, written: list[bytes], passphrase_file: str) -> None:
    done = scard(*NEW, "--seal", "--seal-passphrase-file", passphrase_file)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    for content in (*written, (folder.path / "out.card").read_bytes()):
        assert not any(secret in content for secret in (*secrets(), PASSPHRASE.encode()))
    with pytest.raises(CardImageSealed):
        Card.open("out.card", "copy")
    with pytest.raises(WrongPassphrase):
        Card.open("out.card", "copy", passphrase="another one")
    with Card.open("out.card", "copy", passphrase=PASSPHRASE) as card:
        card.power_on()
        assert card.transmit(bytes.fromhex("0020008008") + b"864209\xff\xff") == b"\x90\x00"


def test_without_a_seal_they_would_be(folder: Any, scard: Any, written: list[bytes]) -> None:
    assert scard(*NEW).returncode == 0
    for content in (*written, (folder.path / "out.card").read_bytes()):
        assert all(secret in content for secret in secrets())
    assert len(written) == 1


@pytest.mark.usefixtures("folder")
def test_it_is_shown_to_who_has_the_passphrase(scard: Any, passphrase_file: str) -> None:
    assert scard(*NEW, "--seal", **{VARIABLE: PASSPHRASE}).returncode == 0
    shown = scard("show", "out.card", "--passphrase-file", passphrase_file)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "slot 9a (PIV Authentication): p256" in shown.stdout
    assert "certificate of CN=Ada" in shown.stdout
    refused = scard("show", "out.card", **{VARIABLE: "another one"})
    assert (refused.returncode, refused.stdout) == (3, "")


def test_the_passphrase_of_the_key_is_another_one(folder: Any, scard: Any, passphrase_file: str) -> None:
    options = ("--p12", "both.p12", "--passphrase-file", "passphrase", "--seal", "--seal-passphrase-file")
    done = scard("new", "piv", "out.card", *options, passphrase_file)
    assert (done.returncode, done.stderr) == (0, "")
    with Card.open("out.card", "copy", passphrase=PASSPHRASE) as card:
        assert card.snapshot().state().application_values


def test_the_variable_alone_seals_nothing(folder: Any, scard: Any) -> None:
    assert scard(*NEW, **{VARIABLE: PASSPHRASE}).returncode == 0
    assert len(folder.slots()) == 1


def test_a_sealed_card_is_replaced_where_it_is_told_so(folder: Any, scard: Any) -> None:
    assert scard(*NEW, "--seal", **{VARIABLE: PASSPHRASE}).returncode == 0
    before = (folder.path / "out.card").read_bytes()
    assert scard(*NEW, "--seal", **{VARIABLE: PASSPHRASE}).returncode == 1
    assert (folder.path / "out.card").read_bytes() == before
    assert scard(*NEW, "--force", "--seal", **{VARIABLE: "another one"}).returncode == 0
    with Card.open("out.card", "copy", passphrase="another one") as card:
        assert card.snapshot().state().application_values


@pytest.mark.parametrize(
    ("options", "environment", "status", "says"),
    [
        (("--seal",), {}, 3, "a passphrase is wanted: give --seal-passphrase-file FILE, or set the variable"),
        (("--seal", "--seal-passphrase-file", "missing"), {}, 3, "--seal-passphrase-file missing: No such file"),
        (("--seal", "--seal-passphrase-file", "empty"), {}, 3, "--seal-passphrase-file empty: "),
        (("--seal", "--seal-passphrase-file", "nonsense"), {}, 3, "it is not text in UTF-8"),
        (("--seal",), {VARIABLE: "gepr\udcfcft"}, 3, VARIABLE),
        (("--seal-passphrase-file", "passphrase"), {}, 2, "--seal-passphrase-file belongs to --seal"),
        (("--seal", "--pin", "12345"), {VARIABLE: PASSPHRASE}, 1, "pin: expected 6 to 8 digits"),
    ],
)
def test_a_refusal_is_one_line_and_leaves_no_file(
    folder: Any, scard: Any, options: tuple[str, ...], environment: dict[str, str], status: int, says: str
) -> None:
    done = scard(*NEW, *options, **environment)
    assert (done.returncode, done.stdout) == (status, ""), done.stderr
    assert done.stderr.count("\n") == 1
    assert says in done.stderr
    assert PASSPHRASE not in done.stderr
    assert folder.nothing_new()
