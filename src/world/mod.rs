//! A model of the outside to rehearse in: state, answers, a clock, and what must always be true.
mod tree;
