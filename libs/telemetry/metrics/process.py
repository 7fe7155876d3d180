"""What every process counts."""

from prometheus_client import Counter

LOG_LINES_DROPPED = Counter("sluice_log_lines_dropped_total", "Log lines lost: nobody read them, or the disk was full.")
