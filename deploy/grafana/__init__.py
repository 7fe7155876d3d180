"""Dashboards of Grafana, made from code: `make dashboards` writes `dashboards/*.json`, which Grafana is given."""
