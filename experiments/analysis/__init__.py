"""What a study's runs say: effects, what they depend on, where they hold, how sure all this is.

Pure functions on arrays (pairs, indices, variance, boxes, convergence), told in pictures, words and one page
(report). Nothing here runs the model.
"""
