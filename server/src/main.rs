//! CodeCompass: finds code by meaning in a whole code base.

fn main() {}
