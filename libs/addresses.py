"""Addresses of servers as they may be shown: nothing that could be a password, however the address is mistyped.

What is shown is what was recognised as harmless, not what is left once a password was looked for.
"""

import re

HIDDEN = "***"

SHOWN = frozenset(
    [
        "host",
        "hostaddr",
        "port",
        "dbname",
        "user",
        "db",
        "application_name",
        "connect_timeout",
        "timeout",
        "protocol",
        "sslmode",
        "ssl_cert_reqs",
        "target_session_attrs",
        "client_encoding",
    ]
)
"""Parameters of libpq and of redis-py whose values are shown; the other names alone."""

_URL = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?:(?P<userinfo>.*)@)?(?P<hosts>[\w.,:\[\]%-]*)(?P<path>/[\w.%/-]*)?"
    r"(?:\?(?P<query>.*))?",
    re.IGNORECASE | re.DOTALL,
)
_HOSTS = re.compile(r"(?:(?:\[[\w.:%]+\]|[\w.%-]*)(?::\d*)?)(?:,(?:\[[\w.:%]+\]|[\w.%-]*)(?::\d*)?)*")
_HARMLESS = re.compile(r"[\w.,:/%\[\]-]*")
_KEYWORD = re.compile(r"\s*(?P<name>\w+)\s*=\s*(?P<value>'(?:\\.|[^'\\])*'|(?:\\.|[^\s'\\])*)(?=\s|$)", re.DOTALL)


def shown(address: str) -> str:
    """The address without its secrets; one that is neither a URL nor `name=value …` is not shown at all."""
    url = _URL.fullmatch(address)
    if url:
        return _shown_url(url) if _HOSTS.fullmatch(url["hosts"]) else f"{url['scheme']}://{HIDDEN}"
    return _shown_keywords(address)


def _shown_url(url: re.Match[str]) -> str:
    user, has_password, _ = (url["userinfo"] or "").partition(":")
    who = "" if url["userinfo"] is None else f"{user}:{HIDDEN}@" if has_password else f"{user}@"
    query = "&".join(_parameter(*part.partition("=")) for part in url["query"].split("&")) if url["query"] else ""
    return f"{url['scheme']}://{who}{url['hosts']}{url['path'] or ''}{'?' * bool(query)}{query}"


def _shown_keywords(address: str) -> str:
    parts, end = [], 0
    while end < len(address.rstrip()):
        part = _KEYWORD.match(address, end)
        if not part:
            return HIDDEN
        parts.append(_parameter(part["name"], "=", part["value"]))
        end = part.end()
    return " ".join(parts)


def _parameter(name: str, equals: str, value: str) -> str:
    if not equals:
        return HIDDEN
    return f"{name}={value if name in SHOWN and _HARMLESS.fullmatch(value) else HIDDEN}"
