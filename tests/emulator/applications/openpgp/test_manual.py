"""docs/profiles/openpgp.md: the definition that it shows is a card, and its tables have the options that there are."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from emulator import Card
from emulator.applications.openpgp.definition import read_options
from emulator.definition.section import Section
from iso7816 import CommandAPDU

from .conftest import ED25519, SIGNATURES, OpenPGPTerminal

PAGE = (Path(__file__).parents[4] / "docs" / "profiles" / "openpgp.md").read_text(encoding="utf-8")
A_KEY = {"algorithm": "rsa-2048"}


class Asked(Section):
    """Options that note which of them are asked for."""

    names: ClassVar[set[str]] = set()

    def __contains__(self, key: str) -> bool:
        self.names.add(key)
        return super().__contains__(key)

    def take(self, key: str, *arguments: Any, **named: Any) -> Any:
        self.names.add(key)
        return super().take(key, *arguments, **named)


def options_in(table: str) -> set[str]:
    """The options in a table that begins so."""
    rows = PAGE.partition(table)[2].partition("\n\n")[0].splitlines()[2:]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}


def test_the_definition_is_a_card(tmp_path: Path) -> None:
    [text] = re.findall(r"^```toml\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
    (tmp_path / "shown.toml").write_text(text, encoding="utf-8")
    card = OpenPGPTerminal(Card.from_profile(tmp_path / "shown.toml"))
    assert card.found(0x65, 0x5B) == b"Doe<<Jane"
    assert card.get(0xC1).hex().upper() == ED25519
    assert card.word(0x2C, 0, SIGNATURES, b"resetting654321") == "9000"


def test_its_python_administers_a_card(make: Callable[..., OpenPGPTerminal]) -> None:
    [text] = re.findall(r"^```python\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
    shown: dict[str, Any] = {}
    exec(text, shown)  # noqa: S102 (what the page shows)
    keys = (bytes(range(32)), bytes(range(32, 64)))
    options = f'sm_key_enc = "{keys[0].hex()}"\nsm_key_mac = "{keys[1].hex()}"\n'
    terminal = make(f'secure_messaging = "aes-256"\n{options}')
    write, read = CommandAPDU(0, 0xDA, 0x00, 0x5E, b"jane"), CommandAPDU(0, 0xCA, 0x00, 0x5E, b"", 256)
    assert shown["administer"](terminal.card.transmit, *keys, write).sw == 0x9000
    assert shown["administer"](terminal.card.transmit, *keys, read).data == b"jane"


def test_every_option_is_in_a_table(monkeypatch: Any) -> None:
    monkeypatch.setattr(Asked, "names", set())
    read_options(Asked({}))
    assert options_in("| option |") == Asked.names
    key = {"algorithm", "pem", "certificate", "generation_date"}
    assert options_in("| in such a table |") == key
