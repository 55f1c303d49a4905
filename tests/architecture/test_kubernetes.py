"""The Kubernetes manifests run what the compose file runs, confined, and Kubernetes would take them."""

import ast
import base64
from typing import Any

import kubernetes_validate
import pytest
from trigger_gateway.front import PATH as DOOR

from tests.smoke.compose_file import is_one_shot, processes

from . import kubernetes
from .kubernetes import container, of_kind, pod, variables
from .repository import sources, tree

VERSION = "1.34"
DEPLOYMENTS, JOBS, BUDGETS = map(of_kind, ("Deployment", "Job", "PodDisruptionBudget"))
RUNS = {**DEPLOYMENTS, **JOBS}
COMPOSED = {name: service for name, service in processes().items() if "profiles" not in service}


def doors() -> set[str]:
    """Give the paths that the gateway has for the outside: those of its plain routes, and the door's own."""
    calls = [
        node.args[0]
        for name in sources()
        if name.startswith("services/trigger-gateway/")
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Route"
    ]
    return {DOOR, *(str(one.value) for one in calls if isinstance(one, ast.Constant))}


def test_kubernetes_would_take_each_object() -> None:
    checked = [*kubernetes.things("base"), *kubernetes.things("example")]
    assert checked
    for thing in checked:
        kubernetes_validate.validate(thing, VERSION, strict=True)


def test_an_object_that_kubernetes_would_not_take_is_found() -> None:
    wrong = {**of_kind("Service")["crm-api-serve"], "spec": {"prots": []}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSION, strict=True)


def test_each_process_of_the_compose_file_is_a_deployment_and_what_is_done_once_a_job() -> None:
    once = {name: s["command"] for name, s in COMPOSED.items() if is_one_shot(s)}
    always = {name: s["command"] for name, s in COMPOSED.items() if not is_one_shot(s)}
    assert {name: container(job)["command"] for name, job in JOBS.items()} == once
    assert {name: container(one)["command"] for name, one in DEPLOYMENTS.items()} == always


@pytest.mark.parametrize("name", RUNS)
def test_it_finds_the_settings_that_it_has_in_the_compose_file(name: str) -> None:
    assert variables(RUNS[name]) >= set(COMPOSED[name]["environment"])


@pytest.mark.parametrize("name", RUNS)
def test_it_is_confined(name: str) -> None:
    own, around = container(RUNS[name])["securityContext"], pod(RUNS[name])
    assert own == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert around["securityContext"]["runAsNonRoot"] is True
    assert around["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert around["automountServiceAccountToken"] is False
    assert around["enableServiceLinks"] is False


@pytest.mark.parametrize("name", RUNS)
def test_it_says_what_it_needs_and_what_is_too_much(name: str) -> None:
    resources = container(RUNS[name])["resources"]
    assert resources["requests"].keys() == {"cpu", "memory"}
    assert "memory" in resources["limits"]


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_process_is_probed_and_given_time_to_stop(name: str) -> None:
    asked = {
        probe: container(DEPLOYMENTS[name])[probe]["httpGet"]["path"]
        for probe in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    assert asked == {"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
    # The processes give their own tasks 30 s.
    assert pod(DEPLOYMENTS[name])["terminationGracePeriodSeconds"] > 30


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_pods_of_one_process_stand_on_different_nodes_where_they_can(name: str) -> None:
    (spread,) = pod(DEPLOYMENTS[name])["topologySpreadConstraints"]
    assert spread["topologyKey"] == "kubernetes.io/hostname"
    assert spread["whenUnsatisfiable"] == "ScheduleAnyway"
    # A key may not stand in both; together they choose the pods of this process.
    assert set(spread["matchLabelKeys"]).isdisjoint(spread["labelSelector"]["matchLabels"])
    assert DEPLOYMENTS[name]["metadata"]["labels"].items() >= spread["labelSelector"]["matchLabels"].items()
    assert spread["matchLabelKeys"] == ["app.kubernetes.io/name"]


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_process_is_chosen_by_its_name_alone_and_by_nobody_else(name: str) -> None:
    chosen = {"app.kubernetes.io/name": name}
    one = DEPLOYMENTS[name]
    assert one["spec"]["selector"] == {"matchLabels": chosen}
    assert one["spec"]["template"]["metadata"]["labels"] == one["metadata"]["labels"]
    assert one["metadata"]["labels"].items() >= chosen.items()
    assert BUDGETS[name]["spec"] == {"maxUnavailable": 1, "selector": {"matchLabels": chosen}}


def test_there_is_no_budget_for_what_is_not_there() -> None:
    assert BUDGETS.keys() == DEPLOYMENTS.keys()


def test_nothing_comes_in_or_goes_out_that_no_policy_allows() -> None:
    policies = of_kind("NetworkPolicy")
    assert policies["nothing-else"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    labels = {name: thing["metadata"]["labels"] for name, thing in DEPLOYMENTS.items()}
    for name, policy in policies.items():
        assert [one for one in labels.values() if selects(policy["spec"]["podSelector"], one)], name


def selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    wanted = [(key, [value]) for key, value in selector.get("matchLabels", {}).items()]
    wanted += [(one["key"], one["values"]) for one in selector.get("matchExpressions", [])]
    return all(labels.get(key) in values for key, values in wanted)


def test_services_lead_to_processes_and_the_ingress_to_services() -> None:
    services = of_kind("Service")
    assert {one["spec"]["selector"]["app.kubernetes.io/name"] for one in services.values()} <= DEPLOYMENTS.keys()
    (ingress,) = [one for one in kubernetes.things("example") if one["kind"] == "Ingress"]
    backends = {p["backend"]["service"]["name"] for rule in ingress["spec"]["rules"] for p in rule["http"]["paths"]}
    assert backends == services.keys()


def outside(service: str) -> list[str]:
    """Give the paths below which the ingress of the example passes what is asked of a service."""
    (ingress,) = [one for one in kubernetes.things("example") if one["kind"] == "Ingress"]
    paths = [path for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]]
    return [path["path"] for path in paths if path["backend"]["service"]["name"] == service]


def passes(service: str, path: str) -> bool:
    return any(path == one or path.startswith(f"{one}/") for one in outside(service))


@pytest.mark.parametrize("path", sorted(doors()))
def test_clients_and_senders_reach_each_door_of_the_gateway(path: str) -> None:
    assert passes("trigger-gateway-serve", path)


@pytest.mark.parametrize("service", ["crm-api-serve", "trigger-gateway-serve"])
@pytest.mark.parametrize("path", ["/metrics", "/livez", "/readyz"])
def test_what_a_process_says_of_itself_stays_inside(service: str, path: str) -> None:
    assert outside(service)
    assert not passes(service, path)


def test_each_secret_of_the_example_is_made_and_calls_itself_insecure() -> None:
    example = kubernetes.kustomization("example")
    made = {one["name"]: one["envs"] for one in example["secretGenerator"]}
    named = {
        source["secretRef"]["name"]
        for thing in RUNS.values()
        for source in container(thing)["envFrom"]
        if "secretRef" in source
    }
    assert named == made.keys()
    assert [one["name"] for one in example["configMapGenerator"]] == ["signalbox"]
    secrets = {name: value for (file,) in made.values() for name, value in kubernetes.lines(file).items()}
    assert base64.b64decode(secrets.pop("SECRET_KEY")).startswith(b"insecure")
    assert {n for n, value in secrets.items() if "insecure-" not in value} == {"CRM_API_APPLICATION_ROLE"}
