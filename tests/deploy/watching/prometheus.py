"""A Prometheus of its own, with the configuration and the rules of `deploy/prometheus`, in haste."""

import contextlib
import math
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import yaml

from deploy.local.data_dir.ports import HOST, free_port
from tests.deploy.watching.haste import hurried_rules
from tests.deploy.watching.rules import PROMETHEUS, RULE_FILES
from tests.waiting import wait_until

PROGRAM = shutil.which("prometheus")
SCRAPE_S = 2
FIRING_S = 90.0
"""A slow machine included."""


class Prometheus:
    """Scrapes, computes, and remembers; `began` is when, Unix seconds."""

    def __init__(self, url: str) -> None:
        self.began = time.time()
        self._http = httpx.Client(base_url=url, timeout=30, trust_env=False)

    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            return self._http.get("/-/ready").status_code == 200
        except httpx.TransportError:
            return False

    def ask(self, path: str, **values: Any) -> Any:
        """What is in `data` of an answer."""
        answer = self._http.post(path, data=values) if values else self._http.get(path)
        assert answer.status_code == 200, (values, answer.text)
        return answer.json()["data"]

    def now(self, query: str) -> list[dict[str, Any]]:
        """The series that a query gives now."""
        series: list[dict[str, Any]] = self.ask("/api/v1/query", query=query)["result"]
        return series

    def has_had(self, query: str) -> bool:
        """Whether a query has given a number at any time."""
        found = self.ask("/api/v1/query_range", query=query, start=self.began, end=time.time(), step=SCRAPE_S)
        return any(not math.isnan(float(value)) for series in found["result"] for _, value in series["values"])

    def up(self) -> dict[str, str]:
        """The health of each target, by its job and address."""
        targets = self.ask("/api/v1/targets")["activeTargets"]
        return {f"{each['labels']['job']} {each['scrapeUrl']}": each["health"] for each in targets}

    def firing(self) -> dict[str, dict[str, Any]]:
        """Alerts that fire now, by name; one of each."""
        return {
            each["labels"]["alertname"]: each
            for each in self.ask("/api/v1/alerts")["alerts"]
            if each["state"] == "firing"
        }

    def have_fired(self) -> set[str]:
        """Alerts that have fired at any time."""
        query = {"query": 'ALERTS{alertstate="firing"}', "start": self.began, "end": time.time(), "step": 1}
        return {each["metric"]["alertname"] for each in self.ask("/api/v1/query_range", **query)["result"]}

    def await_alerts(self, *names: str, timeout: float = FIRING_S) -> None:
        """Wait until all of these have fired since now, and see that what they say is whole."""
        missing = set(names)

        def all_fire() -> bool:
            for name, alert in self.firing().items():
                texts = alert["annotations"].values()
                assert not [text for text in texts if "<no value>" in text or "<error" in text or not text], alert
                missing.discard(name)
            return not missing

        with contextlib.suppress(AssertionError):
            wait_until(all_fire, timeout, "alerts fire")
        assert not missing, f"{sorted(missing)} do not fire; {sorted(self.firing())} do"

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def _configuration(metrics_urls: Mapping[str, str], rules: Iterable[Path]) -> dict[str, Any]:
    """That of `deploy`, with these targets in place of names in DNS, and in haste."""
    given: dict[str, Any] = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    often = {"scrape_interval": f"{SCRAPE_S}s", "scrape_timeout": f"{SCRAPE_S}s", "evaluation_interval": "1s"}
    for job in given["scrape_configs"]:
        [service] = job.pop("dns_sd_configs")[0]["names"]
        targets = [urlsplit(url).netloc for name, url in metrics_urls.items() if name.split("-")[0] == service]
        job["static_configs"] = [{"targets": targets}]
    return {**given, "global": often, "rule_files": [str(file) for file in rules]}


@contextlib.contextmanager
def running_prometheus(folder: Path, metrics_urls: Mapping[str, str]) -> Iterator[Prometheus]:
    """Scraping these addresses."""
    assert PROGRAM
    rules = [folder / file.name for file in RULE_FILES]
    for file, ours in zip(RULE_FILES, rules, strict=True):
        ours.write_text(yaml.safe_dump(hurried_rules(yaml.safe_load(file.read_text()))))
    configuration = folder / "prometheus.yml"
    configuration.write_text(yaml.safe_dump(_configuration(metrics_urls, rules)))
    address, log = f"{HOST}:{free_port()}", folder / "prometheus.log"
    command = [
        PROGRAM, f"--config.file={configuration}", f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}", "--log.level=warn",
    ]  # fmt: skip
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        prometheus = Prometheus(f"http://{address}")
        try:
            wait_until(lambda: prometheus.is_ready() or process.poll() is not None, 60, "Prometheus is ready")
            assert process.poll() is None, log.read_text()
            yield prometheus
        finally:
            prometheus.close()
            process.terminate()
