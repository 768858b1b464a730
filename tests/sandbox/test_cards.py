"""``scard cards``: list, show, introduce and forget card types; what that changes for the interfaces."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from scardmgr import CardTypes, ISCardAuth, ISO7816Provider, SCardManage
from scardmgr.winscard.database import SmartCardDatabase

ATR = "3B82014D418F"
OTHER_ATR = "3B82014D428C"
MASK = "FFFFFFFF0000"
PROVIDER = "0E6A7C7A-5B7D-4C0B-9C57-0C7B5B1F9B11"
PUMP = "12345678-1234-1234-1234-123456789ABC"


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database of the test's own, where the platform's would be."""
    path = tmp_path / "cards.sqlite3"
    monkeypatch.setenv("SCARDMGR_DATABASE", str(path))
    return path


@pytest.fixture
def cards(scard: Any) -> Any:
    """Runs ``scard cards``, and wants it to succeed; ``--json`` gives what it writes."""

    def run(*arguments: str) -> Any:
        done = scard("cards", *arguments)
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout) if "--json" in arguments else done.stdout

    return run


@pytest.fixture
def refused(scard: Any) -> Any:
    """Runs ``scard cards``, which has to fail in one line; the line is returned."""

    def run(status: int, *arguments: str) -> str:
        done = scard("cards", *arguments)
        assert (done.returncode, done.stdout) == (status, "")
        assert done.stderr.startswith("scard: ")
        assert done.stderr.count("\n") == 1
        return str(done.stderr)

    return run


def names(listed: Any) -> list[str]:
    return [card_type["name"] for card_type in listed]


def test_listing_is_the_default_and_makes_no_file(cards: Any, file: Path) -> None:
    packaged = [card_type.name for card_type in SmartCardDatabase.in_memory().card_types()]
    assert names(cards("--json")) == packaged
    assert cards("list", "--json") == cards("--json")
    assert [line.split("\t")[0] for line in cards().splitlines()] == packaged
    assert {card_type["from"] for card_type in cards("--json")} == {"package"}
    assert not file.exists()


def test_what_is_introduced_is_shown(cards: Any) -> None:
    assert cards("introduce", "My card", "--atr", "3b 82 01 4d 41 8f") == ""
    assert cards("show", "my CARD", "--json") == {
        "name": "My card",
        "atr": ATR,
        "mask": None,
        "primary_provider": None,
        "interfaces": [],
        "csp": None,
        "ksp": None,
        "card_module": None,
        "from": "user",
    }


def test_all_that_can_be_known_of_a_card_type(cards: Any) -> None:
    providers = ["--csp", "Some CSP", "--ksp", "Some KSP", "--module", "some.dll", "--provider", f"{{{PROVIDER}}}"]
    interfaces = ["--interface", "iscardauth", "--interface", PUMP]
    cards("introduce", "Full", "--atr", ATR, "--mask", MASK, *providers, *interfaces)
    assert cards("show", "Full", "--json") == {
        "name": "Full",
        "atr": "3B82014D0000",
        "mask": MASK,
        "primary_provider": PROVIDER,
        "interfaces": [str(ISCardAuth.IID).upper(), PUMP],
        "csp": "Some CSP",
        "ksp": "Some KSP",
        "card_module": "some.dll",
        "from": "user",
    }
    shown = cards("show", "Full")
    for words in ("ISCardAuth", PUMP, "Some CSP", "Some KSP", "some.dll", PROVIDER, "FF FF FF FF 00 00", "user"):
        assert words in shown
    assert "Full\t3B 82 01 4D .. ..\tuser" in cards()


def test_listing_by_atr_and_by_interface(cards: Any) -> None:
    cards("introduce", "Make", "--atr", ATR, "--mask", MASK, "--interface", PUMP)
    cards("introduce", "One", "--atr", ATR, "--interface", PUMP, "--interface", "ISCardAuth")
    assert names(cards("--atr", ATR, "--json")) == ["One", "Make"]
    assert names(cards("--atr", OTHER_ATR, "--json")) == ["Make"]
    assert names(cards("list", "--interface", PUMP, "--interface", "ISCardAuth", "--json")) == ["One"]
    assert names(cards("--interface", PUMP, "--atr", OTHER_ATR, "--json")) == ["Make"]


def test_nothing_to_list(scard: Any) -> None:
    done = scard("cards", "--atr", OTHER_ATR)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "no card type\n")
    assert json.loads(scard("cards", "--atr", OTHER_ATR, "--json").stdout) == []


def test_forgetting(cards: Any, refused: Any) -> None:
    cards("introduce", "My card", "--atr", ATR)
    cards("forget", "My card")
    assert "'scard cards' lists" in refused(1, "forget", "My card")
    assert "My card" not in names(cards("--json"))


def test_a_card_type_of_the_package_can_be_forgotten_and_introduced_anew(cards: Any) -> None:
    seeded = names(cards("--json"))[0]
    cards("forget", seeded)
    assert seeded not in names(cards("--json"))
    cards("introduce", seeded, "--atr", ATR)
    assert cards("show", seeded, "--json")["atr"] == ATR


def test_scopes(cards: Any, refused: Any) -> None:
    cards("introduce", "Everybody's", "--atr", ATR, "--scope", "system")
    cards("introduce", "Mine", "--atr", ATR)
    assert names(cards("--atr", ATR, "--json")) == ["Mine", "Everybody's"]
    assert names(cards("--atr", ATR, "--scope", "system", "--json")) == ["Everybody's"]
    assert cards("show", "Everybody's", "--json")["from"] == "system"
    refused(1, "forget", "Mine", "--scope", "system")
    cards("forget", "Everybody's")
    assert names(cards("--atr", ATR, "--json")) == ["Mine"]
    assert names(cards("--atr", ATR, "--scope", "system", "--json")) == ["Everybody's"]


def test_a_database_elsewhere(cards: Any, tmp_path: Path, file: Path) -> None:
    elsewhere = ("--database", str(tmp_path / "elsewhere.sqlite3"))
    cards("introduce", "My card", "--atr", ATR, *elsewhere)
    assert names(cards("--atr", ATR, "--json", *elsewhere)) == ["My card"]
    assert cards("show", "My card", "--json", *elsewhere)["atr"] == ATR
    assert not file.exists()
    cards("forget", "My card", *elsewhere)


@pytest.mark.parametrize(
    ("status", "arguments", "says"),
    [
        (1, ["show", "Nobody's"], "'scard cards' lists"),
        (1, ["forget", "Nobody's"], "'scard cards' lists"),
        (2, ["show"], "NAME"),
        (2, ["nonsense"], "nonsense"),
        (2, ["introduce", "X"], "--atr"),
        (2, ["introduce", "X", "--atr", "3B8"], "hex"),
        (2, ["introduce", "X", "--atr", ""], "1 to 33"),
        (2, ["introduce", "X", "--atr", "00" * 34], "1 to 33"),
        (2, ["introduce", "X", "--atr", ATR, "--mask", "FF"], "give as many"),
        (2, ["introduce", "X", "--atr", ATR, "--mask", "F"], "hex"),
        (2, ["introduce", "X", "--atr", ATR, "--provider", "X"], "--provider: 'X' is no GUID"),
        (2, ["introduce", "X", "--atr", ATR, "--interface", "ISCardFriend"], "--interface: 'ISCardFriend' is no GUID"),
        (2, ["introduce", "", "--atr", ATR], "255"),
        (2, ["introduce", "X" * 256, "--atr", ATR], "255"),
        (2, ["introduce", "\udcff", "--atr", ATR], "text"),
        (1, ["show", "\x1b[31m\udcff"], "'\\x1b[31m\\udcff'"),
        (2, ["introduce", "X", "--atr", ATR, "--ksp", "X" * 1025], "1024"),
        (2, ["introduce", "X", "--atr", ATR, "--scope", "terminal"], "terminal"),
        (2, ["--atr", "xyz"], "hex"),
    ],
)
def test_a_failure_is_one_line_that_says_what_to_do(
    status: int, arguments: list[str], says: str, refused: Any, file: Path
) -> None:
    assert says in refused(status, *arguments)
    assert not file.exists()


def test_a_name_steers_no_terminal_and_a_row_stays_a_line(cards: Any) -> None:
    cards("introduce", "tab\tline\n\x1b[31m\u202eé漢\xa0🙂", "--atr", ATR)
    assert cards().splitlines()[0].split("\t") == [
        "tab\\tline\\n\\x1b[31m\\u202eé漢\xa0🙂",
        "3B 82 01 4D 41 8F",
        "user",
    ]
    assert cards("--json")[0]["name"] == "tab\tline\n\x1b[31m\u202eé漢\xa0🙂"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("arguments", [["cards"], ["cards", "--json"], ["atr", ATR]])
def test_output_that_cannot_be_written_is_told_in_one_line(
    arguments: list[str], scard_command: tuple[str, ...]
) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*scard_command, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert "make room" in done.stderr


def test_a_type_of_the_package_that_was_introduced_anew_is_the_users(cards: Any) -> None:
    own = "SmartCard-HSM (contactless)"
    assert cards("show", own, "--json")["from"] == "package"
    known = cards("show", own, "--json")
    cards("forget", own)
    names = ("--csp", known["csp"], "--ksp", known["ksp"], "--module", known["card_module"])
    cards("introduce", own, "--atr", known["atr"], *names)
    assert cards("show", own, "--json") == {**known, "from": "user"}
    assert cards("--json")[0]["from"] == "user"


def test_a_name_that_is_taken(cards: Any, refused: Any) -> None:
    cards("introduce", "My card", "--atr", ATR)
    assert "'scard cards forget'" in refused(1, "introduce", "MY CARD", "--atr", OTHER_ATR)
    assert cards("show", "My card", "--json")["atr"] == ATR


@pytest.mark.parametrize("atr", ["", "3B" * 34])
def test_what_is_no_atr_is_not_looked_for(atr: str, refused: Any) -> None:
    assert "an ATR has 1 to 33" in refused(2, "--atr", atr)


def test_a_damaged_database_is_left_alone(refused: Any, file: Path, scard: Any) -> None:
    file.write_bytes(b"no database at all")
    for arguments in ([], ["show", "X"], ["introduce", "X", "--atr", ATR], ["forget", "X"]):
        assert str(file) in refused(3, *arguments)
    ls = scard("ls", "--card", "iso7816")
    assert (ls.returncode, ls.stderr.count("\n"), str(file) in ls.stderr) == (3, 1, True)
    for card in ([ATR], ["--card", "iso7816"]):
        done = scard("atr", *card, "--json")
        assert (done.returncode, json.loads(done.stdout)["card_types"]) == (0, [])
        assert done.stderr.startswith("scard: warning: ")
        assert str(file) in done.stderr
    assert file.read_bytes() == b"no database at all"


def test_help_of_every_subcommand_has_an_example_and_tells_how_it_exits(scard: Any) -> None:
    for name in ("list", "show", "introduce", "forget"):
        shown = scard("cards", name, "--help").stdout
        assert f"scard cards {name}" in shown.partition("\n\n")[2]
        assert "Exit status" in shown


# What it changes elsewhere


def test_atr_names_the_card_types(cards: Any, scard: Any) -> None:
    cards("introduce", "Make", "--atr", ATR, "--mask", MASK)
    cards("introduce", "One", "--atr", ATR)
    assert json.loads(scard("atr", ATR, "--json").stdout)["card_types"] == ["One", "Make"]
    assert "Card types\tOne, Make" in scard("atr", ATR).stdout
    assert "Card types\tMake" in scard("atr", OTHER_ATR).stdout
    assert "Card types" not in scard("atr", "3B00").stdout


def test_atr_names_the_type_of_an_emulated_card(scard: Any) -> None:
    [name] = json.loads(scard("atr", "--card", "iso7816", "--json").stdout)["card_types"]
    assert f"Card types\t{name}" in scard("atr", "--card", "iso7816").stdout


class Own(ISO7816Provider):
    PROVIDER_ID = UUID(PROVIDER)


@pytest.mark.card(via=("embedded", "pcscd"))
def test_introducing_by_command_changes_who_serves_the_card(reader: Any, cards: Any) -> None:
    types = CardTypes(ISO7816Provider())
    types.register(Own())
    reader.resource_manager.database = SmartCardDatabase.of_this_user()
    with SCardManage(reader.resource_manager, types) as manage:
        manage.AttachByIFD(reader.name)
        atr = manage.CreateInterface(None, "ISCard").Atr.hex()

        def provider() -> type:
            return type(manage._provider()[1])

        assert provider() is ISO7816Provider
        cards("introduce", "My card", "--atr", atr, "--provider", PROVIDER)
        assert provider() is Own
        cards("forget", "My card")
        assert provider() is ISO7816Provider
