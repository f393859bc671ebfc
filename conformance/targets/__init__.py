"""Ways to reach an implementation: over HTTP, as an ASGI application or a process of our own, or as a recording."""
