"""The demo's classifier: a ResNet with three stages of one basic block each (He et al. 2016), 77 thousand weights."""

from torch import nn
from torchvision.models.resnet import BasicBlock


class PhantomNet(nn.Module):
    """Grey images [N,1,128,128], normalized, to the logits [N,2] of normal and pneumonia."""

    def __init__(self, widths=(16, 32, 64), classes=2):
        super().__init__()
        self.conv1 = nn.Conv2d(1, widths[0], kernel_size=3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        self.relu = nn.ReLU()
        self.layer1 = stage(widths[0], widths[0], stride=1)
        self.layer2 = stage(widths[0], widths[1], stride=2)
        self.layer3 = stage(widths[1], widths[2], stride=2)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(widths[2], classes)

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(self.flatten(self.avgpool(x)))


def stage(inputs, outputs, stride):
    """One basic block; its shortcut is a 1x1 convolution where the shape changes."""
    shortcut = None
    if stride != 1 or inputs != outputs:
        shortcut = nn.Sequential(
            nn.Conv2d(inputs, outputs, kernel_size=1, stride=stride, bias=False), nn.BatchNorm2d(outputs)
        )
    return nn.Sequential(BasicBlock(inputs, outputs, stride, shortcut))
