"""Panels, in the one way in which all dashboards draw: lines that are seen, legends that say how much, limits in red."""

from dataclasses import dataclass

from grafana_foundation_sdk.builders import (
    common,
    dashboard,
    heatmap,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.models import common as looks
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import heatmap as heat
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from deploy.grafana.board import DATASOURCE

HERE = 'namespace=~"$namespace"'
"""Matchers of gauges that are the same at each process: aggregated with max."""
OWN = f'{HERE}, instance=~"$instance"'
"""Matchers of what each process counts for itself."""
THIRD, HALF, WHOLE = 8, 12, 24
HEIGHT = 8


@dataclass(frozen=True)
class Query:
    """What is asked, and what its lines are called."""

    expr: str
    legend: str = ""


def lines(
    title: str, description: str, unit: str, *queries: Query, width: int = THIRD, stacked: bool = False,
    limit: float | None = None, most: float | None = None, runbook: str = "",
) -> timeseries.Panel:  # fmt: skip
    """Values over time; `limit` is a line from which on it is bad, the one of the alert that `runbook` names."""
    panel = (
        timeseries.Panel().title(title).description(description).unit(unit).datasource(DATASOURCE).span(width)
        .height(HEIGHT).min(0).line_width(1).fill_opacity(60 if stacked else 8)
        .show_points(looks.VisibilityMode.NEVER).legend(_legend()).tooltip(_tooltip())
    )  # fmt: skip
    if stacked:
        panel.stacking(common.StackingConfig().mode(looks.StackingMode.NORMAL).group("A"))
    if limit is not None:
        panel.thresholds(_thresholds(limit))
        panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(looks.GraphThresholdsStyleMode.DASHED))
    if most is not None:
        panel.axis_soft_max(most)
    if runbook:
        panel.links([_runbook(runbook)])
    for place, query in enumerate(queries):
        panel.with_target(_target(query, place).range())
    return panel


def number(
    title: str, description: str, unit: str, query: Query, *, width: int = 4, limit: float | None = None,
    below: bool = False, runbook: str = "",
) -> stat.Panel:  # fmt: skip
    """The latest value, red from `limit` on, or where it is `below` it."""
    panel = (
        stat.Panel().title(title).description(description).unit(unit).datasource(DATASOURCE).span(width).height(5)
        .graph_mode(looks.BigValueGraphMode.AREA).reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .with_target(_target(query).range())
    )  # fmt: skip
    if limit is not None:
        panel.thresholds(_thresholds(limit, below=below))
        panel.color_mode(looks.BigValueColorMode.BACKGROUND)
    if runbook:
        panel.links([_runbook(runbook)])
    return panel


def spread(title: str, description: str, unit: str, expr: str, *, width: int = HALF) -> heatmap.Panel:
    """How many were in which bucket of a histogram, over time; `expr` keeps `le`."""
    query = _target(Query(expr, "{{le}}")).range().format(PromQueryFormat.HEATMAP)
    axis = heatmap.YAxisConfig().unit(unit)
    return (
        heatmap.Panel().title(title).description(description).datasource(DATASOURCE).span(width).height(HEIGHT)
        .calculate(False).y_axis(axis).color(heatmap.HeatmapColorOptions().mode(heat.HeatmapColorMode.SCHEME).scheme("Blues").steps(64))
        .filter_values(heatmap.FilterValueRange().le(1e-9)).with_target(query)
    )  # fmt: skip


def states(title: str, description: str, query: Query, *, width: int = HALF, runbook: str = "") -> statetimeline.Panel:
    """1 is well, 0 is not."""
    panel = (
        statetimeline.Panel().title(title).description(description).datasource(DATASOURCE).span(width).height(HEIGHT)
        .mappings([_word("1", "well", "green"), _word("0", "away", "red")]).thresholds(_thresholds(1, below=True))
        .with_target(_target(query).range())
    )  # fmt: skip
    return panel.links([_runbook(runbook)]) if runbook else panel


def rows(
    title: str,
    description: str,
    expr: str,
    *,
    width: int = HALF,
    hidden: str = "",
    value: str = "",
    links: bool = False,
) -> table.Panel:
    """What there is now, a row for each series, its value in a column of that name; with links from alerts to runbooks."""
    gone = dict.fromkeys(("Time", *(() if value else ("Value",)), *hidden.split()), True)
    shown: dict[str, object] = {"excludeByName": gone, "renameByName": {"Value": value} if value else {}}
    panel = (
        table.Panel().title(title).description(description).datasource(DATASOURCE).span(width).height(HEIGHT)
        .with_target(_target(Query(expr)).instant().format(PromQueryFormat.TABLE))
        .with_transformation(models.DataTransformerConfig(id_val="organize", options=shown))
    )  # fmt: skip
    if links:
        page = {"title": "Runbook", "url": "${runbooks}/${__value.raw}.md", "targetBlank": True}
        panel.override_by_name("alertname", [models.DynamicConfigValue(id_val="links", value=[page])])
    return panel


def quantile(part: float, metric: str, by: str = "", matchers: str = OWN) -> str:
    """A quantile of a histogram by these labels, over the last moments."""
    labels = ", ".join(filter(None, ("le", by)))
    return f"histogram_quantile({part}, sum by ({labels}) (rate({metric}_bucket{{{matchers}}}[$__rate_interval])))"


def rate(metric: str, by: str = "", matchers: str = OWN) -> str:
    """How many a second, by these labels."""
    return (
        f"sum by ({by}) (rate({metric}{{{matchers}}}[$__rate_interval]))"
        if by
        else f"sum(rate({metric}{{{matchers}}}[$__rate_interval]))"
    )


def seen(metric: str, by: str = "", more: str = "") -> str:
    """A gauge of shared state, which each process shows."""
    matchers = f"{HERE}, {more}" if more else HERE
    return f"max by ({', '.join(filter(None, ('namespace', by)))}) ({metric}{{{matchers}}})"


def _target(query: Query, place: int = 0) -> prometheus.Dataquery:
    return prometheus.Dataquery().expr(query.expr).legend_format(query.legend or "__auto").ref_id(chr(ord("A") + place))


def _legend() -> common.VizLegendOptions:
    return (
        common.VizLegendOptions().show_legend(True).display_mode(looks.LegendDisplayMode.TABLE)
        .placement(looks.LegendPlacement.BOTTOM).calcs(["mean", "max", "lastNotNull"])
    )  # fmt: skip


def _tooltip() -> common.VizTooltipOptions:
    return common.VizTooltipOptions().mode(looks.TooltipDisplayMode.MULTI).sort(looks.SortOrder.DESCENDING)


def _thresholds(limit: float, *, below: bool = False) -> dashboard.ThresholdsConfig:
    low, high = ("red", "green") if below else ("green", "red")
    steps = [models.Threshold(value=None, color=low), models.Threshold(value=limit, color=high)]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)


def _runbook(alert: str) -> dashboard.DashboardLink:
    return (
        dashboard.DashboardLink(f"Runbook {alert}").type(models.DashboardLinkType.LINK).target_blank(True)
        .url(f"${{runbooks}}/{alert}.md")
    )  # fmt: skip


def _word(value: str, text: str, color: str) -> models.ValueMap:
    return models.ValueMap(options={value: models.ValueMappingResult(text=text, color=color)})
