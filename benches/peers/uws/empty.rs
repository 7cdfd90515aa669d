//! The peer is `main.cpp`.
