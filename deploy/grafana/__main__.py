"""`python -m deploy.grafana`: write all dashboards."""

from deploy.grafana.written import write

write()
