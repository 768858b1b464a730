"""Buffers of bytes as COM has them: streams, IByteBuffer on a stream, and conversions.

* ``memory_stream``: IStream in memory, on ``shared_bytes`` and ``region_locks``;
* ``byte_buffer``: IByteBuffer; ``in_out``: one that a method fills with its result;
* ``type_conversion``: ISCardTypeConv.
"""
