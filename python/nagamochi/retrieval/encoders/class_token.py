"""A vision transformer that computes its last block for the class token alone."""

from __future__ import annotations

from typing import Any

from nagamochi.retrieval import _backends


def for_class_token_only(visual: Any) -> Any:
    """Let the last block of open_clip's plain vision transformer compute the class token, the only one that is used.

    The vectors are the same but for rounding. Models of other kinds are returned as they are.
    """
    transformer = _backends.open_clip().transformer
    if type(visual) is not transformer.VisionTransformer or visual.pool_type != "tok" or visual.output_tokens:
        return visual
    blocks = visual.transformer.resblocks
    if visual.attn_pool is None and type(blocks[-1]) is transformer.ResidualAttentionBlock:
        blocks[-1] = _class_token_of(blocks[-1])
    return visual


def _class_token_of(block: Any) -> Any:
    """A module from tokens (n, tokens, width) to the class token (n, 1, width)."""
    torch = _backends.torch()

    # What is imported only when it is asked for has no types.
    class ClassToken(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.block = block

        def forward(self, tokens: Any, attn_mask: Any = None) -> Any:
            normal = self.block.ln_1(tokens)
            attended = self.block.attention(normal[:, :1], normal, normal, attn_mask)
            token = tokens[:, :1] + self.block.ls_1(attended)
            return token + self.block.ls_2(self.block.mlp(self.block.ln_2(token)))

    return ClassToken()
