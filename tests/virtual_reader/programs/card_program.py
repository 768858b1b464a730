"""A card as a program of its own: ``card_program.py PORT CONDUCT``.

It answers every command with itself and 9000, and what else it does is its conduct. Imports little: it starts quickly.
"""

import os
import signal
import socket
import struct
import sys
import time

ATR = bytes.fromhex("3B80800101")
CONNECTS_NOT = {"exits": 3, "says": 1, "killed": 0, "waits": 0, "leaves a child": 0}


def framed(body: bytes) -> bytes:
    return struct.pack("!H", len(body)) + body


def exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            sys.exit(0)
        data += piece
    return data


def main(port: int, conduct: str, *arguments: str) -> None:
    if conduct == "says":
        sys.stderr.write("first\nit cannot go on\n\n")
        sys.stdout.write("not this\n")
    elif conduct == "killed":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif conduct in ("waits", "leaves a child"):
        time.sleep(600)
    if conduct in CONNECTS_NOT:
        sys.exit(CONNECTS_NOT[conduct])
    if conduct == "floods":
        for _ in range(3000):
            os.write(1, b"x" * 999 + b"\n")
            os.write(2, b"y" * 999 + b"\n")
    if conduct in ("stubborn", "with a child"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = 0
    if conduct == "with a daemon" and os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            descriptor = os.open(arguments[0], os.O_CREAT | os.O_WRONLY)
            os.write(descriptor, str(os.getpid()).encode())
            os.close(descriptor)
            time.sleep(600)
        os._exit(0)
    if conduct == "with a child":
        child = os.fork()
        if child == 0:
            time.sleep(600)
    connection = socket.create_connection(("127.0.0.1", port))
    told = b""
    while True:
        if conduct == "takes frames whole" and told:
            data = connection.recv(70_000)
            if not data:
                return
            assert len(data) == 2 + struct.unpack("!H", data[:2])[0], data
            body = data[2:]
        else:
            body = exactly(connection, struct.unpack("!H", exactly(connection, 2))[0])
        if body in (b"\x00", b"\x01", b"\x02"):
            told += body
            if conduct != "takes frames whole":
                continue
            # What is told and what is asked next may come in one piece.
            body = exactly(connection, struct.unpack("!H", exactly(connection, 2))[0])
        answer = body + b"\x90\x00"
        if body == b"\x04":
            if conduct == "answers to power with" or (conduct == "answers to reset with" and b"\x02" in told):
                connection.sendall(bytes.fromhex(arguments[0]))
                continue
            answer = bytes.fromhex(arguments[0]) if conduct == "has the ATR" else ATR
        elif body == b"PID ":
            answer = f"{os.getpid()} {child} ".encode() + b"\x90\x00"
        elif body == b"TOLD":
            answer = told + b"\x90\x00"
        elif conduct == "dies":
            sys.exit("this was too much")
        elif conduct == "says raw":
            connection.sendall(bytes.fromhex(arguments[0]))
            continue
        elif conduct == "is mute":
            while not os.path.exists(arguments[0]):  # noqa: PTH110
                time.sleep(0.005)
        if conduct == "sends in two":
            connection.sendall(framed(answer)[:2])
            connection.sendall(answer)
        else:
            connection.sendall(framed(answer))
        if conduct == "stubborn" and body == b"PID ":
            time.sleep(600)


main(int(sys.argv[1]), *sys.argv[2:])
