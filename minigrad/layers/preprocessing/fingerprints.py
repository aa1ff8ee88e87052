"""Hashes of byte strings: FarmHash64 and SipHash64, as TensorFlow computes them.

Layers that hash put categories into the same bins as Keras's do, so these must agree bit for bit.
"""

import struct

_ALL = (1 << 64) - 1
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F


def _word(data, at):
    return int.from_bytes(data[at : at + 8], "little")


def _half(data, at):
    return int.from_bytes(data[at : at + 4], "little")


def _turned(x, by):
    return ((x >> by) | (x << (64 - by))) & _ALL


def _mixed(x):
    return x ^ (x >> 47)


def _hash16(u, v, mul):
    a = ((u ^ v) * mul) & _ALL
    a ^= a >> 47
    b = ((v ^ a) * mul) & _ALL
    b ^= b >> 47
    return (b * mul) & _ALL


def _short(data):
    """Up to 16 bytes."""
    n = len(data)
    if n >= 8:
        mul = (_K2 + n * 2) & _ALL
        a, b = (_word(data, 0) + _K2) & _ALL, _word(data, n - 8)
        c = (_turned(b, 37) * mul + a) & _ALL
        d = ((_turned(a, 25) + b) * mul) & _ALL
        return _hash16(c, d, mul)
    if n >= 4:
        mul = (_K2 + n * 2) & _ALL
        return _hash16((n + (_half(data, 0) << 3)) & _ALL, _half(data, n - 4), mul)
    if n:
        y = data[0] + (data[n >> 1] << 8)
        z = n + (data[-1] << 2)
        return (_mixed((y * _K2 ^ z * _K0) & _ALL) * _K2) & _ALL
    return _K2


def _middle(data):
    """17 to 32 bytes."""
    n = len(data)
    mul = (_K2 + n * 2) & _ALL
    a, b = (_word(data, 0) * _K1) & _ALL, _word(data, 8)
    c, d = (_word(data, n - 8) * mul) & _ALL, (_word(data, n - 16) * _K2) & _ALL
    u = (_turned((a + b) & _ALL, 43) + _turned(c, 30) + d) & _ALL
    return _hash16(u, (a + _turned((b + _K2) & _ALL, 18) + c) & _ALL, mul)


def _long(data):
    """33 to 64 bytes."""
    n = len(data)
    mul = (_K2 + n * 2) & _ALL
    a, b = (_word(data, 0) * _K2) & _ALL, _word(data, 8)
    c, d = (_word(data, n - 8) * mul) & _ALL, (_word(data, n - 16) * _K2) & _ALL
    y = (_turned((a + b) & _ALL, 43) + _turned(c, 30) + d) & _ALL
    z = _hash16(y, (a + _turned((b + _K2) & _ALL, 18) + c) & _ALL, mul)
    e, f = (_word(data, 16) * mul) & _ALL, _word(data, 24)
    g, h = ((y + _word(data, n - 32)) * mul) & _ALL, ((z + _word(data, n - 24)) * mul) & _ALL
    u = (_turned((e + f) & _ALL, 43) + _turned(g, 30) + h) & _ALL
    return _hash16(u, (e + _turned((f + a) & _ALL, 18) + g) & _ALL, mul)


def _weak(data, at, a, b):
    """A quick mix of 32 bytes with two numbers."""
    w, x, y, z = (_word(data, at + 8 * i) for i in range(4))
    a = (a + w) & _ALL
    b = _turned((b + a + z) & _ALL, 21)
    c = a
    a = (a + x + y) & _ALL
    b = (b + _turned(a, 44)) & _ALL
    return (a + z) & _ALL, (b + c) & _ALL


def farmhash64(data):
    """FarmHash's Fingerprint64 of bytes, an int of 64 bits.

    Source: Geoff Pike, FarmHash (2014), farmhashna::Hash64.

    >>> farmhash64(b"")
    11160318154034397263
    """
    n = len(data)
    if n <= 16:
        return _short(data)
    if n <= 32:
        return _middle(data)
    if n <= 64:
        return _long(data)
    x = 81
    y = (81 * _K1 + 113) & _ALL
    z = (_mixed((y * _K2 + 113) & _ALL) * _K2) & _ALL
    v, w = (0, 0), (0, 0)
    x = (x * _K2 + _word(data, 0)) & _ALL
    last = n - 64
    for at in range(0, (n - 1) // 64 * 64, 64):
        x = (_turned((x + y + v[0] + _word(data, at + 8)) & _ALL, 37) * _K1) & _ALL
        y = (_turned((y + v[1] + _word(data, at + 48)) & _ALL, 42) * _K1) & _ALL
        x ^= w[1]
        y = (y + v[0] + _word(data, at + 40)) & _ALL
        z = (_turned((z + w[0]) & _ALL, 33) * _K1) & _ALL
        v = _weak(data, at, (v[1] * _K1) & _ALL, (x + w[0]) & _ALL)
        w = _weak(data, at + 32, (z + w[1]) & _ALL, (y + _word(data, at + 16)) & _ALL)
        z, x = x, z
    mul = (_K1 + ((z & 0xFF) << 1)) & _ALL
    w = ((w[0] + ((n - 1) & 63)) & _ALL, w[1])
    v = ((v[0] + w[0]) & _ALL, v[1])
    w = ((w[0] + v[0]) & _ALL, w[1])
    x = (_turned((x + y + v[0] + _word(data, last + 8)) & _ALL, 37) * mul) & _ALL
    y = (_turned((y + v[1] + _word(data, last + 48)) & _ALL, 42) * mul) & _ALL
    x ^= (w[1] * 9) & _ALL
    y = (y + v[0] * 9 + _word(data, last + 40)) & _ALL
    z = (_turned((z + w[0]) & _ALL, 33) * mul) & _ALL
    v = _weak(data, last, (v[1] * mul) & _ALL, (x + w[0]) & _ALL)
    w = _weak(data, last + 32, (z + w[1]) & _ALL, (y + _word(data, last + 16)) & _ALL)
    z, x = x, z
    first = (_hash16(v[0], w[0], mul) + _mixed(y) * _K0 + z) & _ALL
    return _hash16(first, (_hash16(v[1], w[1], mul) + x) & _ALL, mul)


def siphash64(data, key):
    """SipHash-2-4 of bytes with a key of two ints (Aumasson & Bernstein 2012).

    >>> hex(siphash64(bytes(range(15)), (0x0706050403020100, 0x0F0E0D0C0B0A0908)))
    '0xa129ca6149be45e5'
    """
    k0, k1 = (int(k) & _ALL for k in key)
    v = [
        k0 ^ 0x736F6D6570736575,
        k1 ^ 0x646F72616E646F6D,
        k0 ^ 0x6C7967656E657261,
        k1 ^ 0x7465646279746573,
    ]

    def rounds(n):
        a, b, c, d = v
        for _ in range(n):
            a = (a + b) & _ALL
            b = _turned(b, 51) ^ a
            a = _turned(a, 32)
            c = (c + d) & _ALL
            d = _turned(d, 48) ^ c
            a = (a + d) & _ALL
            d = _turned(d, 43) ^ a
            c = (c + b) & _ALL
            b = _turned(b, 47) ^ c
            c = _turned(c, 32)
        v[:] = a, b, c, d

    padded = data + bytes(-(len(data) + 1) % 8) + bytes([len(data) & 0xFF])
    for (word,) in struct.iter_unpack("<Q", padded):
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xFF
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def joined(a, b):
    """One fingerprint of two, whose order matters."""
    mul = 0xC6A4A7935BD1E995
    result = a ^ mul
    result ^= (_mixed((b * mul) & _ALL) * mul) & _ALL
    result = (result * mul) & _ALL
    result = (_mixed(result) * mul) & _ALL
    return _mixed(result)


def as_bytes(value):
    """What is hashed of a string or a number: its text in UTF-8."""
    if isinstance(value, bytes):
        return bytes(value)
    return str(value).encode("utf-8")
