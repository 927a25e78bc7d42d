"""Agreements on paper: signed elsewhere, our text with the counterparty's changes, or the counterparty's own text."""
