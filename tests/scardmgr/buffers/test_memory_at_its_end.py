"""Where the documents have E_OUTOFMEMORY, Python raises MemoryError, and nothing has changed."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import resource
LIMIT = 1 << 30
resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))  # of this process alone, which ends with it

from scardmgr import ByteBuffer, SCardTypeConv

conversions, buffer = SCardTypeConv(), ByteBuffer(b"abcd")
buffer.Seek(1, 0)
for name, call in (
    ("CreateByteArray", lambda: conversions.CreateByteArray(0xFFFFFFFF)),
    ("CreateByteBuffer", lambda: conversions.CreateByteBuffer(0x7FFFFFFF)),
    ("CreateSafeArray", lambda: conversions.CreateSafeArray(0xFFFFFFFF)),
    ("SetSize", lambda: buffer.SetSize(0x7FFFFFFF)),
    ("Initialize", lambda: buffer.Initialize(0x7FFFFFFF)),
):
    try:
        call()
    except MemoryError:
        print(name)
print(bytes(buffer), buffer.Read(1))
buffer.SetSize(2)
print(bytes(buffer), len(conversions.CreateByteArray(8)))
"""


def test_memory_at_its_end_is_a_memory_error_and_the_bytes_stay() -> None:
    ran = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60)
    *raised, after, later = ran.stdout.splitlines()
    assert raised == ["CreateByteArray", "CreateByteBuffer", "CreateSafeArray", "SetSize", "Initialize"]
    assert after == "b'abcd' b'b'"
    assert later == "b'ab' 8"
