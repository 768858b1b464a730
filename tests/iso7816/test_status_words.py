"""Status words: numbers with a phrase, counters, and words of no known meaning."""

from __future__ import annotations

import pytest

from iso7816.status_words import (
    SW,
    StatusWordError,
    bytes_available,
    counter_word,
    describe_status_word,
    exact_ne,
    is_success,
    is_triggered_by_card,
    is_warning,
    status_phrase,
    tries_left,
)

# ISO/IEC 7816-4:2020, 5.6, tables 6 and 7; as cards of EMV, ICAO 9303 and ETSI TS 102 221 answer them.
TABLED = {
    0x9000: "OK",
    0x6281: "DATA_MAY_BE_CORRUPTED",
    0x6282: "END_REACHED",
    0x6283: "FILE_DEACTIVATED",
    0x6285: "FILE_TERMINATED",
    0x6381: "FILE_FILLED",
    0x6581: "MEMORY_FAILURE",
    0x6700: "WRONG_LENGTH",
    0x6881: "CHANNEL_UNSUPPORTED",
    0x6882: "SECURE_MESSAGING_UNSUPPORTED",
    0x6883: "LAST_OF_CHAIN_EXPECTED",
    0x6884: "CHAINING_UNSUPPORTED",
    0x6981: "INCOMPATIBLE_FILE_STRUCTURE",
    0x6982: "SECURITY_STATUS_NOT_SATISFIED",
    0x6983: "AUTHENTICATION_METHOD_BLOCKED",
    0x6984: "REFERENCE_DATA_NOT_USABLE",
    0x6985: "CONDITIONS_NOT_SATISFIED",
    0x6986: "NO_CURRENT_EF",
    0x6987: "SM_OBJECTS_MISSING",
    0x6988: "SM_OBJECTS_INCORRECT",
    0x6A80: "WRONG_DATA",
    0x6A81: "FUNCTION_UNSUPPORTED",
    0x6A82: "FILE_NOT_FOUND",
    0x6A83: "RECORD_NOT_FOUND",
    0x6A84: "NOT_ENOUGH_MEMORY",
    0x6A86: "INCORRECT_P1_P2",
    0x6A88: "REFERENCED_DATA_NOT_FOUND",
    0x6A89: "FILE_EXISTS",
    0x6A8A: "DF_NAME_EXISTS",
    0x6B00: "OFFSET_OUTSIDE_EF",
    0x6D00: "INS_UNSUPPORTED",
    0x6E00: "CLA_UNSUPPORTED",
    0x6F00: "NO_DIAGNOSIS",
}


@pytest.mark.parametrize(("sw", "name"), TABLED.items())
def test_a_tabled_word_has_its_name_and_a_phrase_of_its_own(sw: int, name: str) -> None:
    assert SW(sw).name == name
    assert status_phrase(sw) == SW(sw).phrase
    assert describe_status_word(sw) == f"{sw:04X} {SW(sw).phrase}"


def test_only_9000_and_61xx_are_success() -> None:
    assert [sw for sw in range(0x10000) if is_success(sw)] == [*range(0x6100, 0x6200), 0x9000]


def test_62xx_and_63xx_are_warnings() -> None:
    assert [sw for sw in range(0x10000) if is_warning(sw)] == [*range(0x6200, 0x6400)]


def test_a_card_triggers_by_6202_to_6280_and_by_6402_to_6480() -> None:
    triggering = [*range(0x6202, 0x6281), *range(0x6402, 0x6481)]
    assert [sw for sw in range(0x10000) if is_triggered_by_card(sw)] == triggering
    assert {status_phrase(sw) for sw in triggering if sw < 0x6400} == {"the card wants to issue a query"}
    assert {status_phrase(sw) for sw in triggering if sw > 0x6400} == {
        "execution error, the card wants to issue a query first"
    }


@pytest.mark.parametrize(
    ("sw", "available", "exact", "tries"),
    [
        (0x6100, 256, None, None),
        (0x6101, 1, None, None),
        (0x6C00, None, 256, None),
        (0x6CFF, None, 255, None),
        (0x63C0, None, None, 0),
        (0x63CF, None, None, 15),
        (0x6983, None, None, 0),
        (0x6300, None, None, None),
        (0x9000, None, None, None),
    ],
)
def test_the_numbers_that_words_carry(sw: int, available: int | None, exact: int | None, tries: int | None) -> None:
    assert (bytes_available(sw), exact_ne(sw), tries_left(sw)) == (available, exact, tries)


@pytest.mark.parametrize(("tries", "word"), [(0, 0x63C0), (3, 0x63C3), (15, 0x63CF), (255, 0x63CF)])
def test_a_counter_shows_up_to_fifteen(tries: int, word: int) -> None:
    assert counter_word(tries) == word


@pytest.mark.parametrize(
    ("sw", "text"),
    [
        (0x907D, "907D unknown status"),
        (0x0000, "0000 unknown status"),
        (0x6999, "6999 command not allowed"),
        (0x6201, "6201 warning, non-volatile memory unchanged"),
        (0x6203, "6203 the card wants to issue a query"),
        (0x6480, "6480 execution error, the card wants to issue a query first"),
        (0x6481, "6481 execution error, non-volatile memory unchanged"),
        (0x6110, "6110 16 more bytes available"),
        (0x6C07, "6C07 wrong Le, 7 bytes available"),
        (0x63C2, "63C2 verification failed or not done, 2 tries left"),
    ],
)
def test_untabled_words_are_shown_by_their_digits(sw: int, text: str) -> None:
    assert describe_status_word(sw) == text


def test_a_refusal_is_an_exception_that_carries_its_word() -> None:
    error = StatusWordError(SW.AUTHENTICATION_METHOD_BLOCKED)
    assert type(error.sw) is int
    assert error.sw == 0x6983
    assert error.tries_left == 0
    assert str(error) == "6983 authentication method blocked"
    assert StatusWordError(0x907D).sw == 0x907D
