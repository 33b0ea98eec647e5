#!/usr/bin/env bash
# pillow-heif 1.8.1: the metadata of the wheel gives BSD-3-Clause as its licence, and no classifier names another, so tools that list
# licences by metadata report BSD. The wheel for Linux also holds the encoder x265, which is under the GPL v2; only a text among its
# licence files says that the wheel as a whole is under the GPL v2. One would expect the metadata to say so, as that of pi-heif 1.4.0,
# from the same authors, names the LGPL v3 of its libraries in a classifier.
# Seen: "pillow_heif 1.8.1: License: BSD-3-Clause, no classifier; holds libx265; LICENSES_bundled.txt: GPLv2"
#       "pi_heif 1.4.0: License: BSD-3-Clause, LGPLv3 by classifier; no libx265; LICENSES_bundled.txt: LGPLv3"
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: pillow-heif==1.8.1 pi-heif==1.4.0

venv/bin/python - <<'PYTHON'
import re
import sys
from importlib.metadata import distribution

seen = {}
for name in ("pillow_heif", "pi_heif"):
    package = distribution(name)
    classifiers = [text for text in package.metadata.get_all("Classifier") if text.startswith("License ::")]
    classified = [re.search(r"\((\w+)\)", text)[1] for text in classifiers]
    encoder = any("libx265" in file.name for file in package.files)
    bundled = next(file for file in package.files if file.name == "LICENSES_bundled.txt").read_text()
    whole = re.search(r"binary wheels: (\w+)", bundled)[1]
    seen[name] = classified, encoder, whole
    print(
        f"{name} {package.version}: License: {package.metadata['License']}, "
        f"{classified[0] + ' by' if classified else 'no'} classifier; {'holds' if encoder else 'no'} libx265; "
        f"LICENSES_bundled.txt: {whole}"
    )
sys.exit(0 if seen["pillow_heif"] == ([], True, "GPLv2") and seen["pi_heif"] == (["LGPLv3"], False, "LGPLv3") else "it changed")
PYTHON
