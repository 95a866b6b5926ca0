"""The 15 attribution methods of the paper, done with Captum and Zennit: what `pnpm bench` compares with.

Each takes images [N, 3, 224, 224] and gives maps; settings are the paper's, and those of ours in
examples/chest-xray/fifteen.json. Composites are registered once and stay, as in the other rows.
"""

import torch
from captum.attr import DeepLift, GuidedGradCam, LayerAttribution, LayerDeepLift, LayerGradCam, Occlusion
from torch import nn
from torchvision.models.resnet import BasicBlock
from zennit.attribution import Gradient, IntegratedGradients, SmoothGrad
from zennit.composites import (
    DeconvNet,
    EpsilonAlpha2Beta1,
    EpsilonAlpha2Beta1Flat,
    EpsilonPlus,
    EpsilonPlusFlat,
    ExcitationBackprop,
    GuidedBackprop,
)
from zennit.torchvision import ResNetCanonizer


class OwnReluBlock(BasicBlock):
    """A block whose two ReLUs are modules of their own and not in place: Captum's hooks ask for both."""

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        return self.relu2(self.bn2(self.conv2(out)) + shortcut)


def with_own_relus(model):
    for module in model.modules():
        if isinstance(module, BasicBlock):
            module.__class__ = OwnReluBlock
            module.relu2 = nn.ReLU()
    for module in model.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False
    return model


def zennit(model, composite=None, attributor=Gradient, **settings):
    attributor = attributor(model=model, composite=composite, **settings)
    attributor.__enter__()
    return lambda x, one_hot: attributor(x, one_hot)[1]


def bicubic(attribution):
    return LayerAttribution.interpolate(attribution, (224, 224), "bicubic")


def paper_methods(model, target):
    """By our ids. `model()` makes a network anew."""

    def captum(method):
        network = with_own_relus(model())
        return method(network)

    def lrp(composite):
        return zennit(model(), composite(canonizers=[ResNetCanonizer()]))

    methods = {
        "gradient": zennit(model()),
        "smooth-grad": zennit(model(), attributor=SmoothGrad, noise_level=0.1, n_iter=20),
        "integrated-gradients": zennit(model(), attributor=IntegratedGradients, n_iter=20),
        "guided-backprop": zennit(model(), GuidedBackprop()),
        # With the sum of residual blocks canonized, which the paper left as it is: then relevance doubles at each (Zennit #236).
        "excitation-backprop": lrp(ExcitationBackprop),
        "deconvnet": zennit(model(), DeconvNet()),
        "lrp-epsilon-plus": lrp(EpsilonPlus),
        "lrp-epsilon-plus-flat": lrp(EpsilonPlusFlat),
        "lrp-epsilon-alpha2-beta1": lrp(EpsilonAlpha2Beta1),
        "lrp-epsilon-alpha2-beta1-flat": lrp(EpsilonAlpha2Beta1Flat),
        "deep-lift": captum(lambda net: lambda x: DeepLift(net).attribute(x, torch.zeros_like(x), target)),
        "guided-grad-cam": captum(lambda net: lambda x: GuidedGradCam(net, net.layer4).attribute(x, target)),
        "layer-deep-lift": captum(
            lambda net: lambda x: bicubic(
                LayerDeepLift(net, net.layer4).attribute(x, torch.zeros_like(x), target).sum(1, keepdim=True)
            )
        ),
        "grad-cam": captum(
            lambda net: lambda x: bicubic(LayerGradCam(net, net.layer4).attribute(x, target, relu_attributions=True))
        ),
        "occlusion": captum(
            lambda net: lambda x: Occlusion(net).attribute(
                x, sliding_window_shapes=(3, 15, 15), strides=(3, 8, 8), baselines=0, target=target
            )
        ),
    }
    # Captum's are told the target, Zennit's where relevance starts.
    takes_start = list(methods)[:10]
    return {
        name: run if name in takes_start else (lambda run: lambda x, _: run(x.clone().requires_grad_()))(run)
        for name, run in methods.items()
    }
