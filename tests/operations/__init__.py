"""The site as an operator runs it: from an empty folder, and while what it needs is away."""
