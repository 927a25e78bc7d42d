"""The list of addresses and mail domains that approvers allow or block."""

from trustcenter.accounts.listed.blocks import Block, block_of

__all__ = ["Block", "block_of"]
