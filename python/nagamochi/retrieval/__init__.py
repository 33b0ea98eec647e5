"""Photos of damage: catalogued, embedded, searched by likeness; needs the extra `retrieval`.

Torch, open_clip, timm and Faiss are imported when they are first used, not with this package.
"""
