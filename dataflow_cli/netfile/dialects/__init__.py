"""Files written in other frameworks' words: what is ours is translated, what dftrace lacks is called missing.

A translation followed word for word gives that framework's numbers; where none does, there is none.
"""
