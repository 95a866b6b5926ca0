"""Trains the lung fields' network and writes it as ONNX.

    train.py DATA OUT.onnx [--epochs 120,20] [--seed 1]      DATA: the folder with kermany/{train,test}

The network answers two questions about a grey image that is squashed to 192×192: which pixels are right lung, left lung or
neither (the right lung is on the image's left), and whether this is a frontal chest X-ray at all. Trained on 300 X-rays of
children with lung masks (Kermany, Zhang, Goldbaum 2018, CC BY 4.0; masks: V7 Labs, CC BY 4.0), a tenth of which is kept
back to choose nothing but to watch. Other frames, contrasts, detectors and ages are met by augmentation. What is no frontal
X-ray is made: X-rays turned, flipped, inverted, cut to a part, folded to one field as a lateral view shows them, and
drawn textures and shapes.

U-Net (Ronneberger, Fischer, Brox 2015, doi 10.1007/978-3-319-24574-4_28), 0.7 million weights; cross entropy and soft Dice.
"""

import argparse
import math
import pathlib
import time

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

SIDE = 192
DRAWN = 256  # what images are read at, before they are turned and enlarged
WIDTHS = (16, 48, 64, 96, 96)
RIGHT, LEFT = 1, 2


class Block(nn.Sequential):
    """Two convolutions, batch norm, ReLU; the first may halve the image."""

    def __init__(self, inputs, outputs, stride=1, convolutions=2):
        layers = []
        for at in range(convolutions):
            layers += [
                nn.Conv2d(inputs if at == 0 else outputs, outputs, 3, stride if at == 0 else 1, 1, bias=False),
                nn.BatchNorm2d(outputs),
                nn.ReLU(),
            ]
        super().__init__(*layers)


class LungNet(nn.Module):
    """[N, 1, H, W] in 0..1 → logits of (rest, right lung, left lung) [N, 3, H, W], logit of a frontal X-ray [N, 1]."""

    def __init__(self):
        super().__init__()
        self.down = nn.ModuleList(
            Block(inputs, outputs, stride=2) for inputs, outputs in zip((1, *WIDTHS[:-1]), WIDTHS)
        )
        pairs = list(zip(WIDTHS[::-1], WIDTHS[-2::-1]))
        self.up = nn.ModuleList(Block(below + beside, beside, convolutions=1) for below, beside in pairs)
        self.head = nn.Conv2d(WIDTHS[0], 3, 1)
        self.frontal = nn.Sequential(nn.Linear(WIDTHS[-1], 64), nn.ReLU(), nn.Linear(64, 1))

    def forward(self, x):
        x = x * 2 - 1
        beside = []
        for block in self.down:
            x = block(x)
            beside.append(x)
        frontal = self.frontal(x.mean((2, 3)))
        for block, other in zip(self.up, beside[-2::-1]):
            x = block(torch.cat([F.interpolate(x, scale_factor=2.0, mode="nearest"), other], 1))
        return F.interpolate(self.head(x), scale_factor=2.0, mode="bilinear", align_corners=False), frontal


def grey(path, side=DRAWN):
    """A grey image as the network takes it: squashed to a square, its 1st to 99th percentile at 0..1."""
    image = Image.open(path).convert("F").resize((side, side), Image.Resampling.BOX)
    return stretched(torch.from_numpy(np.array(image)))


def stretched(image):
    low, high = np.percentile(image.numpy(), (1, 99))
    return ((image - low) / max(high - low, 1e-6)).clamp(0, 1)


def load(folder):
    """Images [n, 256, 256] and labels (0, 1 right, 2 left) of a folder with images/ and masks/."""
    from scipy import ndimage

    images, labels = [], []
    for path in sorted((folder / "images").glob("*.png")):
        mask = np.array(Image.open(folder / "masks" / path.name)) > 127
        parts, count = ndimage.label(mask)
        largest = np.argsort(ndimage.sum(mask, parts, range(1, count + 1)))[-2:] + 1
        columns = [ndimage.center_of_mass(parts == part)[1] for part in largest]
        label = np.zeros(mask.shape, np.int64)
        label[parts == largest[int(np.argmin(columns))]] = RIGHT
        label[parts == largest[int(np.argmax(columns))]] = LEFT
        images.append(grey(path))
        labels.append(torch.from_numpy(label))
    return torch.stack(images), torch.stack(labels)


class Draw:
    """Seeded draws of images: frontal ones with labels, and others."""

    def __init__(self, images, labels, seed):
        self.images, self.labels = images, labels
        self.random = np.random.default_rng(seed)

    def between(self, low, high):
        return float(self.random.uniform(low, high))

    def chance(self, p):
        return self.random.random() < p

    def warp(self, image, label, angle, zoom, aspect, shift, size, shear=0.0):
        """Turned by degrees, larger by zoom, wider by aspect; outside the frame black (or the border's grey)."""
        a = math.radians(angle)
        turn = torch.tensor([[math.cos(a), -math.sin(a)], [math.sin(a) + shear, math.cos(a)]])
        scale = torch.tensor([[1 / (zoom * aspect), 0.0], [0.0, aspect / zoom]])
        theta = torch.cat([turn @ scale, torch.tensor(shift)[:, None]], 1)[None].float()
        grid = F.affine_grid(theta, [1, 1, size, size], align_corners=False)
        padding = "border" if self.chance(0.3) else "zeros"
        moved = F.grid_sample(image[None, None], grid, "bilinear", padding, align_corners=False)[0, 0]
        marks = F.grid_sample(label[None, None].float(), grid, "nearest", "zeros", align_corners=False)[0, 0].long()
        return moved, marks

    def exposed(self, image):
        """Another exposure, detector and display: gamma, contrast, a slope of grey, blur, noise, marks, borders."""
        size = image.shape[-1]
        image = image.clamp(0, 1) ** math.exp(self.between(-0.7, 0.7))
        if self.chance(0.5):  # local contrast, as an adaptive equalisation leaves it
            wide = F.interpolate(F.avg_pool2d(image[None, None], size // 8), (size, size), mode="bilinear")[0, 0]
            image = image + self.between(-0.5, 1.0) * (image - wide)
        if self.chance(0.5):
            ramp = torch.linspace(-1, 1, size)
            image = image + self.between(-0.25, 0.25) * ramp[:, None] + self.between(-0.25, 0.25) * ramp
        if self.chance(0.3):
            image = F.avg_pool2d(image[None, None], 3, 1, 1)[0, 0]
        if self.chance(0.3):  # an image that was small once
            small = F.interpolate(image[None, None], scale_factor=self.between(0.3, 0.8), mode="area")
            image = F.interpolate(small, (size, size), mode="bilinear", align_corners=False)[0, 0]
        if self.chance(0.5):
            image = image + self.between(0, 0.08) * torch.randn(size, size)
        for _ in range(self.random.integers(0, 4)):  # letters, tubes, electrodes, pacemakers
            y, x = self.random.integers(0, size, 2)
            h, w = (self.random.integers(1, size // 10, 2) if self.chance(0.6) else sorted(self.random.integers(1, size // 3, 2) // np.array([12, 1]) + 1))
            image[y : y + h, x : x + w] = self.between(-0.2, 1.2)
        if self.chance(0.2):
            edge = int(self.random.integers(1, size // 10))
            border = torch.full_like(image, self.between(0, 1) if self.chance(0.3) else 0.0)
            border[edge:-edge, edge:-edge] = image[edge:-edge, edge:-edge]
            image = border
        return stretched(image)

    def frontal(self, size):
        at = self.random.integers(len(self.images))
        # Half of the images stay near what they were, so that the common case is learnt best.
        far = 1.0 if self.chance(0.5) else 0.3
        image, label = self.warp(
            self.images[at], self.labels[at],
            angle=far * self.between(-15, 15), zoom=math.exp(far * self.between(-0.35, 0.15)),
            aspect=math.exp(far * self.between(-0.14, 0.14)), shear=far * self.between(-0.08, 0.08),
            shift=[far * self.between(-0.12, 0.12), far * self.between(-0.12, 0.12)], size=size,
        )
        return (self.exposed(image) if far == 1 or self.chance(0.5) else stretched(image)), label

    def other(self, size):
        """What is no frontal chest X-ray, or not all of one."""
        kind = self.random.integers(8)
        if kind >= 6:
            return self.exposed(self.texture(size))
        at = self.random.integers(len(self.images))
        image, label = self.images[at], self.labels[at]
        angle, zoom, shift = self.between(-10, 10), 1.0, [0.0, 0.0]
        if kind == 0:
            angle = float(self.random.choice([90, 180, 270])) + self.between(-25, 25)
        elif kind == 1:
            image, label = image.flip(0), label.flip(0)
        elif kind == 2:
            image = 1 - image
        elif kind == 3:  # a part: less than half of the lungs' area in the frame
            zoom = self.between(2.0, 4.0)
            shift = [self.between(-0.6, 0.6), self.between(-0.6, 0.6)]
        elif kind == 4:  # one field alone
            middle = DRAWN // 2 + int(self.between(-20, 20))
            half = image[:, :middle] if self.chance(0.5) else image[:, middle:]
            image = F.interpolate(half[None, None], (DRAWN, DRAWN), mode="bilinear", align_corners=False)[0, 0]
        else:  # both fields behind each other, the spine at one side, as in a lateral view
            half = DRAWN // 2
            right, left = image[:, :half], image[:, half:].flip(1)
            folded = self.between(0.3, 0.7) * right + self.between(0.3, 0.7) * left
            image = F.interpolate(folded[None, None], (DRAWN, DRAWN), mode="bilinear", align_corners=False)[0, 0]
            image = image.flip(1) if self.chance(0.5) else image
        image, _ = self.warp(image, label, angle, zoom, math.exp(self.between(-0.2, 0.2)), shift, size)
        return self.exposed(image)

    def texture(self, size):
        """Noise with a spectrum as photographs have it, shapes, stripes, or nothing."""
        y, x = torch.meshgrid(torch.linspace(-1, 1, size), torch.linspace(-1, 1, size), indexing="ij")
        kind = self.random.integers(4)
        image = torch.full((size, size), self.between(0, 1))
        if kind == 0:
            rows, columns = np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None]
            fall = np.maximum(np.hypot(rows, columns), 1 / size) ** -self.between(0.5, 2.2)
            noise = np.fft.irfft2(np.fft.rfft2(self.random.standard_normal((size, size))) * fall, (size, size))
            image = torch.from_numpy((noise - noise.min()) / np.ptp(noise)).float()
        elif kind == 1:
            for _ in range(self.random.integers(2, 12)):
                u, v = x - self.between(-1, 1), y - self.between(-1, 1)
                a = self.between(0, math.pi)
                u, v = (u * math.cos(a) + v * math.sin(a)) / self.between(0.05, 0.8), (v * math.cos(a) - u * math.sin(a)) / self.between(0.05, 0.8)
                inside = (u * u + v * v < 1) if self.chance(0.5) else (u.abs().maximum(v.abs()) < 1)
                image = torch.where(inside, torch.tensor(self.between(0, 1)) + self.between(-0.3, 0.3) * u, image)
        elif kind == 2:
            a, f = self.between(0, math.pi), self.between(2, 60)
            image = 0.5 + 0.5 * torch.sin(f * (x * math.cos(a) + y * math.sin(a)) + self.between(0, 6))
            if self.chance(0.5):
                image = (image * (0.5 + 0.5 * torch.sin(f * (y * math.cos(a) - x * math.sin(a))))).clamp(0, 1)
        else:
            image = image + self.between(-0.5, 0.5) * (x * self.between(-1, 1) + y * self.between(-1, 1))
        return image.clamp(0, 1)

    def batch(self, count, size):
        """Three frontal images in four."""
        frontal = [self.frontal(size) if at % 4 else (self.other(size), None) for at in range(count)]
        images = torch.stack([image for image, _ in frontal])[:, None]
        labels = torch.stack([torch.zeros(size, size, dtype=torch.long) if label is None else label for _, label in frontal])
        return images, labels, torch.tensor([float(label is not None) for _, label in frontal])


def loss_of(model, images, labels, is_frontal):
    logits, frontal = model(images)
    logits, frontal = logits.float(), frontal.float()
    shown = is_frontal > 0
    pixels = F.cross_entropy(logits[shown], labels[shown])
    p = logits[shown].softmax(1)
    truth = F.one_hot(labels[shown], 3).permute(0, 3, 1, 2).float()
    overlap = 2 * (p * truth).sum((2, 3)) + 1
    dice = 1 - (overlap / (p.sum((2, 3)) + truth.sum((2, 3)) + 1))[:, 1:].mean()
    return pixels + dice + 0.3 * F.binary_cross_entropy_with_logits(frontal[:, 0], is_frontal)


def dices(model, images, labels, size):
    """Dice of both lungs together, by image, where the network sees them at `size`²."""
    model.eval()
    with torch.no_grad():
        small = F.interpolate(images[:, None], (size, size), mode="area")
        logits = torch.cat([model(part)[0] for part in small.split(10)])
        found = F.interpolate(logits, images.shape[1:], mode="bilinear").argmax(1) > 0
    truth = labels > 0
    return (2 * (found & truth).sum((1, 2)) / (found.sum((1, 2)) + truth.sum((1, 2)))).numpy()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--epochs", default="120,20", help="at 128² and then at 192²")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    images, labels = load(arguments.data / "kermany" / "train")
    watched = np.arange(len(images)) % 10 == 9
    draw = Draw(images[~watched], labels[~watched], arguments.seed)
    model = LungNet().to(memory_format=torch.channels_last)
    print(sum(p.numel() for p in model.parameters()), "weights", flush=True)
    epochs = [int(each) for each in arguments.epochs.split(",")]
    steps = math.ceil(len(draw.images) / 6)
    optimiser = torch.optim.AdamW(model.parameters(), 3e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=steps * sum(epochs), pct_start=0.1)
    # The mean of late weights is better than the last ones.
    mean = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998), use_buffers=True)
    start = time.time()
    for epoch in range(sum(epochs)):
        size = 128 if epoch < epochs[0] else SIDE
        model.train()
        total = 0.0
        for _ in range(steps):
            batch = draw.batch(8, size)
            loss = loss_of(model, batch[0].contiguous(memory_format=torch.channels_last), *batch[1:])
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5)
            optimiser.step()
            schedule.step()
            mean.update_parameters(model)
            total += loss.item()
        if epoch % 5 == 4 or epoch == sum(epochs) - 1:
            seen = dices(mean, images[watched], labels[watched], size)
            torch.save(mean.module.state_dict(), arguments.out.with_suffix(".pt"))
            print(f"epoch {epoch + 1} at {size}²: loss {total / steps:.4f}, Dice of {len(seen)} watched {seen.mean():.4f}, worst {seen.min():.4f}, {time.time() - start:.0f} s", flush=True)
    mean.eval()
    torch.onnx.export(
        mean.module, (torch.zeros(1, 1, SIDE, SIDE),), str(arguments.out), dynamo=False, opset_version=17,
        input_names=["image"], output_names=["fields", "frontal"],
        dynamic_axes={name: {0: "N"} for name in ("image", "fields", "frontal")},
    )
    print(arguments.out, arguments.out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
