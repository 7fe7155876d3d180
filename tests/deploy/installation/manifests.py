"""The manifests of Kubernetes as kustomize builds them."""

import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.root import ROOT

KUBERNETES = ROOT / "deploy" / "kubernetes"
KUBECTL = Path(sys.executable).parent / "kubectl"
COMPONENT = "app.kubernetes.io/component"
Manifest = dict[str, Any]


@cache
def built(folder: Path = KUBERNETES / "example") -> tuple[Manifest, ...]:
    """All that an overlay makes."""
    made = subprocess.run([KUBECTL, "kustomize", folder], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    return tuple(yaml.safe_load_all(made.stdout))


def of_kind(kind: str, folder: Path = KUBERNETES / "example") -> dict[str, Manifest]:
    """Those of one kind, by name."""
    return {found["metadata"]["name"]: found for found in built(folder) if found["kind"] == kind}


def pods(folder: Path = KUBERNETES / "example") -> dict[str, Manifest]:
    """The templates of pods, by the name of what makes them."""
    makers = of_kind("Deployment", folder) | of_kind("Job", folder)
    return {name: maker["spec"]["template"] for name, maker in makers.items()}


def container(pod: Manifest) -> Manifest:
    """Its only one."""
    (only,) = pod["spec"]["containers"]
    return dict(only)
