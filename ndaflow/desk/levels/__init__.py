"""The page where an administrator edits what each level requires."""
