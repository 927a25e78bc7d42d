"""Checks of the public content: what contradicts itself, is out of date, says too much, or leads nowhere."""
