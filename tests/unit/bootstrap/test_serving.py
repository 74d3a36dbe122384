"""Where the API may listen, and under which name."""

import pytest

from hub.bootstrap.address import issuer_of
from hub.settings import SettingsFault, settings

OUTSIDE = "https://hub.fenmarch.example"


def of(environment: dict[str, str], host: str) -> str:
    return issuer_of(settings(environment=environment), host, 8080)


@pytest.mark.parametrize(
    ("environment", "host", "issuer"),
    [
        ({}, "127.0.0.1", "http://127.0.0.1:8080"),
        ({}, "::1", "http://[::1]:8080"),
        ({}, "localhost", "http://localhost:8080"),
        ({"HUB_TLS_TERMINATED": "0"}, "127.0.0.1", "http://127.0.0.1:8080"),
        ({"HUB_TLS_TERMINATED": ""}, "127.0.0.1", "http://127.0.0.1:8080"),
        ({"HUB_TLS_TERMINATED": "1", "HUB_ISSUER": OUTSIDE}, "0.0.0.0", OUTSIDE),  # noqa: S104 - TLS is said to end before it
        ({"HUB_TLS_TERMINATED": "1", "HUB_ISSUER": f"{OUTSIDE}:8443"}, "10.0.0.7", f"{OUTSIDE}:8443"),
        ({"HUB_ISSUER": "http://localhost:9000"}, "127.0.0.1", "http://localhost:9000"),
    ],
)  # fmt: skip
def test_it_listens_on_loopback_or_behind_tls(
    environment: dict[str, str], host: str, issuer: str
) -> None:
    assert of(environment, host) == issuer


@pytest.mark.parametrize(
    ("environment", "host"),
    [
        ({}, "0.0.0.0"),  # noqa: S104 - what must be refused
        ({}, "::"),
        ({}, "10.0.0.7"),
        ({}, "hub.fenmarch.example"),
        ({}, "127.0.0.1.fenmarch.example"),
        ({}, ""),
        ({"HUB_TLS_TERMINATED": "0"}, "0.0.0.0"),  # noqa: S104 - likewise
        ({"HUB_ISSUER": OUTSIDE}, "0.0.0.0"),  # noqa: S104 - likewise
        ({"HUB_TLS_TERMINATED": "true", "HUB_ISSUER": OUTSIDE}, "127.0.0.1"),
        ({"HUB_TLS_TERMINATED": "1"}, "127.0.0.1"),
        ({"HUB_TLS_TERMINATED": "1", "HUB_ISSUER": "http://127.0.0.1:8080"}, "127.0.0.1"),
        ({"HUB_ISSUER": "http://hub.fenmarch.example"}, "127.0.0.1"),
        ({"HUB_ISSUER": f"{OUTSIDE}/"}, "127.0.0.1"),
        ({"HUB_ISSUER": f"{OUTSIDE}/api"}, "127.0.0.1"),
        ({"HUB_ISSUER": "https://Hub.example"}, "127.0.0.1"),
    ],
)
def test_anything_else_is_refused(environment: dict[str, str], host: str) -> None:
    with pytest.raises(SettingsFault):
        of(environment, host)
