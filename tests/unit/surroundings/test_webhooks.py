"""Where webhooks may go, and how they are signed, by the standard's own example."""

from pathlib import Path
from typing import Any

import pytest

from libs.settings import SettingsError, load
from libs.webhooks.destinations import Target, UnfitError, addresses
from libs.webhooks.settings import WebhookSettings
from libs.webhooks.signing import headers, secrets_in

NEEDED = {"SLUICE_WEBHOOK_URL": "https://hooks.example/a?b=c", "SLUICE_WEBHOOK_SECRET_FILE": "/run/secret"}


def test_the_standards_example_is_signed_as_it_says(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
    made = headers(secrets_in(str(file)), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("text", ["", "secret", "whsec_", "whsec_c2hvcnQ=", "whsec_~~~", "whsec_" + "QUJD" * 23])
def test_a_file_without_good_secrets_is_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "secret"
    file.write_text(text)
    with pytest.raises(ValueError, match="whsec_"):
        secrets_in(str(file))


def _target(host: str, *, secure: bool = True) -> Target:
    return Target(host=host, port=443, named=host, path="/", secure=secure)


@pytest.mark.parametrize("host", ["203.113.131.1", "2400:cb00::1", "::ffff:203.113.131.1", "64:ff9b::cb71:8301"])
def test_public_addresses_are_fit(host: str) -> None:
    assert addresses(_target(host), [])
    with pytest.raises(UnfitError):
        addresses(_target(host, secure=False), [])


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "0.0.0.0", "127.1", "2130706433", "0x7f.1", "10.0.0.1", "172.16.0.1", "192.168.1.1",
        "169.254.169.254",
        "100.100.100.200", "168.63.129.16", "192.0.0.192", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1",
        "fd00:ec2::254",
        "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2002:a00:1::",
        "64:ff9b:1::1", "localhost",
    ],
)  # fmt: skip
def test_all_others_are_not(host: str) -> None:
    with pytest.raises(UnfitError):
        addresses(_target(host), [])


def test_what_is_listed_is_fit_with_and_without_tls() -> None:
    networks = WebhookSettings(webhook_allowed_networks="10.1.0.0/16, fd00::/8").networks
    for host in ("10.1.2.3", "fd00::5", "::ffff:10.1.2.3"):
        assert addresses(_target(host, secure=False), networks)
    with pytest.raises(UnfitError):
        addresses(_target("10.2.0.1"), networks)


def test_an_address_is_read_as_it_is_meant() -> None:
    target = load(WebhookSettings, NEEDED).target
    assert target == Target(host="hooks.example", port=443, named="hooks.example", path="/a?b=c", secure=True)
    v6: dict[str, Any] = {
        **NEEDED,
        "SLUICE_WEBHOOK_URL": "http://[fd00::5]:81",
        "SLUICE_WEBHOOK_ALLOWED_NETWORKS": "fd00::/8",
    }
    assert load(WebhookSettings, v6).target == Target(
        host="fd00::5", port=81, named="[fd00::5]:81", path="/", secure=False
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("URL", "ftp://hooks.example"), ("URL", "https://"), ("URL", "https://user:secret@hooks.example/"),
        ("URL", "https://hooks.example:99999/"), ("URL", "https://hooks.example/a b"), ("URL", "http://hooks.example/"),
        ("URL", "https://hooks.example/\r\nX: y"), ("SECRET_FILE", ""), ("EVENTS", "job.ended,job.begun"),
        ("ALLOWED_NETWORKS", "10.1.0.1/16"), ("SECONDS", "0"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match="SLUICE_WEBHOOK_"):
        load(WebhookSettings, {**NEEDED, f"SLUICE_WEBHOOK_{name}": value})
