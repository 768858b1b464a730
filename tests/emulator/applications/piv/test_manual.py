"""docs/profiles/piv.md: the definition that it shows is one, its options are those that there are, its Python runs."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from emulator.applications.piv.definition import define
from emulator.definition.section import Section

from .conftest import PIVTerminal

PAGE = (Path(__file__).parents[4] / "docs" / "profiles" / "piv.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


def test_the_definition_is_a_card(tmp_path: Path, make: Callable[..., PIVTerminal]) -> None:
    from emulator import Card

    [text] = blocks("toml")
    (tmp_path / "shown.toml").write_text(text, encoding="utf-8")
    piv = PIVTerminal(Card.from_profile(tmp_path / "shown.toml"))
    assert piv.verify(b"654321\xff\xff") == "9000"
    assert piv.authenticate_word(0x11, 0x9A, (0x82, b""), (0x81, bytes(32))) == "9000"


def test_every_option_is_in_the_table() -> None:
    class Asked(Section):
        names: ClassVar[set[str]] = set()

        def __contains__(self, key: str) -> bool:
            self.names.add(key)
            return super().__contains__(key)

        def take(self, key: str, *arguments: object) -> object:  # type: ignore[override]
            self.names.add(key)
            return super().take(key, *arguments)  # type: ignore[arg-type]

    define(Asked({"global_pin": "123456"}))
    table = PAGE.partition("| option |")[2].partition("\n\n")[0]
    told = {name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert told == Asked.names


def test_its_python_runs() -> None:
    shown = [text for text in blocks("python") if "from iso7816" in text]
    assert len(shown) == 2
    for text in shown:
        exec(text, {})  # noqa: S102 (what the page shows)


def test_its_templates_are_of_one_finger(tmp_path: Path, make: Callable[..., PIVTerminal]) -> None:
    [enrolled] = re.findall(r"--set primary_finger=([0-9A-F]+)", PAGE)
    [verify] = re.findall(r"--send-apdu (00200096[0-9A-F]+)", PAGE)
    piv = make(f'primary_finger = "{enrolled}"\n')
    assert enrolled[:96] not in verify
    assert piv.sw(verify) == "9000"
