#!/bin/sh
# Gets the training text and cleans it: fetch_corpus.sh FOLDER
#
# The text is the six novels of Jane Austen (1775-1817), which are in the
# public domain everywhere. They come from Debian's package r-cran-janeaustenr,
# which holds the plain-text editions as R data; R itself is not needed.
# Result: FOLDER/train.txt and FOLDER/heldout.txt.
set -eu

if [ $# -ne 1 ]; then
    echo "usage: $0 FOLDER" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cd "$1"

package=r-cran-janeaustenr
if ! ls ${package}_*.deb >/dev/null 2>&1; then
    apt-get download "$package"
fi
rm -rf unpacked
dpkg-deb -x ${package}_*.deb unpacked
python3 "$here/clean_corpus.py" \
    unpacked/usr/lib/R/site-library/janeaustenr/data/Rdata . 
rm -rf unpacked
