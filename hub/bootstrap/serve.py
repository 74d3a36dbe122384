"""Serve the API: on loopback, or behind a proxy that ends TLS; never in the open."""

import ipaddress

import uvicorn
from fastapi import FastAPI

from hub.settings import Settings, SettingsFault

LOOPBACK = "127.0.0.1"
PORT = 8080


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


def server(app: FastAPI, settings: Settings, host: str, port: int) -> uvicorn.Server:
    """Give the server. It logs no calls, does not name itself, and believes a proxy only if one is said to be there."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            access_log=False,
            server_header=False,
            date_header=True,
            proxy_headers=settings.tls_terminated,
            log_level="critical",
            lifespan="off",
            ws="none",
            timeout_keep_alive=30,
            timeout_graceful_shutdown=10,
        )
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
