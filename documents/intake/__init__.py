"""Uploads: into the vault, checked, made harmless, and prepared for the reader's mark."""
