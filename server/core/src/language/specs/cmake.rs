//! cmake: what the grammar's node kinds mean.

use crate::language::spec::Spec;

pub(in crate::language) const SPEC: Spec = Spec::EMPTY;
