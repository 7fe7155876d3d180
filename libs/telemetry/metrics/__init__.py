"""Every metric of Sluice, declared once, by who counts it: a process exposes those of the modules that it uses.

To add one, declare it in the module of what it measures; it is exposed and documented from there. Labels never hold a
tenant, a job or a value of a record. Durations are seconds, sizes bytes.
"""

from prometheus_client import disable_created_metrics, values

from libs.telemetry.shared_values import SharedDict

# Before the first metric is made.
values.MmapedDict = SharedDict  # type: ignore[attr-defined]
disable_created_metrics()
