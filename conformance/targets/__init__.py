"""Ways to reach an implementation: over HTTP, as a process of our own, or as a recording."""
