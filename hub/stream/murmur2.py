"""MurmurHash2 as the Java client has it: every Kafka client finds the partition of a key by it."""

SEED = 0x9747B28C
MIX = 0x5BD1E995
BITS = 0xFFFFFFFF


def murmur2(data: bytes) -> int:
    """Give the hash of a key: 32 bits, without a sign."""
    whole = len(data) & ~3
    found = SEED ^ len(data)
    for at in range(0, whole, 4):
        word = int.from_bytes(data[at : at + 4], "little") * MIX & BITS
        word = (word ^ word >> 24) * MIX & BITS
        found = found * MIX & BITS ^ word
    if rest := data[whole:]:
        found = (found ^ int.from_bytes(rest, "little")) * MIX & BITS
    found = (found ^ found >> 13) * MIX & BITS
    return found ^ found >> 15
