"""Invitations: a colleague in sales names a person and documents, within the limits of their levels."""
