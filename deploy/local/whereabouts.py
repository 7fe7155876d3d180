"""What a person needs to use a running stack: addresses, and commands that work when pasted into another terminal."""

import shlex
import sys
from pathlib import Path
from uuid import UUID

from deploy.local.data_dir.layout import Description
from deploy.local.services import ROOT
from deploy.local.sign_in import LINK_S
from libs.addresses import shown
from libs.contracts.texts import said


def whereabouts(description: Description, data_dir: Path, link: str, tenant: UUID | None = None) -> str:
    """Where everything is, and a `link` to sign in by; commands name `tenant`, or a place to put one.

    Without passwords: terminals keep logs. The link is good once, and not for long.
    """
    make_token = (
        f"{sluice_command()} token --tenant {tenant or 'UUID'} --data-dir {shlex.quote(str(data_dir.absolute()))}"
    )
    jobs = f"{description.ingest_url}/api/v1/jobs"
    metrics = "\n".join(f"    {name:<16} {url}" for name, url in description.metrics_urls.items())
    return f"""
  {said("AT_CONSOLE"):<18} {description.console_url}
  {said("TO_SIGN_IN", minutes=LINK_S // 60)}
    {link}

  {said("AT_API"):<18} {description.ingest_url}
  OpenAPI            {description.ingest_url}/openapi.json
  PostgreSQL         {shown(description.database_url)}
  Redis (Valkey)     {shown(description.redis_url)}
  {said("AT_EVERYTHING"):<18} {data_dir.absolute() / "stack.json"}
  {said("AT_METRICS")}
{metrics}

  {said("TO_MAKE_A_TOKEN")}
    {make_token}
  {said("TO_SEE_JOBS")}
    curl -sS -H "Authorization: Bearer $({make_token})" {jobs}
"""


def sluice_command() -> str:
    """The command as it was started, in a form that works in any directory."""
    started = Path(sys.argv[0])
    installed = Path(sys.executable).with_name("sluice")
    for path in (started, installed):
        if path.name == "sluice" and path.exists():
            return shlex.quote(str(path.absolute()))
    return f"PYTHONPATH={shlex.quote(str(ROOT))} {shlex.quote(sys.executable)} -m libs.client.commands.command"
