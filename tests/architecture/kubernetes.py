"""The Kubernetes manifests as data: what `deploy/kubernetes` says, with what anchors merge into it."""

import re
from functools import cache
from typing import Any

from ruamel.yaml import YAML

from .repository import ROOT

FOLDER = ROOT / "deploy/kubernetes"
Thing = dict[str, Any]


@cache
def kustomization(folder: str) -> Thing:
    """Give what a folder is made of."""
    return read(f"{folder}/kustomization.yaml")[0]


@cache
def things(folder: str = "base") -> tuple[Thing, ...]:
    """Give every object of a folder's own files; lists are taken apart."""
    files = [name for name in kustomization(folder)["resources"] if name.endswith(".yaml")]
    found = [document for name in files for document in read(f"{folder}/{name}")]
    return tuple(thing for one in found for thing in (one["items"] if one["kind"] == "List" else [one]))


def read(name: str) -> list[Thing]:
    """Give the documents of a file."""
    return list(YAML(typ="safe").load_all((FOLDER / name).read_text("utf-8")))


def of_kind(kind: str) -> dict[str, Thing]:
    """Give the objects of one kind by name."""
    return {thing["metadata"]["name"]: thing for thing in things() if thing["kind"] == kind}


def pod(thing: Thing) -> Thing:
    """Give the pod that a Deployment or a Job makes."""
    return dict(thing["spec"]["template"]["spec"])


def container(thing: Thing) -> Thing:
    """Give the one container of its pod."""
    (only,) = pod(thing)["containers"]
    return dict(only)


def variables(thing: Thing) -> set[str]:
    """Give the environment that a process finds when the example is applied."""
    named = [next(iter(source.values()))["name"] for source in container(thing)["envFrom"]]
    kinds = [next(iter(source)) for source in container(thing)["envFrom"]]
    files = {("configMapRef", "signalbox"): "settings.env"}
    return {name for source in zip(kinds, named, strict=True) for name in lines(files.get(source, f"{source[1]}.env"))}


def lines(file: str) -> dict[str, str]:
    """Give the variables that a file of the example sets."""
    written = (FOLDER / "example" / file).read_text("utf-8")
    return dict(re.findall(r"^(\w+)=(.*)$", written, re.MULTILINE))
