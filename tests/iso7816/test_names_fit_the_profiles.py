"""The names of a built-in profile are those of what the profile holds: nothing unnamed, nothing that is not there."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from iso7816.describe import Names

PROFILES = ["iso7816"]
APPLICATIONS = ["piv"]
"""Profiles whose commands, keys and data objects an application brings."""
MADE_BY_THE_CARD = {"3F00/2F00"}
"""EF.DIR is made of the applications, not listed among the files."""


def definition(profile: str) -> dict[str, Any]:
    return tomllib.loads(files("emulator.profiles").joinpath(f"{profile}.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("profile", PROFILES)
def test_every_file_has_a_name_and_its_own_short_identifier(profile: str) -> None:
    names, card = Names.load(profile), definition(profile)
    named = {str(file.path): file for file in names.files}
    assert set(named) - MADE_BY_THE_CARD == set(card["files"])
    for path, entry in card["files"].items():
        assert named[path].is_df == (entry["type"] == "DF")
        # 0 in a definition says that the file has none; without the key the card tells it by the file identifier.
        if "sfi" in entry:
            assert named[path].sfi == (entry["sfi"] or None)


@pytest.mark.parametrize("profile", [*PROFILES, *APPLICATIONS])
def test_every_application_is_named_by_its_df_name(profile: str) -> None:
    names, card = Names.load(profile), definition(profile)
    for application in card["applications"]:
        found = names.by_df_name(bytes.fromhex(application["name"]))
        assert found is not None
        assert str(found.path) == application["path"]
        assert found.name == application["label"]


@pytest.mark.parametrize("profile", PROFILES)
def test_every_chv_key_and_data_object_has_a_name(profile: str) -> None:
    names, card = Names.load(profile), definition(profile)
    assert set(names.chvs) == {chv["reference"] for chv in card["chvs"]}
    assert set(names.keys) == {key["reference"] for key in card["keys"]}
    assert set(names.data_objects) == {data_object["tag"] for data_object in card["data_objects"]}


def test_everything_that_a_piv_card_has_is_named() -> None:
    from emulator.applications.piv.card_application import PIVCard
    from emulator.applications.piv.data_objects import ATTESTATION_CERTIFICATE, DATA_OBJECTS, Reading
    from emulator.applications.piv.key_references import ADMINISTRATION_KEY, SECURE_MESSAGING_KEY, SLOTS, ReferenceData

    names = Names.load("piv")
    assert set(names.data_objects) == {*DATA_OBJECTS, ATTESTATION_CERTIFICATE}
    assert names.secret_objects == {tag for tag, each in DATA_OBJECTS.items() if each.reading is not Reading.ALWAYS}
    assert set(names.keys) == {*SLOTS, ADMINISTRATION_KEY, SECURE_MESSAGING_KEY}
    assert set(names.chvs) == set(ReferenceData)
    assert set(names.commands) == {row.code for row in PIVCard.COMMANDS if row.ins >= 0xF6}


def test_everything_that_a_gids_card_begins_with_is_named() -> None:
    from emulator.applications.gids.interface import ADMIN_KEY, DEAUTHENTICATE, Code
    from emulator.applications.gids.personalisation import initial_values
    from emulator.applications.gids.stored_files import FILE

    names = Names.load("gids")
    files = {key[len(FILE) :].hex().upper() for key in initial_values(b"", b"") if key.startswith(FILE)}
    assert {f"3F00/{fid}" for fid in files} <= {str(file.path) for file in names.files}
    assert set(names.chvs) == {*Code, DEAUTHENTICATE}
    assert ADMIN_KEY in names.keys
    for application in definition("gids")["applications"]:
        found = names.by_df_name(bytes.fromhex(application["name"])[:-1])
        assert found is not None
        assert found.name == application["label"]
