"""The table from status words to HRESULTs."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iso7816.apdu import ResponseAPDU
from iso7816.status_words import SW, describe_status_word, is_success
from sandbox.pytest_plugin import CardReader
from scardmgr import REFTYPE, SCARD_FLAGS, SEEKTYPE, TLV_TABLE, HResultError, ISCardFileAccess, SCardManage, providers
from scardmgr.com.errors import HRESULT
from scardmgr.providers.card_errors import Purpose, card_error, hresult_of_status, require_success
from scardmgr.winscard.codes import SCardCode

F, D, L, X = Purpose.FILE, Purpose.DIRECTORY, Purpose.LISTING, Purpose.DELETION
R, W, P = Purpose.READING, Purpose.WRITING, Purpose.SEEKING
C, Q, A = Purpose.CODE, Purpose.CODE_CHECK, Purpose.AUTHENTICATION
E, K, S, G = Purpose.ENVIRONMENT, Purpose.KEY_USE, Purpose.SIGNATURE, Purpose.CRYPTOGRAM
UNSUPPORTED = "SCARD_E_UNSUPPORTED_FEATURE"

#: Every word of ISO/IEC 7816-4:2020, tables 6 and 7, and some that are in neither: what it stands for, whatever it is
#: about, and then what it stands for about something in particular.
ROWS: dict[int, tuple[str, dict[Purpose, str]]] = {
    0x6200: ("SCARD_E_UNEXPECTED", {}),
    **dict.fromkeys((0x6202, 0x6203, 0x6280), ("SCARD_E_UNEXPECTED", {})),
    0x6281: ("SCARD_E_COMM_DATA_LOST", {}),
    0x6282: ("SCARD_W_EOF", {W: "SCARD_E_WRITE_TOO_MANY", P: "SCARD_E_BAD_SEEK"}),
    0x6283: ("SCARD_E_NO_ACCESS", {}),
    0x6284: ("SCARD_E_UNEXPECTED", {}),
    0x6285: ("SCARD_E_NO_ACCESS", {}),
    0x6286: ("SCARD_E_NOT_READY", {}),
    0x6287: ("SCARD_E_NO_ACCESS", {}),
    0x62F0: ("SCARD_E_UNEXPECTED", {}),
    0x6300: (
        "SCARD_E_UNEXPECTED",
        {
            C: "SCARD_W_WRONG_CHV",
            Q: "SCARD_W_CARD_NOT_AUTHENTICATED",
            A: "SCARD_W_CARD_NOT_AUTHENTICATED",
            **dict.fromkeys((E, K, G), "SCARD_W_SECURITY_VIOLATION"),
            S: "NTE_BAD_SIGNATURE",
        },
    ),
    0x6381: ("SCARD_E_WRITE_TOO_MANY", {}),
    0x63F0: ("SCARD_E_UNEXPECTED", {}),
    0x6400: ("SCARD_F_INTERNAL_ERROR", {}),
    0x6401: ("SCARD_E_UNEXPECTED", {}),
    **dict.fromkeys((0x6402, 0x6480), ("SCARD_E_UNEXPECTED", {})),
    0x6481: ("SCARD_F_INTERNAL_ERROR", {}),
    0x6500: ("SCARD_F_INTERNAL_ERROR", {}),
    0x6581: ("SCARD_F_INTERNAL_ERROR", {}),
    0x6600: ("SCARD_W_SECURITY_VIOLATION", {}),
    0x6700: ("E_INVALIDARG", {L: "E_NOTIMPL", C: "SCARD_E_INVALID_CHV", Q: UNSUPPORTED}),
    0x6701: ("E_INVALIDARG", {L: "E_NOTIMPL"}),
    0x6702: ("E_INVALIDARG", {L: "E_NOTIMPL", C: "SCARD_E_INVALID_CHV", Q: UNSUPPORTED}),
    0x6800: (UNSUPPORTED, {L: "E_NOTIMPL"}),
    0x6881: (UNSUPPORTED, {L: "E_NOTIMPL"}),
    0x6882: (UNSUPPORTED, {L: "E_NOTIMPL"}),
    0x6883: (UNSUPPORTED, {L: "E_NOTIMPL"}),
    0x6884: (UNSUPPORTED, {L: "E_NOTIMPL"}),
    0x6900: ("SCARD_E_NO_ACCESS", {}),
    0x6981: (UNSUPPORTED, {}),
    0x6982: ("SCARD_W_SECURITY_VIOLATION", {}),
    0x6983: ("SCARD_W_CHV_BLOCKED", {}),
    0x6984: ("SCARD_E_NO_ACCESS", {}),
    0x6985: ("SCARD_E_NO_ACCESS", {A: "SCARD_W_CARD_NOT_AUTHENTICATED"}),
    0x6986: ("SCARD_E_NO_FILE", {}),
    0x6987: ("SCARD_W_SECURITY_VIOLATION", {}),
    0x6988: ("SCARD_W_SECURITY_VIOLATION", {}),
    0x69F0: ("SCARD_E_NO_ACCESS", {}),
    0x6A00: ("E_INVALIDARG", {L: "E_NOTIMPL"}),
    0x6A80: (
        "E_INVALIDARG",
        {L: "E_NOTIMPL", C: "SCARD_E_INVALID_CHV", Q: UNSUPPORTED, E: UNSUPPORTED, G: "NTE_BAD_DATA"},
    ),
    0x6A81: (UNSUPPORTED, dict.fromkeys((L, X), "E_NOTIMPL")),
    0x6A82: ("SCARD_E_FILE_NOT_FOUND", {L: "E_NOTIMPL", D: "SCARD_E_DIR_NOT_FOUND"}),
    0x6A83: ("SCARD_W_EOF", {L: "E_NOTIMPL", P: "SCARD_E_BAD_SEEK"}),
    0x6A84: ("SCARD_E_WRITE_TOO_MANY", {L: "E_NOTIMPL"}),
    0x6A85: ("E_INVALIDARG", {L: "E_NOTIMPL"}),
    0x6A86: ("E_INVALIDARG", {L: "E_NOTIMPL", **dict.fromkeys((E, K, S, G), UNSUPPORTED)}),
    0x6A87: ("E_INVALIDARG", {L: "E_NOTIMPL", C: "SCARD_E_INVALID_CHV", Q: UNSUPPORTED}),
    0x6A88: ("E_INVALIDARG", {L: "E_NOTIMPL", **dict.fromkeys((E, K, S, G), "NTE_NO_KEY")}),
    0x6A89: ("E_INVALIDARG", {L: "E_NOTIMPL"}),
    0x6A8A: ("E_INVALIDARG", {L: "E_NOTIMPL"}),
    0x6AF0: ("E_INVALIDARG", {L: "E_NOTIMPL"}),
    0x6B00: (
        "E_INVALIDARG",
        {
            L: "E_NOTIMPL",
            R: "SCARD_W_EOF",
            W: "SCARD_E_WRITE_TOO_MANY",
            P: "SCARD_E_BAD_SEEK",
            **dict.fromkeys((E, K, S, G), UNSUPPORTED),
        },
    ),
    0x6BF0: ("E_INVALIDARG", {L: "E_NOTIMPL", **dict.fromkeys((E, K, S, G), UNSUPPORTED)}),
    0x6C10: ("E_INVALIDARG", {L: "E_NOTIMPL"}),
    0x6D00: (UNSUPPORTED, dict.fromkeys((L, X), "E_NOTIMPL")),
    0x6E00: (UNSUPPORTED, dict.fromkeys((L, X), "E_NOTIMPL")),
    0x6F00: ("SCARD_F_UNKNOWN_ERROR", {}),
    0x6FF0: ("SCARD_F_UNKNOWN_ERROR", {}),
    0x9A04: ("SCARD_F_UNKNOWN_ERROR", {}),
    0x0000: ("SCARD_F_UNKNOWN_ERROR", {}),
    0xFFFF: ("SCARD_F_UNKNOWN_ERROR", {}),
    **{
        0x63C0 + tries: (
            "SCARD_E_UNEXPECTED",
            {
                C: "SCARD_W_WRONG_CHV",
                Q: "SCARD_W_CARD_NOT_AUTHENTICATED",
                A: "SCARD_W_CARD_NOT_AUTHENTICATED",
                **dict.fromkeys((E, K, G), "SCARD_W_SECURITY_VIOLATION"),
                S: "NTE_BAD_SIGNATURE",
            },
        )
        for tries in range(16)
    },
}


def meaning_of(sw: int, purpose: Purpose) -> str:
    general, particular = ROWS[sw]
    return particular.get(purpose, general)


def test_every_word_with_a_meaning_has_a_row() -> None:
    assert {int(word) for word in SW if not is_success(word)} <= set(ROWS)


@pytest.mark.parametrize("sw", ROWS, ids="{:04X}".format)
def test_a_word_means_what_the_card_meant(sw: int) -> None:
    for purpose in Purpose:
        error = card_error(sw, purpose)
        assert (error.name, error.sw) == (meaning_of(sw, purpose), sw), purpose
        assert hresult_of_status(sw, purpose) == error.hresult


# Through the interfaces


class Refusing:
    """An ICC that answers every command with one word, which the test sets.

    Attributes:
        word: the word.
        selects: whether it takes SELECT, and SELECT alone.
    """

    def __init__(self) -> None:
        self.word = 0x6F00
        self.selects = False

    def power_on(self) -> bytes:
        return bytes.fromhex("3B800181")

    def power_off(self) -> None:
        """Nothing volatile here."""

    def reset(self) -> bytes:
        return self.power_on()

    def transmit(self, command: bytes) -> bytes:
        return b"\x90\x00" if self.selects and command[1] == 0xA4 else self.word.to_bytes(2, "big")


ID, CHV_1 = REFTYPE.SC_TYPE_BY_ID, (SCARD_FLAGS.SC_FL_IHV_GLOBAL, 1)
CHECK_1 = (SCARD_FLAGS.SC_FL_IHV_GLOBAL | SCARD_FLAGS.SC_FL_IHV_CHECKONLY, 1)


def on_file(method: Callable[[ISCardFileAccess, int], object]) -> Callable[[SCardManage], object]:
    """The method, of a file that is open."""

    def call(manage: SCardManage) -> None:
        files = manage.CreateFileAccess()
        method(files, files.Open(ID, "6F01"))

    return call


#: What is refused, and what it is about.
REFUSED: dict[str, tuple[Purpose, Callable[[SCardManage], object]]] = {
    "Open": (F, lambda manage: manage.CreateFileAccess().Open(ID, "6F01")),
    "ChangeDir": (D, lambda manage: manage.CreateFileAccess().ChangeDir(ID, "7F10")),
    "Verify": (C, lambda manage: manage.CreateCHVerification().Verify(b"1234", *CHV_1)),
    "Verify, check only": (Q, lambda manage: manage.CreateCHVerification().Verify(None, *CHECK_1)),
    "ChangeCode": (C, lambda manage: manage.CreateCHVerification().ChangeCode(b"1234", b"5678", *CHV_1)),
    "Unblock": (C, lambda manage: manage.CreateCHVerification().Unblock(0, *CHV_1)),
    "User_Auth": (C, lambda manage: manage.CreateCardAuth().User_Auth(0, b"\x01", b"1234")),
    "APP_Auth": (A, lambda manage: manage.CreateCardAuth().APP_Auth(0, b"\x01", bytes(16))),
    "ICC_Auth": (A, lambda manage: manage.CreateCardAuth().ICC_Auth(0, b"\x01", bytes(16))),
    "GetChallenge": (A, lambda manage: manage.CreateCardAuth().GetChallenge(0, 8)),
}
#: The same of a card that takes SELECT.
REFUSED_ONCE_SELECTED: dict[str, tuple[Purpose, Callable[[SCardManage], object]]] = {
    "Create": (F, lambda manage: manage.CreateFileAccess().Create(ID, "6F20", TLV_TABLE(0x82, b"\x01"))),
    "Delete": (X, lambda manage: manage.CreateFileAccess().Delete(ID, "6F01")),
    "Invalidate": (F, lambda manage: manage.CreateFileAccess().Invalidate("6F01")),
    "Rehabilitate": (F, lambda manage: manage.CreateFileAccess().Rehabilitate("6F01")),
    "SetProperties": (
        F,
        lambda manage: manage.CreateFileAccess().SetProperties(ID, "6F01", 0, TLV_TABLE(0x8A, b"\x04")),
    ),
    "Read": (R, on_file(lambda files, file: files.Read(file, 1))),
    "Seek": (P, on_file(lambda files, file: files.Seek(file, SEEKTYPE.SC_SEEK_FROM_BEGINNING, 50))),
    "Write": (W, on_file(lambda files, file: files.Write(file, b"x"))),
    "Write, erase": (W, on_file(lambda files, file: files.Write(file, b"x", SCARD_FLAGS.SC_FL_ERASE))),
}
#: What is no refusal there: words that Write takes.
TAKEN = {"Write": {0x6381, *range(0x63C0, 0x63D0)}}


@pytest.mark.card(what=Refusing, via=("embedded", "pcscd"))
@pytest.mark.parametrize("method", [*REFUSED, *REFUSED_ONCE_SELECTED])
def test_every_word_comes_through_as_what_it_means_with_the_word_and_its_words(
    manage: SCardManage, reader: CardReader, card: Refusing, method: str
) -> None:
    purpose, call = (REFUSED | REFUSED_ONCE_SELECTED)[method]
    card.selects = method in REFUSED_ONCE_SELECTED
    for sw in ROWS:
        if sw >> 8 == 0x6C or sw in TAKEN.get(method, ()):
            continue  # followed up, and never seen; or no refusal
        card.word = sw
        # What was learned of the card by the word before is forgotten.
        manage.Detach()
        manage.AttachByIFD(reader.name)
        with pytest.raises(HResultError) as caught:
            call(manage)
        assert (caught.value.name, caught.value.sw) == (meaning_of(sw, purpose), sw)
        assert describe_status_word(sw) in str(caught.value)


PROVIDERS = Path(providers.__file__).parent
#: What a card answers is nonsense there, whatever word is with it: that is no meaning of the word.
WITH_A_WORD_OF_NO_MEANING = {"iso/binary_commands.py": {"SCARD_F_COMM_ERROR"}}


@pytest.mark.parametrize("path", sorted(PROVIDERS.rglob("*.py")), ids=lambda path: str(path.relative_to(PROVIDERS)))
def test_no_word_has_a_meaning_beside_the_table(path: Path) -> None:
    name = path.relative_to(PROVIDERS).as_posix()
    raised = [
        call
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) == "HResultError"
        and (len(call.args) > 2 or any(keyword.arg in ("sw", None) for keyword in call.keywords))
    ]
    if name == "card_errors.py":
        assert raised
        return
    codes = {ast.unparse(call.args[0]).rpartition(".")[2] for call in raised}
    assert codes == WITH_A_WORD_OF_NO_MEANING.get(name, set())


@given(sw=st.integers(0, 0xFFFF), purpose=st.sampled_from(Purpose))
def test_every_word_but_success_is_a_failure_with_a_name(sw: int, purpose: Purpose) -> None:
    if is_success(sw):
        return
    code = hresult_of_status(sw, purpose)
    assert code >= 0x80000000
    assert isinstance(code, HRESULT | SCardCode)
    with pytest.raises(HResultError) as caught:
        require_success(ResponseAPDU(b"", sw), purpose)
    assert (caught.value.hresult, caught.value.sw) == (code, sw)


def test_success_and_accepted_words_pass() -> None:
    for sw in (SW.OK, 0x6110):
        assert require_success(ResponseAPDU(b"x", sw)).data == b"x"
    assert require_success(ResponseAPDU(b"x", SW.END_REACHED), accepted=(SW.END_REACHED,)).data == b"x"


@pytest.mark.parametrize(
    ("sw", "purpose", "says"),
    [
        (0x6300, Purpose.AUTHENTICATION, "the authentication failed"),
        (0x63C2, Purpose.CODE_CHECK, "the CHV is not verified"),
        (0x6700, Purpose.CODE_CHECK, "the card does not tell whether the CHV is verified"),
        (0x6D00, Purpose.DELETION, "the card has no command that deletes files"),
        (0x6D00, Purpose.LISTING, "the card does not tell what files it has"),
    ],
)
def test_what_a_code_leaves_open_the_error_says(sw: int, purpose: Purpose, says: str) -> None:
    assert says in str(card_error(sw, purpose))
