"""Where the API is: on loopback, or where a proxy ends TLS in front of it."""

import ipaddress

from hub.settings import Settings, SettingsFault

LOOPBACK = "127.0.0.1"
PORT = 8080
ADMIN_PORT = 9464


def issuer_of(settings: Settings, host: str, port: int) -> str:
    """Give the URL at which clients reach the API: its name as an issuer of tokens.

    Raises:
        SettingsFault: others than this machine could reach it, and no TLS ends in front of it.
    """
    if settings.tls_terminated:
        if not (settings.issuer or "").startswith("https://"):
            raise SettingsFault("HUB_ISSUER has to be the https:// URL at which clients reach it")
        return str(settings.issuer)
    if not _is_loopback(host):
        raise SettingsFault(
            f"without TLS only {LOOPBACK} may be bound: set HUB_TLS_TERMINATED=1 if a proxy of "
            "yours ends TLS in front of it, and HUB_ISSUER to its https:// URL"
        )
    shown = f"[{host}]" if ":" in host else host
    return settings.issuer or f"http://{shown}:{port}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
