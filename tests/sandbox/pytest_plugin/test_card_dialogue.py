"""What the report of a failing test shows of its card, and what it never shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import Card
from iso7816.icc import ICCMute, ICCRemoved
from sandbox.pytest_plugin.dialogue.record import LONGEST, Event, Record, RecordedICC
from sandbox.pytest_plugin.dialogue.report import SHOWN, TITLE, told
from scardmgr.winscard import EmbeddedResourceManager, Key, PINPad
from scardmgr.winscard.part10.features import Feature, feature_code
from scardmgr.winscard.part10.structures import PINFormat, PINVerification
from virtual_reader import insert

RunPytest = Callable[..., pytest.RunResult]

PIN = "9 8 7 6"
SECRET = re.compile("9876|39 ?38 ?37 ?36", re.IGNORECASE)
VERIFIES = """
    def verify(manage):
        with manage.CreateCHVerification() as verification:
            verification.Verify(b"98" + b"76", scardmgr.SCARD_FLAGS.SC_FL_IHV_GLOBAL, 1)
"""
MASKED = "> 00 20 00 01 04 ** ** ** **"


def properties(path: Path) -> dict[str, list[str]]:
    """Of each test case in a JUnit report, the dialogues."""
    found: dict[str, list[str]] = {}
    for case in ElementTree.parse(path).iter("testcase"):  # noqa: S314 - written by the run before
        values = [each.get("value", "") for each in case.iter("property") if each.get("name") == TITLE]
        found.setdefault(case.get("name", ""), []).extend(values)
    return found


def section(result: pytest.RunResult, test: str) -> str:
    """The dialogue in the terminal report of a test's failure."""
    shown = result.stdout.str()
    report = re.search(
        rf"^_+ (?:ERROR at \w+ of )?{test} _+$(.*?)(?=^(?:_{{3,}}|={{3,}}) )", shown, re.MULTILINE | re.DOTALL
    )
    assert report is not None, shown
    return report[1].partition(f"- {TITLE} -")[2].partition("\n")[2]


@pytest.mark.parametrize("options", [["--scard-via=embedded"], ["--scard-via=pcscd"], ["--scard-via=pcscd", "-n2"]])
def test_a_failing_test_shows_what_was_said_to_its_card_in_words(
    run_pytest: RunPytest, pytester: pytest.Pytester, options: list[str]
) -> None:
    result = run_pytest(
        VERIFIES
        + """
    def test_fails(manage):
        verify(manage)

    def test_passes(manage):
        with pytest.raises(scardmgr.HResultError):
            verify(manage)
        """,
        "--junitxml=report.xml",
        *options,
    )
    result.assert_outcomes(passed=1, failed=1)
    shown = section(result, "test_fails")
    assert f"VERIFY CHV 01 (card holder, global), 4 bytes (masked)\n  {MASKED}" in shown
    assert "63C2" in shown
    kept = properties(pytester.path / "report.xml")
    assert kept["test_passes"] == []
    (text,) = kept["test_fails"]
    assert text.strip() in shown
    assert MASKED in text
    everything = result.stdout.str() + (pytester.path / "report.xml").read_text()
    assert not SECRET.search(everything)


def test_a_failure_before_or_behind_the_test_shows_it_too(run_pytest: RunPytest, pytester: pytest.Pytester) -> None:
    result = run_pytest(
        """
        @pytest.fixture
        def fails_before(reader):
            use(reader)
            assert False, "before"

        @pytest.fixture
        def fails_behind(reader):
            yield
            use(reader)
            assert False, "behind"

        def test_before(fails_before):
            pass

        def test_behind(fails_behind):
            pass

        def test_both(fails_behind):
            assert False, "in the middle"
        """,
        "--junitxml=report.xml",
    )
    result.assert_outcomes(passed=1, failed=1, errors=3)
    for test in ("test_before", "test_behind"):
        assert "UPDATE BINARY EF 0100 (free to write), offset 0, 4 bytes" in section(result, test)
        assert "power off" not in section(result, test), "what the plugin does behind the test is no part of it"
    kept = properties(pytester.path / "report.xml")
    assert "UPDATE BINARY" in kept["test_before"][-1]
    assert "UPDATE BINARY" in kept["test_behind"][-1]
    assert sorted("UPDATE BINARY" in text for text in kept["test_both"]) == [False, True]


def test_what_a_program_says_that_the_test_starts_is_shown(run_pytest: RunPytest) -> None:
    result = run_pytest(
        """
        PROGRAM = '''
        from scardmgr.winscard import resource_manager
        rm = resource_manager("pcsc")
        context = rm.establish_context()
        handle = rm.connect(context, rm.list_readers(context)[0]).handle
        rm.transmit(handle, bytes.fromhex("002000010439" "383736"))
        '''

        @pytest.mark.card("iso7816", via="pcscd")
        def test_program(reader):
            program = "\\n".join(line.strip() for line in PROGRAM.splitlines())
            subprocess.run([sys.executable, "-c", program], env={**os.environ, **reader.environment}, check=True)
            assert False, "to see it"
        """
    )
    assert f"VERIFY CHV 01 (card holder, global), 4 bytes (masked)\n  {MASKED}" in section(result, "test_program")


def test_power_reset_hands_and_cards_that_do_not_answer_are_shown(run_pytest: RunPytest) -> None:
    result = run_pytest(
        """
        from emulator import Card
        from iso7816.icc import ICCMute

        class Mute:
            always_ends = True
            def power_on(self):
                return bytes.fromhex("3B00")
            reset = power_on
            def power_off(self):
                pass
            def transmit(self, command):
                raise ICCMute

        def test_moves(reader):
            rm, handle = reader.resource_manager, connect(reader)
            rm.reconnect(handle, initialization=Disposition.RESET)
            rm.reconnect(handle, initialization=Disposition.UNPOWER)
            reader.remove()
            reader.insert()
            reader.swap(Mute())
            rm.transmit(connect(reader), bytes.fromhex("00840000"))

        def test_untouched(reader):
            assert False, "nobody asked the card"

        @pytest.mark.card("nobody's.toml")
        def test_wrong_use(reader):
            pass
        """
    )
    result.assert_outcomes(failed=2, errors=1)
    shown = section(result, "test_moves").splitlines()
    atr = "ATR 3B 8B 01"
    events = [line for line in shown if line.startswith(("power", "reset", "insert", "remove", "another"))]
    words = [line.partition(f", {atr}")[0] for line in events]
    wanted = ["reset", "power off", "power on", "removed", "inserted", "another card inserted"]
    positions = [words.index(word) for word in wanted]
    assert positions == sorted(positions), events
    assert "  < no answer: the card is mute" in shown
    assert "(nothing was said to the card)" in section(result, "test_untouched")
    assert TITLE not in result.stdout.str().split("ERROR at setup of test_wrong_use")[1].split("= FAILURES =")[0]


def test_a_long_dialogue_is_shown_from_its_beginning(run_pytest: RunPytest, tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    result = run_pytest(
        """
        def test_long(reader):
            rm, handle = reader.resource_manager, connect(reader)
            for number in range(900):
                rm.transmit(handle, bytes((0, 0xB0, number >> 8, number & 0xFF, 1)))
            assert False
        """,
        f"--junitxml={junit}",
    )
    (in_junit,) = properties(junit)["test_long"]
    for shown in (section(result, "test_long"), in_junit):
        numbers = [int(number) for number in re.findall(r"READ BINARY current EF, offset (\d+)", shown)]
        assert numbers == list(range(900))
        assert "left out" not in shown


def test_of_very_many_the_latest_are_shown(run_pytest: RunPytest, tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    result = run_pytest(
        """
        def test_many(card):
            card.power_on()

        def test_more(reader):
            rm, handle = reader.resource_manager, connect(reader)
            for number in range(7000):
                rm.transmit(handle, bytes((0, 0xB0, number >> 8, number & 0xFF, 1)))
            assert False
        """,
        f"--junitxml={junit}",
    )
    (in_junit,) = properties(junit)["test_more"]
    for shown in (section(result, "test_more"), in_junit):
        numbers = [int(number) for number in re.findall(r"READ BINARY current EF, offset (\d+)", shown)]
        assert numbers == list(range(7000 - SHOWN, 7000))
        assert re.match(rf"\(left out: {7000 - SHOWN} earlier\)\n", shown)


def test_no_fixture_shows_a_secret_where_pytest_shows_it(run_pytest: RunPytest) -> None:
    result = run_pytest(
        VERIFIES
        + """
    def test_objects(card, reader, resource_manager, manage, request):
        try:
            verify(manage)
        except scardmgr.HResultError:
            pass
        from sandbox.pytest_plugin import RECORD
        record = request.node.stash[RECORD]
        shown = [repr(each) for each in (card, reader, resource_manager, manage, record, request.node.funcargs)]
        assert not [text for text in shown if "9" "876" in text]
        assert False
        """,
        "--showlocals",
        "--tb=long",
    )
    result.assert_outcomes(failed=1)
    assert MASKED in section(result, "test_objects")
    assert not SECRET.search(result.stdout.str())


@pytest.mark.parametrize("via", ["embedded", "pcscd"])
def test_a_card_that_gives_no_bytes_is_told_of_without_what_it_gave(run_pytest: RunPytest, via: str) -> None:
    result = run_pytest(
        f"""
        class Echo:
            def power_on(self):
                return bytearray.fromhex("3B00")

            def power_off(self):
                pass

            reset = power_on

            def transmit(self, command):
                return command[5:].decode() if command[1] == 0x20 else bytearray.fromhex("9000")

        @pytest.mark.card(what=Echo, via="{via}")
        def test_echo(reader):
            handle = connect(reader)
            assert reader.resource_manager.transmit(handle, SELECT) == OK
            try:
                reader.resource_manager.transmit(handle, bytes((0, 0x20, 0, 1, 4, *map(ord, reversed("6789")))))
            except TypeError as error:
                assert str(error) == "the card's transmit() gives a str, not bytes"
            assert False

        @pytest.mark.card(what=Echo, via="{via}")
        def test_next(reader):
            assert reader.resource_manager.transmit(connect(reader), SELECT) == OK
        """,
        "--showlocals",
    )
    result.assert_outcomes(failed=1, passed=1)
    lines = section(result, "test_echo").splitlines()
    assert "  < 9000 normal processing" in lines
    assert f"  {MASKED}" in lines
    assert "  < no answer: TypeError in the card" in lines
    assert not SECRET.search(result.stdout.str())


# What is told, without pytest


def record_of(*entries: tuple[bytes | Event, bytes | str | None]) -> Record:
    record = Record()
    for what, answer in entries:
        record.note(what, answer)
    return record


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(Event)) | st.binary(max_size=40),
            st.binary(max_size=40) | st.none() | st.sampled_from(["the card is mute"]),
        ),
        max_size=8,
    )
)
def test_whatever_the_bytes_the_text_can_stand_in_xml(entries: list[tuple[bytes | Event, bytes | str | None]]) -> None:
    text = told(record_of(*entries), "iso7816")
    assert all(line.isprintable() for line in text.split("\n"))
    element = ElementTree.Element("property", value=text)
    assert ElementTree.fromstring(ElementTree.tostring(element)).get("value") == text  # noqa: S314 - built here


PINS = st.integers(1, 12).flatmap(lambda size: st.tuples(*[st.text("0123456789", min_size=size, max_size=size)] * 2))
LENGTHS = st.none() | st.just(b"") | st.integers(0, 255).map(lambda lc: bytes((lc,)))


@given(
    pins=PINS,
    chained=st.booleans(),
    ins=st.sampled_from((0x20, 0x21, 0x24, 0x2C, 0xDA, 0xDB)),
    lengths=LENGTHS,
    extended=st.booleans(),
    response=st.sampled_from((b"\x90\x00", b"\x61\x04", b"\x67\x00", "the card is mute", None)),
    echoes=st.booleans(),
    get_response=st.sampled_from((bytes.fromhex("00C0000004"), bytes.fromhex("00C000000400"))),
    under_way=st.booleans(),
)
def test_two_pins_make_the_same_report(
    pins: tuple[str, str],
    chained: bool,
    ins: int,
    lengths: bytes | None,
    extended: bool,
    response: bytes | str | None,
    echoes: bool,
    get_response: bytes,
    under_way: bool,
) -> None:
    texts = set()
    for pin in pins:
        parts = (pin[: len(pin) // 2], pin[len(pin) // 2 :]) if chained else (pin,)
        record = record_of((Event.POWER_ON, b"\x3b\x00"))
        for number, part in enumerate(parts):
            cla = 0x10 if number < len(parts) - 1 else 0x00
            size = len(part)
            right = b"\0" + size.to_bytes(2, "big") if extended else bytes((size,))
            command = bytes((cla, ins, 0, 0x01)) + (right if lengths is None else lengths) + part.encode()
            answer = part.encode() + response if echoes and isinstance(response, bytes) else response
            record.note(command, answer)
            record.note(get_response, (part.encode() if echoes else b"") + b"\x90\x00")
        if under_way:
            record.under_way = command
        texts.add(told(record, "iso7816"))
    assert len(texts) == 1


def test_a_pin_from_a_pin_pad_is_masked() -> None:
    record, pad = Record(), PINPad(10.0)
    with (
        Card.from_profile("iso7816") as card,
        insert(RecordedICC(card, record), into=EmbeddedResourceManager(), pin_pad=pad) as reader,
    ):
        rm = reader.resource_manager
        handle = rm.connect(rm.establish_context(), reader.name).handle
        pad.press("9876", Key.ENTER)
        request = PINVerification(
            time_out=30,
            time_out_after_key=30,
            format=PINFormat(0x82, 0x00, 0x00),
            minimum=4,
            maximum=8,
            apdu=bytes.fromhex("0020000100"),
        )
        rm.control(handle, feature_code(Feature.VERIFY_PIN_DIRECT), request.to_bytes())
    text = told(record, "iso7816")
    assert MASKED in text
    assert not SECRET.search(text)


def test_a_long_apdu_is_cut() -> None:
    text = told(record_of((bytes.fromhex("00B00000000000"), bytes(60_000) + b"\x90\x00")))
    assert max(map(len, text.splitlines())) < 1000
    assert "…" in text


def test_a_command_that_is_not_answered_yet_is_shown() -> None:
    record = record_of()
    record.under_way = bytes.fromhex("00840000")
    assert told(record).splitlines()[-1] == "  < no answer: not yet"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ICCMute(), "the card is mute"),
        (ICCRemoved(), "the card is gone"),
        (ValueError(PIN), "ValueError in the card"),
        (KeyboardInterrupt(), "not yet, when the test was ended"),
    ],
)
def test_why_there_is_no_answer(error: BaseException, words: str) -> None:
    class Failing:
        def power_on(self) -> bytes:
            raise error

        def power_off(self) -> None:
            raise error

        reset = power_on

        def transmit(self, _command: bytes) -> bytes:
            raise error

    record = Record()
    icc = RecordedICC(Failing(), record)
    for verb in (icc.power_on, icc.reset, lambda: icc.transmit(bytes.fromhex("00840000"))):
        with pytest.raises(type(error)):
            verb()
    lines = told(record).splitlines()
    assert lines[0] == f"power on: {words}"
    assert lines[1] == f"reset: {words}"
    assert lines[-1] == f"  < no answer: {words}"
    assert record.under_way is None


def test_another_card_has_other_names() -> None:
    select, put = bytes.fromhex("00A4000C027F10"), bytes.fromhex("00DA010104") + b"9876"
    ours, others = (told(record_of((event, None), (select, b"\x90\x00"), (put, b"\x90\x00")), "iso7816")
                    for event in (Event.INSERTED, Event.SWAPPED))  # fmt: skip
    assert "7F10 (scardmgr sample)" in ours
    assert SECRET.search(ours), "the profile calls this data object public"
    assert "(scardmgr sample)" not in others
    assert not SECRET.search(others)


def test_the_record_is_bounded_and_counts_what_it_dropped() -> None:
    record = Record()
    for _ in range(LONGEST + 30):
        record.note(bytes.fromhex("00840000"), b"\x90\x00")
    assert len(record.entries) == LONGEST
    assert told(record).startswith(f"(left out: {LONGEST + 30 - SHOWN} earlier)\n")


def test_what_is_shown_of_a_response_in_parts_is_masked_wherever_the_report_begins() -> None:
    internal, more = bytes.fromhex("0088000101AA"), bytes.fromhex("00C0000008")
    record = record_of((internal, b"\x61\x08"), *[(more, b"9876" + b"\x61\x08")] * 2000)
    text = told(record)
    assert not SECRET.search(text)
    assert "** ** ** **" in text


def test_whether_the_card_has_its_power_before_or_after_the_test_begins_makes_no_difference() -> None:
    on, challenge = (Event.POWER_ON, b"\x3b\x00"), (bytes.fromhex("00840000"), b"\x90\x00")
    assert told(record_of(on, challenge)) == told(record_of(challenge))
    assert told(record_of((Event.POWER_ON, "the card is mute"))) == "power on: the card is mute"
    again = told(record_of((Event.POWER_OFF, None), on, challenge))
    assert again.startswith("power off\npower on, ATR 3B 00\nGET CHALLENGE")
