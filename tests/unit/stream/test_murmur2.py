"""The hash by which keys find their partitions is the one that Kafka's clients have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner.default import murmur2 as kafkas

from hub.stream.murmur2 import murmur2


@given(st.binary(max_size=100))
def test_it_is_what_a_kafka_client_computes(key: bytes) -> None:
    assert murmur2(key) == kafkas(key)


OF_JAVA = {b"21": -973932308, b"foobar": -790332482, b"a-little-bit-long-string": -985981536}
"""What `org.apache.kafka.common.utils.Utils.murmur2` gives, by its own tests."""


@pytest.mark.parametrize(("key", "signed"), OF_JAVA.items(), ids=repr)
def test_it_is_what_the_java_client_computes(key: bytes, signed: int) -> None:
    assert murmur2(key) == signed % 2**32
