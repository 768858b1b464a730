"""The class byte against tables 2 and 3 of ISO/IEC 7816-4:2020, 5.4.1."""

from __future__ import annotations

import pytest

from iso7816.class_byte import ClassByte, SecureMessaging, is_interindustry
from iso7816.errors import APDUError


def test_every_interindustry_value_is_read_by_its_bits_and_every_other_refused() -> None:
    for cla in range(256):
        bits = f"{cla:08b}"
        if bits.startswith("000"):
            sm = [
                SecureMessaging.NONE,
                SecureMessaging.PROPRIETARY,
                SecureMessaging.WITHOUT_HEADER,
                SecureMessaging.WITH_HEADER,
            ][int(bits[4:6], 2)]
            assert ClassByte.parse(cla) == ClassByte(int(bits[6:], 2), bits[3] == "1", sm)
        elif bits.startswith("01"):
            sm = SecureMessaging.WITHOUT_HEADER if bits[2] == "1" else SecureMessaging.NONE
            assert ClassByte.parse(cla) == ClassByte(4 + int(bits[4:], 2), bits[3] == "1", sm)
        else:
            assert not is_interindustry(cla)
            with pytest.raises(APDUError, match=f"CLA {cla:02X}"):
                ClassByte.parse(cla)


@pytest.mark.parametrize("channel", [-1, 20])
def test_a_channel_out_of_range_is_refused(channel: int) -> None:
    with pytest.raises(APDUError, match="0 to 19"):
        ClassByte(channel)


@pytest.mark.parametrize("sm", [SecureMessaging.PROPRIETARY, SecureMessaging.WITH_HEADER])
def test_secure_messaging_that_a_high_channel_cannot_have_is_refused(sm: SecureMessaging) -> None:
    assert ClassByte(3, False, sm).to_byte() & 0x0C
    with pytest.raises(APDUError, match="channel 4"):
        ClassByte(4, False, sm)
