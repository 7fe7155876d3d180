"""schemathesis against the service's own description: whatever it makes up, every answer is one that is described."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.api import Stack, Tenant

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("described")]

SEED = 20260101
EXAMPLES = 25
CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "unsupported_method", "missing_required_header", "ignored_auth",
)  # fmt: skip


def test_answers_are_as_described_whatever_comes(stack: Stack, tmp_path: Path) -> None:
    tenant = Tenant(stack)
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("st")), "run", f"{stack.url}/openapi.json",
            "--header", f"Authorization: {tenant.bearer['Authorization']}",
            "--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing",
            "--max-examples", str(EXAMPLES), "--seed", str(SEED), "--request-timeout", "70",
            # How often the generator discards what it made says nothing of the service.
            "--suppress-health-check", "filter_too_much",
        ],
        capture_output=True, text=True, timeout=1_500, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, f"seed {SEED}\n{done.stdout[-60000:]}{done.stderr[-2000:]}"
