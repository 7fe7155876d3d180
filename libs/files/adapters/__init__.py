"""Scanners' own formats: each module turns one into records, as rows whose columns have the fields' own names.

What a scanner says of a place (which kinds of data, in which table) becomes records with links by external id. What it
found there (matches, samples) is never taken: the structs that files are decoded into have no member for it.
"""
