"""What the documents say, as data, and what a target declares of it.

`tables` are the rows of a page, `requirements` what follows from them (`family`: what operations say alike, and what
others add), `catalogues` the error codes, open points and positions of all contracts. From the rows `schemas` derives
the JSON Schemas of an operation and `contents` those of what tickets hold, both by way of `subschema`; the command
`derive_schemas` writes them, and `owned` is what judging reads of them. A `contract` has all of it, under what a target
declares (`binding`); `openapi` tells it to other tools.
"""
