"""Every volume claim is bound: a check for bsq-host in Python."""

import json

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import bsq_check_types as types
from wit_world.imports import bsq_kubernetes_types as kubernetes
from wit_world.imports import reader

KIND = "v1/PersistentVolumeClaim"


class Check(exports.Check):
    def run(self, input: types.Input) -> types.Report:
        report = types.Report(types.Verdict.PASS, None, "every volume claim is bound", [], [])
        count = 0
        try:
            for read, claim in claims():
                count += 1
                if claim.get("status", {}).get("phase") == "Pending":
                    report.findings.append(pending(read, claim["metadata"]))
        except Err as error:
            # What was found so far goes along; by the code the host decides what is known.
            denial: kubernetes.Error = error.value
            raise Err(types.CheckFailure(denial.message, denial.code, report))
        if report.findings:
            report.verdict = types.Verdict.FAIL
        elif count == 0:
            report.verdict = types.Verdict.SKIP
            report.skip_reason = types.SkipReason.NOT_APPLICABLE
            report.summary = "there are no volume claims"
        return report


def claims():
    """Every claim with the number of the read it came with, to the last page: an unread rest counts as unknown."""
    cursor = None
    while True:
        page = reader.list(reader.Query(KIND, None, None, cursor, 0, []))
        for claim in json.loads(page.items):
            yield page.read, claim
        cursor = page.next
        if cursor is None:
            return


def pending(read: int, metadata: dict) -> types.Finding:
    name, namespace = metadata["name"], metadata["namespace"]
    subject = types.ObjectRef("v1", "PersistentVolumeClaim", namespace, name, metadata.get("uid"), None, [])
    look = ["kubectl", "-n", namespace, "describe", "pvc", name]
    return types.Finding(
        code="EXAMPLE-STO-001",
        severity=None,
        subject=types.Subject_Object(subject),
        title=f"claim {namespace}/{name} is not bound",
        since=metadata.get("creationTimestamp"),
        evidence=[types.Evidence(read, "status.phase", "Pending", [])],
        steps=[types.Step("", look, [])],
        links=["/docs/deployment/prerequirements"],
        caused_by=[],
        attributes=[],
    )
