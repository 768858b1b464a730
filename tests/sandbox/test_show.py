"""``scard show``: what is on a card, without its secrets, and without a change to it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

import emulator
from emulator import Application, Card, register_application
from emulator.applications.issuing import GivenKey, issue
from emulator.definition.profiles import load_profile, parse_definition, read_definition
from emulator.definition.settings import with_settings
from emulator.persistent import Table

from .card_making.conftest import rsa_key

PROFILES = Path(emulator.__file__).parent / "profiles"
EARLIER = Path(__file__).parents[1] / "emulator" / "images" / "earlier"
KEY = ec.derive_private_key(0x1234567890ABCDEF1234567890ABCDEF, ec.SECP256R1())


@pytest.fixture
def show(scard: Any) -> Any:
    def run(card: object, **environment: str) -> str:
        done = scard("show", str(card), **environment)
        assert (done.returncode, done.stderr) == (0, "")
        return str(done.stdout)

    return run


@pytest.fixture
def shown(scard: Any) -> Any:
    def run(card: object) -> Any:
        done = scard("show", str(card), "--json")
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)

    return run


def made(path: Path, profile: str, **codes: bytes) -> Path:
    state = issue(load_profile(profile), codes, [GivenKey(rsa_key() if profile == "gids" else KEY)])
    Card.from_state(state).save(path)
    return path


def files(file: Any) -> dict[str, Any]:
    """The files of a card, by their paths."""
    found = {file["path"]: file}
    for child in file.get("children", ()):
        found.update(files(child))
    return found


def test_the_files_of_a_profile_with_what_belongs_to_them(shown: Any) -> None:
    card = shown("iso7816")
    assert (card["card"], card["profile"], card["protocols"]) == ("iso7816", "iso7816", ["T=1"])
    assert card["atr"] == Card.from_profile("iso7816").atr.hex().upper()
    (chv,) = card["chvs"]
    assert chv == {
        "reference": "01",
        "state": "enabled",
        "tries_left": 3,
        "max_tries": 3,
        "puk": {"tries_left": 10, "max_tries": 10},
    }
    keys = {key["reference"]: key for key in card["keys"]}
    assert (keys["03"]["algorithm"], keys["03"]["bits"], keys["03"]["use"]) == ("rsa", 2048, "CHV 01")
    assert keys["09"]["is_there"] is False
    found = files(card["files"])
    assert found["3F00/7F10/6F02"]["max_records"] == 8
    assert found["3F00/7F10/6F06"]["access"] == {"read": "always", "update": "key 01"}
    assert found["3F00"]["access"]["create"] == "CHV 01"
    assert [each["tag"] for each in found["3F00"]["data_objects"]] == ["5F20"]


def test_the_files_are_those_that_ls_lists(shown: Any, scard: Any) -> None:
    listed = json.loads(scard("ls", "--card", "iso7816", "--json").stdout)
    found = files(shown("iso7816")["files"])
    assert sorted(found) == sorted(file["path"] for file in listed)
    for file in listed:
        assert found[file["path"]]["structure"] == file["structure"]
        for operation, required in file["access"].items():
            if operation in ("read", "update"):
                assert found[file["path"]]["access"][operation] == required, file["path"]


def test_the_branches_of_the_tree(scard: Any, show: Any, tmp_path: Path) -> None:
    """Each line is below what it belongs to."""
    made_now = scard("new", "piv", str(tmp_path / "my.card"), "--generate", "p256")
    assert made_now.returncode == 0, made_now.stderr
    lines = show(tmp_path / "my.card").splitlines()
    application = lines.index("├── application piv, 3F00/7F50")
    slot = next(
        number for number, line in enumerate(lines) if line.startswith("│   ├── slot 9a (PIV Authentication): p256")
    )
    assert application < slot
    assert all(line.startswith(("│   ├── ", "│   └── ", "│   │   ")) for line in lines[application + 1 : slot])
    assert lines[slot + 1].startswith("│   │   └── certificate of CN=")
    root = next(number for number, line in enumerate(lines) if line.startswith("└── 3F00 DF"))
    assert root > slot
    assert all(line.startswith(("    ├── ", "    └── ", "    │   ", "        ")) for line in lines[root + 1 :])
    below = show("iso7816").splitlines()
    df = next(number for number, line in enumerate(below) if line.startswith("    └── 7F10 DF"))
    assert below[df + 1].startswith("        ├── ")


def test_the_keys_that_are_in_no_slot(shown: Any, show: Any, tmp_path: Path) -> None:
    (piv,) = shown("piv")["applications"]
    assert piv["facts"]["management key"] == "3des, 192 bits"
    (gids,) = shown("gids")["applications"]
    assert gids["facts"] == {"administrator's key": "3des, 192 bits"}
    settings = ("management_key_type=aes-256", "secure_messaging=CS7", f"management_key={'AB' * 32}")
    card = tmp_path / "my.card"
    Card.from_state(with_settings(read_definition("piv"), settings).build()).save(card)
    facts = shown(card)["applications"][0]["facts"]
    assert facts["management key"] == "aes, 256 bits"
    assert facts["secure messaging key"] == "p384"
    assert "ABAB" not in show(card).upper().replace(" ", "")


def test_the_tree_of_a_profile(show: Any) -> None:
    lines = [line.lstrip("│├└─ ") for line in show("iso7816").splitlines()]
    assert lines[0] == "iso7816, of the profile iso7816"
    assert "CHV 01: 3 of 3 tries left, enabled, PUK 10 of 10 tries left" in lines
    assert "key 03: rsa, 2048 bits, internal, sign, verify, use CHV 01" in lines
    assert "6F01 transparent, 64 bytes, SFI 1, read always, update CHV 01" in lines
    assert "6F02 linear fixed, 128 bytes, records: 3, SFI 2, read always, update CHV 01" in lines


def test_a_tree_where_the_terminal_has_no_lines_to_draw_with(show: Any) -> None:
    said = show("iso7816", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert "CHV 01" in said
    assert said.isascii()


@pytest.mark.parametrize(
    ("profile", "slot", "kind"),
    [
        ("piv", "9a (PIV Authentication)", "p256"),
        ("openpgp", "signature (signatures)", "p256"),
        ("pkcs15", "01 (", "p256"),
        ("gids", "00 (signatures, decryption)", "rsa2048"),
    ],
)
def test_keys_and_codes_of_applications(show: Any, tmp_path: Path, profile: str, slot: str, kind: str) -> None:
    said = show(made(tmp_path / "my.card", profile))
    assert f"application {profile}, 3F00/7F" in said
    assert f"slot {slot}" in said
    assert f": {kind}, " in said
    assert "3 of 3 tries left" in said


def test_a_finger_by_its_tries_alone(scard: Any, show: Any, tmp_path: Path) -> None:
    template = "".join(f"{7 * number:02x}{9 * number:02x}{number:02x}" for number in range(10, 26))
    made_now = scard("new", "piv", str(tmp_path / "my.card"), "--set", f"primary_finger={template}")
    assert made_now.returncode == 0, made_now.stderr
    said = show(tmp_path / "my.card")
    assert "PRIMARY FINGER: 5 of 5 tries left" in said
    assert "SECONDARY FINGER" not in said
    assert template[:12] not in said.lower()


@pytest.mark.parametrize("value", [b"", b"\x05", b"\x00\x00", b"\x05\x05"])
def test_a_finger_that_is_none(show: Any, tmp_path: Path, value: bytes) -> None:
    state = load_profile("piv")
    state.write(Table.APPLICATION_VALUES, (next(iter(state.applications)), b"primary finger"), value)
    Card.from_state(state).save(tmp_path / "my.card")
    said = show(tmp_path / "my.card")
    assert ("PRIMARY FINGER: 5 of 5 tries left" if value == b"\x05\x05" else "no such application has") in said


def test_a_certificate(scard: Any, show: Any, shown: Any, tmp_path: Path) -> None:
    card = tmp_path / "my.card"
    made_now = scard("new", "piv", str(card), "--generate", "p256", "--subject", "CN=[b]Ada\\, Bob[/b]", "--days", "1")
    assert made_now.returncode == 0, made_now.stderr
    assert "certificate of CN=[b]Ada\\, Bob[/b], by itself, 20" in show(card), "brackets are brackets, not markup"
    (held,) = shown(card)["applications"][0]["keys"]
    assert held["certificate"]["subject"] == held["certificate"]["issuer"] == "CN=[b]Ada\\, Bob[/b]"
    assert len(held["certificate"]["sha256"]) == 64


def test_what_a_program_wrote_there_as_a_certificate_and_is_none(show: Any, shown: Any, tmp_path: Path) -> None:
    with Card.from_profile("openpgp") as card:
        card.power_on()
        for command in ("00A4040006D27600012401", "00200083083132333435363738", "00DA7F2103010203"):
            assert card.transmit(bytes.fromhex(command))[-2:] == b"\x90\x00", command
        card.save(tmp_path / "my.card")
    assert "certificate that cannot be read, 3 bytes" in show(tmp_path / "my.card")
    (held,) = shown(tmp_path / "my.card")["applications"][0]["keys"]
    assert (held["kind"], held["certificate"]["size"]) == (None, 3)


def test_counters_are_those_of_the_card_as_it_is_now(show: Any, tmp_path: Path) -> None:
    with Card.open(made(tmp_path / "my.card", "piv")) as card:
        card.power_on()
        for _ in range(2):
            card.transmit(bytes.fromhex("0020008008") + b"999999\xff\xff")
    assert "PIN: 1 of 3 tries left" in show(tmp_path / "my.card")
    with Card.open(tmp_path / "my.card") as card:
        card.power_on()
        card.transmit(bytes.fromhex("0020008008") + b"999999\xff\xff")
    assert "PIN: blocked, 0 of 3 tries left" in show(tmp_path / "my.card")


def test_signatures_are_counted(show: Any, shown: Any, tmp_path: Path) -> None:
    made(tmp_path / "my.card", "openpgp")
    assert "digital signature counter 0" in show(tmp_path / "my.card")
    with Card.open(tmp_path / "my.card") as card:
        card.power_on()
        verify = "0020008106313233343536"
        for command in ("00A4040006D27600012401", *(verify, f"002A9E9A20{'5A' * 32}00") * 2):
            assert card.transmit(bytes.fromhex(command))[-2:] == b"\x90\x00", command
    assert "digital signature counter 2" in show(tmp_path / "my.card")
    assert shown(tmp_path / "my.card")["applications"][0]["facts"] == {"digital signature counter": "2"}


def test_secure_messaging_of_an_openpgp_card_is_told(show: Any, shown: Any, tmp_path: Path) -> None:
    settings = ("secure_messaging=aes-256", f"sm_key_enc={'A1' * 32}", f"sm_key_mac={'B2' * 32}")
    definition = with_settings(read_definition("openpgp"), settings)
    Card.from_state(definition.build()).save(tmp_path / "my.card")
    told = show(tmp_path / "my.card")
    assert "secure messaging aes-256" in told
    assert "SM-Key-ENC, 32 bytes" in told
    assert "A1A1" not in told.upper()
    facts = shown(tmp_path / "my.card")["applications"][0]["facts"]
    assert facts == {"digital signature counter": "0", "secure messaging": "aes-256"}


def test_uses_of_keys_are_counted(show: Any, shown: Any, tmp_path: Path) -> None:
    definition = (PROFILES / "iso7816.toml").read_text(encoding="utf-8")
    limited = definition.replace('type = "aes"\n', 'type = "aes"\nuses = 7\n', 1)
    (tmp_path / "limited.toml").write_text(limited, encoding="utf-8")
    assert "7 of 7 uses left" in show(tmp_path / "limited.toml")
    keys = {key["reference"]: key for key in shown(tmp_path / "limited.toml")["keys"]}
    assert (keys["01"]["uses_left"], keys["01"]["max_uses"]) == (7, 7)
    assert (keys["02"]["uses_left"], keys["02"]["max_uses"]) == (None, None)


def test_an_image_stays_as_it_is(show: Any, tmp_path: Path) -> None:
    image = made(tmp_path / "my.card", "piv")
    before = image.read_bytes(), image.stat().st_mtime_ns
    show(image)
    assert (image.read_bytes(), image.stat().st_mtime_ns) == before
    assert [path.name for path in tmp_path.iterdir()] == ["my.card"]


def test_an_image_of_an_earlier_format_stays_one(show: Any, tmp_path: Path) -> None:
    for earlier in EARLIER.glob("*.sql"):
        image = tmp_path / f"{earlier.stem}.card"
        with closing(sqlite3.connect(image)) as connection:
            connection.executescript(earlier.read_text(encoding="utf-8"))
        before = image.read_bytes()
        assert "3F00 DF" in show(image)
        assert image.read_bytes() == before
    assert list(tmp_path.iterdir()), "there are images of earlier formats"


def test_an_image_that_a_program_has_is_said_to_be_in_use(scard: Any, tmp_path: Path) -> None:
    image = made(tmp_path / "my.card", "piv")
    with Card.open(image):
        done = scard("show", str(image))
    assert done.returncode == 3
    assert done.stderr == f"scard: card {image}: {image} is open elsewhere: a card image has one opener at a time\n"


def test_what_a_killed_program_left_in_an_image_is_shown(show: Any, tmp_path: Path) -> None:
    image = made(tmp_path / "my.card", "piv")
    with Card.open(image) as card:
        card.power_on()
        card.transmit(bytes.fromhex("0020008008") + b"999999\xff\xff")
        # As a power cut would leave it: not closed.
        for path in tmp_path.glob("my.card*"):
            shutil.copy(path, tmp_path / path.name.replace("my", "cut"))
    before = (tmp_path / "cut.card").read_bytes()
    assert "PIN: 2 of 3 tries left" in show(tmp_path / "cut.card")
    assert (tmp_path / "cut.card").read_bytes() == before


@pytest.mark.parametrize("card", ["no-such-profile", "missing.toml"])
def test_no_such_card(scard: Any, card: str) -> None:
    done = scard("show", card)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"scard: card {card}: ")
    assert done.stderr.count("\n") == 1


class Silent(Application):
    """Offers nothing to whoever looks."""

    NAME = "silent-when-shown"

    @classmethod
    def define(cls, _options: Any) -> dict[bytes, bytes]:
        return {b"secret": b"value", b"other": b""}


SILENT = """
[files."3F00"]
type = "DF"
[files."3F00/7F01"]
type = "DF"
[[applications]]
name = "F0 01"
path = "3F00/7F01"
type = "silent-when-shown"
"""


def test_an_application_of_ones_own_that_tells_nothing() -> None:
    from sandbox.command_line.card_contents import contents_of

    register_application(Silent)
    card = Card.from_state(parse_definition(SILENT, "silent"))
    (told,) = contents_of(card)["applications"]
    assert told == {"name": "silent-when-shown", "df_name": "F001", "path": "3F00/7F01", "values": 2}


def test_an_application_that_is_not_known_here(scard: Any, tmp_path: Path) -> None:
    register_application(Silent)
    Card.from_state(parse_definition(SILENT, "silent")).save(tmp_path / "my.card")
    done = scard("show", str(tmp_path / "my.card"))
    assert done.returncode == 3
    assert "there is no application 'silent-when-shown'" in done.stderr


def test_a_structure_that_cannot_be_read_is_said_to_be_so(show: Any, tmp_path: Path) -> None:
    made(tmp_path / "my.card", "pkcs15")
    with Card.open(tmp_path / "my.card") as card:
        card.power_on()
        for command in (
            "00A404000CF276A288BCFBA69D34F31001",
            "0020000106313233343536",
            "00A4080C0450154402",
            "00D600000130",
        ):
            assert card.transmit(bytes.fromhex(command))[-2:] == b"\x90\x00", command
        card.transmit(bytes.fromhex("00D6000104") + b"\x84\xff\xff\xff")
    assert "cannot be read: " in show(tmp_path / "my.card")
