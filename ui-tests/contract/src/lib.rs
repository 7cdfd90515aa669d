//! The compile errors of programs with the feature `contract`: see `tests`.
