"""What the documents say, as data: tables, requirements, error codes and the positions taken on open points."""
