"""Editing the public content at the desk: drafts, their difference to what is public, publishing and going back."""
