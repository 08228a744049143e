"""A float64 model in NumPy that reads the saved folder: reference.py MODEL.

Written apart from the training code and without a key-value cache, so that it
checks the exported files and not the code that wrote them. It prints the
perplexity of heldout.txt and writes reference.json: a prompt, its ids, and the
ids and text of the prompt with its greedy continuation.
"""
import argparse
import json
import math
import os
import struct

import numpy as np

import bpe

GREEDY_COUNT = 64


def load_safetensors(path):
    """Name to float64 array of a file with BF16 tensors."""
    with open(path, "rb") as file:
        data = file.read()
    size = struct.unpack_from("<Q", data)[0]
    header = json.loads(data[8:8 + size])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        assert entry["dtype"] == "BF16", name
        begin, end = (8 + size + at for at in entry["data_offsets"])
        half = np.frombuffer(data[begin:end], "<u2").astype(np.uint32)
        values = (half << 16).view(np.float32).astype(np.float64)
        tensors[name] = values.reshape(entry["shape"])
    return tensors


def rms_norm(x, weight, eps):
    """Each row divided by its root mean square, times the weight."""
    return x / np.sqrt(np.mean(x * x, -1, keepdims=True) + eps) * weight


def rotate(x, theta):
    """Rotary positions; x is heads x time x dim, halves are the pairs."""
    time, dim = x.shape[1:]
    rates = theta ** (-np.arange(0, dim, 2) / dim)
    angles = np.tile(np.outer(np.arange(time), rates), 2)
    low, high = np.split(x, 2, -1)
    turned = np.concatenate((-high, low), -1)
    return x * np.cos(angles) + turned * np.sin(angles)


def softmax(x):
    """Along the last dimension."""
    x = np.exp(x - x.max(-1, keepdims=True))
    return x / x.sum(-1, keepdims=True)


class Reference:
    """The forward pass over a whole sequence."""

    def __init__(self, folder):
        """Reads config.json and model.safetensors."""
        with open(os.path.join(folder, "config.json")) as file:
            self.config = json.load(file)
        self.tensors = load_safetensors(
            os.path.join(folder, "model.safetensors"))

    def project(self, x, name):
        """x W^T, plus the bias where there is one."""
        out = x @ self.tensors[name + ".weight"].T
        return out + self.tensors.get(name + ".bias", 0.0)

    def heads(self, x, name, count):
        """A projection as heads x time x dim."""
        out = self.project(x, name)
        return out.reshape(len(x), count, -1).transpose(1, 0, 2)

    def attention(self, x, name):
        """Causal grouped-query attention."""
        config = self.config
        count, groups = (config["num_attention_heads"],
                         config["num_key_value_heads"])
        q = rotate(self.heads(x, name + "q_proj", count), config["rope_theta"])
        k = rotate(self.heads(x, name + "k_proj", groups), config["rope_theta"])
        v = self.heads(x, name + "v_proj", groups)
        k, v = (np.repeat(part, count // groups, 0) for part in (k, v))
        scores = q @ k.transpose(0, 2, 1) / math.sqrt(q.shape[-1])
        later = np.triu(np.ones(scores.shape[1:], bool), 1)
        out = softmax(np.where(later, -np.inf, scores)) @ v
        out = out.transpose(1, 0, 2).reshape(len(x), -1)
        return self.project(out, name + "o_proj")

    def logits(self, ids):
        """time x vocabulary for a list of ids."""
        tensors, eps = self.tensors, self.config["rms_norm_eps"]
        embedding = tensors["model.embed_tokens.weight"]
        x = embedding[ids]
        for number in range(self.config["num_hidden_layers"]):
            name = f"model.layers.{number}."
            y = rms_norm(x, tensors[name + "input_layernorm.weight"], eps)
            x = x + self.attention(y, name + "self_attn.")
            y = rms_norm(x, tensors[name + "post_attention_layernorm.weight"],
                         eps)
            gate = self.project(y, name + "mlp.gate_proj")
            y = gate / (1 + np.exp(-gate)) * self.project(y, name + "mlp.up_proj")
            x = x + self.project(y, name + "mlp.down_proj")
        return rms_norm(x, tensors["model.norm.weight"], eps) @ embedding.T


def perplexity(model, ids, length):
    """exp of the mean loss over windows that do not overlap."""
    total = count = 0
    for start in range(0, len(ids) - 1, length):
        window = ids[start:start + length + 1]
        chances = softmax(model.logits(window[:-1]))
        picked = chances[np.arange(len(window) - 1), window[1:]]
        total -= np.log(picked).sum()
        count += len(picked)
    return math.exp(total / count), count


def greedy(model, ids, count):
    """The ids continued, and the smallest lead of a best logit over the next.

    A small lead is where another implementation may rightly differ.
    """
    ids, lead = list(ids), math.inf
    for _ in range(count):
        row = model.logits(ids)[-1]
        second, first = np.sort(row)[-2:]
        lead = min(lead, first - second)
        ids.append(int(row.argmax()))
    return ids, float(lead)


def main():
    """Writes reference.json and prints the perplexities."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--prompt", default="She was")
    args = parser.parse_args()
    folder = args.folder
    model = Reference(folder)
    tokenizer = bpe.Tokenizer.load(os.path.join(folder, "tokenizer.json"))
    prompt_ids = tokenizer.encode(args.prompt)
    ids, lead = greedy(model, prompt_ids, GREEDY_COUNT)
    with open(os.path.join(folder, "heldout.txt")) as file:
        held = tokenizer.encode(file.read())
    found = {}
    for length in (256, 512):
        value, count = perplexity(model, held, length)
        found[str(length)] = round(value, 4)
        print(f"perplexity {value:.4f} over {count} tokens, windows of {length}")
    result = {"prompt": args.prompt, "prompt_ids": prompt_ids,
              "greedy_ids": ids, "new_tokens": GREEDY_COUNT,
              "text": tokenizer.decode(ids),
              "precision": "float64, weights as saved (BF16), no KV cache",
              "smallest_lead": round(lead, 6), "heldout_tokens": len(held),
              "heldout_perplexity_by_window": found}
    with open(os.path.join(folder, "reference.json"), "w") as file:
        json.dump(result, file, indent=1)
        file.write("\n")
    print(result["text"])


if __name__ == "__main__":
    main()
