"""The kit's purposes as a test suite of the installed package: `pytest --pyargs conformance.suite --target=URL`.

The plugin collects the purposes in place of this file.
"""
