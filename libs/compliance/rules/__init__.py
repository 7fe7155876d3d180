"""One file a rule, named by its code: a head of `-- name: value` lines, then one statement over a tenant's inventory.

The statement returns `record_id`, each record once. It is told `%(tenant)s` and `%(today)s`, and `%(words)s`: a pattern
that finds any of the head's words whatever their case.
"""
