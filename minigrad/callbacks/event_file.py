"""Event files, which TensorBoard reads: records with checksums around small protobuf messages.

A message is a sequence of fields: a key (number and kind of the field), then the value. A record is
the length of a message, a checksum of the length, the message, a checksum of the message (all
little-endian; the format is TensorFlow's TFRecord).
"""

import itertools
import os
import socket
import struct
import time

import numpy as np

_count = itertools.count()

# Kinds of fields.
VARINT, DOUBLE, BYTES, FLOAT = 0, 1, 2, 5


def crc32c(data):
    """The CRC-32C checksum (Castagnoli, RFC 3720).

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def _table_entry(value):
    for _ in range(8):
        value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
    return value


_TABLE = [_table_entry(value) for value in range(256)]


def record(data):
    """A message as it stands in the file."""
    length = struct.pack("<Q", len(data))
    return length + _masked_checksum(length) + data + _masked_checksum(data)


def _masked_checksum(data):
    crc = crc32c(data)
    rotated = (crc >> 15 | crc << 17) & 0xFFFFFFFF
    return struct.pack("<I", (rotated + 0xA282EAD8) & 0xFFFFFFFF)


def varint(value):
    """A whole number, seven bits a byte, lowest first.

    >>> varint(300)
    b'\\xac\\x02'
    """
    value &= 0xFFFFFFFFFFFFFFFF  # a negative number as 64 bits
    result = bytearray()
    while value > 0x7F:
        result.append(value & 0x7F | 0x80)
        value >>= 7
    result.append(value)
    return bytes(result)


def field(number, kind, value):
    """One field of a message."""
    key = varint(number << 3 | kind)
    if kind == VARINT:
        return key + varint(value)
    if kind == DOUBLE:
        return key + struct.pack("<d", value)
    if kind == FLOAT:
        return key + struct.pack("<f", value)
    if isinstance(value, str):
        value = value.encode()
    return key + varint(len(value)) + value


def scalar(tag, value):
    """A number, as a summary value."""
    return field(1, BYTES, tag) + field(2, FLOAT, value)


def histogram(tag, values, bins=30):
    """How values are distributed, as a summary value."""
    values = np.asarray(values, dtype=np.float64).ravel()
    values = values[np.isfinite(values)]
    if not values.size:
        values = np.zeros(1)
    counts, edges = np.histogram(values, bins)
    numbers = (values.min(), values.max(), values.size, values.sum(), (values**2).sum())
    message = b"".join(field(i, DOUBLE, number) for i, number in enumerate(numbers, 1))
    for number, array in ((6, edges[1:]), (7, counts)):
        message += field(number, BYTES, array.astype("<f8").tobytes())
    return field(1, BYTES, tag) + field(5, BYTES, message)


def image(tag, png, height, width):
    """A picture as PNG, as a summary value."""
    message = field(1, VARINT, height) + field(2, VARINT, width) + field(3, VARINT, 4)
    return field(1, BYTES, tag) + field(4, BYTES, message + field(4, BYTES, png))


def text_for_plugin(tag, text, plugin):
    """A text that a plugin of TensorBoard reads, as a summary value."""
    data = field(1, BYTES, plugin) + field(2, BYTES, b"1")
    tensor = field(1, VARINT, 7) + field(2, BYTES, b"") + field(8, BYTES, text)  # 7: strings
    return field(1, BYTES, tag) + field(9, BYTES, field(1, BYTES, data)) + field(8, BYTES, tensor)


class EventFile:
    """A new event file in a folder.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = EventFile(folder)
    ...     file.write(0, scalar("loss", 0.5))
    ...     file.close()
    ...     [name.split(".")[:3] for name in os.listdir(folder)]
    [['events', 'out', 'tfevents']]
    """

    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        parts = (int(time.time()), socket.gethostname(), os.getpid(), next(_count))
        name = "events.out.tfevents." + ".".join(map(str, parts))
        self._file = open(os.path.join(folder, name), "wb")  # noqa: SIM115 (see close)
        self._file.write(record(field(1, DOUBLE, time.time()) + field(3, BYTES, "brain.Event:2")))

    def write(self, step, *values):
        """Write summary values that belong to a step."""
        summary = b"".join(field(1, BYTES, value) for value in values)
        event = field(1, DOUBLE, time.time()) + field(2, VARINT, step) + field(5, BYTES, summary)
        self._file.write(record(event))

    def flush(self):
        self._file.flush()

    def close(self):
        self._file.close()

    def __del__(self):
        if hasattr(self, "_file"):
            self.close()  # training may have been interrupted
