"""`python -m deploy.kubernetes_rules`: writes the rules of deploy/prometheus as what Prometheus' operator reads."""

import sys
from pathlib import Path
from typing import Any

import yaml

RULES = Path(__file__).parent / "prometheus" / "rules"
WRITTEN = Path(__file__).parent / "kubernetes" / "components" / "prometheus-operator" / "rules.yaml"
HEAD = "# Written by `python -m deploy.kubernetes_rules` from deploy/prometheus/rules.\n"


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]  # yaml is untyped
    """Writes a text of several lines as such."""


def _text(dumper: Any, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def resources(folder: Path = RULES) -> str:
    """One PrometheusRule a file, as YAML documents."""
    made = [_resource(path) for path in sorted(folder.glob("*.yml"))]
    written: str = yaml.dump_all(made, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return HEAD + written


def _resource(path: Path) -> dict[str, Any]:
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": f"sluice-{path.stem}"},
        "spec": yaml.safe_load(path.read_text("utf-8")),
    }


def main() -> int:
    """Write the file."""
    WRITTEN.write_text(resources(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
