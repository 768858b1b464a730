"""Applications of one's own: their commands, what they keep, and where they come from."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from emulator import Application, ApplicationMissing, Card, CardDefinitionError, register_application
from emulator.applications import registry
from emulator.command import CardContext, Case, CommandRow, Response
from emulator.definition.section import Section, integer
from emulator.persistent import CHV
from emulator.session import Session
from iso7816 import SW, CommandAPDU, ResponseAPDU, StatusWordError

SELECT = "00A4040008F061626364656667"
DEFINITION = """
[card]
historical_bytes = "80 31 E0 73 F7 41 FF"
[[applications]]
name = "F0 61 62 63 64 65 66 67"
path = "3F00/7F30"
type = "tests.counter"
[applications.options]
start = 5
[files."3F00/7F30/6F01"]
type = "transparent"
content = "in it"
access = { read = "always" }
[files."3F00/6F02"]
type = "transparent"
content = "beside it"
access = { read = "always" }
"""


def anything(p1: int, p2: int) -> int:
    return p1 << 8 | p2


def count(card: CardContext, command: CommandAPDU, _: int) -> Response:
    """Counts, and fails in the middle for data FF."""
    number = card.values[b"n"][0] + 1
    card.values.put(b"n", bytes((number,)))
    if command.data == b"\xff":
        raise StatusWordError(SW.WRONG_DATA)
    card.values.put(b"last", command.data)
    return bytes((number,)) if command.ne is not None else b""


def remember(card: CardContext, command: CommandAPDU, _: int) -> Response:
    there = card.channel.application_state.get("said", b"")
    card.channel.application_state["said"] = command.data
    return bytes(there)


def forget(card: CardContext, _command: CommandAPDU, _: int) -> Response:
    card.values.remove(b"last")
    card.values.remove(b"last")
    return b",".join(card.values.keys()) + b"/" + b",".join(card.values.keys(b"l"))


def instead_of_reading(_card: CardContext, _command: CommandAPDU, _: int) -> Response:
    return b"mine"


class Counter(Application):
    NAME = "tests.counter"
    COMMANDS = (
        CommandRow("COUNT", 0x10, "here", Case.COMMAND | Case.BOTH, anything, count, cla=0x80),
        CommandRow("REMEMBER", 0x12, "here", Case.BOTH, anything, remember),
        CommandRow("FORGET", 0x14, "here", Case.RESPONSE, anything, forget),
        CommandRow("READ RECORD", 0xB2, "here", Case.RESPONSE, anything, instead_of_reading),
    )

    @classmethod
    def define(cls, options: Section) -> Mapping[bytes, bytes]:
        return {b"n": bytes((options.take("start", integer(0, 9)),)), b"last": b""}


class Alone(Application):
    NAME = "tests.alone"
    COMMANDS = (CommandRow("READ RECORD", 0xB2, "here", Case.RESPONSE, anything, instead_of_reading),)
    KEEPS_CARD_COMMANDS = False

    @classmethod
    def select(cls, _card: CardContext, command: CommandAPDU, control_information: bytes) -> Response:
        if command.p2 == 0x0C:
            raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
        return control_information[:1] + b"!"


class PassThrough:
    """The card's end of a session that changes nothing, and goes on after plain commands or does not."""

    def __init__(self, *, outlives: bool) -> None:
        self.OUTLIVES_PLAIN_COMMANDS = outlives

    def open(self, command: CommandAPDU) -> CommandAPDU:
        return command._replace(cla=0)

    def protect(self, _command: CommandAPDU, response: ResponseAPDU) -> ResponseAPDU:
        return ResponseAPDU(b"protected" + response.data, response.sw)


def begin(card: CardContext, command: CommandAPDU, _: int) -> Response:
    card.begin_session(PassThrough(outlives=command.p1 == 1))
    return b""


class Default(Application):
    NAME = "tests.default"
    COMMANDS = (
        CommandRow("ECHO", 0x10, "here", Case.BOTH, anything, lambda _card, command, _: command.data),
        CommandRow("BEGIN", 0x12, "here", Case.NO_DATA, anything, begin),
    )
    SELECTED_AFTER_RESET = True
    WITHOUT_SESSION = SW.SECURITY_STATUS_NOT_SATISFIED


class OneByOne(Default):
    """A protected command is taken where BEGIN came before it."""

    NAME = "tests.one-by-one"
    COMMANDS = (
        CommandRow("TELL", 0x10, "here", Case.RESPONSE, anything, lambda card, _command, _: b"%d" % tell(card)),
        CommandRow(
            "BEGIN", 0x12, "here", Case.NO_DATA, anything, lambda card, command, _: let_one_come(card, command.p1)
        ),
        CommandRow("LASTS", 0x14, "here", Case.RESPONSE, anything, lambda card, _command, _: lasting(card)),
    )

    @classmethod
    def session_of_one_command(cls, card: CardContext) -> Session:
        begun = card.channel.application_state.pop("begun", None)
        if begun is None:
            return super().session_of_one_command(card)
        card.values.put(b"undone", b"x")
        if begun == COMMITS:
            card.work.commit()
            raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
        if begun == FAILS:
            raise RuntimeError("a mistake in an application")
        return PassThrough(outlives=False)


COMMITS, FAILS = 1, 2
"""P1 of BEGIN: what the next protected command does."""


def lasting(card: CardContext) -> bytes:
    return b"".join(card.values.keys())


def tell(card: CardContext) -> int:
    """Whether the command came protected, and whether there is a session."""
    return 10 * card.channel.is_protected + (card.channel.session is not None)


def let_one_come(card: CardContext, p1: int) -> bytes:
    card.channel.application_state["begun"] = p1
    return b""


def echo_where_asked(_card: CardContext, command: CommandAPDU, _: int) -> Response:
    return b"" if command.ne is None else command.data


class Talkative(Application):
    NAME = "tests.talkative"
    COMMANDS = (CommandRow("ECHO", 0x10, "here", Case.COMMAND | Case.BOTH, anything, echo_where_asked),)
    LENIENT_LE = True

    @classmethod
    def select(cls, _card: CardContext, _command: CommandAPDU, _control_information: bytes) -> Response:
        return b"hello"

    @classmethod
    def define_chvs(cls, options: Section) -> Mapping[int, CHV]:
        return {0x81: CHV(b"1234", options.take("tries", integer(1, 9)), 2, 4, 8)}


class Quiet(Talkative):
    NAME = "tests.quiet"
    LENIENT_LE = False


DEFAULT = DEFINITION.replace("tests.counter", "tests.default").replace("start = 5", "")


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_registered", {})
    register_application(Counter)
    register_application(Alone)
    register_application(Default)
    register_application(OneByOne)
    register_application(Talkative)
    register_application(Quiet)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Card]]:
    """Cards from a definition, powered."""
    cards = []

    def new(text: str = DEFINITION) -> Card:
        path = tmp_path / "card.toml"
        path.write_text(text, encoding="utf-8")
        card = Card.from_profile(path)
        card.power_on()
        cards.append(card)
        return card

    yield new
    for card in cards:
        card.close()


def dump(image: Path) -> list[str]:
    with closing(sqlite3.connect(image)) as connection:
        return list(connection.iterdump())


def say(card: Card, *commands: str) -> str:
    answer = b""
    for command in commands:
        answer = card.transmit(bytes.fromhex(command))
    return answer.hex().upper()


# Commands


def test_its_commands_serve_while_its_df_or_what_is_in_it_is_current(make: Callable[..., Card]) -> None:
    card = make()
    assert say(card, "801000000101") == "6D00"
    assert say(card, SELECT, "80100000010100") == "069000"
    assert say(card, "00A4020C026F01", "80100000010100") == "079000"
    assert say(card, "00A4000C023F00", "80100000010100") == "6D00"


def test_the_card_serves_what_it_has_no_row_for(make: Callable[..., Card]) -> None:
    card = make()
    assert say(card, SELECT, "00A4020C026F01", "00B0000005") == b"in it".hex().upper() + "9000"
    assert say(card, "00B2010400") == b"mine".hex().upper() + "9000"
    assert say(card, "00FF0000") == "6D00"
    assert say(card, "90FF0000") == "6E00"


def test_it_may_have_the_card_to_itself(make: Callable[..., Card]) -> None:
    card = make(DEFINITION.replace("tests.counter", "tests.alone").replace("start = 5", ""))
    assert say(card, SELECT + "00") == "6F219000"
    assert say(card, "0084000008") == "6D00"
    assert say(card, "00B2010400") == b"mine".hex().upper() + "9000"
    assert say(card, "00A4000C023F00") == "6D00"
    card.reset()
    assert say(card, SELECT.replace("A40400", "A4040C")) == "6985"


def test_select_answers_as_for_any_df(make: Callable[..., Card]) -> None:
    assert say(make(), SELECT + "00").startswith("6F")


TALKATIVE = DEFINITION.replace("tests.counter", "tests.talkative").replace("start = 5", "tries = 3")


def test_le_may_be_missing_or_too_little(make: Callable[..., Card]) -> None:
    card = make(TALKATIVE)
    # Also where it is selected from outside.
    assert say(card, SELECT) == b"hello".hex().upper() + "9000"
    assert say(card, SELECT) == b"hello".hex().upper() + "9000"
    assert say(card, "0010000002ABCD") == "ABCD9000"
    assert say(card, "0010000002ABCD01") == "AB6101"
    assert say(card, "00C0000001") == "CD9000"
    quiet = make(TALKATIVE.replace("talkative", "quiet"))
    assert say(quiet, SELECT) == "9000"
    assert say(quiet, "0010000002ABCD") == "9000"
    assert say(quiet, "0010000002ABCD01") == "6700"


def test_it_answers_so_on_t0_as_well(make: Callable[..., Card]) -> None:
    card = make(TALKATIVE.replace("[card]", '[card]\nprotocols = ["T=0"]'))
    say(card, SELECT)
    assert say(card, "0010000002ABCD") == "6102"
    assert say(card, "00C0000002") == "ABCD9000"


def test_it_brings_chvs_for_its_df(make: Callable[..., Card]) -> None:
    card = make(TALKATIVE)
    assert say(card, "00200081") == "6A88"
    assert say(card, SELECT, "00200081") == "63C2"
    assert say(card, "002000810431323334") == "9000"
    with pytest.raises(CardDefinitionError, match=r"applications\[0\].options.tries"):
        make(TALKATIVE.replace("tries = 3", ""))
    chv = '[[chvs]]\nreference = 0x81\ndf = "3F00/7F30"\nvalue = "1234"\n'
    with pytest.raises(CardDefinitionError, match="each reference"):
        make(TALKATIVE + chv)


def test_commands_come_whole(make: Callable[..., Card]) -> None:
    card = make()
    assert say(card, SELECT, "1012000002AABB", "0012000001CC00") == "9000"
    assert say(card, "0012000001DD00") == "AABBCC9000"


def test_a_reset_selects_the_one_that_says_so(make: Callable[..., Card]) -> None:
    card = make(DEFAULT)
    assert say(card, "0010000002AABB00") == "AABB9000"
    assert say(card, "00A4000C023F00", "0010000002AABB00") == "6D00"
    card.reset()
    assert say(card, "0010000002AABB00") == "AABB9000"
    assert say(card, "00700001", "0110000001CC00") == "CC9000", "a channel begins where a reset does"


def test_a_reset_selects_the_mf_where_it_is_gone(make: Callable[..., Card]) -> None:
    card = make(DEFAULT + '[files."3F00/7F30"]\ntype = "DF"\naccess = { delete = "always" }\n')
    assert say(card, "00A4000C023F00", "00E40000027F30") == "9000"
    card.reset()
    assert say(card, "0010000002AABB00") == "6D00"
    assert say(card, "00A4000C026F02") == "9000"


def test_on_t0_its_response_data_wait(make: Callable[..., Card]) -> None:
    card = make(DEFAULT.replace("[card]", '[card]\nprotocols = ["T=0"]'))
    assert say(card, "0010000002AABB") == "6102"
    assert say(card, "00C0000002") == "AABB9000"
    assert say(card, "0012000000") == "9000", "Le cannot be told from no Le"


def test_on_t0_a_selection_with_a_wrong_length_changes_nothing(make: Callable[..., Card]) -> None:
    card = make(DEFINITION.replace("[card]", '[card]\nprotocols = ["T=0"]'))
    assert say(card, SELECT)[:2] == "61"
    assert say(card, "001200000103") == "9000"
    # The MF above it, if the length were right.
    assert say(card, "00A4030000")[:2] == "6C"
    assert say(card, "801000000101") == "6101"
    assert say(card, "001200000104", "00C0000001") == "039000", "what it keeps for this selection"


@pytest.mark.parametrize(("begin", "after"), [("00120100", b"protected".hex() + "AA"), ("00120000", "")])
def test_its_session_outlives_plain_commands_where_it_says_so(
    make: Callable[..., Card], begin: str, after: str
) -> None:
    card = make(DEFAULT)
    assert say(card, "0C10000001AA00") == "6982", "its own word where there is no session"
    assert say(card, begin, "0C10000001AA00") == (b"protected".hex() + "AA").upper() + "9000"
    assert say(card, "0010000001BB00") == "BB9000"
    assert say(card, "0C10000001AA00") == (after.upper() + "9000" if after else "6982")


def test_it_may_have_sessions_of_one_command(make: Callable[..., Card]) -> None:
    card = make(DEFAULT.replace("tests.default", "tests.one-by-one"))
    assert say(card, "0C10000000") == "6982", "its own word where there is none"
    assert say(card, "00120000", "0010000000") == b"0".hex() + "9000", "a plain command is as ever"
    assert say(card, "0C10000000") == (b"protected".hex() + b"10".hex()).upper() + "9000"
    assert say(card, "0010000000") == b"0".hex() + "9000"
    assert say(card, "0C10000000") == "6982"


def test_what_such_a_session_changes_and_does_not_commit_is_undone(make: Callable[..., Card]) -> None:
    card = make(DEFAULT.replace("tests.default", "tests.one-by-one"))
    for p1, word in (("00", "9000"), ("02", "6F00")):
        assert say(card, f"0012{p1}00", "0C10000000").endswith(word)
        assert say(card, "0014000000") == "9000"
    assert say(card, "00120100", "0C10000000") == "6985"
    assert say(card, "0014000000") == b"undone".hex().upper() + "9000"


# What it keeps


def test_a_command_changes_all_or_nothing(make: Callable[..., Card]) -> None:
    card = make()
    assert say(card, SELECT, "8010000001FF") == "6A80"
    assert say(card, "80100000010100") == "069000"


def test_values_have_keys_in_order_and_can_be_removed(make: Callable[..., Card]) -> None:
    assert say(make(), SELECT, "0014000000") == b"n/".hex().upper() + "9000"


def test_what_it_keeps_for_a_selection_ends_with_it(make: Callable[..., Card]) -> None:
    card = make()
    assert say(card, SELECT, "0012000001AA00", "0012000001BB00") == "AA9000"
    assert say(card, SELECT, "0012000001CC00") == "9000"
    assert say(card, "00A4000C023F00", SELECT, "0012000001CC00") == "9000"
    card.reset()
    assert say(card, SELECT, "0012000001CC00") == "9000"


def test_each_channel_has_its_own(make: Callable[..., Card]) -> None:
    card = make()
    assert say(card, SELECT, "0012000001AA00", "00700001", "0112000001BB00") == "6D00"
    assert say(card, "01" + SELECT[2:], "0112000001BB00") == "9000"
    assert say(card, "0012000001CC00") == "AA9000"
    assert say(card, "01700000 01", "0212000001EE00") == "9000", "a channel opened from another begins there"


def test_it_goes_with_its_df(make: Callable[..., Card]) -> None:
    card = make(DEFINITION + '[files."3F00/7F30"]\ntype = "DF"\naccess = { delete = "always" }\n')
    assert say(card, "00A4000C023F00", "00E40000027F30") == "9000"
    assert say(card, SELECT) == "6A82"
    assert card.snapshot().state().application_values == {}


def test_an_image_keeps_it(make: Callable[..., Card], tmp_path: Path) -> None:
    card = make()
    say(card, SELECT, "801000000101")
    image = tmp_path / "image.card"
    card.save(image)
    with Card.open(image) as again:
        again.power_on()
        assert say(again, SELECT, "80100000010100") == "079000"
    with Card.open(image, mode="copy") as again:
        again.power_on()
        assert say(again, SELECT, "80100000010100") == "089000"
    with Card.open(image) as again:
        again.power_on()
        assert say(again, SELECT, "80100000010100", "0014000000") == b"n/".hex().upper() + "9000"


def test_a_snapshot_brings_it_back(make: Callable[..., Card]) -> None:
    card = make()
    mark = card.snapshot()
    say(card, SELECT, "801000000101")
    card.restore(mark)
    card.power_on()
    assert say(card, SELECT, "80100000010100") == "069000"


# Where it comes from


def test_an_image_without_its_application_is_refused(
    make: Callable[..., Card], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = tmp_path / "image.card"
    make().save(image)
    before = dump(image)
    monkeypatch.setattr(registry, "_registered", {})
    for mode in ("rw", "copy"):
        with pytest.raises(ApplicationMissing, match=r"'tests.counter'.*register"):
            Card.open(image, mode=mode)  # type: ignore[arg-type]
    assert dump(image) == before
    register_application(Counter)
    Card.open(image).close()


def test_no_image_has_code_run(make: Callable[..., Card], tmp_path: Path) -> None:
    image = tmp_path / "image.card"
    make().save(image)
    harmful = tmp_path / "harm.py"
    harmful.write_text("raise SystemExit('run')\n", encoding="utf-8")
    with closing(sqlite3.connect(image)) as connection:
        connection.execute("UPDATE files SET application = ? WHERE application IS NOT NULL", (f"{harmful}:Harm",))
        connection.commit()
    with pytest.raises(ApplicationMissing):
        Card.open(image)


FILE = """
from emulator import Application
class Own(Application):
    NAME = "tests.own"
class Nameless(Application):
    pass
other = 7
"""


def in_file(text: str = DEFINITION, name: str = "own.py:Own") -> str:
    return text.replace("tests.counter", name).replace("start = 5", "")


def test_a_file_beside_the_definition_brings_one(make: Callable[..., Card], tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(FILE, encoding="utf-8")
    card = make(in_file())
    assert say(card, SELECT) == "9000"
    card.save(tmp_path / "own.card")
    Card.open(tmp_path / "own.card").close()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("none.py:Own", FILE, "no file of Python"),
        ("own.py:None", FILE, "no subclass"),
        ("own.py:other", FILE, "no subclass"),
        ("own.py:Nameless", FILE, "NAME"),
        ("own.py:Own", "import no_such_module\n", "cannot be run: ModuleNotFoundError"),
        ("own.py:Own", "1 / 0\n", "cannot be run: ZeroDivisionError"),
        ("own.py:Own", "(\n", "cannot be run: SyntaxError"),
    ],
)
def test_a_file_that_brings_none_is_told(
    make: Callable[..., Card], tmp_path: Path, name: str, content: str, reason: str
) -> None:
    (tmp_path / "own.py").write_text(content, encoding="utf-8")
    with pytest.raises(CardDefinitionError, match=reason) as caught:
        make(in_file(name=name))
    assert caught.value.key == "applications[0].type"


def test_two_of_one_name_are_refused() -> None:
    class Other(Application):
        NAME = "tests.counter"

    register_application(Counter)
    with pytest.raises(ValueError, match="already"):
        register_application(Other)


@pytest.mark.parametrize("name", ["", "with space", "a:b", "x" * 65, None, 7])
def test_a_name_is_a_name(name: Any) -> None:
    with pytest.raises(ValueError, match="NAME"):
        register_application(type("Odd", (Application,), {"NAME": name}))


def test_options_are_checked_by_their_keys(make: Callable[..., Card]) -> None:
    for text, key in (
        (DEFINITION.replace("start = 5", "start = 12"), "applications[0].options.start"),
        (DEFINITION.replace("start = 5", ""), "applications[0].options.start"),
        (DEFINITION.replace("start = 5", "start = 5\nend = 6"), "applications[0].options.end"),
        (DEFINITION.replace("tests.counter", "unknown"), "applications[0].type"),
        (DEFINITION.replace('"tests.counter"', "7"), "applications[0].type"),
    ):
        with pytest.raises(CardDefinitionError) as caught:
            make(text)
        assert caught.value.key == key
