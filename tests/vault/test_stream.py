"""The stream format: compatible with Tink, and every changed byte is refused."""

import io
import random

import pytest
import tink
from tink import secret_key_access, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2

from trustcenter.vault import stream
from trustcenter.vault.stream import (
    FIRST,
    HEADER,
    KEY_SIZE,
    REST,
    SEGMENT,
    TAG,
    Decryptor,
    Encryptor,
    Refused,
    encrypted_size,
)

KEY, PURPOSE = bytes(range(KEY_SIZE)), b"documentversion:original"
BOUNDARIES = [0, 1, FIRST - 1, FIRST, FIRST + 1, FIRST + REST - 1, FIRST + REST, FIRST + REST + 1, 3 * SEGMENT]


class Stored:
    """Ciphertext in memory."""

    def __init__(self, data: bytes) -> None:
        self.data, self.size, self.reads = data, len(data), 0

    def read_into(self, offset, buffer):
        self.reads += 1
        found = self.data[offset : offset + len(buffer)]
        buffer[: len(found)] = found
        return len(found)

    def close(self):
        pass


def encrypted(plain, purpose=PURPOSE, key=KEY, piece=100_003):
    out = io.BytesIO()
    encryptor = Encryptor(key, purpose, out.write)
    for start in range(0, len(plain), piece):
        encryptor.write(plain[start : start + piece])
    encryptor.finish()
    return out.getvalue()


def decrypted(data, purpose=PURPOSE, key=KEY):
    return Decryptor(key, purpose, Stored(data)).read()


@pytest.fixture(scope="module")
def by_tink():
    """Tink's own implementation with our key."""
    streaming_aead.register()
    key = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(version=0, key_value=KEY)
    key.params.ciphertext_segment_size = SEGMENT
    key.params.derived_key_size = KEY_SIZE
    key.params.hkdf_hash_type = common_pb2.SHA256
    keyset = tink_pb2.Keyset(primary_key_id=1)
    entry = keyset.key.add()
    entry.key_id, entry.status, entry.output_prefix_type = 1, tink_pb2.ENABLED, tink_pb2.RAW
    entry.key_data.type_url = "type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey"
    entry.key_data.value = key.SerializeToString()
    entry.key_data.key_material_type = tink_pb2.KeyData.SYMMETRIC
    handle = tink.proto_keyset_format.parse(keyset.SerializeToString(), secret_key_access.TOKEN)
    return handle.primitive(streaming_aead.StreamingAead)


class Kept(io.BytesIO):
    """Tink closes what it has written to."""

    def close(self):
        pass


def sizes():
    chance = random.Random(20)
    return (
        BOUNDARIES
        + [chance.randrange(0, 300_000) for _ in range(190)]
        + [chance.randrange(3 * SEGMENT) for _ in range(10)]
    )


def test_streams_are_compatible_with_tink_at_boundaries_and_random_sizes(by_tink):
    chance = random.Random(21)
    assert len(sizes()) == len(BOUNDARIES) + 200
    for size in sizes():
        plain = chance.randbytes(size)
        ours = encrypted(plain)
        with by_tink.new_decrypting_stream(io.BytesIO(ours), PURPOSE) as stream:
            assert stream.read() == plain, size
        theirs = Kept()
        with by_tink.new_encrypting_stream(theirs, PURPOSE) as stream:
            stream.write(plain)
        assert decrypted(theirs.getvalue()) == plain, size
        assert len(ours) == len(theirs.getvalue()) == encrypted_size(size)


@pytest.mark.parametrize("size", BOUNDARIES)
def test_any_range_can_be_read(size):
    chance = random.Random(size)
    plain = chance.randbytes(size)
    reader = Decryptor(KEY, PURPOSE, Stored(encrypted(plain)), kept=1)
    assert reader.size == size
    for _ in range(30):
        start, length = chance.randrange(size + 2), chance.randrange(200_000)
        assert reader.seek(start) == start
        assert reader.read(length) == plain[start : start + length]
        assert reader.tell() == min(start + length, max(size, start))
    reader.seek(-min(size, 7), io.SEEK_END)
    assert reader.read() == plain[len(plain) - min(size, 7) :]
    with pytest.raises(ValueError, match="before the start"):
        reader.seek(-1)


def test_streams_of_the_same_bytes_differ():
    one, two = encrypted(b"same" * 100), encrypted(b"same" * 100)
    assert one[1:HEADER] != two[1:HEADER] and one[HEADER:] != two[HEADER:]


def test_flipped_bit_is_refused_before_a_wrong_byte_is_returned():
    chance = random.Random(22)
    plain = chance.randbytes(FIRST + REST + 1000)
    whole = encrypted(plain)
    places = [0, 1, HEADER - 1, HEADER, SEGMENT - 1, SEGMENT, len(whole) - TAG, len(whole) - 1]
    for place in places + [chance.randrange(len(whole)) for _ in range(200)]:
        broken = bytearray(whole)
        broken[place] ^= 1 << chance.randrange(8)
        given = bytearray()
        with pytest.raises(Refused):
            reader = Decryptor(KEY, PURPOSE, Stored(bytes(broken)))
            while piece := reader.read(64 * 1024):
                given += piece
        assert plain.startswith(given)


@pytest.mark.parametrize(
    "cut", [1, TAG, SEGMENT, SEGMENT + 1, 2 * SEGMENT, 2 * SEGMENT + 500], ids=lambda cut: f"{cut} bytes"
)
def test_truncated_stream_is_refused_before_its_first_byte(cut):
    whole = encrypted(bytes(3 * SEGMENT))
    with pytest.raises(Refused):
        Decryptor(KEY, PURPOSE, Stored(whole[:-cut]))


@pytest.mark.parametrize("length", [0, 1, HEADER - 1, HEADER, HEADER + TAG - 1])
def test_too_short_stream_is_refused(length):
    with pytest.raises(Refused):
        Decryptor(KEY, PURPOSE, Stored(encrypted(b"")[:length]))


@pytest.mark.parametrize("appended", [b"\0", b"\0" * TAG, b"\0" * SEGMENT])
def test_stream_with_appended_bytes_is_refused(appended):
    with pytest.raises(Refused):
        Decryptor(KEY, PURPOSE, Stored(encrypted(b"plain") + appended))


def test_swapped_repeated_and_foreign_segments_are_refused():
    plain = random.Random(23).randbytes(4 * SEGMENT)
    whole, other = encrypted(plain), encrypted(plain)
    first, second, third, rest = (whole[i * SEGMENT : (i + 1) * SEGMENT] for i in range(4))
    tail = whole[4 * SEGMENT :]
    for changed in (
        first + third + second + rest + tail,
        first + second + second + rest + tail,
        first + second + rest + tail,
        first + other[SEGMENT : 2 * SEGMENT] + third + rest + tail,
        other[:HEADER] + whole[HEADER:],
    ):
        with pytest.raises(Refused):
            decrypted(changed)


def test_wrong_purpose_and_wrong_key_are_refused():
    whole = encrypted(b"plain")
    with pytest.raises(Refused):
        decrypted(whole, purpose=b"documentversion:reading_copy")
    with pytest.raises(Refused):
        decrypted(whole, key=bytes(KEY_SIZE))


def test_unfinished_stream_is_refused():
    out = io.BytesIO()
    Encryptor(KEY, PURPOSE, out.write).write(bytes(2 * SEGMENT))
    with pytest.raises(Refused):
        decrypted(out.getvalue())


def test_sequential_reading_decrypts_each_segment_once():
    stored = Stored(encrypted(bytes(5 * SEGMENT)))
    reader = Decryptor(KEY, PURPOSE, stored)
    while reader.read(1000):
        pass
    # The header, the last segment first, five others, and the last again after its buffer was reused.
    assert stored.reads == 1 + 1 + 5 + 1


def test_streams_that_share_buffers_do_not_mix_their_bytes():
    chance = random.Random(24)
    plains = [chance.randbytes(FIRST + REST + 1000 * number) for number in range(4)]
    stored = [encrypted(plain) for plain in plains]
    for _round in range(3):
        readers = [Decryptor(KEY, PURPOSE, Stored(data), kept=chance.choice([1, 2])) for data in stored]
        parts = [b""] * 4
        while any(len(part) < len(plain) for part, plain in zip(parts, plains, strict=True)):
            number = chance.randrange(4)
            parts[number] += readers[number].read(300_000)
            if chance.random() < 0.1:
                # Its buffers are reused by the others, which are in the middle of a segment.
                readers[number].close()
                readers[number] = Decryptor(KEY, PURPOSE, Stored(stored[number]), kept=1)
                readers[number].seek(len(parts[number]))
        assert parts == plains
        for reader in readers:
            reader.close()


def test_refused_segment_returns_no_bytes():
    broken = bytearray(encrypted(bytes(FIRST + REST)))
    broken[SEGMENT - 1] ^= 1
    reader = Decryptor(KEY, PURPOSE, Stored(bytes(broken)), kept=1)
    for _again in range(2):
        with pytest.raises(Refused):
            reader.read(1)
        reader.seek(FIRST)
        assert reader.read(5) == bytes(5)
        reader.seek(0)


def test_number_of_spare_buffers_is_limited():
    data = encrypted(bytes(FIRST + 2 * REST))
    readers = [Decryptor(KEY, PURPOSE, Stored(data), kept=3) for _reader in range(stream.SPARE)]
    for reader in readers:
        reader.read()
    for reader in readers:
        reader.close()
        reader.close()
    assert len(stream._spare) == len({id(buffer) for buffer in stream._spare}) == stream.SPARE
