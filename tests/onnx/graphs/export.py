#!/usr/bin/python3
"""Writes the test graphs of this folder: transformers with random weights, as PyTorch 1.13 exports them (Debian:
python3-torch), and inputs for them. The outputs come from ONNX Runtime: run_onnxruntime.mjs.

usage: export.py [DIRECTORY]     (default: this folder)
"""
import math
import os
import sys

import numpy
import torch
from torch import nn


class Attention(nn.Module):
    """Scaled dot product over heads, written as most models write it: views, transposes, matmul, softmax."""

    def __init__(self, width, heads, bias=True):
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.o = (nn.Linear(width, width, bias=bias) for _ in range(4))

    def split(self, x):
        return x.view(x.shape[0], x.shape[1], self.heads, -1).transpose(1, 2)

    def forward(self, x, mask=None):
        q, k, v = self.split(self.q(x)), self.split(self.k(x)), self.split(self.v(x))
        scores = torch.matmul(q, k.transpose(-1, -2)) / math.sqrt(q.shape[-1])
        if mask is not None:
            scores = scores + mask
        context = torch.matmul(torch.softmax(scores, dim=-1), v)
        return self.o(context.transpose(1, 2).reshape(x.shape[0], x.shape[1], -1))


class BertLayer(nn.Module):
    def __init__(self, width, heads, inner):
        super().__init__()
        self.attention = Attention(width, heads)
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-12), nn.LayerNorm(width, eps=1e-12)
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)

    def forward(self, x, mask):
        x = self.norm1(x + self.attention(x, mask))
        return self.norm2(x + self.down(nn.functional.gelu(self.up(x))))


class Bert(nn.Module):
    """An encoder with token, position and type embeddings, a padding mask, and GELU by erf."""

    def __init__(self, vocab=97, width=50, heads=5, inner=116, layers=2, positions=40):
        super().__init__()
        self.word, self.position, self.kind = (nn.Embedding(n, width) for n in (vocab, positions, 2))
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.layers = nn.ModuleList(BertLayer(width, heads, inner) for _ in range(layers))

    def forward(self, input_ids, attention_mask, token_type_ids):
        positions = torch.arange(input_ids.shape[1]).unsqueeze(0)
        x = self.norm(self.word(input_ids) + self.kind(token_type_ids) + self.position(positions))
        mask = (1.0 - attention_mask[:, None, None, :].float()) * -10000.0
        for layer in self.layers:
            x = layer(x, mask)
        return x


class Gpt2Layer(nn.Module):
    def __init__(self, width, heads, positions):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.o = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.register_buffer("seen", torch.tril(torch.ones(positions, positions, dtype=torch.bool))[None, None])

    def forward(self, x):
        batch, length, width = x.shape
        q, k, v = self.qkv(self.norm1(x)).split(width, dim=2)
        q, k, v = (t.view(batch, length, self.heads, width // self.heads).permute(0, 2, 1, 3) for t in (q, k, v))
        scores = torch.matmul(q, k.transpose(-1, -2)) / (v.shape[-1] ** 0.5)
        scores = torch.where(self.seen[:, :, :length, :length], scores, torch.tensor(-3.4028235e38))
        context = torch.matmul(nn.functional.softmax(scores, dim=-1), v)
        x = x + self.o(context.permute(0, 2, 1, 3).contiguous().view(batch, length, width))
        y = self.up(self.norm2(x))
        y = 0.5 * y * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (y + 0.044715 * torch.pow(y, 3.0))))
        return x + self.down(y)


class Gpt2(nn.Module):
    """A decoder with learned positions, a causal mask by Where, one matrix for q, k and v, and GELU by tanh."""

    def __init__(self, vocab=101, width=44, heads=4, layers=2, positions=33):
        super().__init__()
        self.token, self.position = nn.Embedding(vocab, width), nn.Embedding(positions, width)
        self.layers = nn.ModuleList(Gpt2Layer(width, heads, positions) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocab, bias=False)

    def forward(self, input_ids):
        positions = torch.arange(0, input_ids.shape[-1], dtype=torch.long).unsqueeze(0)
        x = self.token(input_ids) + self.position(positions)
        for layer in self.layers:
            x = layer(x)
        return self.head(self.norm(x))


class PackedAttention(nn.Module):
    """Queries, keys and values from one product, on an axis of their own: chosen by unbind or by index."""

    def __init__(self, width, heads, unbind):
        super().__init__()
        self.heads, self.unbind = heads, unbind
        self.qkv, self.o = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        batch, length, width = x.shape
        packed = self.qkv(x).reshape(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = packed.unbind(0) if self.unbind else (packed[0], packed[1], packed[2])
        weights = ((q * (width // self.heads) ** -0.5) @ k.transpose(-2, -1)).softmax(dim=-1)
        return self.o((weights @ v).transpose(1, 2).reshape(batch, length, width))


class VitLayer(nn.Module):
    def __init__(self, width, heads, inner, unbind):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.attention = PackedAttention(width, heads, unbind)
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.down(nn.functional.gelu(self.up(self.norm2(x))))


class Vit(nn.Module):
    """An image encoder: patches by a convolution whose stride is its kernel, a class token, learned positions."""

    def __init__(self, width=48, heads=3, inner=100, layers=2, patch=5, side=25, classes=11):
        super().__init__()
        self.patches = nn.Conv2d(3, width, patch, patch)
        self.token = nn.Parameter(torch.randn(1, 1, width) * 0.5)
        self.positions = nn.Parameter(torch.randn(1, (side // patch) ** 2 + 1, width) * 0.5)
        self.layers = nn.ModuleList(VitLayer(width, heads, inner, i % 2 == 0) for i in range(layers))
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, classes)

    def forward(self, image):
        x = self.patches(image).flatten(2).transpose(1, 2)
        x = torch.cat((self.token.expand(x.shape[0], -1, -1), x), dim=1) + self.positions
        for layer in self.layers:
            x = layer(x)
        return self.head(self.norm(x)[:, 0])


class RmsNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(1.0 + 0.2 * torch.randn(width))

    def forward(self, x):
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5))


def rotate_half(x):
    half = x.shape[-1] // 2
    return torch.cat((-x[..., half:], x[..., :half]), dim=-1)


class LlamaLayer(nn.Module):
    def __init__(self, width, heads, kv_heads, inner):
        super().__init__()
        self.heads, self.kv_heads, self.head_dim = heads, kv_heads, width // heads
        self.norm1, self.norm2 = RmsNorm(width), RmsNorm(width)
        self.q, self.o = nn.Linear(width, width, bias=False), nn.Linear(width, width, bias=False)
        self.k, self.v = (nn.Linear(width, kv_heads * self.head_dim, bias=False) for _ in range(2))
        self.gate, self.up = (nn.Linear(width, inner, bias=False) for _ in range(2))
        self.down = nn.Linear(inner, width, bias=False)

    def repeat(self, x):
        batch, heads, length, width = x.shape
        groups = self.heads // self.kv_heads
        return x[:, :, None].expand(batch, heads, groups, length, width).reshape(batch, heads * groups, length, width)

    def forward(self, x, mask, cos, sin):
        batch, length, _ = x.shape
        y = self.norm1(x)
        q = self.q(y).view(batch, length, self.heads, self.head_dim).transpose(1, 2)
        k = self.k(y).view(batch, length, self.kv_heads, self.head_dim).transpose(1, 2)
        v = self.v(y).view(batch, length, self.kv_heads, self.head_dim).transpose(1, 2)
        q, k = q * cos + rotate_half(q) * sin, k * cos + rotate_half(k) * sin
        scores = torch.matmul(q, self.repeat(k).transpose(2, 3)) / math.sqrt(self.head_dim) + mask
        context = torch.matmul(torch.softmax(scores, dim=-1, dtype=torch.float32), self.repeat(v))
        x = x + self.o(context.transpose(1, 2).reshape(batch, length, -1))
        y = self.norm2(x)
        return x + self.down(nn.functional.silu(self.gate(y)) * self.up(y))


class Llama(nn.Module):
    """Blocks with RMSNorm, rotary positions, grouped-query heads, SwiGLU, and a causal mask that is added."""

    def __init__(self, vocab=89, width=48, heads=6, kv_heads=2, inner=108, layers=2):
        super().__init__()
        self.token = nn.Embedding(vocab, width)
        self.layers = nn.ModuleList(LlamaLayer(width, heads, kv_heads, inner) for _ in range(layers))
        self.norm = RmsNorm(width)
        self.head = nn.Linear(width, vocab, bias=False)
        size = width // heads
        self.register_buffer("frequencies", 1.0 / 10000.0 ** (torch.arange(0, size, 2).float() / size))

    def forward(self, input_ids):
        x = self.token(input_ids)
        length = input_ids.shape[1]
        positions = torch.arange(length).float()
        angles = positions[:, None] * self.frequencies[None]
        angles = torch.cat((angles, angles), dim=-1)
        cos, sin = angles.cos()[None, None], angles.sin()[None, None]
        later = torch.arange(length)[None, :] > torch.arange(length)[:, None]
        mask = later.float()[None, None] * -1e9
        for layer in self.layers:
            x = layer(x, mask, cos, sin)
        return self.head(self.norm(x))


def randomise(module):
    """Weights and biases for which every part of the graph matters."""
    for name, parameter in module.named_parameters():
        if parameter.dim() == 1 and name.endswith("bias"):
            nn.init.normal_(parameter, std=0.3)
        elif parameter.dim() == 1:
            nn.init.normal_(parameter, mean=1.0, std=0.2)


def ids(count, *shape):
    return torch.randint(0, count, shape)


def export(directory, name, module, inputs, outputs, opset, dynamic=None):
    module.eval()
    randomise(module)
    folder = os.path.join(directory, name)
    os.makedirs(folder, exist_ok=True)
    torch.onnx.export(module, tuple(inputs.values()), os.path.join(folder, "model.onnx"), input_names=list(inputs),
                      output_names=outputs, opset_version=opset, dynamic_axes=dynamic, do_constant_folding=False)
    for key, value in inputs.items():
        numpy.save(os.path.join(folder, f"input.{key}.npy"), value.numpy())


def main():
    directory = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    torch.manual_seed(5)
    tokens = {0: "batch", 1: "sequence"}
    mask = torch.ones(1, 19, dtype=torch.long)
    mask[0, 14:] = 0
    export(directory, "bert", Bert(),
           {"input_ids": ids(97, 1, 19), "attention_mask": mask, "token_type_ids": ids(2, 1, 19)},
           ["hidden"], 13, {n: tokens for n in ("input_ids", "attention_mask", "token_type_ids")})
    export(directory, "gpt2", Gpt2(), {"input_ids": ids(101, 1, 23)}, ["logits"], 11, {"input_ids": tokens})
    export(directory, "vit", Vit(), {"image": torch.randn(1, 3, 25, 25)}, ["classes"], 16, {"image": {0: "batch"}})
    export(directory, "llama", Llama(), {"input_ids": ids(89, 1, 21)}, ["logits"], 15, {"input_ids": tokens})
    # A batch, and a sequence length that is not the exported one.
    numpy.save(os.path.join(directory, "gpt2", "batch.input_ids.npy"), ids(101, 3, 17).numpy())


if __name__ == "__main__":
    main()
