"""The dossiers of Decree 356/2025/NĐ-CP, box by box, from what the inventory and the organisation know.

A box that facts could fill and do not is a gap, which names the rule that asks for it; a judgement is left to a person.
"""
