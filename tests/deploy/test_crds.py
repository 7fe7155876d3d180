"""What KEDA and Prometheus' operator are told, by the types of their own resources: unknown members are errors.

No Python package has those of recent versions; those in TypeScript are made from the sources of both.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.installation.manifests import Manifest, built

pytestmark = pytest.mark.deploy

PACKAGES = Path(__file__).parent / "crds"
GROUPS = {"keda.sh": "@kubernetes-models/keda", "monitoring.coreos.com": "@kubernetes-models/prometheus-operator"}
NPM = shutil.which("npm", path=Path(sys.executable).parent)
COMPILER = {
    "compilerOptions": {
        "module": "nodenext", "moduleResolution": "nodenext", "target": "es2022", "strict": True, "noEmit": True,
        "skipLibCheck": True, "types": [],
    }
}  # fmt: skip


@pytest.fixture(scope="module")
def types(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the compiler and the types, as the lock has them."""
    folder = tmp_path_factory.mktemp("types")
    for path in PACKAGES.glob("package*.json"):
        shutil.copy(path, folder)
    assert NPM
    command = [NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(command, cwd=folder, check=True)
    (folder / "tsconfig.json").write_text(json.dumps(COMPILER))
    return folder


def ours() -> list[Manifest]:
    """What is not Kubernetes' own."""
    return [found for found in built() if found["apiVersion"].partition("/")[0] in GROUPS]


def faults(types: Path, manifests: list[Manifest]) -> str:
    """What the compiler says of them."""
    lines = []
    for number, manifest in enumerate(manifests):
        group, _, version = manifest["apiVersion"].partition("/")
        kind = manifest["kind"]
        lines.append(f'import type {{I{kind} as I{number}}} from "{GROUPS[group]}/{group}/{version}/{kind}";')
        lines.append(f"export const m{number}: I{number} = {json.dumps(manifest)};")
    (types / "manifests.ts").write_text("\n".join(lines))
    compiler = types / "node_modules" / "typescript" / "bin" / "tsc"
    command = [Path(sys.executable).parent / "node", compiler, "--pretty", "false", "-p", types]
    return subprocess.run(command, cwd=types, capture_output=True, text=True, check=False).stdout


def test_resources_are_what_their_operators_know(types: Path) -> None:
    kinds = {found["kind"] for found in ours()}
    assert kinds == {"ScaledObject", "PodMonitor", "PrometheusRule"}
    assert faults(types, ours()) == ""


def test_what_they_do_not_know_is_seen(types: Path) -> None:
    (scaler,) = (found for found in ours() if found["kind"] == "ScaledObject")
    fallback = {"failureThreshold": 3, "replicas": 2}
    for wrong in ({**fallback, "behavior": "always"}, {**fallback, "behaviour": "static"}, {"replicas": 2}):
        said = faults(types, [{**scaler, "spec": {**scaler["spec"], "fallback": wrong}}])
        assert "error TS" in said
