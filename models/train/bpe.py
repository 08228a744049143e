"""Byte-level BPE with Qwen2's pre-tokenizer: training, encoding, tokenizer.json.

The texts here are ASCII, for which Python's `re` and the Unicode classes of
Qwen2's pattern agree; the file written holds Qwen2's own pattern.
"""
import collections
import json
import re

END_OF_TEXT = "<|endoftext|>"
QWEN2_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
# The same with Python's classes: letters are word characters that are neither
# digits nor the underscore.
PIECES = re.compile(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|(?:[^\w\r\n]|_)?[^\W\d_]+|\d"
    r"| ?(?:[^\s\w]|_)+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def byte_alphabet():
    """GPT-2's printable character for each of the 256 bytes."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {byte: chr(byte) for byte in plain}
    others = [byte for byte in range(256) if byte not in table]
    table.update({byte: chr(256 + i) for i, byte in enumerate(others)})
    return table


ALPHABET = byte_alphabet()
BYTES = {char: byte for byte, char in ALPHABET.items()}


def spell(piece):
    """The characters of the byte alphabet for a piece of text."""
    return "".join(ALPHABET[byte] for byte in piece.encode("utf-8"))


def merged(word, pair):
    """The word (a tuple of symbols) with each occurrence of the pair joined."""
    out, i = [], 0
    while i < len(word):
        if tuple(word[i:i + 2]) == pair:
            out.append(word[i] + word[i + 1])
            i += 2
        else:
            out.append(word[i])
            i += 1
    return tuple(out)


def train_merges(text, vocab_size):
    """The merges, most frequent pair first; ties go to the smaller pair."""
    counts = collections.Counter(spell(p) for p in PIECES.findall(text))
    words = [(tuple(word), n) for word, n in sorted(counts.items())]
    pairs, where = collections.Counter(), collections.defaultdict(set)
    for index, (word, n) in enumerate(words):
        for pair in zip(word, word[1:]):
            pairs[pair] += n
            where[pair].add(index)
    merges = []
    while len(merges) < vocab_size - len(ALPHABET) - 1:
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        for index in list(where[best]):
            word, n = words[index]
            for pair in zip(word, word[1:]):
                pairs[pair] -= n
            word = merged(word, best)
            words[index] = (word, n)
            for pair in zip(word, word[1:]):
                pairs[pair] += n
                where[pair].add(index)
        del pairs[best], where[best]
    return merges


class Tokenizer:
    """Encodes and decodes with a list of merges."""

    def __init__(self, merges):
        """Ids: the bytes in the alphabet's order, the merges, END_OF_TEXT."""
        self.merges = [tuple(pair) for pair in merges]
        self.rank = {pair: i for i, pair in enumerate(self.merges)}
        tokens = sorted(BYTES) + [a + b for a, b in self.merges]
        self.vocab = {token: i for i, token in enumerate(tokens)}
        self.end_id = len(tokens)
        self.tokens = tokens + [END_OF_TEXT]
        self.known = {}

    @classmethod
    def load(cls, path):
        """Reads the merges of a tokenizer.json written by save."""
        with open(path, encoding="utf-8") as file:
            merges = json.load(file)["model"]["merges"]
        return cls([merge.split(" ") for merge in merges])

    def piece_ids(self, piece):
        """The ids of one pre-tokenized piece; remembered for the next time."""
        if piece not in self.known:
            word = tuple(spell(piece))
            while len(word) > 1:
                best = min(zip(word, word[1:]),
                           key=lambda pair: self.rank.get(pair, 1 << 30))
                if best not in self.rank:
                    break
                word = merged(word, best)
            self.known[piece] = [self.vocab[symbol] for symbol in word]
        return self.known[piece]

    def encode(self, text):
        """The ids of a text; END_OF_TEXT in it becomes its own id."""
        ids = []
        for number, part in enumerate(text.split(END_OF_TEXT)):
            if number:
                ids.append(self.end_id)
            for piece in PIECES.findall(part):
                ids.extend(self.piece_ids(piece))
        return ids

    def decode(self, ids):
        """The text of the ids; END_OF_TEXT is left out."""
        chars = "".join(self.tokens[i] for i in ids if i != self.end_id)
        return bytes(BYTES[c] for c in chars).decode("utf-8", "replace")

    def save(self, path):
        """Writes tokenizer.json as the Hugging Face library has it."""
        byte_level = {"type": "ByteLevel", "add_prefix_space": False,
                      "trim_offsets": False, "use_regex": False}
        content = {
            "version": "1.0", "truncation": None, "padding": None,
            "added_tokens": [{
                "id": self.end_id, "content": END_OF_TEXT,
                "single_word": False, "lstrip": False, "rstrip": False,
                "normalized": False, "special": True}],
            "normalizer": None,
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": QWEN2_PATTERN},
                 "behavior": "Isolated", "invert": False}, byte_level]},
            "post_processor": dict(byte_level),
            "decoder": dict(byte_level),
            "model": {
                "type": "BPE", "dropout": None, "unk_token": None,
                "continuing_subword_prefix": "", "end_of_word_suffix": "",
                "fuse_unk": False, "byte_fallback": False,
                "ignore_merges": False, "vocab": self.vocab,
                "merges": [" ".join(pair) for pair in self.merges]},
        }
        with open(path, "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=1)
            file.write("\n")
