//! An experiment as a plan file.
