"""Correctness and speed under load: Locust drives the requests of the purposes, the kit's judge reads each answer.

shots      what is sent: requests that must be accepted, and a share that must be refused, each with its control
tally      what was seen, merged over workers, and whether the limits of the target statement are met
users      Locust's users, its steps, its masters and workers

Needs the extra `load` (locust). Importing `users` patches the process for gevent: `ocr-conformance load` does that
before anything else of a target is loaded.
"""
