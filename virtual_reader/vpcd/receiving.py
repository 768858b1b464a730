"""How the card's side waits for the reader's next frame.

The stock driver sends the two bytes of length and the body apart, with Nagle's algorithm on: the body leaves
when the length is acknowledged, which a kernel may put off for 40 ms. Two ways around that:

* on any TCP connection, TCP_QUICKACK before every receive: the acknowledgement leaves with the receiving of the
  length. The card is woken for the length and, as the body is there at once, receives again.
* on a connection that the private daemon's supervisor made over a route with ``quickack``, the kernel
  acknowledges by itself. The supervisor says so by a low-water mark (SO_RCVLOWAT) of a shortest frame: the card
  is woken once, for length and body.

On either, the card looks out for the next command a moment before it goes to sleep. Program, pcscd, driver and card
take turns, and a processor that has nothing else to do sleeps as soon as they all wait: waking it costs more than
everything the card does. Whoever else wants to run goes first.
"""

from __future__ import annotations

import os
import select
import socket
import time
from collections.abc import Callable

from .framing import READ_AHEAD, SHORTEST_FRAME

Receive = Callable[[int], bytes]
"""Takes how many bytes are wanted (:attr:`FrameReader.wanted`), gives some of them; ``b""`` at the stream's end."""

LOOK_OUT_SECONDS = 100e-6
"""Longer than a program that sends one command after the other takes, too short to be noticed otherwise."""

TAKEN_SECONDS = 300e-6
"""Longer than any of those who take turns needs: who gives way for so long has others beside him who want to run."""

REST = 100
"""So many times it goes to sleep at once after that: who looks out has used up his share when there is work to do."""

_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)


def make_receive(connection: socket.socket) -> Receive:
    """The best way to wait that ``connection`` allows; sets TCP_NODELAY."""
    if connection.family not in (socket.AF_INET, socket.AF_INET6):
        return connection.recv
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if connection.getsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT) == SHORTEST_FRAME:
        return _receive_above_mark(connection)
    return connection.recv if _QUICKACK is None else _receive_with_quickack(connection, _QUICKACK)


def _make_look_out(connection: socket.socket) -> Callable[[], object]:
    """Something to call before a receive: returns when there is something to receive, or soon."""
    if not (hasattr(os, "sched_yield") and hasattr(select, "poll")):
        return lambda: None
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    ready, clock, give_way = poll.poll, time.monotonic, os.sched_yield

    rest = 0

    def look_out() -> None:
        nonlocal rest
        if rest:
            rest -= 1
            return
        now = clock()
        end = now + LOOK_OUT_SECONDS
        while not ready(0) and now < end:
            before = now
            give_way()
            now = clock()
            if now - before > TAKEN_SECONDS and not ready(0):
                rest = REST
                return

    return look_out


def _receive_with_quickack(connection: socket.socket, option: int) -> Receive:
    receive, set_option, look_out = connection.recv, connection.setsockopt, _make_look_out(connection)

    def receive_wanted(wanted: int) -> bytes:
        set_option(socket.IPPROTO_TCP, option, 1)
        look_out()
        return receive(wanted)

    return receive_wanted


def _receive_above_mark(connection: socket.socket) -> Receive:
    receive, set_option, look_out = connection.recv, connection.setsockopt, _make_look_out(connection)

    def receive_wanted(wanted: int) -> bytes:
        if wanted < READ_AHEAD:
            # The rest of a frame may be shorter than the mark, and nobody is woken below it.
            set_option(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
            data = receive(wanted)
            set_option(socket.SOL_SOCKET, socket.SO_RCVLOWAT, SHORTEST_FRAME)
            return data
        look_out()
        # What a receive that goes on waiting has taken no longer counts towards the mark; what it peeked at does.
        receive(SHORTEST_FRAME, socket.MSG_PEEK)
        return receive(wanted)

    return receive_wanted
