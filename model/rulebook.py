"""Which fields a rule's policy uses: read from the policies as text, so that a scenario runs none of them."""

from __future__ import annotations

import ast
from functools import lru_cache
from pathlib import Path

from model.sections.oversight import Rule

POLICIES = Path(__file__).parent / "policies"
COMMON = ("policy", "regulator", "regions", "start_year", "end_year")


@lru_cache(maxsize=1)
def fields_of_policies() -> dict[str, tuple[str, ...]]:
    """The fields that each policy declares in its `FIELDS`, by its name."""
    found = {}
    for path in sorted(POLICIES.glob("[a-z]*.py")):
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
        except SyntaxError as error:
            raise ValueError(f"{path}: line {error.lineno}: {error.msg}") from None
        for node in tree.body:
            if isinstance(node, ast.Assign) and [ast.unparse(t) for t in node.targets] == ["FIELDS"]:
                found[path.stem.replace("_", "-")] = tuple(ast.literal_eval(node.value))
    return found


def check_rules(rules: list[Rule]) -> None:
    """ValueError for a policy that does not exist, a field that its policy does not use, dates out of order.

    A field counts as given when it is not at its default.
    """
    known = fields_of_policies()
    for number, rule in enumerate(rules):
        at = f"regulation.{number}"
        if rule.policy not in known:
            raise ValueError(f"{at}.policy = {rule.policy!r}: allowed: {', '.join(known)}")
        if not rule.regulator.strip():
            raise ValueError(f"{at}.regulator: must not be empty")
        uses = known[rule.policy]
        for name, field in Rule.model_fields.items():
            given = getattr(rule, name) != field.get_default(call_default_factory=True, validated_data={})
            if given and name not in COMMON and name not in uses:
                allowed = ", ".join((*COMMON, *uses))
                raise ValueError(f"{at}.{name}: not used by the policy {rule.policy!r}; allowed: {allowed}")
        if rule.end_year <= rule.start_year:
            raise ValueError(f"{at}.end_year: must be after start_year")
