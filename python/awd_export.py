"""Writes what `awd distil` needs of a network in PyTorch: windows, targets, outputs, and gradients.

    import awd_export
    awd_export.export("my.npz", f, x_train, y_train, x_test, y_test)

f takes windows (n, N) as a float tensor and gives values (n,) or (n, 1), or logits (n, classes), of two classes also the second
one's alone. Whatever axes a network wants are f's affair: lambda x: net(x[:, None, :]). Then: awd distil my.npz --out my.awd

Needs numpy and torch, nothing else; copy the file wherever you train.
"""

import numpy as np
import torch


def export(path, f, x_train, y_train, x_test, y_test, *, group_train=None, method="saliency", steps=64, baseline=None, batch=256):
    """Writes an .npz with the data set and the attributions of x_train; gives the outputs f(x_train), as they are attributed.

    y are floats (values) or integers (classes 0, 1, ...). method is "saliency", "input-x-gradient", or "integrated-gradients",
    which averages the gradients over `steps` steps of the way from `baseline` (N,), zeros without it. Raises ValueError where
    the gradients are not the central differences of f.
    """
    if isinstance(f, torch.nn.Module) and f.training:
        raise ValueError("call eval() first: in training mode windows depend on each other, or on chance")
    x_train, x_test = np.asarray(x_train, np.float32), np.asarray(x_test, np.float32)
    y_train, y_test = np.asarray(y_train), np.asarray(y_test)
    outputs = _outputs(f, y_train, x_train[:batch])

    check(outputs, x_train)
    if method == "saliency":
        gradient, away = _gradients(outputs, x_train, batch), None
    elif method == "input-x-gradient":
        gradient, away = _gradients(outputs, x_train, batch), x_train
    elif method == "integrated-gradients":
        away = x_train - np.asarray(0.0 if baseline is None else baseline, np.float32)
        gradient = _averages(outputs, x_train, away, steps, batch)
    else:
        raise ValueError(f"method: saliency, input-x-gradient or integrated-gradients; asked for {method}")

    said = _in_batches(lambda x: outputs(x).detach(), x_train, batch)
    arrays = {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}
    arrays |= {"output_train": said, "gradient_train": gradient}
    if away is not None:
        arrays["displacement_train"] = away
    if group_train is not None:
        arrays["group_train"] = np.asarray(group_train)
    np.savez_compressed(path, **arrays)
    return said


def check(outputs, x, windows=16, samples=64, step=0.01, bound=0.02, share=0.1):
    """Compares gradients with central differences at a few windows, in float32 as they are.

    Raises ValueError where more than `share` of them differ by more than `bound` root mean squares: such a gradient would
    poison all that is distilled from it. Kinks, of rectifiers and pooling, are left out.
    """
    x = x[:: max(1, -(-len(x) // windows))]
    gradients = _gradients(outputs, x, len(x))
    unit = np.sqrt((gradients**2).mean((0, 2)))
    if not unit.any():
        raise ValueError("all gradients are zero: there is nothing to distil")
    with torch.no_grad():
        h = np.float32(step * x.std())
        here, off, kinks = outputs(torch.tensor(x)).numpy(), [], 0
        for k in range(0, x.shape[1], max(1, -(-x.shape[1] // samples))):
            up, down = x.copy(), x.copy()
            up[:, k] += h
            down[:, k] -= h
            width = (up[:, k] - down[:, k])[:, None]
            up, down = outputs(torch.tensor(up)).numpy(), outputs(torch.tensor(down)).numpy()
            smooth = np.abs(up - 2 * here + down) / width <= bound * unit
            apart = np.abs((up - down) / width - gradients[:, :, k]) / np.maximum(unit, np.finfo(np.float32).tiny)
            off.extend(apart[smooth])
            kinks += int((~smooth).sum())
    if not off or kinks > 9 * len(off):
        raise ValueError(f"{kinks} of {kinks + len(off)} are at kinks of the function, where there are no gradients")
    wrong = np.mean(~(np.array(off) <= bound))
    if wrong > share:
        raise ValueError(f"{wrong:.0%} of the gradients are not the central differences of the function")


def _outputs(f, y, x):
    """f with outputs (n, outputs): of classes logits less what is common to all, which a softmax does not see."""
    with torch.no_grad():
        said = f(torch.tensor(x))
    said = said.reshape(len(x), -1)
    if not np.issubdtype(y.dtype, np.integer):
        if said.shape[1] != 1:
            raise ValueError(f"outputs: one, as y_train has values; f gives {said.shape[1]}")
        return lambda x: f(x).reshape(len(x), 1)
    classes = int(y.max()) + 1
    if said.shape[1] not in ([1, 2] if classes == 2 else [classes]):
        raise ValueError(f"outputs: {classes}, as y_train has classes; f gives {said.shape[1]}")
    if said.min() >= 0 and said.max() <= 1 and (said.shape[1] == 1 or torch.allclose(said.sum(1), torch.ones(len(x)), atol=1e-3)):
        raise ValueError("outputs: logits; these are probabilities, whose gradients vanish where the network is sure")

    def centred(x):
        logits = f(x).reshape(len(x), -1)
        if logits.shape[1] == 1:
            logits = torch.cat([-logits / 2, logits / 2], 1)
        return logits - logits.mean(1, keepdim=True)

    return centred


def _gradients(outputs, x, batch):
    """Gradients (n, outputs, N) of every output."""

    def of_batch(x):
        x = x.requires_grad_()
        said = outputs(x)
        return torch.stack([torch.autograd.grad(one.sum(), x, retain_graph=True)[0] for one in said.T], 1)

    return _in_batches(of_batch, x, batch)


def _averages(outputs, x, away, steps, batch, parts=64):
    """Gradients averaged along the ways from x - away to x, half of the steps being where the outputs bend.

    The middle of a step of width h stands for it but for h**3 times the third derivative of the outputs along the way; so
    steps are as dense as the cube root of their third differences.
    """
    ends = np.linspace(0, 1, parts + 1, dtype=np.float32)
    at = lambda alpha: (x + away * (alpha - 1)).astype(np.float32)  # noqa: E731
    along = np.stack([_in_batches(lambda x: outputs(x).detach(), at(end), batch) for end in ends])
    third = np.cbrt(np.abs(along[3:] - along[:-3] + 3 * (along[1:-2] - along[2:-1])).sum(2))
    bends = np.zeros((parts, len(x)))
    for part in range(3):
        bends[part : part + len(third)] += third
    total = bends.sum(0)
    shares = 0.5 + 0.5 * np.where(total > 0, bends / np.where(total > 0, total, 1) * parts, 1)
    measure = np.vstack([np.zeros(len(x)), np.cumsum(shares, 0)])
    measure /= measure[-1]
    edges = np.stack([np.interp(np.linspace(0, 1, steps + 1), of_window, ends) for of_window in measure.T])
    average = 0.0
    for i in range(steps):
        middle, width = (edges[:, i] + edges[:, i + 1]) / 2, edges[:, i + 1] - edges[:, i]
        average = average + _gradients(outputs, at(middle[:, None].astype(np.float32)), batch) * width[:, None, None]
    return average.astype(np.float32)


def _in_batches(f, x, batch):
    return np.concatenate([f(torch.tensor(x[i : i + batch])).numpy() for i in range(0, len(x), batch)])
