"""How the page explains the elements of a tensor: a recipe, found from what the layer says of some elements.

Geometry and arithmetic are the layers' own. Some elements are explained in full, and it is found out how every number
and every place of that follows from an element's index: along straight lines, from a table, from another number. A
recipe holds for all elements that were asked; where none is found, the explanations of all elements are the recipe.
"""
