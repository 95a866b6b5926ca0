"""A network at hand, in the forms and precisions that the peers' methods ask for."""

import copy

import torch
from models import modular

# The layer that methods of a layer look at, and how its value becomes [N, channels, h, w].
LAYERS = {
    "vit_b_16": "encoder.layers.encoder_layer_11.ln_1",
    "swin_t": "norm",
    **{name: "layer4" for name in ("resnet18", "resnet50", "trained")},
}


def layer_of(name):
    return LAYERS.get(name, "features")


def to_grid(name):
    if name == "swin_t":
        return lambda value: value.permute(0, 3, 1, 2)
    if name == "vit_b_16":
        def patches(value):
            side = round((value.shape[1] - 1) ** 0.5)
            return value[:, 1:].reshape(len(value), side, side, -1).permute(0, 3, 1, 2)

        return patches
    return lambda value: value


class Network:
    def __init__(self, name, model, images, targets=None):
        """`images`: float32 [N, C, H, W]; without targets, the classes that float64 predicts."""
        self.name, self.images = name, images
        self.made = {("plain", torch.float32): model.requires_grad_(False)}
        self.layer, self.to_grid = layer_of(name), to_grid(name)
        if targets is None:
            with torch.no_grad():
                self.logits = torch.cat([self.form("plain", torch.float64)(image[None].double()) for image in images])
            targets = self.logits.argmax(1)
        self.targets = targets

    def form(self, form, dtype):
        """`plain`: as torchvision has it. `modular`: every step a module; `folded`: so, and batch norms folded; `merged`: so,
        and gates and fixed factors hand on relevance."""
        key = (form, dtype)
        if key not in self.made:
            plain = self.made[("plain", torch.float32)]
            if form == "plain":
                made = copy.deepcopy(plain).to(dtype)
            else:
                whole = self.form("plain", dtype)
                made = modular(whole, explained=form == "merged", merged=form in ("merged", "folded"))
            self.made[key] = made.requires_grad_(False)
        return self.made[key]

    def __iter__(self):
        """Each image with its target: one at a time, since a batch would change the order of float32 sums."""
        return zip(self.images.split(1), self.targets.split(1))
