"""Sealed images: what is sealed in them and what is not, who can open them, and that they stay sealed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import emulator
from emulator import (
    ApplicationMissing,
    Card,
    CardImageError,
    CardImageNotSealed,
    CardImageSealed,
    NotACardImage,
    Passphrase,
    WrongPassphrase,
)
from emulator.images.schema import FORMAT_VERSION, RECORDS, SEALED_FORMAT_VERSION
from emulator.images.sealing.seal_record import OVERHEAD
from iso7816.icc import ICCMute

CHANGE = bytes.fromhex("00240001083132333439393939")
VERIFY, WRONG = bytes.fromhex("002000010431323334"), bytes.fromhex("002000010430303030")
PROFILES = sorted(path.stem for path in (Path(emulator.__path__[0]) / "profiles").glob("*.toml"))
SECRETS = {(schema.name, column.name) for schema in RECORDS.values() for column in schema.columns if column.secret}


def on_disk(path: Path) -> bytes:
    """An image, and everything beside it."""
    return b"".join(each.read_bytes() for each in sorted(path.parent.glob(f"*{path.name}*")))


def rows(path: Path, table: str, column: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return [value for (value,) in connection.execute(f"SELECT {column} FROM {table}")]  # noqa: S608


def change(path: Path, statement: str, *values: Any) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        assert connection.execute(statement, values).rowcount > 0


@pytest.mark.parametrize("profile", PROFILES)
def test_a_sealed_image_holds_the_card_and_none_of_its_secrets(
    profile: str, tmp_path: Path, observe: Any, opened: Any, passphrase: str, secrets_of: Any
) -> None:
    with Card.from_profile(profile) as card:
        plain, sealed = tmp_path / "plain.card", tmp_path / "sealed.card"
        card.save(plain)
        card.save(sealed, passphrase=passphrase)
        secrets = secrets_of(card)
        assert secrets or profile not in {"iso7816", "openpgp", "piv"}
        assert [what for what, secret in secrets.items() if secret not in on_disk(plain)] == []
        assert [what for what, secret in secrets.items() if secret in on_disk(sealed)] == []
        with opened(sealed) as again:
            assert observe(again) == observe(card)
            assert again._state.identity == card._state.identity


def test_a_card_with_everything_is_the_same_again(
    everything: str, define: Callable[[str], Any], tmp_path: Path, observe: Any, opened: Any, passphrase: str
) -> None:
    card = define(everything).card
    path = tmp_path / "sealed.card"
    card.save(path, passphrase=passphrase)
    with opened(path) as copy:
        assert observe(copy) == observe(card)
    with Card.open(path, passphrase=passphrase) as image:
        assert observe(image) == observe(card)


def test_what_is_no_secret_stays_readable(sealed: Path, image: Path) -> None:
    for schema in RECORDS.values():
        for column in schema.columns:
            was, is_now = rows(image, schema.name, column.name), rows(sealed, schema.name, column.name)
            if column.secret:
                assert [value is None for value in was] == [value is None for value in is_now]
                assert all(len(value) >= OVERHEAD for value in is_now if value is not None)
            else:
                assert was == is_now, column
    assert rows(image, "contents", "data") == rows(sealed, "contents", "data")


def test_an_image_without_a_seal_stays_of_the_format_that_it_had(image: Path, sealed: Path) -> None:
    """A program that knows no seals reads the one, and refuses the other as newer than itself."""
    versions = []
    for path in (image, sealed):
        with closing(sqlite3.connect(path)) as connection:
            versions.append(connection.execute("PRAGMA user_version").fetchone()[0])
    assert versions == [FORMAT_VERSION, SEALED_FORMAT_VERSION]
    assert FORMAT_VERSION < SEALED_FORMAT_VERSION


@pytest.mark.parametrize("mode", ["rw", "copy"])
@pytest.mark.parametrize(
    ("given_passphrase", "refusal", "says"),
    [
        (None, CardImageSealed, "sealed.card is sealed: it is opened with its passphrase"),
        ("incorrect horse", WrongPassphrase, "sealed.card is sealed with another passphrase"),
        (b"\xff\xfe", WrongPassphrase, "another passphrase"),
    ],
)
def test_who_does_not_know_the_passphrase_leaves_no_trace(
    sealed: Path, mode: Any, given_passphrase: Any, refusal: type[Exception], says: str
) -> None:
    before = sealed.read_bytes(), sealed.stat().st_mtime_ns
    with pytest.raises(refusal, match=says) as refused:
        Card.open(sealed, mode, passphrase=given_passphrase)
    assert isinstance(refused.value, CardImageError)
    assert str(given_passphrase) not in str(refused.value)
    assert (sealed.read_bytes(), sealed.stat().st_mtime_ns) == before
    assert list(sealed.parent.iterdir()) == [sealed]
    with Card.open(sealed, mode, passphrase="correct horse"):
        pass


@pytest.mark.parametrize("mode", ["rw", "copy"])
def test_who_expects_a_seal_is_told_that_there_is_none(image: Path, mode: Any) -> None:
    with pytest.raises(CardImageNotSealed, match="is not sealed"):
        Card.open(image, mode, passphrase="correct horse")
    with pytest.raises(ValueError, match="not empty"):
        Card.open(image, mode, passphrase="")


def test_every_change_goes_into_the_image_sealed(
    sealed: Path, make_terminal: Any, opened: Any, passphrase: str, observe: Any, secrets_of: Any
) -> None:
    with Card.open(sealed, passphrase=passphrase) as card:
        terminal = make_terminal(card)
        terminal.ok(CHANGE.hex(), "00A4000C027F10", "00A4000C023F00")
        changed = observe(card)
        secrets = secrets_of(card)
        assert secrets["CHV (0, 1)"] == b"9999"
        while_open = on_disk(sealed)
        assert sealed.with_name("sealed.card-wal").exists()
        assert [what for what, secret in secrets.items() if secret in while_open] == []
    assert list(sealed.parent.iterdir()) == [sealed]
    with opened(sealed) as again:
        assert observe(again) == changed
        again.power_on()
        assert again.transmit(bytes.fromhex("002000010439393939")) == b"\x90\x00"


def test_an_application_keeps_its_secrets_sealed(tmp_path: Path, passphrase: str, opened: Any) -> None:
    path = tmp_path / "openpgp.card"
    with Card.from_profile("openpgp") as card:
        card.save(path, passphrase=passphrase)
    with Card.open(path, passphrase=passphrase) as card:
        card.power_on()
        assert card.transmit(bytes.fromhex("00A4040006D27600012401"))[-2:] == b"\x90\x00"
        new = b"a long new code"
        command = bytes.fromhex("00240081") + bytes([6 + len(new)]) + b"123456" + new
        assert card.transmit(command) == b"\x90\x00"
        assert new not in on_disk(path)
    assert new not in on_disk(path)
    with opened(path) as card:
        assert any(new in value for value in card._state.application_values.values())


def test_a_counter_costs_no_seal(sealed: Path, passphrase: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written with each command is a counter: the secret beside it is left as it was sealed."""
    before = rows(sealed, "chvs", "value")
    with Card.open(sealed, passphrase=passphrase) as card:
        card.power_on()
        assert card.transmit(WRONG) == b"\x63\xc2"
    assert rows(sealed, "chvs", "value") == before
    assert 2 in rows(sealed, "chvs", "tries_left")
    with Card.open(sealed, passphrase=passphrase) as card:
        card.power_on()
        assert card.transmit(CHANGE) == b"\x90\x00"
    assert len(set(before) & set(rows(sealed, "chvs", "value"))) == len(before) - 1


class CutAt:
    """Cuts the power at the n-th durable write, counted from 0."""

    def __init__(self, place: int) -> None:
        self.left = place

    def reached(self, _name: str) -> None:
        self.left -= 1
        if self.left == -1:
            raise RuntimeError("the lights go out")


def test_a_power_cut_at_each_write_leaves_the_old_code_or_the_new(
    sealed: Path, passphrase: str, opened: Any, observe: Any
) -> None:
    original = sealed.read_bytes()
    with opened(sealed) as card:
        before = observe(card)
    found = set()
    for place in range(10):
        sealed.write_bytes(original)
        fault = CutAt(place)
        with Card.open(sealed, passphrase=passphrase, fault_point=fault) as card:
            card.power_on()
            try:
                assert card.transmit(CHANGE) == b"\x90\x00"
                break
            except ICCMute:
                in_memory = observe(card)
        with opened(sealed) as card:
            assert observe(card) == in_memory
            found.add(card._state.chvs[(0, 1)].tries_left)
            assert card._state.chvs[(0, 1)].value == before[next(k for k in before if k[1] == (0, 1))][0]
    assert place > 2
    assert found == {3, 2}


def test_a_restore_is_sealed(sealed: Path, passphrase: str, opened: Any, observe: Any) -> None:
    with Card.open(sealed, passphrase=passphrase) as card:
        mark, before = card.snapshot(), observe(card)
        card.power_on()
        assert card.transmit(CHANGE) == b"\x90\x00"
        card.restore(mark)
    with opened(sealed) as card:
        assert observe(card) == before


def test_what_comes_from_a_sealed_image_stays_sealed(
    sealed: Path, passphrase: str, opened: Any, observe: Any, card: Card
) -> None:
    copies = [sealed.with_name(f"{number}.card") for number in range(4)]
    with opened(sealed) as copy, Card.from_snapshot(copy.snapshot()) as fresh:
        copy.save(copies[0])
        fresh.save(copies[1])
        Card.from_snapshot(fresh.snapshot()).save(copies[2])
        copy.restore(card.snapshot())  # of a card that is not sealed
        copy.save(copies[3])
    with Card.open(sealed, passphrase=passphrase) as image:
        image.save(copies[0])
    wrapped = {rows(path, "seal", "wrapped")[0] for path in (sealed, *copies)}
    assert len(wrapped) == 5, "two images with one key"
    for path in copies:
        with pytest.raises(CardImageSealed):
            Card.open(path)
        with opened(path) as copy:
            assert observe(copy) == observe(card)


def test_a_sealed_card_is_not_restored_onto_one_that_is_not(image: Path, sealed: Path, opened: Any) -> None:
    with opened(sealed) as secret, Card.open(image) as card:
        with pytest.raises(ValueError, match="in the clear"):
            card.restore(secret.snapshot())
        secret.restore(card.snapshot())


def test_another_passphrase_on_saving(sealed: Path, opened: Any) -> None:
    with opened(sealed) as copy:
        copy.save(sealed, passphrase=b"another")
        with pytest.raises(ValueError, match="not empty"):
            copy.save(sealed, passphrase="")
    with pytest.raises(WrongPassphrase):
        opened(sealed)
    Card.open(sealed, passphrase="another").close()


def test_what_a_killed_process_left_is_taken_in_by_who_knows_the_passphrase(
    sealed: Path, passphrase: str, tmp_path_factory: pytest.TempPathFactory, opened: Any
) -> None:
    left = tmp_path_factory.mktemp("left")
    with Card.open(sealed, passphrase=passphrase) as card:
        card.power_on()
        assert card.transmit(CHANGE) == b"\x90\x00"
        for path in sealed.parent.glob("sealed.card*"):
            (left / path.name).write_bytes(path.read_bytes())
    path = left / "sealed.card"
    before = {each.name: each.read_bytes() for each in left.iterdir()}
    assert len(before) > 1
    for wrong in (None, "wrong"):
        with pytest.raises((CardImageSealed, WrongPassphrase)):
            Card.open(path, passphrase=wrong)
        assert {each.name: each.read_bytes() for each in left.iterdir()} == before
    with opened(path) as copy:
        assert copy._state.chvs[(0, 1)].value == b"9999"
    Card.open(path, passphrase=passphrase).close()
    assert list(left.iterdir()) == [path]


@given(data=st.data())
def test_a_sealed_value_that_is_changed_is_refused(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory, opened: Any
) -> None:
    path = tmp_path_factory.mktemp("changed") / "openpgp.card"
    Card.from_profile("openpgp").save(path, passphrase="correct horse")
    values = rows(path, "application_values", "value")
    old = values[data.draw(st.integers(0, len(values) - 1))]
    new = bytearray(old)
    new[data.draw(st.integers(0, len(new) - 1))] ^= data.draw(st.integers(1, 255))
    change(path, "UPDATE application_values SET value = ? WHERE value = ?", bytes(new), old)
    before = path.read_bytes()
    for mode in ("rw", "copy"):
        with pytest.raises(NotACardImage, match="damaged: a sealed value in the table application_values"):
            Card.open(path, mode, passphrase="correct horse")  # type: ignore[arg-type]
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE chvs SET value = (SELECT value FROM chvs WHERE reference = 129) WHERE reference = 1",
        "UPDATE chvs SET value = puk WHERE reference = 1",
        "UPDATE chvs SET puk = value WHERE reference = 1",
        "UPDATE chvs SET reference = 2 WHERE reference = 1",
        "UPDATE keys SET value = (SELECT value FROM keys WHERE reference = 2) WHERE reference = 1",
        "UPDATE keys SET value = (SELECT value FROM chvs WHERE reference = 1) WHERE reference = 1",
        "UPDATE chvs SET value = x'31323334' WHERE reference = 1",
        "UPDATE chvs SET value = x'' WHERE reference = 1",
    ],
)
def test_a_sealed_value_stays_in_its_place(sealed: Path, statement: str, opened: Any) -> None:
    change(sealed, statement)
    with pytest.raises(NotACardImage, match="damaged: a sealed value in the table"):
        opened(sealed)


def test_a_sealed_value_stays_in_its_image(sealed: Path, card: Card, opened: Any, passphrase: str) -> None:
    with opened(sealed) as copy:
        copy.save(sealed.with_name("copy.card"))
    card.save(sealed.with_name("again.card"), passphrase=passphrase)
    for name in ("copy.card", "again.card"):
        value = rows(sealed.with_name(name), "chvs", "value")[0]
        keep = rows(sealed, "chvs", "value")[0]
        change(sealed, "UPDATE chvs SET value = ? WHERE value = ?", value, keep)
        with pytest.raises(NotACardImage, match="damaged: a sealed value"):
            opened(sealed)
        change(sealed, "UPDATE chvs SET value = ? WHERE value = ?", keep, value)
    opened(sealed).close()


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM seal",
        "DROP TABLE seal",
        "INSERT INTO seal SELECT * FROM seal",
        "UPDATE seal SET salt = x'00112233445566778899AABBCCDDEEFF'",
        "UPDATE seal SET salt = 'salt of a kind..'",
        "UPDATE seal SET wrapped = zeroblob(72)",
        "UPDATE seal SET wrapped = zeroblob(71)",
        "UPDATE seal SET checksum = zeroblob(32)",
        "UPDATE seal SET n = n * 2",
        "UPDATE seal SET n = 1 << 40",
        "UPDATE seal SET r = 1 << 20",
        "UPDATE seal SET p = 1 << 20",
        "UPDATE seal SET p = NULL",
        f"PRAGMA user_version = {FORMAT_VERSION}",
    ],
)
def test_a_seal_that_is_damaged_is_told_as_damage_and_never_lost(sealed: Path, damage: str) -> None:
    with closing(sqlite3.connect(sealed, isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        try:
            connection.execute(damage)
        except sqlite3.IntegrityError:
            connection.execute("UPDATE seal SET p = 'NULL'")
    before = sealed.read_bytes()
    for mode in ("rw", "copy"):
        for given_passphrase in (None, "correct horse"):
            with pytest.raises(NotACardImage, match="damaged"):
                Card.open(sealed, mode, passphrase=given_passphrase)  # type: ignore[arg-type]
    assert sealed.read_bytes() == before


def test_an_image_that_is_said_to_be_sealed_and_is_not(image: Path) -> None:
    with closing(sqlite3.connect(image, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA user_version = {SEALED_FORMAT_VERSION}")
    with pytest.raises(NotACardImage, match="damaged"):
        Card.open(image)


@given(places=st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), min_size=1, max_size=20))
def test_bytes_that_are_flipped(
    places: list[tuple[int, int]], tmp_path_factory: pytest.TempPathFactory, passphrase: str
) -> None:
    """Refused as one of our errors, or opened as a card that answers; nothing else ever happens."""
    path = tmp_path_factory.mktemp("flipped") / "some.card"
    Card.from_profile("iso7816").save(path, passphrase=passphrase)
    content = bytearray(path.read_bytes())
    for place, byte in places:
        content[place % len(content)] = byte
    path.write_bytes(bytes(content))
    try:
        with Card.open(path, "copy", passphrase=Passphrase(passphrase)) as card:
            card.power_on()
            assert len(card.transmit(VERIFY)) == 2
    except (CardImageError, ApplicationMissing):
        assert path.read_bytes() == bytes(content)


def test_every_column_of_a_secret_is_sealed() -> None:
    expected = {("chvs", "value"), ("chvs", "puk"), ("keys", "value"), ("application_values", "value")}
    assert expected == SECRETS
