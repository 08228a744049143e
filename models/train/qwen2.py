"""The Qwen2 architecture in PyTorch for training, with its file format.

Queries, keys and values are one matrix here, and so are gate and up: fewer
and larger products. `hf_tensors` takes them apart under Hugging Face's names.
"""
import json
import os
import struct

import torch
import torch.nn.functional as F
from torch import nn


def make_config(vocab_size, end_id, context):
    """The config.json of the model, with all the fields a reader may want."""
    return {
        "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2",
        "attention_dropout": 0.0, "bos_token_id": end_id,
        "eos_token_id": end_id, "head_dim": 32, "hidden_act": "silu",
        "hidden_size": 128, "initializer_range": 0.02,
        "intermediate_size": 344, "max_position_embeddings": context,
        "max_window_layers": 7, "num_attention_heads": 4,
        "num_hidden_layers": 7, "num_key_value_heads": 2,
        "rms_norm_eps": 1e-6, "rope_scaling": None, "rope_theta": 10000.0,
        "sliding_window": None, "tie_word_embeddings": True,
        "torch_dtype": "bfloat16", "use_cache": True,
        "use_sliding_window": False, "vocab_size": vocab_size}


class Linear(nn.Module):
    """A product in `dtype` with weights kept in float32."""

    def __init__(self, inputs, outputs, bias=False, scale=0.02):
        """Normal weights of the given scale, zero bias."""
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) * scale)
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None

    def forward(self, x):
        """x W^T + b in x's type."""
        bias = None if self.bias is None else self.bias.to(x.dtype)
        return F.linear(x, self.weight.to(x.dtype), bias)


def drop_channels(x, chance, training):
    """Dropout with one mask for all positions of a sequence.

    A mask an element would take a fifth of the time of a step on a CPU.
    """
    if not training or chance == 0:
        return x
    keep = torch.rand(x.shape[0], 1, x.shape[2], device=x.device) >= chance
    return x * (keep.to(x.dtype) / (1 - chance))


class RMSNorm(nn.Module):
    """x / rms(x) * weight, in float32."""

    def __init__(self, size, eps):
        """Weights of one."""
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(size)), eps

    def forward(self, x):
        """Normalises the last dimension."""
        scale = torch.rsqrt(x.square().mean(-1, keepdim=True) + self.eps)
        return x * scale * self.weight


class Block(nn.Module):
    """Attention and feed-forward network, each behind a norm."""

    def __init__(self, config):
        """The residual branches start small, as there are many of them."""
        super().__init__()
        hidden, inner = config["hidden_size"], config["intermediate_size"]
        self.heads = config["num_attention_heads"]
        self.groups = config["num_key_value_heads"]
        self.head_dim = config["head_dim"]
        q_size = self.heads * self.head_dim
        kv_size = self.groups * self.head_dim
        self.sizes = [q_size, kv_size, kv_size]
        small = 0.05 / (2 * config["num_hidden_layers"]) ** 0.5
        self.norm1 = RMSNorm(hidden, config["rms_norm_eps"])
        self.norm2 = RMSNorm(hidden, config["rms_norm_eps"])
        self.qkv = Linear(hidden, sum(self.sizes), True, 0.05)
        self.o = Linear(q_size, hidden, False, small)
        self.gate_up = Linear(hidden, 2 * inner, False, 0.05)
        self.down = Linear(inner, hidden, False, small)

    def attention(self, x, cos, sin, mask):
        """Grouped-query attention; each group's queries are one product."""
        batch, time, _ = x.shape
        qkv = self.qkv(x).view(batch, time, -1, self.head_dim).transpose(1, 2)
        qk, v = qkv.split([self.heads + self.groups, self.groups], 1)
        low, high = qk.chunk(2, -1)
        qk = qk * cos + torch.cat((-high, low), -1) * sin
        q, k = qk.split([self.heads, self.groups], 1)
        rows = self.heads // self.groups * time
        q = q.reshape(batch * self.groups, rows, self.head_dim)
        k = k.reshape(batch * self.groups, time, self.head_dim)
        v = v.reshape(batch * self.groups, time, self.head_dim)
        scores = torch.bmm(q * self.head_dim ** -0.5, k.transpose(1, 2))
        scores = scores.view(-1, self.heads // self.groups, time, time) + mask
        out = torch.bmm(scores.softmax(-1).view(-1, rows, time), v)
        out = out.view(batch, self.heads, time, self.head_dim)
        return self.o(out.transpose(1, 2).reshape(batch, time, -1))

    def forward(self, x, cos, sin, mask, dtype, dropout):
        """x stays in float32; the branches are computed in dtype."""
        y = self.attention(self.norm1(x).to(dtype), cos, sin, mask)
        x = x + drop_channels(y.float(), dropout, self.training)
        gate, up = self.gate_up(self.norm2(x).to(dtype)).chunk(2, -1)
        y = self.down(F.silu(gate) * up)
        return x + drop_channels(y.float(), dropout, self.training)


class Qwen2(nn.Module):
    """Token ids to logits; the embedding is the output matrix too."""

    def __init__(self, config, dropout=0.0, dtype=torch.float32):
        """dtype is the type of the products; parameters are float32."""
        super().__init__()
        self.config, self.dropout, self.dtype = config, dropout, dtype
        self.embed = nn.Parameter(
            torch.randn(config["vocab_size"], config["hidden_size"]) * 0.03)
        self.blocks = nn.ModuleList(
            Block(config) for _ in range(config["num_hidden_layers"]))
        self.norm = RMSNorm(config["hidden_size"], config["rms_norm_eps"])

    def forward(self, ids):
        """ids: batch x time; returns batch x time x vocabulary."""
        time, dim = ids.shape[1], self.config["head_dim"]
        rates = self.config["rope_theta"] ** (
            -torch.arange(0, dim, 2, device=ids.device) / dim)
        angles = torch.outer(torch.arange(time, device=ids.device), rates)
        angles = torch.cat((angles, angles), -1)
        cos, sin = angles.cos().to(self.dtype), angles.sin().to(self.dtype)
        mask = torch.full((time, time), -1e9, dtype=self.dtype,
                          device=ids.device).triu(1)
        x = F.embedding(ids, self.embed)
        x = drop_channels(x, self.dropout, self.training)
        for block in self.blocks:
            x = block(x, cos, sin, mask, self.dtype, self.dropout)
        return F.linear(self.norm(x).to(self.dtype), self.embed.to(self.dtype))

    def hf_tensors(self, state):
        """Hugging Face's names and shapes for a state dict of this class."""
        tensors = {"model.embed_tokens.weight": state["embed"],
                   "model.norm.weight": state["norm.weight"]}
        for number, block in enumerate(self.blocks):
            here, there = f"blocks.{number}.", f"model.layers.{number}."
            for kind in ("weight", "bias"):
                parts = state[here + "qkv." + kind].split(block.sizes)
                for name, part in zip("qkv", parts):
                    tensors[f"{there}self_attn.{name}_proj.{kind}"] = part
            gate, up = state[here + "gate_up.weight"].chunk(2)
            tensors[there + "self_attn.o_proj.weight"] = state[here + "o.weight"]
            tensors[there + "mlp.gate_proj.weight"] = gate
            tensors[there + "mlp.up_proj.weight"] = up
            tensors[there + "mlp.down_proj.weight"] = state[here + "down.weight"]
            tensors[there + "input_layernorm.weight"] = state[here + "norm1.weight"]
            tensors[there + "post_attention_layernorm.weight"] = (
                state[here + "norm2.weight"])
        return tensors


def save_safetensors(tensors, path):
    """Writes BF16 tensors: header length, JSON header, data. Atomic."""
    header, blobs, at = {"__metadata__": {"format": "pt"}}, [], 0
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().to(torch.bfloat16).contiguous()
        blob = tensor.view(torch.int16).numpy().astype("<i2").tobytes()
        header[name] = {"dtype": "BF16", "shape": list(tensor.shape),
                        "data_offsets": [at, at + len(blob)]}
        blobs.append(blob)
        at += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the data start at a multiple of 8
    with open(path + ".new", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))
    os.replace(path + ".new", path)
