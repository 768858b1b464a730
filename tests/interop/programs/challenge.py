"""A plain pyscard program: selects the MF, gets a challenge, and prints what came of each."""

from __future__ import annotations

from smartcard.System import readers

SELECT_MF = [0x00, 0xA4, 0x00, 0x0C, 0x02, 0x3F, 0x00]
GET_CHALLENGE = [0x00, 0x84, 0x00, 0x00, 0x08]

with readers()[0].createConnection() as connection:
    connection.connect()
    print(bytes(connection.getATR()).hex())
    for command in (SELECT_MF, GET_CHALLENGE):
        data, sw1, sw2 = connection.transmit(command)
        print(len(data), f"{sw1:02X}{sw2:02X}")
