"""What Kubernetes is told: valid for old and new versions, confined, probed, and ended no sooner than work is done."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from deploy import kubernetes_rules
from deploy.config_command import SETTINGS
from libs.settings import BY_FILE, leaves, variable
from libs.telemetry.state import GAUGES
from services.processor.settings import ProcessorSettings
from services.writer.settings import WriterSettings
from tests.deploy.installation.dockerfile import stages
from tests.deploy.installation.manifests import (
    COMPONENT,
    KUBECTL,
    KUBERNETES,
    Manifest,
    built,
    container,
    of_kind,
    pods,
)
from tests.root import ROOT

OLDEST, NEWEST = "1.25", "1.37"
OVERLAYS = (KUBERNETES / "base", KUBERNETES / "example")
SERVICES = ("ingest", "writer", "processor", "console")
OF_GUNICORN = {"SLUICE_INGEST_BIND", "SLUICE_CONSOLE_BIND"}


def core(folder: Path) -> list[Manifest]:
    """What Kubernetes itself knows."""
    return [found for found in built(folder) if not re.search(r"(keda\.sh|coreos\.com)/", found["apiVersion"])]


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_manifests_are_valid(version: str) -> None:
    for manifest in core(KUBERNETES / "example"):
        kubernetes_validate.validate(manifest, version, strict=True)


def test_the_validator_is_strict() -> None:
    manifest = {**of_kind("Service")["ingest"], "spce": {}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(manifest, NEWEST, strict=True)


@pytest.mark.parametrize("folder", OVERLAYS, ids=lambda folder: folder.name)
def test_names_are_used_once_and_all_are_of_one_namespace(folder: Path) -> None:
    names = [(found["kind"], found["metadata"]["name"]) for found in built(folder)]
    assert len(set(names)) == len(names)
    assert {found["metadata"].get("namespace") for found in built(folder) if found["kind"] != "Namespace"} == {"sluice"}


@pytest.mark.parametrize("name", [*SERVICES, "migrate"])
def test_a_pod_is_confined(name: str) -> None:
    spec = pods()[name]["spec"]
    of_pod = spec["securityContext"]
    assert of_pod["runAsNonRoot"] is True
    assert of_pod["runAsUser"] == 10001
    assert of_pod["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()
    assert container(pods()[name])["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    assert not any("hostPath" in volume for volume in spec["volumes"])
    assert "memory" in container(pods()[name])["resources"]["limits"]


@pytest.mark.parametrize("name", SERVICES)
def test_probes_ask_no_store_whether_a_pod_lives(name: str) -> None:
    of_it = container(pods()[name])
    asked = {kind: of_it[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness", "readiness")}
    assert asked == {"startup": "/livez", "liveness": "/livez", "readiness": "/readyz"}
    ports = {port["name"] for port in of_it["ports"]}
    assert {of_it[f"{kind}Probe"]["httpGet"]["port"] for kind in ("startup", "liveness", "readiness")} <= ports


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_those_of_the_image(name: str) -> None:
    exposed = {int(port) for port in stages()[name].last("EXPOSE") or []}
    assert {port["containerPort"] for port in container(pods()[name])["ports"]} == exposed
    for service in (found for found in of_kind("Service").values() if found["metadata"]["name"] == name):
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= {"http", "metrics"}
        assert {port["port"] for port in service["spec"]["ports"]} <= exposed


def test_a_pod_has_longer_than_its_drain_takes() -> None:
    """A drain that is cut off costs a lease (writers) or a request (ingest)."""
    settings = dict[str, Any]()
    exec(compile((ROOT / "deploy" / "gunicorn.conf.py").read_text(), "gunicorn.conf.py", "exec"), settings)
    drains = {
        "ingest": settings["graceful_timeout"], "writer": drain(WriterSettings), "processor": drain(ProcessorSettings),
    }  # fmt: skip
    for name, seconds in drains.items():
        pod = pods()[name]
        waits = container(pod).get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", ["sleep", "0"])
        assert waits[0] == "sleep"
        assert pod["spec"]["terminationGracePeriodSeconds"] >= int(waits[1]) + seconds + 5
    assert pods()["writer"]["spec"]["terminationGracePeriodSeconds"] == 60
    assert pods()["ingest"]["spec"]["terminationGracePeriodSeconds"] == 45


def drain(settings: Any) -> int:
    """The default of `drain_seconds`."""
    return int(next(field.default for field in leaves(settings) if field.name == "drain_seconds"))


def test_who_takes_requests_is_left_before_it_is_told_to_stop() -> None:
    for name in ("ingest", "console"):
        assert container(pods()[name])["lifecycle"]["preStop"]["exec"]["command"] == ["sleep", "5"]
        assert of_kind("Deployment")[name]["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
        probe = container(pods()[name])["readinessProbe"]
        assert probe["periodSeconds"] * probe["failureThreshold"] < 5


@pytest.mark.parametrize("name", [*SERVICES, "migrate"])
def test_what_a_pod_is_told_is_known_to_it(name: str) -> None:
    """Every variable is a setting, and every file that one names is mounted."""
    given = {one["name"]: one["value"] for one in container(pods()[name]).get("env", [])}
    if name in SERVICES:
        (shared,) = of_kind("ConfigMap").values()
        given = shared["data"] | given
    known = {variable(field.name) for settings in SETTINGS.values() for field in leaves(settings)} | OF_GUNICORN
    assert {one.removesuffix(BY_FILE) if one not in known else one for one in given} <= known
    volumes = {volume["name"]: volume for volume in pods()[name]["spec"]["volumes"]}
    (mount,) = (one for one in container(pods()[name])["volumeMounts"] if one["name"] == "secrets")
    volume = volumes["secrets"]
    sources = [one["secret"] for one in volume["projected"]["sources"]] if "projected" in volume else [volume["secret"]]
    paths = {f"{mount['mountPath']}/{item['path']}" for source in sources for item in source["items"]}
    needed = set(map(variable, ("redis_url", "database_url"))) if name in SERVICES else {variable("database_url")}
    assert {given[f"{one}{BY_FILE}"] for one in needed} <= paths
    assert {value for one, value in given.items() if one == variable("token_secret_file")} <= paths


def test_no_pod_has_another_ones_login() -> None:
    keys = {}
    for name, pod in pods().items():
        text = yaml.safe_dump(pod["spec"]["volumes"])
        keys[name] = set(re.findall(r"key: (owner|ingest|writer|processor|console)\b", text))
    assert keys == {"migrate": {"owner"}, **{name: {name} for name in SERVICES}}


@pytest.mark.parametrize("name", SERVICES)
def test_an_eviction_leaves_others(name: str) -> None:
    budget = of_kind("PodDisruptionBudget")[name]["spec"]
    assert budget["maxUnavailable"] == 1
    labels = pods()[name]["metadata"]["labels"]
    assert budget["selector"]["matchLabels"].items() <= labels.items()


def test_nothing_is_reached_but_what_is_named() -> None:
    policies = of_kind("NetworkPolicy")
    labels = {name: pod["metadata"]["labels"] for name, pod in pods().items()}
    assert policies["nothing"]["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert not {"ingress", "egress"} & policies["nothing"]["spec"].keys()
    assert all(selects(policies["nothing"], of_pod) for of_pod in labels.values())
    outward = {name: ports(policies, "egress", of_pod) for name, of_pod in labels.items()}
    inward = {name: ports(policies, "ingress", of_pod) for name, of_pod in labels.items()}
    assert outward == {
        "migrate": {53, 5432}, "writer": {53, 5432, 6379}, "processor": {53, 443, 5432, 6379},
        "ingest": {53, 443, 5432, 6379}, "console": {53, 443, 5432, 6379, "http"},
    }  # fmt: skip
    assert inward == {
        "migrate": {"metrics"}, "writer": {"metrics"}, "processor": {"metrics"}, "ingest": {"http", "metrics"},
        "console": {"http", "metrics"},
    }  # fmt: skip


def selects(policy: Manifest, labels: dict[str, str]) -> bool:
    """Whether the policy is about a pod with these labels."""
    selector = policy["spec"]["podSelector"]
    wanted = selector.get("matchLabels", {}).items() <= labels.items()
    return wanted and all(labels.get(one["key"]) in one["values"] for one in selector.get("matchExpressions", []))


def ports(policies: dict[str, Manifest], way: str, labels: dict[str, str]) -> set[int | str]:
    """The ports that policies let a pod reach, or be reached by."""
    about = [policy["spec"] for policy in policies.values() if selects(policy, labels)]
    return {port["port"] for spec in about for rule in spec.get(way, []) for port in rule["ports"]}


def test_the_schema_comes_before_the_services() -> None:
    annotations = of_kind("Job")["migrate"]["metadata"]["annotations"]
    assert annotations["argocd.argoproj.io/hook"] == "PreSync"
    assert not any("post" in value.lower() for value in annotations.values())


@pytest.mark.parametrize("folder", OVERLAYS, ids=lambda folder: folder.name)
def test_images_are_versions(folder: Path) -> None:
    for name, pod in pods(folder).items():
        image = container(pod)["image"]
        assert re.fullmatch(r"([a-z.]+/)?sluice-[a-z]+:\d+\.\d+\.\d+", image), (name, image)


def test_ingest_scales_by_its_load_and_says_no_number() -> None:
    scaler = of_kind("HorizontalPodAutoscaler")["ingest"]["spec"]
    assert scaler["scaleTargetRef"]["name"] == "ingest"
    assert scaler["minReplicas"] == 2
    assert "replicas" not in of_kind("Deployment")["ingest"]["spec"]


def test_writers_scale_by_what_waits() -> None:
    scaler = of_kind("ScaledObject")["writer"]["spec"]
    assert "replicas" not in of_kind("Deployment")["writer"]["spec"]
    assert scaler["minReplicaCount"] == 1
    assert scaler["fallback"]["behavior"] == "currentReplicasIfHigher"
    down = scaler["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]["scaleDown"]
    assert down["stabilizationWindowSeconds"] == 300
    by_name = {trigger["name"]: trigger for trigger in scaler["triggers"]}
    assert {trigger["type"] for trigger in by_name.values()} == {"prometheus"}
    assert by_name["open-chunks"]["metadata"]["threshold"] == "24"
    assert 'state!="deferred"' in by_name["open-chunks"]["metadata"]["query"]
    asked = {name for one in by_name.values() for name in re.findall(r"sluice_[a-z_]+", one["metadata"]["query"])}
    assert asked == {"sluice_open_chunks", "sluice_lane_paused", "sluice_oldest_open_job_seconds"}
    assert asked <= set(GAUGES)


def test_files_may_be_in_an_object_store(tmp_path: Path) -> None:
    here = f"../{os.path.relpath(KUBERNETES, tmp_path.parent)}"
    overlay = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": [f"{here}/base"],
        "components": [f"{here}/components/s3"],
    }  # fmt: skip
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(overlay))
    assert of_kind("PersistentVolumeClaim", tmp_path) == {}
    for name in ("ingest", "processor", "console"):
        pod = pods(tmp_path)[name]
        assert "/files" not in yaml.safe_dump(pod)
        assert {"secretRef": {"name": "sluice-files"}} in container(pod)["envFrom"]
    for manifest in core(tmp_path):
        kubernetes_validate.validate(manifest, NEWEST, strict=True)


def test_every_pod_is_scraped() -> None:
    monitor = of_kind("PodMonitor")["sluice"]["spec"]
    (wanted,) = monitor["selector"]["matchExpressions"]
    assert (wanted["key"], set(wanted["values"])) == (COMPONENT, set(SERVICES))
    (endpoint,) = monitor["podMetricsEndpoints"]
    for name in SERVICES:
        assert endpoint["port"] in {port["name"] for port in container(pods()[name])["ports"]}


def test_rules_of_the_operator_are_those_of_prometheus() -> None:
    assert kubernetes_rules.WRITTEN.read_text("utf-8") == kubernetes_rules.resources()


def test_a_rollout_goes_in_order_and_ends_where_the_migration_fails(tmp_path: Path) -> None:
    """By what it would ask of a cluster; there is none here. Every object is in one of its steps."""
    asked = tmp_path / "asked"
    client = tmp_path / "kubectl"
    lines = (
        "#!/bin/sh", f'[ "$1" != kustomize ] || exec {KUBECTL} "$@"', f'echo "$@" >> {asked}',
        '[ "$1" != wait ] || exit "$WAITED"', "",
    )  # fmt: skip
    client.write_text("\n".join(lines))
    client.chmod(0o755)
    roll_out = ["sh", str(KUBERNETES / "roll_out.sh"), str(KUBERNETES / "example")]
    steps = {}
    for waited in ("0", "1"):
        environ = {**os.environ, "KUBECTL": str(client), "WAITED": waited}
        ended = subprocess.run(roll_out, env=environ, check=False).returncode
        assert str(ended) == waited
        steps[waited] = re.findall(r"--selector (\S+)", asked.read_text())
        asked.unlink()
    services = [f"{COMPONENT}={name}" for name in ("writer", "processor", "console", "ingest")]
    assert steps == {"0": [f"!{COMPONENT}", f"{COMPONENT}=migrate", *services],
                     "1": [f"!{COMPONENT}", f"{COMPONENT}=migrate"]}  # fmt: skip
    labels = {found["metadata"].get("labels", {}).get(COMPONENT) for found in built(KUBERNETES / "example")}
    assert labels == {None, "migrate", *SERVICES}
