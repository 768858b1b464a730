"""Images that are damaged, or made to do harm: refused as what they are and left as they are, or opened as a card that
answers; nothing else ever happens."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emulator import ApplicationMissing, Card, CardImageError, NewerCardImage, NotACardImage
from emulator.images.schema import TABLES

from .earlier_images import IMAGES, restored

PAGE = 4096
REFUSALS = (NotACardImage, NewerCardImage, ApplicationMissing)
COMMANDS = [
    bytes.fromhex(command)
    for command in (
        "00A4000C023F00",
        "00A40004027F10",
        "00B2010400",
        "00200001",
        "00200001083132333 4FFFFFFFF".replace(" ", ""),
        "00A4000C026F01",
        "00440000",
        "00B0000000",
        "00D6000003AABBCC",
        "00A4000C026F02",
        "00DC010404AABBCCDD",
        "00A4000C026F04",
        "00E2000002AABB",
        "00A4000400",
        "00A40304",
        "00CA5F2000",
        "00DA5F200141",
        "80AA010000",
        "80AA020000",
        "00E000000D620B8002001082010183026F10",
        "00E40000",
        "00220001",
        "0084000010",
        "00880001100000000000000000000000000000000000",
    )
]


@dataclass(frozen=True, slots=True)
class Sound:
    """A folder to damage images in, and images that are sound."""

    folder: Path
    images: tuple[bytes, ...]

    def write(self, content: bytes, **beside: bytes) -> Path:
        """A file, and what is beside it by its suffix, alone in the folder."""
        for path in self.folder.iterdir():
            path.unlink()
        path = self.folder / "some.card"
        path.write_bytes(content)
        for suffix, more in beside.items():
            path.with_name(f"{path.name}-{suffix}").write_bytes(more)
        return path

    def files(self) -> dict[str, bytes]:
        """Everything in the folder."""
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory, everything_on_a_card: Callable[[Path], None]) -> Sound:
    made = tmp_path_factory.mktemp("sound")
    everything_on_a_card(made / "present.card")
    for image in IMAGES:
        restored(image, made / f"version-{image}.card")
    images = tuple(path.read_bytes() for path in sorted(made.iterdir()))
    return Sound(tmp_path_factory.mktemp("damaged"), images)


def is_refused(sound: Sound, path: Path) -> bool:
    """Whether an image is refused, the same in both modes. It is left as it is; a card that it gives answers."""
    before = sound.files()
    verdicts = []
    for mode in ("copy", "rw"):
        try:
            with Card.open(path, mode=mode) as card:  # type: ignore[arg-type]
                card.power_on()
                for command in COMMANDS:
                    assert len(card.transmit(command)) >= 2
            verdicts.append(False)
        except REFUSALS:
            verdicts.append(True)
        if mode == "copy" or verdicts[-1]:
            assert sound.files() == before, mode
    assert verdicts[0] == verdicts[1]
    return verdicts[0]


@given(data=st.data())
def test_bytes_that_are_flipped(sound: Sound, data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(sound.images)))
    regions = st.sampled_from((100, PAGE, len(content))).flatmap(lambda size: st.integers(0, size - 1))
    for place, byte in data.draw(st.lists(st.tuples(regions, st.integers(0, 255)), min_size=1, max_size=20)):
        content[place] = byte
    is_refused(sound, sound.write(bytes(content)))


@given(data=st.data())
def test_an_image_that_is_cut_short_is_refused(sound: Sound, data: st.DataObject) -> None:
    content = data.draw(st.sampled_from(sound.images))
    assert is_refused(sound, sound.write(content[: data.draw(st.integers(0, len(content) - 1))]))


@given(data=st.data())
def test_pages_in_each_other_s_place(sound: Sound, data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(sound.images)))
    pages = st.integers(0, len(content) // PAGE - 1).map(lambda number: slice(number * PAGE, number * PAGE + PAGE))
    there = data.draw(pages)
    other = bytes(content[data.draw(pages)])
    content[there] = data.draw(st.sampled_from((other, bytes(PAGE), b"\xff" * PAGE)))
    is_refused(sound, sound.write(bytes(content)))


VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-1, 260),
    st.floats(),
    st.text(max_size=20),
    st.binary(max_size=40),
    st.sampled_from(("always", "CHV 01 and key 01", "aes", "rsa", "enabled", "1 2", "x" * 100_000, b"x" * 100_000)),
)


def drawn_row(connection: sqlite3.Connection, data: st.DataObject) -> tuple[str, list[str], object] | None:
    """A table, its columns, and what the first of them has in one of its rows; ``None`` for a table without rows."""
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    # Drawn as numbers: what is drawn must not depend on what is in the image by now.
    which, row = data.draw(st.integers(0, 255)), data.draw(st.integers(0, 255))
    table = names[which % len(names)]
    columns = [column[1] for column in connection.execute(f"PRAGMA table_info({table})")]
    keys = [key for (key,) in connection.execute(f"SELECT DISTINCT {columns[0]} FROM {table}")]  # noqa: S608
    return (table, columns, keys[row % len(keys)]) if keys else None


@settings(max_examples=60)
@given(data=st.data())
def test_values_of_any_kind_in_any_column(sound: Sound, data: st.DataObject) -> None:
    path = sound.write(data.draw(st.sampled_from(sound.images)))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for _ in range(data.draw(st.integers(1, 3))):
            row = drawn_row(connection, data)
            column, value = data.draw(st.integers(0, 255)), data.draw(VALUES)
            if row is not None:
                table, columns, key = row
                change = f"UPDATE {table} SET {columns[column % len(columns)]} = ? WHERE {columns[0]} IS ?"  # noqa: S608
                with suppress(sqlite3.IntegrityError):
                    connection.execute(change, (value, key))
    is_refused(sound, path)


@settings(max_examples=40)
@given(data=st.data())
def test_rows_that_are_missing(sound: Sound, data: st.DataObject) -> None:
    path = sound.write(data.draw(st.sampled_from(sound.images)))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        row = drawn_row(connection, data)
        if row is not None:
            table, columns, key = row
            connection.execute(f"DELETE FROM {table} WHERE {columns[0]} IS ?", (key,))  # noqa: S608
    is_refused(sound, path)


@settings(max_examples=30)
@given(data=st.data())
def test_a_write_ahead_log_that_is_damaged(sound: Sound, data: st.DataObject) -> None:
    path = sound.write(sound.images[0])
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(data.draw(st.sampled_from(("UPDATE chvs SET tries_left = 1", "UPDATE files SET sfi = 7"))))
        content, log = path.read_bytes(), bytearray(path.with_name("some.card-wal").read_bytes())
    for place, byte in data.draw(
        st.lists(st.tuples(st.integers(0, len(log) - 1), st.integers(0, 255)), max_size=5), label="flipped"
    ):
        log[place] = byte
    is_refused(sound, sound.write(content, wal=bytes(log)))


@pytest.mark.parametrize("table", [table.name for table in TABLES])
@pytest.mark.parametrize(
    "change",
    [
        "DROP TABLE {}",
        "ALTER TABLE {} ADD COLUMN more",
        "ALTER TABLE {} RENAME TO other",
        "CREATE INDEX more ON {} (1)",
        "CREATE TRIGGER more BEFORE UPDATE ON {} BEGIN SELECT randomblob(1000000000); END",
        "CREATE VIEW more AS SELECT * FROM {}",
    ],
)
def test_tables_that_are_not_those_of_an_image(sound: Sound, table: str, change: str) -> None:
    path = sound.write(sound.images[0])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(change.format(table))
    assert is_refused(sound, path)


@pytest.mark.parametrize(
    "text", ["CREATE TABLE keys (df, reference)", "nonsense", "CREATE VIRTUAL TABLE keys USING fts5(a)", "\udcbb"]
)
def test_a_schema_that_was_written_over(sound: Sound, text: str) -> None:
    path = sound.write(sound.images[0])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        value = text.encode("utf-8", "surrogateescape")
        connection.execute("UPDATE sqlite_master SET sql = CAST(? AS TEXT) WHERE name = 'keys'", (value,))
        connection.commit()
    assert is_refused(sound, path)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (18, b"\3"),  # a format that SQLite could only read
        (18, b"\3\3"),
        (28, b"\0\0\0\x63"),  # another number of pages, which SQLite would set right
        (24, b"\0\0\x11\x11"),
        (0, b"s"),
    ],
)
def test_a_head_that_sqlite_would_put_up_with(sound: Sound, place: int, value: bytes) -> None:
    content = bytearray(sound.images[0])
    content[place : place + len(value)] = value
    assert is_refused(sound, sound.write(bytes(content)))


@given(content=st.binary(max_size=200))
@example(content=b"SQLite format 3\0" + bytes(200))
def test_files_of_any_kind(sound: Sound, content: bytes) -> None:
    assert is_refused(sound, sound.write(content))


def test_what_says_nothing_of_an_image_is_not_called_damage(sound: Sound) -> None:
    with pytest.raises(CardImageError) as refusal:
        Card.open(sound.folder)
    assert type(refusal.value) is CardImageError
