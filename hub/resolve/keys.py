"""Keys by which records that may be of one person are found, without comparing each with each.

A key is a hash: no name, number or date stands in the table of keys. It begins with the letter of
its kind.
"""

from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b

from hub.model.person import Identity
from hub.resolve.evidence import evidence

MOST = 50
"""Of so many records at most that share a key, each two are compared for possible links.

Whatever more than fifty share is no evidence: a date that a system fills in, a surgery's postcode.
Sure links are looked for under any key.
"""
BYTES = 16


class Kind(StrEnum):
    """What a key is made of."""

    NUMBER = "n"
    ALL = "a"
    """All forenames, family name, date of birth and postcode."""
    NAME_BIRTH = "b"
    NAME_POSTCODE = "p"
    """First forename and family name, whichever way round, and one thing more."""

    @property
    def is_sure(self) -> bool:
        """Tell whether a sure link may rest on such a key."""
        return self in (Kind.NUMBER, Kind.ALL)


_KINDS = {kind.value: kind for kind in Kind}


@lru_cache(maxsize=8192)
def marks(identity: Identity) -> frozenset[str]:
    """Give a record's keys. What is said of it later only adds to them."""
    told = evidence(identity)
    births = [each.isoformat() for each in told.births]
    turned = {(min(name), max(name)) for name in told.names}
    return frozenset(
        [
            *(_mark(Kind.NUMBER, *number) for number in told.numbers),
            *(
                _mark(Kind.ALL, *n, b, p)
                for n in told.whole
                for b in births
                for p in told.postcodes
            ),
            *(_mark(Kind.NAME_BIRTH, *name, born) for name in turned for born in births),
            *(_mark(Kind.NAME_POSTCODE, *name, at) for name in turned for at in told.postcodes),
        ]
    )


def kind_of(mark: str) -> Kind:
    return _KINDS[mark[0]]


def _mark(kind: Kind, *parts: str) -> str:
    text = "\x1f".join((kind, *parts)).encode()
    return f"{kind}{blake2b(text, digest_size=BYTES).hexdigest()}"
