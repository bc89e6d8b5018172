"""The wire format of protocol buffers, for messages that are written without an object for each of them."""


def varint(value: int) -> bytes:
    """Return a whole number, at least 0, as a protocol buffer writes it: seven bits a byte, the lowest first."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)
