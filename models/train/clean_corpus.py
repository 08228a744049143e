"""Turns the R data of the package janeaustenr into clean plain text.

clean_corpus.py RDATA_PREFIX OUT_FOLDER reads RDATA_PREFIX.rdb (R's lazy-load
store: compressed, serialised objects one behind the other) and writes
train.txt and heldout.txt. Each chapter is one document: paragraphs of one
line, an empty line between paragraphs; in train.txt SEPARATOR is between
chapters.
"""
import bz2
import lzma
import pathlib
import re
import struct
import sys
import zlib

SEPARATOR = "\n<|endoftext|>\n"
# About 43 KB are held out: whole chapters, so that no neighbouring sentence of
# a held-out one is in the training text. (novel, chapter) both count from 0.
HELD_OUT = [(2, 24), (3, 6), (4, 36)]


def stored_objects(blob):
    """Yields the serialised objects of a lazy-load store.

    Each is a big-endian uncompressed length and then a stream; the store has
    no lengths of the streams (its index has), so each is found by its end.
    """
    at = 0
    while at + 4 < len(blob):
        body = blob[at + 4:]
        if body[:1] == b"2":  # bzip2, marked by one character
            stream, skip = bz2.BZ2Decompressor(), 5
        elif body[:1] == b"Z":  # xz
            stream, skip = lzma.LZMADecompressor(), 5
        else:  # zlib, unmarked
            stream, skip = zlib.decompressobj(), 4
        yield stream.decompress(blob[at + skip:])
        at = len(blob) - len(stream.unused_data)


def string_vector(data):
    """The strings of a serialised R character vector, or None for others."""
    if data[:2] != b"X\n":
        return None
    version = struct.unpack_from(">i", data, 2)[0]
    at = 14
    if version >= 3:  # version 3 names the native encoding
        at += 4 + struct.unpack_from(">i", data, at)[0]
    flags, count = struct.unpack_from(">ii", data, at)
    at += 8
    if flags & 0xFF != 16:  # STRSXP
        return None
    strings = []
    for _ in range(count):
        _, size = struct.unpack_from(">ii", data, at)
        at += 8
        if size < 0:  # NA
            strings.append("")
            continue
        strings.append(data[at:at + size].decode("utf-8", "replace"))
        at += size
    return strings


def plain(text):
    """ASCII only, without the editions' italics marks and odd spaces."""
    for odd, simple in (("\u2018", "'"), ("\u2019", "'"), ("\u201c", '"'),
                        ("\u201d", '"'), ("\u2014", "--"), ("\u2013", "-"),
                        ("\u00a3", "L"), ("\u00e9", "e"), ("\u00e8", "e"),
                        ("\u00ea", "e"), ("\u00e0", "a"), ("\u00e2", "a"),
                        ("\u00ef", "i"), ("\u00f4", "o"), ("\u00fb", "u")):
        text = text.replace(odd, simple)
    text = text.replace("_", "").encode("ascii", "ignore").decode("ascii")
    return re.sub(r"\s+", " ", text).strip()


def chapters(lines):
    """Splits a novel at its headings; what is before the first is dropped."""
    heading = re.compile(r"^\s*(CHAPTER|Chapter)\s+[0-9IVXLC]+\.?\s*$")
    volume = re.compile(r"^\s*(VOLUME|Volume|BOOK)\s+[0-9IVXLC]+\.?\s*$")
    found, current = [], None
    for line in lines + [""]:
        if heading.match(line):
            current = []
            found.append(current)
        elif current is not None and not volume.match(line):
            current.append(line)
    return [paragraphs(chapter) for chapter in found]


def paragraphs(lines):
    """Joins the lines of each paragraph; empty lines part paragraphs."""
    blocks = "\n".join(line.strip() for line in lines).split("\n\n")
    cleaned = [plain(block) for block in blocks]
    keep = [block for block in cleaned
            if re.search("[a-z]", block)
            and not re.match(r"(THE END|FINIS|End of|\[)", block)]
    return "\n\n".join(keep)


def main():
    """Reads the novels, prints what was found, writes the two texts."""
    prefix, out = sys.argv[1], pathlib.Path(sys.argv[2])
    blob = pathlib.Path(prefix + ".rdb").read_bytes()
    vectors = [string_vector(data) for data in stored_objects(blob)]
    novels = [chapters(v) for v in vectors if v and len(v) > 1000]
    held, train = [], []
    for number, novel in enumerate(novels):
        sizes = [len(chapter) for chapter in novel]
        print(f"novel {number}: {len(novel)} chapters, {sum(sizes)} characters,"
              f" {min(sizes)} to {max(sizes)} a chapter: {novel[0][:60]!r}")
        for index, chapter in enumerate(novel):
            (held if (number, index) in HELD_OUT else train).append(chapter)
    (out / "train.txt").write_text(SEPARATOR.join(train) + "\n")
    # No marker here: every tokenizer reads this file alike, special or not.
    (out / "heldout.txt").write_text("\n\n".join(held) + "\n")
    print(f"train {sum(map(len, train))} heldout {sum(map(len, held))}")


if __name__ == "__main__":
    main()
