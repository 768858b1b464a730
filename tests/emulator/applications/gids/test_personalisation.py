"""What a definition makes, and what puts keys into a new card and tells what is on one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from gids_desk import ADMIN_KEY, FIRST, NAME, PIN, RSA_1024, SIGN, pem

from emulator import Card, CardDefinitionError
from emulator.applications.gids.base_files import FileEntry, KeyEntry, file_table, read_file_table, read_key_map
from emulator.applications.gids.personalisation import (
    CONTAINER_MAP,
    FILE_TABLE,
    KEY_MAP,
    container_values,
    containers_of,
    initial_values,
    new_values,
    values_of,
)
from emulator.definition.profiles import load_profile, read_definition
from emulator.definition.settings import with_settings
from iso7816.errors import InformationError, KeyDataError

SET_UP = f'pin = "12345678"\nadmin_key = "{ADMIN_KEY.hex()}"\n'


def certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Ada")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(datetime(2020, 1, 1)).not_valid_after(datetime(2120, 1, 1))
    return builder.sign(key, hashes.SHA256())


def der(key: rsa.RSAPrivateKey) -> bytes:
    return certificate(key).public_bytes(Encoding.DER)


@pytest.fixture
def values() -> dict[bytes, bytes]:
    return initial_values(PIN, ADMIN_KEY, bytes(16))


def test_the_profile_is_what_windows_reads_of_a_card_without_keys(desk: Any) -> None:
    """In the order in which its module asks: discovery, PUK, table of files, and then by that table."""
    assert desk.ok(0xA4, 0x0400, NAME, 256).hex().upper() == "61124F0BA00000039742544659020173034001C0"
    assert desk.get_word(0x3FFF, "7F73")[1] == "6A88"
    table = {(each.directory, each.name): each for each in read_file_table(desk.get(0xA000, 0xDF1F))}
    assert set(table) == {("mscp", ""), ("", "cardid"), ("", "cardapps"), ("", "cardcf"), ("mscp", "cmapfile")}

    def read(directory: str, name: str) -> bytes:
        entry = table[directory, name]
        return desk.get(entry.fid, entry.tag)  # type: ignore[no-any-return]

    assert len(read("", "cardid")) == 16
    assert read("", "cardapps") == b"mscp\0\0\0\0"
    assert read("", "cardcf") == bytes(6)
    assert read("mscp", "cmapfile") == b""
    assert desk.get_word(0xA000, "DF20")[1] == "6A88"


def test_a_file_that_windows_adds(desk: Any) -> None:
    """mscp/msroots, certificates of authorities: a row in the table, and a data object in A010."""
    assert desk.verify() == "9000"
    entries = read_file_table(desk.get(0xA000, 0xDF1F))
    entry = FileEntry("mscp", "msroots", 0xDF24, 0xA010)
    assert desk.put(0xA010, 0xDF24, bytes(2000)) == "9000"
    assert desk.put(0xA000, 0xDF1F, file_table((*entries, entry))) == "9000"
    desk.deauthenticate()
    assert read_file_table(desk.get(0xA000, 0xDF1F))[-1] == entry
    assert desk.get(0xA010, 0xDF24) == bytes(2000)


def test_a_container_of_a_definition(new_desk: Callable[..., Any], key: rsa.RSAPrivateKey) -> None:
    text = certificate(key).public_bytes(Encoding.PEM).decode()
    desk = new_desk(
        more=f'[[applications.options.containers]]\npem = """{pem(key)}"""\ncertificate = """{text}"""\nname = "Ada"\n'
        f'[[applications.options.containers]]\npem = """{pem(key)}"""\nsigns_only = true\n'
    )
    one, other = containers_of(values_of(desk.card.snapshot().state()))
    assert (one.index, one.name, one.bits, one.signs_only, one.is_default) == (0, "Ada", 1024, False, True)
    assert (one.public_key, one.certificate) == (key.public_key(), der(key))
    assert (other.index, other.signs_only, other.is_default, other.certificate) == (1, True, False, None)
    assert len(other.name) == 36
    assert desk.verify() == "9000"
    for reference in (FIRST, FIRST + 1):
        assert desk.environment(SIGN, 0x50 | RSA_1024, reference) == "9000"
        signature = desk.ok(0x2A, 0x9E9A, b"data", 256)
        assert key.public_key().recover_data_from_signature(signature, padding.PKCS1v15(), None) == b"data"
    assert desk.get(0xA010, 0xDF22).hex() == "000002000200"
    assert read_key_map(desk.get(0xA000, 0xDF20)) == (KeyEntry(6, 0x9A, 0xB081), KeyEntry(6, 0x9C, 0xB082))


def test_without_an_identifier_it_is_a_random_one(new_desk: Callable[..., Any]) -> None:
    one, other = (new_desk(SET_UP).get(0xA012, 0xDF20) for _ in range(2))
    assert (len(one), len(other), one == other) == (16, 16, False)


def test_a_card_as_it_comes_has_nothing(blank: Any) -> None:
    values = values_of(blank.card.snapshot().state())
    assert values == new_values()
    assert list(containers_of(values)) == []
    assert blank.get_word(0xA000, "DF1F")[1] == "6A82"


def test_a_profile_that_sets_a_card_up_serves_for_one_that_is_not() -> None:
    state = load_profile("gids")
    blank_state = with_settings(read_definition("gids"), ["initialised=false"]).build()
    assert FILE_TABLE in values_of(state)
    assert values_of(blank_state) == new_values()


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ("", "pin"),
        ('pin = "12345678"\n', "admin_key"),
        (SET_UP.replace("12345678", "123"), "pin"),
        (SET_UP.replace("12345678", "1" * 17), "pin"),
        (SET_UP.replace(ADMIN_KEY.hex(), ADMIN_KEY[:16].hex()), "admin_key"),
        (SET_UP + 'puk = "123"\n', "puk"),
        (SET_UP + 'card_identifier = "00"\n', "card_identifier"),
        (SET_UP + "colour = 1\n", "colour"),
        (SET_UP.replace("12345678", "123") + "initialised = false\n", "pin"),
        ('initialised = false\nadmin_key = "00"\n', "admin_key"),
        ("initialised = 1\n", "initialised"),
        (SET_UP + "[[applications.options.containers]]\n", "pem"),
    ],
)
def test_options_that_are_none(new_desk: Callable[..., Any], options: str, key: str) -> None:
    with pytest.raises(CardDefinitionError, match=rf"options\.(containers\[0\]\.)?{key}"):
        new_desk(options)


def test_containers_that_are_none(new_desk: Callable[..., Any], key: rsa.RSAPrivateKey) -> None:
    table = "[[applications.options.containers]]\n"
    odd = rsa.generate_private_key(65537, 1280)  # noqa: S505
    for wrong in (
        f'pem = """{pem(ec.derive_private_key(99, ec.SECP256R1()))}"""\n',
        f'pem = """{pem(key)}"""\nname = "{"n" * 40}"\n',
        f'pem = """{pem(odd)}"""\n',
    ):
        with pytest.raises(CardDefinitionError, match="a container that fits"):
            new_desk(more=table + wrong)


def test_keys_go_into_the_next_free_container(values: dict[bytes, bytes], key: rsa.RSAPrivateKey) -> None:
    for name in ("one", "two", "three"):
        values.update(container_values(values, key, der(key), name))
    assert [each.name for each in containers_of(values)] == ["one", "two", "three"]
    assert [each.certificate for each in containers_of(values)] == [der(key)] * 3
    entries = read_file_table(values[FILE_TABLE])
    assert [(each.name, each.tag) for each in entries[5:]] == [("kxc00", 0xDF24), ("kxc01", 0xDF25), ("kxc02", 0xDF26)]


def test_an_empty_container_is_filled_again(values: dict[bytes, bytes], key: rsa.RSAPrivateKey) -> None:
    for name in ("one", "two"):
        values.update(container_values(values, key, None, name))
    values[CONTAINER_MAP] = bytes(86) + values[CONTAINER_MAP][86:]
    assert [(each.index, each.name) for each in containers_of(values)] == [(1, "two")]
    values.update(container_values(values, key, None, "again"))
    assert [(each.index, each.name) for each in containers_of(values)] == [(0, "again"), (1, "two")]
    assert len(read_key_map(values[KEY_MAP])) == 2


def test_what_no_container_takes(values: dict[bytes, bytes], key: rsa.RSAPrivateKey) -> None:
    other = rsa.generate_private_key(65537, 1024)  # noqa: S505
    with pytest.raises(KeyDataError, match="another"):
        container_values(values, key, der(other))
    with pytest.raises(KeyDataError, match="no certificate"):
        container_values(values, key, b"certificate")
    with pytest.raises(KeyDataError, match="not set up"):
        container_values(new_values(), key)
    with pytest.raises(KeyDataError, match="RSA of 1024"):
        container_values(values, ec.derive_private_key(99, ec.SECP256R1()))
    full = {**values, CONTAINER_MAP: (bytes(80) + b"\x01" + bytes(5)) * 126}
    with pytest.raises(KeyDataError, match="taken"):
        container_values(full, key)
    files = tuple(FileEntry("mscp", f"f{tag:X}", tag, 0xA010) for tag in range(0xDF24, 0xDF80))
    with pytest.raises(KeyDataError, match="no tag"):
        container_values({**values, FILE_TABLE: file_table(files)}, key, der(key))
    with pytest.raises(InformationError):
        container_values({**values, CONTAINER_MAP: b"1"}, key)


def test_a_card_of_another_profile_has_no_containers() -> None:
    with Card.from_profile("piv") as card:
        values = values_of(card.snapshot().state())
    assert (values, list(containers_of(values))) == ({}, [])
