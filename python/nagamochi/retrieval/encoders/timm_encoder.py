"""Models of timm: the pooled features before the classifier."""

from __future__ import annotations

import math
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from nagamochi.base import arguments
from nagamochi.retrieval import _backends
from nagamochi.retrieval.encoders.efficientnet_names import with_timm_names
from nagamochi.retrieval.encoders.encoder import RANDOM
from nagamochi.retrieval.encoders.preparation import Preparation
from nagamochi.retrieval.encoders.random_weights import with_random_weights
from nagamochi.retrieval.encoders.timm_config import FITS, preparation_beside, refuse_other_arguments
from nagamochi.retrieval.encoders.torch_encoder import ImageModel, TorchEncoder
from nagamochi.retrieval.encoders.torch_threads import one_torch_thread
from nagamochi.retrieval.encoders.weights import file_digest, read_tensors, refuse_misfit

PREPROCESSINGS = {"timm": "squash", "timm-eval": "eval"}  # by the beginning of an encoder's name


class TimmEncoder(TorchEncoder):
    """A timm model with a local weight file; nothing is downloaded.

    Parameters
    ----------
    name : str
        Of the architecture in timm, e.g. "tf_efficientnet_lite0"; with the tag of its weights where it has several,
        e.g. "vit_base_patch16_224.dino", since mean and deviation can differ between tags.
    weights : path
        File of tensors (.safetensors, or pickled without code) under timm's names, which many models of torchvision
        share, or those of EfficientNet-PyTorch; "random" for random weights, which are good for comparison only. The
        classifier's tensors are left out.
    preprocessing : str
        "squash", the whole picture reduced to the model's size; or "eval", as timm evaluates the model, which usually
        cuts off the margins. In either case size, interpolation, mean and deviation are those of the file config.json
        in the folder of the weights, with timm's general defaults for those that it lacks; without such a file, those
        of the tag in timm (of the default tag for a name without one). `identity.preprocessing` states them.
    device, threads, precision, batch_size
        As for `encoder_by_name`.

    Raises
    ------
    InvalidInput
        There is no such model, tag or file, config.json is not timm's, describes another model, has impossible
        settings or model_args that change the model, code is in the weight file, or tensors are missing, unexpected or
        of another shape.
    CorruptFile
        The weight file or config.json is damaged.

    Examples
    --------
    >>> encoder = TimmEncoder("test_efficientnet", "random", threads=1)
    >>> encoder
    <TimmEncoder timm:test_efficientnet: 256 numbers, float32 on cpu, 16 pictures at a time>
    """

    def __init__(
        self,
        name: str,
        weights: str | Path,
        *,
        preprocessing: str = "squash",
        device: str = "auto",
        threads: int = 0,
        precision: str = "auto",
        batch_size: int | None = None,
    ) -> None:
        model = timm_model(name, weights, preprocessing=preprocessing)
        super().__init__(model, device=device, threads=threads, precision=precision, batch_size=batch_size)
        kind = next(kind for kind, each in PREPROCESSINGS.items() if each == preprocessing)
        self.name = encoder_name(kind, name, weights)
        self.made_from = {"name": name, "weights": absolute(weights), "preprocessing": preprocessing}


def encoder_name(kind: str, name: str, weights: str | Path) -> str:
    """Return the name with which `encoder_by_name` makes the encoder again."""
    return f"{RANDOM}:{kind}:{name}" if weights == RANDOM else f"{kind}:{name}={absolute(weights)}"


def absolute(weights: str | Path) -> str:
    """Return the path of a weight file from any folder, or that weights are random."""
    return RANDOM if weights == RANDOM else str(Path(weights).absolute())


@one_torch_thread()
def timm_model(name: str, weights: str | Path, *, preprocessing: str = "squash") -> ImageModel:
    """The model without its classifier, with its weights, checked; arguments as of `TimmEncoder`."""
    timm = _backends.timm()
    arguments.one_of("preprocessing", preprocessing, list(PREPROCESSINGS.values()))
    if not timm.is_model(name):
        near = ", ".join(get_close_matches(name, timm.list_models(), n=3))
        raise arguments.invalid("name", f"must be a model of timm{near and ', such as '}{near}", name)
    if weights == RANDOM:
        module, digest = with_random_weights(lambda: _without_classifier(name, {}))
    else:
        module = _without_classifier(name, preparation_beside(Path(weights), name))
        refuse_other_arguments(Path(weights), module)
        _fill(module, Path(weights))
        digest = file_digest(Path(weights))
    config = timm.data.resolve_model_data_config(module)
    preparation = _preparation(config, preprocessing)
    return ImageModel(f"timm:{name}", digest, module, preparation, tuple(config["mean"]), tuple(config["std"]))


def _without_classifier(name: str, preparation: dict[str, Any]) -> Any:
    timm = _backends.timm()
    try:
        return timm.create_model(name, pretrained=False, num_classes=0, pretrained_cfg_overlay=preparation)
    except RuntimeError as error:
        architecture, _, tag = name.partition(".")
        known = [each.partition(".")[2] for each in timm.list_pretrained(f"{architecture}.*")]
        if not tag or tag in known:
            raise
        raise arguments.invalid("name", f"must have a tag of {architecture}, {' or '.join(known)}", name) from error


def _fill(module: Any, path: Path) -> None:
    tensors, own = with_timm_names(read_tensors(path), module), module.state_dict()
    classifiers = tuple(f"{classifier}." for classifier in _classifiers(module.pretrained_cfg))
    fitting = {name: tensor for name, tensor in tensors.items() if not name.startswith(classifiers)}
    misshapen = [
        f"{name} {tuple(fitting[name].shape)}, the model's is {tuple(own[name].shape)}"
        for name in sorted(fitting.keys() & own.keys())
        if fitting[name].shape != own[name].shape
    ]
    refuse_misfit(path, sorted(own.keys() - fitting.keys()), sorted(fitting.keys() - own.keys()), misshapen)
    module.load_state_dict(fitting)


def _classifiers(config: dict[str, Any]) -> tuple[str, ...]:
    """Names of the layers that give classes; a distilled model has two."""
    classifier = config.get("classifier") or ()
    return (classifier,) if isinstance(classifier, str) else tuple(classifier)


def _preparation(config: dict[str, Any], preprocessing: str) -> Preparation:
    _, height, width = config["input_size"]
    interpolation = config["interpolation"]
    if preprocessing == "squash":
        return Preparation((height, width), (height, width), "squash", interpolation)
    scale_to = (math.floor(height / config["crop_pct"]), math.floor(width / config["crop_pct"]))
    fit = FITS[config["crop_mode"]]
    red, green, blue = (round(255 * share) for share in config["mean"])
    fill = (red, green, blue) if fit == "longest" else (0, 0, 0)
    return Preparation((height, width), scale_to, fit, interpolation, fill)
