"""Trains the tokenizer and the model: train.py --corpus FOLDER --out FOLDER.

The corpus folder holds train.txt and heldout.txt (fetch_corpus.sh). At each
evaluation the state of the training goes to the file --state, from which the
same command with --resume goes on, and the model folder is exported. Before
the last step that is the running average of the weights, which is better than
the weights themselves while the rate is high; at the end the weights are as
good, and the average would lag behind the change to longer windows.
"""
import argparse
import json
import math
import os
import time

import numpy as np
import torch
import torch.nn.functional as F

import bpe
import qwen2


def arguments():
    """The command line; the defaults are those of the published model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--state", default="train.state")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--steps", type=int, default=4750)
    parser.add_argument("--stop-at", type=int, help="end early, to resume")
    parser.add_argument("--vocab", type=int, default=1536)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--context", type=int, default=256)
    parser.add_argument("--final-context", type=int, default=512,
                        help="context of the last steps and of config.json")
    parser.add_argument("--final-part", type=float, default=0.12)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--decay", type=float, default=0.1)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--average", type=float, default=0.998)
    parser.add_argument("--every", type=int, default=250)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def corpus_ids(args):
    """Trains or reads the tokenizer; the ids of both texts."""
    with open(os.path.join(args.corpus, "train.txt")) as file:
        text = file.read()
    with open(os.path.join(args.corpus, "heldout.txt")) as file:
        held = file.read()
    path = os.path.join(args.out, "tokenizer.json")
    if not os.path.exists(path):
        bpe.Tokenizer(bpe.train_merges(text, args.vocab)).save(path)
    tokenizer = bpe.Tokenizer.load(path)
    ids = []
    for chapter in text.strip().split(f"\n{bpe.END_OF_TEXT}\n"):
        ids += [tokenizer.end_id] + tokenizer.encode(chapter)
    with open(os.path.join(args.out, "heldout.txt"), "w") as file:
        file.write(held)
    return tokenizer, np.array(ids), np.array(tokenizer.encode(held))


def batch_at(ids, step, args, device):
    """Random windows that depend on seed and step only, so resuming is exact."""
    final = step >= args.steps * (1 - args.final_part)
    length = args.final_context if final else args.context
    count = args.batch * args.context // length
    choice = np.random.default_rng((args.seed, step))
    starts = choice.integers(0, len(ids) - length - 1, count)
    windows = np.stack([ids[s:s + length + 1] for s in starts])
    return torch.from_numpy(windows).to(device)


def learning_rate(step, args):
    """Warm-up over 200 steps, then a cosine down to 2% of the peak."""
    if step < 200:
        return args.rate * (step + 1) / 200
    part = (step - 200) / (args.steps - 200)
    return args.rate * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * part)))


@torch.no_grad()
def held_out_loss(model, ids, device, length=256):
    """Mean loss a token over windows one behind the other."""
    model.eval()
    total = count = 0
    for start in range(0, len(ids) - 1, length):
        window = torch.from_numpy(ids[start:start + length + 1]).to(device)
        if len(window) < 2:
            break
        logits = model(window[None, :-1])[0].float()
        total += F.cross_entropy(logits, window[1:], reduction="sum").item()
        count += len(window) - 1
    model.train()
    return total / count


@torch.no_grad()
def sample(model, tokenizer, prompt, count, device, temperature=0.8):
    """A continuation, as text, for looking at."""
    model.eval()
    ids = [tokenizer.end_id] + tokenizer.encode(prompt)
    choice = torch.Generator().manual_seed(7)
    for _ in range(count):
        logits = model(torch.tensor([ids[-256:]], device=device))[0, -1]
        chances = (logits.float().cpu() / temperature).softmax(-1)
        ids.append(torch.multinomial(chances, 1, generator=choice).item())
    model.train()
    return tokenizer.decode(ids)


def evaluate(model, weights, tokenizer, held, args, device):
    """Loss and sample of the given weights, which it exports."""
    own = {name: p.detach().clone() for name, p in model.named_parameters()}
    model.load_state_dict(weights)
    loss = held_out_loss(model, held, device)
    print(f"  held-out loss {loss:.4f} perplexity {math.exp(loss):.2f}\n  "
          + repr(sample(model, tokenizer, "She was", 60, device)), flush=True)
    qwen2.save_safetensors(model.hf_tensors(weights),
                           os.path.join(args.out, "model.safetensors"))
    model.load_state_dict(own)


def main():
    """Trains, evaluates and exports as the arguments say."""
    args = arguments()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    os.makedirs(args.out, exist_ok=True)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer, ids, held = corpus_ids(args)
    config = qwen2.make_config(len(tokenizer.tokens), tokenizer.end_id,
                               args.final_context)
    with open(os.path.join(args.out, "config.json"), "w") as file:
        json.dump(config, file, indent=2)
        file.write("\n")
    model = qwen2.Qwen2(config, args.dropout, torch.bfloat16).to(device)
    matrices = [p for p in model.parameters() if p.dim() == 2]
    vectors = [p for p in model.parameters() if p.dim() == 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": args.decay},
         {"params": vectors, "weight_decay": 0.0}], betas=(0.9, 0.98))
    average = {name: p.detach().clone() for name, p in model.named_parameters()}
    first = 0
    if args.resume:
        state = torch.load(args.state, map_location=device)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        average, first = state["average"], state["step"]
    print(f"{sum(p.numel() for p in model.parameters())} parameters, "
          f"{len(ids)} training tokens, {len(held)} held out, {device}")

    began, losses = time.time(), []
    last = min(args.steps, args.stop_at or args.steps)
    for step in range(first, last):
        torch.manual_seed(args.seed * 1000003 + step)  # the dropout's choices
        window = batch_at(ids, step, args, device)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, args)
        logits = model(window[:, :-1])
        loss = F.cross_entropy(logits.float().flatten(0, 1),
                               window[:, 1:].flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        keep = min(args.average, (step + 1) / (step + 10))
        with torch.no_grad():
            for name, p in model.named_parameters():
                average[name].lerp_(p, 1 - keep)
        losses.append(loss.item())
        if (step + 1) % 50 == 0:
            speed = 50 * args.batch * args.context / (time.time() - began)
            print(f"step {step + 1} loss {np.mean(losses):.4f} "
                  f"{speed:.0f} tokens/s", flush=True)
            began, losses = time.time(), []
        if (step + 1) % args.every == 0 or step + 1 == last:
            done = step + 1 == args.steps
            evaluate(model, model.state_dict() if done else average,
                     tokenizer, held, args, device)
            torch.save({"model": model.state_dict(), "step": step + 1,
                        "optimizer": optimizer.state_dict(),
                        "average": average}, args.state + ".new")
            os.replace(args.state + ".new", args.state)


if __name__ == "__main__":
    main()
