"""The card types that come with the package."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from emulator import Card
from iso7816.atr import ATR
from iso7816.errors import ATRError
from scardmgr import ISCardAuth, ISCardFileAccess, ISCardManage, ISCardVerify
from scardmgr.winscard.database import ProviderId, SmartCardDatabase
from scardmgr.winscard.database.seed import seed

BASE_CSP = "Microsoft Base Smart Card Crypto Provider"
BASE_KSP = "Microsoft Smart Card Key Storage Provider"


WITHOUT_FILES = {"gids", "piv"}
"""Profiles whose cards have no files in the sense of ISO/IEC 7816-4: other providers serve them."""

WITHOUT_PROVIDER = {"openpgp"}
"""Profiles whose cards neither Windows nor this package has a provider for."""


def test_every_built_in_profile_is_of_exactly_one_type() -> None:
    profiles = [
        path.name.removesuffix(".toml")
        for path in files("emulator").joinpath("profiles").iterdir()
        if path.name.endswith(".toml")
    ]
    assert "iso7816" in profiles
    database = SmartCardDatabase.in_memory()
    for profile in profiles:
        [found] = database.card_types(Card.from_profile(profile).power_on())
        if profile in WITHOUT_FILES:
            assert found.provider_names[ProviderId.CARD_MODULE]
            continue
        if profile in WITHOUT_PROVIDER:
            assert found.primary_provider is None
            continue
        assert found.primary_provider is not None
        assert found.interfaces == (ISCardManage.IID, ISCardAuth.IID, ISCardVerify.IID, ISCardFileAccess.IID)


def test_every_type_matches_itself_and_no_other() -> None:
    types = list(seed().values())
    for card_type in types:
        assert [other.name for other in types if other.matches(card_type.atr)] == [card_type.name]


def test_an_atr_that_has_to_match_in_every_bit_is_a_whole_one() -> None:
    for card_type in seed().values():
        if card_type.mask is None:
            assert ATR.parse(card_type.atr).to_bytes() == card_type.atr
    assert issubclass(ATRError, Exception)


def test_every_type_says_where_its_atr_is_published() -> None:
    text = files("scardmgr.winscard.database").joinpath("card_types.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)["card_type"]
    assert len(tables) == len(seed())
    for table in tables:
        assert table["source"]
        assert set(table) <= {
            "name", "atr", "mask", "primary_provider", "interfaces", "csp", "ksp", "card_module", "source",
        }  # fmt: skip


def test_cards_that_windows_serves_with_its_own_module_name_its_providers() -> None:
    database = SmartCardDatabase.in_memory()
    [yubikey] = database.card_types(bytes.fromhex("3BFD1300008131FE158073C021C057597562694B657940"))
    assert yubikey.provider_names == {
        ProviderId.CSP: BASE_CSP,
        ProviderId.KSP: BASE_KSP,
        ProviderId.CARD_MODULE: "msclmd.dll",
    }


def test_masked_bytes_may_be_anything() -> None:
    database = SmartCardDatabase.in_memory()
    for ta1, tck in (("18", "1C"), ("96", "92")):
        atr = bytes.fromhex(f"3BDE{ta1}FF8191FE1FC38031815448534D3173802140 8107{tck}")
        assert [found.name for found in database.card_types(atr)] == ["SmartCard-HSM 4K"]
