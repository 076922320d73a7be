"""The rules of the trade: forms, values, checks, comparison, causes, passes, resolution, records.

Everything here is pure: no clock, no randomness, no files, no network. Time, ids and chance come in
as arguments. Only the standard library, msgspec, python-stdnum and rapidfuzz are used.
"""
