"""What all dashboards share: what they are asked for, where they lead, and marks where another version came."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard as models

DATASOURCE = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
TAG = "sluice"
CONSOLE, RUNBOOKS = "https://sluice.example/console", "https://git.example/sluice/blob/main/docs/runbooks"
"""Until somebody writes his own into the boxes at the top, or into the files."""
DEPLOYS = (
    'count by (namespace, service, version) (sluice_build_info{namespace=~"$namespace"})'
    ' unless count by (namespace, service, version) (sluice_build_info{namespace=~"$namespace"} offset 2m)'
)


class Question:
    """A row: what somebody wants to know, and the panels that answer it."""

    def __init__(self, asks: str, *panels: Builder[models.Panel]) -> None:
        self.asks = asks
        self.panels = panels


def build(uid: str, title: str, description: str, questions: Sequence[Question]) -> models.Dashboard:
    """A dashboard with a row for each question."""
    board = (
        dashboard.Dashboard(f"Sluice / {title}").uid(uid).description(description).tags([TAG]).timezone("browser")
        .time("now-6h", "now").refresh("30s").tooltip(models.DashboardCursorSync.CROSSHAIR).variables(_variables())
        .annotation(_Deploys()).links(_links())
    )  # fmt: skip
    for question in questions:
        board.with_row(dashboard.Row(question.asks))
        for panel in question.panels:
            board.with_panel(panel)
    built = board.build()
    for place, each in enumerate(built.panels or (), start=1):
        each.id_val = place
    return built


def _variables() -> list[Builder[models.VariableModel]]:
    return [
        dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus"),
        _labels("namespace", "Installation", "label_values(sluice_build_info, namespace)", several=False),
        _labels(
            "instance", "Process", 'label_values(sluice_build_info{namespace=~"$namespace"}, instance)', several=True
        ),
        dashboard.TextBoxVariable("console").label("Console").default_value(CONSOLE),
        dashboard.TextBoxVariable("runbooks").label("Runbooks").default_value(RUNBOOKS),
    ]


def _labels(name: str, label: str, query: str, *, several: bool) -> dashboard.QueryVariable:
    variable = (
        dashboard.QueryVariable(name).label(label).query(query).datasource(DATASOURCE)
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED).sort(models.VariableSort.ALPHABETICAL_ASC)
    )  # fmt: skip
    if several:
        everything = models.VariableOption(text="All", value="$__all")
        variable.multi(True).include_all(True).all_value(".*").current(everything)
    return variable


class _Mark(models.AnnotationQuery):
    """One of Prometheus, which has more to say than the model knows."""

    def to_json(self) -> dict[str, object]:
        return super().to_json() | {
            "titleFormat": "{{service}} {{version}}",
            "tagKeys": "service,version",
            "step": "60s",
        }


class _Deploys(Builder[models.AnnotationQuery]):
    def build(self) -> models.AnnotationQuery:
        return _Mark(name="Deploys", datasource=DATASOURCE, enable=True, icon_color="blue", expr=DEPLOYS)


def _links() -> list[Builder[models.DashboardLink]]:
    others = (
        dashboard.DashboardLink("Dashboards").type(models.DashboardLinkType.DASHBOARDS).tags([TAG]).as_dropdown(True)
        .include_vars(True).keep_time(True)
    )  # fmt: skip
    return [others, _link("Console", "${console}"), _link("Runbooks", "${runbooks}")]


def _link(title: str, url: str) -> dashboard.DashboardLink:
    return dashboard.DashboardLink(title).type(models.DashboardLinkType.LINK).url(url).target_blank(True)
