"""The credit policy: every number of a rule, named, dated and versioned in one TOML file.

The packaged default is ``standard-2025-11``. A policy is checked when it is read: an error names the file,
the line, the key and what is allowed. What differs by company, country, industry or segment stands in its
exceptions: :meth:`Policy.of` gives the policy for a customer.
"""

from __future__ import annotations

from duebook.policy.measures import Anchor
from duebook.policy.reading import default_policy, default_text, parse_policy
from duebook.policy.whole import Policy

__all__ = ["Anchor", "Policy", "default_policy", "default_text", "parse_policy"]
