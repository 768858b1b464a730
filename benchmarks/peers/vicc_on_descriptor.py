"""vicc on a connection that is there already: ``vicc_on_descriptor.py FD``.

Debian's vicc connects by itself, which it cannot where the driver's port is in another network.
"""

from __future__ import annotations

import runpy
import socket
import sys

from virtualsmartcard import VirtualSmartcard

connection = socket.socket(fileno=int(sys.argv[1]))
connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
VirtualSmartcard.VirtualICC.connectToPort = staticmethod(lambda _host, _port: connection)
sys.argv = ["vicc", "--type", "iso7816"]
runpy.run_path("/usr/bin/vicc", run_name="__main__")
