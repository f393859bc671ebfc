"""What a user declares of a target: read once, checked as a whole, and handed on as a value."""
