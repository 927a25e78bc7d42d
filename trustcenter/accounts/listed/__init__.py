"""The list of addresses and mail domains that approvers allow or block."""

from trustcenter.accounts.listed.blocks import Block, block_of
from trustcenter.accounts.listed.known import look_up

__all__ = ["Block", "block_of", "look_up"]
