"""Proposes a mapping: by what the tenant approved before, by names and values, and by advice where it is asked for."""

from collections.abc import Sequence

from msgspec.structs import replace

from libs.contracts.files.mapping_bodies import mapping_view
from libs.contracts.files.mappings import Mapping, Source
from libs.contracts.tasks.types.mapping import MappingParameters, MappingResult
from libs.database.mappings import NewMapping
from libs.files.mapping.checking import faults_of
from libs.files.mapping.proposing.history import again, signature
from libs.files.mapping.proposing.propose import Column, propose
from libs.files.mapping.proposing.sampling import columns_of
from libs.files.mapping.targets import Targets, targets_in, targets_of
from libs.tasks.context import Context
from libs.telemetry.process.crashpoints import crash_point
from services.processor.mapping.advice import NoAdviceError, advised
from services.processor.reading import file_of, opened
from services.processor.tools import Tools


def run(context: Context, tools: Tools) -> MappingResult:
    """Propose a mapping. Its id is the task's: a run that is repeated finds what the one before has made."""
    task, parameters = context.task, context.parameters
    file, source = file_of(context, tools, parameters.file_id), parameters.source or Source()
    context.progress("look", 0.0)
    with opened(context, tools, file, source, parameters.entity) as table:
        header, source, certain = table.header, table.source, table.certain
        columns = columns_of(table, context.stop_if_cancelled)
    targets = _targets(context, tools, parameters)
    context.progress("match", 0.0)
    content = _proposed(context, tools, targets, columns, header, source)
    crash_point("mapping.before_add")
    stored = tools.mappings.add(NewMapping(
        tenant_id=task.tenant_id, mapping_id=task.task_id, signature=signature(header), created_by=task.created_by,
        file_id=file.file_id, content=replace(content, reference_file_id=parameters.reference_file_id),
    ))  # fmt: skip
    crash_point("mapping.after_add")
    return MappingResult(mapping_id=stored.mapping_id, mapping=mapping_view(stored), certain=certain)


def _targets(context: Context, tools: Tools, parameters: MappingParameters) -> Targets:
    if parameters.entity is not None:
        return targets_of(parameters.entity)
    assert parameters.reference_file_id is not None
    file = file_of(context, tools, parameters.reference_file_id)
    with opened(context, tools, file, Source()) as table:
        return targets_in(table.header)


def _proposed(
    context: Context, tools: Tools, targets: Targets, columns: Sequence[Column], header: Sequence[str], source: Source
) -> Mapping:
    tenant, entity = context.task.tenant_id, targets.entity
    approved = tools.mappings.approved(tenant, entity, signature(header)) if entity else None
    if approved and not any(faults_of(approved.content)):
        return again(approved.content, [column.name for column in columns], source)
    history = tools.mappings.history(tenant, entity) if entity else {}
    content = propose(targets, columns, source, history=history)
    if context.parameters.provider != "ai":
        return content
    unsure = {column.index for column in content.columns if column.target is None}
    asked = [column for column in columns if column.index in unsure]
    return propose(targets, columns, source, history=history, advice=_advice(context, tools, targets, asked))


def _advice(
    context: Context, tools: Tools, targets: Targets, columns: Sequence[Column]
) -> Sequence[tuple[int, str, float]]:
    """What the provider says of columns that nobody here knows; nothing, and a line of the story, where it does not."""
    settings = tools.settings.ai
    if not settings.ai_url:
        context.log("AI_NOT_SET")
        return ()
    try:
        return advised(settings, targets, columns, context.stop_if_cancelled) if columns else ()
    except NoAdviceError as error:
        context.log("AI_WITHOUT", reason=error.reason)
        return ()
