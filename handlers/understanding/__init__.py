"""Understanding: from a person's words to the feature they mean, the values they said and what to do next (DESIGN section 6).

Deterministic and local: phrases are kept beside each capability, cut into ideas by one lexicon, and the sentence is compared with
them. See `understanding` for the order of decisions, `lexicon` for the words, `persons`, `guides`, `employers` and `ambiguities` for
the phrases.
"""

from __future__ import annotations

from handlers.understanding.model import ANY, Ambiguity, Capability, Option, Understood
from handlers.understanding.understanding import Understanding, answer_lines, default_understanding

__all__ = ["ANY", "Ambiguity", "Capability", "Option", "Understanding", "Understood", "answer_lines", "default_understanding"]
