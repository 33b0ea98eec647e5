"""Products of matrices in float32 by oneDNN, which takes half the time of MKL on AMD's processors."""

from __future__ import annotations

from typing import Any

from nagamochi.retrieval import _backends


def multiply_by_onednn(model: Any) -> None:
    """Let all linear layers and attention of a model compute by oneDNN, where torch has it.

    Results are the same but for rounding. The operator is the one that torch.compile uses: `aten.mkldnn_linear` gave
    other bits in other threads (torch 2.14). torch's own attention multiplies by MKL.
    """
    torch = _backends.torch()
    if not torch.backends.mkldnn.is_available() or not hasattr(torch.ops.mkldnn, "_linear_pointwise"):
        return
    linear, attention = _onednn_linear(), _onednn_attention()
    for layer in model.modules():
        if type(layer) is torch.nn.Linear:
            layer.__class__ = linear
        elif type(layer) is torch.nn.MultiheadAttention and _is_plain(layer):
            layer.__class__ = attention


def _is_plain(attention: Any) -> bool:
    """Whether one matrix and one bias make query, key and value, and nothing is added to them."""
    return (
        attention.batch_first
        and attention.in_proj_weight is not None
        and attention.in_proj_bias is not None
        and attention.bias_k is None
        and not attention.add_zero_attn
    )


def _product(numbers: Any, weight: Any, bias: Any) -> Any:
    return _backends.torch().ops.mkldnn._linear_pointwise(numbers, weight, bias, "none", [], "")


def _onednn_linear() -> Any:
    torch = _backends.torch()

    # What is imported only when it is asked for has no types.
    class OneDnnLinear(torch.nn.Linear):  # type: ignore[misc, name-defined]
        def forward(self, numbers: Any) -> Any:
            return _product(numbers, self.weight, self.bias)

    return OneDnnLinear


def _onednn_attention() -> Any:
    torch = _backends.torch()

    # What is imported only when it is asked for has no types.
    class OneDnnAttention(torch.nn.MultiheadAttention):  # type: ignore[misc, name-defined]
        def forward(self, query: Any, key: Any, value: Any, **options: Any) -> Any:
            masked = any(options.get(mask) is not None for mask in ("attn_mask", "key_padding_mask"))
            if masked or options.get("need_weights", True) or key is not value:
                return super().forward(query, key, value, **options)
            by_head = map(self._by_head, self._projected(query, key))
            attended = torch.nn.functional.scaled_dot_product_attention(*by_head)
            joined = attended.transpose(1, 2).flatten(2)
            return _product(joined, self.out_proj.weight, self.out_proj.bias), None

        def _projected(self, query: Any, key: Any) -> tuple[Any, ...]:
            weight, bias, width = self.in_proj_weight, self.in_proj_bias, self.embed_dim
            if query is key:
                return tuple(_product(query, weight, bias).chunk(3, dim=-1))
            keys_and_values = _product(key, weight[width:], bias[width:]).chunk(2, dim=-1)
            return _product(query, weight[:width], bias[:width]), *keys_and_values

        def _by_head(self, tokens: Any) -> Any:
            return tokens.unflatten(-1, (self.num_heads, self.head_dim)).transpose(1, 2)

    return OneDnnAttention
